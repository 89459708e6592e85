"""What all benchmarks share: sides that take turns, what is noted of each, and the file with the results.

Each side runs in a process of its own that is warm, and they take turns, round by round, so that what else the machine does falls on
all of them. Every file is written anew, not over an old one. Every file is read twice, and the second time counts: the first gets
memory that the system had given away, which takes long on a virtual machine, whoever asks for it. For a cold read the file is
dropped from the page cache before (`meter.make_cold`). Memory is measured apart from time: in a new process for each side and
operation, which has done nothing but load what it writes.

The shape of the results, the same for every benchmark, is described in `README.md` beside this file.
"""

import argparse
import contextlib
import datetime
import importlib.metadata
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from meter import PATIENCE, Failed, Meter, TreePeak, make_cold

FORMAT = 1
PEER = Path(__file__).parent / "peer.py"
# Tables that are larger are loaded for each write and let go after it, so that not every side keeps one.
KEPT_BYTES = 600_000_000
PACKAGES = ("pandas", "polars", "pyarrow", "duckdb", "h5py", "tables", "blosc2", "pcodec", "pysz", "videoparquet", "pynwb", "numpy")


@dataclass
class Workload:
    """A table or an array that is measured: `name` is its handle, `text` says what it is."""

    name: str
    text: str
    rows: int
    columns: int
    value_bytes: int = 8

    @property
    def bytes(self):
        return self.rows * self.columns * self.value_bytes


@dataclass
class Case:
    """What one side is asked for. `path` is the file, or the folder, that it is about."""

    operation: str
    who: str
    side: str
    request: tuple
    path: Path | None = None
    # The table that has to be loaded before.
    load: Path | None = None
    writes: bool = False
    cache: str = "warm"
    # So many requests make one time, where one takes less than a millisecond.
    repeats: int = 1
    # Fewer rounds than the others have, where it takes long.
    rounds: int | None = None
    # Which result of its answer is the largest error.
    error_at: int | None = None
    # It finds out the largest error of this operation of the same side, and is not shown for itself.
    error_of: str | None = None
    # Requests before the one that counts, each time: what is kept for it.
    before: tuple = ()
    # Memory is that of the process with those below it.
    has_children: bool = False
    # What all sides have to agree on is what this makes of an answer.
    agrees: Callable | None = None
    with_peak: bool = True

    @property
    def is_ours(self):
        return self.who.startswith("ours")


@dataclass
class Result:
    """What was measured of one case."""

    times: list = field(default_factory=list)
    size: int | None = None
    peak: int | None = None
    error: float | None = None
    failed: str | None = None
    answers: list = field(default_factory=list)


