"""HDF5 as pandas has it, read and written: ours against pandas, with the filters of PyTables too, and against h5py's numbers alone.

The limit is what one `read` of the same bytes takes.
"""

from bench import Bench, Case, Workload
from made import kept_hdf5, kept_table, poses, real, twelve

# What pandas writes, by what program of it, and how ours is asked for the same.
STORAGES = {
    "table": ("pandas-table", "table"),
    "fixed": ("pandas-fixed", "fixed"),
    "table, zlib": ("pandas-zlib", "table zlib"),
    "table, Blosc LZ4": ("pandas-lz4", "table lz4"),
}


def main():
    bench = Bench("hdf5")
    frames = bench.chosen(1_000_000, 100_000)
    make = lambda: poses(frames, twelve())
    source, tables = kept_table(bench.work, f"wide-{frames}", make), {}
    for storage in ("table", "fixed"):
        tables[storage] = kept_hdf5(bench.work, f"wide-{frames}", make, storage)
    cases = []
    for storage, (theirs, ours) in STORAGES.items():
        # Packing takes seconds: three rounds of it tell enough.
        rounds = 3 if "," in storage else None
        out = bench.files / f"{theirs}.h5"
        cases.append(Case(f"write {storage}", "ours", "meter", ("write", out, *ours.split()), out, source, True, rounds=rounds))
        cases.append(Case(f"write {storage}", "pandas", theirs, ("write", out), out, source, True, rounds=rounds))
    numbers = bench.files / "numbers.h5"
    cases.append(Case("write fixed", "h5py, numbers alone", "h5py", ("write", numbers), numbers, source, True))
    count = {"agrees": lambda answer: answer}
    for storage, path in tables.items():
        for cache in ("warm", "cold"):
            of = {"cache": cache, "with_peak": cache == "warm"}
            cases.append(Case(f"read {storage}", "ours", "meter", ("read", path), path, **of, **count))
            cases.append(Case(f"read {storage}", "pandas", f"pandas-{storage}", ("read", path), path, **of, **count))
            of["with_peak"] = False
            cases.append(Case(f"read {storage}", "one read of the file", "meter", ("raw", path), path, **of))
            if storage == "fixed":
                cases.append(Case("read fixed", "h5py, numbers alone", "h5py", ("read", numbers), numbers, **of, **count))
    path = tables["table"]
    cases.append(Case("read one bodypart", "ours", "meter", ("read", path, "bodypart3"), path))
    # pandas has no columns of a table without reading all of it.
    cases.append(Case("read one bodypart", "pandas", "pandas-table", ("read", path), path))
    cases.append(Case("read one bodypart", "h5py, numbers alone", "h5py", ("part", numbers, "bodypart3"), numbers))
    wide = Workload("wide", f"{frames:,} frames x 12 bodyparts x 3: 36 columns of float64 that are float32 at heart", frames, 36)
    bench.measure(wide, cases, bench.chosen(7, 2))

    short = bench.source or kept_hdf5(bench.work, "short", lambda: real(None))
    frame, repeats = real(short), bench.chosen(20, 5)
    cases = [
        Case("read table", who, side, ("read", short), short, repeats=repeats, agrees=lambda answer: answer)
        for who, side in (("ours", "meter"), ("pandas", "pandas-table"))
    ]
    cases.append(Case("read table", "one read of the file", "meter", ("raw", short), short, repeats=repeats, with_peak=False))
    text = f"a short video, {'a real file of DeepLabCut' if bench.source else 'made up'}: {len(frame):,} frames x {frame.shape[1]} columns"
    bench.measure(Workload("short", text, *frame.shape), cases, bench.chosen(9, 3))
    bench.save()


if __name__ == "__main__":
    main()
