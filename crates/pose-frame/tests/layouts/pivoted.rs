//! Long tables that others made are wide, whatever the order of their rows.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{ArrayRef, Float32Array, Float64Array, Int64Array, StringArray};
use arrow_schema::DataType;
use pose_frame::{
    IndexLevel, LayoutErrorKind, LongNames, LongTable, PoseFrame, PoseTable, RowIndex, TableError,
    TableErrorKind, TableKind, Tolerance, WideTable, first_difference, testing,
};

use crate::samples::{self, key, table};

fn pivot(long: &dyn PoseTable) -> Result<PoseFrame, TableError> {
    WideTable::pivot(long, &LongNames::default())?.load()
}

fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn integers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn flat(columns: &[(&str, ArrayRef)]) -> PoseFrame {
    let columns: Vec<_> = columns.iter().map(|(name, array)| (key([*name]), Arc::clone(array))).collect();
    let rows = columns[0].1.len();
    table(&[None], columns, RowIndex::range(rows))
}

/// The rows of a table in another order.
fn shuffled(frame: &PoseFrame, order: &[usize]) -> PoseFrame {
    let columns = frame.schema().columns().iter().zip(frame.columns());
    let columns = columns.map(|(column, array)| {
        let array: ArrayRef = match array.data_type() {
            DataType::Utf8 => {
                let texts = array.as_string::<i32>();
                Arc::new(StringArray::from_iter_values(order.iter().map(|&row| texts.value(row))))
            }
            DataType::Int64 => {
                let numbers = array.as_primitive::<Int64Type>();
                Arc::new(Int64Array::from_iter_values(order.iter().map(|&row| numbers.value(row))))
            }
            _ => {
                let numbers = array.as_primitive::<Float64Type>();
                Arc::new(Float64Array::from_iter_values(order.iter().map(|&row| numbers.value(row))))
            }
        };
        (column.key.labels().to_vec(), array)
    });
    table(&[None], columns.collect(), RowIndex::range(order.len()))
}

