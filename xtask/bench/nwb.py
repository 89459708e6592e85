"""Times writing and reading of NWB: ours against pynwb with ndx-pose.

    nwb.py --meter PROGRAM --work FOLDER --save FILE [--small FILE.h5] [--frames 1000000] [--rounds 9]

pynwb runs in this Python, ours in a process beside it; both are running and warm, and take turns, so that what else the
machine does falls on both. Both write float64 one after the other, without compression, which is the default of either. Every
file is written anew, not over an old one, and carries the rules of its types. Ours begins with a table of columns; so does
pynwb's in "from a table". In "from arrays" pynwb is given what HDF5 will hold: positions and likelihoods of each bodypart, put
together before the clock runs. Files are read twice, and the second time counts: the first gets memory that the system had
given away, which takes long on a virtual machine, whoever asks for it. The peak of memory is that of a process which does
nothing else, Python and its modules included.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

warnings.simplefilter("ignore")

import ndx_pose
import numpy
import pandas
import pynwb

from meter import Meter, said

START = datetime.datetime(2023, 10, 30, 14, 5, tzinfo=datetime.timezone.utc)
# A table of a short video takes milliseconds: so many are written and read at once.
REPEATS = 10


class Table:
    """A table, its files by who writes them, and what is timed on them."""

    def __init__(self, name, frame, folder, repeats):
        self.name, self.frame, self.repeats = name, frame, repeats
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.arrays = arrays_of(frame)
        self.times, self.numbers = {}, {}

    def path(self, who):
        return self.folder / f"{who}.nwb"

    def measure(self, meter):
        theirs, ours = self.path("pynwb"), self.path("ours")
        self.note("write", "pynwb, from arrays", lambda: anew(theirs, lambda: timed(lambda: write(self.arrays, theirs))))
        self.note("write", "ours", lambda: anew(ours, lambda: meter.ask("write", ours)))
        self.note("write", "pynwb, from a table", lambda: anew(theirs, lambda: timed(lambda: write(arrays_of(self.frame), theirs))))
        part = next(iter(self.arrays))
        # Each reads the same file, which pynwb wrote.
        for what, read, request in (
            ("read", lambda: read_all(theirs), ("read", theirs)),
            ("one bodypart", lambda: read_all(theirs, part), ("read", theirs, part)),
        ):
            self.second(what, "pynwb", lambda: timed(read))
            self.second(what, "ours", lambda: meter.ask(*request))
        self.second("the bytes of the file", "one read", lambda: meter.ask("raw", theirs))

    def second(self, what, who, measured):
        measured()
        self.note(what, who, measured)

    def note(self, what, who, measured):
        seconds = statistics.mean(measured() for _ in range(self.repeats))
        self.times.setdefault(what, {}).setdefault(who, []).append(seconds)

    def check(self, meter):
        """Each reads the other's file as its own: figures of files that differ would mean nothing."""
        meter.ask("write", self.path("ours"))
        for who in ("pynwb", "ours"):
            found = read_all(self.path(who))
            if list(found) != list(self.arrays):
                raise RuntimeError(f"{who} has other bodyparts: {list(found)}")
            for part, both in self.arrays.items():
                for expected, values in zip(both, found[part]):
                    if expected.tobytes() != numpy.ascontiguousarray(values).tobytes():
                        raise RuntimeError(f"{who} has other values of {part}")
        self.numbers["bytes"] = {who: self.path(who).stat().st_size for who in ("pynwb", "ours")}

    def peaks(self, program):
        """Of processes of their own. Arrays come from a file, so that nothing but them is in memory before."""
        saved = self.folder / "arrays.npz"
        numpy.savez(saved, **{f"{part}/{number}": one for part, both in self.arrays.items() for number, one in enumerate(both)})
        theirs, out = self.path("pynwb"), self.folder / "out.nwb"
        peaks = {"write": {}, "read": {}}
        for what, request in (("write", [saved, out]), ("read", [theirs])):
            ran = [sys.executable, "-B", __file__, "--peak-of", what, *request]
            peaks[what]["pynwb"] = int(subprocess.run(ran, check=True, capture_output=True, text=True).stdout)
        for what, requests in (("write", [("load", theirs), ("write", out)]), ("read", [("read", theirs)])):
            meter = Meter(program)
            for request in requests:
                meter.ask(*request)
            peaks[what]["ours"] = int(meter.ask("peak"))
            meter.end()
        self.numbers["peak_bytes"] = peaks


