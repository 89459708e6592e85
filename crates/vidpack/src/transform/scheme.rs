//! Numbers as integers that are not negative, and back.

use serde::{Deserialize, Serialize};

use super::vectors::with_widest;
use crate::array::Number;
use crate::{Bits, ElementType};

/// How the values of a channel become integers, its *codes*.
///
/// Each scheme gives back some values bit for bit, and others not: those are exceptions, and kept beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
#[non_exhaustive]
pub enum Scheme {
    /// All values are this one.
    Constant {
        /// The bits of the value.
        value: Bits,
    },
    /// The place of the value among all values of its type: integers are themselves, the bits of floats in the order of
    /// the numbers. Code 0 is `origin`; the lowest `shift` bits of the difference are zero.
    Order {
        /// The key of code 0.
        origin: Bits,
        /// How many bits are always zero.
        shift: u8,
    },
    /// The same for values of 64 bits that a float of 32 bits holds exactly.
    NarrowOrder {
        /// The key of code 0.
        origin: Bits,
        /// How many bits are always zero.
        shift: u8,
    },
    /// Floats that are multiples of a power of two: `(origin + code) × 2^exponent`.
    Binary {
        /// The multiple of code 0.
        origin: Bits,
        /// The power.
        exponent: i16,
    },
    /// Floats that were decimal numbers: `(origin + code) / 10^digits`, rounded to the type.
    Decimal {
        /// The multiple of code 0.
        origin: Bits,
        /// Digits behind the point.
        digits: u8,
    },
    /// Values that come back to within a bound: `origin + code × unit`.
    Steps {
        /// The bits of the value of code 0, in the element type.
        origin: Bits,
        /// One step, an `f64`.
        unit: Bits,
    },
    /// Values scaled to integers: code 0 is `low`, the greatest is `high`.
    Range {
        /// The bits of the least finite value, in the element type.
        low: Bits,
        /// The bits of the greatest.
        high: Bits,
        /// Bits of the codes.
        bits: u8,
    },
}

/// Adding and taking away this rounds to the nearest integer, for magnitudes below 2^51: several times as fast as
/// `round` where the processor's instruction for it may not be used, and the same everywhere.
const ROUNDS: f64 = 6_755_399_441_055_744.0;

/// Multiples up to here are exact in an `f64`, and `ROUNDS` rounds them.
pub(crate) const MAX_MULTIPLE: f64 = 2_251_799_813_685_247.0;

/// The most digits of a decimal.
pub(crate) const MAX_DIGITS: u8 = 12;

/// The powers of two with which scaling is exact.
pub(crate) const EXPONENTS: std::ops::RangeInclusive<i16> = -1000..=960;

pub(crate) fn round(value: f64) -> f64 {
    (value + ROUNDS) - ROUNDS
}

pub(crate) fn power_of_ten(digits: u8) -> f64 {
    10_f64.powi(i32::from(digits))
}

