//! What becomes of a column.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{
    Array, ArrayRef, Float64Array, Int64Array, StringArray, UInt64Array, downcast_integer_array,
    new_empty_array,
};
use arrow_schema::{DataType, TimeUnit};

use crate::write::float::push_f32;
use crate::write::moment::{Clock, Resolution};

/// What becomes of a column.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    /// Nothing: it comes back as it is.
    Same(DataType),
    /// Floats; a missing one is the plain NaN.
    Float64,
    /// The floats that have the same digits.
    Float32,
    /// Whole numbers of another width.
    Integer,
    Unsigned,
    /// Whole numbers with missing ones among them.
    IntegerAsFloat,
    /// Moments as text.
    Moment(Clock, Resolution),
    /// Nothing is there: NaN.
    Missing,
    /// No rows are there: what a reader takes columns without rows for.
    Empty(DataType),
}

impl Field {
    /// The type that a reader gives the column.
    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Same(data_type) | Self::Empty(data_type) => data_type.clone(),
            Self::Float64 | Self::Float32 | Self::IntegerAsFloat | Self::Missing => DataType::Float64,
            Self::Integer => DataType::Int64,
            Self::Unsigned => DataType::UInt64,
            Self::Moment(..) => DataType::Utf8,
        }
    }

    /// The values in one of the types that are written: f64, f32, i64, u64, bool, text.
    pub(crate) fn written(&self, array: &ArrayRef) -> ArrayRef {
        match self {
            Self::Moment(clock, resolution) => moment_texts(array, *clock, *resolution),
            Self::Integer | Self::IntegerAsFloat | Self::Missing | Self::Same(_)
                if array.data_type().is_integer() =>
            {
                if *array.data_type() == DataType::UInt64 && !matches!(self, Self::Integer) {
                    Arc::clone(array)
                } else {
                    signed(array)
                }
            }
            Self::Missing | Self::Empty(_) => Arc::new(Float64Array::from(vec![f64::NAN; array.len()])),
            _ => Arc::clone(array),
        }
    }

    /// The values as they come back.
    pub(crate) fn read_back(&self, array: &ArrayRef) -> ArrayRef {
        match self {
            Self::Same(_) => Arc::clone(array),
            Self::Float64 => plain_nans(array),
            Self::Float32 => {
                let floats =
                    array.as_primitive::<Float32Type>().values().iter().map(|&float| same_digits(float));
                Arc::new(Float64Array::from_iter_values(floats))
            }
            Self::Integer => signed(array),
            Self::Unsigned => unsigned(array),
            Self::IntegerAsFloat => as_floats(array),
            Self::Moment(clock, resolution) => moment_texts(array, *clock, *resolution),
            Self::Missing => Arc::new(Float64Array::from(vec![f64::NAN; array.len()])),
            Self::Empty(data_type) => new_empty_array(data_type),
        }
    }
}

/// The count of a moment since 1970 in each row, where there is one.
pub(super) fn moments(array: &ArrayRef) -> Vec<Option<i64>> {
    let array = array.as_ref();
    match array.data_type() {
        DataType::Timestamp(TimeUnit::Second, _) => {
            array.as_primitive::<TimestampSecondType>().iter().collect()
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            array.as_primitive::<TimestampMillisecondType>().iter().collect()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            array.as_primitive::<TimestampMicrosecondType>().iter().collect()
        }
        _ => array.as_primitive::<TimestampNanosecondType>().iter().collect(),
    }
}

fn moment_texts(array: &ArrayRef, clock: Clock, resolution: Resolution) -> ArrayRef {
    let text = |moment: Option<i64>| moment.map(|moment| clock.text(moment, resolution));
    Arc::new(moments(array).into_iter().map(text).collect::<StringArray>())
}

fn plain_nans(array: &ArrayRef) -> ArrayRef {
    let values = array.as_primitive::<Float64Type>().values();
    if values.iter().all(|value| !value.is_nan() || value.to_bits() == f64::NAN.to_bits()) {
        return Arc::clone(array);
    }
    let plain = |&value: &f64| if value.is_nan() { f64::NAN } else { value };
    Arc::new(Float64Array::from_iter_values(values.iter().map(plain)))
}

/// The f64 that the text of an f32 is read as. As f32 it is the same number again.
fn same_digits(float: f32) -> f64 {
    if !float.is_finite() {
        return if float.is_nan() { f64::NAN } else { f64::from(float) };
    }
    let mut digits = Vec::new();
    push_f32(&mut digits, float);
    crate::cell::float(&digits).unwrap_or(f64::NAN)
}

/// Whole numbers as i64; what has no room there is not asked for.
#[allow(
    clippy::cast_possible_wrap,
    clippy::cast_lossless,
    clippy::unnecessary_cast,
    reason = "for integers of every width; a survey has seen that each value fits"
)]
fn signed(array: &ArrayRef) -> ArrayRef {
    let array = array.as_ref();
    downcast_integer_array!(
        array => Arc::new(array.iter().map(|value| value.map(|value| value as i64)).collect::<Int64Array>()),
        _ => array.slice(0, array.len())
    )
}

#[allow(
    clippy::cast_sign_loss,
    clippy::cast_lossless,
    clippy::unnecessary_cast,
    reason = "for integers of every width; a survey has seen that no value is negative"
)]
fn unsigned(array: &ArrayRef) -> ArrayRef {
    let array = array.as_ref();
    downcast_integer_array!(
        array => Arc::new(array.iter().map(|value| value.map(|value| value as u64)).collect::<UInt64Array>()),
        _ => array.slice(0, array.len())
    )
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_lossless,
    reason = "a survey has seen that each value fits"
)]
fn as_floats(array: &ArrayRef) -> ArrayRef {
    let array = array.as_ref();
    downcast_integer_array!(
        array => Arc::new(Float64Array::from_iter_values(array.iter().map(|value| value.map_or(f64::NAN, |value| value as f64)))),
        _ => array.slice(0, array.len())
    )
}
