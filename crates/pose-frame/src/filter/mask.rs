//! Values that are made missing.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array as _, ArrayRef, ArrowPrimitiveType, PrimitiveArray, make_array};
use arrow_data::transform::MutableArrayData;
use arrow_schema::DataType;

use crate::TableError;

/// The same values, without those that are masked.
pub(super) fn masked(values: &ArrayRef, masked: &[bool]) -> Result<ArrayRef, TableError> {
    if !masked.contains(&true) {
        return Ok(Arc::clone(values));
    }
    match values.data_type() {
        DataType::Float64 => Ok(floats::<Float64Type>(values, masked, f64::NAN, f64::is_nan)),
        DataType::Float32 => Ok(floats::<Float32Type>(values, masked, f32::NAN, f32::is_nan)),
        _ => nulls(values, masked),
    }
}

/// One that was missing keeps its bits.
fn floats<T: ArrowPrimitiveType>(
    values: &ArrayRef,
    masked: &[bool],
    missing: T::Native,
    is_missing: fn(T::Native) -> bool,
) -> ArrayRef {
    let values = values.as_primitive::<T>().values().iter().zip(masked);
    let left = values.map(|(value, masked)| if *masked && !is_missing(*value) { missing } else { *value });
    Arc::new(PrimitiveArray::<T>::from_iter_values(left))
}

fn nulls(values: &ArrayRef, masked: &[bool]) -> Result<ArrayRef, TableError> {
    let data = values.to_data();
    let mut left = MutableArrayData::new(vec![&data], true, masked.len());
    for (row, masked) in masked.iter().enumerate() {
        let added = if *masked { left.try_extend_nulls(1) } else { left.try_extend(0, row, row + 1) };
        added.map_err(TableError::read)?;
    }
    Ok(make_array(left.freeze()))
}

#[cfg(test)]
mod tests {
    use arrow_array::{Float32Array, Int8Array, StringArray};

    use super::*;

    #[test]
    fn a_masked_value_is_missing_and_a_missing_one_keeps_its_bits() {
        let payload = f32::from_bits(0x7fc0_1234);
        let floats: ArrayRef = Arc::new(Float32Array::from(vec![1.5, payload, 2.5]));
        let left = masked(&floats, &[true, true, false]).expect("it fits");
        let bits: Vec<u32> =
            left.as_primitive::<Float32Type>().values().iter().map(|x| x.to_bits()).collect();
        assert_eq!(bits, [f32::NAN.to_bits(), 0x7fc0_1234, 2.5_f32.to_bits()]);
    }

    #[test]
    fn what_is_no_float_becomes_null() {
        let integers: ArrayRef = Arc::new(Int8Array::from(vec![Some(1), None, Some(3), Some(4)]).slice(1, 3));
        let expected: ArrayRef = Arc::new(Int8Array::from(vec![None, Some(3), None]));
        assert_eq!(&masked(&integers, &[false, false, true]).expect("it fits"), &expected);
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b"]));
        let expected: ArrayRef = Arc::new(StringArray::from(vec![None, Some("b")]));
        assert_eq!(&masked(&texts, &[true, false]).expect("it fits"), &expected);
    }
}