class Bench:
    """One benchmark: its arguments, its processes, its results."""

    def __init__(self, name):
        parser = argparse.ArgumentParser()
        parser.add_argument("--program", action="append", default=[], metavar="NAME=PATH", help="meter, pose, video_meter, arrow2")
        parser.add_argument("--work", type=Path, required=True)
        parser.add_argument("--save", type=Path, required=True)
        parser.add_argument("--source", type=Path, help="a real HDF5 file; a table of its size is made up without")
        parser.add_argument("--quick", action="store_true", help="small data and few rounds: noise, and soon over")
        parser.add_argument("--command", default=" ".join(sys.argv), help="the command that is noted")
        parser.add_argument("--commit", default="")
        self.name, self.arguments = name, parser.parse_args()
        self.quick, self.source = self.arguments.quick, self.arguments.source
        self.programs = {key: Path(path) for key, _, path in (program.partition("=") for program in self.arguments.program)}
        self.work = self.arguments.work
        self.files = self.work / name
        # An earlier run may have been interrupted.
        shutil.rmtree(self.files, ignore_errors=True)
        self.files.mkdir(parents=True)
        self.meters, self.loaded = {}, {}
        self.workloads, self.results, self.load_before = {}, [], os.getloadavg()

    def chosen(self, full, quick):
        """A size or a number of rounds, by whether there is time."""
        return quick if self.quick else full

    # Sides

    def command(self, side):
        """The program of a side: ours, a peer, or one with a program of its own."""
        if side in self.programs:
            return [self.programs[side]]
        return [sys.executable, "-B", PEER, side]

    def meter(self, side):
        if side not in self.meters or not self.meters[side].is_running():
            self.meters[side] = self.started(side)
            self.loaded.pop(side, None)
        return self.meters[side]

    def started(self, side):
        return Meter(self.command(side), patience=None if side in self.programs else PATIENCE)

    def let_go(self):
        """Ends the processes: the next workload starts with new ones."""
        for meter in self.meters.values():
            meter.end()
        self.meters, self.loaded = {}, {}

    # Measuring

    def measure(self, workload, cases, rounds):
        """Times all cases in turns, then their memory; what was written may go after it."""
        self.workloads[workload.name] = workload
        print(f"\n{workload.name}: {workload.text}; {rounds} rounds; load {os.getloadavg()[0]:.1f}", flush=True)
        results = [Result() for _ in cases]
        for number in range(rounds):
            for case, result in zip(cases, results):
                if result.failed or number >= (case.rounds or rounds):
                    continue
                try:
                    self.once(workload, case, result)
                except Failed as why:
                    if case.side == "meter":
                        raise SystemExit(f"ours failed at {case.request}: {why}")
                    # Folders of this machine are nothing that a page should tell.
                    result.failed = str(why).replace(str(self.files), "…")[:160]
        agree(cases, results)
        for case, result in zip(cases, results):
            if case.with_peak and not result.failed and Path("/proc/self/clear_refs").exists():
                with contextlib.suppress(Failed):
                    result.peak = self.peak(case)
        self.let_go()
        self.note(workload, cases, results)

    def once(self, workload, case, result):
        meter = self.meter(case.side)
        self.prepare(meter, case)
        seconds, answer = 0.0, []
        if not case.writes and case.cache == "warm":
            meter.ask(*case.request)
        for _ in range(case.repeats):
            if case.writes:
                removed(case.path)
            elif case.cache == "cold":
                make_cold(case.path)
            took, *answer = meter.answer(*case.request)
            seconds += took
        result.times.append(seconds / case.repeats)
        result.answers.append(answer)
        if case.writes:
            result.size = size_of(case.path)
        if case.error_at is not None:
            result.error = max(result.error or 0.0, answer[case.error_at])
        if case.load and workload.bytes > KEPT_BYTES:
            meter.ask("drop")
            self.loaded.pop(case.side, None)

    def prepare(self, meter, case):
        """What is kept for a request: a table, and whatever it needs beside that."""
        wanted = (case.load, case.before)
        if (case.load or case.before) and self.loaded.get(case.side) != wanted:
            if case.load:
                meter.ask("load", case.load)
            for words in case.before:
                meter.ask(*words)
            self.loaded[case.side] = wanted

    def peak(self, case):
        meter = self.started(case.side)
        try:
            if case.load:
                meter.ask("load", case.load)
            for words in case.before:
                meter.ask(*words)
            if case.writes:
                removed(case.path)
            meter.forget_peak()
            if not case.has_children:
                meter.ask(*case.request)
                return meter.peak()
            # What is over too soon to be seen has no children either.
            with TreePeak(meter.process.pid) as tree:
                meter.ask(*case.request)
            return max(tree.bytes, meter.peak())
        finally:
            meter.end()

    # Results

    def note(self, workload, cases, results):
        """Adds results as they are saved, and shows them."""
        firsts = {}
        for case, result in zip(cases, results):
            of = [other for at, other in zip(cases, results) if case.error_of and (at.operation, at.who) == (case.error_of, case.who)]
            for other in of:
                other.error = result.error
            if case.is_ours and result.times:
                firsts.setdefault((case.operation, case.cache), result.times)
        for case, result in zip(cases, results):
            if case.error_of:
                continue
            ours = firsts.get((case.operation, case.cache))
            ratios = [theirs / own for theirs, own in zip(result.times, ours or [])]
            self.add({
                "workload": workload.name,
                "operation": case.operation,
                "cache": case.cache,
                "who": case.who,
                "times": result.times,
                "median": statistics.median(result.times) if result.times else None,
                "spread": [min(result.times), max(result.times)] if result.times else None,
                "ratio": statistics.median(ratios) if ratios else None,
                "peak_bytes": result.peak,
                "size_bytes": result.size,
                "max_error": result.error,
                "failed": result.failed,
            })

    def add(self, result):
        """A result of the common shape: for what is measured in another way than by `measure`."""
        result = {
            "cache": "warm", "times": [], "median": None, "spread": None, "ratio": None, "peak_bytes": None,
            "size_bytes": None, "max_error": None, "failed": None, **result,
        }
        self.results.append(result)
        print(said(result), flush=True)

    def save(self):
        """Writes the results and removes what was made on the way."""
        document = {
            "format": FORMAT,
            "name": self.name,
            "quick": self.quick,
            "command": self.arguments.command,
            "commit": self.arguments.commit,
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
            "machine": machine(self.load_before),
            "versions": versions(),
            "workloads": {
                name: {"text": workload.text, "rows": workload.rows, "columns": workload.columns, "bytes": workload.bytes}
                for name, workload in self.workloads.items()
            },
            "results": self.results,
        }
        self.let_go()
        self.arguments.save.parent.mkdir(parents=True, exist_ok=True)
        self.arguments.save.write_text(json.dumps(document, indent=1) + "\n")
        shutil.rmtree(self.files)


