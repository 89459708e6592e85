"""What a reader found, as `tests/all/readers/dump.rs` takes it: names and kinds, and for each column whether each value is
there (a byte), the values (eight bytes each), and the bytes of text."""

import numpy
import pyarrow
from pyarrow import compute


def of_arrow(table):
    columns = [column(name, table.column(i)) for i, name in enumerate(table.column_names)]
    return {"rows": table.num_rows, "columns": columns}


def of_pandas(frame, file_names):
    """The columns of a frame and the levels of its rows. Names of the levels in the file are what it has beside those of
    the columns, which pandas names by `str` of their labels."""
    import pandas

    names = [str(label) for label in frame.columns]
    rest = [name for name in file_names if name not in names]
    values = [frame.iloc[:, i] for i in range(frame.shape[1])]
    if not isinstance(frame.index, pandas.RangeIndex):
        levels = [frame.index.get_level_values(i) for i in range(frame.index.nlevels)]
        assert len(rest) == len(levels), f"levels {rest} against {frame.index.names}"
        for name, level in zip(rest, levels):
            assert level.name in (name, None) or name.startswith("__index_level_"), f"level {level.name} is {name}"
        names += rest
        values += levels
    else:
        assert not rest, f"{rest} are missing"
    columns = [series(name, data) for name, data in zip(names, values)]
    return {"rows": len(frame), "columns": columns}


def series(name, data):
    import pandas

    if data.dtype.kind == "f" and isinstance(data.dtype, numpy.dtype):
        # Not through Arrow, which would make all NaNs one.
        values = data.to_numpy()
        return float_column(name, ~numpy.isnan(values), values)
    if data.dtype.kind == "M" and isinstance(data, pandas.Index):
        data = pandas.Series(data)
    return column(name, pyarrow.chunked_array([pyarrow.array(data, from_pandas=True)]))


def column(name, data):
    data_type = data.type
    if pyarrow.types.is_dictionary(data_type):
        data = data.cast(data_type.value_type)
        data_type = data.type
    if pyarrow.types.is_decimal(data_type) and data_type.scale == 0:
        # Spark has no unsigned integers.
        data = data.cast(pyarrow.uint64())
        data_type = data.type
    valid = data.is_valid().to_numpy().astype("u1")
    if pyarrow.types.is_floating(data_type):
        return float_column(name, valid, data.fill_null(0.0).to_numpy())
    if pyarrow.types.is_integer(data_type):
        values = data.fill_null(0).to_numpy()
        return {"name": name, "kind": "integer", "parts": [valid.tobytes(), values.astype("i8").tobytes()]}
    if pyarrow.types.is_boolean(data_type):
        values = data.fill_null(False).to_numpy().astype("i8")
        return {"name": name, "kind": "boolean", "parts": [valid.tobytes(), values.tobytes()]}
    if pyarrow.types.is_timestamp(data_type) or pyarrow.types.is_duration(data_type):
        kind = "time" if pyarrow.types.is_timestamp(data_type) else "span"
        values = data.cast(pyarrow.int64()).fill_null(0).to_numpy()
        return {"name": name, "kind": f"{kind}:{data_type.unit}", "parts": [valid.tobytes(), values.tobytes()]}
    if pyarrow.types.is_null(data_type):
        data = data.cast(pyarrow.string())
    elif not is_text(data_type):
        raise TypeError(f"column {name} is {data_type}")
    data = data.cast(pyarrow.large_string()).fill_null("")
    lengths = compute.binary_length(data).to_numpy().astype("i8")
    text = "".join(data.to_pylist()).encode()
    return {"name": name, "kind": "text", "parts": [valid.tobytes(), lengths.tobytes(), text]}


def is_text(data_type):
    types = pyarrow.types
    return types.is_string(data_type) or types.is_large_string(data_type) or types.is_string_view(data_type)


def float_column(name, valid, values):
    bits = numpy.ascontiguousarray(values).view(f"u{values.dtype.itemsize}")
    kind = f"float{8 * values.dtype.itemsize}"
    parts = [numpy.asarray(valid).astype("u1").tobytes(), bits.astype("u8").tobytes()]
    return {"name": name, "kind": kind, "parts": parts}
