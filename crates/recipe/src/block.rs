//! Some rows of a column as bytes, and back.
//!
//! A block begins with a byte that says how it is encoded; `FORMAT.md` describes each way.

mod narrow;
mod steps;

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
            let narrow: Option<Vec<f32>> = values.iter().map(|value| narrow::narrowed(*value)).collect();
            match narrow {
                Some(narrow) => tagged(NARROW, &compress(&narrow, &config)?),
                None => tagged(PLAIN, &compress(values, &config)?),
            }
        }
        _ => tagged(PLAIN, &plain(array, number, &config)?),
    };
    let within = match (number, bound) {
        (NumberType::Float64, Some(bound)) => {
            steps::encode(array.as_primitive::<Float64Type>().values(), bound, &config)?
        }
        (NumberType::Float32, Some(bound)) => {
            steps::encode(array.as_primitive::<Float32Type>().values(), bound, &config)?
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
            Ok(array_of::<Float64Type>(values.into_iter().map(narrow::widened).collect()))
        }
        (STEPS, NumberType::Float64) => Ok(array_of::<Float64Type>(steps::decode(bytes, rows)?)),
        (STEPS, NumberType::Float32) => Ok(array_of::<Float32Type>(steps::decode(bytes, rows)?)),
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

#[cfg(test)]
mod tests {
    use super::*;

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
