//! What xarrayvideo and videoparquet were seen to break, defect by defect: each with the right outcome.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{
    Array as _, ArrayRef, Float32Array, Float64Array, Int16Array, Int64Array, StringArray, UInt16Array,
};
use pose_frame::{PoseFrame, PoseTable, RowIndex};
use recipe::{
    ArrayRecipe, Codec, Columns, Contract, Encoder, ErrorKind, NumberType, PackOptions, PackedTable, Recipe,
    Shape, pack,
};

use crate::support::{exact_trip, in_video, one, table, trip};

fn floats(rows: u32, of: impl Fn(f64) -> f64) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values((0..rows).map(|row| of(f64::from(row)))))
}

fn rows(columns: Vec<ArrayRef>) -> PoseFrame {
    table(RowIndex::range(columns[0].len()), columns)
}

/// In blocks, and in a video for each type of number.
fn both(table: &PoseFrame) {
    let recipe = Recipe::lossless(table).unwrap();
    exact_trip(table, &recipe);
    exact_trip(table, &filmed(recipe));
}

/// The same arrays as videos.
fn filmed(mut recipe: Recipe) -> Recipe {
    recipe.arrays.iter_mut().for_each(|array| array.codec = Codec::Ffv1 {});
    recipe
}

/// Frames of 16 by 16 pixels.
fn pictures(frames: u32, of: impl Fn(u32, u32) -> f64) -> PoseFrame {
    let column = |pixel: u32| {
        Arc::new(Float64Array::from_iter_values((0..frames).map(|frame| of(frame, pixel)))) as ArrayRef
    };
    rows((0..256).map(column).collect())
}

fn as_pictures() -> Recipe {
    let mut recipe = in_video();
    recipe.arrays[0].shape = Some(Shape::Axes(vec![16, 16]));
    recipe
}

mod xarrayvideo {
    use super::{
        Arc, ArrayRef, AsArray, Codec, Columns, Contract, Encoder, ErrorKind, Float32Array, Float64Array,
        Float64Type, Int16Array, Int64Array, PackOptions, PoseFrame, UInt16Array, as_pictures, both,
        exact_trip, floats, one, pack, pictures, rows, trip,
    };

    #[test]
    fn ffv1_above_8_bits_vanishes_without_an_error() {
        let wide = |seed: u32| -> ArrayRef {
            let value = |row: u32| u16::try_from((row * 40_503 + seed) % 65_536);
            Arc::new(UInt16Array::from_iter_values((0..120).map(|row| value(row).unwrap())))
        };
        both(&rows(vec![wide(1), wide(7), wide(60_000)]));
    }

    #[test]
    fn four_or_more_channel_groups_come_back_permuted() {
        for columns in [4_u32, 5, 7, 12, 13] {
            let column = |number: u32| floats(60, |row| f64::from(number) * 1000.0 + row);
            both(&rows((0..columns).map(column).collect()));
        }
    }

