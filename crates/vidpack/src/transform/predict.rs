//! What a value is expected to be, from those that are restored before it.
//!
//! The order is picture by picture, in each picture channel by channel, row by row. Weights are fixed-point integers and
//! sums are exact, so that every machine predicts the same. The loop is closed: where bits are dropped, both sides predict
//! from what is restored.

use serde::{Deserialize, Serialize};

use crate::Layout;
use crate::layout::Pictures;

/// How a code is predicted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Predictor {
    /// Not at all: codecs do it.
    None,
    /// As in the picture before, in the first picture and in runs as its left neighbour.
    Previous,
    /// As the weighted sum of its neighbours in space, in time and in the channel before, in units of 2^-16.
    Weighted {
        /// The weights in the first picture.
        first: Vec<i32>,
        /// The weights in all others.
        rest: Vec<i32>,
    },
}

/// A neighbour: so many pictures before, rows above, columns to the left, and in this or the channel before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tap {
    pub(crate) channel: Source,
    pub(crate) picture: usize,
    pub(crate) above: isize,
    pub(crate) left: isize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    This,
    Before,
}

const fn tap(channel: Source, picture: usize, above: isize, left: isize) -> Tap {
    Tap { channel, picture, above, left }
}

use Source::{Before, This};

/// The neighbours on the same row come first: these are the ones that are not known before the row is.
const PICTURE: [Tap; 21] = [
    tap(This, 0, 0, 1),
    tap(This, 0, 0, 2),
    tap(This, 0, 1, 0),
    tap(This, 0, 1, 1),
    tap(This, 0, 1, -1),
    tap(This, 0, 2, 0),
    tap(This, 1, 0, 0),
    tap(This, 1, 0, 1),
    tap(This, 1, 0, -1),
    tap(This, 1, 1, 0),
    tap(This, 1, -1, 0),
    tap(This, 1, 1, 1),
    tap(This, 1, 1, -1),
    tap(This, 1, -1, 1),
    tap(This, 1, -1, -1),
    tap(This, 1, 0, 2),
    tap(This, 1, 2, 0),
    tap(Before, 0, 0, 0),
    tap(Before, 0, 0, 1),
    tap(Before, 0, 1, 0),
    tap(Before, 1, 0, 0),
];

const RUNS: [Tap; 6] = [
    tap(This, 0, 0, 1),
    tap(This, 0, 0, 2),
    tap(This, 0, 1, 0),
    tap(This, 0, 1, 1),
    tap(Before, 0, 0, 0),
    tap(Before, 0, 0, 1),
];

/// The neighbours that weights belong to.
pub(crate) fn taps(layout: Layout) -> &'static [Tap] {
    match layout {
        Layout::Picture => &PICTURE,
        Layout::Runs { .. } => &RUNS,
    }
}

impl Tap {
    pub(crate) fn usable(self, channel: usize, first: bool) -> bool {
        (channel > 0 || self.channel == This) && !(first && self.picture > 0)
    }
}

/// The fraction bits of weights.
pub(crate) const WEIGHT_BITS: u32 = 16;
/// Weights above this are not used: they only amplify.
pub(crate) const MAX_WEIGHT: i32 = 4 << WEIGHT_BITS;
/// Sums of codes of so many bits stay exact.
const EXACT_BITS: u32 = 31;
/// Columns that a row has beyond its sides.
const MARGIN: usize = 2;
/// Adding this puts integers below 2^51 into the low bits of a float.
const TO_BITS: f64 = 6_755_399_441_055_744.0;

impl Predictor {
    pub(crate) fn check(&self, channel: usize, layout: Layout) -> Result<(), String> {
        let Self::Weighted { first, rest } = self else { return Ok(()) };
        for (weights, is_first) in [(first, true), (rest, false)] {
            let taps = taps(layout);
            if weights.len() != taps.len() {
                return Err(format!("{} weights for {} neighbours", weights.len(), taps.len()));
            }
            for (weight, tap) in weights.iter().zip(taps) {
                if weight.unsigned_abs() > MAX_WEIGHT.unsigned_abs() || (*weight != 0 && !tap.usable(channel, is_first)) {
                    return Err(format!("a weight of {weight} for {tap:?}"));
                }
            }
        }
        Ok(())
    }
}

