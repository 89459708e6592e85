//! Values as whole numbers without sign, in the same order: so all types are counted, compared and halved alike.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array as _, ArrayRef, downcast_integer_array};
use arrow_schema::DataType;

use crate::Number;

/// What the values of a group are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Domain {
    /// Floats, or several types, which are taken for float64 as pandas does.
    Float,
    /// Whole numbers that an `i64` holds, or booleans.
    Signed,
    /// Whole numbers of 64 bits without sign.
    Unsigned,
    /// Texts: they are counted and no more.
    Text,
}

const SIGN: u64 = 1 << 63;

impl Domain {
    /// What values of this type are.
    pub(crate) fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Float32 | DataType::Float64 => Self::Float,
            DataType::UInt64 => Self::Unsigned,
            DataType::Utf8 => Self::Text,
            _ => Self::Signed,
        }
    }

    /// What values of both are together.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Text, _) | (_, Self::Text) => Self::Text,
            _ => Self::Float,
        }
    }

    /// The value that has this key.
    pub(crate) fn number(self, key: u64) -> Number {
        match self {
            Self::Signed => Number::Integer(i128::from((key ^ SIGN).cast_signed())),
            Self::Unsigned => Number::Integer(i128::from(key)),
            Self::Float | Self::Text => Number::Float(float_of(key)),
        }
    }

    /// The same as a float.
    #[allow(clippy::cast_precision_loss, reason = "as in pandas")]
    pub(crate) fn float(self, key: u64) -> f64 {
        match self {
            Self::Signed => (key ^ SIGN).cast_signed() as f64,
            Self::Unsigned => key as f64,
            Self::Float | Self::Text => float_of(key),
        }
    }

    /// Calls with the key of each value of a column that is there and not left out; gives how many are missing of those
    /// not left out.
    pub(crate) fn each(
        self,
        column: &ArrayRef,
        left_out: Option<&[bool]>,
        mut visit: impl FnMut(u64),
    ) -> usize {
        let taken = |row: usize| left_out.is_none_or(|left_out| !left_out[row]);
        let mut missing = 0;
        let mut float = |row: usize, value: f64| {
            if taken(row) {
                if value.is_nan() {
                    missing += 1;
                } else {
                    visit(key_of(value));
                }
            }
        };
        match column.data_type() {
            DataType::Float64 => {
                let values = column.as_primitive::<Float64Type>().values().iter().enumerate();
                values.for_each(|(row, value)| float(row, *value));
                return missing;
            }
            DataType::Float32 => {
                let values = column.as_primitive::<Float32Type>().values().iter().enumerate();
                values.for_each(|(row, value)| float(row, f64::from(*value)));
                return missing;
            }
            _ => {}
        }
        let array = column.as_ref();
        for row in (0..array.len()).filter(|row| taken(*row)) {
            if array.is_null(row) {
                missing += 1;
            } else {
                visit(self.integer_key(column, row));
            }
        }
        missing
    }

    /// The key of a whole number or a boolean that is there; that of a text says nothing.
    #[allow(clippy::cast_precision_loss, reason = "as in pandas")]
    fn integer_key(self, column: &ArrayRef, row: usize) -> u64 {
        let array = column.as_ref();
        let value = downcast_integer_array!(
            array => i128::from(array.value(row)),
            DataType::Boolean => i128::from(array.as_boolean().value(row)),
            _ => 0
        );
        match self {
            Self::Float => key_of(value as f64),
            Self::Unsigned => u64::try_from(value).unwrap_or(0),
            Self::Signed | Self::Text => i64::try_from(value).unwrap_or(0).cast_unsigned() ^ SIGN,
        }
    }
}

/// Positive floats are in the order of their bits, negative ones in the opposite.
fn key_of(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

fn float_of(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key ^ SIGN })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{BooleanArray, Int64Array, UInt64Array};

    use super::*;

    #[test]
    fn keys_are_in_the_order_of_floats_and_come_back() {
        let values = [
            f64::NEG_INFINITY,
            f64::MIN,
            -1.5,
            -5e-324,
            -0.0,
            0.0,
            5e-324,
            0.1,
            1.0,
            f64::MAX,
            f64::INFINITY,
        ];
        let keys = values.map(key_of);
        assert!(keys.is_sorted_by(|a, b| a < b));
        assert_eq!(keys.map(|key| float_of(key).to_bits()), values.map(f64::to_bits));
    }

    #[test]
    fn whole_numbers_stay_exact() {
        let extremes = |column: ArrayRef| {
            let domain = Domain::of(column.data_type());
            let mut keys = Vec::new();
            let missing = domain.each(&column, None, |key| keys.push(key));
            keys.sort_unstable();
            (domain.number(keys[0]), domain.number(keys[keys.len() - 1]), missing)
        };
        let signed = Int64Array::from(vec![Some(i64::MAX), None, Some(i64::MIN), Some(0)]);
        let (low, high) = (Number::Integer(i64::MIN.into()), Number::Integer(i64::MAX.into()));
        assert_eq!(extremes(Arc::new(signed)), (low, high, 1));
        let unsigned = UInt64Array::from(vec![u64::MAX, 7]);
        assert_eq!(extremes(Arc::new(unsigned)), (Number::Integer(7), Number::Integer(u64::MAX.into()), 0));
        let booleans = BooleanArray::from(vec![true, false, true]);
        assert_eq!(extremes(Arc::new(booleans)), (Number::Integer(0), Number::Integer(1), 0));
    }
}
