//! What two earlier programs for arrays in video got wrong, as far as it is a matter of numbers.

use ndarray::{ArrayD, IxDyn};
use vidpack::{Bound, Contract, Planes};

use crate::trip::{Dice, back};

const QUALITY: Contract = Contract::Quality { bits: 12, planes: Planes::Three };

fn same(array: &ArrayD<f64>, found: &ArrayD<f64>) -> bool {
    array.iter().zip(found).all(|(value, found)| value.to_bits() == found.to_bits())
}

#[test]
fn xarrayvideo_four_or_more_channel_groups_come_back_permuted() {
    for channels in 1..=13 {
        let shape = IxDyn(&[3, 16, 17, channels]);
        let array = ArrayD::from_shape_fn(shape, |at| (at[3] * 1000 + at[0] * 10 + at[1] % 7) as f64);
        for contract in [QUALITY, Contract::Lossless, Contract::MaxError(Bound::All(0.4))] {
            let (_, found) = back(&array, &contract);
            assert!(array.iter().zip(&found).all(|(value, found)| (value - found).abs() <= 0.4));
        }
    }
}

#[test]
fn xarrayvideo_nan_becomes_zero_and_inf_makes_the_file_unreadable() {
    let array = ArrayD::from_shape_fn(IxDyn(&[4, 16, 16]), |at| match at[1] {
        3 => f64::NAN,
        4 => f64::INFINITY,
        5 => f64::NEG_INFINITY,
        y => y as f64,
    });
    for contract in [QUALITY, Contract::Lossless, Contract::MaxError(Bound::All(0.1))] {
        let (_, found) = back(&array, &contract);
        for (value, found) in array.iter().zip(&found) {
            assert!(value.to_bits() == found.to_bits() || value.is_finite() && (value - found).abs() <= 0.1);
        }
    }
}

#[test]
fn xarrayvideo_frames_of_zeros_are_destroyed() {
    let array =
        ArrayD::from_shape_fn(IxDyn(&[6, 16, 16]), |at| if at[0] == 3 { 0.0 } else { 1.0 + at[2] as f64 });
    for contract in [QUALITY, Contract::Lossless] {
        let (_, found) = back(&array, &contract);
        assert!(found.index_axis(ndarray::Axis(0), 3).iter().all(|value| *value == 0.0));
    }
}

#[test]
fn xarrayvideo_large_values_are_off_and_small_ones_lost() {
    let mut dice = Dice(1);
    for (origin, range) in [(1e9, 1.0), (0.0, 1e-9)] {
        let array = ArrayD::from_shape_simple_fn(IxDyn(&[3, 16, 16]), || origin + range * dice.unit());
        assert!(same(&array, &back(&array, &Contract::Lossless).1));
        let (_, found) = back(&array, &QUALITY);
        assert!(array.iter().zip(&found).all(|(value, found)| (value - found).abs() <= range / 4000.0));
    }
}

#[test]
fn xarrayvideo_negative_integers_wrap() {
    let array = ArrayD::from_shape_fn(IxDyn(&[3, 16, 16]), |at| at[1] as i32 * 1000 - 9000 - at[2] as i32);
    assert_eq!(back(&array, &Contract::Lossless).1, array);
    let (_, found) = back(&array, &QUALITY);
    assert!(array.iter().zip(&found).all(|(value, found)| value.abs_diff(*found) <= 4));
}

#[test]
fn videoparquet_ranges_of_three_columns_are_swapped() {
    let array =
        ArrayD::from_shape_fn(IxDyn(&[500, 3]), |at| [640.0, 480.0, 1.0][at[1]] * (at[0] as f64 / 499.0));
    let (_, found) = back(&array, &QUALITY);
    for ((index, value), found) in array.indexed_iter().zip(&found) {
        assert!((value - found).abs() <= [640.0, 480.0, 1.0][index[1]] / 4000.0);
    }
}

#[test]
fn videoparquet_integers_and_doubles_come_back_as_quantised_floats() {
    let array = ArrayD::from_shape_fn(IxDyn(&[101, 2]), |at| i64::MAX - at[0] as i64 * 12_345 - at[1] as i64);
    assert_eq!(back(&array, &Contract::Lossless).1, array);
    let array = ArrayD::from_shape_fn(IxDyn(&[101, 2]), |at| (at[0] as f64).sqrt() + at[1] as f64);
    assert!(same(&array, &back(&array, &Contract::Lossless).1));
}

#[test]
fn videoparquet_one_inf_spoils_the_table_and_nan_becomes_the_minimum() {
    let mut array = ArrayD::from_shape_fn(IxDyn(&[300, 3]), |at| at[0] as f64 + at[1] as f64);
    array[[7, 1]] = f64::INFINITY;
    array[[9, 2]] = f64::NAN;
    let (_, found) = back(&array, &QUALITY);
    assert_eq!(found[[7, 1]], f64::INFINITY);
    assert_eq!(found[[9, 2]].to_bits(), f64::NAN.to_bits());
    assert!((found[[8, 1]] - 9.0).abs() < 0.1 && (found[[10, 2]] - 12.0).abs() < 0.1);
}

#[test]
fn videoparquet_few_columns_prime_rows_and_no_rows_fail() {
    for columns in [1, 2, 4] {
        for rows in [0, 1, 2, 997] {
            let array = ArrayD::from_shape_fn(IxDyn(&[rows, columns]), |at| (at[0] as f64 * 0.37).sin());
            assert!(same(&array, &back(&array, &Contract::Lossless).1));
            assert_eq!(back(&array, &QUALITY).1.shape(), array.shape());
        }
    }
}
