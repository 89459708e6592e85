//! Tables that can be long, of every shape.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Float32Array, Float64Array, Int16Array, Int64Array, StringArray, UInt64Array,
};
use pose_frame::{
    Column, ColumnKey, IndexLevel, Label, Metadata, PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex,
    testing,
};

pub(crate) fn table(
    levels: &[Option<&str>],
    columns: Vec<(Vec<Label>, ArrayRef)>,
    index: RowIndex,
) -> PoseFrame {
    let described = columns
        .iter()
        .map(|(key, array)| Column::new(ColumnKey::new(key.iter().cloned()), array.data_type().clone()));
    let levels = levels.iter().map(|name| name.map(Into::into)).collect();
    let schema = PoseSchema::new(levels, described.collect(), index.schema()).expect("it is well formed");
    PoseFrame::new(Arc::new(schema), index, columns.into_iter().map(|(_, array)| array).collect())
        .expect("it fits")
}

pub(crate) fn key<const N: usize>(labels: [&str; N]) -> Vec<Label> {
    labels.map(Label::from).to_vec()
}

fn floats(first: f64, rows: usize) -> ArrayRef {
    let odd = [f64::NAN, -f64::NAN, f64::from_bits(0x7ff8_dead_beef_0001), -0.0, f64::NEG_INFINITY];
    let value = |row: usize| {
        odd.get(row % 11).copied().unwrap_or(first + 0.5 * f64::from(u32::try_from(row).unwrap()))
    };
    Arc::new(Float64Array::from_iter_values((0..rows).map(value)))
}

/// Two animals, and a corner that is of no animal and has no likelihood; columns in no order; rows are counted.
pub(crate) fn several_animals(rows: usize) -> PoseFrame {
    let keys = [
        ["mus2", "tail", "likelihood"],
        ["mus2", "tail", "x"],
        ["single", "corner", "y"],
        ["mus1", "snout", "x"],
        ["mus2", "tail", "y"],
        ["mus1", "tail", "x"],
        ["mus1", "snout", "y"],
        ["single", "corner", "x"],
        ["mus1", "tail", "likelihood"],
    ];
    let columns =
        keys.into_iter().zip([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]).map(|(labels, first)| {
            let labels = [&["DLC net"][..], &labels].concat();
            (labels.into_iter().map(Label::from).collect(), floats(first, rows))
        });
    let index = RowIndex::Range(RangeIndex { name: Some("frames".into()), start: 40, step: -3, len: rows });
    let levels = ["scorer", "individuals", "bodyparts", "coords"].map(Some);
    table(&levels, columns.collect(), index)
}

/// Bones in levels without names.
pub(crate) fn skeleton(rows: usize) -> PoseFrame {
    let keys = ["snout_tail", "tail_foot"].into_iter().flat_map(|bone| {
        ["length", "orientation", "likelihood"].map(|figure| (key([bone, figure]), floats(3.0, rows)))
    });
    table(&[None, None], keys.collect(), RowIndex::range(rows))
}

/// A coord of every type that there is little of in pose tables, with missing values, and rows labelled by small numbers.
pub(crate) fn other_types(rows: usize) -> PoseFrame {
    let every_other = |row: &usize| row.is_multiple_of(2);
    let rows_of = || 0..rows;
    let columns = ["a", "b"].into_iter().flat_map(|part| {
        let narrow = rows_of().map(|row| f32::from_bits(0x7fc0_0000 + u32::try_from(row).unwrap() % 3));
        let some = |row: usize| Some(row).filter(every_other);
        let mut columns: Vec<(Vec<Label>, ArrayRef)> = vec![
            (key([part, "x"]), Arc::new(Float32Array::from_iter_values(narrow))),
            (
                key([part, "count"]),
                Arc::new(rows_of().map(|row| some(row).map(|row| row as u64)).collect::<UInt64Array>()),
            ),
            (
                key([part, "seen"]),
                Arc::new(rows_of().map(|row| some(row).map(|_| part == "a")).collect::<BooleanArray>()),
            ),
        ];
        if part == "b" {
            let notes = rows_of().map(|row| some(row).map(|row| format!("尾{row}")));
            columns.push((key([part, "note"]), Arc::new(notes.collect::<StringArray>())));
        }
        columns
    });
    let labels = (0..rows)
        .map(|row| Some(i16::try_from(row).unwrap() - 7).filter(|_| row != 3))
        .collect::<Int16Array>();
    let index = RowIndex::Labels(IndexLevel::new(Some("image".into()), Arc::new(labels)));
    table(&[Some("bodyparts"), Some("coords")], columns.collect(), index)
}

/// A level of numbers, a level of another name, and rows labelled by times.
pub(crate) fn other_levels(rows: usize) -> PoseFrame {
    let columns = [(7, "left"), (-7, "right")].into_iter().flat_map(|(number, side)| {
        ["x", "y", "z"].map(|coord| {
            (vec![Label::from(number), Label::from(side), Label::from(coord)], floats(1.0, rows))
        })
    });
    let index = RowIndex::Labels(IndexLevel::new(Some("seconds".into()), floats(0.25, rows)));
    table(&[None, Some("camera"), Some("coords")], columns.collect(), index)
}

/// One point without a name.
pub(crate) fn flat(rows: usize) -> PoseFrame {
    let columns = ["x", "y", "likelihood"].map(|coord| (key([coord]), floats(1.0, rows)));
    let labels = Int64Array::from_iter_values((0..rows).map(|row| i64::try_from(row * row).unwrap()));
    let index = RowIndex::Labels(IndexLevel::new(None, Arc::new(labels)));
    table(&[None], columns.to_vec(), index)
}

pub(crate) fn all(rows: usize) -> Vec<(&'static str, PoseFrame)> {
    vec![
        ("predictions", testing::predictions(rows)),
        ("with a frame rate", with_frame_rate(&testing::predictions(rows), 30.0)),
        ("labels", testing::labels(rows)),
        ("several animals", several_animals(rows)),
        ("skeleton", skeleton(rows)),
        ("other types", other_types(rows)),
        ("other levels", other_levels(rows)),
        ("flat", flat(rows)),
    ]
}

pub(crate) fn with_frame_rate(frame: &PoseFrame, frame_rate_hz: f64) -> PoseFrame {
    let mut metadata = Metadata::default();
    metadata.frame_rate_hz = Some(frame_rate_hz);
    let schema = frame.schema().clone().with_metadata(metadata);
    PoseFrame::new(Arc::new(schema), frame.index().clone(), frame.columns().to_vec()).expect("it fits")
}
