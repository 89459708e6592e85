//! What is left of a table is what stood there.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{ArrayRef, Float64Array, Int32Array};
use arrow_schema::DataType;
use pose_frame::{
    Column, ColumnKey, DropWhen, Filter, FilteredTable, PoseFrame, PoseSchema, PoseTable, RangeIndex,
    RowIndex, Selection, TableErrorKind, Tolerance, Unlikely, first_difference, testing,
};

const DROP_ANY: Unlikely = Unlikely::DropFrames(DropWhen::AnyPoint);
const DROP_EVERY: Unlikely = Unlikely::DropFrames(DropWhen::EveryPoint);

/// Counted rows of a snout and a tail, with these likelihoods.
fn counted(snout: &[f64], tail: &[f64]) -> PoseFrame {
    let keys =
        ["snout", "tail"].into_iter().flat_map(|part| ["x", "y", "likelihood"].map(|coord| [part, coord]));
    let columns = keys.map(|key| Column::new(ColumnKey::new(key), DataType::Float64)).collect();
    let index =
        RowIndex::Range(RangeIndex { name: Some("frame".into()), start: 100, step: 2, len: snout.len() });
    let levels = ["bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
    let schema = PoseSchema::new(levels, columns, index.schema()).expect("it is well formed");
    let place =
        || Arc::new(Float64Array::from_iter_values((0_u32..).map(f64::from).take(snout.len()))) as ArrayRef;
    let likelihood = |values: &[f64]| Arc::new(Float64Array::from(values.to_vec())) as ArrayRef;
    let arrays = vec![place(), place(), likelihood(snout), place(), place(), likelihood(tail)];
    PoseFrame::new(Arc::new(schema), index, arrays).expect("it fits")
}

fn labels(frame: &PoseFrame) -> Vec<i64> {
    frame.index().to_levels()[0].values.as_primitive::<Int64Type>().values().to_vec()
}

fn missing(table: &dyn PoseTable) -> Vec<usize> {
    table.load().expect("it loads").columns().iter().map(pose_frame::count_missing).collect()
}

#[test]
fn filtered_tables_conform() {
    for frames in [0, 1, 2, 90] {
        for unlikely in [Unlikely::Mask, DROP_ANY, DROP_EVERY] {
            let table = testing::predictions(frames);
            for selection in
                [Selection::all(), Selection::all().bodypart("tail base").frames(frames / 3..frames)]
            {
                for bound in [0.0, 5.0, f64::INFINITY, 1e300] {
                    let filter = Filter::select(selection.clone()).min_likelihood(bound, unlikely);
                    let filtered = FilteredTable::new(&table, &filter).expect("it has likelihoods");
                    let loaded = filtered.load().expect("it loads");
                    testing::conformance(&filtered, &loaded);
                }
            }
        }
    }
}

#[test]
fn without_a_threshold_it_is_the_selection() {
    let table = testing::labels(40);
    let selection = Selection::all().bodypart("尾\n🐭").frames(3..17);
    let filtered = FilteredTable::new(&table, &Filter::select(selection.clone())).expect("it resolves");
    let expected = table.read(&selection).expect("it reads");
    testing::conformance(&filtered, &expected);
}

#[test]
fn a_mask_takes_places_and_leaves_likelihoods_and_frames() {
    let table = counted(&[0.9, 0.1, f64::NAN, 0.5], &[0.9, 0.9, 0.9, 0.49]);
    let filtered =
        FilteredTable::new(&table, &Filter::default().min_likelihood(0.5, Unlikely::Mask)).expect("it fits");
    assert_eq!(
        missing(&filtered),
        [2, 2, 1, 1, 1, 0],
        "NaN is under every threshold, and 0.5 is not under 0.5"
    );
    assert_eq!(filtered.schema(), table.schema(), "rows are still counted");
    let likelihoods = filtered.read(&Selection::all().coord("likelihood")).expect("it reads");
    let before = table.read(&Selection::all().coord("likelihood")).expect("it reads");
    assert_eq!(first_difference(&likelihoods, &before, Tolerance::BitForBit).expect("they compare"), None);
    // The likelihood decides where it is not among what is selected, too.
    let x = Selection::all().bodypart("snout").coord("x");
    let x =
        FilteredTable::new(&table, &Filter::select(x).min_likelihood(0.5, Unlikely::Mask)).expect("it fits");
    assert_eq!(missing(&x), [2]);
}

#[test]
fn dropped_frames_take_their_labels_with_them() {
    let table = counted(&[0.9, 0.1, f64::NAN, 0.5, 0.8], &[0.9, 0.9, 0.1, 0.49, 0.7]);
    let left = |selection: Selection, unlikely| {
        let filter = Filter::select(selection).min_likelihood(0.5, unlikely);
        FilteredTable::new(&table, &filter).expect("it fits").load().expect("it loads")
    };
    assert_eq!(labels(&left(Selection::all(), DROP_ANY)), [100, 108]);
    assert_eq!(labels(&left(Selection::all(), DROP_EVERY)), [100, 102, 106, 108]);
    assert_eq!(
        labels(&left(Selection::all().bodypart("tail"), DROP_ANY)),
        [100, 102, 108],
        "the others do not count"
    );
    assert_eq!(labels(&left(Selection::all().frames(1..4), DROP_EVERY)), [102, 106]);
    let frame = left(Selection::all(), DROP_ANY);
    assert_eq!(frame.schema().index().to_string(), "Int64 named \"frame\"");
    assert_eq!(frame.columns()[0].as_primitive::<Float64Type>().values().to_vec(), [0.0, 4.0]);
}

#[test]
fn a_long_table_with_few_frames_left_is_read_in_pieces() {
    let frames = 200_000;
    let stays = |frame: usize| [0, 1, 70_000, 131_071, 131_072, 199_999].contains(&frame);
    let likelihoods: Vec<f64> = (0..frames).map(|frame| f64::from(u8::from(stays(frame)))).collect();
    let table = counted(&likelihoods, &likelihoods);
    let filtered =
        FilteredTable::new(&table, &Filter::default().min_likelihood(0.5, DROP_ANY)).expect("it fits");
    let left = filtered.load().expect("it loads");
    assert_eq!(labels(&left), [100, 102, 140_100, 262_242, 262_244, 400_098]);
    assert_eq!(labels(&filtered.read(&Selection::all().frames(2..4)).expect("it reads")), [140_100, 262_242]);
}

#[test]
fn tables_without_likelihoods_are_refused() {
    let filter = Filter::default().min_likelihood(0.5, Unlikely::Mask);
    let table = testing::labels(3);
    let error = FilteredTable::new(&table, &filter).err().expect("labels have none");
    assert!(matches!(error.kind(), TableErrorKind::NoLikelihood), "{error}");

    let keys = [("x", DataType::Float64), ("y", DataType::Float64), ("likelihood", DataType::Int32)];
    let columns = keys.map(|(coord, data_type)| Column::new(ColumnKey::new([coord]), data_type)).to_vec();
    let index = RowIndex::range(1);
    let schema = PoseSchema::new(vec![None], columns, index.schema()).expect("it is well formed");
    let place = || Arc::new(Float64Array::from(vec![1.0])) as ArrayRef;
    let arrays = vec![place(), place(), Arc::new(Int32Array::from(vec![1])) as ArrayRef];
    let table = PoseFrame::new(Arc::new(schema), index, arrays).expect("it fits");
    let error = FilteredTable::new(&table, &filter).err().expect("a whole number is no likelihood");
    assert!(matches!(error.kind(), TableErrorKind::LikelihoodType { .. }), "{error}");
}
