//! NaN in memory, null in the file.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;

/// A float type with its bits.
trait FloatBits: ArrowPrimitiveType {
    /// The bits of `numpy.nan`, which null stands for unless something else is recorded.
    const NAN: u64;
    fn is_nan(value: Self::Native) -> bool;
    fn bits(value: Self::Native) -> u64;
    fn from_bits(bits: u64) -> Option<Self::Native>;
}

impl FloatBits for Float64Type {
    const NAN: u64 = f64::NAN.to_bits();
    fn is_nan(value: f64) -> bool {
        value.is_nan()
    }
    fn bits(value: f64) -> u64 {
        value.to_bits()
    }
    fn from_bits(bits: u64) -> Option<f64> {
        Some(f64::from_bits(bits))
    }
}

impl FloatBits for Float32Type {
    const NAN: u64 = f32::NAN.to_bits() as u64;
    fn is_nan(value: f32) -> bool {
        value.is_nan()
    }
    fn bits(value: f32) -> u64 {
        value.to_bits().into()
    }
    fn from_bits(bits: u64) -> Option<f32> {
        u32::try_from(bits).ok().map(f32::from_bits)
    }
}

/// The bits that null stands for in one column: those of the first NaN in it, once there was one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct MissingBits(Option<u64>);

impl MissingBits {
    /// Marks NaN as null in a float column; other columns are returned as they are. Values are shared, not copied.
    pub(crate) fn mark(&mut self, array: &ArrayRef) -> ArrayRef {
        match array.data_type() {
            DataType::Float64 => Arc::new(self.mark_floats::<Float64Type>(array.as_primitive())),
            DataType::Float32 => Arc::new(self.mark_floats::<Float32Type>(array.as_primitive())),
            _ => Arc::clone(array),
        }
    }

    /// The bits, where they are not those of `numpy.nan`.
    pub(crate) fn unusual(self, data_type: &DataType) -> Option<u64> {
        let usual = if *data_type == DataType::Float32 { Float32Type::NAN } else { Float64Type::NAN };
        self.0.filter(|bits| *bits != usual)
    }

    fn mark_floats<T: FloatBits>(&mut self, array: &PrimitiveArray<T>) -> PrimitiveArray<T> {
        let values = array.values();
        let Some(first) = values.iter().position(|value| T::is_nan(*value)) else { return array.clone() };
        let missing = *self.0.get_or_insert_with(|| T::bits(values[first]));
        let valid = BooleanBuffer::collect_bool(values.len(), |row| {
            !(T::is_nan(values[row]) && T::bits(values[row]) == missing)
        });
        PrimitiveArray::new(values.clone(), Some(NullBuffer::new(valid)))
    }
}

/// Puts the bits that null stands for (those of `numpy.nan` unless given) into the null places of a float column;
/// other columns are returned as they are. `None` when the bits are not those of a value of the type.
pub(crate) fn restore(array: ArrayRef, bits: Option<u64>) -> Option<ArrayRef> {
    match array.data_type() {
        DataType::Float64 => restore_floats::<Float64Type>(array, bits),
        DataType::Float32 => restore_floats::<Float32Type>(array, bits),
        _ => Some(array),
    }
}

fn restore_floats<T: FloatBits>(array: ArrayRef, bits: Option<u64>) -> Option<ArrayRef> {
    let missing = T::from_bits(bits.unwrap_or(T::NAN))?;
    if array.null_count() == 0 {
        let (_, values, _) = array.as_primitive::<T>().clone().into_parts();
        return Some(Arc::new(PrimitiveArray::<T>::new(values, None)));
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
    Some(Arc::new(PrimitiveArray::<T>::new(values.into(), None)))
}

#[cfg(test)]
mod tests {
    use arrow_array::Float64Array;

    use super::*;

    #[test]
    fn every_nan_pattern_comes_back() {
        let patterns = [-f64::NAN, 1.0, f64::from_bits(0x7ff8_0000_0000_0001), -f64::NAN, f64::NAN];
        let array: ArrayRef = Arc::new(Float64Array::from(patterns.to_vec()));
        let mut bits = MissingBits::default();
        let marked = bits.mark(&array);
        assert_eq!(marked.null_count(), 2, "only the pattern that came first is null");
        let restored = restore(marked, bits.unusual(&DataType::Float64)).unwrap();
        assert!(restored.as_ref() == array.as_ref());
    }

    #[test]
    fn numpys_nan_needs_no_record() {
        let array: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN, 0.5]));
        let mut bits = MissingBits::default();
        assert_eq!(bits.mark(&array).null_count(), 1);
        assert_eq!(bits.unusual(&DataType::Float64), None);
    }
}
