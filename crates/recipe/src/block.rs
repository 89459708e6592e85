//! Some rows of a column as bytes, and back.
//!
//! A block begins with a byte that says how it is encoded; `FORMAT.md` describes each way.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{ArrayRef, PrimitiveArray};
use pco::ChunkConfig;
use pco::data_types::Number;
use pco::standalone::{simple_compress, simple_decompress_into};

use crate::{Error, ErrorKind, NumberType, Result};

const PLAIN: u8 = 0;
const NARROW: u8 = 1;
const STEPS: u8 = 2;

/// Whole numbers beyond this are no longer told apart by a float.
const MAX_STEPS: f64 = 9_007_199_254_740_992.0;

/// Encodes rows of a column: bit for bit, or floats so that each finite one comes back to within a bound.
pub(crate) fn encode(
    array: &ArrayRef,
    number: NumberType,
    bound: Option<f64>,
    level: usize,
) -> Result<Vec<u8>> {
    let config = ChunkConfig::default().with_compression_level(level);
    let exact = match number {
        NumberType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            let narrow: Option<Vec<f32>> = values.iter().map(|value| narrowed(*value)).collect();
            match narrow {
                Some(narrow) => tagged(NARROW, &compress(&narrow, &config)?),
                None => tagged(PLAIN, &compress(values, &config)?),
            }
        }
        _ => tagged(PLAIN, &plain(array, number, &config)?),
    };
    let within = match (number, bound) {
        (NumberType::Float64, Some(bound)) => {
            steps(array.as_primitive::<Float64Type>().values(), bound, &config)?
        }
        (NumberType::Float32, Some(bound)) => {
            steps(array.as_primitive::<Float32Type>().values(), bound, &config)?
        }
        _ => return Ok(exact),
    };
    Ok(if within.len() < exact.len() { within } else { exact })
}

/// The rows that a block holds.
pub(crate) fn decode(block: &[u8], number: NumberType, rows: usize) -> Result<ArrayRef, String> {
    let (&tag, bytes) = block.split_first().ok_or("it is empty")?;
    match (tag, number) {
        (PLAIN, _) => decode_plain(bytes, number, rows),
        (NARROW, NumberType::Float64) => {
            let values = decompress::<f32>(bytes, rows)?;
            Ok(array_of::<Float64Type>(values.into_iter().map(widened).collect()))
        }
        (STEPS, NumberType::Float64) => Ok(array_of::<Float64Type>(decode_steps(bytes, rows)?)),
        (STEPS, NumberType::Float32) => Ok(array_of::<Float32Type>(decode_steps(bytes, rows)?)),
        _ => Err(format!("{} cannot be encoded in way {tag}", number.name())),
    }
}

fn plain(array: &ArrayRef, number: NumberType, config: &ChunkConfig) -> Result<Vec<u8>> {
    match number {
        // pco packs numbers of 8 bits only when asked, and no smaller.
        NumberType::Int8 => {
            let wide: Vec<i16> =
                array.as_primitive::<Int8Type>().values().iter().map(|n| (*n).into()).collect();
            compress(&wide, config)
        }
        NumberType::UInt8 => {
            let wide: Vec<u16> =
                array.as_primitive::<UInt8Type>().values().iter().map(|n| (*n).into()).collect();
            compress(&wide, config)
        }
        NumberType::Int16 => compress(array.as_primitive::<Int16Type>().values(), config),
        NumberType::Int32 => compress(array.as_primitive::<Int32Type>().values(), config),
        NumberType::Int64 => compress(array.as_primitive::<Int64Type>().values(), config),
        NumberType::UInt16 => compress(array.as_primitive::<UInt16Type>().values(), config),
        NumberType::UInt32 => compress(array.as_primitive::<UInt32Type>().values(), config),
        NumberType::UInt64 => compress(array.as_primitive::<UInt64Type>().values(), config),
        NumberType::Float32 => compress(array.as_primitive::<Float32Type>().values(), config),
        NumberType::Float64 => compress(array.as_primitive::<Float64Type>().values(), config),
    }
}

fn decode_plain(bytes: &[u8], number: NumberType, rows: usize) -> Result<ArrayRef, String> {
    Ok(match number {
        NumberType::Int8 => {
            let wide = decompress::<i16>(bytes, rows)?;
            let values = wide.into_iter().map(i8::try_from).collect::<Result<_, _>>();
            array_of::<Int8Type>(values.map_err(|_| "a number has more than 8 bits")?)
        }
        NumberType::UInt8 => {
            let wide = decompress::<u16>(bytes, rows)?;
            let values = wide.into_iter().map(u8::try_from).collect::<Result<_, _>>();
            array_of::<UInt8Type>(values.map_err(|_| "a number has more than 8 bits")?)
        }
        NumberType::Int16 => array_of::<Int16Type>(decompress(bytes, rows)?),
        NumberType::Int32 => array_of::<Int32Type>(decompress(bytes, rows)?),
        NumberType::Int64 => array_of::<Int64Type>(decompress(bytes, rows)?),
        NumberType::UInt16 => array_of::<UInt16Type>(decompress(bytes, rows)?),
        NumberType::UInt32 => array_of::<UInt32Type>(decompress(bytes, rows)?),
        NumberType::UInt64 => array_of::<UInt64Type>(decompress(bytes, rows)?),
        NumberType::Float32 => array_of::<Float32Type>(decompress(bytes, rows)?),
        NumberType::Float64 => array_of::<Float64Type>(decompress(bytes, rows)?),
    })
}

