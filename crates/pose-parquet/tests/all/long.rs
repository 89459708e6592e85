//! Long files are flat for others, and the wide table here.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int16Array, StringArray, TimestampSecondArray,
};
use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::file::metadata::{KeyValue, ParquetMetaData, RowGroupMetaData};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use pose_frame::{
    IndexLevel, Label, LongNames, LongTable, Metadata, PoseFrame, PoseTable, RangeIndex, RowIndex, Selection,
    testing,
};
use pose_parquet::{
    Layout, Narrow, ParquetError, ParquetErrorKind, ParquetTable, TableWriter, WriteOptions, write_table,
};
use serde_json::{Value, json};

use crate::frame;

fn long(row_group_frames: usize) -> WriteOptions {
    let mut options = WriteOptions::default().with_layout(Layout::Long(LongNames::default()));
    options.row_group_frames = row_group_frames;
    options
}

fn written(table: &dyn PoseTable, options: &WriteOptions) -> Vec<u8> {
    write_table(table, Vec::new(), options).unwrap_or_else(|error| panic!("{error}"))
}

fn metadata_of(file: &[u8]) -> ParquetMetaData {
    SerializedFileReader::new(Bytes::copy_from_slice(file)).unwrap().metadata().clone()
}

fn entry(file: &[u8], key: &str) -> Value {
    let metadata = metadata_of(file);
    let entries = metadata.file_metadata().key_value_metadata().unwrap();
    let entry = entries.iter().find(|entry| entry.key == key).unwrap();
    serde_json::from_str(entry.value.as_ref().unwrap()).unwrap()
}

/// Two animals and a corner, with coords of several types of which the corner has few.
fn animals(rows: usize) -> PoseFrame {
    let labels = |labels: [&str; 4]| labels.map(Label::from).to_vec();
    let floats = |first: u64| {
        let odd = |row: usize| {
            f64::from_bits(if row % 3 == 1 { 0x7ff8_0000_0000_0000 + first } else { first << 50 })
        };
        Arc::new(Float64Array::from_iter_values((0..rows).map(odd))) as ArrayRef
    };
    let narrow = Arc::new(Float32Array::from_iter_values(
        (0..rows).map(|row| f32::from_bits(u32::try_from(row).unwrap() * 7)),
    )) as ArrayRef;
    let seen = (0..rows).map(|row| (row % 4 != 2).then_some(row % 3 == 0)).collect::<BooleanArray>();
    let notes = (0..rows).map(|row| (row % 2 == 0).then(|| format!("尾{row}"))).collect::<StringArray>();
    let columns = vec![
        (labels(["net", "m2", "tail", "y"]), floats(5)),
        (labels(["net", "m2", "tail", "x"]), floats(6)),
        (labels(["net", "m2", "tail", "likelihood"]), Arc::clone(&narrow)),
        (labels(["net", "single", "corner", "x"]), floats(0)),
        (labels(["net", "single", "corner", "seen"]), Arc::new(seen)),
        (labels(["net", "m1", "tail", "x"]), floats(8)),
        (labels(["net", "m1", "tail", "likelihood"]), narrow),
        (labels(["net", "m1", "tail", "note"]), Arc::new(notes)),
    ];
    let levels = ["scorer", "individuals", "bodyparts", "coords"].map(Some);
    let index = RowIndex::Range(RangeIndex { name: Some("frame".into()), start: -9, step: 4, len: rows });
    frame(&levels, columns, index)
}

fn skeleton(rows: usize) -> PoseFrame {
    let columns = [("a_b", "length"), ("a_b", "orientation"), ("b_c", "length"), ("b_c", "orientation")];
    let columns = columns.map(|(bone, figure)| {
        let values: ArrayRef = Arc::new(Float64Array::from_iter_values(
            (0..rows).map(|row| 0.1 * f64::from(u32::try_from(row).unwrap())),
        ));
        (vec![Label::from(bone), Label::from(figure)], values)
    });
    let numbers =
        (0..rows).map(|row| (row != 1).then_some(i16::try_from(row).unwrap() - 3)).collect::<Int16Array>();
    let index = RowIndex::Labels(IndexLevel::new(Some("image".into()), Arc::new(numbers)));
    frame(&[None, None], columns.to_vec(), index)
}

fn samples(rows: usize) -> [PoseFrame; 4] {
    [testing::predictions(rows), testing::labels(rows), animals(rows), skeleton(rows)]
}

