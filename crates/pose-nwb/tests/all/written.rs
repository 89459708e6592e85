//! What is written comes back bit for bit.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, StringArray, TimestampNanosecondArray,
    UInt8Array,
};
use pose_frame::testing::{conformance, labels, predictions};
use pose_frame::{
    Column, ColumnKey, Filter, FilteredTable, IndexLevel, Label, PoseFrame, PoseSchema, PoseTable,
    RangeIndex, RowIndex, Selection, Tolerance, first_difference,
};
use pose_nwb::{
    Form, NdxPose, NwbFile, NwbTable, TableForm, Timing, WriteOptions, append_table, write_table,
};

use crate::files::{create, options, write};

fn frame(levels: &[Option<&str>], columns: Vec<(Vec<Label>, ArrayRef)>, index: RowIndex) -> PoseFrame {
    let (columns, arrays): (Vec<Column>, Vec<ArrayRef>) = columns
        .into_iter()
        .map(|(key, array)| (Column::new(ColumnKey::new(key), array.data_type().clone()), array))
        .unzip();
    let levels = levels.iter().map(|name| name.map(Into::into)).collect();
    let schema = PoseSchema::new(levels, columns, index.schema()).expect("it is well formed");
    PoseFrame::new(Arc::new(schema), index, arrays).expect("it is well formed")
}

fn key(labels: &[&str]) -> Vec<Label> {
    labels.iter().map(|label| Label::from(*label)).collect()
}

fn f64s(values: [f64; 4]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

/// Several animals in odd orders and types, with rows of several labels.
fn odd() -> PoseFrame {
    let levels = [Some("scorer"), Some("individuals"), Some("bodyparts"), Some("coords")];
    let nan = f64::from_bits(0x7ff8_dead_beef_0001);
    let columns = vec![
        (key(&["net", "b", "tail", "y"]), f64s([1.0, 2.0, nan, -0.0])),
        (
            key(&["net", "a", "snout/nose", "x"]),
            Arc::new(Float32Array::from(vec![0.1, f32::NAN, 2.0, 3.0])) as ArrayRef,
        ),
        (key(&["net", "b", "tail", "x"]), f64s([f64::INFINITY, 0.1, 0.2, 0.3])),
        (key(&["net", "a", "snout/nose", "y"]), Arc::new(Float32Array::from(vec![1.5; 4]))),
        (key(&["net", "a", "snout/nose", "likelihood"]), f64s([0.5; 4])),
        (
            key(&["net", "single", "corner", "x"]),
            Arc::new(Int64Array::from(vec![Some(i64::MAX), None, Some(-1), Some(0)])),
        ),
        (key(&["net", "single", "corner", "y"]), f64s([7.0; 4])),
        (key(&["net", "a", "snout/nose", "x2"]), f64s([9.0, nan, 8.0, 7.0])),
        (
            key(&["net", "b", "tail", "seen"]),
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)])),
        ),
        (
            key(&["net", "b", "tail", "note"]),
            Arc::new(StringArray::from(vec![Some("a"), None, Some(""), Some("尾\n🐭")])),
        ),
        (key(&["net", "b", "other", "x"]), Arc::new(UInt8Array::from(vec![255, 0, 1, 2]))),
    ];
    let labels: ArrayRef = Arc::new(StringArray::from(vec![Some("labeled-data"), Some(""), None, Some("z")]));
    let times: ArrayRef = Arc::new(
        TimestampNanosecondArray::from(vec![Some(1), None, Some(i64::MIN), Some(7)])
            .with_timezone("Europe/Zurich"),
    );
    let index =
        RowIndex::Multi(vec![IndexLevel::new(None, labels), IndexLevel::new(Some("t".into()), times)]);
    frame(&levels, columns, index)
}

/// One point without a name, rows counted from 3 backwards.
fn flat() -> PoseFrame {
    let columns = ["x", "y", "likelihood"].map(|name| (key(&[name]), f64s([0.5, 1.5, f64::NAN, 2.5])));
    let index = RowIndex::Range(RangeIndex { name: Some("frame".into()), start: 3, step: -1, len: 4 });
    frame(&[None], columns.to_vec(), index)
}

