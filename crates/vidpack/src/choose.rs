//! Which scheme and which predictor: chosen by looking at a sample, the same each time.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "what is chosen from a sample decides how small a pack becomes, not what comes back"
)]

use crate::array::Number;
use crate::plan::Bits;
use crate::transform::scheme::{self, EXPONENTS, MAX_DIGITS, MAX_MULTIPLE};
use crate::transform::vectors::with_widest;
use crate::transform::{Patch, Predictor, Scheme};

/// What all values of a channel have in common.
#[derive(Debug, Clone)]
pub(crate) struct Survey<T> {
    first: Option<T>,
    same: bool,
    /// The least and the greatest that are finite. A negative zero counts as zero: lossy schemes keep it as a number.
    range: Option<(T, T)>,
    /// The bits that any key has.
    keys: u64,
    /// Whether any value is more than a float of 32 bits holds, as a number of them.
    wide: u64,
    lowest: i16,
}

impl<T: Number> Survey<T> {
    pub(crate) fn new() -> Self {
        Self { first: None, same: true, range: None, keys: 0, wide: 0, lowest: i16::MAX }
    }

    pub(crate) fn add(&mut self, row: &[T]) {
        with_widest(
            #[inline(always)]
            || self.add_row(row),
        );
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn add_row(&mut self, row: &[T]) {
        let Some(first) = self.first.or(row.first().copied()) else { return };
        self.first = Some(first);
        self.same = self.same && row.iter().all(|value| value.bits() == first.bits());
        let Some(finite) = row.iter().copied().find(|value| value.finite()) else { return };
        let (low, high) = extremes(row, self.range.unwrap_or((finite, finite)));
        self.range = Some((low, high));
        if !T::TYPE.is_float() {
            return;
        }
        // A key of zero changes none of this, so it stands for what has none.
        let keys = row.iter().map(|value| if value.has_key() { value.key().unsigned_abs() } else { 0 });
        // Only how many of the lowest bits no key has is asked for.
        if self.keys & 1 == 0 {
            self.keys = keys.clone().fold(self.keys, |all, key| all | key);
        }
        if self.may_sink(row, low.to_f64().abs().max(high.to_f64().abs())) {
            self.lowest = keys.fold(self.lowest, |lowest, key| lowest.min(lowest_power::<T>(key)));
        }
        if T::TYPE.bytes() == 8 && self.wide == 0 {
            let wide = row.iter().filter(|value| {
                value.has_key() && f64::from(narrowed(value.to_f64())).to_bits() != value.bits()
            });
            self.wide += wide.count() as u64;
        }
    }

    /// Whether a value of the row may have a lower bit than any before it: mostly none has, and that is seen sooner than which bit
    /// is the lowest of each. `most` is the greatest magnitude of all.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn may_sink(&self, row: &[T], most: f64) -> bool {
        if self.lowest == i16::MAX {
            return true;
        }
        if self.lowest < *EXPONENTS.start() {
            // It will not rise to where it matters.
            return false;
        }
        let scale = scheme::power_of_two(-self.lowest);
        // Multiples beyond this are not used, and finer ones would be larger still.
        most * scale <= MAX_MULTIPLE
            && !row.iter().fold(true, |all, value| {
                let multiple = value.to_f64() * scale;
                // Of what is no number nothing is asked here.
                all & ((scheme::round(multiple) - multiple == 0.0) | !value.finite())
            })
    }

    pub(crate) fn range(&self) -> Option<(T, T)> {
        self.range
    }

    /// The value that all are, if they are.
    pub(crate) fn constant(&self) -> Option<Scheme> {
        let first = self.first.filter(|_| self.same)?;
        Some(Scheme::Constant { value: Bits(first.bits()) })
    }