    #[test]
    fn lossless_x265_is_2_off_at_8_bits() {
        let lossy = Codec::Lossy { encoder: Encoder::X265, crf: Some(0.0), preset: None };
        let mut recipe = one(Columns::default(), lossy, Contract::Lossless);
        recipe.arrays[0].bits = Some(8);
        let folder = tempfile::tempdir().unwrap();
        let error = pack(
            &rows(vec![floats(60, |row| row)]),
            &recipe,
            folder.path().join("t"),
            &PackOptions::default(),
        );
        let error = error.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Recipe { field, .. } if field == "arrays[0].codec"),
            "{error}"
        );
    }

    #[test]
    fn nan_becomes_0() {
        let holes = |row: f64| if row % 5.0 < 1.0 { f64::NAN } else { row };
        both(&rows(vec![floats(101, holes), floats(101, |row| row)]));
        // A codec for pictures keeps them, too.
        let lossy = Codec::Lossy { encoder: Encoder::X264, crf: Some(1.0), preset: None };
        let given = rows(vec![floats(640, holes)]);
        let back = trip(&given, &one(Columns::default(), lossy, Contract::Quality { min_psnr: 20.0 }));
        let bits = |frame: &PoseFrame| -> Vec<Option<u64>> {
            let values = frame.columns()[0].as_primitive::<Float64Type>().values();
            values.iter().map(|value| value.is_nan().then_some(value.to_bits())).collect()
        };
        assert_eq!(bits(&back), bits(&given));
    }

    #[test]
    fn infinity_makes_the_file_unreadable() {
        let odd = |row: f64| match row % 7.0 {
            place if place < 1.0 => f64::INFINITY,
            place if place < 2.0 => f64::NEG_INFINITY,
            _ => row * 0.5,
        };
        both(&rows(vec![floats(101, odd), floats(101, |_| f64::INFINITY)]));
    }

    #[test]
    fn frames_of_zeros_are_destroyed() {
        let table = pictures(40, |frame, pixel| if frame % 3 == 0 { 0.0 } else { f64::from(frame * pixel) });
        exact_trip(&table, &as_pictures());
        exact_trip(&pictures(20, |_, _| 0.0), &as_pictures());
        exact_trip(&pictures(20, |_, pixel| if pixel % 2 == 0 { -0.0 } else { 0.0 }), &as_pictures());
    }

    #[test]
    fn float64_near_1e9_is_off_by_64() {
        both(&rows(vec![floats(101, |row| 1e9 + row * 0.37), floats(101, |row| -1e9 - row / 3.0)]));
    }

    #[test]
    fn values_near_1e_minus_9_are_lost() {
        let tiny = floats(101, |row| 1e-9 * (row + 0.1));
        let subnormal = Arc::new(Float64Array::from_iter_values((1..102).map(f64::from_bits)));
        both(&rows(vec![tiny, subnormal, floats(101, |row| row * 1e6)]));
    }

    #[test]
    fn negative_integers_wrap() {
        let integers: ArrayRef =
            Arc::new(Int64Array::from_iter_values((0..101).map(|row| row * 40_000 - 2_000_000)));
        let short: ArrayRef = Arc::new(Int16Array::from_iter_values((0..101).map(|row| row * 300 - 15_000)));
        both(&rows(vec![integers, short]));
    }

    #[test]
    fn mixed_float_and_integer_recipes_crash() {
        let integers: ArrayRef = Arc::new(Int64Array::from_iter_values(0..101));
        let singles: ArrayRef =
            Arc::new(Float32Array::from_iter_values((0..101_u8).map(|row| f32::from(row) * 0.1)));
        let table = rows(vec![floats(101, f64::sqrt), integers, singles]);
        both(&table);
        // In one array of a recipe they are an error that says so.
        let folder = tempfile::tempdir().unwrap();
        let recipe = one(Columns::default(), Codec::Ffv1 {}, Contract::Lossless);
        let error = pack(&table, &recipe, folder.path().join("t"), &PackOptions::default()).unwrap_err();
        assert!(error.to_string().contains("of float64 and int64"), "{error}");
        // As blocks they are one array.
        exact_trip(&table, &one(Columns::default(), Codec::pco(), Contract::Lossless));
    }
}

mod videoparquet {
    use super::{
        Arc, ArrayRecipe, ArrayRef, AsArray, Codec, Columns, Contract, Encoder, Float64Type, Int64Array,
        NumberType, PackOptions, PackedTable, PoseTable, Recipe, Shape, StringArray, both, exact_trip,
        floats, in_video, one, pack, pictures, rows, trip,
    };

    #[test]
    fn three_columns_come_back_with_their_ranges_swapped() {
        let x = floats(101, |row| row * 6.4);
        let y = floats(101, |row| 480.0 - row * 3.1);
        let likelihood = floats(101, |row| (row / 100.0).cos());
        both(&rows(vec![x, y, likelihood]));
    }

    #[test]
    fn integers_and_float64_come_back_as_quantised_float32() {
        let integers: ArrayRef =
            Arc::new(Int64Array::from_iter_values((0..101).map(|row| (1 << 53) + row * 3)));
        both(&rows(vec![integers, floats(101, |row| 0.1 + row / 3.0)]));
    }

    #[test]
    fn nan_becomes_the_minimum() {
        let nan = |row: f64| if row % 9.0 < 2.0 { f64::NAN } else { 7.0 + row };
        both(&rows(vec![floats(101, nan), floats(101, |_| f64::NAN)]));
    }

    #[test]
    fn one_infinity_turns_the_whole_table_into_nan() {
        let one = |row: f64| if (49.5..50.5).contains(&row) { f64::INFINITY } else { row };
        both(&rows(vec![floats(101, one), floats(101, |row| row)]));
    }

    #[test]
    fn strings_fail() {
        let text = StringArray::from_iter_values((0..101).map(|row| format!("row {row}")));
        both(&rows(vec![Arc::new(text), floats(101, |row| row)]));
    }

