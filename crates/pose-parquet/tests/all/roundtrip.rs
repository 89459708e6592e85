//! What was written reads back bit for bit, lazily, and bad files are told from good ones.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, DurationNanosecondArray, DurationSecondArray, Float32Array, Float64Array,
    Int8Array, Int64Array, StringArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use pose_frame::{IndexLevel, PoseTable, RangeIndex, RowIndex, Selection, testing};
use pose_parquet::{ParquetErrorKind, ParquetTable, TableWriter, WriteOptions, write_table};

use crate::{flat, frame, roundtrip};

#[test]
fn tables_conform_after_a_roundtrip() {
    for n in [0, 1, 2, 17, 50, 100] {
        for table in [testing::predictions(n), testing::labels(n)] {
            testing::conformance(&roundtrip(&table), &table);
        }
    }
}

#[test]
fn every_column_type_comes_back() {
    let table = frame(
        &[None],
        vec![
            flat("f32", Arc::new(Float32Array::from(vec![f32::NAN, -0.0, f32::from_bits(0xffc0_1234)]))),
            flat("f64", Arc::new(Float64Array::from(vec![f64::NEG_INFINITY, f64::NAN, -f64::NAN]))),
            flat("i8", Arc::new(Int8Array::from(vec![i8::MIN, 0, i8::MAX]))),
            flat("i64", Arc::new(Int64Array::from(vec![i64::MIN, 0, i64::MAX]))),
            flat("u64", Arc::new(UInt64Array::from(vec![Some(0), None, Some(u64::MAX)]))),
            flat("bool", Arc::new(BooleanArray::from(vec![true, false, true]))),
            flat("text", Arc::new(StringArray::from(vec![Some(""), None, Some("尾\0")]))),
        ],
        RowIndex::range(3),
    );
    testing::conformance(&roundtrip(&table), &table);
}

#[test]
fn every_kind_of_row_index_comes_back() {
    let level = |name: Option<&str>, values: ArrayRef| IndexLevel::new(name.map(Into::into), values);
    let zoned = TimestampNanosecondArray::from(vec![5, 6]).with_timezone("Europe/Paris");
    let seconds_zoned = TimestampSecondArray::from(vec![Some(1), None]).with_timezone("+02:30");
    let indexes = [
        RowIndex::Range(RangeIndex { name: Some("frame".into()), start: 100, step: -2, len: 2 }),
        RowIndex::Labels(level(None, Arc::new(Int64Array::from(vec![7, i64::MIN])))),
        RowIndex::Labels(level(Some("x"), Arc::new(StringArray::from(vec!["img.png", "img.png"])))),
        RowIndex::Labels(level(Some("__index_level_0__"), Arc::new(Int64Array::from(vec![7, 8])))),
        RowIndex::Labels(level(Some("t"), Arc::new(Float64Array::from(vec![f64::NAN, -0.0])))),
        RowIndex::Labels(level(None, Arc::new(TimestampNanosecondArray::from(vec![1, i64::MAX])))),
        RowIndex::Labels(level(Some("utc"), Arc::new(zoned))),
        RowIndex::Labels(level(None, Arc::new(DurationNanosecondArray::from(vec![-1, 1])))),
        RowIndex::Labels(level(None, Arc::new(DurationSecondArray::from(vec![Some(-1), None])))),
        RowIndex::Labels(level(None, Arc::new(TimestampSecondArray::from(vec![Some(-7), None])))),
        RowIndex::Labels(level(None, Arc::new(seconds_zoned))),
        RowIndex::Multi(vec![
            level(Some("same"), Arc::new(StringArray::from(vec![Some("a"), None]))),
            level(None, Arc::new(Int64Array::from(vec![1, 2]))),
            level(Some("same"), Arc::new(StringArray::from(vec!["b", "c"]))),
        ]),
    ];
    for (case, index) in indexes.into_iter().enumerate() {
        let table = frame(&[None], vec![flat("x", Arc::new(Float64Array::from(vec![1.0, 2.0])))], index);
        let back = roundtrip(&table);
        assert_eq!(back.schema().index(), table.schema().index(), "case {case}");
        testing::conformance(&back, &table);
    }
}

#[test]
fn tables_without_columns_keep_their_rows() {
    for index in
        [RowIndex::range(5), RowIndex::Labels(IndexLevel::new(None, Arc::new(Int64Array::from(vec![4, 2]))))]
    {
        let table = frame(&[Some("scorer"), None], vec![], index);
        testing::conformance(&roundtrip(&table), &table);
    }
}

#[test]
fn numbered_columns_stay_numbers() {
    let x = || Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let flat = frame(&[None], vec![(vec![0.into()], x()), (vec![1.into()], x())], RowIndex::range(1));
    testing::conformance(&roundtrip(&flat), &flat);
    let nested = frame(&[None, Some("n")], vec![(vec!["a".into(), 7.into()], x())], RowIndex::range(1));
    testing::conformance(&roundtrip(&nested), &nested);
}

#[test]
fn a_level_of_text_and_numbers_is_refused_by_name() {
    let x = || Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let mixed = frame(&[None], vec![(vec!["a".into()], x()), (vec![1.into()], x())], RowIndex::range(1));
    let error = write_table(&mixed, Vec::new(), &WriteOptions::default()).unwrap_err();
    assert!(matches!(error.kind(), ParquetErrorKind::MixedLevel { level: 0, .. }), "{error}");
}