    /// The schemes that give back every bit, with the bits of their codes.
    pub(crate) fn exact(&self, sample: &[T]) -> Vec<(Scheme, u8)> {
        let Some((low, high)) = self.range else {
            return vec![(Scheme::Order { origin: Bits(0), shift: 0 }, 0)];
        };
        let mut schemes = Vec::new();
        let shift = if T::TYPE.is_float() && self.keys > 0 { self.keys.trailing_zeros() } else { 0 };
        let order = ordered(low.key(), high.key(), shift);
        let narrow = T::TYPE.is_float() && T::TYPE.bytes() == 8 && self.wide == 0;
        if narrow {
            let (low, high) = (narrowed(low.to_f64()).key(), narrowed(high.to_f64()).key());
            let (origin, shift, bits) = ordered(low, high, shift.saturating_sub(29));
            schemes.push((Scheme::NarrowOrder { origin, shift }, bits));
        } else {
            schemes.push((Scheme::Order { origin: order.0, shift: order.1 }, order.2));
        }
        if T::TYPE.is_float() {
            if EXPONENTS.contains(&self.lowest) {
                let scheme = |origin| Scheme::Binary { origin, exponent: self.lowest };
                let scale = scheme::power_of_two(-self.lowest);
                schemes.extend(multiples(low.to_f64() * scale, high.to_f64() * scale, scheme));
            }
            if let Some(digits) = digits(sample) {
                let scheme = |origin| Scheme::Decimal { origin, digits };
                let scale = scheme::power_of_ten(digits);
                schemes.extend(multiples(low.to_f64() * scale, high.to_f64() * scale, scheme));
            }
        }
        schemes
    }

    /// The scheme that keeps a bound, with the bits of its codes and how many of these are dropped.
    pub(crate) fn steps(&self, bound: f64) -> Option<(Scheme, u8, u8)> {
        let (low, high) = self.range?;
        let range = high.above(low);
        let bound = if T::TYPE.is_float() {
            // What rounding to the type may add.
            let most = low.to_f64().abs().max(high.to_f64().abs());
            let half = if T::TYPE.bytes() == 4 { 2_f64.powi(-24) } else { 2_f64.powi(-52) };
            Some(bound - most * half).filter(|left| *left >= bound * 0.5)?
        } else if T::TYPE.bytes() > 1 && bound >= 1.0
            || T::TYPE.bytes() == 1 && T::TYPE != crate::ElementType::Bool && bound >= 1.0
        {
            // Rounding to integers takes what the bound has beyond one.
            bound.floor().min(range.max(1.0)) + 0.5
        } else {
            return None;
        };
        let levels = (range / (2.0 * bound)).max(1.0);
        if !levels.is_finite() || levels > 2_f64.powi(44) {
            return None;
        }
        // The finer the codes, the less their own rounding takes of the bound; sums of up to 31 bits are exact.
        let dropped = (30 - ceil_log2(levels)).clamp(2, 8);
        let unit = bound * 2.0 / (2_f64.powi(dropped) + 1.0) * (1.0 - 1e-9);
        let bits = ceil_log2(range / unit + 2.0).max(dropped) + 1;
        if !(unit > 0.0 && unit.is_normal() && (1.0 / unit).is_finite()) {
            return None;
        }
        let scheme = Scheme::Steps { origin: Bits(low.bits()), unit: Bits::of_f64(unit) };
        Some((scheme, u8::try_from(bits).ok()?, u8::try_from(dropped).ok()?))
    }
}

/// The least and the greatest of some values that are finite, and of two more.
#[inline(always)]
fn extremes<T: Number>(row: &[T], (low, high): (T, T)) -> (T, T) {
    /// So many are compared side by side: one after the other, each would wait for the last.
    const LANES: usize = 16;
    let (mut lows, mut highs) = ([low; LANES], [high; LANES]);
    let mut take = |values: &[T]| {
        for ((low, high), value) in lows.iter_mut().zip(&mut highs).zip(values) {
            // What is not finite changes nothing.
            let value = if value.finite() { *value } else { *low };
            *low = if value < *low { value } else { *low };
            *high = if value > *high { value } else { *high };
        }
    };
    let (whole, rest) = row.as_chunks::<LANES>();
    for values in whole {
        take(values);
    }
    take(rest);
    let least = lows.into_iter().fold(low, |low, value| if value < low { value } else { low });
    (least, highs.into_iter().fold(high, |high, value| if value > high { value } else { high }))
}

