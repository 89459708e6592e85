//! The `pandas` and the `pose` entry of files: no JSON, or JSON that says something else.

use bytes::Bytes;
use parquet::file::metadata::{
    FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter,
};
use pose_parquet::ParquetTable;
use serde_json::{Value, json};

use crate::damage::footer;
use crate::{files, read};

fn entry(whole: &[u8], key: &str) -> Option<String> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::copy_from_slice(whole)).unwrap();
    let entries = metadata.file_metadata().key_value_metadata()?;
    entries.iter().find(|entry| entry.key == key)?.value.clone()
}

/// The file with another value in an entry.
fn with_entry(whole: &[u8], key: &str, value: &str) -> Vec<u8> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::copy_from_slice(whole)).unwrap();
    let file = metadata.file_metadata();
    let mut entries = file.key_value_metadata().cloned().unwrap_or_default();
    entries.retain(|entry| entry.key != key);
    entries.push(KeyValue::new(key.to_owned(), value.to_owned()));
    let (rows, schema) = (file.num_rows(), file.schema_descr_ptr());
    let file = FileMetaData::new(file.version(), rows, None, Some(entries), schema, None);
    let metadata = ParquetMetaData::new(file, metadata.row_groups().to_vec());
    let mut bytes = whole[..footer(whole).start].to_vec();
    ParquetMetaDataWriter::new(&mut bytes, &metadata).finish().expect("it can be written");
    bytes
}

/// Every place in a document.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Array(items) => {
            // The first two and the last of many alike.
            let last = items.len().saturating_sub(1);
            for (position, item) in
                items.iter().enumerate().filter(|(position, _)| *position < 2 || *position == last)
            {
                places(item, &format!("{here}/{position}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                places(field, &format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

/// What stands there instead.
fn others() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(99),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!("x"),
        json!("ffffffffffffffffff"),
        json!([]),
        json!(["x", "x"]),
        json!([[["x"]]]),
        json!({}),
        json!({"range": {"name": null, "start": i64::MAX, "step": 0}}),
        json!({"kind": "range", "name": null, "start": 0, "stop": i64::MAX, "step": 1}),
        json!({"multi": []}),
    ]
}

/// Every value of an entry of every small file exchanged for each of some others, left out, or repeated.
fn each(key: &str) {
    let mut count = 0;
    for (file, whole) in files::small() {
        let Some(json) = entry(&whole, key) else { continue };
        let document: Value = serde_json::from_str(&json).unwrap();
        let mut found = Vec::new();
        places(&document, "", &mut found);
        for (number, place) in found.iter().enumerate() {
            // All of them in one file of each kind, and every ninth elsewhere.
            let all = matches!(file.as_str(), "long" | "narrow" | "multi_index" | "mixed");
            for (other, value) in others().into_iter().enumerate() {
                if !all && !(number + other).is_multiple_of(9) {
                    continue;
                }
                let mut changed = document.clone();
                *changed.pointer_mut(place).expect("the place is there") = value;
                read(
                    &with_entry(&whole, key, &changed.to_string()),
                    &format!("{file}: {key} at {place}, {other}"),
                );
                count += 1;
            }
        }
        for end in (0..json.len()).step_by(97).filter(|end| json.is_char_boundary(*end)) {
            read(&with_entry(&whole, key, &json[..end]), &format!("{file}: {key} cut off at {end}"));
        }
    }
    assert!(count > 100, "{key}: {count} files");
    println!("{key}: {count} files");
}

#[test]
fn other_values_in_the_entry_of_pandas_give_an_answer() {
    let _alone = crate::memory::alone();
    each("pandas");
}

#[test]
fn other_values_in_the_pose_entry_give_an_answer() {
    let _alone = crate::memory::alone();
    each("pose");
}

#[test]
fn entries_that_are_no_json_or_nested_without_end_give_an_answer() {
    let _alone = crate::memory::alone();
    for (file, whole) in files::small() {
        for text in ["", "{", "not json", "\u{0}", &"[".repeat(1 << 20), &"{\"a\":".repeat(1 << 16)] {
            for key in ["pandas", "pose"] {
                read(&with_entry(&whole, key, text), &file);
            }
            let error = ParquetTable::from_bytes(with_entry(&whole, "pandas", text)).expect_err("no JSON");
            assert!(error.to_string().starts_with("the \"pandas\" entry"), "{file}: {error}");
        }
    }
}

#[test]
fn fields_that_are_given_twice_are_not_two() {
    let _alone = crate::memory::alone();
    for (file, whole) in files::small() {
        let Some(json) = entry(&whole, "pose") else { continue };
        let doubled = format!("{},{}", &json[..json.len() - 1], &json[1..]);
        read(&with_entry(&whole, "pose", &doubled), &file);
    }
}
