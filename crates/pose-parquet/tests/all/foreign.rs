//! Files of other programs: read as pandas would, or refused by name.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, NullArray, RecordBatch, StringArray, TimestampMillisecondArray,
};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use pose_frame::{IndexSchema, PoseTable, RowIndex, Selection};
use pose_parquet::{ParquetError, ParquetErrorKind, ParquetTable};
use serde_json::{Value, json};

fn file(columns: &[(&str, ArrayRef)], entries: &[(&str, &str)]) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.iter().map(|(name, array)| (*name, Arc::clone(array), true)),
    );
    let batch = batch.unwrap();
    let options = ArrowWriterOptions::new().with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), batch.schema(), options).unwrap();
    writer.write(&batch).unwrap();
    for (key, value) in entries {
        writer.append_key_value_metadata(KeyValue::new((*key).to_owned(), (*value).to_owned()));
    }
    writer.into_inner().unwrap()
}

fn integers() -> ArrayRef {
    Arc::new(Int64Array::from(vec![1, 2]))
}

fn open(columns: &[(&str, ArrayRef)], pandas: &Value) -> Result<ParquetTable, ParquetError> {
    ParquetTable::from_bytes(file(columns, &[("pandas", &pandas.to_string())]))
}

fn column(name: &str, pandas_type: &str, numpy_type: &str) -> Value {
    json!({"name": name, "field_name": name, "pandas_type": pandas_type, "numpy_type": numpy_type, "metadata": null})
}

#[test]
fn row_indexes_that_cannot_be_are_refused() {
    let range = json!({"kind": "range", "name": null, "start": 0, "stop": 2, "step": 1});
    for index in [json!(["a", "a"]), json!(["absent"]), json!(["a", range, "a"])] {
        let pandas = json!({"index_columns": index, "columns": []});
        let error = open(&[("a", integers()), ("b", integers())], &pandas).unwrap_err();
        assert!(matches!(error.kind(), ParquetErrorKind::Entry { entry: "pandas", .. }), "{index}: {error}");
    }
}

#[test]
fn levels_that_pandas_counts_are_labels() {
    let range = |stop: i64| json!({"kind": "range", "name": "n", "start": 7, "stop": stop, "step": -2});
    let opened = |index: Value| {
        let pandas = json!({"index_columns": index, "columns": []});
        open(&[("a", integers()), ("b", integers())], &pandas).unwrap()
    };
    let table = opened(json!(["a", range(3)]));
    let RowIndex::Multi(levels) = table.load().unwrap().index().clone() else { panic!("several levels") };
    let counted: ArrayRef = Arc::new(Int64Array::from(vec![7, 5]));
    assert_eq!((&levels[1].name, &levels[1].values), (&Some("n".into()), &counted));
    let last = table.read(&Selection::all().frames(1..2)).unwrap().index().to_levels();
    assert_eq!(&last[1].values, &counted.slice(1, 1));

    // A range of another length is set aside, as pandas does it.
    assert!(matches!(opened(json!(["a", range(1)])).schema().index(), IndexSchema::Labels(_)));
    assert!(matches!(opened(json!([range(1), range(3)])).schema().index(), IndexSchema::Range { .. }));
    assert!(matches!(opened(json!([range(3), range(3)])).schema().index(), IndexSchema::Multi(_)));
}

#[test]
fn types_that_only_pandas_names_are_refused_by_name() {
    let cases = [
        ("timedelta", "timedelta64[ns]", "timedelta64[ns]", false),
        ("object", "timedelta64[us]", "timedelta64[us]", false),
        ("object", "period[D]", "period[D]", true),
        ("categorical", "int8", "categorical", true),
        ("object", "duration[ns][pyarrow]", "duration[ns][pyarrow]", true),
    ];
    for (pandas_type, numpy_type, named, in_index_too) in cases {
        for index in [json!([]), json!(["a"])] {
            let is_index = index == json!(["a"]);
            let pandas = json!({"index_columns": index, "columns": [column("a", pandas_type, numpy_type)]});
            let opened = open(&[("a", integers()), ("b", integers())], &pandas);
            if is_index && !in_index_too {
                assert!(opened.is_ok(), "{named}");
                continue;
            }
            let error = opened.unwrap_err();
            let found = match error.kind() {
                ParquetErrorKind::UnsupportedType { column, found } => (column.as_str(), found.as_str()),
                _ => panic!("{error}"),
            };
            assert_eq!(found, ("a", named));
        }
    }
}