/// How much longer than its entropy FFV1 makes what it gets, and how much longer where most of that is noise. Of a smooth field 11
/// and 12 bits of noise left 3.45 and 2.32 bits a value; without any, 14.2 became 16.8.
const CODED: f64 = 1.1;
const NOISY: f64 = 1.15;

/// What costs less than this many times the best is kept from one segment to the next.
pub(crate) const NEARLY: f64 = 1.01;

/// What a predictor leaves, in bits for each value: the entropy of a sample, which is what a coder comes to that sees nothing else.
pub(crate) fn cost(left: &[f64], dropped: u8) -> f64 {
    let scale = 2_f64.powi(-i32::from(dropped));
    // Of the bits below these there are fewer values in the sample than there would have to be to count them.
    let spread = left.iter().map(|rest| (rest * scale).abs()).sum::<f64>() / left.len().max(1) as f64;
    let noise = (ceil_log2(spread.max(1.0)) - 4).max(0);
    f64::from(noise) + entropy(left, scale * 2_f64.powi(-noise))
}

/// The entropy of what is left, in steps. What is far out counts with the length of its number.
fn entropy(left: &[f64], scale: f64) -> f64 {
    const NEAR: f64 = 127.0;
    let mut counts = [0_u32; 256];
    let mut far = 0.0;
    for rest in left {
        let rest = scheme::round((rest * scale).clamp(-1e15, 1e15));
        if rest.abs() <= NEAR {
            counts[(rest + NEAR) as usize] += 1;
        } else {
            counts[255] += 1;
            far += 8.0 + 2.0 * (rest.abs() / NEAR).log2();
        }
    }
    let all = left.len().max(1) as f64;
    let bits = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) * (all / f64::from(*count)).log2());
    (bits.sum::<f64>() + far) / all
}

/// What plain predictors leave: the picture before, and what codecs predict in space. Both have only what is not dropped.
pub(crate) fn plain(patches: &[Patch], previous: &Predictor, dropped: u8) -> Vec<f64> {
    let step = 2_f64.powi(i32::from(dropped));
    let rounded = |value: f64| {
        if dropped == 0 { value } else { scheme::round((value / step).clamp(-1e15, 1e15)) * step }
    };
    let mut left = Vec::new();
    let mut plane = Vec::new();
    for patch in patches {
        plane.clear();
        match previous {
            Predictor::Previous if patch.before.is_empty() => {
                let before = std::iter::once(&0.0).chain(&patch.now);
                plane.extend(
                    patch.now.iter().zip(before).map(|(now, before)| rounded(*now) - rounded(*before)),
                );
            }
            Predictor::Previous => {
                plane.extend(
                    patch.now.iter().zip(&patch.before).map(|(now, before)| rounded(*now) - rounded(*before)),
                );
            }
            _ => plane.extend(patch.now.iter().map(|now| rounded(*now))),
        }
        let flat = patch.height() <= 1;
        // Of a picture that has no other before it, the first differences on a row are of the row above.
        for y in usize::from(!flat)..patch.height() {
            for x in 2..patch.width {
                let at = y * patch.width + x;
                if !patch.kept[at] {
                    continue;
                }
                let west = plane[at - 1];
                let expected = if flat {
                    west
                } else {
                    let (north, corner) = (plane[at - patch.width], plane[at - patch.width - 1]);
                    (west + north - corner).clamp(west.min(north), west.max(north))
                };
                left.push(plane[at] - expected);
            }
        }
    }
    left
}

