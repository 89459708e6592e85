"""Lets pandas judge the statistics of tables.

Standard input: JSON, a list of {"path", "key", "levels": positions of the levels that make a key, "coord_level",
"min_likelihood", "found": what was found}. Standard output: JSON, a list of null where pandas finds the same, or what it finds
otherwise. Counts and extremes are to be the same; means, deviations and quantiles to differ by less than a relative 1e-12.
"""

import json
import math
import sys
import warnings

import numpy
import pandas


def read(case):
    if case["path"].endswith(".parquet"):
        return pandas.read_parquet(case["path"])
    return pandas.read_hdf(case["path"], key=case["key"])


def labels_of(key):
    return key if isinstance(key, tuple) else (key,)


def likelihood_of(frame, position, coord_level):
    """The column that says how likely another one is; None where none does."""
    keys = [labels_of(key) for key in frame.columns]
    key = keys[position]
    number = str(key[coord_level])[len(str(key[coord_level]).rstrip("0123456789")):]
    for name in [f"likelihood{number}", f"conf{number}", "likelihood", "conf"]:
        wanted = key[:coord_level] + (name,) + key[coord_level + 1:]
        if wanted in keys:
            return frame.iloc[:, keys.index(wanted)]
    return None


def values_of(frame, case):
    """The values that are taken together, by their key."""
    groups = {}
    for position, key in enumerate(frame.columns):
        column = frame.iloc[:, position]
        if case["min_likelihood"] is not None:
            likelihood = likelihood_of(frame, position, case["coord_level"])
            if likelihood is not None:
                column = column[likelihood >= case["min_likelihood"]]
        name = tuple(str(labels_of(key)[level]) for level in case["levels"])
        groups.setdefault(name, []).append(column)
    return groups


def same(expected, found):
    if isinstance(found, str):
        found = float(found)
    if found is None:
        return expected is None or math.isnan(expected) or math.isinf(expected)
    return expected == found or abs(expected - found) <= 1e-12 * abs(expected)


def complaints_of(columns, found):
    values = pandas.concat(columns, ignore_index=True)
    yield "count", int(values.count()), found["count"], int(values.count()) == found["count"]
    missing = int(values.isna().sum())
    yield "missing", missing, found["missing"], missing == found["missing"]
    if values.count() == 0 or not (pandas.api.types.is_numeric_dtype(values.dtype)):
        yield "mean", None, found["mean"], found["mean"] is None
        return
    values = values.dropna()
    numbers = values.astype("float64")
    for name in ["min", "max"]:
        expected = getattr(values, name)()
        expected = int(expected) if not isinstance(expected, (float, numpy.floating)) else float(expected)
        got = float(found[name]) if isinstance(found[name], str) else found[name]
        yield name, expected, got, expected == got
    yield "mean", float(numbers.mean()), found["mean"], same(float(numbers.mean()), found["mean"])
    deviation = float(numbers.std())
    scale = float(numbers.abs().max())
    # Where all values are nearly the same, what pandas finds is the rounding of its own mean.
    close = found["std"] is not None and abs(deviation - found["std"]) <= 1e-15 * scale
    yield "std", deviation, found["std"], same(deviation, found["std"]) or close
    for entry in found["quantiles"]:
        expected = float(numbers.quantile(entry["quantile"]))
        # NumPy multiplies an infinite neighbour by nothing, which is NaN; here it is the value itself.
        by_infinity = math.isnan(expected) and numbers.abs().max() == math.inf
        yield f"quantile {entry['quantile']}", expected, entry["value"], by_infinity or same(expected, entry["value"])


def complaint(case):
    frame = read(case)
    groups = values_of(frame, case)
    found = {tuple(group["key"]): group for group in case["found"]["groups"]}
    if list(groups) != list(found):
        return f"{case['path']}: other groups: {list(groups)[:3]}, {list(found)[:3]}"
    for key, columns in groups.items():
        left_out = sum(len(frame) - len(column) for column in columns)
        if left_out != found[key]["left_out"]:
            return f"{case['path']} {key}: left out {left_out}, not {found[key]['left_out']}"
        for name, expected, got, agrees in complaints_of(columns, found[key]):
            if not agrees:
                return f"{case['path']} {key}: {name} is {expected!r}, not {got!r}"
    return None


warnings.simplefilter("ignore")
numpy.seterr(all="ignore")
json.dump([complaint(case) for case in json.load(sys.stdin)], sys.stdout)
