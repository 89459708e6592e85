"""Lets pandas and PyTables judge HDF5 files against the files that they were made from.

Standard input: JSON, a list of {"source": path, "key": key or null, "hdf5": path, "hdf5_key": key, "storage": "table"
or "fixed"}; where it has a path "rewritten", pandas writes the frame there too. Standard output: JSON, a list of null where the two are the same frame and pandas can work with it as with
its own, or what is wrong.
"""

import contextlib
import io
import json
import os
import shutil
import sys
import warnings

import pandas
from pandas.testing import assert_frame_equal
from tables.scripts import ptdump


def same(expected, found, seconds=False):
    if seconds and str(expected.index.dtype) == "datetime64[ms]" and str(found.index.dtype) == "datetime64[s]":
        # Parquet has no seconds: pandas finds milliseconds there where the table says seconds.
        expected.index = expected.index.as_unit("s")
    if expected.shape[1] == 0:
        # Labels of no columns have no type.
        found.columns = expected.columns
    if isinstance(expected.index.dtype, pandas.CategoricalDtype):
        # Categories come back as what they stand for.
        expected.index = expected.index.astype(expected.index.categories.dtype)
    for column in expected.columns:
        if isinstance(expected[column].dtype, pandas.CategoricalDtype):
            expected[column] = expected[column].astype(expected[column].cat.categories.dtype)
        # Text comes back in the type that this pandas has for it.
        if expected[column].dtype == object and isinstance(found[column].dtype, pandas.StringDtype):
            expected[column] = expected[column].astype(found[column].dtype)
        if found.empty and found[column].dtype == object:
            # Nothing tells no texts from no objects.
            found[column] = found[column].astype(expected[column].dtype)
    # The frequency of a time index is what pandas makes of its labels, not one of them.
    assert_frame_equal(expected, found, check_exact=True, check_freq=False)
    assert list(expected.columns.names) == list(found.columns.names), "names of column levels"
    assert list(expected.index.names) == list(found.index.names), "names of row levels"
    kinds = pandas.MultiIndex
    assert isinstance(expected.index, kinds) == isinstance(found.index, kinds), "levels of rows"
    assert isinstance(expected.columns, kinds) == isinstance(found.columns, kinds), "levels of columns"


def read(path, key):
    return pandas.read_parquet(path) if path.endswith(".parquet") else pandas.read_hdf(path, key=key)


def check_patterns(expected, found):
    """Takes the frame apart as DeepLabCut does."""
    names = list(expected.columns.names)
    if names[:1] != ["scorer"] or "coords" not in names or not len(expected.columns):
        return
    scorer = expected.columns.get_level_values("scorer").unique()[0]
    assert_frame_equal(expected[scorer], found[scorer], check_exact=True, check_freq=False)
    part = expected.columns[0][1]
    assert_frame_equal(expected.loc[:, (scorer, part)], found.loc[:, (scorer, part)], check_exact=True, check_freq=False)
    coord = expected.columns.get_level_values("coords")[-1]
    cut = [frame.xs(coord, level="coords", axis=1) for frame in (expected, found)]
    assert_frame_equal(*cut, check_exact=True, check_freq=False)


def check_table(path, key, found):
    """Adds to a copy of the table, and asks it for some of its rows."""
    copy = path + ".appended.h5"
    shutil.copy(path, copy)
    with pandas.HDFStore(copy) as store:
        storer = store.get_storer(key)
        assert storer.is_table and storer.nrows == len(found), f"{storer.nrows} rows"
        if len(found) and not isinstance(found.index, pandas.MultiIndex):
            last = found.index[-1]
            if isinstance(last, (int, float, str)) and last == last:
                chosen = store.select(key, where="index == last")
                same(found[found.index == last], chosen)
            if getattr(found.index, "tz", None) is None and not str(found.index.dtype).endswith("64[ns]"):
                # pandas adds to times of a zone only where the zone is pickled as that very pandas would pickle it,
                # and to nanoseconds only where they are noted as it notes them, which older ones cannot read.
                store.append(key, found)
                same(pandas.concat([found, found]), store[key])
        elif len(found):
            store.append(key, found)
            same(pandas.concat([found, found]), store[key])
    os.remove(copy)


def complaint(case):
    try:
        expected = read(case["source"], case["key"])
        path, key = case["hdf5"], case["hdf5_key"]
        found = pandas.read_hdf(path, key=key)
        same(expected, found, seconds=case["source"].endswith(".parquet"))
        if pandas.read_hdf(path) is None:
            return "nothing without a key"
        with pandas.HDFStore(path, mode="r") as store:
            assert "/" + key in store.keys(), f"keys {store.keys()}"
            assert "invalid" not in store.info(), store.info()
        check_patterns(expected, found)
        if case["storage"] == "table":
            check_table(path, key, found)
        if case.get("rewritten"):
            found.to_hdf(case["rewritten"], key=key, format=case["storage"], mode="w")
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            sys.argv = ["ptdump", "-v", "-a", path]
            ptdump.main()
        if err.getvalue() or "UnImplemented" in out.getvalue():
            return f"ptdump: {out.getvalue()[-400:]} {err.getvalue()[-400:]}"
    except Exception as error:  # whatever pandas has against a file is a complaint
        return f"{type(error).__name__}: {error}"
    return None


warnings.simplefilter("ignore")
json.dump([complaint(case) for case in json.load(sys.stdin)], sys.stdout)
