//! What every implementor of [`PoseTable`] tests itself with (feature `testing`).
//!
//! [`conformance`] is the suite; [`predictions`] and [`labels`] are tables to write and read back.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray};
use arrow_schema::DataType;

use crate::{
    Column, ColumnKey, IndexLevel, PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, TableErrorKind,
    Tolerance, first_difference,
};

/// Checks that a table keeps the promises of [`PoseTable`], and that it holds what `expected` holds.
///
/// # Panics
///
/// With the promise that is broken.
pub fn conformance(table: &dyn PoseTable, expected: &PoseFrame) {
    assert_eq!(table.schema().kind(), expected.schema().kind(), "kind of the table");
    let difference = first_difference(table, expected, Tolerance::BitForBit).expect("the table can be read");
    assert!(difference.is_none(), "the table differs from what was expected: {}", difference.unwrap());
    let whole = table.load().expect("the table loads");
    assert_eq!(whole.num_frames(), table.num_frames(), "`load` reads every frame");
    assert_eq!(whole.schema(), table.schema(), "`load` gives the schema that the table announces");
    frame_ranges(table, &whole);
    column_selections(table, &whole);
    batches(table, &whole);
    refusals(table);
}

fn frame_ranges(table: &dyn PoseTable, whole: &PoseFrame) {
    let n = table.num_frames();
    for frames in [0..0, 0..n.min(1), n / 3..n - n / 3, n.saturating_sub(1)..n, n..n] {
        let part = table.read(&Selection::all().frames(frames.clone())).expect("a frame range can be read");
        assert_same(&part, whole, &Selection::all().frames(frames));
    }
}

fn column_selections(table: &dyn PoseTable, whole: &PoseFrame) {
    let num_columns = table.schema().columns().len();
    let none = table.read(&Selection::all().columns([])).expect("no columns can be read");
    assert_eq!((none.columns().len(), none.num_frames()), (0, table.num_frames()), "no columns, all frames");
    for column in [0, num_columns / 2, num_columns.saturating_sub(1)] {
        let Some(Column { key, .. }) = table.schema().columns().get(column) else { continue };
        let frames = table.num_frames() / 2..table.num_frames();
        let selection = Selection::all().key(key.clone()).frames(frames);
        assert_same(&table.read(&selection).expect("one column can be read"), whole, &selection);
        let array = table.column(key).expect("`column` finds a key of the schema");
        assert!(array.as_ref() == whole.columns()[column].as_ref(), "`column` reads {key}");
    }
    // Asked for backwards, columns still come in the order of the table.
    let backwards = Selection::all().columns((0..num_columns).rev().step_by(2));
    assert_same(&table.read(&backwards).expect("every other column can be read"), whole, &backwards);
    for (level, _) in table.schema().levels().iter().enumerate() {
        for label in table.schema().labels_at(level).into_iter().take(3) {
            let selection = Selection::all().level_at(level, label.clone());
            assert_same(&table.read(&selection).expect("a label can be selected"), whole, &selection);
        }
    }
}

fn batches(table: &dyn PoseTable, whole: &PoseFrame) {
    let n = table.num_frames();
    for size in [0, 1, 2, n / 2 + 1, n, n + 1] {
        // Batches of one frame from a long table would take minutes and show no more than these.
        let frames = 0..n.min(size.max(1).saturating_mul(50));
        let selection = Selection::all().frames(frames.clone());
        let mut next = 0;
        for batch in table.batches(&selection, size).expect("batches start") {
            let batch = batch.expect("a batch can be read");
            assert!(batch.num_frames() <= size.max(1), "a batch has at most the frames asked for");
            let rows = next..next + batch.num_frames();
            assert_same(&batch, whole, &Selection::all().frames(rows));
            next += batch.num_frames();
        }
        assert_eq!(next, frames.end, "batches of {size} cover every frame");
    }
}

fn refusals(table: &dyn PoseTable) {
    let n = table.num_frames();
    let beyond = table.read(&Selection::all().frames(0..n + 1)).expect_err("frames past the end are refused");
    assert!(matches!(beyond.kind(), TableErrorKind::FramesOutOfRange { .. }), "{beyond}");
    let num_columns = table.schema().columns().len();
    let beyond = table.read(&Selection::all().columns([num_columns])).expect_err("no such column");
    assert!(matches!(beyond.kind(), TableErrorKind::ColumnOutOfRange { .. }), "{beyond}");
    let level = table.read(&Selection::all().level("no such level", "x")).expect_err("no such level");
    assert!(matches!(level.kind(), TableErrorKind::UnknownLevel { .. }), "{level}");
}

