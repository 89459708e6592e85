//! What comes back.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{
    Array as _, ArrayRef, BooleanArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Int64Array, StringArray, TimestampNanosecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use pose_frame::{IndexLevel, Metadata, PoseFrame, PoseTable, RangeIndex, RowIndex, testing};
use recipe::{Codec, Columns, Contract, NumberType, PackOptions, PackedTable, Recipe, Shape, pack};

use crate::support::{assert_same, exact_trip, in_video, max_error, one, table, trip};

fn lossless(table: &PoseFrame) -> Recipe {
    Recipe::lossless(table).unwrap()
}

#[test]
fn predictions_of_any_length_come_back_bit_for_bit() {
    for frames in [0, 1, 2, 97, 1000] {
        let table = testing::predictions(frames);
        exact_trip(&table, &lossless(&table));
    }
}

#[test]
fn predictions_come_back_from_videos() {
    for frames in [0, 1, 97, 600] {
        exact_trip(&testing::predictions(frames), &in_video());
    }
}

#[test]
fn a_table_in_a_video_is_read_piece_by_piece() {
    let folder = tempfile::tempdir().unwrap();
    let table = testing::predictions(6);
    pack(&table, &in_video(), folder.path().join("t"), &PackOptions::default()).unwrap();
    testing::conformance(&PackedTable::open(folder.path().join("t")).unwrap(), &table);
}

#[test]
fn labels_with_hard_names_and_three_row_labels_come_back() {
    for images in [1, 25] {
        let table = testing::labels(images);
        exact_trip(&table, &lossless(&table));
    }
}

#[test]
fn a_table_longer_than_a_segment_comes_back() {
    let values = |seed: f64| {
        Arc::new(Float64Array::from_iter_values((0..70_001).map(|row| (f64::from(row) * seed).sin())))
            as ArrayRef
    };
    let table = table(RowIndex::range(70_001), vec![values(0.001), values(0.003)]);
    exact_trip(&table, &lossless(&table));
}

#[test]
fn every_type_comes_back_with_its_extremes_and_its_nulls() {
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(Int8Array::from(vec![i8::MIN, -1, i8::MAX, 0])),
        Arc::new(Int16Array::from(vec![i16::MIN, -1, i16::MAX, 0])),
        Arc::new(Int32Array::from(vec![i32::MIN, -1, i32::MAX, 0])),
        Arc::new(Int64Array::from(vec![i64::MIN, (1 << 53) + 1, i64::MAX, 0])),
        Arc::new(Int64Array::from(vec![None, Some((1 << 53) + 1), None, Some(4)])),
        Arc::new(UInt8Array::from(vec![u8::MIN, 1, u8::MAX, 0])),
        Arc::new(UInt16Array::from(vec![Some(u16::MIN), None, Some(u16::MAX), Some(0)])),
        Arc::new(UInt16Array::from(vec![u16::MIN, 1, u16::MAX, 0])),
        Arc::new(UInt32Array::from(vec![u32::MIN, 1, u32::MAX, 0])),
        Arc::new(UInt64Array::from(vec![u64::MIN, (1 << 53) + 1, u64::MAX, 0])),
        Arc::new(Float32Array::from(vec![f32::MIN, -0.0, f32::from_bits(0x7fc1_2345), f32::INFINITY])),
        Arc::new(Float64Array::from(vec![
            f64::MIN,
            -0.0,
            f64::from_bits(0xfff8_0000_0000_0042),
            f64::INFINITY,
        ])),
        Arc::new(BooleanArray::from(vec![Some(true), None, Some(false), Some(true)])),
        Arc::new(StringArray::from(vec![Some("尾"), None, Some(""), Some("a\nb")])),
    ];
    let table = table(RowIndex::range(4), arrays);
    exact_trip(&table, &lossless(&table));
    let videos = NUMBERS.map(|number| (number, Recipe::lossless(&table).unwrap()));
    for (number, mut recipe) in videos {
        recipe.arrays.retain(|array| array.name == number);
        recipe.arrays[0].codec = Codec::Ffv1 {};
        exact_trip(&table, &recipe);
    }
}

const NUMBERS: [&str; 10] =
    ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"];