def agree(cases, results):
    """An error unless all sides that were asked the same found the same."""
    found = {}
    for case, result in zip(cases, results):
        for answer in result.answers if case.agrees else []:
            value = case.agrees(answer)
            first = found.setdefault(case.operation, (case.who, value))
            near = len(first[1]) == len(value) and all(abs(a - b) <= 1e-9 * max(abs(a), abs(b)) for a, b in zip(first[1], value))
            if not near:
                raise SystemExit(f"{case.operation}: {first[0]} found {first[1]}, {case.who} {value}")


def said(result):
    """A result as a line for people."""
    line = f"  {result['operation']:24} {result['cache']:5} {result['who']:28}"
    if result["failed"]:
        return f"{line} failed: {result['failed']}"
    if result["times"]:
        low, high = result["spread"]
        line += f"{result['median'] * 1e3:10.2f} ms ({low * 1e3:.2f} to {high * 1e3:.2f})"
        if result["ratio"] is not None and result["ratio"] != 1:
            line += f"  {result['ratio']:.2f} of ours"
    if result["size_bytes"] is not None:
        line += f"  {result['size_bytes'] / 1e6:.3f} MB"
    if result["peak_bytes"] is not None:
        line += f"  peak {result['peak_bytes'] / 1e6:.0f} MB"
    if result["max_error"] is not None:
        line += f"  error {result['max_error']:g}"
    return line


def size_of(path):
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size


def removed(path):
    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def machine(load):
    processor, memory = platform.processor() or platform.machine(), None
    if Path("/proc/cpuinfo").exists():
        names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        processor = names[0] if names else processor
        memory = 1024 * int(Path("/proc/meminfo").read_text().split()[1])
    system = f"{platform.system()} {platform.release()}"
    load = {"load_before": load[0], "load_after": os.getloadavg()[0]}
    return {"processor": processor, "processors": os.cpu_count(), "memory_bytes": memory, "system": system, **load}


def versions():
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    if shutil.which("ffmpeg"):
        first = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.split("\n")[0]
        found["ffmpeg"] = first.split()[2]
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()
    found["rust"] = rust[1] if len(rust) > 1 else "unknown"
    locked = (Path(__file__).parents[2] / "tests/readers/Cargo.lock").read_text()
    found["arrow2"] = re.search(r'name = "arrow2"\nversion = "([^"]+)"', locked)[1]
    return found
