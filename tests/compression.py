"""Writes the same frames with every compression of PyTables, or says what PyTables finds in chunks of ours.

    compression.py write FOLDER     plain.h5, and a file for each compression; prints their paths as JSON
    compression.py read             chunks as JSON on standard input; prints a complaint or null for each
"""

import base64
import json
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import tables

ORDERS = {"plain": {"shuffle": False}, "shuffle": {"shuffle": True}, "bitshuffle": {"bitshuffle": True}}
CODECS = ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]

# Of those for which PyTables makes chunks of hundreds of MB on some processors: that takes a while.
LARGE_CHUNKS = ["blosc2-zstd_shuffle_5"]


def frames() -> dict:
    rng = np.random.default_rng(5)
    rows, columns = 3000, [f"{name}_{axis}" for name in ("nose", "tail", "ear") for axis in "xyl"]
    walk = (300 + rng.normal(0, 1.5, (rows, len(columns))).cumsum(axis=0)).astype("float32").astype("float64")
    walk[rng.random(walk.shape) < 0.1] = np.nan
    return {
        "walk": pd.DataFrame(walk, columns=columns),
        "noise": pd.DataFrame(rng.integers(0, 2**62, (701, 3)), columns=list("abc")),
        "alike": pd.DataFrame(np.zeros((4100, 5)), columns=list("abcde")),
        "half": pd.DataFrame(walk[:333, :4].astype("float32"), columns=list("abcd")),
        "one": pd.DataFrame(walk[:1, :3], columns=list("abc")),
        "mixed": pd.DataFrame(
            {
                "x": walk[:90, 1],
                "n": np.arange(90, dtype="int16"),
                "seen": walk[:90, 2] > 300,
                "what": [f"rest {number % 7}" for number in range(90)],
            }
        ),
    }


def filters():
    """Pairs of a name and what PyTables is to apply."""
    libraries = ["zlib", "bzip2", "lzo", *(f"{blosc}:{codec}" for blosc in ("blosc", "blosc2") for codec in CODECS)]
    for library in libraries:
        if tables.which_lib_version(library.split(":")[0]) is None:
            continue
        for order, options in ORDERS.items():
            if order == "bitshuffle" and "blosc" not in library:
                continue
            for level, fletcher32 in [(5, False), (9, True)][: 2 if order == "shuffle" else 1]:
                applied = tables.Filters(complevel=level, complib=library, fletcher32=fletcher32, **options)
                yield f"{library.replace(':', '-')}_{order}_{level}", applied


def write(folder: Path) -> list:
    found = []
    # With chunks as PyTables makes them, or of this many rows.
    for rows in (None, 256):
        for name, applied in [("plain", tables.Filters(complevel=0)), *filters()]:
            if rows is None and name.startswith("blosc2") and name not in LARGE_CHUNKS:
                continue
            path = folder / f"{name}_{rows}.h5"
            with chunks_of(rows), pd.HDFStore(path, "w") as store:
                store._filters = applied
                for key, frame in frames().items():
                    for form in ("table", "fixed"):
                        # Neither checksums nor Blosc2 can be had for texts of any length.
                        refused = applied.fletcher32 or name.startswith("blosc2")
                        if refused and (key, form) == ("mixed", "fixed"):
                            continue
                        store.put(f"{key}_{form}", frame, format=form, index=False)
                check(store, applied)
            found.append(str(path))
    return found


class chunks_of:
    def __init__(self, rows):
        self.rows = rows
        self.originals = tables.File.create_table, tables.File.create_carray

    def __enter__(self):
        if self.rows is None:
            return
        table, array = self.originals
        rows = self.rows

        def create_table(file, *args, **options):
            return table(file, *args, **{**options, "chunkshape": (rows,)})

        def create_carray(file, *args, **options):
            # Two columns wide, so that several chunks lie side by side.
            return array(file, *args, chunkshape=(rows, 2)[: len(args[3])], **options)

        tables.File.create_table, tables.File.create_carray = create_table, create_carray

    def __exit__(self, *_):
        tables.File.create_table, tables.File.create_carray = self.originals


def check(store, applied) -> None:
    """That pandas passed the compression on."""
    table = store.get_node("/walk_table/table")
    assert table.filters.complib == applied.complib and table.filters.fletcher32 == applied.fletcher32, table.filters


def read(chunks: list) -> list:
    import h5py  # for this alone: the environment of the older pandas has none

    decoded = [tuple(base64.b64decode(chunk[name]) for name in ("stored", "chunk")) for chunk in chunks]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chunks.h5"
        with h5py.File(path, "w") as file:
            for number, (chunk, (stored, expected)) in enumerate(zip(chunks, decoded)):
                shape = (len(expected) // chunk["type_bytes"],)
                described = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
                described.set_chunk(shape)
                for applied in chunk["filters"]:
                    described.set_filter(applied["id"], applied["flags"], tuple(applied["client_data"]))
                kind = h5py.h5t.py_create(np.dtype(f"S{chunk['type_bytes']}"))
                name, space = f"chunk{number}".encode(), h5py.h5s.create_simple(shape)
                h5py.h5d.create(file.id, name, kind, space, described).write_direct_chunk((0,), stored)
        with tables.open_file(path) as file:
            return [complaint(file, number, expected) for number, (_, expected) in enumerate(decoded)]


def complaint(file, number: int, expected: bytes):
    try:
        found = file.get_node(f"/chunk{number}")[:].tobytes()
    except Exception as error:  # whatever it raises is the finding
        return f"{type(error).__name__}: {str(error).splitlines()[-1]}"
    return None if found == expected else "other values"


def main() -> None:
    warnings.simplefilter("ignore")
    answer = write(Path(sys.argv[2])) if sys.argv[1] == "write" else read(json.load(sys.stdin))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
