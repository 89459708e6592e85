//! Channels as their principal components.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_lossless,
    reason = "test data is made of places and dice, and cast as it comes"
)]

use ndarray::{Array as Nd, ArrayD, Dimension as _, IxDyn};
use vidpack::{
    Array, ArrayOptions, ArrayView, Bound, Codec, Components, Contract, Element, Ffv1, Lossy, Options, Pack,
    PackOptions, PackWriter, Planes, Quality, Restorer, Segment, SegmentPlan,
};

use crate::support::ffmpeg;
use crate::trip::{Dice, Take, restored};

/// Bands that are mixtures of three fields, each with a little noise of its own, in units of its own.
fn bands(shape: &[usize], noise: f64, seed: u64) -> ArrayD<f64> {
    let mut dice = Dice(seed);
    let channels = shape[shape.len() - 1];
    let mix: Vec<[f64; 3]> =
        (0..channels).map(|_| [dice.unit() - 0.2, dice.unit() - 0.5, dice.unit() - 0.5]).collect();
    let texture: Vec<f64> = (0..4096).map(|_| dice.unit() - 0.5).collect();
    Nd::from_shape_fn(IxDyn(shape), |place| {
        let channel = place[place.ndim() - 1];
        let (t, y, x) =
            if place.ndim() == 4 { (place[0], place[1], place[2]) } else { (place[0], 0, place[0]) };
        let (tf, yf, xf) = (t as f64, y as f64, x as f64);
        let fields = [
            20.0 * (0.11 * xf + 0.05 * tf).sin() + 8.0 * texture[(y * 64 + x + 7 * t) % 4096],
            11.0 * (0.13 * yf - 0.08 * tf).cos() + 5.0 * texture[(x * 61 + y + 3 * t) % 4096],
            6.0 * (0.2 * xf + 0.17 * yf).sin() + 4.0 * texture[(x * 31 + y * 17 + t) % 4096],
        ];
        let value: f64 = mix[channel].iter().zip(fields).map(|(weight, field)| weight * field).sum();
        value + 100.0 + 10.0 * channel as f64 + noise * (dice.unit() - 0.5)
    })
}

fn special(dice: &mut Dice, value: f64) -> f64 {
    match dice.bits() % 80 {
        0 => f64::NAN,
        1 => f64::INFINITY,
        2 => f64::from_bits(0xfff8_0000_0000_0077),
        3 => -0.0,
        _ => value,
    }
}

fn back<'a, T>(array: &'a ArrayD<T>, contract: &Contract, components: Components) -> (SegmentPlan, ArrayD<T>)
where
    T: Element,
    ArrayView<'a>: From<ndarray::ArrayViewD<'a, T>>,
    Array: Take<T>,
{
    let segment =
        Segment::with_components(&array.view().into(), contract, &Options::default(), components).unwrap();
    let (plan, back) = restored(&segment);
    assert_eq!((back.shape(), plan.array_shape()), (array.shape(), array.shape().to_vec()));
    assert_eq!(plan.array_element(), T::TYPE);
    (plan, back.take())
}

const SHAPES: [&[usize]; 7] =
    [&[997, 3], &[1500, 12], &[1, 5], &[6, 18, 20, 7], &[5, 23, 19, 2], &[29, 12, 3, 4], &[1, 16, 16, 33]];

#[test]
fn the_bound_holds_for_the_channels_and_others_come_back_exactly() {
    let mut mixed = 0;
    for shape in SHAPES {
        for bound in [1e-9, 1e-3, 0.7, 300.0] {
            let mut dice = Dice(11);
            let wide = bands(shape, 0.3, 2).mapv(|value| special(&mut dice, value));
            let contract = Contract::MaxError(Bound::All(bound));
            let (plan, found) = back(&wide, &contract, Components::default());
            mixed += usize::from(plan.mixture.is_some());
            for (value, found) in wide.iter().zip(&found) {
                let fine = (value - found).abs() <= bound || value.to_bits() == found.to_bits();
                assert!(fine, "{shape:?} {bound}: {value} became {found}");
            }
            let narrow = wide.mapv(|value| value as f32);
            let (_, found) = back(&narrow, &contract, Components::default());
            for (value, found) in narrow.iter().zip(&found) {
                let fine = f64::from((value - found).abs()) <= bound
                    && (f64::from(*value) - f64::from(*found)).abs() <= bound;
                assert!(
                    fine || value.to_bits() == found.to_bits(),
                    "{shape:?} {bound}: {value} became {found}"
                );
            }
            let whole = wide.mapv(|value| value as i16);
            let (_, found) = back(&whole, &contract, Components::default());
            assert!(
                whole.iter().zip(&found).all(|(value, found)| f64::from(value.abs_diff(*found)) <= bound)
            );
        }
    }
    assert!(mixed >= 15, "only {mixed} went by components");
}

