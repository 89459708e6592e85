//! The metadata that is written for pandas and pyarrow.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, DurationSecondArray, Float64Array, Int64Array, StringArray,
    TimestampMillisecondArray, UInt8Array,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use bytes::Bytes;
use parquet::arrow::encode_arrow_schema;
use parquet::file::reader::{FileReader, SerializedFileReader};
use pose_frame::{IndexLevel, PoseFrame, RowIndex};
use pose_parquet::{WriteOptions, write_table};
use serde_json::{Value, json};

use crate::{flat, frame};

fn entry(table: &PoseFrame, key: &str) -> Option<String> {
    let bytes = Bytes::from(write_table(table, Vec::new(), &WriteOptions::default()).unwrap());
    let reader = SerializedFileReader::new(bytes).unwrap();
    let entries = reader.metadata().file_metadata().key_value_metadata().unwrap();
    entries.iter().find(|entry| entry.key == key).map(|entry| entry.value.clone().unwrap())
}

fn numpy_types(table: &PoseFrame) -> Vec<Value> {
    let pandas: Value = serde_json::from_str(&entry(table, "pandas").unwrap()).unwrap();
    pandas["columns"].as_array().unwrap().iter().map(|column| column["numpy_type"].clone()).collect()
}

fn labelled(labels: ArrayRef) -> PoseFrame {
    let x = flat("x", Arc::new(Float64Array::from(vec![1.0])));
    frame(&[None], vec![x], RowIndex::Labels(IndexLevel::new(Some("t".into()), labels)))
}

/// pyarrow takes the metadata from Arrow's schema where a file has one: without the entries in it, pandas would see
/// neither row index nor column levels.
#[test]
fn arrow_schema_repeats_the_entries() {
    let zone = DataType::Timestamp(TimeUnit::Millisecond, Some("Europe/Paris".into()));
    let cases: [(ArrayRef, DataType); 2] = [
        (Arc::new(DurationSecondArray::from(vec![5])), DataType::Duration(TimeUnit::Second)),
        (Arc::new(TimestampMillisecondArray::from(vec![5]).with_timezone("Europe/Paris")), zone),
    ];
    for (labels, data_type) in cases {
        let table = labelled(labels);
        let fields = vec![Field::new("x", DataType::Float64, true), Field::new("t", data_type, true)];
        let entries = ["pandas", "pose"].map(|key| (key.to_owned(), entry(&table, key).unwrap()));
        let expected = encode_arrow_schema(&Schema::new(fields).with_metadata(entries));
        assert_eq!(entry(&table, "ARROW:schema"), Some(expected));
    }
}

#[test]
fn what_parquet_can_say_needs_no_arrow_schema() {
    let table = labelled(Arc::new(TimestampMillisecondArray::from(vec![5])));
    assert_eq!(entry(&table, "ARROW:schema"), None);
}

/// numpy has no missing integers: without this, pandas would make floats of them.
#[test]
fn integers_and_booleans_with_nulls_are_nullable_in_pandas() {
    let table = frame(
        &[None],
        vec![
            flat("i64", Arc::new(Int64Array::from(vec![Some((1 << 60) + 1), None]))),
            flat("u8", Arc::new(UInt8Array::from(vec![None, Some(1)]))),
            flat("bool", Arc::new(BooleanArray::from(vec![Some(true), None]))),
            flat("text", Arc::new(StringArray::from(vec![Some("a"), None]))),
            flat("full", Arc::new(Int64Array::from(vec![1, 2]))),
            flat("true", Arc::new(BooleanArray::from(vec![true, true]))),
        ],
        RowIndex::range(2),
    );
    assert_eq!(json!(numpy_types(&table)), json!(["Int64", "UInt8", "boolean", "str", "int64", "bool"]));
}
