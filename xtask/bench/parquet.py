"""Times writing and reading of Parquet: ours in each profile against pandas, polars and pyarrow, and against pandas' HDF5.

    parquet.py --meter PROGRAM --work FOLDER --save FILE [--small FILE.h5] [--frames 1000000] [--rounds 7]

Python's run in this process, ours in a process beside it; both are running and warm, and take turns, so that what else the
machine does falls on both. Every file is written anew, not over an old one. Every file is read twice, and the second time
counts: the first gets memory that the system had given away, which takes long on a virtual machine, whoever asks for it.
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
import pcodec.standalone
import polars
import pyarrow
import pyarrow.parquet

from meter import Meter, said

KEY = "df_with_missing"
# A table of a short video takes less than a millisecond: so many are written and read at once.
REPEATS = 20
PROFILES = ("fast", "compact", "portable", "fast narrow")


class Table:
    """A table, its files by who writes them, and what is timed on them."""

    def __init__(self, name, frame, folder, repeats):
        self.name, self.frame, self.repeats = name, frame, repeats
        self.folder = folder / name
        self.folder.mkdir(parents=True, exist_ok=True)
        # As polars would have it: the same names, made once.
        self.polars = polars.from_arrow(pyarrow.Table.from_pandas(frame, preserve_index=False))
        self.arrow = pyarrow.Table.from_pandas(frame)
        self.times = {}

    def path(self, who):
        return self.folder / f"{who.replace(' ', '-')}.{'h5' if 'HDF5' in who else 'parquet'}"

    def writers(self):
        floats = {"use_dictionary": False, "use_byte_stream_split": True, "compression": "zstd", "compression_level": 1}
        return {
            "pandas HDF5 table": lambda path: self.frame.to_hdf(path, key=KEY, mode="w", format="table"),
            "pandas HDF5 fixed": lambda path: self.frame.to_hdf(path, key=KEY, mode="w", format="fixed"),
            "pandas Parquet": lambda path: self.frame.to_parquet(path),
            "polars": lambda path: self.polars.write_parquet(path),
            "pyarrow streams zstd": lambda path: pyarrow.parquet.write_table(self.arrow, path, **floats),
        }

    def readers(self):
        return {
            "pandas HDF5 table": lambda path: pandas.read_hdf(path, KEY),
            "pandas HDF5 fixed": lambda path: pandas.read_hdf(path, KEY),
            "pandas Parquet": pandas.read_parquet,
            "polars": polars.read_parquet,
            "pyarrow streams zstd": pandas.read_parquet,
        }

    def note(self, what, who, seconds):
        self.times.setdefault(what, {}).setdefault(who, []).append(seconds)

    def second(self, read):
        read()
        return statistics.mean(read() for _ in range(self.repeats))

    def measure(self, meter, number):
        meter.ask("load", self.path("pandas Parquet"))
        ours = {f"ours {profile}": profile for profile in PROFILES}
        writers, readers = self.writers(), self.readers()
        for who in [*writers, *ours]:
            # Packing as small as it gets takes long: one round of it tells enough.
            if "compact" in who and number > 0 and self.repeats == 1:
                continue
            path = self.path(who)
            if who in ours:
                write = lambda: meter.ask("write", path, *ours[who].split())
            else:
                write = lambda: timed(lambda: writers[who](path))
            self.note("write", who, statistics.mean(anew(path, write) for _ in range(self.repeats)))
        for who in [*readers, *ours]:
            path = self.path(who)
            read = (lambda: meter.ask("read", path)) if who in ours else (lambda: timed(lambda: readers[who](path)))
            self.note("read", who, self.second(read))
        part = self.frame.columns.get_level_values("bodyparts")[0]
        for who in ours:
            self.note("one bodypart", who, self.second(lambda: meter.ask("read", self.path(who), part)))
        names = [str(column) for column in self.frame.columns if column[1] == part]
        for who, read in (("pandas Parquet", pandas.read_parquet), ("polars", polars.read_parquet)):
            self.note("one bodypart", who, self.second(lambda: timed(lambda: read(self.path(who), columns=names))))
        # pandas has no columns of a table without reading all of it.
        self.note("one bodypart", "pandas HDF5 table", self.times["read"]["pandas HDF5 table"][-1])
        for what, who in (("the bytes of ours fast", "ours fast"), ("the bytes of the table", "pandas HDF5 table")):
            self.note(what, "one read", self.second(lambda: meter.ask("raw", self.path(who))))

    def sizes(self):
        names = ["pandas HDF5 table", "pandas Parquet", "polars", "pyarrow streams zstd", *(f"ours {profile}" for profile in PROFILES)]
        sizes = {name: self.path(name).stat().st_size for name in names}
        config = pcodec.ChunkConfig()
        columns = (numpy.ascontiguousarray(self.frame.iloc[:, column].to_numpy()) for column in range(self.frame.shape[1]))
        sizes["pco, default level"] = sum(len(pcodec.standalone.simple_compress(column, config)) for column in columns)
        return sizes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meter", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--save", type=Path, required=True)
    parser.add_argument("--small", type=Path)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()

    small = pandas.read_hdf(arguments.small) if arguments.small else made(2330, list("abcd"))
    large = made(arguments.frames, [f"bodypart{number}" for number in range(12)])
    meter = Meter(arguments.meter)
    results = {}
    for name, frame, repeats in (("small", small, REPEATS), ("large", large, 1)):
        table = Table(name, frame, arguments.work, repeats)
        frame.to_parquet(table.path("pandas Parquet"))
        for number in range(arguments.rounds):
            table.measure(meter, number)
        sizes = table.sizes()
        report(table, sizes, arguments.rounds)
        results[name] = {"rows": len(frame), "columns": frame.shape[1], "seconds": table.times, "bytes": sizes}
        for path in table.folder.iterdir():
            path.unlink()
    meter.end()
    arguments.save.parent.mkdir(parents=True, exist_ok=True)
    arguments.save.write_text(json.dumps({
        "workload": "parquet",
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "pandas": pandas.__version__,
        "polars": polars.__version__,
        "pyarrow": pyarrow.__version__,
        "tables": results,
    }, indent=1))


def report(table, sizes, rounds):
    print(f"{len(table.frame)} frames x {table.frame.shape[1]} columns of float64, {rounds} rounds, milliseconds; in brackets the range")
    for what, of in table.times.items():
        print(what)
        ours = of.get("ours fast")
        for who, seconds in of.items():
            line = f"  {who:22} {said(seconds)}"
            if ours and not who.startswith("ours"):
                ratios = [theirs / own for theirs, own in zip(seconds, ours)]
                line += f"   ours fast is {statistics.median(ratios):5.1f} times as fast, from {min(ratios):.1f} to {max(ratios):.1f}"
            print(line)
    print("size")
    whole = sizes["pandas HDF5 table"]
    for who, size in sizes.items():
        print(f"  {who:22} {size / 1e6:9.3f} MB   {100 * (1 - size / whole):5.1f} % below the .h5   {size / sizes['pco, default level']:5.3f} of pco")


def made(frames, bodyparts):
    """Predictions that are float32 at heart, as those of DeepLabCut are: walks in a picture of 640 pixels, and likelihoods."""
    random = numpy.random.default_rng(0)
    names = ["scorer", "bodyparts", "coords"]
    columns = pandas.MultiIndex.from_product([["DLC"], bodyparts, ["x", "y", "likelihood"]], names=names)
    values = numpy.empty((frames, len(columns)))
    for column, (_, _, coord) in enumerate(columns):
        if coord == "likelihood":
            values[:, column] = 1 / (1 + numpy.exp(-random.normal(4, 2, size=frames)))
        else:
            values[:, column] = abs(random.normal(scale=2, size=frames).cumsum() % 1280 - 640)
    return pandas.DataFrame(values.astype("float32").astype("float64"), columns=columns)


def anew(path, write):
    path.unlink(missing_ok=True)
    return write()


def timed(what):
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