/// The codes of the last two pictures of one channel, as neighbours see them.
#[derive(Debug)]
pub(crate) struct History {
    height: usize,
    stride: usize,
    now: Vec<f64>,
    before: Vec<f64>,
    /// Exact codes of the picture before, and of this one up to now.
    exact: Vec<i64>,
    coarse: u32,
    pictures: usize,
}

/// What a rest is, and what it is added to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    pub(crate) bits: u8,
    pub(crate) dropped: u8,
}

impl Range {
    fn limits(self) -> (i64, i64) {
        match self.bits {
            64.. => (i64::MIN, i64::MAX),
            63 => (0, i64::MAX),
            bits => (0, (1 << bits) - 1),
        }
    }

    /// The rest of a code, and what will be restored.
    fn split(self, code: i64, expected: i64) -> (i64, i64) {
        if self.dropped > 0 {
            let rest = (code - expected + (1 << (self.dropped - 1))) >> self.dropped;
            return (rest, expected + (rest << self.dropped));
        }
        (self.wrap(code.wrapping_sub(expected)), code)
    }

    /// The code that a rest stands for.
    fn join(self, rest: i64, expected: i64) -> i64 {
        let code = expected.wrapping_add(rest << self.dropped);
        match self.bits {
            0..63 if self.dropped == 0 => code & ((1 << self.bits) - 1),
            63 if self.dropped == 0 => code & i64::MAX,
            _ => code,
        }
    }

    fn wrap(self, difference: i64) -> i64 {
        match self.bits {
            0 => 0,
            bits @ 1..64 => (difference << (64 - bits)) >> (64 - bits),
            64.. => difference,
        }
    }
}

/// Which way codes go.
pub(crate) enum Way<'a> {
    /// Codes become rests; what is not kept has none. The codes become those that will be restored.
    Forth {
        kept: &'a [bool],
    },
    Back,
}

impl History {
    pub(crate) fn new(pictures: Pictures, predictor: &Predictor, range: Range) -> Self {
        let stride = pictures.width + 2 * MARGIN;
        let weighted = matches!(predictor, Predictor::Weighted { .. });
        let size = if weighted { stride * pictures.height } else { 0 };
        Self {
            height: pictures.height,
            stride,
            now: vec![0.0; size],
            before: vec![0.0; size],
            exact: if weighted { Vec::new() } else { vec![0; pictures.pixels()] },
            coarse: u32::from(range.bits).saturating_sub(EXACT_BITS),
            pictures: 0,
        }
    }

    /// Ends a picture.
    pub(crate) fn turn(&mut self) {
        std::mem::swap(&mut self.now, &mut self.before);
        self.pictures += 1;
    }

    fn row(&self, picture: usize, y: isize) -> Option<&[f64]> {
        let (plane, y) = match (picture, y) {
            (0, y) if y >= 0 => (&self.now, y),
            (0, _) if self.pictures == 0 => return None,
            (_, y) => (&self.before, y),
        };
        let y = y.clamp(0, self.height.cast_signed() - 1).cast_unsigned();
        plane.get(y * self.stride..(y + 1) * self.stride)
    }
}

/// Room for one row, kept between rows.
#[derive(Debug, Default)]
pub(crate) struct Line {
    sums: Vec<f64>,
}