#[test]
fn long_files_are_wide_here_bit_for_bit() {
    for rows in [0, 1, 2, 30] {
        for table in samples(rows) {
            for mut options in [long(7), long(1 << 20)] {
                let mut metadata = Metadata::default();
                metadata.frame_rate_hz = (options.row_group_frames == 7).then_some(29.97);
                options = options.with_metadata(metadata.clone());
                for names in [LongNames::default(), LongNames::aniframe()] {
                    options.layout = Layout::Long(names);
                    let back = ParquetTable::from_bytes(written(&table, &options)).unwrap();
                    assert_eq!(*back.schema().metadata(), metadata);
                    assert!(back.long_layout().is_some());
                    testing::conformance(&back, &table);
                }
            }
        }
    }
}

#[test]
fn a_table_in_pieces_is_the_same_file() {
    for table in samples(50) {
        let options = long(6);
        let mut writer = TableWriter::new(Vec::new(), table.schema(), &options).unwrap();
        for piece in table.batches(&Selection::all(), 11).unwrap() {
            writer.write(&piece.unwrap()).unwrap();
        }
        assert!(writer.finish().unwrap() == written(&table, &options));
    }
}

/// Two coords of a point, of which the second is exactly float32, in rows that are counted from there on.
fn counted(start: i64, rows: usize) -> PoseFrame {
    let tenths = Arc::new(Float64Array::from(vec![0.1; rows])) as ArrayRef;
    let halves = Arc::new(Float64Array::from(vec![0.5; rows])) as ArrayRef;
    let key = |coord: &str| ["snout", coord].map(Label::from).to_vec();
    let index = RowIndex::Range(RangeIndex { name: None, start, step: 2, len: rows });
    frame(&[Some("bodyparts"), Some("coords")], vec![(key("x"), tenths), (key("y"), halves)], index)
}

#[test]
fn pieces_that_each_count_their_rows_from_anew_are_counted_on() {
    let mut writer = TableWriter::new(Vec::new(), counted(7, 0).schema(), &long(20)).unwrap();
    for rows in [11, 0, 1, 30] {
        writer.write(&counted(7, rows)).unwrap();
    }
    let back = ParquetTable::from_bytes(writer.finish().unwrap()).unwrap();
    testing::conformance(&back, &counted(7, 42));
}

#[test]
fn what_is_narrow_is_told_of_the_columns_that_are_written() {
    let table = counted(0, 50);
    // With a frame rate there is a column of times before the coords.
    let mut metadata = Metadata::default();
    metadata.frame_rate_hz = Some(30.0);
    for names in [LongNames::default(), LongNames::aniframe()] {
        let options =
            WriteOptions::default().with_narrow(Narrow::WhereExact).with_layout(Layout::Long(names));
        let file = written(&table, &options.with_metadata(metadata.clone()));
        assert_eq!(entry(&file, "pose")["narrow"], json!(["y"]));
        testing::conformance(&ParquetTable::from_bytes(file).unwrap(), &table);
    }
}

#[test]
fn a_frame_rate_that_is_no_number_is_not_known() {
    for rate in [f64::NAN, f64::INFINITY] {
        let mut metadata = Metadata::default();
        metadata.frame_rate_hz = Some(rate);
        let table = counted(0, 5);
        for layout in [Layout::Wide, long(1).layout] {
            let options = WriteOptions::default().with_layout(layout).with_metadata(metadata.clone());
            let back = ParquetTable::from_bytes(written(&table, &options)).unwrap();
            assert_eq!(back.schema().metadata().frame_rate_hz, None);
            testing::conformance(&back, &table);
        }
    }
}

#[test]
fn row_groups_are_of_whole_frames() {
    let rows_of = |options: &WriteOptions| -> Vec<i64> {
        let metadata = metadata_of(&written(&animals(50), options));
        metadata.row_groups().iter().map(RowGroupMetaData::num_rows).collect()
    };
    assert_eq!(rows_of(&long(20)), [60, 60, 30], "of three points");
    assert_eq!(rows_of(&long(1 << 20)), [150]);
    assert_eq!(rows_of(&long(0))[..2], [3, 3]);
}

