"""Writes Parquet as other programs do, and what pandas finds in it.

Argument: a folder. Standard output: JSON, {"read": [{"parquet": path, "oracle": path}], "refuse": [{"parquet": path,
"says": text}]}. The oracles are as those of the fixtures.
"""

import json
import sys
import warnings
from pathlib import Path

import duckdb
import fastparquet
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from pyarrow import parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2] / "fixtures"))
from generator import oracle  # noqa: E402

# Enough for several row groups of several pages, where those are made small.
ROWS = 20_000
ROW_GROUP_ROWS = 7_000
PAGE_BYTES = 5_000

CODECS = ["none", "snappy", "gzip", "zstd", "lz4"]


class Cases:
    def __init__(self, folder):
        self.folder = folder
        self.read = []
        self.refuse = []
        self.oracles = {}

    def path(self, name):
        return str(self.folder / f"{name}.parquet")

    def reads(self, name):
        """Notes what pandas finds in a file."""
        text = oracle.encode(frame_of(self.path(name)), None, "parquet")
        if text not in self.oracles:
            path = self.folder / f"{name}.json"
            path.write_text(text, encoding="utf-8")
            self.oracles[text] = str(path)
        self.read.append({"parquet": self.path(name), "oracle": self.oracles[text]})

    def refuses(self, name, says):
        self.refuse.append({"parquet": self.path(name), "says": says})


def frame_of(path):
    """What pandas reads, but for whole numbers and booleans with nulls, of which it makes floats and objects where no
    pandas wrote them."""
    table = pq.read_table(path)
    mapped = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    with_nulls = {
        field.type for field, column in zip(table.schema, table.columns) if column.null_count and field.type in mapped
    }
    if not with_nulls:
        frame = pd.read_parquet(path)
        if getattr(frame.index, "tz", None) is not None:
            # pandas makes nanoseconds of moments in a zone where only its own metadata names the zone.
            (unit,) = {found.unit for found in table.schema.types if pa.types.is_timestamp(found)}
            frame.index = frame.index.as_unit(unit)
        return frame
    return table.to_pandas(types_mapper=lambda found: mapped.get(found) if found in with_nulls else None)


# --- frames --------------------------------------------------------------------------------------------------------


