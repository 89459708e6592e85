//! Which scheme and which predictor: chosen by looking at a sample, the same each time.

use crate::ChannelPlan;
use crate::array::Number;
use crate::plan::Bits;
use crate::transform::scheme::{self, EXPONENTS, MAX_DIGITS, MAX_MULTIPLE};
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
    wide: u64,
    lowest: i16,
    values: u64,
}

impl<T: Number> Survey<T> {
    pub(crate) fn new() -> Self {
        Self { first: None, same: true, range: None, keys: 0, wide: 0, lowest: i16::MAX, values: 0 }
    }

    pub(crate) fn add(&mut self, row: &[T]) {
        let Some(first) = self.first.or(row.first().copied()) else { return };
        self.first = Some(first);
        self.same = self.same && row.iter().all(|value| value.bits() == first.bits());
        self.values += row.len() as u64;
        let float = T::TYPE.is_float();
        let wide = float && T::TYPE.bytes() == 8;
        let (mut low, mut high) = self.range.map_or((None, None), |(low, high)| (Some(low), Some(high)));
        for value in row.iter().copied().filter(|value| value.finite()) {
            if low.is_none_or(|low| value < low) {
                low = Some(value);
            }
            if high.is_none_or(|high| value > high) {
                high = Some(value);
            }
            if float && value.has_key() {
                let key = value.key().unsigned_abs();
                self.keys |= key;
                self.lowest = self.lowest.min(lowest_power::<T>(key));
            }
            if wide && value.has_key() {
                let narrow = f64::from(narrowed(value.to_f64()));
                self.wide += u64::from(narrow.to_bits() != value.bits());
            }
        }
        self.range = low.zip(high);
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
        } else if T::TYPE.bytes() > 1 && bound >= 1.0 || T::TYPE.bytes() == 1 && T::TYPE != crate::ElementType::Bool && bound >= 1.0 {
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

/// What a predictor leaves, in bits for each value: the length of a code that grows with the logarithm.
pub(crate) fn cost(left: &[f64], dropped: u8) -> f64 {
    let scale = 2_f64.powi(-i32::from(dropped));
    let sum: f64 = left.iter().map(|rest| length(rest * scale)).sum();
    sum / left.len().max(1) as f64
}

fn length(rest: f64) -> f64 {
    1.0 + 2.0 * (1.0 + rest.abs().round()).log2()
}

/// What plain predictors leave: the picture before, and what codecs predict in space.
pub(crate) fn plain(patches: &[Patch], previous: Predictor) -> Vec<f64> {
    let mut left = Vec::new();
    for patch in patches {
        for y in usize::from(patch.height() > 1)..patch.height() {
            for x in 1..patch.width {
                if !patch.kept[y * patch.width + x] {
                    continue;
                }
                let (y, x) = (y.cast_signed(), x.cast_signed());
                let value = |above: isize, before: isize| -> f64 {
                    let at = |picture| patch.at(picture, y - above, x - before).unwrap_or_default();
                    match previous {
                        Predictor::Previous if patch.before.is_empty() => at(0) - patch.at(0, y - above, x - before - 1).unwrap_or_default(),
                        Predictor::Previous => at(0) - at(1),
                        _ => at(0),
                    }
                };
                let (west, north, corner) = (value(0, 1), value(1, 0), value(1, 1));
                let median = (west + north - corner).clamp(west.min(north), west.max(north));
                left.push(value(0, 0) - if patch.height() > 1 { median } else { west });
            }
        }
    }
    left
}

/// How many of the lowest bits of what is left are noise, and how many bits the samples above them have.
pub(crate) fn noise(left: &[f64], dropped: u8, rest_bits: u8, most: u8) -> (u8, u8) {
    let scale = 2_f64.powi(-i32::from(dropped));
    let best = |bits: u8| {
        let scale = scale * 2_f64.powi(-i32::from(bits));
        f64::from(bits) + left.iter().map(|rest| length(rest * scale)).sum::<f64>() / left.len().max(1) as f64
    };
    // Fewer than four bits are not worth a stream of their own.
    let bits = (4..=rest_bits.min(most)).fold((0, best(0)), |(bits, cost), next| {
        let found = best(next);
        if found < cost - 0.05 { (next, found) } else { (bits, cost) }
    });
    let bits = bits.0;
    let scale = scale * 2_f64.powi(-i32::from(bits));
    let far = left.iter().filter(|rest| (*rest * scale).abs() > 120.0).count();
    (bits, if far * 100 > left.len() { 16 } else { 8 })
}

/// Whether a channel needs no video.
pub(crate) fn is_empty(channel: &ChannelPlan) -> bool {
    channel.rest_bits == 0
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
