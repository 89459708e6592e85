//! What a value is expected to be, from those that are restored before it.
//!
//! The order is picture by picture, in each picture channel by channel, row by row. Weights are fixed-point integers and
//! sums are exact, so that every machine predicts the same. The loop is closed: where bits are dropped, both sides predict
//! from what is restored.

mod plain;

use plain::plain_row;

use serde::{Deserialize, Serialize};

use super::neighbours::{MOST, Source, Tap, taps};
use super::vectors::with_widest;
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

/// The fraction bits of weights.
pub(crate) const WEIGHT_BITS: u32 = 16;
/// Weights above this are not used: they only amplify.
pub(crate) const MAX_WEIGHT: i32 = 4 << WEIGHT_BITS;
/// Nor are weights that together, without their signs, are above this.
pub(crate) const MAX_WEIGHTS: u32 = 16 << WEIGHT_BITS;
/// Codes of so many bits, times such weights, stay below 2^51: their sums are exact in a float, in whatever order they are added.
const EXACT_BITS: u32 = 30;
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
            if total(weights) > u64::from(MAX_WEIGHTS) {
                return Err("its weights only amplify".to_owned());
            }
            for (weight, tap) in weights.iter().zip(taps) {
                if weight.unsigned_abs() > MAX_WEIGHT.unsigned_abs()
                    || (*weight != 0 && !tap.usable(channel, is_first))
                {
                    return Err(format!("a weight of {weight} for {tap:?}"));
                }
            }
        }
        Ok(())
    }
}

/// The sum of weights without their signs.
pub(crate) fn total(weights: &[i32]) -> u64 {
    weights.iter().map(|weight| u64::from(weight.unsigned_abs())).sum()
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
            let by = code - expected + (1 << (self.dropped - 1));
            // The next value waits for what will be restored, so that is not made from the rest.
            return (by >> self.dropped, expected + (by & (-1 << self.dropped)));
        }
        (self.wrap(code.wrapping_sub(expected)), code)
    }

    /// The bits that codes have, where none are dropped.
    fn mask(self) -> i64 {
        match self.bits {
            64.. => -1,
            bits => ((1_u64 << bits) - 1).cast_signed(),
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
    /// The sums as integers, for where each value waits for the one before.
    whole: Vec<i64>,
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
    if codes.is_empty() {
        return;
    }
    match predictor {
        Predictor::Weighted { first, rest } => {
            let weights = if history.pictures == 0 { first } else { rest };
            with_widest(
                #[inline(always)]
                || weighted_row(weights, layout, range, (history, before), y, codes, rests, way, line),
            );
        }
        plain => plain_row(plain, layout, range, history, y, codes, rests, way),
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "see `with_widest`")]
#[expect(clippy::too_many_arguments, reason = "as above")]
fn weighted_row(
    weights: &[i32],
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
    weigh(&mut line.sums, width, sources(taps(layout), weights, history, before, y));
    let corner = history.row(0, y.cast_signed() - 1).map_or(0.0, |above| above[MARGIN]);
    let (low, high) = range.limits();
    let coarse = history.coarse;
    let chain = Chain {
        near: i64::from(weights[0]),
        far: i64::from(weights[1]),
        low: low >> coarse,
        high: high >> coarse,
        coarse,
    };
    let stride = history.stride;
    let out = &mut history.now[y * stride..(y + 1) * stride];
    out[..MARGIN].fill(corner);
    match way {
        Way::Forth { kept } if range.dropped == 0 && kept.iter().all(|kept| *kept) => {
            chain.known(
                &line.sums,
                codes,
                out,
                |code, expected, rest| *rest = range.wrap(code.wrapping_sub(expected)),
                rests,
            );
        }
        Way::Forth { kept } if kept.iter().all(|kept| *kept) => {
            chain.follow(line, codes, rests, out, |code, rest, expected| {
                (*rest, *code) = range.split(*code, expected);
            });
        }
        Way::Forth { kept } => {
            let mut kept = kept.iter();
            chain.follow(line, codes, rests, out, |code, rest, expected| {
                let is_kept = kept.next().is_some_and(|kept| *kept);
                (*rest, *code) = if is_kept { range.split(*code, expected) } else { (0, expected) };
            });
        }
        Way::Back if range.dropped == 0 => {
            let mask = range.mask();
            chain.follow(line, codes, rests, out, |code, rest, expected| {
                *code = expected.wrapping_add(*rest) & mask;
            });
        }
        Way::Back => {
            let dropped = range.dropped;
            chain.follow(line, codes, rests, out, |code, rest, expected| {
                *code = expected.wrapping_add(*rest << dropped);
            });
        }
    }
    // The row itself began with what stands above; later ones see its own first value there.
    let (start, end) = (out[MARGIN], out[MARGIN + width - 1]);
    out[..MARGIN].fill(start);
    out[MARGIN + width..].fill(end);
}

/// The rows that neighbours stand in, from the neighbour of the first value on, with their weights. Those on the row itself are
/// left out.
fn sources<'h>(
    taps: &'static [Tap],
    weights: &[i32],
    history: &'h History,
    before: Option<&'h History>,
    y: usize,
) -> impl Iterator<Item = (&'h [f64], f64)> {
    taps.iter().zip(weights).skip(2).filter(|(_, weight)| **weight != 0).filter_map(move |(tap, weight)| {
        let source = match tap.channel {
            Source::This => Some(history),
            Source::Before => before,
        };
        // The channel before has ended its picture: its newest is the one before, and there is none older.
        let row = source?.row(tap.picture, y.cast_signed() - tap.above)?;
        Some((&row[MARGIN.wrapping_add_signed(-tap.left)..], f64::from(*weight)))
    })
}

