"""Times reading and writing of HDF5 tables: ours against pandas, and against reading the bytes at all.

    hdf5.py --meter PROGRAM --work FOLDER --save FILE [--small FILE.h5] [--frames 1000000] [--rounds 9]

pandas runs in this Python, ours in a process beside it; both are running and warm, and take turns, so that what else the
machine does falls on both.
"""

import argparse
import json
import os
import platform
import statistics
import time
from pathlib import Path

import numpy
import pandas

from meter import Meter, said

KEY = "df_with_missing"
# A table of a short video takes less than a millisecond: so many are read at once.
REPEATS = 20


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meter", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--save", type=Path, required=True)
    parser.add_argument("--small", type=Path)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)

    frame = made(arguments.frames, [f"bodypart{number}" for number in range(12)])
    tables = {storage: arguments.work / f"{storage}.h5" for storage in ("table", "fixed")}
    for storage, path in tables.items():
        frame.to_hdf(path, key=KEY, format=storage, mode="w")
    small = arguments.small or write_small(arguments.work / "small.h5")
    out = arguments.work / "out.h5"

    meter = Meter(arguments.meter)
    meter.ask("load", tables["table"])
    works = {
        "read table": (lambda: pandas.read_hdf(tables["table"], KEY), ("read", tables["table"]), 1),
        "read fixed": (lambda: pandas.read_hdf(tables["fixed"], KEY), ("read", tables["fixed"]), 1),
        # pandas has no columns of a table without reading all of it.
        "one bodypart of a table": (None, ("read", tables["table"], "bodypart3"), 1),
        "the bytes of the table": (None, ("raw", tables["table"]), 1),
        "write table": (lambda: write(frame, out, format="table"), ("write", out, "table"), 1),
        "write fixed": (lambda: write(frame, out, format="fixed"), ("write", out, "fixed"), 1),
        "write table, zlib": (lambda: write(frame, out, format="table", complib="zlib", complevel=5), ("write", out, "table", "zlib"), 1),
        "write table, Blosc LZ4": (lambda: write(frame, out, format="table", complib="blosc:lz4", complevel=5), ("write", out, "table", "lz4"), 1),
        "read a short table": (lambda: pandas.read_hdf(small, KEY), ("read", small), REPEATS),
    }
    times = {name: {"pandas": [], "ours": []} for name in works}
    for number in range(arguments.rounds):
        for name, (theirs, ours, repeats) in works.items():
            # Packing takes seconds: three rounds of it tell enough.
            if "," in name and number >= 3:
                continue
            if theirs:
                times[name]["pandas"].append(timed(theirs, repeats))
            times[name]["ours"].append(statistics.mean(meter.ask(*ours) for _ in range(repeats)))
    meter.end()
    for path in (*tables.values(), out):
        path.unlink()

    print(f"{arguments.frames} frames x 36 columns of float64, {arguments.rounds} rounds, milliseconds")
    for name, of in times.items():
        line = f"  {name:26} ours {said(of['ours'])}"
        if of["pandas"]:
            ratios = [theirs / ours for theirs, ours in zip(of["pandas"], of["ours"])]
            line += f"   pandas {said(of['pandas'])}   {statistics.median(ratios):5.1f} times, from {min(ratios):.1f} to {max(ratios):.1f}"
        print(line)
    raw = [ours / raw for ours, raw in zip(times["read table"]["ours"], times["the bytes of the table"]["ours"])]
    print(f"reading a table takes {statistics.median(raw):.2f} times as long as reading its bytes into fresh memory")
    arguments.save.parent.mkdir(parents=True, exist_ok=True)
    arguments.save.write_text(json.dumps({
        "workload": "hdf5",
        "frames": arguments.frames,
        "columns": 36,
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "pandas": pandas.__version__,
        "seconds": times,
    }, indent=1))


def made(frames, bodyparts):
    """Predictions that are float32 at heart, as those of DeepLabCut are."""
    random = numpy.random.default_rng(0)
    names = ["scorer", "bodyparts", "coords"]
    columns = pandas.MultiIndex.from_product([["DLC"], bodyparts, ["x", "y", "likelihood"]], names=names)
    values = random.normal(scale=2, size=(frames, len(columns))).cumsum(axis=0).astype("float32").astype("float64")
    return pandas.DataFrame(values, columns=columns)


def write_small(path):
    made(2330, list("abcd")).to_hdf(path, key=KEY, format="table", mode="w")
    return path


def write(frame, path, **options):
    frame.to_hdf(path, key=KEY, mode="w", **options)


def timed(what, repeats):
    start = time.perf_counter()
    for _ in range(repeats):
        what()
    return (time.perf_counter() - start) / repeats


if __name__ == "__main__":
    main()
