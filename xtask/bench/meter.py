"""Programs that are timed, and what is asked of the system about them and about files."""

import ctypes
import mmap
import os
import select
import subprocess
import threading
from pathlib import Path


# Seconds after which a peer is not waited for any longer: its answer is that it took so long.
PATIENCE = 60


class Failed(Exception):
    """A peer could not do what it was asked for; what it says is its answer."""


class Meter:
    """A program that reads and writes on request and answers in seconds: ours, or a peer in `peer.py`."""

    def __init__(self, command, environment=None, patience=None):
        self.command, self.patience = [str(word) for word in command], patience
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def ask(self, *words):
        """Seconds."""
        return self.answer(*words)[0]

    def answer(self, *words):
        """Seconds, and what the request asks for beside them."""
        print(*words, file=self.process.stdin, flush=True)
        # An answer is one line, so nothing of an earlier one waits in the buffer.
        if not select.select([self.process.stdout], [], [], self.patience)[0]:
            self.process.kill()
            raise Failed(f"no answer within {self.patience} s")
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{Path(self.command[0]).name} ended at {' '.join(map(str, words))}")
        if line.startswith("failed "):
            raise Failed(line.removeprefix("failed ").strip())
        return [float(number) for number in line.split()]

    def is_running(self):
        return self.process.poll() is None

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def forget_peak(self):
        """The largest size from here on is what `peak` says (Linux)."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak(self):
        """The most memory that the process had, all of it: VmHWM (Linux)."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


class TreePeak:
    """The most memory that a process and all below it were seen to have, while this is open. What several share counts once."""

    def __init__(self, process):
        self.process, self.bytes, self.ended = process, 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    def watch(self):
        while not self.ended.wait(0.05):
            self.bytes = max(self.bytes, sum(map(proportional, tree(self.process))))


def tree(process):
    """A process and all below it."""
    children = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        children.setdefault(int(parent), []).append(int(path.parent.name))
    found, todo = [], [process]
    while todo:
        found.append(todo.pop())
        todo += children.get(found[-1], [])
    return found


def proportional(process):
    """What a process has of the memory, with its part of what it shares."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def used(process):
    """Seconds of the processor that a process took, with those that it waited for."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, after_name[11:15])) / os.sysconf("SC_CLK_TCK")


def make_cold(path):
    """Drops a file, or all files of a folder, from the page cache: written out first, since only clean pages go.

    The system may take this for advice, so what is left is looked at: an error unless nearly all of it went. What lies below
    the system (the disk's own cache, that of the machine around a virtual one) stays as it is.
    """
    for file in [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]:
        with open(file, "rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        left = cached(file)
        if left > 0.02:
            raise RuntimeError(f"{file}: {left:.0%} of it stayed in the page cache")


def cached(path):
    """Which part of a file is in the page cache."""
    size = path.stat().st_size
    if size == 0:
        return 0.0
    with open(path, "rb") as opened, mmap.mmap(opened.fileno(), size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE) as mapped:
        pages = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
        start = ctypes.c_char.from_buffer(mapped)
        failed = ctypes.CDLL(None, use_errno=True).mincore(
            ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(size), pages
        )
        del start
        if failed:
            raise OSError(ctypes.get_errno(), "mincore")
        return sum(page & 1 for page in bytes(pages)) / len(pages)
