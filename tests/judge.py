"""Lets pandas judge Parquet files against the files that they were made from.

Standard input: JSON, a list of {"source": path, "key": key or null, "parquet": path}. Standard output: JSON, a list of
null where the two are the same frame, or what pandas says against it.
"""

import json
import sys
import warnings

import pandas
from pandas.testing import assert_frame_equal


def complaint(case):
    try:
        if case["source"].endswith(".parquet"):
            expected = pandas.read_parquet(case["source"])
        else:
            expected = pandas.read_hdf(case["source"], key=case["key"])
        found = pandas.read_parquet(case["parquet"])
        if expected.shape[1] == 0:
            # Labels of no columns have no type, and pandas finds another one in each of its own formats.
            found.columns = expected.columns
        if str(expected.index.dtype) == "datetime64[s]":
            # Parquet has no seconds: pandas finds milliseconds in its own files too.
            expected.index = expected.index.as_unit("ms")
        if isinstance(expected.index.dtype, pandas.CategoricalDtype):
            # Categories come back as what they stand for.
            expected.index = expected.index.astype(expected.index.categories.dtype)
        for column in expected.columns:
            # Text comes back in the type that this pandas has for it.
            if expected[column].dtype == object and isinstance(found[column].dtype, pandas.StringDtype):
                expected[column] = expected[column].astype(found[column].dtype)
        # HDF5 keeps the frequency of a time index; Parquet has no place for it, pandas' own files included.
        assert_frame_equal(expected, found, check_exact=True, check_freq=False)
        if list(expected.columns.names) != list(found.columns.names):
            return f"column levels {expected.columns.names} against {found.columns.names}"
        if list(expected.index.names) != list(found.index.names):
            return f"index levels {expected.index.names} against {found.index.names}"
        if type(expected.columns) is not type(found.columns) or type(expected.index) is not type(found.index):
            return f"{type(expected.index)} and {type(expected.columns)} against {type(found.index)} and {type(found.columns)}"
    except Exception as error:  # whatever pandas has against a file is a complaint
        return f"{type(error).__name__}: {error}"
    return None


warnings.simplefilter("ignore")
json.dump([complaint(case) for case in json.load(sys.stdin)], sys.stdout)
