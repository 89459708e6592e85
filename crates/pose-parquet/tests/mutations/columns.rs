//! Very many columns, and columns of one name.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parquet::basic::{Repetition, Type as PhysicalType};
use parquet::file::metadata::{FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataWriter};
use parquet::schema::types::{SchemaDescriptor, Type};
use pose_frame::PoseTable;
use pose_parquet::{ParquetErrorKind, ParquetTable};
use serde_json::json;

use crate::memory::bounded;

/// A file of columns of these names, and no rows.
fn file(names: &[String], pandas: &serde_json::Value) -> Vec<u8> {
    let column = |name: &String| {
        let column = Type::primitive_type_builder(name, PhysicalType::DOUBLE);
        Arc::new(column.with_repetition(Repetition::OPTIONAL).build().expect("it is a column"))
    };
    let schema = Type::group_type_builder("schema").with_fields(names.iter().map(column).collect());
    let schema = Arc::new(SchemaDescriptor::new(Arc::new(schema.build().expect("it is a schema"))));
    let entries = vec![KeyValue::new("pandas".to_owned(), pandas.to_string())];
    let metadata =
        ParquetMetaData::new(FileMetaData::new(1, 0, None, Some(entries), schema, None), Vec::new());
    let mut bytes = b"PAR1".to_vec();
    ParquetMetaDataWriter::new(&mut bytes, &metadata).finish().expect("it can be written");
    bytes
}

#[test]
fn a_hundred_thousand_columns_open_soon_whatever_they_are() {
    let _alone = crate::memory::alone();
    let names: Vec<String> = (0..100_000).map(|number| format!("c{number}")).collect();
    let entries = [
        json!({"index_columns": [], "columns": []}),
        json!({"index_columns": names, "columns": []}),
        json!({"index_columns": &names[..50_000], "columns": []}),
    ];
    for entry in entries {
        let bytes = file(&names, &entry);
        bounded("a hundred thousand columns", bytes.len() * 4, || {
            let started = Instant::now();
            let table = ParquetTable::from_bytes(bytes.clone()).unwrap();
            assert_eq!(table.load().unwrap().num_frames(), 0);
            // Of a debug build. What is quadratic takes minutes.
            assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        });
    }
}

#[test]
fn two_columns_of_one_name_are_refused_wherever_they_are() {
    let _alone = crate::memory::alone();
    let mut names: Vec<String> = (0..1_000).map(|number| format!("c{number}")).collect();
    names.push("c7".to_owned());
    let error =
        ParquetTable::from_bytes(file(&names, &json!({"index_columns": []}))).expect_err("two of one name");
    assert!(matches!(error.kind(), ParquetErrorKind::DuplicateName { column } if column == "c7"), "{error}");
}