/// Points in space, without likelihoods.
fn space() -> PoseFrame {
    let columns = ["tail", "snout"].into_iter().flat_map(|bodypart| {
        ["x", "y", "z"].map(|coord| (key(&["3d", bodypart, coord]), f64s([0.1, 0.2, f64::NAN, 0.4])))
    });
    frame(&[Some("scorer"), Some("bodyparts"), Some("coords")], columns.collect(), RowIndex::range(4))
}

#[test]
fn every_table_comes_back_bit_for_bit_in_every_version() {
    for version in NdxPose::ALL {
        let options = options().with_version(version);
        for table in [predictions(100), predictions(0), predictions(1), labels(7), odd(), flat(), space()] {
            conformance(&write(&table, &options).open(), &table);
        }
    }
}

#[test]
fn only_the_individuals_that_are_named_are_written() {
    let table = odd();
    for names in [&["b"][..], &["a", "single"]] {
        let chosen = |options: WriteOptions, name: &&str| options.with_individual(*name);
        let options = names.iter().fold(options(), chosen);
        let selection = names.iter().fold(Selection::all(), |selection, name| selection.individual(*name));
        let expected = FilteredTable::new(&table, &Filter::select(selection)).expect("they are there");
        assert!(expected.schema().columns().len() < table.schema().columns().len());
        let written = write(&table, &options);
        let difference = first_difference(&expected, &written.open(), Tolerance::BitForBit);
        assert_eq!(difference.expect("both read"), None, "{names:?}");
    }
    let options = options().with_individual("nobody");
    let error = write_table(&table, tempfile::tempfile().expect("there is room"), &options);
    let error = error.expect_err("there is no such individual").to_string();
    assert!(error.contains("nobody"), "{error}");
}

#[test]
fn every_table_comes_back_as_training_frames_too() {
    let mut options = options();
    options.form = Some(Form::Training);
    for table in [predictions(10), labels(30), odd(), flat(), space()] {
        conformance(&write(&table, &options).open(), &table);
    }
}

#[test]
fn many_batches_come_back_as_one_table() {
    let table = predictions(200_000);
    let written = write(&table, &options());
    let difference = first_difference(&written.open(), &table, Tolerance::BitForBit).expect("both read");
    assert_eq!(difference, None);
}

#[test]
fn values_that_are_missing_in_a_later_batch_are_missing() {
    const ROWS: u32 = 140_000;
    let f64s = || Arc::new(Float64Array::from_iter_values((0..ROWS).map(f64::from))) as ArrayRef;
    let seen: BooleanArray = (0..ROWS).map(|row| (row != 70_000).then_some(row % 3 == 0)).collect();
    let columns = vec![
        (key(&["tail", "x"]), f64s()),
        (key(&["tail", "y"]), f64s()),
        (key(&["tail", "seen"]), Arc::new(seen) as ArrayRef),
    ];
    let table = frame(&[Some("bodyparts"), Some("coords")], columns, RowIndex::range(ROWS as usize));
    assert!(ROWS as usize > 2 * pose_frame::default_batch_frames(table.schema()), "there are later batches");
    conformance(&write(&table, &options()).open(), &table);
}

#[test]
fn metadata_comes_back() {
    let mut metadata = pose_frame::Metadata::default();
    metadata.frame_rate_hz = Some(30_000.0 / 1_001.0);
    metadata.video = Some("open field.mp4".to_owned());
    metadata.skeleton_edges = vec![("snout".to_owned(), "tail base".to_owned())];
    let mut options = options().with_metadata(metadata.clone());
    options.timing = None;
    let written = write(&predictions(10), &options);
    let found = written.open().schema().metadata().clone();
    metadata.source = found.source.clone();
    assert_eq!(found, metadata);
}

#[test]
fn the_same_table_and_ids_give_the_same_bytes() {
    let (one, other) = (write(&odd(), &options()), write(&odd(), &options()));
    assert!(std::fs::read(&one.path).unwrap() == std::fs::read(&other.path).unwrap());
}