#[test]
fn nullable_pandas_columns_keep_values_and_nulls() {
    let stored: ArrayRef = Arc::new(Int64Array::from(vec![Some((1 << 60) + 1), None]));
    let pandas = json!({"index_columns": [], "columns": [column("a", "int64", "Int64")]});
    let table = open(&[("a", Arc::clone(&stored))], &pandas).unwrap().load().unwrap();
    assert_eq!(&table.columns()[0], &stored);
}

#[test]
fn columns_without_any_value_are_missing_text() {
    let nulls = || Arc::new(NullArray::new(2)) as ArrayRef;
    let pandas = json!({"index_columns": ["i"],
                        "columns": [column("note", "empty", "object"), column("i", "empty", "object")]});
    let table = open(&[("note", nulls()), ("i", nulls())], &pandas).unwrap().load().unwrap();
    let expected: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>, None]));
    assert_eq!(&table.columns()[0], &expected);
    assert_eq!(&table.index().to_levels()[0].values, &expected);
    assert_eq!(table.num_frames(), 2);
}

#[test]
fn whole_seconds_of_pandas_are_seconds() {
    let labels = |values: Vec<i64>| Arc::new(TimestampMillisecondArray::from(values)) as ArrayRef;
    let pandas = json!({"index_columns": ["t"], "columns": [column("t", "datetime", "datetime64[s]")]});
    let table = open(&[("t", labels(vec![5_000, -1_000]))], &pandas).unwrap();
    assert!(
        matches!(table.schema().index(), IndexSchema::Labels(field) if field.data_type.to_string() == "Timestamp(s)")
    );
    let RowIndex::Labels(level) = table.load().unwrap().index().clone() else { panic!("one level") };
    assert_eq!(level.values.to_data().buffers()[0].typed_data::<i64>(), [5, -1]);

    let halves = open(&[("t", labels(vec![500, 0]))], &pandas).unwrap();
    let error = halves.load().unwrap_err().to_string();
    assert!(error.contains("whole seconds"), "{error}");
}

#[test]
fn pose_entries_of_other_programs_are_ignored() {
    let with = |entry: &str| ParquetTable::from_bytes(file(&[("x", integers())], &[("pose", entry)]));
    for entry in [
        "not json",
        "[1]",
        r#"{"kind": "predictions", "metadata": 7}"#,
        r#"{"version": "2.0"}"#,
        r#"{"version": 1, "kind": "unheard_of"}"#,
        r#"{"version": 1, "kind": {"of": "another shape"}}"#,
    ] {
        let table = with(entry).unwrap_or_else(|error| panic!("{entry}: {error}"));
        assert_eq!(table.num_frames(), 2);
    }
    let error = with(r#"{"version": 2}"#).unwrap_err();
    assert!(matches!(error.kind(), ParquetErrorKind::Version { found: 2, known: 1 }), "{error}");
    let error = with(r#"{"version": 1, "metadata": 7}"#).unwrap_err();
    assert!(matches!(error.kind(), ParquetErrorKind::Entry { entry: "pose", .. }), "{error}");
}

#[test]
fn a_page_that_claims_more_than_it_can_hold_is_not_decoded() {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(1 << 24)
        .set_data_page_row_count_limit(usize::MAX)
        .set_max_row_group_row_count(None)
        .build();
    let zeros: ArrayRef = Arc::new(Float64Array::from(vec![0.0; 200_000]));
    let batch = RecordBatch::try_from_iter([("x", zeros)]).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    let mut bytes = writer.into_inner().unwrap();
    assert!(ParquetTable::from_bytes(bytes.clone()).unwrap().load().is_ok());

    let reader = SerializedFileReader::new(Bytes::from(bytes.clone())).unwrap();
    let page = usize::try_from(reader.metadata().row_group(0).column(0).data_page_offset()).unwrap();
    // Type, then the uncompressed size in four bytes: 1,600,000 becomes 2^27 - 1.
    assert_eq!(bytes[page..page + 7], [0x15, 0x00, 0x15, 0x80, 0xa8, 0xc3, 0x01]);
    bytes[page + 3..page + 7].copy_from_slice(&[0xfe, 0xff, 0xff, 0x7f]);
    let error = ParquetTable::from_bytes(bytes).unwrap().load().unwrap_err().to_string();
    assert!(error.contains("claims to hold 134217727 bytes"), "{error}");
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_without_waiting() {
    let error = ParquetTable::open("/dev/null").unwrap_err();
    assert_eq!(error.to_string(), "/dev/null: is not a regular file");

    let pipe = std::env::temp_dir().join(format!("pose-parquet-{}.pipe", std::process::id()));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("the tool mkfifo is needed");
    assert!(made.success());
    let error = ParquetTable::open(&pipe).unwrap_err().to_string();
    std::fs::remove_file(&pipe).unwrap();
    assert!(error.ends_with("is not a regular file"), "{error}");
}
