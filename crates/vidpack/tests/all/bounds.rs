//! Values within a bound, and what a codec for pictures leaves.

use ndarray::{ArrayD, IxDyn};
use vidpack::{Bound, Contract, ErrorKind, Options, Planes, Segment};

use crate::trip::{Dice, SHAPES, back};

fn special(dice: &mut Dice, value: f64) -> f64 {
    match dice.bits() % 60 {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::NEG_INFINITY,
        3 => f64::from_bits(0x7ff8_0000_0000_0123),
        4 => -0.0,
        _ => value,
    }
}

#[test]
fn floats_stay_within_the_bound_and_others_come_back_exactly() {
    for shape in SHAPES {
        for bound in [1e-12, 1e-7, 1e-3, 0.1, 5.0, 1e9, 1e300, f64::MIN_POSITIVE] {
            let contract = Contract::MaxError(Bound::All(bound));
            let mut dice = Dice(3);
            let mut at = 0.0;
            let wide = ArrayD::from_shape_simple_fn(IxDyn(shape), || {
                at += dice.unit();
                special(&mut dice, f64::sin(at * 0.01) * 50.0)
            });
            let (_, found) = back(&wide, &contract);
            for (value, found) in wide.iter().zip(&found) {
                let fine = (value - found).abs() <= bound || value.to_bits() == found.to_bits();
                assert!(fine, "{shape:?} {bound}: {value} became {found}");
            }
            let narrow = wide.mapv(|value| value as f32);
            let (_, found) = back(&narrow, &contract);
            for (value, found) in narrow.iter().zip(&found) {
                let fine = f64::from((value - found).abs()) <= bound || value.to_bits() == found.to_bits();
                assert!(fine, "{shape:?} {bound}: {value} became {found}");
            }
        }
    }
}

#[test]
fn integers_stay_within_the_bound_over_their_full_range() {
    for bound in [0.5, 1.0, 1.9, 7.0, 1e6, 1e30] {
        let contract = Contract::MaxError(Bound::All(bound));
        let mut dice = Dice(9);
        let array = ArrayD::from_shape_simple_fn(IxDyn(&[50, 20, 20]), || dice.bits() as i64);
        let (_, found) = back(&array, &contract);
        assert!(array.iter().zip(&found).all(|(value, found)| value.abs_diff(*found) as f64 <= bound));
        let array = array.mapv(|value| (value >> 30) as u16);
        let (_, found) = back(&array, &contract);
        assert!(array.iter().zip(&found).all(|(value, found)| f64::from(value.abs_diff(*found)) <= bound));
        let array = array.mapv(|value| value as i8);
        let (_, found) = back(&array, &contract);
        assert!(array.iter().zip(&found).all(|(value, found)| f64::from(value.abs_diff(*found)) <= bound));
    }
}

#[test]
fn each_channel_has_its_own_bound() {
    let mut dice = Dice(4);
    let array = ArrayD::from_shape_simple_fn(IxDyn(&[300, 3]), || dice.unit() * 100.0);
    let bounds = [0.001, 1.0, 30.0];
    let (_, found) = back(&array, &Contract::MaxError(Bound::Channels(bounds.to_vec())));
    for ((index, value), found) in array.indexed_iter().zip(&found) {
        assert!((value - found).abs() <= bounds[index[1]]);
    }
}

#[test]
fn a_looser_bound_needs_fewer_bits() {
    let array = ArrayD::from_shape_fn(IxDyn(&[20, 40, 40]), |at| {
        (at[0] as f64 * 0.3).sin() * 20.0 + (at[1] as f64 * 0.21).cos() * 9.0 + at[2] as f64 * 0.1
    });
    let bytes = |bound| -> usize {
        let (plan, _) = back(&array, &Contract::MaxError(Bound::All(bound)));
        plan.streams.iter().map(vidpack::StreamPlan::frame_bytes).sum()
    };
    assert!(bytes(1e-9) > bytes(1e-3));
    assert_eq!(bytes(1e6), 0);
}

#[test]
fn bounds_that_make_no_sense_are_refused() {
    let array = ArrayD::<f32>::zeros(IxDyn(&[2, 3]));
    for bound in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let contract = Contract::MaxError(Bound::All(bound));
        let error = Segment::new(&array.view().into(), &contract, &Options::default()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Contract { .. }));
    }
    let contract = Contract::MaxError(Bound::Channels(vec![1.0]));
    assert!(Segment::new(&array.view().into(), &contract, &Options::default()).is_err());
}

#[test]
fn scaled_values_keep_their_extremes_and_masks_exactly() {
    for planes in [Planes::Stacked, Planes::Three] {
        for bits in [8, 10, 12] {
            for shape in SHAPES {
                let mut dice = Dice(5);
                let array = ArrayD::from_shape_simple_fn(IxDyn(shape), || {
                    let value = dice.unit() * 7.0 - 3.0;
                    special(&mut dice, value)
                });
                let (_, found) = back(&array, &Contract::Quality { bits, planes });
                let finite = |array: &ArrayD<f64>| {
                    let finite = array.iter().copied().filter(|value| value.is_finite());
                    finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                        (low.min(value), high.max(value))
                    })
                };
                assert_eq!(finite(&array), finite(&found), "{shape:?}");
                let step = 7.0 / f64::from((1 << bits) - 1);
                for (value, found) in array.iter().zip(&found) {
                    let fine = (value - found).abs() <= step || value.to_bits() == found.to_bits();
                    assert!(fine, "{shape:?}: {value} became {found}");
                }
            }
        }
    }
}
