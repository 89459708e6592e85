"""One table, from a thousand frames to ten millions: time and memory for each frame have to stay what they are.

Converting is from the HDF5 file of pandas to Parquet; ours reads back what it wrote and compares it before it is done.
"""

from bench import Bench, Case, Workload
from made import kept_hdf5, kept_table, poses

BODYPARTS = ["snout", "leftear", "rightear", "tailbase"]
SIDES = {
    "ours": ("meter", ("fast",), "parquet"),
    "pandas HDF5 table": ("pandas-table", (), "h5"),
    "pandas Parquet": ("pandas-parquet", (), "parquet"),
    "polars": ("polars", (), "parquet"),
}


def main():
    bench = Bench("growth")
    for power in range(3, bench.chosen(8, 7)):
        frames = 10**power
        make = lambda: poses(frames, BODYPARTS, seed=4)
        source = kept_table(bench.work, f"growth-{frames}", make)
        hdf5 = kept_hdf5(bench.work, f"growth-{frames}", make)
        repeats, rounds = (20, 5, 1, 1, 1)[power - 3], (5, 5, 5, 5, 3)[power - 3]
        written, read = [], []
        for who, (side, how, end) in SIDES.items():
            path = bench.files / f"{frames}-{side}.{end}"
            written.append(Case("write", who, side, ("write", path, *how), path, source, True, repeats=repeats))
            read.append(Case("read", who, side, ("read", path), path, repeats=repeats, agrees=lambda answer: answer))
        target = bench.files / f"{frames}.parquet"
        converted = [
            Case("convert", who, side, ("convert", hdf5, target), target, writes=True, repeats=repeats)
            for who, side in (("ours", "meter"), ("pandas Parquet", "pandas-parquet"))
        ]
        table = Workload(f"{frames:,} frames", f"{frames:,} frames x 4 bodyparts x 3: 12 columns of float64", frames, 12)
        bench.measure(table, written + read + converted, bench.chosen(rounds, 2))
    bench.save()


if __name__ == "__main__":
    main()
