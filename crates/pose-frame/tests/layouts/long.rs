//! Long tables hold what they should, and say before they are read what cannot be long.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float32Array, Float64Array, StringArray, TimestampSecondArray};
use pose_frame::{
    IndexLevel, LayoutErrorKind, LongNames, LongTable, PoseFrame, PoseTable, RowIndex, Selection,
    TableErrorKind, WideTable, testing,
};

use crate::samples::{self, key, table};

fn names(table: &dyn PoseTable) -> Vec<String> {
    table.schema().columns().iter().map(|column| column.key.to_string()).collect()
}

fn texts(table: &PoseFrame, column: &str) -> Vec<String> {
    let array = table.read(&Selection::all().level_at(0, column)).unwrap().columns()[0].clone();
    array.as_string::<i32>().iter().map(|text| text.unwrap_or("missing").to_owned()).collect()
}

fn numbers(table: &PoseFrame, column: &str) -> Vec<f64> {
    let array = table.read(&Selection::all().level_at(0, column)).unwrap().columns()[0].clone();
    if let Some(floats) = array.as_primitive_opt::<Float64Type>() {
        return floats.values().to_vec();
    }
    let numbers = array.as_primitive::<Int64Type>().values();
    numbers.iter().map(|number| f64::from(i32::try_from(*number).unwrap())).collect()
}

#[test]
fn long_tables_conform() {
    for rows in [0, 1, 2, 23] {
        for (name, wide) in samples::all(rows) {
            println!("{name}, {rows} rows");
            for names in [LongNames::default(), LongNames::aniframe()] {
                let long = LongTable::new(&wide, &names).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(long.num_frames(), rows * long.layout().num_points());
                testing::conformance(&long, &long.load().expect("it is read"));
            }
        }
    }
}

#[test]
fn a_row_is_a_point_of_a_frame() {
    let wide = samples::several_animals(20);
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    assert_eq!(names(&long), ["frame", "scorer", "individual", "bodypart", "likelihood", "x", "y"]);
    let read = long.read(&Selection::all().frames(56..61)).unwrap();
    assert_eq!(numbers(&read, "frame"), [-2.0, -2.0, -2.0, -2.0, -5.0], "40 - 3 * 14, and the next");
    assert_eq!(texts(&read, "individual"), ["mus2", "single", "mus1", "mus1", "mus2"]);
    assert_eq!(texts(&read, "bodypart"), ["tail", "corner", "snout", "tail", "tail"]);
    let likelihood = numbers(&read, "likelihood");
    let bits: Vec<u64> = likelihood.iter().map(|value| value.to_bits()).collect();
    let expected = |column: usize, frame: usize| {
        wide.columns()[column].as_primitive::<Float64Type>().value(frame).to_bits()
    };
    let nan = f64::NAN.to_bits();
    assert_eq!(bits, [expected(0, 14), nan, nan, expected(8, 14), expected(0, 15)], "no corner has one");
}

#[test]
fn times_are_there_where_the_frame_rate_is() {
    let wide = samples::with_frame_rate(&testing::predictions(3), 30.0);
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    assert_eq!(names(&long)[..2], ["frame", "time"]);
    let read = long.load().unwrap();
    assert_eq!(numbers(&read, "frame"), [5.0, 5.0, 6.0, 6.0, 7.0, 7.0]);
    assert_eq!(numbers(&read, "time")[1..3], [5.0 / 30.0, 6.0 / 30.0]);
    // Of images that someone chose the position says nothing of a time.
    let images = samples::with_frame_rate(&testing::labels(3), 30.0);
    let long = LongTable::new(&images, &LongNames::default()).unwrap();
    assert_eq!(names(&long)[..4], ["frame", "row_label_0", "row_label_1", "row_label_2"]);
    assert_eq!(numbers(&long.load().unwrap(), "frame"), [0.0, 0.0, 1.0, 1.0, 2.0, 2.0]);
}

#[test]
fn a_position_gives_way_to_row_labels_of_its_name() {
    let level = |name: &str, labels: ArrayRef| IndexLevel::new(Some(name.into()), labels);
    let index = RowIndex::Multi(vec![
        level("session", Arc::new(StringArray::from(vec!["a", "b"]))),
        level("frame", Arc::new(Float64Array::from(vec![7.0, 7.0]))),
    ]);
    let x = (key(["x"]), Arc::new(Float64Array::from(vec![1.0, 2.0])) as ArrayRef);
    let wide = table(&[Some("coords")], vec![x], index);
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    assert_eq!(names(&long), ["position", "session", "frame", "x"]);
    let back = WideTable::restore(&long, long.layout().clone()).unwrap();
    testing::conformance(&back, &wide);
}

