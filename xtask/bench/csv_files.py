"""Times reading and writing of CSV tables: ours against pandas, and against reading the bytes at all.

    csv_files.py --meter PROGRAM --work FOLDER --save FILE [--frames 100000] [--rounds 5]

pandas runs in this Python, ours in a process beside it; both are running and warm, and take turns, so that what else the
machine does falls on both.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

# This file has the name of a module that pandas needs.
sys.path.append(sys.path.pop(0))

import numpy  # noqa: E402
import pandas  # noqa: E402

from meter import Meter, said  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meter", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--save", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    source, out, theirs = (arguments.work / name for name in ("poses.csv", "ours.csv", "pandas.csv"))
    frame = made(arguments.frames, [f"bodypart{number}" for number in range(12)])
    frame.to_csv(source)

    meter = Meter(arguments.meter)
    meter.ask("load", source)
    works = {
        "read": (lambda: pandas.read_csv(source, header=[0, 1, 2], index_col=0), ("read", source)),
        "read one bodypart": (None, ("read", source, "bodypart3")),
        "open": (None, ("open", source)),
        "the bytes": (None, ("raw", source)),
        "write": (lambda: frame.to_csv(theirs), ("write", out)),
    }
    times = {name: {"pandas": [], "ours": []} for name in works}
    for _ in range(arguments.rounds):
        for name, (peer, request) in works.items():
            if peer:
                start = time.perf_counter()
                peer()
                times[name]["pandas"].append(time.perf_counter() - start)
            times[name]["ours"].append(meter.ask(*request))
    meter.end()
    if out.read_bytes() != theirs.read_bytes():
        raise SystemExit("ours is not what pandas writes")
    print(f"{arguments.frames} frames of 36 columns, {source.stat().st_size / 1e6:.1f} MB; ms, median (least to most)")
    for name, sides in times.items():
        print(f"{name:20}", *(f"{side} {said(seconds)}" for side, seconds in sides.items() if seconds), sep="  ")
    versions = {"python": platform.python_version(), "pandas": pandas.__version__, "processors": os.cpu_count()}
    medians = {name: {side: statistics.median(s) for side, s in sides.items() if s} for name, sides in times.items()}
    arguments.save.write_text(json.dumps({"versions": versions, "seconds": medians}, indent=2) + "\n")


def made(frames, bodyparts):
    """Predictions as networks make them: float32 in float64, some missing."""
    rng = numpy.random.default_rng(1)
    columns = pandas.MultiIndex.from_product([["DLC_net"], bodyparts, ["x", "y", "likelihood"]], names=["scorer", "bodyparts", "coords"])
    values = (300 + rng.normal(0, 1.5, (frames, len(columns))).cumsum(axis=0)).astype("float32").astype("float64")
    values[rng.random(values.shape) < 0.02] = numpy.nan
    return pandas.DataFrame(values, columns=columns)


if __name__ == "__main__":
    main()
