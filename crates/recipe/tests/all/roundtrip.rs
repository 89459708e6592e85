//! What comes back.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{
    Array as _, ArrayRef, BooleanArray, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array,
    Int64Array, StringArray, TimestampNanosecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use pose_frame::{
    Column, ColumnKey, IndexLevel, Metadata, PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex, testing,
};
use recipe::{
    Codec, Columns, Components, Contract, Encoder, NumberType, PackOptions, PackedTable, PixelFormat, Recipe,
    Shape, pack,
};

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

/// Smooth columns, as many as there are pixels in a small picture.
fn waves(columns: u32, rows: u32) -> PoseFrame {
    let column = |column: u32| {
        let value = |row: u32| 100.0 * ((f64::from(row) + f64::from(column) * 1.5) / 30.0).sin();
        Arc::new(Float64Array::from_iter_values((0..rows).map(value))) as ArrayRef
    };
    table(RowIndex::range(rows as usize), (0..columns).map(column).collect())
}

/// The root of the mean squared difference, and the largest one.
fn differences(given: &PoseFrame, back: &PoseFrame) -> (f64, f64) {
    let (mut squares, mut count, mut largest) = (0.0, 0.0, 0.0_f64);
    for (given, back) in given.columns().iter().zip(back.columns()) {
        let (given, back) = (given.as_primitive::<Float64Type>(), back.as_primitive::<Float64Type>());
        for (given, back) in given.values().iter().zip(back.values()) {
            squares += (given - back).powi(2);
            count += 1.0;
            largest = largest.max((given - back).abs());
        }
    }
    (f64::sqrt(squares / count), largest)
}

#[test]
fn components_keep_a_bound_and_are_smaller() {
    let table = waves(12, 400);
    let mut recipe = one(Columns::default(), Codec::Ffv1 {}, max_error(0.05));
    let size = |recipe: &Recipe| {
        let folder = tempfile::tempdir().unwrap();
        pack(&table, recipe, folder.path().join("t"), &PackOptions::default()).unwrap().bytes
    };
    let without = size(&recipe);
    recipe.arrays[0].components = Some(Components::All);
    assert!(size(&recipe) < without);
    let (_, largest) = differences(&table, &trip(&table, &recipe));
    assert!(largest <= 0.05 && largest > 0.0, "{largest}");
}

#[test]
fn a_rate_factor_that_is_not_said_is_found() {
    let table = waves(256, 40);
    let lossy = Codec::Lossy { encoder: Encoder::X264, crf: None, preset: Some("fast".to_owned()) };
    for min_psnr in [35.0, 50.0] {
        let mut recipe = one(Columns::default(), lossy.clone(), Contract::Quality { min_psnr });
        recipe.arrays[0].shape = Some(Shape::Axes(vec![16, 16]));
        let (rmse, _) = differences(&table, &trip(&table, &recipe));
        let psnr = 20.0 * (200.0 / rmse).log10();
        assert!((min_psnr - 0.1..min_psnr + 10.0).contains(&psnr), "{psnr} instead of {min_psnr}");
    }
}

#[test]
fn planes_of_a_picture_are_three_channels() {
    let table = waves(16 * 16 * 3, 20);
    let lossy = Codec::Lossy { encoder: Encoder::X265, crf: Some(8.0), preset: None };
    let mut recipe = one(Columns::default(), lossy, Contract::Quality { min_psnr: 25.0 });
    recipe.arrays[0].shape = Some(Shape::Axes(vec![16, 16, 3]));
    recipe.arrays[0].pixel_format = Some(PixelFormat::Yuv444p10);
    let (rmse, _) = differences(&table, &trip(&table, &recipe));
    assert!(rmse < 200.0 * 10_f64.powf(-25.0 / 20.0), "{rmse}");
}

#[test]
fn inferred_shapes_put_columns_where_their_labels_say() {
    // Coords outside of bodyparts, as some programs have them.
    let columns: Vec<Column> = ["x", "y", "likelihood"]
        .into_iter()
        .flat_map(|coord| ["snout", "ear", "tail"].map(|part| ColumnKey::new([coord, part])))
        .map(|key| Column::new(key, arrow_schema::DataType::Float64))
        .collect();
    let index = RowIndex::range(50);
    let levels = vec![Some("coords".into()), Some("bodyparts".into())];
    let schema = PoseSchema::new(levels, columns, index.schema()).unwrap();
    let arrays = waves(9, 50).columns().to_vec();
    let table = PoseFrame::new(Arc::new(schema), index, arrays).unwrap();
    let mut recipe = in_video();
    recipe.arrays[0].shape = Some(Shape::Inferred);
    exact_trip(&table, &recipe);
    // Each coord is a channel, so that each can have a bound.
    recipe.arrays[0].contract =
        Contract::MaxError { bound: 0.5, coords: [("likelihood".to_owned(), 1e-3)].into() };
    let back = trip(&table, &recipe);
    let part = |frame: &PoseFrame, columns: std::ops::Range<usize>| {
        frame.read(&pose_frame::Selection::all().columns(columns)).unwrap()
    };
    assert!(differences(&part(&table, 6..9), &part(&back, 6..9)).1 <= 1e-3);
    let (_, largest) = differences(&part(&table, 0..6), &part(&back, 0..6));
    assert!(largest <= 0.5 && largest > 1e-3, "{largest}");
}