/// Takes one row of a channel forth or back.
#[expect(clippy::too_many_arguments, reason = "all of it changes from row to row")]
pub(crate) fn row(
    predictor: &Predictor,
    layout: Layout,
    range: Range,
    (history, before): (&mut History, Option<&History>),
    y: usize,
    codes: &mut [i64],
    rests: &mut [i64],
    way: &Way<'_>,
    line: &mut Line,
) {
    let width = codes.len();
    if width == 0 {
        return;
    }
    let (first, rest) = match predictor {
        Predictor::Weighted { first, rest } => (first, rest),
        plain => return plain_row(plain, layout, range, history, y, codes, rests, way),
    };
    let weights = if history.pictures == 0 { first } else { rest };
    let taps = taps(layout);
    line.sums.clear();
    line.sums.resize(width, 0.0);
    for (tap, weight) in taps.iter().zip(weights).skip(2).filter(|(_, weight)| **weight != 0) {
        let source = match tap.channel {
            This => Some(&*history),
            Before => before,
        };
        // The channel before has ended its picture: its newest is the one before, and there is none older.
        let source = source.and_then(|source| source.row(tap.picture, y.cast_signed() - tap.above));
        let Some(source) = source else { continue };
        let from = MARGIN.wrapping_add_signed(-tap.left);
        let weight = f64::from(*weight);
        for (sum, value) in line.sums.iter_mut().zip(&source[from..from + width]) {
            *sum += weight * value;
        }
    }
    let corner = match history.row(0, y.cast_signed() - 1) {
        Some(above) => above[MARGIN],
        None => 0.0,
    };
    let (mut left, mut second) = (to_integer(corner), to_integer(corner));
    let (near, far) = (i64::from(weights[0]), i64::from(weights[1]));
    let (low, high) = range.limits();
    let coarse = history.coarse;
    let expect = |sum: f64, left: i64, second: i64| {
        let sum = to_integer(sum).wrapping_add(second.wrapping_mul(far)).wrapping_add(1 << (WEIGHT_BITS - 1));
        let expected = sum.wrapping_add(left.wrapping_mul(near)) >> WEIGHT_BITS;
        (expected << coarse).clamp(low, high)
    };
    let stride = history.stride;
    let out = &mut history.now[y * stride..(y + 1) * stride];
    let inner = out[MARGIN..MARGIN + width].iter_mut();
    match way {
        Way::Forth { kept } => {
            for ((((code, rest), sum), out), kept) in codes.iter_mut().zip(rests).zip(&line.sums).zip(inner).zip(*kept) {
                let expected = expect(*sum, left, second);
                (*rest, *code) = if *kept { range.split(*code, expected) } else { (0, expected) };
                (second, left) = (left, *code >> coarse);
                *out = to_float(left);
            }
        }
        Way::Back => {
            for (((code, rest), sum), out) in codes.iter_mut().zip(rests).zip(&line.sums).zip(inner) {
                let expected = expect(*sum, left, second);
                *code = range.join(*rest, expected);
                (second, left) = (left, *code >> coarse);
                *out = to_float(left);
            }
        }
    }
    let (start, end) = (out[MARGIN], to_float(left));
    out[..MARGIN].fill(start);
    out[MARGIN + width..].fill(end);
}

#[expect(clippy::too_many_arguments, reason = "as above")]
fn plain_row(
    predictor: &Predictor,
    layout: Layout,
    range: Range,
    history: &mut History,
    y: usize,
    codes: &mut [i64],
    rests: &mut [i64],
    way: &Way<'_>,
) {
    let previous = *predictor == Predictor::Previous;
    let in_time = layout == Layout::Picture && history.pictures > 0;
    let pixels = history.stride - 2 * MARGIN;
    let exact = &mut history.exact[y * pixels..y * pixels + codes.len()];
    let mut left = 0;
    for (x, ((code, rest), exact)) in codes.iter_mut().zip(rests).zip(exact).enumerate() {
        let likely = if in_time { *exact } else { left };
        let expected = if previous { likely } else { 0 };
        match way {
            Way::Forth { kept } if kept[x] => (*rest, *code) = range.split(*code, expected),
            // What codes best: in the prediction's place, or for a codec, what was there before.
            Way::Forth { .. } if previous => (*rest, *code) = (0, expected),
            Way::Forth { .. } => (*rest, *code) = range.split(likely, expected),
            Way::Back => *code = range.join(*rest, expected),
        }
        left = *code;
        *exact = left;
    }
}

/// The integer that a float holds exactly.
fn to_integer(value: f64) -> i64 {
    (value + TO_BITS).to_bits().cast_signed().wrapping_sub(TO_BITS.to_bits().cast_signed())
}

/// The float that holds an integer below 2^51 exactly. Others give some float.
fn to_float(value: i64) -> f64 {
    f64::from_bits(TO_BITS.to_bits().cast_signed().wrapping_add(value).cast_unsigned()) - TO_BITS
}
