//! What is written comes back.

use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, StringArray};
use arrow_schema::DataType;
use pose_frame::testing::{conformance, labels, predictions};
use pose_frame::{
    Column, ColumnKey, IndexSchema, Metadata, PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex,
    Selection, Tolerance, first_difference,
};
use pose_hdf5::compression::{BloscCodec, Compression, Level, Shuffle};
use pose_hdf5::{
    Hdf5File, Hdf5Table, Hdf5WriteErrorKind, OpenOptions, Storage, WriteOptions, append_table, write_table,
};

fn create(path: &Path) -> std::fs::File {
    let options = std::fs::File::options().read(true).write(true).create(true).truncate(true).open(path);
    options.expect("it can be made")
}

fn written(frame: &PoseFrame, path: &Path, options: &WriteOptions) -> Hdf5Table {
    write_table(frame, create(path), options).unwrap_or_else(|error| panic!("{error}"));
    Hdf5Table::open(path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// The same table with rows that are counted.
fn counted(frame: &PoseFrame, range: RangeIndex) -> PoseFrame {
    let (levels, columns) = (frame.schema().levels().to_vec(), frame.schema().columns().to_vec());
    let schema = PoseSchema::new(levels, columns, IndexSchema::Range { name: range.name.clone() });
    let schema = Arc::new(schema.expect("the schema was sound before"));
    PoseFrame::new(schema, RowIndex::Range(range), frame.columns().to_vec()).expect("so was the table")
}

fn ways() -> Vec<WriteOptions> {
    let level = Level::new(1).expect("a level");
    let shuffle = Shuffle::Bytes;
    let compressions = [
        Compression::None,
        Compression::Zlib { level, shuffle },
        Compression::Blosc { codec: BloscCodec::Lz4, level, shuffle },
        Compression::Blosc { codec: BloscCodec::Zstd, level, shuffle },
    ];
    let storages = [Storage::Table, Storage::Fixed];
    let ways = storages.iter().flat_map(|&storage| compressions.map(|compression| (storage, compression)));
    ways.map(|(storage, compression)| {
        WriteOptions::default().with_storage(Some(storage)).with_compression(compression)
    })
    .collect()
}

#[test]
fn every_storage_and_compression_keeps_the_promises_of_the_trait() {
    let scratch = tempfile::tempdir().expect("there is room");
    for frame in [predictions(0), predictions(1), predictions(1000), labels(0), labels(40)] {
        for options in ways() {
            // Rows with several labels below columns of several levels have no table format.
            if frame.schema().index().fields().len() > 1 && options.storage == Some(Storage::Table) {
                continue;
            }
            conformance(&written(&frame, &scratch.path().join("out.h5"), &options), &frame);
        }
    }
}

#[test]
fn large_tables_are_written_and_read_by_several_threads() {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("large.h5");
    let frame = predictions(180_001);
    for options in ways() {
        let table = written(&frame, &path, &options);
        let difference = first_difference(&frame, &table.load().expect("it reads"), Tolerance::BitForBit);
        assert_eq!(difference.expect("both read"), None, "{options:?}");
        // Neither end where a chunk does.
        let some = Selection::all().coord("x").frames(4_321..170_003);
        let expected = frame.read(&some).expect("it reads");
        let found = table.read(&some).expect("it reads");
        let difference = first_difference(&expected, &found, Tolerance::BitForBit);
        assert_eq!(difference.expect("both read"), None, "{options:?}");
    }
}

#[test]
fn equal_tables_make_equal_files() {
    let scratch = tempfile::tempdir().expect("there is room");
    let (one, other) = (scratch.path().join("one.h5"), scratch.path().join("other.h5"));
    for frame in [predictions(60_000), labels(300)] {
        for options in ways().into_iter().map(|options| options.with_storage(None)) {
            written(&frame, &one, &options);
            written(&frame, &other, &options);
            assert!(std::fs::read(&one).expect("it reads") == std::fs::read(&other).expect("it reads"));
        }
    }
}

#[test]
fn metadata_come_back_and_counted_rows_as_rows_with_labels() {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("out.h5");
    let mut metadata = Metadata::default();
    metadata.frame_rate_hz = Some(29.97);
    metadata.video = Some("mouse1.mp4".to_owned());
    let frame = counted(&predictions(50), RangeIndex { name: None, start: 7, step: -3, len: 50 });
    let some = frame.read(&Selection::all().frames(10..30)).expect("it reads");
    for options in ways() {
        let table = written(&some, &path, &options.with_metadata(metadata.clone()));
        assert_eq!(table.schema().metadata().frame_rate_hz, Some(29.97));
        assert_eq!(table.schema().metadata().video.as_deref(), Some("mouse1.mp4"));
        assert!(matches!(table.schema().index(), IndexSchema::Labels(_)));
        let difference = first_difference(&some, &table, Tolerance::BitForBit);
        assert_eq!(difference.expect("both read"), None);
    }
}

#[test]
fn a_key_is_added_beside_others() {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("out.h5");
    let first = predictions(20);
    written(&first, &path, &WriteOptions::default());
    let keys = ["labels", "session/one", "session/two", "/deep/er/still/"];
    for key in keys {
        let file = std::fs::File::options().read(true).write(true).open(&path).expect("it opens");
        append_table(&labels(7), file, &WriteOptions::default().with_key(key)).expect("it is added");
    }
    let file = Hdf5File::open(&path).expect("it opens");
    assert!(file.other_objects().expect("it reads").is_empty());
    conformance(&file.table(Some("df_with_missing")).expect("it is there"), &first);
    for key in keys {
        conformance(&file.table(Some(key)).expect("it is there"), &labels(7));
    }
    // Neither a table nor a folder of tables is written over, nor is a table put into another.
    let before = std::fs::read(&path).expect("it reads");
    for key in ["labels", "session", "deep/er"] {
        let copy = scratch.path().join("copy.h5");
        std::fs::copy(&path, &copy).expect("it is copied");
        let file = std::fs::File::options().read(true).write(true).open(&copy).expect("it opens");
        let error =
            append_table(&first, file, &WriteOptions::default().with_key(key)).expect_err("it is there");
        assert!(matches!(error.kind(), Hdf5WriteErrorKind::KeyExists { .. }), "{error}");
    }
    assert!(before == std::fs::read(&path).expect("it reads"));
}

#[test]
fn keys_that_no_table_can_have_are_refused() {
    for key in ["", "/", "a//b", "..", "a/./b", "meta", "a/_i_table", "zero\0"] {
        let file = tempfile::tempfile().expect("there is room");
        let error =
            write_table(&predictions(3), file, &WriteOptions::default().with_key(key)).expect_err(key);
        assert!(matches!(error.kind(), Hdf5WriteErrorKind::Key { .. }), "{error}");
    }
}

#[test]
fn what_a_table_cannot_hold_is_fixed_unless_a_table_is_asked_for() {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("out.h5");
    let texts = |count: usize, text: &str| {
        let columns = (0..count)
            .map(|number| Column::new(ColumnKey::new([format!("column {number}").as_str()]), DataType::Utf8));
        let array: ArrayRef = Arc::new(StringArray::from(vec![Some(text), None]));
        let schema = PoseSchema::new(vec![None], columns.collect(), RowIndex::range(2).schema());
        let schema = Arc::new(schema.expect("the schema is sound"));
        PoseFrame::new(schema, RowIndex::range(2), vec![array; count]).expect("so is the table")
    };
    let wide = {
        let keys = (0..12_000).map(|number| ["scorer".to_owned(), format!("bodypart {number}")]);
        let columns = keys
            .map(|key| Column::new(ColumnKey::new(key.each_ref().map(String::as_str)), DataType::Float64));
        let schema = PoseSchema::new(vec![None, None], columns.collect(), RowIndex::range(1).schema());
        let array: ArrayRef = Arc::new(Float64Array::from(vec![1.5]));
        let schema = Arc::new(schema.expect("the schema is sound"));
        PoseFrame::new(schema, RowIndex::range(1), vec![array; 12_000]).expect("so is the table")
    };
    // Names, types of fields, a text that HDF5 would cut off.
    for frame in [wide, texts(1500, "a"), texts(1, "a\0")] {
        let as_table = WriteOptions::default().with_storage(Some(Storage::Table));
        let refused = write_table(&frame, create(&path), &as_table).map(drop);
        assert!(refused.is_err_and(|error| error.to_string().contains("fixed format can hold it")
            || matches!(error.kind(), Hdf5WriteErrorKind::TextEndsWithZero { .. })));
        let table = written(&frame, &path, &WriteOptions::default());
        assert_eq!(table.storage(), Storage::Fixed);
        assert_eq!(first_difference(&frame, &table, Tolerance::BitForBit).expect("both read"), None);
    }
}