pub(crate) fn power_of_two(exponent: i16) -> f64 {
    f64::from_bits(((i64::from(exponent) + 1023).clamp(1, 2046).cast_unsigned()) << 52)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "codes are held within the range where these are exact; of other codes any value may come"
)]
impl Scheme {
    /// The codes of a row, and whether each gives its value back. What does not has any code.
    pub(crate) fn codes<T: Number>(&self, row: &[T], codes: &mut [i64], kept: &mut [bool]) {
        with_widest(
            #[inline(always)]
            || self.codes_of(row, codes, kept),
        );
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn codes_of<T: Number>(&self, row: &[T], codes: &mut [i64], kept: &mut [bool]) {
        let rows = row.iter().zip(codes).zip(kept);
        match *self {
            Self::Constant { .. } => rows.for_each(|((_, code), kept)| (*code, *kept) = (0, true)),
            Self::Order { origin, shift } => {
                let origin = origin.to_i64();
                for ((value, code), kept) in rows {
                    *code = shifted(value.key(), origin, shift);
                    *kept = value.has_key();
                }
            }
            Self::NarrowOrder { origin, shift } => {
                let origin = origin.to_i64();
                for ((value, code), kept) in rows {
                    let narrow = value.to_f64() as f32;
                    *code = shifted(narrow.key(), origin, shift);
                    *kept = narrow.has_key() && f64::from(narrow).to_bits() == value.bits();
                }
            }
            Self::Binary { origin, exponent } => {
                let (scale, back, origin) =
                    (power_of_two(-exponent), power_of_two(exponent), origin.to_i64());
                for ((value, code), kept) in rows {
                    let multiple = round(value.to_f64() * scale);
                    *code = (multiple as i64).wrapping_sub(origin);
                    *kept = multiple.abs() <= MAX_MULTIPLE
                        && T::raised(T::default(), multiple * back).bits() == value.bits();
                }
            }
            Self::Decimal { origin, digits } => {
                let (scale, origin) = (power_of_ten(digits), origin.to_i64());
                for ((value, code), kept) in rows {
                    let multiple = round(value.to_f64() * scale);
                    *code = (multiple as i64).wrapping_sub(origin);
                    *kept = multiple.abs() <= MAX_MULTIPLE
                        && T::raised(T::default(), multiple / scale).bits() == value.bits();
                }
            }
            Self::Steps { origin, unit } => {
                let (origin, scale) = (T::of_bits(origin.0), 1.0 / unit.to_f64());
                for ((value, code), kept) in rows {
                    *code = round(value.above(origin) * scale) as i64;
                    *kept = value.finite();
                }
            }
            Self::Range { low, high, bits } => {
                let (low, high) = (T::of_bits(low.0), T::of_bits(high.0));
                let most = ((1_u64 << bits) - 1) as f64;
                let scale = most / high.above(low);
                for ((value, code), kept) in rows {
                    *code = (value.above(low) * scale + 0.5) as i64;
                    *kept = value.finite();
                }
            }
        }
    }

    /// The values of a row of codes.
    pub(crate) fn values<T: Number>(&self, codes: &[i64], row: &mut [T]) {
        with_widest(
            #[inline(always)]
            || self.values_of(codes, row),
        );
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn values_of<T: Number>(&self, codes: &[i64], row: &mut [T]) {
        let rows = codes.iter().zip(row);
        match *self {
            Self::Constant { value } => rows.for_each(|(_, out)| *out = T::of_bits(value.0)),
            Self::Order { origin, shift } => {
                let origin = origin.to_i64();
                rows.for_each(|(code, out)| *out = T::of_key(origin.wrapping_add(code << shift)));
            }
            Self::NarrowOrder { origin, shift } => {
                let origin = origin.to_i64();
                for (code, out) in rows {
                    *out = T::of_bits(f64::from(f32::of_key(origin.wrapping_add(code << shift))).to_bits());
                }
            }
            Self::Binary { origin, exponent } => {
                let (back, origin) = (power_of_two(exponent), origin.to_i64());
                rows.for_each(|(code, out)| {
                    *out = T::raised(T::default(), origin.wrapping_add(*code) as f64 * back);
                });
            }
            Self::Decimal { origin, digits } => {
                let (scale, origin) = (power_of_ten(digits), origin.to_i64());
                rows.for_each(|(code, out)| {
                    *out = T::raised(T::default(), origin.wrapping_add(*code) as f64 / scale);
                });
            }
            Self::Steps { origin, unit } => {
                let (origin, unit) = (T::of_bits(origin.0), unit.to_f64());
                rows.for_each(|(code, out)| *out = T::raised(origin, *code as f64 * unit));
            }
            Self::Range { low, high, bits } => {
                let (low, high) = (T::of_bits(low.0), T::of_bits(high.0));
                let most = (1_i64 << bits) - 1;
                let range = high.above(low);
                for (code, out) in rows {
                    *out = match *code {
                        code if code <= 0 => low,
                        code if code >= most => high,
                        code => T::raised(low, range * (code as f64 / most as f64)),
                    };
                }
            }
        }
    }

    /// Whether a plan may say this of an element type.
    pub(crate) fn check(&self, element: ElementType) -> Result<(), String> {
        let fits = match *self {
            Self::Constant { .. } => true,
            Self::Order { shift, .. } => shift < 64,
            Self::NarrowOrder { shift, .. } => element == ElementType::F64 && shift < 64,
            Self::Binary { exponent, .. } => element.is_float() && EXPONENTS.contains(&exponent),
            Self::Decimal { digits, .. } => element.is_float() && digits <= MAX_DIGITS,
            Self::Steps { unit, .. } => unit.to_f64().is_finite() && unit.to_f64() > 0.0,
            Self::Range { bits, .. } => (1..=16).contains(&bits),
        };
        if fits { Ok(()) } else { Err(format!("{self:?} is nothing for {element}")) }
    }
}

fn shifted(key: i64, origin: i64, shift: u8) -> i64 {
    let difference = key.wrapping_sub(origin);
    if shift == 0 { difference } else { (difference.cast_unsigned() >> shift).cast_signed() }
}

#[cfg(test)]
mod tests {
    use super::{Bits, Number, Scheme};

    #[test]
    fn wider_vectors_change_no_bit_of_codes_or_values() {
        // Neither unit nor range is a power of two, so that a product fused with a sum would round otherwise.
        let steps = |origin| Scheme::Steps { origin, unit: Bits::of_f64(0.003_7) };
        let range = |low, high| Scheme::Range { low, high, bits: 13 };
        let decimal = Scheme::Decimal { origin: Bits::of_i64(-7), digits: 3 };
        let binary = Scheme::Binary { origin: Bits::of_i64(3), exponent: -9 };
        let order = Scheme::Order { origin: Bits::of_i64(5), shift: 1 };
        #[expect(clippy::cast_possible_truncation, reason = "to the nearest")]
        let narrow: Vec<f32> = values().iter().map(|value| *value as f32).collect();
        let (low, high) = (-3.3_f32, 9.1_f32);
        for scheme in
            [steps(Bits(low.bits())), range(Bits(low.bits()), Bits(high.bits())), decimal, binary, order]
        {
            unchanged(scheme, &narrow);
        }
        let (low, high) = (-3.3_f64, 9.1_f64);
        for scheme in
            [steps(Bits(low.bits())), range(Bits(low.bits()), Bits(high.bits())), decimal, binary, order]
        {
            unchanged(scheme, &values());
        }
    }

    /// Holds what is compiled for wide vectors against what is compiled for any processor.
    fn unchanged<T: Number>(scheme: Scheme, row: &[T]) {
        let mut found = (vec![0; row.len()], vec![false; row.len()]);
        let mut expected = found.clone();
        scheme.codes(row, &mut found.0, &mut found.1);
        scheme.codes_of(row, &mut expected.0, &mut expected.1);
        assert!(found == expected, "{scheme:?}");
        let (mut back, mut plain) = (vec![T::default(); row.len()], vec![T::default(); row.len()]);
        scheme.values(&found.0, &mut back);
        scheme.values_of(&found.0, &mut plain);
        assert!(back.iter().zip(&plain).all(|(one, other)| one.bits() == other.bits()), "{scheme:?}");
    }

    /// Numbers from -4 to 10, and some that are none.
    fn values() -> Vec<f64> {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from((state >> 33) as u32) / f64::from(1 << 31) * 14.0 - 4.0
        };
        let mut values: Vec<f64> = (0..1003).map(|_| next()).collect();
        (values[17], values[400], values[1002]) = (f64::NAN, f64::INFINITY, -0.0);
        values
    }
}
