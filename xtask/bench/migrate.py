"""A folder of tables becomes Parquet: `pose migrate`, verification included, against the loop that a lab would write.

The start of `pose` counts; pandas is running and warm. How one job compares with two is timed on a disk in memory, where nobody waits
for the disk.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from bench import Bench, Result, Workload
from made import kept_hdf5, real
from meter import Meter

MEMORY_DISK = Path("/dev/shm")


class Migration:
    """Copies of a file in folders of their own: what is deleted keeps some disks busy for a while, and whoever waits for the disk
    then would wait for that."""

    def __init__(self, bench, source, copies):
        self.bench, self.source, self.copies, self.number = bench, source, copies, 0
        self.pose = bench.programs["pose"]

    def lay_out(self, parent=None, copies=None):
        self.number += 1
        folder = (parent or self.bench.files) / str(self.number)
        folder.mkdir()
        for number in range(copies or self.copies):
            shutil.copyfile(self.source, folder / f"video{number:05}.h5")
        # An archive is on disk. Else the first to wait for the disk would pay for these copies too.
        os.sync()
        return folder

    def ours(self, verb, folder, *options):
        """Seconds, and the most memory that it had."""
        start = time.perf_counter()
        process = subprocess.Popen([self.pose, verb, folder, "--json", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        if os.waitstatus_to_exitcode(status):
            raise SystemExit(f"pose {verb} failed")
        summary = json.loads(said)["summary"]
        done = summary["equal"] if verb == "verify" else summary["migrated"] + summary["up_to_date"]
        assert done == len(list(folder.glob("*.h5"))), summary
        return seconds, usage.ru_maxrss * 1024


def main():
    bench = Bench("migrate")
    source = bench.source or kept_hdf5(bench.work, "short", lambda: real(None))
    copies, rounds = bench.chosen(2000, 100), bench.chosen(3, 2)
    archive, results = Migration(bench, source, copies), {}

    def note(operation, who, seconds, peak):
        result = results.setdefault((operation, who), Result(peak=0))
        result.times.append(seconds)
        result.peak = max(result.peak, peak)

    pandas = Meter(bench.command("pandas-parquet"))
    pandas.ask("migrate", archive.lay_out(copies=3))
    for _ in range(rounds):
        folder = archive.lay_out()
        note("migrate", "ours", *archive.ours("migrate", folder))
        note("migrate again, all done", "ours", *archive.ours("migrate", folder))
        note("verify", "ours", *archive.ours("verify", folder))
        folder = archive.lay_out()
        pandas.forget_peak()
        note("migrate", "pandas, not verified", pandas.ask("migrate", folder), pandas.peak())
    pandas.end()
    results["migrate", "ours"].size = sum(path.stat().st_size for path in folder.parent.joinpath("2").glob("*.parquet"))
    results["migrate", "pandas, not verified"].size = sum(path.stat().st_size for path in folder.glob("*.parquet"))
    save(bench, Workload("folder", f"{copies:,} copies of a file of {source.stat().st_size:,} bytes", copies, 1), results)

    if MEMORY_DISK.is_dir():
        results = {}
        for _ in range(rounds):
            for jobs in "12":
                with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as parent:
                    note("migrate", {"2": "ours", "1": "ours, one job"}[jobs], *archive.ours("migrate", archive.lay_out(Path(parent)), "--jobs", jobs))
        in_memory = {key: results[key] for key in (("migrate", "ours"), ("migrate", "ours, one job"))}
        save(bench, Workload("folder in memory", f"{copies:,} copies on a disk in memory, two jobs and one", copies, 1), in_memory)

    many, results = bench.chosen(20_000, 500), {}
    archive.number += 1
    folder = bench.files / str(archive.number)
    folder.mkdir()
    shutil.copyfile(source, folder / "video00000.h5")
    for number in range(1, many):
        # One file of many names, as long as the file system lets it have more.
        os.link(folder / "video00000.h5", folder / f"video{number:05}.h5")
    note("migrate", "ours", *archive.ours("migrate", folder))
    save(bench, Workload("many files", f"{many:,} names of one file", many, 1), results)
    bench.save()


def save(bench, workload, results):
    bench.workloads[workload.name] = workload
    print(f"\n{workload.name}: {workload.text}")
    bench.note(workload, *zip(*(((Named(*key)), result) for key, result in results.items())))


class Named:
    """An operation of a side, as a case has them."""

    cache, error_of = "warm", None

    def __init__(self, operation, who):
        self.operation, self.who, self.is_ours = operation, who, who.startswith("ours")


if __name__ == "__main__":
    main()
