//! What pandas found in a table, as `fixtures/generate.py` wrote it down.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, BooleanArray, Float32Array, Float64Array, PrimitiveArray, StringArray};
use pose_frame::{Column, ColumnKey, IndexLevel, Label, LevelName, PoseFrame, PoseSchema, RowIndex};
use serde_json::Value;

/// A table that pandas wrote, and what it finds in it.
pub(crate) struct Oracle {
    pub(crate) file: PathBuf,
    pub(crate) key: String,
    pub(crate) storage: String,
    pub(crate) frame: PoseFrame,
}

/// The fixtures of the workspace.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

/// The manifest entries of a set.
pub(crate) fn entries(set: &str) -> Vec<Value> {
    let text =
        fs::read_to_string(folder().join("manifest.json")).expect("the manifest of the fixtures is there");
    let manifest: Value = serde_json::from_str(&text).expect("the manifest is JSON");
    manifest[set]["files"].as_array().unwrap_or_else(|| panic!("the manifest has the set {set}")).clone()
}

/// The tables in the HDF5 files of a set.
pub(crate) fn oracles(set: &str) -> Vec<Oracle> {
    let mut oracles = Vec::new();
    for entry in entries(set) {
        let path = entry["path"].as_str().expect("a path");
        if Path::new(path).extension().is_none_or(|extension| extension != "h5") {
            continue;
        }
        for table in entry["tables"].as_array().into_iter().flatten() {
            let oracle = table["oracle"].as_str().expect("an oracle");
            oracles.push(read(folder().join(path), &folder().join(oracle)));
        }
    }
    assert!(oracles.len() > 20, "{set} has {} tables", oracles.len());
    oracles
}

fn read(file: PathBuf, oracle: &Path) -> Oracle {
    let text = fs::read_to_string(oracle).unwrap_or_else(|error| panic!("{}: {error}", oracle.display()));
    let json: Value =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", oracle.display()));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    Oracle { file, key: text(&json["key"]), storage: text(&json["storage"]), frame: frame(&json) }
}

fn frame(json: &Value) -> PoseFrame {
    let items = |value: &Value| value.as_array().expect("a list").clone();
    let names: Vec<LevelName> = items(&json["levels"]).iter().map(name).collect();
    let mut columns = Vec::new();
    let mut arrays = Vec::new();
    for column in items(&json["columns"]) {
        let array = array(&column["dtype"], &items(&column["values"]));
        let key = ColumnKey::new(items(&column["key"]).iter().map(label));
        columns.push(Column::new(key, array.data_type().clone()));
        arrays.push(array);
    }
    let levels: Vec<IndexLevel> = items(&json["index"]["levels"])
        .iter()
        .map(|level| IndexLevel::new(name(&level["name"]), array(&level["kind"], &items(&level["values"]))))
        .collect();
    let index = match json["index"]["kind"].as_str() {
        Some("multi") => RowIndex::Multi(levels),
        _ => RowIndex::Labels(levels.into_iter().next().expect("an index has a level")),
    };
    let schema = PoseSchema::new(names, columns, index.schema()).expect("pandas' frame is a table");
    PoseFrame::new(Arc::new(schema), index, arrays).expect("pandas' columns fit")
}

fn name(value: &Value) -> LevelName {
    value.as_str().map(Into::into)
}

fn label(value: &Value) -> Label {
    match value {
        Value::String(text) => text.as_str().into(),
        other => other.as_i64().expect("a label is a text or a whole number").into(),
    }
}

fn array(dtype: &Value, values: &[Value]) -> ArrayRef {
    match dtype.as_str().expect("a type") {
        "str" => Arc::new(values.iter().map(Value::as_str).collect::<StringArray>()),
        "bool" => Arc::new(values.iter().map(Value::as_bool).collect::<BooleanArray>()),
        "float64" => {
            Arc::new(Float64Array::from_iter_values(values.iter().map(|bits| f64::from_bits(hex(bits)))))
        }
        "float32" => {
            let bits = |bits| u32::try_from(hex(bits)).expect("8 digits");
            Arc::new(Float32Array::from_iter_values(values.iter().map(|value| f32::from_bits(bits(value)))))
        }
        // A range that pandas restored: in HDF5 it is one of integers.
        "range" | "int64" => integers::<Int64Type>(values),
        "int8" => integers::<Int8Type>(values),
        "int16" => integers::<Int16Type>(values),
        "int32" => integers::<Int32Type>(values),
        "uint8" => integers::<UInt8Type>(values),
        "uint16" => integers::<UInt16Type>(values),
        "uint32" => integers::<UInt32Type>(values),
        "uint64" => integers::<UInt64Type>(values),
        "datetime64[ns]" => integers::<TimestampNanosecondType>(values),
        "datetime64[us]" => integers::<TimestampMicrosecondType>(values),
        "datetime64[ms]" => integers::<TimestampMillisecondType>(values),
        "datetime64[s]" => integers::<TimestampSecondType>(values),
        other => panic!("the oracle has the type {other}"),
    }
}

fn hex(value: &Value) -> u64 {
    u64::from_str_radix(value.as_str().expect("bits"), 16).expect("hexadecimal digits")
}

fn integers<T>(values: &[Value]) -> ArrayRef
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let number = |value: &Value| {
        let wide = value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))?;
        Some(T::Native::try_from(wide).unwrap_or_else(|_| panic!("{wide} fits its type")))
    };
    Arc::new(values.iter().map(number).collect::<PrimitiveArray<T>>())
}
