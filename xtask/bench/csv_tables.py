"""CSV as DeepLabCut and pandas have it, read and written: ours against pandas, byte for byte the same.

The limit is what one `read` of the same bytes takes.
"""

from bench import Bench, Case, Workload
from made import kept, kept_table, poses, twelve


def main():
    bench = Bench("csv")
    frames = bench.chosen(100_000, 10_000)
    make = lambda: poses(frames, twelve(), missing=0.02, seed=2)
    source = kept_table(bench.work, f"missing-{frames}", make)
    text = kept(bench.work, f"missing-{frames}.csv", make, lambda frame, path: frame.to_csv(path))
    ours, theirs = (bench.files / f"{name}.csv" for name in ("ours", "pandas"))
    count = {"agrees": lambda answer: answer}
    cases = [
        Case("write", "ours", "meter", ("write", ours, "csv"), ours, source, True),
        Case("write", "pandas", "pandas-csv", ("write", theirs), theirs, source, True),
        Case("read", "ours", "meter", ("read", text), text, **count),
        Case("read", "pandas", "pandas-csv", ("read", text), text, **count),
        Case("read", "one read of the file", "meter", ("raw", text), text, with_peak=False),
        Case("read", "ours", "meter", ("read", text), text, cache="cold", with_peak=False, **count),
        Case("read", "pandas", "pandas-csv", ("read", text), text, cache="cold", with_peak=False, **count),
        Case("read one bodypart", "ours", "meter", ("read", text, "bodypart3"), text),
        # pandas splits every line whatever columns are asked for, and knows no bodyparts there.
        Case("read one bodypart", "pandas", "pandas-csv", ("read", text), text),
        Case("open", "ours", "meter", ("open", text), text),
    ]
    table = Workload("missing", f"{frames:,} frames x 36 columns of float64 that are float32 at heart, 2 % missing", frames, 36)
    bench.measure(table, cases, bench.chosen(5, 2))
    if ours.read_bytes() != theirs.read_bytes():
        raise SystemExit("ours is not what pandas writes")
    bench.save()


if __name__ == "__main__":
    main()