#[test]
fn every_kind_of_row_label_comes_back() {
    let counts = vec![Some(1_700_000_000_000_000_001), None, Some(-5), Some(0)];
    let one_level = |values: ArrayRef| RowIndex::Labels(IndexLevel::new(Some("when".into()), values));
    let indexes = [
        RowIndex::Range(RangeIndex { name: Some("frame".into()), start: 100, step: -7, len: 4 }),
        one_level(Arc::new(TimestampNanosecondArray::from(counts.clone()))),
        one_level(Arc::new(TimestampNanosecondArray::from(counts).with_timezone("Europe/Paris"))),
        one_level(Arc::new(Float64Array::from(vec![0.0, -0.0, f64::NAN, 1e300]))),
        one_level(Arc::new(StringArray::from(vec!["a", "b", "", "a"]))),
        one_level(Arc::new(Int64Array::from(vec![i64::MAX, (1 << 53) + 1, 0, -1]))),
    ];
    for index in indexes {
        let table = table(index, vec![Arc::new(Float64Array::from(vec![0.5, f64::NAN, 0.25, 1.0]))]);
        exact_trip(&table, &lossless(&table));
    }
}

#[test]
fn constant_and_missing_columns_come_back() {
    let nan = f64::from_bits(0x7ff8_dead_beef_0001);
    let columns =
        [vec![f64::NAN; 50], vec![nan; 50], vec![0.1; 50], vec![f64::NEG_INFINITY; 50], vec![-0.0; 50]];
    let arrays = columns.map(|values| Arc::new(Float64Array::from(values)) as ArrayRef);
    let table = table(RowIndex::range(50), arrays.to_vec());
    exact_trip(&table, &lossless(&table));
    exact_trip(&table, &in_video());
    let bounded = one(Columns::default(), Codec::Pco { level: 8 }, max_error(0.5));
    let back = trip(&table, &bounded);
    for column in [0, 1, 3] {
        assert_eq!(back.columns()[column].to_data(), table.columns()[column].to_data(), "column {column}");
    }
}

#[test]
fn five_thousand_columns_come_back() {
    let column = |number: u32| {
        Arc::new(Float64Array::from_iter_values((0..7).map(|row| f64::from(number) * 0.5 + f64::from(row))))
            as ArrayRef
    };
    let table = table(RowIndex::range(7), (0..5000).map(column).collect());
    let back = trip(&table, &lossless(&table));
    assert_same(&back, &table);
    assert_eq!(back.schema(), table.schema());
}

#[test]
fn a_table_without_columns_and_one_without_anything_come_back() {
    for frames in [0, 12] {
        let table = table(RowIndex::range(frames), Vec::new());
        exact_trip(&table, &lossless(&table));
    }
}

#[test]
fn metadata_come_back() {
    let table = testing::predictions(9);
    let mut metadata = Metadata::default();
    metadata.frame_rate_hz = Some(29.97);
    metadata.video = Some("mouse 1.mp4".to_owned());
    metadata.skeleton_edges = vec![("snout".to_owned(), "tail base".to_owned())];
    let schema = table.schema().clone().with_metadata(metadata);
    let table = PoseFrame::new(Arc::new(schema), table.index().clone(), table.columns().to_vec()).unwrap();
    exact_trip(&table, &lossless(&table));
}

#[test]
fn bounds_are_kept_by_coord_and_what_is_not_finite_comes_back_exactly() {
    let table = testing::predictions(500);
    let contract = Contract::MaxError { bound: 0.3, coords: [("likelihood".to_owned(), 1e-3)].into() };
    for codec in [Codec::Pco { level: 8 }, Codec::Ffv1 {}] {
        let mut recipe = one(Columns::default(), codec, contract.clone());
        // snout and tail base, of x, y and likelihood each.
        if recipe.arrays[0].codec == (Codec::Ffv1 {}) {
            recipe.arrays[0].shape = Some(Shape::Axes(vec![1, 2, 3]));
        }
        let back = trip(&table, &recipe);
        let mut has_lost = false;
        for (place, (given, back)) in table.columns().iter().zip(back.columns()).enumerate() {
            let bound = if place % 3 == 2 { 1e-3 } else { 0.3 };
            let (given, back) = (given.as_primitive::<Float64Type>(), back.as_primitive::<Float64Type>());
            for (given, back) in given.values().iter().zip(back.values()) {
                assert!(given.to_bits() == back.to_bits() || (given - back).abs() <= bound, "{given} {back}");
                has_lost |= given.to_bits() != back.to_bits();
            }
        }
        assert!(has_lost, "the bound was made use of");
    }
}

#[test]
fn float32_keeps_its_type_and_its_bound() {
    let values: Vec<f32> = (0..400_u16).map(|row| f32::from(row).sqrt() * 100.0).collect();
    let table = table(RowIndex::range(400), vec![Arc::new(Float32Array::from(values.clone()))]);
    let back =
        trip(&table, &one(Columns::of_type(NumberType::Float32), Codec::Pco { level: 8 }, max_error(0.25)));
    for (given, back) in values.iter().zip(back.columns()[0].as_primitive::<Float32Type>().values()) {
        assert!((f64::from(*given) - f64::from(*back)).abs() <= 0.25);
    }
}