/// A float whose multiples of a step stand for values.
trait Float: Number {
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

/// Encodes floats as multiples of twice a bound. Those that do not come back to within it are exceptions.
fn steps<T: Float>(values: &[T], bound: f64, config: &ChunkConfig) -> Result<Vec<u8>> {
    let step = (bound * 2.0).min(f64::MAX);
    let mut multiples = Vec::with_capacity(values.len());
    let (mut places, mut exceptions) = (Vec::new(), Vec::new());
    let mut last = 0;
    for (place, value) in values.iter().enumerate() {
        if let Some(multiple) = multiple(*value, step, bound) {
            last = multiple;
        } else {
            let place = u32::try_from(place);
            places.push(place.map_err(|_| encode_error("a block has more than 2^32 rows"))?);
            exceptions.push(value.bits());
        }
        multiples.push(last);
    }
    let multiples = compress(&multiples, config)?;
    let places = compress(&places, config)?;
    let mut block = vec![STEPS];
    block.extend(step.to_le_bytes());
    for length in [exceptions.len(), multiples.len(), places.len()] {
        let length = u32::try_from(length).map_err(|_| encode_error("a block has more than 4 GiB"))?;
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

fn decode_steps<T: Float>(bytes: &[u8], rows: usize) -> Result<Vec<T>, String> {
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

fn tagged(tag: u8, bytes: &[u8]) -> Vec<u8> {
    [&[tag], bytes].concat()
}

fn compress<T: Number>(values: &[T], config: &ChunkConfig) -> Result<Vec<u8>> {
    simple_compress(values, config).map_err(|error| encode_error(&error.to_string()))
}

fn encode_error(what: &str) -> Error {
    ErrorKind::Encode { what: what.to_owned() }.into()
}

fn decompress<T: Number + Default>(bytes: &[u8], rows: usize) -> Result<Vec<T>, String> {
    let mut values = Vec::new();
    values.try_reserve_exact(rows).map_err(|error| error.to_string())?;
    values.resize(rows, T::default());
    let progress = simple_decompress_into(bytes, &mut values).map_err(|error| error.to_string())?;
    if !progress.finished || progress.n_processed != rows {
        return Err(format!("it does not have {rows} rows"));
    }
    Ok(values)
}

fn array_of<A: arrow_array::ArrowPrimitiveType>(values: Vec<A::Native>) -> ArrayRef
where
    PrimitiveArray<A>: From<Vec<A::Native>>,
{
    Arc::new(PrimitiveArray::<A>::from(values))
}

const NAN_SHIFT: u32 = 52 - 23;
const F64_EXPONENT: u64 = 0x7ff << 52;
const F32_EXPONENT: u32 = 0xff << 23;

/// The float32 that a float64 is exactly. Processors may change a NaN that they convert: here its bits are moved.
#[expect(clippy::cast_possible_truncation, reason = "whether it was exact is looked at")]
fn narrowed(value: f64) -> Option<f32> {
    let bits = value.to_bits();
    let narrow = if value.is_nan() {
        let mantissa = (bits & !F64_EXPONENT & !(1 << 63)) >> NAN_SHIFT;
        f32::from_bits(((bits >> 32) as u32 & (1 << 31)) | F32_EXPONENT | mantissa as u32)
    } else {
        value as f32
    };
    (widened(narrow).to_bits() == bits).then_some(narrow)
}

fn widened(value: f32) -> f64 {
    if !value.is_nan() {
        return value.into();
    }
    let bits = value.to_bits();
    let mantissa = u64::from(bits & !F32_EXPONENT & !(1 << 31)) << NAN_SHIFT;
    f64::from_bits((u64::from(bits >> 31) << 63) | F64_EXPONENT | mantissa)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_narrowed_by_its_bits() {
        for bits in [0x7ff8_0000_0000_0000, 0xfff8_0000_2000_0000, 0x7ff4_0000_0000_0000_u64] {
            let narrow = narrowed(f64::from_bits(bits)).expect("its low bits are zero");
            assert_eq!(widened(narrow).to_bits(), bits);
        }
        assert_eq!(narrowed(f64::from_bits(0x7ff8_dead_beef_0001)), None);
        assert_eq!(narrowed(0.1), None);
        assert_eq!(narrowed(-0.0).map(f32::to_bits), Some(0x8000_0000));
    }

    #[test]
    fn values_that_no_step_stands_for_are_kept_exactly() {
        let odd =
            [f64::NAN, -f64::NAN, f64::from_bits(0x7ff8_0000_0000_0042), f64::INFINITY, 1e300, -1e-300, 0.3];
        let values: Vec<f64> = (0..900_u16)
            .map(|row| if row % 11 == 3 { odd[usize::from(row % 7)] } else { f64::from(row).sin() })
            .collect();
        let array = array_of::<Float64Type>(values.clone());
        let block = encode(&array, NumberType::Float64, Some(0.01), 8).unwrap();
        assert_eq!(block[0], STEPS);
        let back = decode(&block, NumberType::Float64, values.len()).unwrap();
        for (value, back) in values.iter().zip(back.as_primitive::<Float64Type>().values()) {
            assert!(value.to_bits() == back.to_bits() || (value - back).abs() <= 0.01, "{value} {back}");
        }
    }

    #[test]
    fn every_cut_block_is_an_error() {
        let array = array_of::<Float64Type>((0..300).map(|row| f64::from(row).sqrt()).collect());
        for bound in [None, Some(0.01)] {
            let block = encode(&array, NumberType::Float64, bound, 8).unwrap();
            for end in 0..block.len() {
                decode(&block[..end], NumberType::Float64, 300).expect_err("it is cut");
            }
            decode(&block, NumberType::Float64, 299).expect_err("it has more rows");
            decode(&block, NumberType::Float64, 301).expect_err("it has fewer rows");
            decode(&block, NumberType::Int64, 300).expect_err("it holds floats");
        }
    }
}