def main():
    if sys.argv[1:2] == ["--peak-of"]:
        return print(peak_of(*sys.argv[2:]))
    parser = argparse.ArgumentParser()
    parser.add_argument("--meter", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--save", type=Path, required=True)
    parser.add_argument("--small", type=Path)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    arguments = parser.parse_args()

    small = pandas.read_hdf(arguments.small) if arguments.small else made(2330, list("abcd"))
    large = made(arguments.frames, [f"bodypart{number}" for number in range(12)])
    results = {}
    for name, frame, repeats in (("small", small, REPEATS), ("large", large, 1)):
        table = Table(name, frame, arguments.work, repeats)
        write(table.arrays, table.path("pynwb"))
        meter = Meter(arguments.meter)
        meter.ask("load", table.path("pynwb"))
        table.check(meter)
        # The first time of each counts nothing.
        table.measure(meter)
        table.times.clear()
        for _ in range(arguments.rounds):
            table.measure(meter)
        meter.end()
        table.peaks(arguments.meter)
        report(table, arguments.rounds)
        results[name] = {"rows": len(frame), "columns": frame.shape[1], "seconds": table.times, **table.numbers}
        for path in table.folder.iterdir():
            path.unlink()
    arguments.save.parent.mkdir(parents=True, exist_ok=True)
    arguments.save.write_text(json.dumps({
        "workload": "nwb",
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "pynwb": pynwb.__version__,
        "tables": results,
    }, indent=1))


def report(table, rounds):
    print(f"{len(table.frame)} frames x {table.frame.shape[1]} columns of float64, {rounds} rounds, milliseconds; in brackets the range")
    for what, of in table.times.items():
        print(what)
        for who, seconds in of.items():
            line = f"  {who:22} {said(seconds)}"
            if who.startswith("pynwb"):
                ratios = [theirs / own for theirs, own in zip(seconds, of["ours"])]
                line += f"   ours is {statistics.median(ratios):6.1f} times as fast, from {min(ratios):.1f} to {max(ratios):.1f}"
            print(line)
    sizes = ", ".join(f"{who} {size / 1e6:.3f} MB" for who, size in table.numbers["bytes"].items())
    print(f"size: {sizes}")
    for what, peaks in table.numbers["peak_bytes"].items():
        print(f"peak of memory, {what}: " + ", ".join(f"{who} {peak / 1e6:.0f} MB" for who, peak in peaks.items()))


def made(frames, bodyparts):
    """Predictions that are float32 at heart, as those of DeepLabCut are."""
    random = numpy.random.default_rng(0)
    names = ["scorer", "bodyparts", "coords"]
    columns = pandas.MultiIndex.from_product([["DLC"], bodyparts, ["x", "y", "likelihood"]], names=names)
    values = random.normal(scale=2, size=(frames, len(columns))).cumsum(axis=0).astype("float32").astype("float64")
    return pandas.DataFrame(values, columns=columns)


def arrays_of(frame):
    """Positions and likelihoods of each bodypart."""
    arrays = {}
    for part in frame.columns.get_level_values("bodyparts").unique():
        of = frame.xs(part, axis=1, level="bodyparts").to_numpy()
        arrays[part] = (numpy.ascontiguousarray(of[:, :2]), numpy.ascontiguousarray(of[:, 2]))
    return arrays


def write(arrays, path):
    series = [
        ndx_pose.PoseEstimationSeries(
            name=part, description=f"Positions of {part}.", data=data, confidence=confidence, unit="pixels",
            reference_frame="(0, 0) is the top left corner of the video frame.", rate=30.0, starting_time=0.0,
        )
        for part, (data, confidence) in arrays.items()
    ]  # fmt: skip
    bones = ndx_pose.Skeleton(name="Skeleton", nodes=list(arrays), edges=numpy.zeros((0, 2), dtype="uint8"))
    poses = ndx_pose.PoseEstimation(pose_estimation_series=series, scorer="DLC", skeleton=bones)
    file = pynwb.NWBFile("a session", "an identifier", START)
    module = file.create_processing_module("behavior", "Processed behavioral data.")
    module.add(ndx_pose.Skeletons(skeletons=[bones]))
    module.add(poses)
    with pynwb.NWBHDF5IO(str(path), "w") as io:
        io.write(file)


def read_all(path, only=None):
    with pynwb.NWBHDF5IO(str(path), "r") as io:
        poses = io.read().processing["behavior"]["PoseEstimation"]
        parts = [only] if only else poses.skeleton.nodes[:]
        return {part: (poses[part].data[:], poses[part].confidence[:]) for part in parts}


def peak_of(what, source, target=None):
    """The most bytes that this process has had in memory once it has written or read."""
    if what == "write":
        loaded = numpy.load(source)
        parts = dict.fromkeys(name.rpartition("/")[0] for name in loaded)
        write({part: tuple(loaded[f"{part}/{number}"] for number in range(2)) for part in parts}, target)
    else:
        read_all(source)
    status = Path("/proc/self/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))


def anew(path, write):
    path.unlink(missing_ok=True)
    return write()


def timed(what):
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
