//! What every contract promises, for arrays of any type and shape that chance makes, through packs on disk.

#![allow(
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_lossless,
    reason = "test data is made of places and dice, and cast as it comes"
)]

use ndarray::{ArrayD, Axis, IxDyn, Slice};
use vidpack::{
    Array, ArrayOptions, ArrayView, Bound, Codec, Components, Contract, Element, Lossy, Pack, PackOptions,
    PackWriter, PackedArray, Planes, Quality, Verify,
};

use crate::support::ffmpeg;
use crate::trip::{Dice, Take};

/// An element that chance makes and contracts are held against.
trait Value: Element + std::fmt::Debug {
    /// One of a smooth field, noise, or something that is seldom thought of.
    fn cast(dice: &mut Dice, smooth: f64, wildness: Wildness) -> Self;
    fn same(self, other: Self) -> bool;
    /// Whether it is within the bound, however the difference is taken.
    fn near(self, other: Self, bound: f64) -> bool;
    fn is_number(self) -> bool;
    fn apart(self, other: Self) -> f64;
}

#[derive(Clone, Copy, PartialEq)]
enum Wildness {
    /// Any bits.
    Any,
    /// Numbers whose range a float can say, and what is no number.
    Ranged,
}

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn cast(dice: &mut Dice, smooth: f64, _: Wildness) -> Self {
                match dice.bits() % 50 {
                    0 => Self::MIN,
                    1 => Self::MAX,
                    2..8 => dice.bits() as Self,
                    _ => (smooth * 40.0 + 60.0) as Self,
                }
            }
            fn same(self, other: Self) -> bool {
                self == other
            }
            fn near(self, other: Self, bound: f64) -> bool {
                (i128::from(self) - i128::from(other)).unsigned_abs() <= bound as u128
            }
            fn is_number(self) -> bool {
                true
            }
            fn apart(self, other: Self) -> f64 {
                (i128::from(self) - i128::from(other)).unsigned_abs() as f64
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl Value for bool {
    fn cast(dice: &mut Dice, smooth: f64, _: Wildness) -> Self {
        smooth > 0.0 || dice.bits().is_multiple_of(20)
    }
    fn same(self, other: Self) -> bool {
        self == other
    }
    fn near(self, other: Self, bound: f64) -> bool {
        self == other || bound >= 1.0
    }
    fn is_number(self) -> bool {
        true
    }
    fn apart(self, other: Self) -> f64 {
        f64::from(u8::from(self != other))
    }
}

macro_rules! floats {
    ($($type:ty, $bits:ty, $large:expr;)*) => {$(
        impl Value for $type {
            fn cast(dice: &mut Dice, smooth: f64, wildness: Wildness) -> Self {
                match (dice.bits() % 60, wildness) {
                    (0, _) => Self::NAN,
                    (1, _) => Self::INFINITY,
                    (2, _) => Self::NEG_INFINITY,
                    (3, _) => -0.0,
                    // A NaN that signals, with a payload.
                    (4, _) => Self::from_bits((Self::INFINITY.to_bits() | 0x55) as $bits),
                    (5, _) => Self::from_bits(3),
                    (6, Wildness::Any) => Self::MAX,
                    (7, Wildness::Any) => Self::MIN,
                    (8, Wildness::Any) => Self::from_bits(dice.bits() as $bits),
                    (9, Wildness::Ranged) => $large,
                    _ => (smooth + dice.unit() * 0.01) as Self,
                }
            }
            fn same(self, other: Self) -> bool {
                self.to_bits() == other.to_bits()
            }
            fn near(self, other: Self, bound: f64) -> bool {
                self.is_finite() && f64::from((self - other).abs()) <= bound
                    && (f64::from(self) - f64::from(other)).abs() <= bound
            }
            fn is_number(self) -> bool {
                self.is_finite()
            }
            fn apart(self, other: Self) -> f64 {
                (f64::from(self) - f64::from(other)).abs()
            }
        }
    )*};
}

floats! {
    f32, u32, 40.0;
    f64, u64, 40.0;
}

/// Shapes of every kind of layout, none of them round, some with nothing in them.
fn shape(dice: &mut Dice) -> Vec<usize> {
    let mut below = |most: u64| usize::try_from(dice.bits() % most).unwrap();
    match below(10) {
        0 => vec![],
        1 => vec![below(700)],
        2 | 3 => vec![1 + below(300), 1 + below(9)],
        4 => vec![1 + below(5), 16 + below(20), 16 + below(20)],
        5 => vec![1 + below(9), 1 + below(16), 1 + below(30)],
        6 | 7 => vec![1 + below(4), 16 + below(20), 16 + below(9), 1 + below(7)],
        8 => vec![1 + below(4), 1 + below(3), 1 + below(9), 1 + below(9), 1 + below(4)],
        _ => vec![below(3), below(3), 1 + below(30), 1 + below(3)],
    }
}

fn chance<T: Value>(dice: &mut Dice, wildness: Wildness) -> ArrayD<T> {
    let shape = shape(dice);
    let (mut at, step) = (0.0_f64, dice.unit());
    // Some are all the same.
    let constant = dice.bits().is_multiple_of(8).then(|| T::cast(dice, 0.3, wildness));
    let mut array = ArrayD::from_shape_simple_fn(IxDyn(&shape), || {
        at += step * 0.1;
        constant.unwrap_or_else(|| T::cast(dice, at.sin(), wildness))
    });
    // Some stand in another order in memory.
    if array.ndim() > 0 && dice.bits().is_multiple_of(3) {
        array.invert_axis(Axis(array.ndim() - 1));
    }
    array
}

/// Packs an array in segments of a few time steps, and hands what is found there to a check.
fn through_a_pack<'a, T: Value>(
    array: &'a ArrayD<T>,
    options: &ArrayOptions,
    dice: &mut Dice,
    check: impl Fn(&PackedArray<'_>, &ArrayD<T>),
) where
    ArrayView<'a>: From<ndarray::ArrayViewD<'a, T>>,
    Array: Take<T>,
{
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("pack");
    let mut options = options.clone();
    if dice.bits().is_multiple_of(2) {
        options.segment_bytes = (size_of_val(array.as_slice_memory_order().unwrap_or_default()) / 2).max(1);
    }
    // It is decoded below.
    let mut pack_options = PackOptions::default();
    pack_options.verify = Verify::Skip;
    let what = format!("{} {:?} {:?}", T::TYPE, array.shape(), options.contract);
    let mut writer = PackWriter::create(&path, &ffmpeg(), pack_options).unwrap();
    writer.add("one", array.view(), &options).unwrap_or_else(|error| panic!("{what}: {error}"));
    writer.finish().unwrap();
    let pack = Pack::open(&path, &ffmpeg()).unwrap();
    let packed = pack.array("one").unwrap();
    packed.verify().unwrap_or_else(|error| panic!("{what}: {error}"));
    let back: ArrayD<T> = packed.read(..).unwrap().take();
    assert_eq!((back.shape(), packed.element_type()), (array.shape(), T::TYPE), "{what}");
    let in_part = dice.bits().is_multiple_of(3);
    if let Some(&steps) = array.shape().first().filter(|steps| in_part && **steps > 1) {
        let some: ArrayD<T> = packed.read(steps / 2..steps).unwrap().take();
        let expected = back.slice_axis(Axis(0), Slice::from(steps / 2..steps));
        assert!(some.iter().zip(expected).all(|(some, all)| some.same(*all)), "{what}: read in part");
    }
    check(&packed, &back);
}

macro_rules! for_all_types {
    ($run:ident($($argument:expr),*)) => {
        $run::<bool>($($argument),*);
        $run::<i8>($($argument),*);
        $run::<i16>($($argument),*);
        $run::<i32>($($argument),*);
        $run::<i64>($($argument),*);
        $run::<u8>($($argument),*);
        $run::<u16>($($argument),*);
        $run::<u32>($($argument),*);
        $run::<u64>($($argument),*);
        $run::<f32>($($argument),*);
        $run::<f64>($($argument),*);
    };
}

fn lossless<T: Value>(dice: &mut Dice)
where
    for<'a> ArrayView<'a>: From<ndarray::ArrayViewD<'a, T>>,
    Array: Take<T>,
{
    let array = chance::<T>(dice, Wildness::Any);
    through_a_pack(&array, &ArrayOptions::lossless(), dice, |packed, back| {
        let other = array.iter().zip(back).position(|(value, back)| !value.same(*back));
        assert_eq!(other, None, "{} {:?}", T::TYPE, array.shape());
        assert_eq!((packed.entry().original, &packed.entry().measured), (packed.entry().restored, &None));
    });
}

fn bounded<T: Value>(dice: &mut Dice)
where
    for<'a> ArrayView<'a>: From<ndarray::ArrayViewD<'a, T>>,
    Array: Take<T>,
{
    let array = chance::<T>(dice, Wildness::Any);
    let folded = if array.ndim() > 4 { 4 } else { array.ndim() };
    let channels = if folded == 2 || folded == 4 { array.shape()[array.ndim() - 1] } else { 1 };
    let bounds: Vec<f64> = (0..channels).map(|_| 10_f64.powf(dice.unit() * 6.0 - 3.0)).collect();
    let mut options = ArrayOptions::max_error(1.0);
    options.contract = Contract::MaxError(Bound::Channels(bounds.clone()));
    options.components = (channels > 1 && dice.bits().is_multiple_of(2)).then(Components::default);
    through_a_pack(&array, &options, dice, |packed, back| {
        let mut worst = 0.0_f64;
        for (place, (value, back)) in array.iter().zip(back).enumerate() {
            let bound = bounds[place % channels];
            assert!(
                value.same(*back) || value.near(*back, bound),
                "{value:?} became {back:?}, bound {bound}"
            );
            worst = if value.is_number() { worst.max(value.apart(*back)) } else { worst };
        }
        let measured = packed.entry().measured.as_ref().expect("it may differ");
        assert_eq!(measured.max_error.to_bits(), worst.to_bits());
        assert_eq!(measured.channels.len(), channels);
    });
}

fn pictures<T: Value>(dice: &mut Dice)
where
    for<'a> ArrayView<'a>: From<ndarray::ArrayViewD<'a, T>>,
    Array: Take<T>,
{
    let array = chance::<T>(dice, Wildness::Ranged);
    let codec = Codec::X264(Lossy::new(Quality::Crf((dice.unit() * 20.0) as f32)).with_preset("ultrafast"));
    let planes = if dice.bits().is_multiple_of(2) { Planes::Stacked } else { Planes::Three };
    let mut options = ArrayOptions::quality([8, 10][usize::from(dice.unit() < 0.5)], codec);
    options.contract = match options.contract {
        Contract::Quality { bits, .. } => Contract::Quality { bits, planes },
        contract => contract,
    };
    through_a_pack(&array, &options, dice, |packed, back| {
        let mut worst = 0.0_f64;
        for (value, back) in array.iter().zip(back) {
            assert!(
                value.is_number() == back.is_number() && (value.is_number() || value.same(*back)),
                "{value:?} {back:?}"
            );
            worst = if value.is_number() { worst.max(value.apart(*back)) } else { worst };
        }
        let measured = packed.entry().measured.as_ref().expect("it may differ");
        assert_eq!(measured.max_error.to_bits(), worst.to_bits());
        assert!(measured.psnr_db.is_none_or(|psnr| (5.0..110.0).contains(&psnr)), "{measured:?}");
        assert!(measured.ssim.is_none_or(|ssim| (-1.0..=1.0 + 1e-12).contains(&ssim)), "{measured:?}");
        assert_eq!(measured.bits_per_value.is_some(), !array.is_empty());
    });
}

#[test]
fn lossless_packs_give_back_every_bit_of_what_chance_makes() {
    let mut dice = Dice(101);
    for _ in 0..2 {
        for_all_types!(lossless(&mut dice));
    }
}

#[test]
fn bounded_packs_keep_bounds_of_what_chance_makes() {
    let mut dice = Dice(202);
    for _ in 0..2 {
        for_all_types!(bounded(&mut dice));
    }
}

#[test]
fn pictures_keep_what_is_no_number_of_what_chance_makes() {
    let mut dice = Dice(303);
    for_all_types!(pictures(&mut dice));
}