/// Sums of weighted rows. So many at a time stay in registers.
#[inline(always)]
fn weigh<'h>(sums: &mut Vec<f64>, width: usize, sources: impl Iterator<Item = (&'h [f64], f64)>) {
    const LANES: usize = 16;
    let mut rows = [(&[][..], 0.0); MOST];
    let mut count = 0;
    for (row, source) in rows.iter_mut().zip(sources) {
        *row = source;
        count += 1;
    }
    sums.resize(width, 0.0);
    let (whole, rest) = sums.as_chunks_mut::<LANES>();
    rest.fill(0.0);
    let done = whole.len() * LANES;
    for (start, sums) in (0..).step_by(LANES).zip(whole) {
        let mut lanes = [0.0; LANES];
        for (row, weight) in &rows[..count] {
            let Some(values) = row[start..].first_chunk::<LANES>() else { continue };
            for (sum, value) in lanes.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
        *sums = lanes;
    }
    for (row, weight) in &rows[..count] {
        for (sum, value) in rest.iter_mut().zip(&row[done..]) {
            *sum += weight * value;
        }
    }
}

/// What the two neighbours to the left add to what is expected.
#[derive(Debug, Clone, Copy)]
struct Chain {
    near: i64,
    far: i64,
    /// The range of codes without their lowest bits.
    low: i64,
    high: i64,
    coarse: u32,
}

impl Chain {
    /// Where each code depends on the one before. Leaves the codes in `out`, behind its margin.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn follow(
        self,
        line: &mut Line,
        codes: &mut [i64],
        rests: &mut [i64],
        out: &mut [f64],
        step: impl FnMut(&mut i64, &mut i64, i64),
    ) {
        // Few codes are so wide that they are taken without their lowest bits, and each shift is waited for.
        if self.coarse == 0 {
            Self { coarse: 0, ..self }.follow_all(line, codes, rests, out, step);
        } else {
            self.follow_all(line, codes, rests, out, step);
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn follow_all(
        self,
        line: &mut Line,
        codes: &mut [i64],
        rests: &mut [i64],
        out: &mut [f64],
        mut step: impl FnMut(&mut i64, &mut i64, i64),
    ) {
        let Self { near, far, low, high, coarse } = self;
        let corner = to_integer(out[0]);
        let (mut left, mut second) = (corner, corner);
        // What does not wait is done before and after, for several values at a time.
        line.whole.clear();
        line.whole.extend(line.sums.iter().map(|sum| to_integer(*sum).wrapping_add(HALF)));
        for ((code, rest), sum) in codes.iter_mut().zip(rests).zip(&line.whole) {
            let sum = sum.wrapping_add(second.wrapping_mul(far));
            let mut expected = sum.wrapping_add(left.wrapping_mul(near)) >> WEIGHT_BITS;
            // A branch that is hardly ever taken is not waited for.
            if expected < low || expected > high {
                expected = clamped(expected, low, high);
            }
            step(code, rest, expected << coarse);
            (second, left) = (left, *code >> coarse);
        }
        for (out, code) in out[MARGIN..].iter_mut().zip(codes) {
            *out = to_float(*code >> coarse);
        }
    }

    /// Where all codes are known before: none waits for another.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    #[expect(clippy::cast_precision_loss, reason = "below 2^51, where floats are exact")]
    fn known(
        self,
        sums: &[f64],
        codes: &[i64],
        out: &mut [f64],
        rest: impl Fn(i64, i64, &mut i64),
        rests: &mut [i64],
    ) {
        let coarse = self.coarse;
        for (out, code) in out[MARGIN..].iter_mut().zip(codes) {
            *out = to_float(*code >> coarse);
        }
        let (near, far) = (self.near as f64, self.far as f64);
        let (low, high) = ((self.low << WEIGHT_BITS) as f64, (((self.high + 1) << WEIGHT_BITS) - 1) as f64);
        let lefts = out[MARGIN - 1..].iter().zip(&out[MARGIN - 2..]);
        for ((((code, slot), sum), left), second) in codes
            .iter()
            .zip(rests)
            .zip(sums)
            .zip(lefts.clone().map(|pair| pair.0))
            .zip(lefts.map(|pair| pair.1))
        {
            let sum = sum + HALF as f64 + second * far + left * near;
            let expected = to_integer(if sum < low {
                low
            } else if sum > high {
                high
            } else {
                sum
            }) >> WEIGHT_BITS;
            rest(*code, expected << coarse, slot);
        }
    }
}

#[cold]
#[inline(never)]
fn clamped(value: i64, low: i64, high: i64) -> i64 {
    value.clamp(low, high)
}

/// Half a unit of the sums.
const HALF: i64 = 1 << (WEIGHT_BITS - 1);

/// The integer that a float holds exactly.
fn to_integer(value: f64) -> i64 {
    (value + TO_BITS).to_bits().cast_signed().wrapping_sub(TO_BITS.to_bits().cast_signed())
}

/// The float that holds an integer below 2^51 exactly. Others give some float.
fn to_float(value: i64) -> f64 {
    f64::from_bits(TO_BITS.to_bits().cast_signed().wrapping_add(value).cast_unsigned()) - TO_BITS
}