#[test]
fn gaps_between_frames_are_gaps_in_time() {
    let columns = ["x", "y"].map(|coord| (key(&["snout", coord]), f64s([0.0; 4])));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![0, 1, 5, 6]));
    let index = RowIndex::Labels(IndexLevel::new(None, numbers));
    let table = frame(&[Some("bodyparts"), Some("coords")], columns.to_vec(), index);
    let options = options().with_timing(Timing::Rate { hz: 2.0, start_seconds: 10.0 });
    let written = write(&table, &options);
    conformance(&written.open(), &table);
    let plain = NwbTable::open(&written.path, Some("behavior/PoseEstimation")).expect("it is there");
    let labels = plain.load().expect("it reads").index().to_levels();
    assert_eq!(labels[0].name.as_deref(), Some("time"));
    assert_eq!(*labels[0].values, *(Arc::new(Float64Array::from(vec![10.0, 10.5, 12.5, 13.0])) as ArrayRef));
}

#[test]
fn without_the_note_individuals_bodyparts_and_values_are_there() {
    let levels = [Some("scorer"), Some("individuals"), Some("bodyparts"), Some("coords")];
    let columns = ["a", "b"].into_iter().flat_map(|individual| {
        ["snout", "tail"].into_iter().flat_map(move |bodypart| {
            ["x", "y", "likelihood"]
                .map(move |coord| (key(&["net", individual, bodypart, coord]), f64s([0.1, 0.2, 0.3, 0.4])))
        })
    });
    let table = frame(&levels, columns.collect(), RowIndex::range(4));
    let written = write(&table, &options());
    let file = NwbFile::open(&written.path).expect("it opens");
    let entries: Vec<_> = file.tables().into_iter().map(|entry| (entry.key, entry.form)).collect();
    assert_eq!(entries, [("pose_table".to_owned(), TableForm::Noted)]);
    // What another program would find.
    let bytes = std::fs::read(&written.path).unwrap();
    let note = b"{\"pose\":1".as_slice();
    let at = bytes.windows(note.len()).position(|window| window == note).expect("the note is there");
    let mut plain = bytes.clone();
    plain[at + 8] = b'9';
    let path = written.folder.path().join("plain.nwb");
    std::fs::write(&path, plain).unwrap();
    conformance(&NwbTable::open(&path, None).expect("it opens"), &table);
}

#[test]
fn tables_are_added_to_a_file_and_the_others_stay() {
    let written = write(&predictions(50), &options());
    let file = std::fs::File::options().read(true).write(true).open(&written.path).unwrap();
    let mut other = WriteOptions::default().with_timing(Timing::rate(25.0));
    other.key = Some("second".to_owned());
    append_table(&space(), file, &other).expect("it is added");
    let file = NwbFile::open(&written.path).expect("it opens");
    let keys: Vec<_> = file.tables().into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys, ["pose_table", "second"]);
    conformance(&file.table(Some("pose_table")).unwrap(), &predictions(50));
    conformance(&file.table(Some("second")).unwrap(), &space());
    let error = file.table(None).err().expect("there are two").to_string();
    assert!(error.contains("pose_table, second"), "{error}");
    let error = file.table(Some("third")).err().expect("there is none").to_string();
    assert!(error.contains("\"third\"") && error.contains("pose_table, second"), "{error}");

    let file = std::fs::File::options().read(true).write(true).open(&written.path).unwrap();
    let error = append_table(&space(), file, &other).expect_err("it is there").to_string();
    assert_eq!(error, "the file has something called /scratch/second already");
}

#[test]
fn a_note_about_a_table_that_was_changed_is_passed_over_and_told() {
    let written = write(&predictions(50), &options());
    let bytes = std::fs::read(&written.path).unwrap();
    // Another program removes the data of a series: their name in the note is no longer one of the file.
    let name = b"PoseEstimation/snout/data".as_slice();
    let at = bytes.windows(name.len()).position(|window| window == name).expect("it is noted");
    let mut changed = bytes.clone();
    changed[at + name.len() - 1] = b'b';
    std::fs::write(&written.path, changed).unwrap();
    let table = written.open();
    assert!(table.notes()[0].contains("about a table that was changed"), "{:?}", table.notes());
    assert_eq!((table.key(), table.num_frames()), ("behavior/PoseEstimation", 50));
}

#[test]
fn training_frames_of_labels_are_written_without_a_frame_rate() {
    let mut options = options();
    options.timing = None;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.nwb");
    write_table(&labels(7), create(&path), &options).expect("labels need no times");
    conformance(&NwbTable::open(&path, None).unwrap(), &labels(7));
}
