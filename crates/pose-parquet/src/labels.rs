//! Row labels whose type Parquet does not have: durations, whole seconds and time zones.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Int64Type,
    TimestampMillisecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, make_array};
use arrow_schema::{DataType, TimeUnit};

use crate::{ParquetError, ParquetErrorKind, pandas};

const MILLISECONDS_PER_SECOND: i64 = 1000;

/// The type that labels have in a file. The coarsest unit of Parquet's timestamps is the millisecond, and pandas
/// stores seconds in it too.
pub(crate) fn file_type(data_type: DataType) -> DataType {
    match data_type {
        DataType::Timestamp(TimeUnit::Second, zone) => DataType::Timestamp(TimeUnit::Millisecond, zone),
        other => other,
    }
}

/// Labels as they are stored in a file, in the column of this name.
pub(crate) fn to_file(array: &ArrayRef, file_name: &str) -> Result<ArrayRef, ParquetError> {
    let DataType::Timestamp(TimeUnit::Second, zone) = array.data_type() else { return Ok(Arc::clone(array)) };
    let seconds = array.as_primitive::<TimestampSecondType>();
    let milliseconds = seconds.try_unary::<_, TimestampMillisecondType, ParquetError>(|seconds| {
        seconds.checked_mul(MILLISECONDS_PER_SECOND).ok_or_else(|| {
            let column = file_name.to_owned();
            ParquetErrorKind::LabelOutOfReach { column, seconds }.into()
        })
    })?;
    Ok(Arc::new(milliseconds.with_timezone_opt(zone.clone())))
}

/// Labels in the type that pandas gave them, from the one that they are stored in.
pub(crate) fn from_file(array: ArrayRef, data_type: &DataType) -> Result<ArrayRef, ParquetError> {
    match (array.data_type(), data_type) {
        (DataType::Int64, DataType::Duration(unit)) => {
            let integers = array.as_primitive::<Int64Type>();
            Ok(match unit {
                TimeUnit::Second => Arc::new(integers.reinterpret_cast::<DurationSecondType>()),
                TimeUnit::Millisecond => Arc::new(integers.reinterpret_cast::<DurationMillisecondType>()),
                TimeUnit::Microsecond => Arc::new(integers.reinterpret_cast::<DurationMicrosecondType>()),
                TimeUnit::Nanosecond => Arc::new(integers.reinterpret_cast::<DurationNanosecondType>()),
            })
        }
        (DataType::Timestamp(TimeUnit::Millisecond, _), DataType::Timestamp(TimeUnit::Second, zone)) => {
            let milliseconds = array.as_primitive::<TimestampMillisecondType>();
            let seconds = milliseconds.try_unary::<_, TimestampSecondType, ParquetError>(|label| {
                if label % MILLISECONDS_PER_SECOND != 0 {
                    let reason = format!("row label {label} ms is said to be in whole seconds");
                    return Err(ParquetErrorKind::Entry { entry: pandas::KEY, reason }.into());
                }
                Ok(label / MILLISECONDS_PER_SECOND)
            })?;
            Ok(Arc::new(seconds.with_timezone_opt(zone.clone())))
        }
        // A zone changes how labels are shown, not their bits.
        (DataType::Timestamp(..), DataType::Timestamp(..)) => {
            let data = array.to_data().into_builder().data_type(data_type.clone()).build();
            let data = data.map_err(|error| ParquetErrorKind::Format { source: Box::new(error) })?;
            Ok(make_array(data))
        }
        _ => Ok(array),
    }
}