fn assert_same(part: &PoseFrame, whole: &PoseFrame, selection: &Selection) {
    let expected = whole.read(selection).expect("a frame in memory can be selected from");
    let difference = first_difference(part, &expected, Tolerance::BitForBit).expect("frames compare");
    assert!(difference.is_none(), "{selection:?}: {}", difference.unwrap());
    assert_eq!(part.schema(), expected.schema(), "{selection:?}: the schema of the selection");
}

/// Predictions of two bodyparts by one scorer, with NaN of both signs and a payload, -0.0 and infinities; rows
/// are labelled by integers.
///
/// # Panics
///
/// Never: the table is well formed.
#[must_use]
pub fn predictions(num_frames: usize) -> PoseFrame {
    let keys = ["snout", "tail base"]
        .into_iter()
        .flat_map(|bodypart| ["x", "y", "likelihood"].map(|coord| ["DLC_net", bodypart, coord]));
    let columns: Vec<Column> = keys.map(|key| Column::new(ColumnKey::new(key), DataType::Float64)).collect();
    let odd =
        [f64::NAN, -f64::NAN, f64::from_bits(0x7ff8_dead_beef_0001), -0.0, f64::INFINITY, f64::MIN_POSITIVE];
    let value = |column: usize, frame: usize| match (frame * 7 + column) % 23 {
        pick if pick < odd.len() => odd[pick],
        pick => f64::from(u32::try_from(frame % 1000 * 31 + column * 17 + pick).unwrap_or(0)) * 0.125,
    };
    let arrays = (0..columns.len()).map(|column| {
        let values: Vec<f64> = (0..num_frames).map(|frame| value(column, frame)).collect();
        Arc::new(Float64Array::from(values)) as ArrayRef
    });
    let labels =
        Int64Array::from_iter_values((0..num_frames).map(|frame| i64::try_from(frame).unwrap_or(0) + 5));
    let index = RowIndex::Labels(IndexLevel::new(None, Arc::new(labels)));
    let levels = ["scorer", "bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
    frame(levels, columns, index, arrays.collect())
}

/// Labels set by a person on some images, under names that are hard on writers: rows carry folder, video and
/// image.
///
/// # Panics
///
/// Never: the table is well formed.
#[must_use]
pub fn labels(num_images: usize) -> PoseFrame {
    let keys = ["it's, \"quoted\"", "尾\n🐭"]
        .into_iter()
        .flat_map(|bodypart| ["x", "y"].map(|coord| ["Marie Curie", bodypart, coord]));
    let columns: Vec<Column> = keys.map(|key| Column::new(ColumnKey::new(key), DataType::Float64)).collect();
    let arrays = (0..columns.len()).map(|column| {
        let value = |image: usize| {
            if (image + column).is_multiple_of(5) {
                f64::NAN
            } else {
                0.1 * f64::from(u32::try_from(image).unwrap_or(0))
            }
        };
        Arc::new(Float64Array::from_iter_values((0..num_images).map(value))) as ArrayRef
    });
    let level = |text: &dyn Fn(usize) -> String| {
        IndexLevel::new(None, Arc::new(StringArray::from_iter_values((0..num_images).map(text))))
    };
    let index = RowIndex::Multi(vec![
        level(&|_| "labeled-data".to_owned()),
        level(&|image| format!("video {}", image % 2)),
        level(&|image| format!("img{image:04}.png")),
    ]);
    let levels = ["scorer", "bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
    frame(levels, columns, index, arrays.collect())
}

fn frame(
    levels: Vec<crate::LevelName>,
    columns: Vec<Column>,
    index: RowIndex,
    arrays: Vec<ArrayRef>,
) -> PoseFrame {
    let schema =
        PoseSchema::new(levels, columns, index.schema()).expect("the sample's schema is well formed");
    PoseFrame::new(Arc::new(schema), index, arrays).expect("the sample's columns fit its schema")
}