    #[test]
    fn nulls_fail() {
        let text: StringArray = (0..101).map(|row| (row % 3 != 0).then_some("seen")).collect();
        let integers: Int64Array = (0..101).map(|row| (row % 4 != 0).then_some(row)).collect();
        both(&rows(vec![Arc::new(text), Arc::new(integers), floats(101, |row| row)]));
    }

    #[test]
    fn one_two_and_four_columns_and_a_prime_number_of_rows_fail() {
        for (rows_of, columns) in [(101, 1), (101, 2), (101, 4), (97, 3)] {
            let column = |number: u32| floats(rows_of, |row| row * f64::from(number));
            both(&rows((0..columns).map(column).collect()));
        }
    }

    #[test]
    fn tables_of_no_and_of_one_row_fail() {
        for rows_of in [0, 1] {
            both(&rows((0..3).map(|number| floats(rows_of, |row| row + f64::from(number))).collect()));
        }
    }

    #[test]
    fn a_hundred_and_twenty_named_columns_are_renamed() {
        let table = rows((0..120).map(|column| floats(30, |row| row + f64::from(column))).collect());
        let back = trip(&table, &in_video());
        assert_eq!(back.schema(), table.schema());
    }

    #[test]
    fn libx264_comes_back_as_raw_bytes_and_libx265_and_vp9_do_not_open() {
        let waves = |column: u32| {
            floats(600, move |row| 80.0 * ((row + f64::from(column) * 9.0) / 60.0).sin() + 80.0)
        };
        let table = rows((0..24).map(waves).collect());
        for encoder in [Encoder::X264, Encoder::X265, Encoder::Vp9] {
            let lossy = Codec::Lossy { encoder, crf: Some(10.0), preset: None };
            let back = trip(&table, &one(Columns::default(), lossy, Contract::Quality { min_psnr: 30.0 }));
            assert_eq!(back.schema(), table.schema());
            let (mut squares, mut largest) = (0.0, 0.0_f64);
            for (given, back) in table.columns().iter().zip(back.columns()) {
                let (given, back) = (given.as_primitive::<Float64Type>(), back.as_primitive::<Float64Type>());
                for (given, back) in given.values().iter().zip(back.values()) {
                    squares += (given - back).powi(2);
                    largest = largest.max((given - back).abs());
                }
            }
            let rmse = (squares / (24.0 * 600.0)).sqrt();
            assert!(rmse < 160.0 * 10_f64.powf(-1.5) && largest > 0.0, "{encoder:?}: {rmse} {largest}");
        }
    }

    #[test]
    fn the_default_recipe_errs_by_228_on_a_range_of_160() {
        let table = rows(vec![floats(101, |row| row * 1.6), floats(101, |row| -row)]);
        let recipe = Recipe::lossless(&table).unwrap();
        assert!(recipe.arrays.iter().all(|array| array.contract == Contract::Lossless));
        exact_trip(&table, &recipe);
    }

    /// The rule `{"main": (columns, (-1, 16, 16), 0, {"c:v": "libx265", "crf": 4, "preset": "fast"}, 10, (0, 640))}`.
    #[test]
    fn a_rule_of_six_parts_is_an_array_of_a_recipe() {
        let rule = ArrayRecipe {
            shape: Some(Shape::Axes(vec![16, 16])),
            bits: Some(10),
            range: Some([0.0, 640.0]),
            contract: Contract::Quality { min_psnr: 30.0 },
            ..ArrayRecipe::new(
                "main",
                Columns::of_type(NumberType::Float64),
                Codec::Lossy { encoder: Encoder::X265, crf: Some(4.0), preset: Some("fast".to_owned()) },
            )
        };
        let table = pictures(30, |frame, pixel| f64::from(frame + pixel) * 2.0);
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("t");
        let recipe = Recipe::new(vec![rule]);
        pack(&table, &recipe, &target, &PackOptions::default()).unwrap();
        let packed = PackedTable::open(&target).unwrap();
        assert_eq!((packed.recipe(), packed.num_frames()), (&recipe, 30));
        // What it would have cut off is an error.
        let beyond = pictures(30, |frame, pixel| f64::from(frame + pixel) * 3.0);
        let error = pack(&beyond, &recipe, folder.path().join("other"), &PackOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with("recipe: arrays[0].range: column c"), "{error}");
    }
}