#[test]
fn integers_stay_within_the_bound_over_their_full_range() {
    for bound in [1.0, 900.0, 1e17] {
        let mut dice = Dice(8);
        let array = ArrayD::from_shape_simple_fn(IxDyn(&[400, 3]), || dice.bits().cast_signed());
        let (_, found) = back(&array, &Contract::MaxError(Bound::All(bound)), Components::default());
        assert!(array.iter().zip(&found).all(|(value, found)| value.abs_diff(*found) as f64 <= bound));
        let array = array.mapv(i64::cast_unsigned);
        let (_, found) = back(&array, &Contract::MaxError(Bound::All(bound)), Components::default());
        assert!(array.iter().zip(&found).all(|(value, found)| value.abs_diff(*found) as f64 <= bound));
    }
}

#[test]
fn each_channel_has_its_own_bound() {
    let array = bands(&[8, 20, 20, 3], 0.2, 3);
    let bounds = [0.001, 0.1, 2.0];
    let (plan, found) =
        back(&array, &Contract::MaxError(Bound::Channels(bounds.to_vec())), Components::default());
    assert!(plan.mixture.is_some());
    let mut worst = [0.0_f64; 3];
    for ((place, value), found) in array.indexed_iter().zip(&found) {
        worst[place[3]] = worst[place[3]].max((value - found).abs());
    }
    for (worst, bound) in worst.into_iter().zip(bounds) {
        assert!(worst <= bound && worst > bound * 0.2, "{worst} for {bound}");
    }
}

#[test]
fn pictures_of_components_come_back_in_steps() {
    for planes in [Planes::Stacked, Planes::Three] {
        for bits in [8, 10, 12] {
            for shape in SHAPES {
                let mut dice = Dice(7);
                let array = bands(shape, 0.3, 5).mapv(|value| special(&mut dice, value));
                let (_, found) = back(&array, &Contract::Quality { bits, planes }, Components::default());
                // Minus zero is finite, and far below all others: it makes the range of each channel some 200.
                let step = 250.0 * (shape[shape.len() - 1] as f64) / f64::from((1 << bits) - 1);
                for (value, found) in array.iter().zip(&found) {
                    let fine = (value - found).abs() <= step || value.to_bits() == found.to_bits();
                    assert!(fine, "{shape:?} {bits}: {value} became {found}");
                }
            }
        }
    }
}

#[test]
fn fewer_components_are_kept_when_that_is_asked_for() {
    let array = bands(&[6, 20, 20, 9], 0.5, 6);
    for count in [1, 2, 3] {
        let (plan, _) = back(
            &array,
            &Contract::Quality { bits: 10, planes: Planes::Stacked },
            Components::at_most(count),
        );
        assert_eq!(plan.shape, [6, 20, 20, count]);
        assert_eq!(plan.channels.len(), count);
    }
    // What has no component left is kept exactly, or all goes without components.
    let (_, found) = back(&array, &Contract::MaxError(Bound::All(0.01)), Components::at_most(1));
    assert!(array.iter().zip(&found).all(|(value, found)| (value - found).abs() <= 0.01));
}

#[test]
fn what_has_no_components_is_refused_or_goes_without() {
    let options = Options::default();
    let bound = Contract::MaxError(Bound::All(0.1));
    let of = |shape: &[usize], contract: &Contract, components| {
        let array = ArrayD::<f32>::zeros(IxDyn(shape));
        Segment::with_components(&array.view().into(), contract, &options, components)
            .map(|segment| segment.plan().clone())
    };
    for shape in [&[40][..], &[40, 1], &[4, 16, 16], &[40, 257]] {
        let error = of(shape, &bound, Components::default()).unwrap_err();
        assert!(matches!(error.kind(), vidpack::ErrorKind::Components { .. }), "{shape:?}: {error}");
    }
    assert!(of(&[40, 3], &bound, Components::at_most(0)).is_err());
    assert!(of(&[40, 3], &Contract::Lossless, Components::default()).is_err());
    for shape in [&[40, 3][..], &[0, 3], &[2, 0, 16, 3]] {
        assert_eq!(of(shape, &bound, Components::default()).unwrap().mixture, None);
    }
    let gaps = ArrayD::from_elem(IxDyn(&[30, 4]), f32::NAN);
    for contract in [bound, Contract::Quality { bits: 8, planes: Planes::Stacked }] {
        let (_, found) = back(&gaps, &contract, Components::default());
        assert!(found.iter().all(|value| value.to_bits() == f32::NAN.to_bits()));
    }
    // Values at the edge of their type have no products.
    let huge = Nd::from_shape_fn(IxDyn(&[60, 2]), |place| f64::MAX * (place[0] as f64 / 30.0 - 1.0));
    let (_, found) = back(&huge, &Contract::MaxError(Bound::All(1e300)), Components::default());
    assert!(huge.iter().zip(&found).all(|(value, found)| (value - found).abs() <= 1e300));
}

