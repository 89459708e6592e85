//! NaN in memory, null in the file.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::DataType;

use crate::float::Float;
use crate::{ParquetError, ParquetErrorKind, footer};

/// The bits of `numpy.nan` in a column of floats, which null stands for unless something else is recorded.
pub(crate) fn usual_bits(data_type: &DataType) -> u64 {
    if *data_type == DataType::Float32 { f32::NAN_BITS } else { f64::NAN_BITS }
}

/// The float that null stands for: the one of these bits, or `numpy.nan`.
pub(crate) fn value<F: Float>(bits: Option<u64>) -> Result<F, ParquetError> {
    F::from_bits(bits.unwrap_or(F::NAN_BITS)).ok_or_else(|| {
        let reason = "the bits of a missing value are too many for its column".to_owned();
        ParquetErrorKind::Entry { entry: footer::KEY, reason }.into()
    })
}

/// Puts what null stands for into the null places of a float column; other columns are returned as they are.
pub(crate) fn restore(array: ArrayRef, bits: Option<u64>, is_narrow: bool) -> Result<ArrayRef, ParquetError> {
    match array.data_type() {
        DataType::Float64 => restore_floats::<Float64Type>(array, bits),
        DataType::Float32 if is_narrow => {
            let wide = array.as_primitive::<Float32Type>().unary::<_, Float64Type>(f64::from);
            restore_floats::<Float64Type>(Arc::new(wide), bits)
        }
        DataType::Float32 => restore_floats::<Float32Type>(array, bits),
        _ => Ok(array),
    }
}

fn restore_floats<T: ArrowPrimitiveType<Native: Float>>(
    array: ArrayRef,
    bits: Option<u64>,
) -> Result<ArrayRef, ParquetError> {
    let missing = value::<T::Native>(bits)?;
    if array.null_count() == 0 {
        let (_, values, _) = array.as_primitive::<T>().clone().into_parts();
        return Ok(Arc::new(PrimitiveArray::<T>::new(values, None)));
    }
    let floats = array.as_primitive::<T>().clone();
    // The last reference to freshly decoded values lets them be written in place.
    drop(array);
    let (_, values, nulls) = floats.into_parts();
    let values = values.into_inner().into_vec::<T::Native>();
    let mut values = values.unwrap_or_else(|shared| ScalarBuffer::<T::Native>::from(shared).to_vec());
    for (row, value) in values.iter_mut().enumerate() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            *value = missing;
        }
    }
    Ok(Arc::new(PrimitiveArray::<T>::new(values.into(), None)))
}

#[cfg(test)]
mod tests {
    use arrow_array::Float64Array;

    use super::*;

    #[test]
    fn null_places_get_the_bits_that_are_asked_for() {
        let array = || Arc::new(Float64Array::from(vec![Some(1.0), None, Some(-f64::NAN)])) as ArrayRef;
        let bits = |array: ArrayRef| {
            array
                .as_primitive::<Float64Type>()
                .values()
                .iter()
                .map(|value| value.to_bits())
                .collect::<Vec<_>>()
        };
        let negative = (-f64::NAN).to_bits();
        assert_eq!(
            bits(restore(array(), None, false).unwrap()),
            [1.0_f64.to_bits(), f64::NAN.to_bits(), negative]
        );
        assert_eq!(bits(restore(array(), Some(7), false).unwrap()), [1.0_f64.to_bits(), 7, negative]);
        let single = Arc::new(arrow_array::Float32Array::from(vec![None])) as ArrayRef;
        assert!(restore(Arc::clone(&single), Some(u64::MAX), false).is_err(), "no float32 has so many bits");
        assert_eq!(bits(restore(single, Some(u64::MAX), true).unwrap()), [u64::MAX], "a float64 has");
    }
}
