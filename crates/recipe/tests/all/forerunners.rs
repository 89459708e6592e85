//! What videoparquet was seen to break: each with the right outcome.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray};
use pose_frame::{PoseTable, RowIndex};
use recipe::{Codec, Columns, Contract, Encoder, PackOptions, PackedTable, Recipe, pack};

use crate::support::{exact_trip, in_video, one, table, trip};

fn floats(rows: u32, of: impl Fn(f64) -> f64) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values((0..rows).map(|row| of(f64::from(row)))))
}

/// In blocks, and in a video.
fn both(table: &pose_frame::PoseFrame) {
    exact_trip(table, &Recipe::lossless(table).unwrap());
    exact_trip(table, &in_video());
}

#[test]
fn ranges_of_columns_are_not_swapped() {
    let x = floats(101, |row| row * 6.4);
    let y = floats(101, |row| 480.0 - row * 3.1);
    let likelihood = floats(101, |row| (row / 100.0).cos());
    both(&table(RowIndex::range(101), vec![x, y, likelihood]));
}

#[test]
fn integers_and_float64_come_back_as_they_are() {
    let integers: ArrayRef = Arc::new(Int64Array::from_iter_values((0..101).map(|row| (1 << 53) + row * 3)));
    both(&table(RowIndex::range(101), vec![integers, floats(101, |row| 0.1 + row / 3.0)]));
}

#[test]
fn nan_and_infinity_come_back_and_spoil_nothing() {
    let odd = |row: f64| {
        if (6.5..7.5).contains(&row) {
            f64::INFINITY
        } else if (8.5..9.5).contains(&row) {
            f64::NAN
        } else {
            row * 0.5
        }
    };
    both(&table(RowIndex::range(101), vec![floats(101, odd), floats(101, |row| row)]));
}

#[test]
fn text_nulls_and_tables_of_any_size_are_packed() {
    for (rows, columns) in [(101, 1), (101, 2), (101, 4), (97, 3), (0, 3), (1, 3), (1, 1)] {
        let mut arrays: Vec<ArrayRef> =
            (0..columns).map(|column| floats(rows, |row| row * f64::from(column))).collect();
        let text = (0..rows).map(|row| (row % 3 != 0).then(|| format!("row {row}")));
        arrays.push(Arc::new(text.collect::<StringArray>()));
        both(&table(RowIndex::range(rows as usize), arrays));
    }
}

#[test]
fn a_hundred_and_twenty_columns_keep_their_names() {
    let table = table(
        RowIndex::range(30),
        (0..120).map(|column| floats(30, |row| row + f64::from(column))).collect(),
    );
    let back = trip(&table, &in_video());
    assert_eq!(back.schema(), table.schema());
}

#[test]
fn codecs_for_pictures_come_back_in_the_units_that_they_got() {
    let columns: Vec<ArrayRef> = (0..24)
        .map(|column| floats(600, |row| 80.0 * ((row + f64::from(column) * 9.0) / 60.0).sin() + 80.0))
        .collect();
    let table = table(RowIndex::range(600), columns);
    for encoder in [Encoder::X264, Encoder::X265, Encoder::Vp9] {
        let quality = Contract::Quality { min_psnr: 30.0 };
        let recipe = one(Columns::default(), Codec::Lossy { encoder, crf: 10.0 }, quality);
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("t");
        let packed = pack(&table, &recipe, &target, &PackOptions::default()).unwrap();
        let measured = packed.arrays[0].measured;
        assert!(measured.max_error < 40.0 && measured.max_error > 0.0, "{encoder:?}: {measured:?}");
        assert!(measured.psnr.unwrap() >= 30.0, "{encoder:?}: {measured:?}");
        assert_eq!(PackedTable::open(&target).unwrap().load().unwrap().schema(), table.schema());
    }
}

#[test]
fn the_usual_recipe_loses_nothing() {
    let table = table(RowIndex::range(101), vec![floats(101, |row| row * 1.6), floats(101, |row| -row)]);
    let recipe = Recipe::lossless(&table).unwrap();
    assert!(recipe.arrays.iter().all(|array| array.contract == Contract::Lossless));
    exact_trip(&table, &recipe);
}
