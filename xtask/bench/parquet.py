"""Parquet written and read: ours in each profile against pandas, polars, pyarrow, DuckDB and arrow2, against the HDF5 that it replaces,
and against numbers without a table (h5py, blosc2, pco).

The limit is what one `read` of the same bytes takes.
"""

from bench import Bench, Case, Workload
from made import guide, kept_table, poses, real, real_name, twelve

PROFILES = {"ours": "fast", "ours, compact": "compact", "ours, portable": "portable", "ours, narrow": "fast narrow"}
# Who writes, by what program, and how its files end.
PEERS = {
    "pandas HDF5 table": ("pandas-table", "h5"),
    "pandas HDF5 fixed": ("pandas-fixed", "h5"),
    "pandas Parquet": ("pandas-parquet", "parquet"),
    "polars": ("polars", "parquet"),
    "pyarrow, streams and zstd": ("pyarrow", "parquet"),
    "DuckDB": ("duckdb", "parquet"),
    "arrow2": ("arrow2", "parquet"),
    "h5py, numbers alone": ("h5py", "h5"),
    "blosc2, numbers alone": ("blosc2", "b2nd"),
    "pco, numbers alone": ("pco", "pco"),
}
# Who reads some columns without the others.
PARTS = ("pandas Parquet", "polars", "pyarrow, streams and zstd", "DuckDB", "h5py, numbers alone")
COLD = ("pandas HDF5 table", "pandas HDF5 fixed", "pandas Parquet", "polars", "pyarrow, streams and zstd", "DuckDB")
FEW = ("pandas HDF5 table", "pandas HDF5 fixed", "pandas Parquet", "polars", "pyarrow, streams and zstd")


def cases(bench, workload, source, peers=PEERS, profiles=PROFILES, part=None, repeats=1, cold=COLD):
    """All that is measured of a table. `part` is the bodypart that is read alone, `cold` says who reads cold files."""
    folder = bench.files / workload.name
    folder.mkdir()
    paths = {who: folder / f"{program}.{end}" for who, (program, end) in peers.items()}
    paths |= {who: folder / f"{how.replace(' ', '-')}.parquet" for who, how in profiles.items()}
    programs = {who: peers[who][0] if who in peers else "meter" for who in paths}
    count = {"agrees": lambda answer: answer, "repeats": repeats}
    found = []
    for who in [*profiles, *peers]:
        request = ("write", paths[who], *profiles.get(who, "").split())
        # Packing as small as it gets takes long: one round of it tells enough.
        rounds = 1 if "compact" in who and repeats == 1 else None
        found.append(Case("write", who, programs[who], request, paths[who], source, True, repeats=repeats, rounds=rounds))
    for who in [*profiles, *peers]:
        found.append(Case("read", who, programs[who], ("read", paths[who]), paths[who], **count))
    ours, table = paths["ours"], paths["pandas HDF5 table"]
    for who, path in (("one read of ours", ours), ("one read of the HDF5 table", table)):
        found.append(Case("read", who, "meter", ("raw", path), path, repeats=repeats, with_peak=False))
    # The disk is slow and the same for all: three rounds of it tell enough.
    from_disk = {"cache": "cold", "with_peak": False, "rounds": 3}
    for who in ("ours", *cold) if cold else ():
        found.append(Case("read", who, programs[who], ("read", paths[who]), paths[who], **from_disk, **count))
    if cold:
        found.append(Case("read", "one read of ours", "meter", ("raw", ours), ours, repeats=repeats, **from_disk))
    if part:
        for who in ("ours", *(who for who in PARTS if who in peers)):
            request = ("read" if who == "ours" else "part", paths[who], part)
            found.append(Case("read one bodypart", who, programs[who], request, paths[who], **count))
            if cold:
                found.append(Case("read one bodypart", who, programs[who], request, paths[who], **from_disk, **count))
        # pandas has no columns of such a table without reading all of it.
        whole = Case("read one bodypart", "pandas HDF5 table", "pandas-table", ("read", table), table, repeats=repeats)
        found.append(whole)
    return found


def main():
    bench = Bench("parquet")
    frames = bench.chosen(1_000_000, 100_000)
    rounds = bench.chosen(5, 2)

    source = kept_table(bench.work, f"guide-{frames}", lambda: guide(frames))
    flat = Workload("guide", f"the migration guide's frame: {frames:,} frames of x, y and likelihood, flat, float64", frames, 3)
    bench.measure(flat, cases(bench, flat, source), bench.chosen(7, 2))

    whose = "a real file of DeepLabCut" if bench.source else "made up"
    source = kept_table(bench.work, real_name(bench.source), lambda: real(bench.source))
    frame = real(bench.source)
    short = Workload("short", f"a short video, {whose}: {len(frame):,} frames x {frame.shape[1]} columns of float64", *frame.shape)
    part = frame.columns.get_level_values("bodyparts")[0]
    bench.measure(short, cases(bench, short, source, part=part, repeats=bench.chosen(20, 5)), bench.chosen(7, 2))

    source = kept_table(bench.work, f"wide-{frames}", lambda: poses(frames, twelve()))
    wide = Workload("wide", f"{frames:,} frames x 12 bodyparts x 3: 36 columns of float64 that are float32 at heart", frames, 36)
    bench.measure(wide, cases(bench, wide, source, part="bodypart3"), rounds)

    frames = bench.chosen(200_000, 5_000)
    individuals, bodyparts = ([f"{name}{number}" for number in range(count)] for name, count in (("mouse", 20), ("bodypart", 15)))
    source = kept_table(bench.work, f"animals-{frames}", lambda: poses(frames, bodyparts, individuals, seed=1))
    animals = Workload("animals", f"20 individuals x 15 bodyparts x {frames:,} frames: 900 columns of float64", frames, 900)
    few = {who: PEERS[who] for who in FEW}
    bench.measure(animals, cases(bench, animals, source, few, {"ours": "fast"}, part="bodypart3", cold=()), bench.chosen(2, 1))
    bench.save()


if __name__ == "__main__":
    main()