#[test]
fn damaged_mixtures_are_refused() {
    let array = bands(&[4, 16, 16, 3], 0.2, 9);
    let contract = Contract::MaxError(Bound::All(0.1));
    let segment =
        Segment::with_components(&array.view().into(), &contract, &Options::default(), Components::default())
            .unwrap();
    let json = serde_json::to_value(segment.plan()).unwrap();
    let ways: [fn(&mut serde_json::Value); 8] = [
        |plan| plan["mixture"]["channels"] = serde_json::json!([]),
        |plan| plan["mixture"]["channels"][1]["weights"] = serde_json::json!(["0x0"]),
        |plan| plan["mixture"]["channels"][0]["exceptions"] = serde_json::json!(1_u64 << 60),
        |plan| plan["mixture"]["side_bytes"] = serde_json::json!(1_u64 << 50),
        |plan| plan["shape"][3] = serde_json::json!(0),
        |plan| plan["shape"][0] = serde_json::json!(1_u64 << 40),
        |plan| plan["element"] = serde_json::json!("i16"),
        |plan| plan["mixture"]["element"] = serde_json::json!("c64"),
    ];
    for (number, damage) in ways.into_iter().enumerate() {
        let mut damaged = json.clone();
        damage(&mut damaged);
        let refused =
            serde_json::from_value::<SegmentPlan>(damaged).map_or(true, |plan| Restorer::new(plan).is_err());
        assert!(refused, "damage {number}");
    }
    // Numbers that are none give some values, and no panic.
    let mut damaged = json;
    for bits in ["0x7ff8000000000000", "0x7ff0000000000000", "0xffefffffffffffff"] {
        damaged["mixture"]["channels"][0]["offset"] = serde_json::json!(bits);
        damaged["mixture"]["channels"][1]["weights"][0] = serde_json::json!(bits);
        damaged["mixture"]["channels"][2]["low"] = serde_json::json!(bits);
        let plan: SegmentPlan = serde_json::from_value(damaged.clone()).unwrap();
        let mut decoder = Restorer::new(plan.clone()).unwrap();
        let mut frame = Vec::new();
        for (index, stream) in plan.streams.iter().enumerate() {
            for number in 0..stream.frames {
                segment.frame(index, number, &mut frame).unwrap();
                decoder.push(index, &frame).unwrap();
            }
        }
        decoder.finish(segment.side()).unwrap();
    }
}

fn packed(array: &ArrayD<f32>, options: &ArrayOptions) -> (vidpack::Measured, ArrayD<f32>) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("pack");
    let mut writer = PackWriter::create(&path, &ffmpeg(), PackOptions::default()).unwrap();
    writer.add("bands", array.view(), options).unwrap();
    writer.finish().unwrap();
    let pack = Pack::open(&path, &ffmpeg()).unwrap();
    let packed = pack.array("bands").unwrap();
    packed.verify().unwrap();
    assert!(
        packed
            .entry()
            .parts
            .iter()
            .flat_map(|part| &part.segments)
            .all(|segment| { segment.plan.mixture.is_some() == options.components.is_some() })
    );
    let Array::F32(back) = packed.read(..).unwrap() else { panic!() };
    (packed.entry().measured.clone().unwrap(), back)
}

#[test]
fn twelve_bands_that_vary_together_pack_smaller_within_a_bound() {
    let mut array = bands(&[20, 40, 48, 12], 0.05, 12).mapv(|value| value as f32);
    array[[3, 4, 5, 6]] = f32::NAN;
    array[[19, 39, 47, 11]] = f32::from_bits(0xffc0_0042);
    let mut options = ArrayOptions::max_error(0.1);
    options.segment_bytes = 12 * 40 * 48 * 12 * 4;
    let (without, _) = packed(&array, &options);
    let (with, back) = packed(&array, &options.clone().with_components(Components::default()));
    for (value, back) in array.iter().zip(&back) {
        let fine = (f64::from(*value) - f64::from(*back)).abs() <= 0.1 || value.to_bits() == back.to_bits();
        assert!(fine, "{value} {back}");
    }
    let (with, without) = (with.bits_per_value.unwrap(), without.bits_per_value.unwrap());
    println!("within 0.1: {with:.3} bits a value with components, {without:.3} without");
    assert!(with < 0.7 * without, "{with} {without}");
}

#[test]
fn twelve_bands_that_vary_together_pack_smaller_at_the_same_quality() {
    let mut array = bands(&[10, 40, 48, 12], 0.05, 12).mapv(|value| value as f32);
    array[[3, 4, 5, 6]] = f32::INFINITY;
    let codec = Codec::X265(Lossy::new(Quality::Crf(10.0)).with_preset("fast"));
    let options = ArrayOptions::quality(10, codec).with_target_psnr_db(45.0);
    let (without, _) = packed(&array, &options);
    let (with, back) = packed(&array, &options.with_components(Components::default()));
    assert_eq!(back[[3, 4, 5, 6]].to_bits(), f32::INFINITY.to_bits());
    assert!(with.psnr_db >= Some(45.0) && without.psnr_db >= Some(45.0));
    let (with, without) = (with.bits_per_value.unwrap(), without.bits_per_value.unwrap());
    println!("at 45 dB: {with:.3} bits a value with components, {without:.3} without");
    assert!(with < 0.7 * without, "{with} {without}");
    // Nothing is lost where the codec loses nothing, but for the steps.
    let exact =
        ArrayOptions::quality(12, Codec::Ffv1(Ffv1::default())).with_components(Components::default());
    let (measured, _) = packed(&array, &exact);
    assert!(measured.psnr_db > Some(65.0), "{measured:?}");
}