#[test]
fn a_batch_of_another_schema_is_refused() {
    let mut writer =
        TableWriter::new(Vec::new(), testing::predictions(1).schema(), &WriteOptions::default()).unwrap();
    let error = writer.write(&testing::labels(1)).unwrap_err();
    assert!(matches!(error.kind(), ParquetErrorKind::BatchSchema { .. }), "{error}");
}

#[test]
fn writing_is_deterministic() {
    let bytes = || write_table(&testing::predictions(300), Vec::new(), &WriteOptions::default()).unwrap();
    assert_eq!(bytes(), bytes());
}

#[test]
fn every_truncated_prefix_is_refused() {
    let bytes = write_table(&testing::labels(3), Vec::new(), &WriteOptions::default()).unwrap();
    for len in 0..bytes.len() {
        assert!(ParquetTable::from_bytes(bytes[..len].to_vec()).is_err(), "{len} of {} bytes", bytes.len());
    }
}

#[test]
fn changed_bytes_never_panic() {
    let bytes = write_table(&testing::predictions(40), Vec::new(), &WriteOptions::default()).unwrap();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap()
    };
    let mut refused = BTreeSet::new();
    for _ in 0..2_000 {
        let mut changed = bytes.clone();
        for _ in 0..=random() % 6 {
            let at = random() % changed.len();
            changed[at] = u8::try_from(random() % 256).unwrap();
        }
        let outcome = ParquetTable::from_bytes(changed).map_err(|error| error.to_string());
        let read = outcome.and_then(|table| table.load().map_err(|error| error.to_string()));
        if let Err(reason) = read {
            assert!(!reason.contains('\n'), "one line: {reason}");
            refused.insert(reason);
        }
    }
    assert!(refused.len() > 10, "the changes hit many places");
}

#[test]
fn missing_and_foreign_files_are_named() {
    let error = ParquetTable::open("no/such/file.parquet").unwrap_err();
    assert!(error.to_string().starts_with("no/such/file.parquet: "), "{error}");
    for bytes in [&b""[..], b"PAR1", b"not parquet at all, whatever its name", &[0; 100]] {
        let error = ParquetTable::from_bytes(bytes.to_vec()).unwrap_err();
        assert!(matches!(error.kind(), ParquetErrorKind::Format { .. }), "{error}");
    }
}

#[test]
fn one_bodypart_decodes_only_its_columns() {
    let table = roundtrip(&testing::predictions(60));
    let part = table.read(&Selection::all().bodypart("snout").coord("x").frames(30..33)).unwrap();
    assert_eq!((part.columns().len(), part.num_frames()), (1, 3));
}

#[test]
fn columns_and_levels_named_as_placeholders_come_back() {
    let x = |name: &str| flat(name, Arc::new(Float64Array::from(vec![1.0, 2.0])));
    let level = |name: Option<&str>, first: i64| {
        IndexLevel::new(name.map(Into::into), Arc::new(Int64Array::from(vec![first, 0])))
    };
    let columns = || vec![x("__index_level_0__"), x("__index_level_2__"), x("x")];
    for levels in [
        vec![level(None, 1)],
        vec![level(Some("__index_level_0__"), 1)],
        vec![level(Some("__index_level_1__"), 1), level(None, 2), level(Some("x"), 3)],
        vec![level(None, 1), level(Some("__index_level_1__"), 2), level(Some("__index_level_1__"), 3)],
    ] {
        let index = match levels.as_slice() {
            [level] => RowIndex::Labels(level.clone()),
            _ => RowIndex::Multi(levels),
        };
        let table = frame(&[None], columns(), index);
        testing::conformance(&roundtrip(&table), &table);
    }
}

#[test]
fn seconds_beyond_milliseconds_are_refused_by_name() {
    let index = IndexLevel::new(Some("t".into()), Arc::new(TimestampSecondArray::from(vec![i64::MAX])));
    let table = frame(&[None], vec![], RowIndex::Labels(index));
    let error = write_table(&table, Vec::new(), &WriteOptions::default()).unwrap_err();
    let expected = (i64::MAX, "t");
    let found = match error.kind() {
        ParquetErrorKind::LabelOutOfReach { column, seconds } => (*seconds, column.as_str()),
        _ => panic!("{error}"),
    };
    assert_eq!(found, expected);
}

#[test]
fn row_groups_are_the_same_however_small_the_pieces_are() {
    let table = testing::predictions(1_000);
    let mut options = WriteOptions::default();
    options.row_group_frames = 300;
    let written = |frames_per_piece: usize| {
        let mut writer = TableWriter::new(Vec::new(), table.schema(), &options).expect("it can be named");
        for piece in table.batches(&Selection::all(), frames_per_piece).expect("it has frames") {
            writer.write(&piece.expect("it is in memory")).expect("it is of the same schema");
        }
        writer.finish().expect("it can be written")
    };
    let whole = written(1_000);
    testing::conformance(&ParquetTable::from_bytes(whole.clone()).expect("it opens"), &table);
    for frames_per_piece in [1, 3, 64, 299, 301] {
        assert!(written(frames_per_piece) == whole, "pieces of {frames_per_piece} frames");
    }
}
