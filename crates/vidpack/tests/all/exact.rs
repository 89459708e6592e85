//! Every bit comes back.

use ndarray::{ArrayD, IxDyn, Slice};
use vidpack::{Array, Contract, Scheme, SegmentPlan, StreamPlan};

use crate::trip::{Dice, SHAPES, back, trip, trip_after};

macro_rules! exact {
    ($type:ty, $make:expr, $bits:expr) => {
        for shape in SHAPES {
            let mut dice = Dice(7);
            let mut place = 0;
            let array = ArrayD::<$type>::from_shape_simple_fn(IxDyn(shape), || {
                place += 1;
                ($make)(place, &mut dice)
            });
            let (_, found) = back(&array, &Contract::Lossless);
            for (value, found) in array.iter().zip(&found) {
                assert_eq!(($bits)(*value), ($bits)(*found), "{shape:?}");
            }
        }
    };
}

#[test]
fn integers_of_all_widths_come_back_over_their_full_range() {
    exact!(bool, |_, dice: &mut Dice| dice.bits().is_multiple_of(3), |value| value);
    exact!(i8, |_, dice: &mut Dice| dice.bits() as i8, |value| value);
    exact!(
        u8,
        |place, dice: &mut Dice| ((place / 50) as u8).wrapping_add((dice.bits() % 4) as u8),
        |value| value
    );
    exact!(i16, |_, dice: &mut Dice| dice.bits() as i16, |value| value);
    exact!(u16, |place, dice: &mut Dice| place as u16 ^ (dice.bits() % 16) as u16, |value| value);
    exact!(i32, |_, dice: &mut Dice| dice.bits() as i32, |value| value);
    exact!(u32, |place, _: &mut Dice| u32::MAX - place, |value| value);
    exact!(i64, |_, dice: &mut Dice| dice.bits() as i64, |value| value);
    exact!(i64, |place, dice: &mut Dice| i64::MIN + place + (dice.bits() % 1000) as i64, |value| value);
    exact!(u64, |_, dice: &mut Dice| dice.bits(), |value| value);
    exact!(u64, |place: u64, _: &mut Dice| u64::MAX - place * 3, |value| value);
    exact!(u64, |place: u64, dice: &mut Dice| (place << 40) + (dice.bits() % (1 << 38)), |value| value);
}

#[test]
fn any_bits_of_floats_come_back() {
    exact!(f32, |_, dice: &mut Dice| f32::from_bits(dice.bits() as u32), f32::to_bits);
    exact!(f64, |_, dice: &mut Dice| f64::from_bits(dice.bits()), f64::to_bits);
}

#[test]
fn special_values_among_smooth_ones_come_back() {
    let special = |dice: &mut Dice, value: f64| match dice.bits() % 40 {
        0 => f64::NAN,
        1 => f64::from_bits(0xfff0_0000_0000_0001 | (dice.bits() >> 13)),
        2 => f64::INFINITY,
        3 => f64::NEG_INFINITY,
        4 => -0.0,
        5 => f64::from_bits(dice.bits() % 1000),
        6 => f64::MAX,
        _ => value,
    };
    exact!(f64, |place: i32, dice: &mut Dice| special(dice, f64::from(place) * 0.1), f64::to_bits);
    exact!(f64, |place: i32, dice: &mut Dice| special(dice, (f64::from(place) * 0.1).sin()), f64::to_bits);
    exact!(f32, |place: i32, dice: &mut Dice| special(dice, f64::from(place) * 0.01) as f32, f32::to_bits);
    exact!(
        f64,
        |_, dice: &mut Dice| if dice.bits().is_multiple_of(2) { f64::NAN } else { 3.25 },
        f64::to_bits
    );
    exact!(f64, |_, _: &mut Dice| f64::NAN, f64::to_bits);
    exact!(f32, |_, _: &mut Dice| -0.0, f32::to_bits);
}

