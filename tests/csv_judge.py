"""Lets pandas judge CSV files against the files that they were made from.

Standard input: JSON, a list of {"source": path, "key": key or null, "csv": path, "header": rows, "labels": columns}. Standard
output: JSON, a list of null where the CSV is, byte for byte, what pandas writes of the source, and pandas reads the same
values from it; otherwise what pandas says against it.
"""

import json
import sys
import warnings

import numpy
import pandas


def complaint(case):
    try:
        if case["source"].endswith(".parquet"):
            expected = pandas.read_parquet(case["source"])
        else:
            expected = pandas.read_hdf(case["source"], key=case["key"])
        # Files of other pandas have categories, of which nothing is left in CSV.
        ours, theirs = open(case["csv"], "rb").read(), expected.to_csv().encode()
        if ours != theirs:
            at = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            return f"byte {at}: {ours[max(0, at - 40):at + 40]} against {theirs[max(0, at - 40):at + 40]} of pandas"
        return reading(expected, case)
    except Exception as error:  # whatever pandas has against a file is a complaint
        return f"{type(error).__name__}: {error}"


def reading(expected, case):
    header = list(range(case["header"])) if case["header"] > 1 else 0
    labels = list(range(case["labels"])) if case["labels"] > 1 else 0
    # The default is not always the nearest float.
    found = pandas.read_csv(case["csv"], header=header, index_col=labels, float_precision="round_trip")
    if case["header"] > 1 and expected.shape[0] > 0 and expected.iloc[0].isna().all() and found.shape[0] < expected.shape[0]:
        return None  # pandas loses such a row
    if found.shape != expected.shape:
        return f"{found.shape} against {expected.shape}"
    for column in range(expected.shape[1]):
        before, after = expected.iloc[:, column], found.iloc[:, column]
        if before.dtype.kind == "f":
            before = before.to_numpy()
            after = after.to_numpy(dtype="float64").astype(before.dtype)
            same = numpy.array_equal(before, after, equal_nan=True)
        else:
            same = [str(v) for v in before[before.notna()]] == [str(v) for v in after[after.notna()]]
        if not same:
            return f"column {expected.columns[column]}: {list(before)[:5]} against {list(after)[:5]}"
    if case["header"] > 1:
        keys = [tuple(str(part) for part in key) for key in expected.columns]
        if keys != list(found.columns) or list(expected.columns.names) != list(found.columns.names):
            return f"columns {expected.columns} against {found.columns}"
    return None


warnings.simplefilter("ignore")
json.dump([complaint(case) for case in json.load(sys.stdin)], sys.stdout)