#[test]
fn others_see_a_flat_table_with_dictionaries_of_labels() {
    let file = written(&testing::predictions(50), &long(1000));
    let pandas = entry(&file, "pandas");
    assert_eq!(
        pandas["index_columns"],
        json!([{"kind": "range", "name": null, "start": 0, "stop": 100, "step": 1}])
    );
    assert_eq!(pandas["column_indexes"].as_array().unwrap().len(), 1);
    let metadata = metadata_of(&file);
    let group = metadata.row_group(0);
    let names: Vec<String> = group.columns().iter().map(|column| column.column_path().string()).collect();
    assert_eq!(names, ["frame", "scorer", "bodypart", "x", "y", "likelihood"]);
    let dictionary =
        |column: usize| group.column(column).encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY);
    assert_eq!([0, 1, 2, 3].map(dictionary), [false, true, true, false]);
    let pose = entry(&file, "pose");
    assert_eq!((&pose["version"], &pose["kind"]), (&json!(1), &json!("predictions")));
    assert_eq!(pose["long"]["stored"][5], json!({"name": "likelihood", "holds": {"coord": "likelihood"}}));
}

#[test]
fn wide_files_say_nothing_of_a_layout() {
    let file = written(&testing::predictions(5), &WriteOptions::default());
    assert_eq!(entry(&file, "pose").get("long"), None);
    assert!(ParquetTable::from_bytes(file).unwrap().long_layout().is_none());
}

#[test]
fn what_cannot_be_long_is_refused_before_anything_is_written() {
    let values: ArrayRef = Arc::new(Float64Array::from(vec![1.0]));
    let seconds = IndexLevel::new(None, Arc::new(TimestampSecondArray::from(vec![1])));
    let table = frame(&[Some("coords")], vec![(vec!["x".into()], values)], RowIndex::Labels(seconds));
    let mut out = Vec::new();
    let error = TableWriter::new(&mut out, table.schema(), &long(1)).err().expect("it cannot be long");
    assert!(error.to_string().contains("labelled by Timestamp(s)"), "{error}");
    assert!(out.is_empty());
}

/// The same row groups under another `pose` entry.
fn with_pose_entry(file: &[u8], pose: &Value) -> Vec<u8> {
    let groups: Vec<usize> = (0..metadata_of(file).num_row_groups()).collect();
    rewritten(file, pose, &groups)
}

/// These row groups under this `pose` entry, as another program writes them.
fn rewritten(file: &[u8], pose: &Value, groups: &[usize]) -> Vec<u8> {
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(file)).unwrap();
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema_descr().root_schema_ptr();
    let mut writer =
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(WriterProperties::builder().build())).unwrap();
    for row_group in groups.iter().map(|&group| metadata.row_group(group)) {
        let mut group = writer.next_row_group().unwrap();
        for column in row_group.columns() {
            let close = parquet::column::writer::ColumnCloseResult {
                bytes_written: column.compressed_size().try_into().unwrap(),
                rows_written: row_group.num_rows().try_into().unwrap(),
                metadata: column.clone(),
                bloom_filter: None,
                column_index: None,
                offset_index: None,
            };
            group.append_column(&Bytes::copy_from_slice(file), close).unwrap();
        }
        group.close().unwrap();
    }
    for key_value in metadata.file_metadata().key_value_metadata().unwrap() {
        let value = if key_value.key == "pose" { Some(pose.to_string()) } else { key_value.value.clone() };
        writer.append_key_value_metadata(KeyValue { key: key_value.key.clone(), value });
    }
    writer.into_inner().unwrap()
}

fn open_with(file: &[u8], pose: &Value) -> Result<ParquetTable, ParquetError> {
    ParquetTable::from_bytes(with_pose_entry(file, pose))
}

