//! What pandas found in a fixture, as a table. The format is described at the top of `fixtures/generate.py`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, DurationMicrosecondArray, DurationMillisecondArray, DurationNanosecondArray,
    DurationSecondArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array,
    StringArray, TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use pose_frame::{
    Column, ColumnKey, IndexLevel, Label, LevelName, PoseFrame, PoseSchema, RangeIndex, RowIndex,
};
use serde::Deserialize;
use serde_json::Value;

use crate::FixtureTable;
use crate::fixture::fixtures_folder;

#[derive(Deserialize)]
struct Oracle {
    rows: usize,
    index: Index,
    levels: Vec<Option<String>>,
    columns: Vec<OracleColumn>,
}

#[derive(Deserialize)]
struct Index {
    kind: String,
    levels: Vec<Level>,
}

#[derive(Deserialize)]
struct Level {
    kind: String,
    name: Option<String>,
    values: Vec<Value>,
}

#[derive(Deserialize)]
struct OracleColumn {
    key: Vec<Value>,
    dtype: String,
    values: Vec<Value>,
}

/// The table that pandas found in a fixture.
///
/// # Panics
///
/// When the oracle cannot be read or holds a type that is not known here.
#[must_use]
pub fn expected_frame(table: &FixtureTable) -> PoseFrame {
    expected_frame_from(&fixtures_folder().join(&table.oracle))
}

/// The table that an oracle file describes.
///
/// # Panics
///
/// When the file cannot be read or holds a type that is not known here.
#[must_use]
pub fn expected_frame_from(path: &Path) -> PoseFrame {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let oracle: Oracle =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let index = row_index(&oracle.index, oracle.rows);
    let levels = oracle.levels.into_iter().map(name).collect();
    let columns: Vec<(Column, ArrayRef)> = oracle.columns.iter().map(column).collect();
    let (columns, arrays): (Vec<Column>, Vec<ArrayRef>) = columns.into_iter().unzip();
    let schema =
        PoseSchema::new(levels, columns, index.schema()).expect("the oracle's schema is well formed");
    PoseFrame::new(Arc::new(schema), index, arrays).expect("the oracle's columns fit")
}

fn name(name: Option<String>) -> LevelName {
    name.map(Into::into)
}

fn row_index(index: &Index, rows: usize) -> RowIndex {
    let level = |level: &Level| IndexLevel::new(name(level.name.clone()), array(&level.kind, &level.values));
    match index.kind.as_str() {
        "range" => {
            let level = &index.levels[0];
            let labels: Vec<i64> = level.values.iter().map(integer).collect();
            let start = labels.first().copied().unwrap_or(0);
            let step = labels.get(1).map_or(1, |second| second - start);
            RowIndex::Range(RangeIndex { name: name(level.name.clone()), start, step, len: rows })
        }
        "multi" => RowIndex::Multi(index.levels.iter().map(level).collect()),
        _ => RowIndex::Labels(level(&index.levels[0])),
    }
}

fn column(column: &OracleColumn) -> (Column, ArrayRef) {
    let labels = column.key.iter().map(|part| match part {
        Value::String(text) => Label::from(text.as_str()),
        other => Label::Integer(integer(other)),
    });
    let array = array(&column.dtype, &column.values);
    (Column::new(ColumnKey::new(labels), array.data_type().clone()), array)
}

fn array(dtype: &str, values: &[Value]) -> ArrayRef {
    macro_rules! integers {
        ($array:ty) => {
            Arc::new(<$array>::from_iter_values(values.iter().map(|value| {
                serde_json::from_value(value.clone()).expect("an integer of the column's type")
            })))
        };
    }
    macro_rules! times {
        ($array:ty) => {
            Arc::new(values.iter().map(Value::as_i64).collect::<$array>())
        };
    }
    match dtype {
        "float64" => {
            Arc::new(Float64Array::from_iter_values(values.iter().map(|value| f64::from_bits(bits(value)))))
        }
        "float32" => Arc::new(Float32Array::from_iter_values(
            values.iter().map(|value| f32::from_bits(u32::try_from(bits(value)).expect("eight digits"))),
        )),
        "int8" => integers!(Int8Array),
        "int16" => integers!(Int16Array),
        "int32" => integers!(Int32Array),
        // pandas counts in a level of rows where it can.
        "int64" | "range" => integers!(Int64Array),
        "uint8" => integers!(UInt8Array),
        "uint16" => integers!(UInt16Array),
        "uint32" => integers!(UInt32Array),
        "uint64" => integers!(UInt64Array),
        "bool" | "boolean" => Arc::new(values.iter().map(Value::as_bool).collect::<BooleanArray>()),
        "str" => Arc::new(values.iter().map(Value::as_str).collect::<StringArray>()),
        "Int64" => Arc::new(values.iter().map(Value::as_i64).collect::<Int64Array>()),
        "timedelta64[s]" => times!(DurationSecondArray),
        "timedelta64[ms]" => times!(DurationMillisecondArray),
        "timedelta64[us]" => times!(DurationMicrosecondArray),
        "timedelta64[ns]" => times!(DurationNanosecondArray),
        other => moments(other, values),
    }
}

/// `datetime64[ns]`, or `datetime64[ns, Europe/Berlin]` with the name of a time zone.
fn moments(dtype: &str, values: &[Value]) -> ArrayRef {
    let inner = dtype.strip_prefix("datetime64[").and_then(|rest| rest.strip_suffix(']'));
    let inner = inner.unwrap_or_else(|| panic!("the oracle has a type that is not known here: {dtype}"));
    let (unit, zone) = inner.split_once(", ").map_or((inner, None), |(unit, zone)| (unit, Some(zone)));
    // pandas shows a fixed offset as `UTC+05:30`; in Arrow it is `+05:30`.
    let zone = zone.map(|zone| zone.strip_prefix("UTC").filter(|offset| !offset.is_empty()).unwrap_or(zone));
    let counts = || values.iter().map(Value::as_i64);
    match unit {
        "s" => Arc::new(counts().collect::<TimestampSecondArray>().with_timezone_opt(zone)),
        "ms" => Arc::new(counts().collect::<TimestampMillisecondArray>().with_timezone_opt(zone)),
        "us" => Arc::new(counts().collect::<TimestampMicrosecondArray>().with_timezone_opt(zone)),
        "ns" => Arc::new(counts().collect::<TimestampNanosecondArray>().with_timezone_opt(zone)),
        other => panic!("the oracle has a unit of time that is not known here: {other}"),
    }
}

fn bits(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().expect("floats are given by their bits"), 16)
        .expect("bits are hexadecimal")
}

fn integer(value: &Value) -> i64 {
    value.as_i64().expect("an integer")
}
