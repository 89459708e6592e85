"""Times the migration of a folder: `pose migrate`, verification included, against the loop that a lab would write.

    migrate.py --pose PROGRAM --work FOLDER --save FILE [--source FILE.h5] [--copies 2000] [--rounds 3]
        [--many 20000] [--memory-disk /dev/shm]

pandas runs in this Python, which is running and warm already; the start of `pose` counts. Both take turns, so that what
else the machine does falls on both. How one job compares with two is timed on a disk in memory, where nobody waits for
the disk. How much memory a migration of many files takes is what the system says of the process when it has ended.
"""

import argparse
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy
import pandas


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pose", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--save", type=Path, required=True)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--copies", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=20_000)
    parser.add_argument("--memory-disk", type=Path, default=Path("/dev/shm"))
    arguments = parser.parse_args()

    shutil.rmtree(arguments.work, ignore_errors=True)
    arguments.work.mkdir(parents=True)
    source = arguments.source or made(arguments.work / "made.h5")
    rounds = {"pandas": [], "pose": [], "pose, up to date": [], "pose, verify": []}
    # Each in a folder of its own: what is deleted keeps some disks busy for a while, and whoever waits for the disk then
    # would wait for that.
    folders = (arguments.work / str(number) for number in itertools.count())
    with_pandas(lay_out(source, next(folders), 3))
    for _ in range(arguments.rounds):
        rounds["pandas"].append(timed(with_pandas, lay_out(source, next(folders), arguments.copies)))
        folder = lay_out(source, next(folders), arguments.copies)
        rounds["pose"].append(timed(with_pose, folder, arguments))
        rounds["pose, up to date"].append(timed(with_pose, folder, arguments))
        rounds["pose, verify"].append(timed(verified, folder, arguments))
    scaling = jobs_compared(source, arguments) if arguments.memory_disk.is_dir() else []
    peak, seconds = of_many(source, next(folders), arguments)

    per_file = {name: [seconds / arguments.copies * 1e3 for seconds in times] for name, times in rounds.items()}
    medians = {name: statistics.median(times) for name, times in per_file.items()}
    ratios = sorted(theirs / ours for theirs, ours in zip(rounds["pandas"], rounds["pose"]))
    print(f"{arguments.copies} copies of {source.name}, {arguments.rounds} rounds, milliseconds per file")
    for name, times in per_file.items():
        print(f"  {name:17} median {medians[name]:6.2f}   from {min(times):6.2f} to {max(times):6.2f}")
    print(f"pandas / pose, round by round: median {statistics.median(ratios):.1f}, from {ratios[0]:.1f} to {ratios[-1]:.1f}")
    if scaling:
        print(f"one job / two, in memory, round by round: {', '.join(f'{ratio:.2f}' for ratio in scaling)}")
    print(f"{arguments.many} files: {peak / 2**20:.0f} MiB at most, in {seconds:.1f} s")
    arguments.save.parent.mkdir(parents=True, exist_ok=True)
    arguments.save.write_text(json.dumps({
        "workload": "migrate",
        "copies": arguments.copies,
        "source_bytes": source.stat().st_size,
        "python": platform.python_version(),
        "pandas": pandas.__version__,
        "milliseconds_per_file": per_file,
        "ratios": ratios,
        "one_job_over_two": scaling,
        "many": {"files": arguments.many, "peak_bytes": peak, "seconds": seconds},
    }, indent=1))
    shutil.rmtree(arguments.work)


def made(path):
    """A table of the size that a short video gives: 2,330 frames of four bodyparts."""
    random = numpy.random.default_rng(0)
    names = ["scorer", "bodyparts", "coords"]
    columns = pandas.MultiIndex.from_product([["DLC"], list("abcd"), ["x", "y", "likelihood"]], names=names)
    values = random.normal(scale=2, size=(2330, 12)).cumsum(axis=0).astype("float32").astype("float64")
    pandas.DataFrame(values, columns=columns).to_hdf(path, key="df_with_missing", format="table")
    return path


def lay_out(source, folder, copies):
    folder.mkdir()
    for number in range(copies):
        shutil.copy(source, folder / f"video{number:04}.h5")
    # An archive is on disk. Else the first to wait for the disk would pay for these copies too.
    os.sync()
    return folder


def with_pandas(folder):
    for path in sorted(folder.glob("*.h5")):
        pandas.read_hdf(path).to_parquet(path.with_suffix(".parquet"))


def with_pose(folder, arguments, *options):
    done = subprocess.run(
        [arguments.pose, "migrate", folder, "--json", *options], stdout=subprocess.PIPE, check=True
    )
    summary = json.loads(done.stdout)["summary"]
    assert summary["migrated"] + summary["up_to_date"] == arguments.copies, summary


def verified(folder, arguments):
    done = subprocess.run([arguments.pose, "verify", folder, "--json"], stdout=subprocess.PIPE, check=True)
    summary = json.loads(done.stdout)["summary"]
    assert summary["equal"] == arguments.copies, summary


def jobs_compared(source, arguments):
    """How much quicker two jobs are than one."""
    ratios = []
    for _ in range(2 * arguments.rounds + 1):
        seconds = []
        for jobs in "12":
            with tempfile.TemporaryDirectory(dir=arguments.memory_disk) as folder:
                folder = lay_out(source, Path(folder) / "archive", arguments.copies)
                seconds.append(timed(with_pose, folder, arguments, "--jobs", jobs))
        ratios.append(seconds[0] / seconds[1])
    return sorted(ratios)


def of_many(source, folder, arguments):
    """The most memory that a migration of many files takes, and its time. The files are one, of many names."""
    for number in range(arguments.many):
        path = folder / f"day{number % 100:02}" / f"video{number:05}.h5"
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, path) if number else shutil.copy(source, path)
        source = path
    start = time.perf_counter()
    process = subprocess.Popen(
        [arguments.pose, "migrate", folder, "--report", folder / "report.jsonl"], stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    return usage.ru_maxrss * 1024, time.perf_counter() - start


def timed(what, *arguments):
    start = time.perf_counter()
    what(*arguments)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
