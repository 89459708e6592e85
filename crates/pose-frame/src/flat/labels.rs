//! Row labels in the type that the schema gives them, where the other library has another.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTimestampType, DurationMillisecondType, DurationSecondType,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_schema::{DataType, TimeUnit};

use super::FlatErrorKind;

const MILLISECONDS_PER_SECOND: i64 = 1000;

/// Labels as the schema has them: seconds that were made milliseconds are seconds again, and moments have their own zone,
/// which says how they are shown and changes no bits.
pub(super) fn labels_of_type(
    labels: ArrayRef,
    expected: &DataType,
    column: &str,
) -> Result<ArrayRef, FlatErrorKind> {
    use TimeUnit::{Millisecond, Second};
    match (labels.data_type(), expected) {
        (found, expected) if found == expected => Ok(labels),
        (DataType::Timestamp(Millisecond, found), DataType::Timestamp(Second, zone))
            if found.is_some() == zone.is_some() =>
        {
            let seconds = whole_seconds::<TimestampMillisecondType, TimestampSecondType>(&labels, column)?;
            Ok(Arc::new(seconds.with_timezone_opt(zone.clone())))
        }
        (DataType::Duration(Millisecond), DataType::Duration(Second)) => {
            let seconds = whole_seconds::<DurationMillisecondType, DurationSecondType>(&labels, column)?;
            Ok(Arc::new(seconds))
        }
        (DataType::Timestamp(found, Some(_)), DataType::Timestamp(unit, Some(zone))) if found == unit => {
            Ok(match unit {
                Second => in_zone::<TimestampSecondType>(&labels, zone),
                Millisecond => in_zone::<TimestampMillisecondType>(&labels, zone),
                TimeUnit::Microsecond => in_zone::<TimestampMicrosecondType>(&labels, zone),
                TimeUnit::Nanosecond => in_zone::<TimestampNanosecondType>(&labels, zone),
            })
        }
        (found, expected) => {
            let (column, expected, found) = (column.to_owned(), expected.clone(), found.clone());
            Err(FlatErrorKind::Type { column, expected, found })
        }
    }
}

/// Labels in milliseconds where they are in seconds, which Polars does not have.
#[cfg(feature = "polars")]
pub(crate) fn seconds_as_milliseconds(labels: &ArrayRef, column: &str) -> Result<ArrayRef, FlatErrorKind> {
    let milliseconds = |seconds: i64| {
        let column = column.to_owned();
        seconds.checked_mul(MILLISECONDS_PER_SECOND).ok_or(FlatErrorKind::OutOfReach { column, seconds })
    };
    Ok(match labels.data_type() {
        DataType::Timestamp(TimeUnit::Second, zone) => {
            let labels = labels.as_primitive::<TimestampSecondType>();
            let labels = labels.try_unary::<_, TimestampMillisecondType, _>(milliseconds)?;
            Arc::new(labels.with_timezone_opt(zone.clone()))
        }
        DataType::Duration(TimeUnit::Second) => {
            let labels = labels.as_primitive::<DurationSecondType>();
            Arc::new(labels.try_unary::<_, DurationMillisecondType, _>(milliseconds)?)
        }
        _ => Arc::clone(labels),
    })
}

fn whole_seconds<From, To>(labels: &ArrayRef, column: &str) -> Result<PrimitiveArray<To>, FlatErrorKind>
where
    From: ArrowPrimitiveType<Native = i64>,
    To: ArrowPrimitiveType<Native = i64>,
{
    labels.as_primitive::<From>().try_unary(|milliseconds| {
        if milliseconds % MILLISECONDS_PER_SECOND == 0 {
            return Ok(milliseconds / MILLISECONDS_PER_SECOND);
        }
        Err(FlatErrorKind::NoWholeSeconds { column: column.to_owned(), milliseconds })
    })
}

fn in_zone<T: ArrowTimestampType>(labels: &ArrayRef, zone: &Arc<str>) -> ArrayRef {
    Arc::new(labels.as_primitive::<T>().clone().with_timezone(Arc::clone(zone)))
}