#[test]
fn steps_and_decimals_and_narrow_floats_come_back() {
    exact!(f64, |_, dice: &mut Dice| (dice.bits() % 64_000) as f64 / 100.0, f64::to_bits);
    exact!(f64, |_, dice: &mut Dice| -((dice.bits() % 64_000) as f64) / 1e6, f64::to_bits);
    exact!(f32, |_, dice: &mut Dice| ((dice.bits() % 64_000) as f64 / 1000.0) as f32, f32::to_bits);
    exact!(f64, |_, dice: &mut Dice| f64::from(dice.unit() as f32), f64::to_bits);
    exact!(f64, |place: i32, dice: &mut Dice| f64::from(place) + dice.unit(), f64::to_bits);
    exact!(f32, |place: i32, _: &mut Dice| (place % 1000) as f32 * 0.25 - 77.0, f32::to_bits);
    exact!(f64, |place: i32, _: &mut Dice| f64::from(place) * 1e300, f64::to_bits);
    exact!(f64, |place: i32, _: &mut Dice| f64::from(place) * 5e-324, f64::to_bits);
}

#[test]
fn decimals_are_recognised_and_become_small_integers() {
    let array =
        ArrayD::from_shape_fn(IxDyn(&[30, 20, 20]), |at| (at[0] * 7 + at[1] * at[2] % 13) as f64 / 10.0);
    let (plan, _) = back(&array, &Contract::Lossless);
    assert!(matches!(plan.channels[0].scheme, Scheme::Decimal { digits: 1, .. }), "{plan:?}");
    assert_eq!(plan.channels[0].exceptions, 0);
    assert!(plan.channels[0].bits <= 8, "{plan:?}");
}

#[test]
fn constants_need_no_video() {
    for value in [0.0, -0.0, f64::NAN, f64::INFINITY, 1e9] {
        let array = ArrayD::from_elem(IxDyn(&[9, 20, 20]), value);
        let (plan, found) = back(&array, &Contract::Lossless);
        assert!(plan.streams.is_empty() && plan.side_bytes == 0);
        assert!(found.iter().all(|found| found.to_bits() == value.to_bits()));
    }
}

#[test]
fn views_with_any_strides_come_back() {
    let array =
        ArrayD::from_shape_fn(IxDyn(&[40, 18, 36, 3]), |at| (at[0] * at[1] + at[2] * 5 + at[3]) as i32);
    let mut view = array.view();
    view.invert_axis(ndarray::Axis(1));
    view.swap_axes(1, 2);
    view.slice_axis_inplace(ndarray::Axis(1), Slice::new(1, None, 2));
    let (_, found) = trip(&view.clone().into(), &Contract::Lossless);
    let vidpack::Array::I32(found) = found else { panic!() };
    assert_eq!(found, view);
}

#[test]
fn segments_that_differ_a_little_have_streams_of_the_same_kinds() {
    let kinds = |plan: &SegmentPlan| -> Vec<StreamPlan> {
        let mut streams = plan.streams.clone();
        for stream in &mut streams {
            stream.frames = 0;
        }
        streams
    };
    let mut dice = Dice(3);
    // Between the noise of the first and of the last lies half a bit; alone, each is planned by its own.
    let segments: Vec<ArrayD<f32>> = (0..8)
        .map(|number| {
            let noise = 0.02 * 1.05_f64.powi(number);
            ArrayD::from_shape_fn(IxDyn(&[6, 64, 64]), |at| {
                let smooth = (at[1] as f64 * 0.1 + f64::from(number)).sin() + (at[2] as f64 * 0.07).cos();
                (280.0 + 20.0 * smooth + noise * (dice.unit() - 0.5)) as f32
            })
        })
        .collect();
    let mut before: Option<SegmentPlan> = None;
    let mut alone = Vec::new();
    for segment in &segments {
        let (plan, found) = trip_after(before.as_ref(), &segment.view().into(), &Contract::Lossless);
        let Array::F32(found) = found else { panic!() };
        assert!(found.iter().zip(segment).all(|(found, value)| found.to_bits() == value.to_bits()));
        if let Some(before) = &before {
            assert_eq!(kinds(before), kinds(&plan));
        }
        alone.push(kinds(&back(segment, &Contract::Lossless).0));
        before = Some(plan);
    }
    assert!(alone.iter().any(|kinds| *kinds != alone[0]), "nothing had to be kept: {alone:?}");
}
