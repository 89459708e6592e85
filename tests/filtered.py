"""Lets pandas filter tables, and compare what is left with what was written.

Standard input: JSON, a list of {"source": path, "filtered": path} with "min_likelihood", "mode" ("mask", "any" or "all"),
"individual", "bodypart" and "frames" where they are asked for. Standard output: JSON, a list of null where the two are the
same, or what pandas says against it.
"""

import json
import sys
import warnings

import pandas
from pandas.testing import assert_frame_equal


def left(case):
    frame = pandas.read_hdf(case["source"])
    for level, asked in [("individuals", "individual"), ("bodyparts", "bodypart")]:
        if asked in case:
            frame = frame.loc[:, frame.columns.get_level_values(level).isin(case[asked])]
    if "frames" in case:
        frame = frame.iloc[slice(*case["frames"])]
    if "min_likelihood" not in case:
        return frame
    likelihoods = frame.xs("likelihood", axis=1, level="coords")
    likely = likelihoods >= case["min_likelihood"]
    if case["mode"] == "any":
        return frame[likely.all(axis=1)]
    if case["mode"] == "all":
        return frame[likely.any(axis=1)]
    frame = frame.copy()
    for key in frame.columns:
        if key[-1] != "likelihood":
            frame.loc[~likely[key[:-1]], key] = float("nan")
    return frame


def complaint(case):
    path = case["filtered"]
    found = pandas.read_parquet(path) if path.endswith(".parquet") else pandas.read_hdf(path)
    try:
        assert_frame_equal(left(case), found, check_exact=True)
    except AssertionError as error:
        return " ".join(str(error).split())
    return None


warnings.simplefilter("ignore")
json.dump([complaint(case) for case in json.load(sys.stdin)], sys.stdout)