#[test]
fn layouts_that_contradict_the_file_are_refused() {
    let file = written(&animals(10), &long(4));
    let good = entry(&file, "pose");
    testing::conformance(&open_with(&file, &good).unwrap(), &animals(10));
    let cases: [(&str, Value, &str); 16] = [
        ("/long/frames", json!(9), "30 rows are not 9 frames of 3 points"),
        ("/long/frames", json!(u64::MAX), "30 rows are not"),
        ("/long/frames", json!(-1), "invalid"),
        ("/long/levels", json!(["scorer"]), "no level is left"),
        ("/long/levels", json!([]), "no level is left"),
        ("/long/columns", json!([]), "without columns"),
        ("/long/columns/0", json!(["net"]), "no column holds the values of net"),
        ("/long/columns/0", json!(["net", "m2", "tail", "z"]), "no column holds the values of net/m2/tail/z"),
        ("/long/columns/0", json!(["net", "m2", "tail", "x"]), "two columns have the key"),
        ("/long/columns/0/1", json!("m3"), "30 rows are not 10 frames of 4 points"),
        ("/long/columns/0/1", json!(1.5), "did not match"),
        ("/long/rows", json!({"range": {"name": null, "start": 0, "step": 1}}), "\"frame\" is -9"),
        ("/long/rows", json!({"multi": [null, null]}), "2 levels of row labels"),
        ("/long/stored/4/name", json!("speed"), "there is no column \"speed\""),
        ("/long/stored/3/holds", json!({"level": 7}), "no column holds"),
        ("/long/stored/0/holds", json!("nothing"), "unknown variant"),
    ];
    for (place, value, says) in cases {
        let mut other = good.clone();
        *other.pointer_mut(place).unwrap_or_else(|| panic!("{place} is there")) = value.clone();
        let Err(error) = open_with(&file, &other) else { panic!("{place} {value}: it opens") };
        assert!(
            matches!(
                error.kind(),
                ParquetErrorKind::Entry { entry: "pose", .. } | ParquetErrorKind::Layout { .. }
            ),
            "{place} {value}: {error}"
        );
        assert!(error.to_string().contains(says), "{place} {value}: {error}");
    }
}

#[test]
fn frames_that_another_program_put_in_another_order_are_noticed() {
    let file = written(&counted(0, 5), &long(1));
    let pose = entry(&file, "pose");
    let open = |groups: &[usize]| ParquetTable::from_bytes(rewritten(&file, &pose, groups));
    testing::conformance(&open(&[0, 1, 2, 3, 4]).unwrap(), &counted(0, 5));
    let error =
        open(&[0, 2, 1, 3, 4]).expect_err("the first and the last frame are where they were").to_string();
    assert!(error.contains("row 1 is of another frame or point: its \"frame\" is 4"), "{error}");
}

#[test]
fn points_in_another_order_are_noticed() {
    let file = written(&animals(10), &long(4));
    let mut pose = entry(&file, "pose");
    // The corner and the second animal change places.
    let columns = pose["long"]["columns"].as_array_mut().unwrap();
    columns.rotate_left(3);
    let error = open_with(&file, &pose).expect_err("the rows are in another order");
    assert!(
        error.to_string().contains("row 0 is of another frame or point: its \"individual\" is \"m2\""),
        "{error}"
    );
}

/// Where in a document something stands.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| places(item, &format!("{here}/{at}"), found));
        }
        Value::Object(items) => {
            items.iter().for_each(|(key, item)| places(item, &format!("{here}/{key}"), found));
        }
        _ => {}
    }
}

#[test]
fn no_layout_makes_the_reader_panic() {
    for table in [animals(5), testing::labels(5)] {
        let file = written(&table, &long(4));
        let good = entry(&file, "pose");
        let mut all = Vec::new();
        places(&good["long"], "/long", &mut all);
        let odd = [
            json!(null),
            json!(-1),
            json!(u64::MAX),
            json!(1),
            json!(""),
            json!("x"),
            json!([]),
            json!({}),
            json!("frame"),
        ];
        let (mut opened, mut refused) = (0, 0);
        for place in &all {
            for value in &odd {
                let mut changed = good.clone();
                *changed.pointer_mut(place).expect("it is there") = value.clone();
                match open_with(&file, &changed) {
                    Ok(table) => {
                        opened += 1;
                        table.load().unwrap_or_else(|error| panic!("{place} {value}: {error}"));
                    }
                    Err(error) => {
                        refused += 1;
                        assert!(!error.to_string().contains("damaged"), "{place} {value}: {error}");
                    }
                }
            }
        }
        assert!(opened > 0 && refused > opened, "{opened} opened, {refused} refused");
    }
}

#[test]
fn a_long_file_opens_as_it_is_stored() {
    let path = std::env::temp_dir().join(format!("pose-parquet-{}-long.parquet", std::process::id()));
    let table = testing::predictions(10);
    let mut pose = entry(&written(&table, &long(4)), "pose");
    pose["long"]["frames"] = json!(7);
    std::fs::write(&path, with_pose_entry(&written(&table, &long(4)), &pose)).unwrap();
    let error = ParquetTable::open(&path).unwrap_err();
    let stored = ParquetTable::open_as_stored(&path);
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(error.kind(), ParquetErrorKind::Layout { .. }), "{error}");
    let flat = LongTable::new(&table, &LongNames::default()).unwrap();
    testing::conformance(&stored.unwrap(), &flat.load().unwrap());
}
