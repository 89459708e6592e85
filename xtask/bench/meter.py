"""Our program, timed beside others: what the benchmarks share."""

import statistics
import subprocess


class Meter:
    """Our program, which reads and writes on request and answers in seconds."""

    def __init__(self, program, environment=None):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the meter ended at {words}")
        return float(answer)

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def said(seconds):
    return f"{statistics.median(seconds) * 1e3:8.2f} ({min(seconds) * 1e3:.2f} to {max(seconds) * 1e3:.2f})"
