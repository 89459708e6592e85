//! Floats as multiples of a step, each finite one to within a bound.

use pco::ChunkConfig;
use pco::data_types::Number;

use super::{compress, decompress};
use crate::Result;

/// Whole numbers beyond this are no longer told apart by a float.
const MAX_STEPS: f64 = 9_007_199_254_740_992.0;

/// Encodes floats as multiples of twice a bound. Those that do not come back to within it are exceptions.
pub(super) fn encode<T: Float>(values: &[T], bound: f64, config: &ChunkConfig) -> Result<Vec<u8>> {
    let step = (bound * 2.0).min(f64::MAX);
    let mut multiples = Vec::with_capacity(values.len());
    let (mut places, mut exceptions) = (Vec::new(), Vec::new());
    let mut last = 0;
    for (place, value) in values.iter().enumerate() {
        if let Some(multiple) = multiple(*value, step, bound) {
            last = multiple;
        } else {
            let place = u32::try_from(place);
            places.push(place.map_err(|_| super::encode_error("a block has more than 2^32 rows"))?);
            exceptions.push(value.bits());
        }
        multiples.push(last);
    }
    let multiples = compress(&multiples, config)?;
    let places = compress(&places, config)?;
    let mut block = vec![super::STEPS];
    block.extend(step.to_le_bytes());
    for length in [exceptions.len(), multiples.len(), places.len()] {
        let length = u32::try_from(length).map_err(|_| super::encode_error("a block has more than 4 GiB"))?;
        block.extend(length.to_le_bytes());
    }
    block.extend(multiples);
    block.extend(places);
    block.extend(compress(&exceptions, config)?);
    Ok(block)
}

/// Which multiple of a step stands for a value, if one does.
#[expect(clippy::cast_possible_truncation, reason = "it is a whole number that an i64 holds")]
fn multiple<T: Float>(value: T, step: f64, bound: f64) -> Option<i64> {
    let exact = value.to_f64();
    let multiple = (exact / step).round();
    if !exact.is_finite() || multiple.is_nan() || multiple.abs() > MAX_STEPS {
        return None;
    }
    let multiple = multiple as i64;
    let restored = of_multiple::<T>(multiple, step).to_f64();
    (restored.is_finite() && (restored - exact).abs() <= bound).then_some(multiple)
}

#[expect(clippy::cast_precision_loss, reason = "what an encoder made has at most 53 bits")]
fn of_multiple<T: Float>(multiple: i64, step: f64) -> T {
    T::nearest(multiple as f64 * step)
}

pub(super) fn decode<T: Float>(bytes: &[u8], rows: usize) -> Result<Vec<T>, String> {
    let (step, bytes) = bytes.split_first_chunk().ok_or("it is too short")?;
    let step = f64::from_le_bytes(*step);
    let (num_exceptions, bytes) = length(bytes)?;
    let (multiples_bytes, bytes) = length(bytes)?;
    let (places_bytes, bytes) = length(bytes)?;
    let too_short = || "it is too short".to_owned();
    let (multiples, bytes) = bytes.split_at_checked(multiples_bytes).ok_or_else(too_short)?;
    let (places, exceptions) = bytes.split_at_checked(places_bytes).ok_or_else(too_short)?;
    if num_exceptions > rows {
        return Err("it has more exceptions than rows".to_owned());
    }
    let multiples = decompress::<i64>(multiples, rows)?;
    let mut values: Vec<T> = multiples.into_iter().map(|multiple| of_multiple(multiple, step)).collect();
    let places = decompress::<u32>(places, num_exceptions)?;
    for (place, bits) in places.into_iter().zip(decompress::<u64>(exceptions, num_exceptions)?) {
        let value = usize::try_from(place).ok().and_then(|place| values.get_mut(place));
        *value.ok_or("an exception lies behind its end")? = T::of_bits(bits)?;
    }
    Ok(values)
}

fn length(bytes: &[u8]) -> Result<(usize, &[u8]), String> {
    let (length, rest) = bytes.split_first_chunk().ok_or("it is too short")?;
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| "it is too long")?;
    Ok((length, rest))
}

/// A float whose multiples of a step stand for values.
pub(super) trait Float: Number {
    fn to_f64(self) -> f64;
    /// The float of this type that a multiple of a step stands for.
    fn nearest(value: f64) -> Self;
    fn bits(self) -> u64;
    fn of_bits(bits: u64) -> Result<Self, String>;
}

impl Float for f64 {
    fn to_f64(self) -> f64 {
        self
    }

    fn nearest(value: f64) -> Self {
        value
    }

    fn bits(self) -> u64 {
        self.to_bits()
    }

    fn of_bits(bits: u64) -> Result<Self, String> {
        Ok(Self::from_bits(bits))
    }
}

impl Float for f32 {
    fn to_f64(self) -> f64 {
        self.into()
    }

    #[expect(clippy::cast_possible_truncation, reason = "the nearest float is what is wanted")]
    fn nearest(value: f64) -> Self {
        value as Self
    }

    fn bits(self) -> u64 {
        self.to_bits().into()
    }

    fn of_bits(bits: u64) -> Result<Self, String> {
        let bits = u32::try_from(bits).map_err(|_| "an exception has more than 32 bits")?;
        Ok(Self::from_bits(bits))
    }
}