#[test]
fn aniframe_finds_its_own_names() {
    let long = testing::predictions(3);
    let long = LongTable::new(&long, &LongNames::aniframe()).unwrap();
    assert_eq!(names(&long), ["time", "scorer", "keypoint", "x", "y", "confidence"]);
    let timed = samples::with_frame_rate(&testing::predictions(3), 30.0);
    let timed = LongTable::new(&timed, &LongNames::aniframe()).unwrap();
    assert_eq!(names(&timed)[..2], ["frame", "time"]);
}

#[test]
fn levels_of_other_names_are_columns() {
    let levels = samples::other_levels(2);
    let long = LongTable::new(&levels, &LongNames::default()).unwrap();
    assert_eq!(names(&long), ["frame", "seconds", "level_0", "camera", "x", "y", "z"]);
    let read = long.load().unwrap();
    assert_eq!(
        (numbers(&read, "level_0"), texts(&read, "camera")[0].as_str()),
        (vec![7.0, -7.0, 7.0, -7.0], "left")
    );
    let skeleton = samples::skeleton(1);
    let long = LongTable::new(&skeleton, &LongNames::default()).unwrap();
    assert_eq!(names(&long), ["frame", "level_0", "length", "orientation", "likelihood"]);
}

/// Counts the columns and frames that are read of it.
struct Watched(PoseFrame, std::sync::Mutex<Vec<(usize, usize)>>);

impl PoseTable for Watched {
    fn schema(&self) -> &pose_frame::PoseSchema {
        self.0.schema()
    }
    fn num_frames(&self) -> usize {
        self.0.num_frames()
    }
    fn read(&self, selection: &Selection) -> Result<PoseFrame, pose_frame::TableError> {
        let read = self.0.read(selection)?;
        self.1.lock().unwrap().push((read.columns().len(), read.num_frames()));
        Ok(read)
    }
}

#[test]
fn only_what_is_needed_is_read() {
    let wide = Watched(samples::several_animals(50), std::sync::Mutex::default());
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    let read = |selection: Selection| {
        long.read(&selection).unwrap();
        wide.1.lock().unwrap().pop().expect("it was read once")
    };
    assert_eq!(read(Selection::all().level_at(0, "likelihood").frames(6..13)), (2, 3));
    assert_eq!(read(Selection::all().level_at(0, "bodypart").frames(4..8)), (0, 1));
    assert!(wide.1.lock().unwrap().is_empty(), "nothing else was read");
}

#[test]
fn what_cannot_be_long_says_why() {
    let x = || Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let one = || RowIndex::range(1);
    let seconds = IndexLevel::new(None, Arc::new(TimestampSecondArray::from(vec![1])));
    let parts = [Some("bodyparts"), Some("coords")];
    let cases = [
        (table(&parts, vec![], one()), "without columns"),
        (table(&[Some("speed")], vec![(key(["a"]), x())], one()), "its levels are speed"),
        (
            table(
                &parts,
                vec![(key(["a", "x"]), x()), (key(["b", "x"]), Arc::new(Float32Array::from(vec![1.0])))],
                one(),
            ),
            "the coord x is one column of a long table, but of type Float64, and in b/x of type Float32",
        ),
        (
            table(
                &[Some("bodypart"), Some("bodyparts"), Some("coords")],
                vec![(key(["a", "b", "x"]), x())],
                one(),
            ),
            "two columns of a long table would be called \"bodypart\": level \"bodypart\" of columns, and level \"bodyparts\" of columns",
        ),
        (
            table(&parts, vec![(key(["a", "x"]), x()), (key(["a", "frame"]), x())], one()),
            "called \"frame\": the frame, and the coord frame",
        ),
        (
            table(&parts, vec![(key(["a", "x"]), x()), (vec![7.into(), "x".into()], x())], one()),
            "level 0 holds text and numbers, as in 7/x",
        ),
        (table(&parts, vec![(key(["a", "x"]), x())], RowIndex::Labels(seconds)), "labelled by Timestamp(s)"),
    ];
    for (wide, says) in cases {
        let Err(error) = LongTable::new(&wide, &LongNames::default()) else { panic!("{says}: it is long") };
        assert!(matches!(error.kind(), TableErrorKind::Layout { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn more_text_than_an_array_holds_is_an_error() {
    let wide = table(
        &[Some("bodyparts"), Some("coords")],
        vec![(key(["a", "x"]), Arc::new(StringArray::from(vec!["é"; 3])))],
        RowIndex::range(3),
    );
    let long = LongTable::new(&wide, &LongNames::default()).unwrap();
    assert_eq!(long.load().unwrap().columns()[2].len(), 3);
    let name = "n".repeat(1 << 21);
    let floats = Arc::new(Float64Array::from(vec![0.0; 1 << 10]));
    let wide = table(
        &[Some("bodyparts"), Some("coords")],
        vec![(key([&*name, "x"]), floats)],
        RowIndex::range(1 << 10),
    );
    let error = LongTable::new(&wide, &LongNames::default()).unwrap().load().unwrap_err();
    let TableErrorKind::Layout { source: LayoutErrorKind::TooMuchText { .. } } = error.kind() else {
        panic!("{error}")
    };
}
