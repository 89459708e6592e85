"""Lets pandas judge long Parquet files against the wide tables that they were made from, and make long ones of its own.

Standard input: JSON, a list of {"source": path, "key": key or null, "long": path, "names": {role: column}}, or with "make": path
in place of "long". Standard output: JSON, a list of null where the long file holds what the source does, or what pandas
says against it. With "make", pandas writes the source there as a long table, its rows in no order; with {"sort": path,
"long": path}, pyarrow writes the long file there by bodypart, and keeps what is said of it.
"""

import json
import sys
import warnings

import numpy
import pandas
import pyarrow.parquet

COORDS = ("coords", "coord", "coordinates")
ROLES = {"scorer": "scorer", "individuals": "individual", "bodyparts": "bodypart"}


def stacked(wide):
    """A row for each row and point of a wide table, indexed by position and point, with a column for each coord; the points
    in the order of their first columns; the names of the levels that tell them."""
    levels = list(wide.columns.names)
    coord = next((level for level, name in enumerate(levels) if name in COORDS), len(levels) - 1)
    points = [level for level in range(len(levels)) if level != coord]
    frame = wide.copy()
    frame.index = pandas.RangeIndex(len(wide), name="row")
    if points:
        frame.columns = frame.columns.set_names([f"level {level}" for level in range(len(levels))])
        frame = frame.stack(level=points, future_stack=True)
    keys = [key if isinstance(key, tuple) else (key,) for key in wide.columns]
    order = list(dict.fromkeys(tuple(key[level] for level in points) for key in keys))
    return frame, order, [levels[level] if levels[level] is not None else f"level_{level}" for level in points]


def complaint(case):
    if "sort" in case:
        by = [("bodypart", "descending"), ("frame", "ascending")]
        pyarrow.parquet.write_table(pyarrow.parquet.read_table(case["long"]).sort_by(by), case["sort"])
        return None
    names = case["names"]
    wide = pandas.read_hdf(case["source"], key=case["key"])
    expected, order, levels = stacked(wide)
    points = [names.get(ROLES.get(level), level) for level in levels]
    if "make" in case:
        long = expected.reset_index().set_axis(["frame", *points, *expected.columns], axis=1)
        long["frame"] = wide.index.to_numpy()[long["frame"]]
        long = long.sample(frac=1, random_state=1).reset_index(drop=True)
        long.to_parquet(case["make"])
        return None
    found = pandas.read_parquet(case["long"])
    if not isinstance(found.index, pandas.RangeIndex) or found.columns.nlevels != 1:
        return f"{found.index} and {found.columns} are not those of a flat table"
    per_frame = len(found) // len(wide) if len(wide) else 1
    if len(found) != len(expected):
        return f"{len(found)} rows, not {len(expected)}"
    rows = numpy.arange(len(found)) // per_frame
    by_frame = wide.index.nlevels == 1 and pandas.api.types.is_integer_dtype(wide.index.dtype)
    if by_frame:
        frame = names["frame"] if "time" in found.columns and names["frame"] in found.columns else names["frame_without_time"]
        if not (found[frame].to_numpy() == wide.index.to_numpy()[rows]).all():
            return "the frames are others"
    else:
        frame = "position" if names["frame_without_time"] in wide.index.names else names["frame_without_time"]
        if not (found[frame].to_numpy() == rows).all():
            return "the positions are others"
        for level in range(wide.index.nlevels):
            column = wide.index.names[level] or f"row_label_{level}"
            labels = wide.index.get_level_values(level)[rows]
            if not pandas.Index(found[column]).equals(pandas.Index(labels.to_numpy())) and list(found[column]) != list(labels):
                return f"the row labels {column} are others"
    if len(wide) and points and list(found[points].head(per_frame).itertuples(index=False, name=None)) != order:
        return "the points come in another order than their first columns"
    index = [pandas.Index(rows, name="row")] + [found[point] for point in points]
    index = pandas.MultiIndex.from_arrays(index) if points else index[0]
    # pandas finds each row of ours by its position and point in what it stacked itself.
    if not index.is_unique or len(index.difference(expected.index)):
        return "the points are others"
    expected = expected.loc[list(index)] if points else expected.loc[index]
    for coord in expected.columns:
        column = names.get(coord, coord)
        left, right = expected[coord].to_numpy(), found[column].to_numpy()
        floats = left.dtype.kind == "f" and right.dtype.kind == "f"
        same = numpy.array_equal(left, right, equal_nan=True) if floats else list(left) == list(right)
        if not same:
            return f"the values of {coord} are others"
        if floats and left.dtype != right.dtype:
            return f"{coord} is of {right.dtype}, not {left.dtype}"
    others = set(found.columns) - {names.get(coord, coord) for coord in expected.columns} - set(points)
    known = {"frame", "time", "position", *names.values(), *(name for name in wide.index.names if name)}
    others = {name for name in others - known if not name.startswith("row_label_")}
    return f"there are further columns: {others}" if others else None


def judged(case):
    try:
        return complaint(case)
    except Exception as error:  # whatever pandas has against a file is a complaint
        return f"{type(error).__name__}: {error}"


warnings.simplefilter("ignore")
json.dump([judged(case) for case in json.load(sys.stdin)], sys.stdout)
