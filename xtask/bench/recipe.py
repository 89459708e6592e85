"""Tables packed by the recipe that is suggested for them, against Parquet with byte streams and zstd, pco and videoparquet.

Ours always reads back what it packed and compares it; the others do not. What a bound allows is used: its largest error is measured,
and videoparquet's against what it was given.
"""

from bench import Bench, Case, Workload
from made import kept_table, poses, real, real_name, sensors, twelve


def main():
    bench = Bench("recipe")
    frames, steps = bench.chosen(1_000_000, 20_000), bench.chosen(2_000, 100)
    frame = real(bench.source)
    whose = "a real file of DeepLabCut" if bench.source else "made up"
    # The bounds are in the units of the table: a hundredth of a pixel, a thousandth of what a sensor ranges over.
    tables = (
        (Workload("pose, short", f"a short video, {whose}: {len(frame):,} frames x {frame.shape[1]}", *frame.shape), real_name(bench.source), lambda: frame, 0.01, 5),
        (Workload("pose, long", f"{frames:,} frames x 36 columns of float64 that are float32 at heart", frames, 36), f"wide-{frames}", lambda: poses(frames, twelve()), 0.01, 2),
        (Workload("sensors", f"a grid of 64 x 64 sensors, {steps:,} steps of float32", steps, 4096, 4), f"sensors-{steps}", lambda: sensors(steps), 0.1, 2),
    )
    for workload, name, make, bound, rounds in tables:
        source = kept_table(bench.work, name, make)
        folder = bench.files / workload.name.replace(", ", "-")
        folder.mkdir()
        packs, unpacks = [], []
        for who, words in (("ours", ()), (f"ours, within {bound:g}", (bound,))):
            path = folder / f"pack{len(words)}"
            suggest = ("suggest", *words)
            packs.append(Case("pack", who, "meter", ("pack", path), path, source, True, before=(suggest,), error_at=0, has_children=True))
            unpacks.append(Case("unpack", who, "meter", ("unpack", path), path, has_children=True))
        for who, side in (("Parquet, streams and zstd", "pyarrow"), ("pco, numbers alone", "pco"), ("videoparquet", "videoparquet")):
            path = folder / side
            packs.append(Case("pack", who, side, ("write", path), path, source, True))
            unpacks.append(Case("unpack", who, side, ("read", path), path))
        # Apart from the others: what it compares with has to be loaded.
        path = folder / "videoparquet"
        error = Case("error", "videoparquet", "videoparquet", ("error", path), path, source, rounds=1, error_at=0, error_of="pack", with_peak=False)
        bench.measure(workload, [*packs, *unpacks, error], bench.chosen(rounds, 1))
        first = Case("suggest", "ours", "meter", ("suggest",), None, source)
        bench.measure(workload, [first], bench.chosen(rounds, 1))
        rivals(bench, workload, source, folder / "rival", bound)
    bench.save()


def rivals(bench, workload, source, path, bound):
    """The size of what is suggested beside that of the smallest of all that was tried, each packed whole."""
    meter = bench.meter("meter")
    meter.ask("load", source)
    for contract, words in (("bit for bit", ()), (f"within {bound:g}", (bound,))):
        _, chosen, least, count = meter.answer("rivals", path, *words)
        for who, size in (("ours", chosen), (f"ours, the smallest of {count:.0f} that were tried", least)):
            bench.add({"workload": workload.name, "operation": f"size, {contract}", "who": who, "size_bytes": int(size)})
    bench.let_go()


if __name__ == "__main__":
    main()