#[test]
fn pivoted_tables_conform() {
    for rows in [0, 1, 2, 23] {
        for (name, wide) in samples::all(rows) {
            println!("{name}, {rows} rows");
            if name == "other types" && rows > 3 {
                continue; // A frame without a number.
            }
            let long = LongTable::new(&wide, &LongNames::default()).unwrap();
            match WideTable::pivot(&long, &LongNames::default()) {
                Ok(pivoted) => testing::conformance(&pivoted, &pivoted.load().unwrap()),
                // Its notes are taken for labels, and not all rows have one.
                Err(error) => {
                    assert!(
                        name == "other types" && error.to_string().contains("has no \"note\""),
                        "{error}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_regular_table_comes_back_as_deeplabcut_has_it() {
    for wide in [testing::predictions(23), samples::with_frame_rate(&testing::predictions(23), 29.97)] {
        let long = LongTable::new(&wide, &LongNames::default()).unwrap();
        let back = pivot(&long).unwrap();
        assert_eq!(first_difference(&wide, &back, Tolerance::BitForBit).unwrap(), None);
        assert_eq!(back.schema(), wide.schema(), "the frame rate included");
        // A table that says nothing of its frame rate but the times.
        let bare = long.load().unwrap();
        let bare = PoseFrame::new(
            Arc::new(bare.schema().clone().with_metadata(pose_frame::Metadata::default())),
            bare.index().clone(),
            bare.columns().to_vec(),
        );
        assert_eq!(pivot(&bare.unwrap()).unwrap().schema(), wide.schema());
    }
}

#[test]
fn rows_come_in_any_order() {
    let wide = testing::predictions(40);
    let long = LongTable::new(&wide, &LongNames::default()).unwrap().load().unwrap();
    // By bodypart, and by no order at all: 80 rows, every 27th.
    let by_part: Vec<usize> =
        (0..40).map(|frame| 2 * frame).chain((0..40).map(|frame| 2 * frame + 1)).collect();
    let by_nothing: Vec<usize> = (0..80).map(|row| row * 27 % 80).collect();
    for order in [by_part, by_nothing] {
        let other = shuffled(&long, &order);
        let pivoted = WideTable::pivot(&other, &LongNames::default()).unwrap();
        testing::conformance(&pivoted, &wide);
    }
}

#[test]
fn points_that_a_frame_does_not_have_are_missing() {
    let long = flat(&[
        ("frame", integers(&[7, 5, 7, 9])),
        ("individual", texts(&["b", "a", "a", "a"])),
        ("x", floats(&[1.0, 2.0, 3.0, 4.0])),
        ("count", integers(&[10, 20, 30, 40])),
    ]);
    let wide = pivot(&long).unwrap();
    let (nan, none) = (f64::NAN, None);
    let expected = table(
        &[Some("individuals"), Some("coords")],
        vec![
            (key(["b", "x"]), floats(&[nan, 1.0, nan])),
            (key(["b", "count"]), Arc::new(Int64Array::from(vec![none, Some(10), none]))),
            (key(["a", "x"]), floats(&[2.0, 3.0, 4.0])),
            (key(["a", "count"]), integers(&[20, 30, 40])),
        ],
        RowIndex::Labels(IndexLevel::new(None, integers(&[5, 7, 9]))),
    );
    assert_eq!(first_difference(&wide, &expected, Tolerance::BitForBit).unwrap(), None);
}

#[test]
fn a_point_that_is_twice_in_a_frame_is_named() {
    let long = flat(&[
        ("frame", integers(&[1, 2, 1, 2])),
        ("scorer", texts(&["s", "s", "s", "s"])),
        ("bodypart", texts(&["snout", "snout", "tail", "snout"])),
        ("x", floats(&[1.0, 2.0, 3.0, 4.0])),
    ]);
    let error = pivot(&long).unwrap_err();
    assert_eq!(error.to_string(), "frame 2 has s/snout twice: in rows 1 and 3");
    let long = flat(&[("time", floats(&[0.5, 0.5])), ("x", floats(&[1.0, 2.0]))]);
    assert_eq!(pivot(&long).unwrap_err().to_string(), "frame 0.5 has its only point twice: in rows 0 and 1");
}

#[test]
fn text_of_a_frame_labels_rows_and_other_text_is_a_level() {
    let long = flat(&[
        ("frame", integers(&[0, 0, 1, 1])),
        ("video", texts(&["a.mp4", "a.mp4", "b.mp4", "b.mp4"])),
        ("camera", texts(&["left", "right", "left", "right"])),
        ("x", floats(&[1.0, 2.0, 3.0, 4.0])),
    ]);
    let expected = table(
        &[Some("camera"), Some("coords")],
        vec![(key(["left", "x"]), floats(&[1.0, 3.0])), (key(["right", "x"]), floats(&[2.0, 4.0]))],
        RowIndex::Labels(IndexLevel::new(Some("video".into()), texts(&["a.mp4", "b.mp4"]))),
    );
    let wide = pivot(&long).unwrap();
    assert_eq!(first_difference(&wide, &expected, Tolerance::BitForBit).unwrap(), None);
    // So labels of images come back as they were.
    let labels = testing::labels(20);
    let long = LongTable::new(&labels, &LongNames::default()).unwrap();
    assert_eq!(first_difference(&labels, &pivot(&long).unwrap(), Tolerance::BitForBit).unwrap(), None);
}

#[test]
fn times_that_are_no_frames_are_values() {
    let columns = |times: &[f64]| {
        flat(&[("frame", integers(&[0, 1, 2])), ("time", floats(times)), ("x", floats(&[1.0, 2.0, 3.0]))])
    };
    let wide = pivot(&columns(&[0.0, 0.5, 1.0])).unwrap();
    assert_eq!(wide.schema().metadata().frame_rate_hz, Some(2.0));
    assert_eq!(wide.columns().len(), 1);
    let wide = pivot(&columns(&[0.0, 0.5, 1.1])).unwrap();
    assert_eq!((wide.schema().metadata().frame_rate_hz, wide.columns().len()), (None, 2));
}

#[test]
fn aniframes_are_wide_under_the_names_of_this_crate() {
    let long = flat(&[
        ("time", integers(&[1, 1, 2, 2])),
        ("individual", integers(&[1, 2, 1, 2])),
        ("keypoint", texts(&["head", "head", "head", "head"])),
        ("x", floats(&[1.0, 2.0, 3.0, 4.0])),
        ("y", floats(&[1.0, 2.0, 3.0, 4.0])),
        ("confidence", Arc::new(Float32Array::from(vec![0.5; 4]))),
    ]);
    let wide = WideTable::pivot(&long, &LongNames::aniframe()).unwrap();
    assert_eq!(wide.schema().kind(), TableKind::Predictions);
    let keys: Vec<String> = wide.schema().columns().iter().map(|column| column.key.to_string()).collect();
    assert_eq!(keys[2..4], ["1/head/likelihood", "2/head/x"]);
}

#[test]
fn tables_that_are_not_long_say_what_is_missing() {
    let x = || ("x", floats(&[1.0]));
    let cases = [
        (flat(&[x()]), "needs a column \"frame\" or \"time\"; there is x"),
        (flat(&[("frame", texts(&["a"])), x()]), "is of type Utf8"),
        (flat(&[("frame", integers(&[1])), ("note", texts(&["a"]))]), "there is frame, note"),
        (flat(&[("frame", floats(&[f64::NAN])), x()]), "row 0 has no \"frame\""),
        (
            flat(&[
                ("frame", integers(&[1])),
                ("bodypart", Arc::new(StringArray::from(vec![None::<&str>]))),
                x(),
            ]),
            "row 0 has no \"bodypart\"",
        ),
        (
            flat(&[("frame", integers(&[1])), ("bodypart", floats(&[1.0])), x()]),
            "holds labels, and is of type Float64",
        ),
        (testing::predictions(1), "have 3 levels"),
    ];
    for (long, says) in cases {
        let error = pivot(&long).expect_err(says);
        assert!(matches!(error.kind(), TableErrorKind::Layout { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
    let named = table(
        &[None],
        vec![(key(["x"]), floats(&[1.0]))],
        RowIndex::Labels(IndexLevel::new(Some("frame".into()), integers(&[1]))),
    );
    assert!(pivot(&named).unwrap_err().to_string().contains("labels of their own, frame"));
    let TableErrorKind::Layout { source: LayoutErrorKind::NoValues { .. } } =
        pivot(&flat(&[("frame", integers(&[1]))])).unwrap_err().kind()
    else {
        panic!("it has no values")
    };
}
