//! What pandas calls the kind of an index.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, Int64Array, PrimitiveArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};

use crate::values::Item;
use hdf5_file::read::{Number, NumberKind};

/// How the stored labels of an index become what they mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// They are what they are.
    Plain,
    /// Moments since 1970, in a time zone if one is given.
    Timestamp(TimeUnit, Option<Arc<str>>),
    /// Spans of time.
    Duration(TimeUnit),
}

/// pandas' missing moment.
const NOT_A_TIME: i64 = i64::MIN;

impl Meaning {
    /// The meaning of labels of this kind that are stored as this item; `None` when a row cannot be labelled so.
    ///
    /// Since pandas 2 the kind of a moment says its unit; before, it was always nanoseconds.
    pub(crate) fn of_kind(kind: &str, item: &Item, time_zone: Option<Arc<str>>) -> Option<Self> {
        use NumberKind::{Bool, F32, F64, I64};
        let number = match item {
            Item::Text { .. } => return (kind == "string").then_some(Self::Plain),
            Item::Number(Number { kind, .. }) => *kind,
        };
        match kind {
            "integer" if !matches!(number, Bool | F32 | F64) => Some(Self::Plain),
            "float" if matches!(number, F32 | F64) => Some(Self::Plain),
            "bool" if number == Bool => Some(Self::Plain),
            _ if number != I64 => None,
            _ => match kind.strip_prefix("datetime64") {
                Some(unit) => Some(Self::Timestamp(time_unit(unit)?, time_zone)),
                None => Some(Self::Duration(time_unit(kind.strip_prefix("timedelta64")?)?)),
            },
        }
    }

    /// The type of labels of this meaning that are stored as this type.
    pub(crate) fn data_type(&self, stored: DataType) -> DataType {
        match self {
            Self::Plain => stored,
            Self::Timestamp(unit, zone) => DataType::Timestamp(*unit, zone.clone()),
            Self::Duration(unit) => DataType::Duration(*unit),
        }
    }

    /// The labels. Copies no values.
    pub(crate) fn apply(&self, stored: ArrayRef) -> ArrayRef {
        match self {
            Self::Plain => stored,
            Self::Timestamp(unit, zone) => {
                let zone = zone.clone();
                match unit {
                    TimeUnit::Second => zoned(times::<TimestampSecondType>(&stored), zone),
                    TimeUnit::Millisecond => zoned(times::<TimestampMillisecondType>(&stored), zone),
                    TimeUnit::Microsecond => zoned(times::<TimestampMicrosecondType>(&stored), zone),
                    TimeUnit::Nanosecond => zoned(times::<TimestampNanosecondType>(&stored), zone),
                }
            }
            Self::Duration(unit) => match unit {
                TimeUnit::Second => Arc::new(times::<DurationSecondType>(&stored)),
                TimeUnit::Millisecond => Arc::new(times::<DurationMillisecondType>(&stored)),
                TimeUnit::Microsecond => Arc::new(times::<DurationMicrosecondType>(&stored)),
                TimeUnit::Nanosecond => Arc::new(times::<DurationNanosecondType>(&stored)),
            },
        }
    }
}

/// The unit in what follows `datetime64`.
fn time_unit(suffix: &str) -> Option<TimeUnit> {
    match suffix {
        "" | "[ns]" => Some(TimeUnit::Nanosecond),
        "[us]" => Some(TimeUnit::Microsecond),
        "[ms]" => Some(TimeUnit::Millisecond),
        "[s]" => Some(TimeUnit::Second),
        _ => None,
    }
}

fn times<T: ArrowPrimitiveType<Native = i64>>(stored: &ArrayRef) -> PrimitiveArray<T> {
    let stored: &Int64Array = stored.as_primitive::<Int64Type>();
    let missing = stored.values().contains(&NOT_A_TIME);
    let here: Option<NullBuffer> =
        missing.then(|| stored.values().iter().map(|&time| time != NOT_A_TIME).collect());
    let nulls = NullBuffer::union(stored.nulls(), here.as_ref());
    PrimitiveArray::new(stored.values().clone(), nulls)
}

fn zoned<T: arrow_array::types::ArrowTimestampType>(
    times: PrimitiveArray<T>,
    zone: Option<Arc<str>>,
) -> ArrayRef {
    Arc::new(times.with_timezone_opt(zone))
}
