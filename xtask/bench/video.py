"""Packs of arrays against ffmpeg alone and against videoparquet, and their sizes against pco, Parquet and SZ3.

What ffmpeg takes alone: a pack is made once through a stand-in for ffmpeg that notes each command and the frames it is given.
The same commands then run on files of these frames, side by side and one after the other, and those that decode send what they decode
nowhere. Seconds of the processor are those of all processes.

xarrayvideo is not on PyPI. videoparquet has 32-bit floats in 16 bits of a range, so ours keeps half a step of that.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy
import pcodec.standalone
import pyarrow
import pyarrow.parquet
from pysz import sz, szAlgorithm, szConfig, szErrorBoundMode

from bench import Bench, Workload, size_of
from made import field, kept, three_channels
from meter import Meter, TreePeak, used

STAND_IN = """#!/bin/sh
printf '%s\\0' "$@" > "$NOTES/$$.command"
for argument; do
    [ "$argument" = pipe:0 ] && { tee "$NOTES/$$.frames" | "$FFMPEG" "$@"; exit; }
done
exec "$FFMPEG" "$@"
"""


class Video(Bench):
    def __init__(self):
        super().__init__("video")
        self.rounds = self.chosen(3, 1)
        frames = self.chosen(120, 24)
        path = kept(self.work, f"field-{frames}.npy", lambda: three_channels(frames), lambda values, path: numpy.save(path, values))
        self.values, self.ours = numpy.load(path), self.meter("video_meter")

    def array(self, name, text, values):
        """An array as a workload: a time step is a row."""
        workload = Workload(name, f"{text}, {said_shape(values)}", len(values), values[0].size, values.itemsize)
        self.workloads[name] = workload
        print(f"\n{name}: {workload.text}", flush=True)
        return name

    def noted(self, workload, operation, times, **others):
        """Results of one operation, by who; the ratio is to the first of them."""
        base = next(iter(times.values()))
        for who, took in times.items():
            # The system counts in hundredths of a second: a short stage may have taken none.
            ratios = [theirs / own for theirs, own in zip(took, base) if own > 0]
            self.add({
                "workload": workload, "operation": operation, "who": who, "times": took, "median": statistics.median(took),
                "spread": [min(took), max(took)], "ratio": statistics.median(ratios) if ratios else None, **others.get(who, {}), **others.get("all", {}),
            })

    def ffmpeg(self):
        """Packing and unpacking, against the ffmpegs that run for it."""
        name = self.array("field", "three channels, smooth in space and time", self.values)
        for contract, words in (("lossless", "bit for bit"), (str(spread(self.values) * 1e-3), "within 0.001 of the range")):
            pack, walls, processors = self.files / "field.vidpack", {}, {}
            encode, decode = self.commands(contract, pack)
            self.ours.ask("load", *self.saved(self.values))
            for _ in range(self.rounds):
                for what, run in (
                    (("pack, ", "ours"), lambda: self.asked("pack", pack, contract)),
                    (("pack, ", "ffmpegs alone"), lambda: alone(encode)),
                    (("pack, ", "ffmpegs one after the other, alone"), lambda: in_turn(encode)),
                    (("pack, ", "ours, verified"), lambda: self.asked("pack", pack, contract, "verify")),
                    (("unpack, ", "ours"), lambda: self.asked("unpack", pack)),
                    (("unpack, ", "ffmpegs alone"), lambda: alone(decode)),
                    (("unpack, ", "ffmpegs one after the other, alone"), lambda: in_turn(decode)),
                ):
                    wall, processor = run()
                    walls.setdefault(what, []).append(wall)
                    processors.setdefault(what, []).append(processor)
            size = size_of(pack)
            for verb in ("pack, ", "unpack, "):
                for times, clock in ((walls, words), (processors, f"{words}, seconds of the processor")):
                    of = {who: took for (which, who), took in times.items() if which == verb}
                    sizes = {"ours": {"size_bytes": size}} if verb == "pack, " and times is walls else {}
                    self.noted(name, verb + clock, of, **sizes)

    def commands(self, contract, pack):
        """The commands that encode and decode, with their frames in files."""
        notes = self.files / "notes"
        shutil.rmtree(notes, ignore_errors=True)
        notes.mkdir()
        stand_in = self.files / "stand-in" / "ffmpeg"
        stand_in.parent.mkdir(exist_ok=True)
        stand_in.write_text(STAND_IN)
        stand_in.chmod(0o755)
        environment = {"NOTES": str(notes), "FFMPEG": shutil.which("ffmpeg"), "PATH": f"{stand_in.parent}:{os.environ['PATH']}"}
        meter = Meter(self.command("video_meter"), {**os.environ, **environment})
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

    def asked(self, *words):
        """Seconds by the clock and of the processor."""
        before = used(self.ours.process.pid)
        wall = self.ours.ask(*words)
        return wall, used(self.ours.process.pid) - before

    def saved(self, values):
        path = self.files / "values.raw"
        values.tofile(path)
        return path, ",".join(map(str, values.shape))

    def sizes(self):
        """Sizes of smooth grids."""
        steps = self.chosen(96, 16)
        grids = (
            ("smooth grid", "smooth in space, autoregressive in time, noise of 0.002 of the spread", field(1, shape=(steps, 192, 256))),
            ("noisy grid", "smooth over half as far, noise of 0.02", field(2, 2, 0.02, shape=(steps, 192, 256))),
            ("half the field", "three channels, smooth in space and time", self.values[: len(self.values) // 2]),
        )
        for name, text, values in grids:
            self.array(name, text, values)
            self.ours.ask("load", *self.saved(values))
            found = {
                ("bit for bit", "ours"): self.packed("lossless"),
                ("bit for bit", "pco, default level"): len(pcodec.standalone.simple_compress(values.ravel(), pcodec.ChunkConfig())),
                ("bit for bit", "Parquet, streams and zstd"): parquet(values, self.files / "size.parquet"),
            }
            for part in (1e-3, 1e-2):
                bound = part * spread(values)
                found[f"within {part:g} of the range", "ours"] = self.packed(str(bound))
                found[f"within {part:g} of the range", "SZ3, best of three"] = sz3(values, bound)
            for (contract, who), size in found.items():
                self.add({"workload": name, "operation": f"size, {contract}", "who": who, "size_bytes": size})

    def packed(self, contract):
        """The bytes of a pack, all of its files."""
        pack = self.files / "size.vidpack"
        self.ours.ask("pack", pack, contract)
        size = size_of(pack)
        shutil.rmtree(pack)
        return size

    def peers(self):
        """videoparquet on the same array, and ours to within what that loses, and without loss."""
        import videoparquet

        values, folder = self.values, self.files / "videoparquet"
        name = self.array("field, beside videoparquet", "three channels, smooth in space and time", values)
        self.ours.ask("load", *self.saved(values))
        halves = [spread(values[..., channel]) / 65535 / 2 for channel in range(values.shape[-1])]
        contracts = {"ours, the same bound": ",".join(map(str, halves)), "ours, bit for bit": "lossless"}
        pack, packs, unpacks, sizes = self.files / "peer.vidpack", {}, {}, {}
        rules = {"values": (None, values.shape, 0, {"c:v": "ffv1"}, 16)}
        write = lambda: videoparquet.parquet2video(
            None, "bench", rules, output_path=folder, save_dataset=False, verbose=False, arrays={"values": values})
        for _ in range(self.rounds):
            for who, contract in contracts.items():
                packs.setdefault(who, []).append(self.ours.ask("pack", pack, contract))
                unpacks.setdefault(who, []).append(self.ours.ask("unpack", pack))
                sizes[who] = {"size_bytes": size_of(pack)}
            packs.setdefault("videoparquet", []).append(timed(write))
            unpacks.setdefault("videoparquet", []).append(timed(lambda: videoparquet.video2parquet(folder, "bench", "values")))
            sizes["videoparquet"] = {"size_bytes": size_of(folder)}
        self.noted(name, "pack", packs, **sizes)
        self.noted(name, "unpack", unpacks)

    def memory(self):
        """The memory of the program and its ffmpegs together, while a large array is packed in a stream."""
        values = self.values[:16]
        steps = int(self.chosen(4e9, 1e8) / values[0].nbytes)
        self.workloads["stream"] = Workload("stream", f"the field, {steps:,} steps that come 16 at a time", steps, values[0].size, 4)
        print(f"\nstream: {self.workloads['stream'].text}")
        for words, contract in (("bit for bit", "lossless"), ("within 0.001 of the range", str(spread(values) * 1e-3))):
            pack, meter = self.files / "stream.vidpack", Meter(self.command("video_meter"))
            meter.ask("load", *self.saved(values))
            with TreePeak(meter.process.pid) as tree:
                seconds = meter.ask("stream", pack, contract, steps)
            meter.end()
            self.noted("stream", f"pack, {words}", {"ours": [seconds]}, ours={"peak_bytes": tree.bytes, "size_bytes": size_of(pack)})
            shutil.rmtree(pack)

    def stages(self):
        """Where our time goes, in one thread: seconds of the processor."""
        values = self.values[: len(self.values) // 3]
        name = self.array("a third of the field", "three channels, smooth in space and time", values)
        self.ours.ask("load", *self.saved(values))
        for words, contract in (("bit for bit", "lossless"), ("within 0.001 of the range", str(spread(values) * 1e-3))):
            times = {}
            for _ in range(self.rounds):
                for stage in (("plan", contract), ("frames",), ("restore",), ("hash",)):
                    times.setdefault(stage[0], []).append(self.ours.ask(*stage))
            for stage, took in times.items():
                self.noted(name, f"{stage}, {words}, seconds of the processor", {"ours": took})


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


def in_turn(commands):
    """The same one by one."""
    times = [alone([command]) for command in commands]
    return tuple(map(sum, zip(*times)))


def said_shape(values):
    return f"{' x '.join(map(str, values.shape))} of {values.dtype}"


def timed(what):
    start = time.perf_counter()
    what()
    return time.perf_counter() - start


def main():
    bench = Video()
    for part in (bench.ffmpeg, bench.sizes, bench.peers, bench.memory, bench.stages):
        part()
    bench.save()


if __name__ == "__main__":
    main()