def values(rows, names=("x", "y", "likelihood")):
    rng = np.random.default_rng(rows)
    data = {name: rng.normal(300, 40, rows) for name in names}
    frame = pd.DataFrame(data)
    frame.iloc[rows // 3 : rows // 2, 1] = np.nan
    return frame


def with_index(index, rows=8):
    frame = values(rows)
    frame.index = index
    return frame


def frames():
    moments = pd.date_range("2024-03-31 00:59:59.123456", periods=8, freq="333ms")
    poses = values(8, range(6))
    levels = [["DLC"], ["snout", "tail's \"base\""], ["x", "y", "likelihood"]]
    poses.columns = pd.MultiIndex.from_product(levels, names=["scorer", "bodyparts", "coords"])
    unnamed = poses.copy()
    unnamed.columns = pd.MultiIndex.from_tuples(poses.columns.tolist())
    numbered = poses.copy()
    numbered.columns = pd.MultiIndex.from_tuples([("DLC", n // 3, c) for n, (_, _, c) in enumerate(poses.columns)])
    several = pd.MultiIndex.from_arrays([list("aabbccdd"), range(8), moments.as_unit("us")], names=["a", None, "t"])
    counted = pd.MultiIndex.from_arrays([range(8), range(8, 0, -1)], names=["frame", None])
    images = pd.MultiIndex.from_tuples([("labeled-data", "mouse", f"img{n:03}.png") for n in range(8)])
    narrow = values(8).astype("float32")
    mixed = values(8)
    mixed["visible"] = [True, False] * 4
    mixed["count"] = np.arange(8, dtype="int32")
    mixed["large"] = np.array([2**63 - n for n in range(8)], dtype="uint64")
    mixed["behaviour"] = ["groom", None, "", "größer 🐭", "rear", "a'b", 'a"b', "x\ny"]
    nullable = values(8)
    nullable["number"] = pd.array([1, None, 2**53 + 1, -4, 5, None, 7, 8], dtype="Int64")
    nullable["visible"] = pd.array([True, None, False, True, True, True, None, False], dtype="boolean")
    return {
        "range": values(8),
        "range_from_10_by_5": with_index(pd.RangeIndex(10, 50, 5, name="frame")),
        "range_downwards": with_index(pd.RangeIndex(8, 0, -1)),
        "integers": with_index(pd.Index([5, 3, 3, 9, -1, 2**40, 0, 7])),
        "unsigned": with_index(pd.Index(np.arange(8, dtype="uint8"), name="n")),
        "floats": with_index(pd.Index(np.arange(8) / 30, name="seconds")),
        "texts": with_index(pd.Index([f"img{n}" for n in range(8)], name="image")),
        "booleans": with_index(pd.Index([True, False] * 4, name="lit")),
        "moments_ns": with_index(moments.as_unit("ns")),
        "moments_us": with_index(moments.as_unit("us").rename("time")),
        "moments_ms": with_index(moments.as_unit("ms")),
        "moments_in_berlin": with_index(moments.as_unit("us").tz_localize("Europe/Berlin")),
        "moments_missing": with_index(moments.as_unit("us").where(np.arange(8) != 3)),
        "spans": with_index((moments - moments[0]).as_unit("us")),
        "several_levels": with_index(several),
        "counted_levels": with_index(counted),
        "images": with_index(images),
        "poses": poses,
        "poses_of_images": poses.set_axis(images),
        "unnamed_levels": unnamed,
        "numbered_level": numbered,
        "numbered_columns": values(8).set_axis([0, 1, 2], axis=1),
        "named_columns": values(8).rename_axis("coords", axis=1),
        "level_named_as_a_column": with_index(pd.Index(range(8), name="x")),
        "float32": narrow,
        "mixed": mixed,
        "nullable": nullable,
        "no_rows": mixed.iloc[:0],
        "one_row": mixed.iloc[:1],
        "all_missing": values(8) * np.nan,
    }


def by_pandas(cases):
    for name, frame in frames().items():
        for codec in ["snappy", None]:
            case = f"pandas_pyarrow_{name}_{codec}"
            # pyarrow itself cannot name a level as a column is named.
            if name == "level_named_as_a_column":
                continue
            frame.to_parquet(cases.path(case), engine="pyarrow", compression=codec)
            cases.reads(case)
    for index in [True, False]:
        case = f"pandas_pyarrow_index_{index}"
        frames()["integers"].to_parquet(cases.path(case), engine="pyarrow", index=index)
        cases.reads(case)


def by_fastparquet(cases):
    written = 0
    for name, frame in frames().items():
        case = f"pandas_fastparquet_{name}"
        try:
            frame.to_parquet(cases.path(case), engine="fastparquet")
        except Exception as error:  # what it cannot write is no file
            print(f"fastparquet does not write {name}: {error!r}", file=sys.stderr)
            continue
        if name == "no_rows":
            # Its footer has a list of no row groups that says it is one of bytes.
            cases.refuses(case, "list element type")
            continue
        if name == "spans":
            # Stored as times of the day, which is what pandas finds.
            cases.refuses(case, "Time64")
            continue
        cases.reads(case)
        written += 1
    assert written > 15, "fastparquet writes most frames"
    frame = values(ROWS)
    frame["count"] = np.arange(ROWS) % 100
    frame["behaviour"] = [f"b{n % 7}" for n in range(ROWS)]
    options = {"row_group_offsets": ROW_GROUP_ROWS}
    for codec in ["UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4"]:
        for times in ["int64", "int96"]:
            frame.index = pd.date_range("2024-01-01", periods=ROWS, freq="33333us").as_unit("ns").rename("time")
            case = f"fastparquet_{codec}_{times}"
            fastparquet.write(cases.path(case), frame, compression=codec, times=times, **options)
            cases.reads(case)


# --- without pandas ------------------------------------------------------------------------------------------------


def table(rows=ROWS, nullable=True):
    rng = np.random.default_rng(1)
    gaps = lambda share: (rng.random(rows) < share) if nullable else None  # noqa: E731
    runs = (np.arange(rows) % 900 < 70) if nullable else None
    walk = rng.normal(0, 1, rows).cumsum()
    columns = {
        "x": pa.array(walk, mask=runs),
        "y": pa.array(walk.astype("float32"), mask=gaps(0.2)),
        "steps": pa.array(np.round(walk), mask=gaps(0.01)),
        "full": pa.array(walk * 3),
        "absent": pa.array(walk, mask=np.full(rows, True) if nullable else None),
        "number": pa.array(np.arange(rows) + 2**40, mask=gaps(0.1)),
        "small": pa.array((np.arange(rows) % 50).astype("int8")),
        "unsigned": pa.array(np.arange(rows).astype("uint16")),
        "visible": pa.array(np.arange(rows) % 3 == 0, mask=gaps(0.3)),
        "behaviour": pa.array([f"behaviour {n % 11}" for n in range(rows)], mask=gaps(0.1)),
    }
    if not nullable:
        fields = [pa.field(name, array.type, nullable=False) for name, array in columns.items()]
        return pa.table(columns, schema=pa.schema(fields))
    return pa.table(columns)


def by_pyarrow(cases):
    pages = {"row_group_size": ROW_GROUP_ROWS, "data_page_size": PAGE_BYTES}
    variants = {f"{codec}_v{version[0]}": {"compression": codec, "data_page_version": version}
                for codec in CODECS for version in ["1.0", "2.0"]}
    floats = ["x", "y", "steps", "full", "absent"]
    for version in ["1.0", "2.0"]:
        common = {"data_page_version": version, "use_dictionary": False}
        variants |= {
            f"plain_v{version[0]}": common,
            f"streams_v{version[0]}": common | {"use_byte_stream_split": floats, "compression": "zstd"},
            f"streams_uncompressed_v{version[0]}": common | {"use_byte_stream_split": floats, "compression": "none"},
            f"deltas_v{version[0]}": common
            | {"column_encoding": {"number": "DELTA_BINARY_PACKED", "behaviour": "DELTA_BYTE_ARRAY"}},
            f"lengths_v{version[0]}": common | {"column_encoding": {"behaviour": "DELTA_LENGTH_BYTE_ARRAY"}},
            f"split_integers_v{version[0]}": common | {"column_encoding": {"number": "BYTE_STREAM_SPLIT"}},
            f"index_v{version[0]}": common | {"write_page_index": True, "write_page_checksum": True},
        }
    variants |= {
        "format_1": {"version": "1.0"},
        "without_statistics": {"write_statistics": False},
        "without_schema": {"store_schema": False},
        # A dictionary that becomes too large in the middle of a chunk: pages of both kinds.
        "dictionary_given_up": {"dictionary_pagesize_limit": 20_000},
        "one_row_group": {"row_group_size": ROWS},
        "one_row_each": {"row_group_size": 1},
    }
    for name, options in variants.items():
        for nullable in [True, False]:
            case = f"pyarrow_{name}_{'optional' if nullable else 'required'}"
            rows = 50 if name == "one_row_each" else ROWS
            pq.write_table(table(rows, nullable), cases.path(case), **(pages | options))
            cases.reads(case)
    texts = pa.array(["a", None, "größer", ""])
    for kind in [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())]:
        case = f"pyarrow_{str(kind).split('<')[0]}"
        pq.write_table(pa.table({"x": [1.0, None, 3.0, 4.0], "t": texts.cast(kind)}), cases.path(case))
        cases.reads(case)
    frame = frames()["moments_ns"]
    for case, options in {"int96": {"use_deprecated_int96_timestamps": True}, "in_ms": {"coerce_timestamps": "ms"}}.items():
        case = f"pyarrow_{case}"
        pq.write_table(pa.Table.from_pandas(frame), cases.path(case), allow_truncated_timestamps=True, **options)
        cases.reads(case)
    no_columns = pa.table({"x": pa.array([], pa.float64())})
    pq.write_table(no_columns, cases.path("pyarrow_no_rows"))
    cases.reads("pyarrow_no_rows")
    refusals = {
        "half": (pa.array([1, 2], pa.float16()), "Float16"),
        "date": (pa.array([1, 2], pa.date32()), "Date32"),
        "decimal": (pa.array([1, 2]).cast(pa.decimal128(21, 2)), "Decimal"),
        "list": (pa.array([[1], [2]]), "List"),
        "struct": (pa.array([{"a": 1}, {"a": 2}]), "Struct"),
        "binary": (pa.array([b"a", b"b"]), "Binary"),
        "moment": (pa.array([1, 2], pa.timestamp("us")), "Timestamp"),
    }
    for name, (array, says) in refusals.items():
        pq.write_table(pa.table({"x": [1.0, 2.0], name: array}), cases.path(f"refused_{name}"))
        cases.refuses(f"refused_{name}", f'"{name}"')
        cases.refuses(f"refused_{name}", says)
    twice = pa.Table.from_arrays([pa.array([1.0]), pa.array([2.0])], names=["x", "x"])
    pq.write_table(twice, cases.path("refused_twice"))
    cases.refuses("refused_twice", '"x"')
    pq.write_table(pa.table({"x": [1.0, 2.0]}), cases.path("refused_brotli"), compression="brotli")
    cases.refuses("refused_brotli", "brotli")


def by_polars(cases):
    frame = pl.from_arrow(table())
    for codec in ["uncompressed", "snappy", "gzip", "zstd", "lz4"]:
        case = f"polars_{codec}"
        frame.write_parquet(
            cases.path(case), compression=codec, row_group_size=ROW_GROUP_ROWS, data_page_size=PAGE_BYTES
        )
        cases.reads(case)
    case = "polars_lazy"
    frame.lazy().sink_parquet(cases.path(case))
    cases.reads(case)
    case = "polars_pyarrow"
    frame.write_parquet(cases.path(case), use_pyarrow=True)
    cases.reads(case)
    small = pl.DataFrame({"x": [1.0, None, float("nan"), -0.0], "t": ["a", None, "", "b"]})
    for name, data in {"small": small, "categorical": small.with_columns(pl.col("t").cast(pl.Categorical))}.items():
        data.write_parquet(cases.path(f"polars_{name}"))
        cases.reads(f"polars_{name}")


def by_duckdb(cases):
    source = table()
    with duckdb.connect() as connection:
        connection.register("source", source)
        for codec in ["uncompressed", "snappy", "gzip", "zstd", "lz4_raw"]:
            for version in ["V1", "V2"]:
                case = f"duckdb_{codec}_{version}"
                connection.execute(
                    f"COPY source TO '{cases.path(case)}' (FORMAT parquet, COMPRESSION {codec}, "
                    f"PARQUET_VERSION {version}, ROW_GROUP_SIZE 4096)"
                )
                cases.reads(case)


def main():
    warnings.simplefilter("ignore")
    cases = Cases(Path(sys.argv[1]))
    for write in [by_pandas, by_fastparquet, by_pyarrow, by_polars, by_duckdb]:
        write(cases)
    json.dump({"read": cases.read, "refuse": cases.refuse}, sys.stdout)


main()