/// How many of the lowest bits of what is left are noise, and how many bits the samples above them have. What was chosen
/// `before` stays when it is nearly as good: then the next segment needs no other videos.
pub(crate) fn noise(
    left: &[f64],
    dropped: u8,
    rest_bits: u8,
    most: u8,
    before: Option<(u8, u8)>,
) -> (u8, u8) {
    let scale = 2_f64.powi(-i32::from(dropped));
    let plain = NOISY * cost(left, dropped);
    // A coder does not come to what a sample says, and less so the more bits it has to code.
    let best = |bits: u8| match bits {
        0 => plain,
        bits => f64::from(bits) + CODED * entropy(left, scale * 2_f64.powi(-i32::from(bits))),
    };
    let far = |bits: u8| {
        let scale = scale * 2_f64.powi(-i32::from(bits));
        left.iter().filter(|rest| (*rest * scale).abs() > 120.0).count() * 100 / left.len().max(1)
    };
    let spread = left.iter().map(|rest| (rest * scale).abs()).sum::<f64>() / left.len().max(1) as f64;
    let around = ceil_log2(spread.clamp(1.0, 1e18)).clamp(0, 64) as u8;
    // Fewer than four bits are not worth a stream of their own.
    let (from, to) = (around.saturating_sub(6).max(4), around.saturating_add(2).min(rest_bits).min(most));
    let (bits, found) = (from..=to).fold((0, best(0)), |(bits, cost), next| {
        let found = best(next);
        if found < cost - 0.05 { (next, found) } else { (bits, cost) }
    });
    if let Some((noise, samples)) = before.filter(|(noise, _)| *noise <= rest_bits.min(most))
        && best(noise) <= found * NEARLY
        && (samples > 8 || far(noise) < 3)
    {
        return (noise, samples);
    }
    (bits, if far(bits) >= 1 { 16 } else { 8 })
}

fn ordered(low: i64, high: i64, shift: u32) -> (Bits, u8, u8) {
    let bits = 64 - (high.wrapping_sub(low).cast_unsigned() >> shift).leading_zeros();
    // Codes of 64 bits keep their sign.
    let origin = if bits == 64 { 0 } else { low };
    (Bits::of_i64(origin), shift as u8, bits as u8)
}

fn multiples(low: f64, high: f64, scheme: impl Fn(Bits) -> Scheme) -> Option<(Scheme, u8)> {
    let (low, high) = (scheme::round(low), scheme::round(high));
    if low.abs() > MAX_MULTIPLE || high.abs() > MAX_MULTIPLE {
        return None;
    }
    let (low, high) = (low as i64, high as i64);
    let bits = 64 - (high - low).cast_unsigned().leading_zeros();
    Some((scheme(Bits::of_i64(low)), bits as u8))
}

/// The digits behind the point that nearly all of a sample need.
fn digits<T: Number>(sample: &[T]) -> Option<u8> {
    let finite: Vec<_> = sample.iter().copied().filter(|value| value.has_key()).take(1024).collect();
    (0..=MAX_DIGITS).find(|digits| {
        let scale = scheme::power_of_ten(*digits);
        let kept = finite.iter().filter(|value| {
            let multiple = scheme::round(value.to_f64() * scale);
            multiple.abs() <= MAX_MULTIPLE && T::raised(T::default(), multiple / scale).bits() == value.bits()
        });
        !finite.is_empty() && kept.count() * 50 >= finite.len() * 49
    })
}

/// The power of two of the lowest bit that is set in a float, by its magnitude's bits.
fn lowest_power<T: Number>(magnitude: u64) -> i16 {
    let (mantissa, bias) = if T::TYPE.bytes() == 4 { (23, 150) } else { (52, 1075) };
    if magnitude == 0 {
        return i16::MAX;
    }
    let exponent = (magnitude >> mantissa) as i16;
    exponent.max(1) - bias + (magnitude.trailing_zeros() as i16).min(mantissa)
}

fn narrowed(value: f64) -> f32 {
    value as f32
}

fn ceil_log2(value: f64) -> i32 {
    value.log2().ceil() as i32
}
