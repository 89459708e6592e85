"""Times packs of arrays against ffmpeg alone and against videoparquet, and their sizes against pco, Parquet and SZ3.

    video.py --meter PROGRAM --work FOLDER --save FILE [--rounds 5] [--gigabytes 4] [--only ffmpeg,sizes,peers,memory,stages]

What ffmpeg takes alone: a pack is made once through a stand-in for ffmpeg that notes each command and the frames it is given.
The same commands then run side by side on files of these frames, and those that decode send what they decode nowhere. Ours and
these take turns, so that what else the machine does falls on both. Seconds of the processor are those of all processes.

xarrayvideo is not on PyPI. videoparquet has 32-bit floats in 16 bits of a range, so ours keeps half a step of that.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy
import pcodec.standalone
import pyarrow
import pyarrow.parquet
from pysz import sz, szAlgorithm, szConfig, szErrorBoundMode
from scipy.ndimage import gaussian_filter

from meter import Meter, said

STAND_IN = """#!/bin/sh
printf '%s\\0' "$@" > "$NOTES/$$.command"
for argument; do
    [ "$argument" = pipe:0 ] && { tee "$NOTES/$$.frames" | "$FFMPEG" "$@"; exit; }
done
exec "$FFMPEG" "$@"
"""
MIB = 1 << 20
PARTS = ("ffmpeg", "sizes", "peers", "memory", "stages")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meter", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--save", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--only", default=",".join(PARTS))
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    bench = Bench(arguments)
    results = {part: getattr(bench, part)() for part in PARTS if part in arguments.only.split(",")}
    bench.meter.end()
    arguments.save.parent.mkdir(parents=True, exist_ok=True)
    arguments.save.write_text(json.dumps({
        "workload": "video",
        "processors": os.cpu_count(),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        "ffmpeg": subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True).stdout.splitlines()[0],
        **results,
    }, indent=1))
    shutil.rmtree(arguments.work)


class Bench:
    def __init__(self, arguments):
        self.work, self.rounds, self.gigabytes = arguments.work, arguments.rounds, arguments.gigabytes
        self.program, self.meter = arguments.meter, Meter(arguments.meter)
        self.values = field()

    def ffmpeg(self):
        """Packing and unpacking, against the ffmpegs that run for it."""
        results = {}
        for name, contract in (("lossless", "lossless"), ("a thousandth", str(spread(self.values) * 1e-3))):
            pack = self.work / "field.vidpack"
            encode, decode = self.commands(contract, pack)
            self.meter.ask("load", *self.saved(self.values))
            times = {}
            for number in range(self.rounds):
                note = lambda what, took: times.setdefault(what, []).append(took)
                note("pack", self.ours("pack", pack, contract))
                note("pack, ffmpeg alone", alone(encode))
                note("pack and verify", self.ours("pack", pack, contract, "verify"))
                note("unpack", self.ours("unpack", pack))
                note("unpack, ffmpeg alone", alone(decode))
            print(f"{said_shape(self.values)}, {name}, {self.rounds} rounds, milliseconds; in brackets the range; load {os.getloadavg()[0]:.1f}")
            for what, took in times.items():
                line = f"  {what:22} {said([wall for wall, _ in took])}   processor {said([used for _, used in took])}"
                base = times.get(f"{what.split()[0]}, ffmpeg alone")
                if "alone" not in what:
                    walls, useds = ([a[i] / b[i] for a, b in zip(took, base)] for i in (0, 1))
                    line += f"   {statistics.median(walls):.2f} of ffmpeg alone by the clock, {statistics.median(useds):.2f} by the processor"
                print(line)
            results[name] = times
        return results

    def commands(self, contract, pack):
        """The commands that encode and decode, with their frames in files."""
        notes = self.work / "notes"
        shutil.rmtree(notes, ignore_errors=True)
        notes.mkdir()
        stand_in = self.work / "stand-in" / "ffmpeg"
        stand_in.parent.mkdir(exist_ok=True)
        stand_in.write_text(STAND_IN)
        stand_in.chmod(0o755)
        environment = {"NOTES": str(notes), "FFMPEG": shutil.which("ffmpeg"), "PATH": f"{stand_in.parent}:{os.environ['PATH']}"}
        meter = Meter(self.program, {**os.environ, **environment})
        meter.ask("load", *self.saved(self.values))
        meter.ask("pack", pack, contract)
        meter.ask("unpack", pack)
        meter.end()
        encode, decode = [], []
        for path in sorted(notes.glob("*.command")):
            command = ["ffmpeg", *path.read_text().split("\0")[:-1]]
            if "pipe:0" in command:
                frames = path.with_suffix(".frames")
                command = [str(frames) if word == "pipe:0" else word for word in command]
                command = ["file" if before == "-protocol_whitelist" else word for before, word in zip(["", *command], command)]
                encode.append([*command[:-1], str(notes / f"{len(encode)}.mkv")])
            elif command[-2:] == ["rawvideo", "pipe:1"]:
                decode.append(command)
        return encode, decode

    def ours(self, *words):
        before = used(self.meter.process.pid)
        wall = self.meter.ask(*words)
        return wall, used(self.meter.process.pid) - before

    def saved(self, values):
        path = self.work / "values.raw"
        values.tofile(path)
        return path, ",".join(map(str, values.shape))

    def packed(self, values, contract):
        """The bytes of a pack, all of its files."""
        pack = self.work / "size.vidpack"
        self.meter.ask("load", *self.saved(values))
        self.meter.ask("pack", pack, contract)
        size = sum(path.stat().st_size for path in pack.iterdir())
        shutil.rmtree(pack)
        return size

    def sizes(self):
        """Sizes of smooth grids, in bits for each value."""
        results = {}
        for name, values in (("smooth", grid(1)), ("noisy", grid(2, 2, 0.02)), ("field", self.values[:60])):
            bits = lambda size: 8 * size / values.size
            found = {
                "ours lossless": bits(self.packed(values, "lossless")),
                "pco, default level": bits(len(pcodec.standalone.simple_compress(values.ravel(), pcodec.ChunkConfig()))),
                "Parquet, streams and zstd": bits(parquet(values, self.work / "size.parquet")),
            }
            for part in (1e-3, 1e-2):
                bound = part * spread(values)
                found[f"ours {part:g}"] = bits(self.packed(values, str(bound)))
                found[f"SZ3 {part:g}"] = bits(sz3(values, bound))
            print(f"{said_shape(values)}, {name}: bits for each value")
            for who, size in found.items():
                against = {"ours 0.001": "SZ3 0.001", "ours 0.01": "SZ3 0.01"}.get(who)
                if who == "ours lossless":
                    of = f"{size / found['pco, default level']:.3f} of pco, {size / found['Parquet, streams and zstd']:.3f} of Parquet"
                else:
                    of = f"{size / found[against]:.3f} of SZ3" if against else ""
                print(f"  {who:26} {size:7.3f}   {of}")
            results[name] = found
        return results

    def peers(self):
        """videoparquet on the same array, and ours to within what that loses, and without loss."""
        import videoparquet

        values, folder = self.values, self.work / "videoparquet"
        self.meter.ask("load", *self.saved(values))
        channels = range(values.shape[-1])
        halves = [spread(values[..., channel]) / 65535 / 2 for channel in channels]
        pack, bounds = self.work / "peer.vidpack", ",".join(map(str, halves))
        times, sizes = {}, {}
        for number in range(self.rounds):
            note = lambda what, took: times.setdefault(what, []).append(took)
            rules = {"values": (None, values.shape, 0, {"c:v": "ffv1"}, 16)}
            write = lambda: videoparquet.parquet2video(
                None, "bench", rules, output_path=folder, save_dataset=False, verbose=False, arrays={"values": values})
            note("pack, videoparquet", timed(write))
            note("unpack, videoparquet", timed(lambda: videoparquet.video2parquet(folder, "bench", "values")))
            sizes["videoparquet"] = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            for name, contract in (("ours, the same bound", bounds), ("ours, lossless", "lossless")):
                note(f"pack, {name}", self.meter.ask("pack", pack, contract))
                note(f"unpack, {name}", self.meter.ask("unpack", pack))
                sizes[name] = sum(path.stat().st_size for path in pack.iterdir())
        print(f"{said_shape(values)}, {self.rounds} rounds, milliseconds, and bits for each value")
        for what, took in times.items():
            print(f"  {what:30} {said(took)}")
        for who, size in sizes.items():
            print(f"  {who:30} {8 * size / values.size:7.3f}   {size / sizes['videoparquet']:.3f} of videoparquet")
        return {"seconds": times, "bytes": sizes}

    def memory(self):
        """The memory of the program and its ffmpegs together, while an array of gigabytes is packed in a stream."""
        values = self.values[:16]
        steps = int(self.gigabytes * 1e9 / values[0].nbytes)
        pack, meter = self.work / "stream.vidpack", Meter(self.program)
        results = {}
        for name, contract in (("lossless", "lossless"), ("a thousandth", str(spread(values) * 1e-3))):
            meter.ask("load", *self.saved(values))
            peak, ended = [0], threading.Event()
            watch = threading.Thread(target=watched, args=(meter.process.pid, peak, ended))
            watch.start()
            seconds = meter.ask("stream", pack, contract, steps)
            ended.set()
            watch.join()
            files = len(list(pack.glob("*.mkv")))
            shutil.rmtree(pack)
            print(f"{steps * values[0].nbytes / 1e9:.1f} GB, {name}: {peak[0] / MIB:.0f} MiB with its ffmpegs, {seconds:.0f} s, {files} videos")
            results[name] = {"peak": peak[0], "seconds": seconds, "videos": files}
        meter.end()
        return results

    def stages(self):
        """Where our time goes, one thread, megabytes of the array in a second of the processor."""
        values = self.values[:40]
        self.meter.ask("load", *self.saved(values))
        results = {}
        for name, contract in (("lossless", "lossless"), ("a thousandth", str(spread(values) * 1e-3))):
            times = {}
            for number in range(self.rounds):
                for stage in (("plan", contract), ("frames",), ("restore",), ("hash",)):
                    times.setdefault(stage[0], []).append(self.meter.ask(*stage))
            speeds = {stage: values.nbytes / 1e6 / min(took) for stage, took in times.items()}
            print(f"{said_shape(values)}, {name}, MB/s: " + ", ".join(f"{stage} {speed:.0f}" for stage, speed in speeds.items()))
            results[name] = times
        return results


def grid(seed, sigma=4, noise=0.002, shape=(96, 192, 256), scale=20, offset=280):
    """Smooth in space, autoregressive in time."""
    random, kept, now = numpy.random.default_rng(seed), 0.97, None
    out = numpy.empty(shape, numpy.float32)
    for step in out:
        new = gaussian_filter(random.standard_normal(shape[1:]), sigma, mode="wrap")
        new /= new.std()
        now = new if now is None else kept * now + numpy.sqrt(1 - kept**2) * new
        step[...] = offset + scale * (now + noise * random.standard_normal(shape[1:]))
    return out


def field():
    """Three channels: the second follows the first, the third is on its own."""
    shape = (120, 256, 256)
    first = grid(3, shape=shape)
    channels = [first, (first + grid(4, shape=shape)) / 2, grid(5, shape=shape, scale=3, offset=0)]
    return numpy.stack(channels, -1).astype(numpy.float32)


def spread(values):
    return float(values.max()) - float(values.min())


def parquet(values, path):
    table = pyarrow.table({"values": values.ravel()})
    pyarrow.parquet.write_table(table, path, compression="zstd", use_dictionary=False, use_byte_stream_split=True)
    size = path.stat().st_size
    path.unlink()
    return size


def sz3(values, bound):
    """The smallest of its algorithms, for each channel on its own."""
    algorithms = (szAlgorithm.INTERP_LORENZO, szAlgorithm.INTERP, szAlgorithm.LORENZO_REG)
    planes = numpy.moveaxis(values, -1, 0) if values.ndim == 4 else [values]
    size = 0
    for plane in planes:
        found = []
        for algorithm in algorithms:
            config = szConfig()
            config.errorBoundMode, config.absErrorBound, config.cmprAlgo = szErrorBoundMode.ABS, bound, algorithm
            packed = sz.compress(numpy.ascontiguousarray(plane), config)
            found.append(len(bytes(packed[0] if isinstance(packed, tuple) else packed)))
        size += min(found)
    return size


def alone(commands):
    """Runs commands side by side: seconds by the clock and of the processor."""
    for command in commands:
        if command[-1].endswith(".mkv"):
            Path(command[-1]).unlink(missing_ok=True)
    start, before = time.perf_counter(), os.times()
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = [subprocess.Popen(command, **quiet) for command in commands]
    if not running or any([process.wait() for process in running]):
        sys.exit(f"one of {len(commands)} ffmpegs failed alone")
    wall, after = time.perf_counter() - start, os.times()
    return wall, after.children_user - before.children_user + after.children_system - before.children_system


def used(process):
    """Seconds of the processor that a process took, with those that it waited for."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")


def watched(process, peak, ended):
    """The most memory that a process and all below it were seen to have. What several share counts once."""
    while not ended.wait(0.05):
        children = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = path.read_text().rpartition(")")[2].split()[1]
            except OSError:
                continue
            children.setdefault(int(parent), []).append(int(path.parent.name))
        tree, kilobytes = [process], 0
        while tree:
            one = tree.pop()
            tree += children.get(one, [])
            try:
                lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            kilobytes += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        peak[0] = max(peak[0], 1024 * kilobytes)


def said_shape(values):
    return f"{' x '.join(map(str, values.shape))} of {values.dtype}"


def timed(what):
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
