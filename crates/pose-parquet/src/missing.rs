//! NaN in memory, null in the file.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::ScalarBuffer;
use arrow_schema::DataType;

use crate::float::Float;

/// The bits of `numpy.nan` in a column of floats, which null stands for unless something else is recorded.
pub(crate) fn usual_bits(data_type: &DataType) -> u64 {
    if *data_type == DataType::Float32 { f32::NAN_BITS } else { f64::NAN_BITS }
}

/// The float that null stands for: the one of these bits, or `numpy.nan`. Bits that are no NaN here are of the type that the
/// column had before another program gave it its own.
pub(crate) fn value<F: Float>(bits: Option<u64>) -> F {
    let usual = || F::from_bits(F::NAN_BITS).expect("they are its own");
    bits.and_then(F::from_bits).filter(|value| value.is_nan()).unwrap_or_else(usual)
}

/// Puts what null stands for into the null places of a float column; other columns are returned as they are.
pub(crate) fn restore(array: ArrayRef, bits: Option<u64>, is_narrow: bool) -> ArrayRef {
    match array.data_type() {
        DataType::Float64 => restore_floats::<Float64Type>(array, bits),
        DataType::Float32 if is_narrow => {
            let wide = array.as_primitive::<Float32Type>().unary::<_, Float64Type>(f64::from);
            restore_floats::<Float64Type>(Arc::new(wide), bits)
        }
        DataType::Float32 => restore_floats::<Float32Type>(array, bits),
        _ => array,
    }
}

fn restore_floats<T: ArrowPrimitiveType<Native: Float>>(array: ArrayRef, bits: Option<u64>) -> ArrayRef {
    let missing = value::<T::Native>(bits);
    if array.null_count() == 0 {
        let (_, values, _) = array.as_primitive::<T>().clone().into_parts();
        return Arc::new(PrimitiveArray::<T>::new(values, None));
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
    Arc::new(PrimitiveArray::<T>::new(values.into(), None))
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
        let (one, usual, negative) = (1.0_f64.to_bits(), f64::NAN.to_bits(), (-f64::NAN).to_bits());
        let odd = usual + 7;
        assert_eq!(bits(restore(array(), None, false)), [one, usual, negative]);
        assert_eq!(bits(restore(array(), Some(odd), false)), [one, odd, negative]);
        let single = Arc::new(arrow_array::Float32Array::from(vec![None])) as ArrayRef;
        assert_eq!(bits(restore(single, Some(u64::MAX), true)), [u64::MAX]);
    }

    #[test]
    fn bits_of_another_type_mean_nothing() {
        let single = u64::from((-f32::NAN).to_bits());
        assert_eq!(value::<f64>(Some(single)).to_bits(), f64::NAN.to_bits(), "they would be a tiny number");
        assert_eq!(value::<f32>(Some((-f64::NAN).to_bits())).to_bits(), f32::NAN.to_bits());
        assert_eq!(value::<f32>(Some(single)).to_bits(), (-f32::NAN).to_bits());
    }
}
