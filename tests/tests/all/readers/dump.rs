//! What a reader found in a file, held against what is stored there.
//!
//! A dump has for each column, one after the other: a byte for each row, 1 where there is a value; eight bytes for each
//! row, the lowest first, which are the bits of a float, a whole number, 0 or 1, a count of a unit of time, or the
//! length of a text; and the bytes of all texts. What stands where no value is means nothing.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType,
    DurationSecondType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use pose_frame::{IndexSchema, PoseFrame, PoseTable as _};
use serde::Deserialize;

/// What a file of a table holds: its columns, and after them its row labels.
pub(super) struct Stored {
    rows: usize,
    columns: Vec<(Option<String>, ArrayRef)>,
}

/// What a reader says of a file.
#[derive(Deserialize)]
pub(super) struct Answer {
    error: Option<String>,
    #[serde(default)]
    rows: usize,
    #[serde(default)]
    columns: Vec<FoundColumn>,
}

#[derive(Deserialize)]
struct FoundColumn {
    name: String,
    kind: String,
}

/// How a reader gives missing floats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nan {
    /// Null where the file has null, which is where the first NaN of the column is repeated; other NaNs with all their
    /// bits.
    Exact,
    /// The same, but other NaNs come back as any NaN.
    AnyBits,
    /// It has no null among floats: all are NaN.
    NoNull,
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell<'a> {
    F64(u64),
    F32(u32),
    Integer(i64),
    Boolean(bool),
    /// In nanoseconds.
    Moment(i128),
    /// In nanoseconds, and the number that stands for it in the file.
    Span(i128, Option<i64>),
    Text(&'a [u8]),
}

impl Stored {
    /// What the file of a table has to hold.
    pub(super) fn of(frame: &PoseFrame) -> Self {
        let named = frame.schema().columns().iter().map(|column| match column.key.labels() {
            [label] => Some(label.to_string()),
            // pandas names columns of several labels, in `str`, and its row has the names of the file.
            _ => None,
        });
        let mut columns: Vec<_> = named.zip(frame.columns().iter().cloned()).collect();
        if !matches!(frame.schema().index(), IndexSchema::Range { .. }) {
            columns.extend(frame.index().to_levels().into_iter().map(|level| (None, level.values)));
        }
        Self { rows: frame.num_frames(), columns }
    }
}

impl Answer {
    /// That of a reader that could not even say so.
    pub(super) fn error(error: String) -> Self {
        Self { error: Some(error), rows: 0, columns: Vec::new() }
    }

    /// What is wrong with what was found; none when it is what is stored.
    pub(super) fn complaint(&self, stored: &Stored, dump: &[u8], nan: Nan) -> Option<String> {
        if let Some(error) = &self.error {
            return Some(error.clone());
        }
        self.compare(stored, dump, nan).err()
    }

    fn compare(&self, stored: &Stored, mut dump: &[u8], nan: Nan) -> Result<(), String> {
        if self.columns.len() != stored.columns.len() {
            return Err(format!("{} columns instead of {}", self.columns.len(), stored.columns.len()));
        }
        // Parquet has no rows where it has no columns.
        if self.rows != stored.rows && !stored.columns.is_empty() {
            return Err(format!("{} rows instead of {}", self.rows, stored.rows));
        }
        for (FoundColumn { name, kind }, (expected_name, array)) in self.columns.iter().zip(&stored.columns) {
            if expected_name.as_ref().is_some_and(|expected| expected != name) {
                return Err(format!("a column {name:?} instead of {expected_name:?}"));
            }
            let (valid, rest) = dump.split_at_checked(self.rows).ok_or("the dump is too short")?;
            let (words, rest) = rest.split_at_checked(8 * self.rows).ok_or("the dump is too short")?;
            dump = rest;
            let mut first_nan = None;
            for (row, word) in words.as_chunks().0.iter().enumerate() {
                let found = match valid[row] {
                    0 => None,
                    _ => Some(found_cell(kind, *word, &mut dump)?),
                };
                let expected = stored_cell(array, row);
                if !is_same(expected, found, nan, &mut first_nan) {
                    return Err(format!("{found:?} instead of {expected:?} in column {name:?}, row {row}"));
                }
            }
        }
        if dump.is_empty() { Ok(()) } else { Err(format!("{} bytes too many in the dump", dump.len())) }
    }
}

fn is_same(
    expected: Option<Cell<'_>>,
    found: Option<Cell<'_>>,
    nan: Nan,
    first_nan: &mut Option<u64>,
) -> bool {
    let nan_bits = match expected {
        Some(Cell::F64(bits)) => f64::from_bits(bits).is_nan().then_some(bits),
        Some(Cell::F32(bits)) => f32::from_bits(bits).is_nan().then_some(bits.into()),
        _ => None,
    };
    if let Some(bits) = nan_bits {
        let is_null = *first_nan.get_or_insert(bits) == bits;
        return match (nan, found) {
            (Nan::Exact | Nan::AnyBits, None) => is_null,
            (Nan::Exact | Nan::AnyBits, Some(_)) if is_null => false,
            (Nan::Exact, found) => found == expected,
            (Nan::NoNull, None) => true,
            (_, Some(Cell::F64(bits))) => f64::from_bits(bits).is_nan(),
            (_, Some(Cell::F32(bits))) => f32::from_bits(bits).is_nan(),
            _ => false,
        };
    }
    match (expected, found) {
        // Parquet has no spans of time: who does not read what Arrow or pandas note finds the numbers.
        (Some(Cell::Span(_, stored)), Some(Cell::Integer(found))) => stored == Some(found),
        (Some(Cell::Span(expected, _)), Some(Cell::Span(found, _))) => expected == found,
        (expected, found) => expected == found,
    }
}

fn found_cell<'a>(kind: &str, word: [u8; 8], texts: &mut &'a [u8]) -> Result<Cell<'a>, String> {
    let [low @ .., _, _, _, _] = word;
    let number = i64::from_le_bytes(word);
    Ok(match kind.split_once(':').unwrap_or((kind, "")) {
        ("float64", _) => Cell::F64(u64::from_le_bytes(word)),
        ("float32", _) => Cell::F32(u32::from_le_bytes(low)),
        ("integer", _) => Cell::Integer(number),
        ("boolean", _) => Cell::Boolean(number != 0),
        ("text", _) => {
            let length = usize::try_from(number).map_err(|error| error.to_string())?;
            let (text, rest) = texts.split_at_checked(length).ok_or("the dump is too short")?;
            *texts = rest;
            Cell::Text(text)
        }
        ("time", unit) => Cell::Moment(i128::from(number) * nanoseconds(unit)?),
        ("span", unit) => Cell::Span(i128::from(number) * nanoseconds(unit)?, None),
        _ => return Err(format!("values of the kind {kind:?}")),
    })
}

fn nanoseconds(unit: &str) -> Result<i128, String> {
    match unit {
        "s" => Ok(1_000_000_000),
        "ms" => Ok(1_000_000),
        "us" => Ok(1_000),
        "ns" => Ok(1),
        other => Err(format!("a unit of time {other:?}")),
    }
}

fn stored_cell(array: &ArrayRef, row: usize) -> Option<Cell<'_>> {
    fn at<T: ArrowPrimitiveType>(array: &ArrayRef, row: usize) -> T::Native {
        array.as_primitive::<T>().value(row)
    }
    if array.is_null(row) {
        return None;
    }
    let time = |unit: &TimeUnit, number: i64| {
        let name = match unit {
            TimeUnit::Second => "s",
            TimeUnit::Millisecond => "ms",
            TimeUnit::Microsecond => "us",
            TimeUnit::Nanosecond => "ns",
        };
        i128::from(number) * nanoseconds(name).expect("it is one of them")
    };
    Some(match array.data_type() {
        DataType::Float64 => Cell::F64(at::<Float64Type>(array, row).to_bits()),
        DataType::Float32 => Cell::F32(at::<Float32Type>(array, row).to_bits()),
        DataType::Int8 => Cell::Integer(at::<Int8Type>(array, row).into()),
        DataType::Int16 => Cell::Integer(at::<Int16Type>(array, row).into()),
        DataType::Int32 => Cell::Integer(at::<Int32Type>(array, row).into()),
        DataType::Int64 => Cell::Integer(at::<Int64Type>(array, row)),
        DataType::UInt8 => Cell::Integer(at::<UInt8Type>(array, row).into()),
        DataType::UInt16 => Cell::Integer(at::<UInt16Type>(array, row).into()),
        DataType::UInt32 => Cell::Integer(at::<UInt32Type>(array, row).into()),
        DataType::UInt64 => Cell::Integer(at::<UInt64Type>(array, row).cast_signed()),
        DataType::Boolean => Cell::Boolean(array.as_boolean().value(row)),
        DataType::Utf8 => Cell::Text(array.as_string::<i32>().value(row).as_bytes()),
        DataType::Timestamp(unit, _) => Cell::Moment(time(
            unit,
            match unit {
                TimeUnit::Second => at::<TimestampSecondType>(array, row),
                TimeUnit::Millisecond => at::<TimestampMillisecondType>(array, row),
                TimeUnit::Microsecond => at::<TimestampMicrosecondType>(array, row),
                TimeUnit::Nanosecond => at::<TimestampNanosecondType>(array, row),
            },
        )),
        DataType::Duration(unit) => {
            let number = match unit {
                TimeUnit::Second => at::<DurationSecondType>(array, row),
                TimeUnit::Millisecond => at::<DurationMillisecondType>(array, row),
                TimeUnit::Microsecond => at::<DurationMicrosecondType>(array, row),
                TimeUnit::Nanosecond => at::<DurationNanosecondType>(array, row),
            };
            Cell::Span(time(unit, number), Some(number))
        }
        other => panic!("a table has no {other}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_nan_of_a_column_is_null_and_others_keep_their_bits() {
        let quiet = Some(Cell::F64(f64::NAN.to_bits()));
        let other = Some(Cell::F64(f64::NAN.to_bits() | 5));
        let mut first = None;
        assert!(is_same(other, None, Nan::Exact, &mut first));
        assert!(is_same(quiet, quiet, Nan::Exact, &mut first));
        assert!(!is_same(quiet, None, Nan::Exact, &mut first));
        assert!(!is_same(other, other, Nan::Exact, &mut first));
        assert!(is_same(quiet, other, Nan::AnyBits, &mut first));
        assert!(!is_same(quiet, None, Nan::AnyBits, &mut first));
        assert!(!is_same(other, other, Nan::AnyBits, &mut first));
        assert!(is_same(other, quiet, Nan::NoNull, &mut first));
        assert!(!is_same(Some(Cell::F64(0)), None, Nan::NoNull, &mut first));
        assert!(!is_same(None, quiet, Nan::NoNull, &mut first));
    }

    #[test]
    fn zeros_of_both_signs_differ() {
        let zero = |value: f64| Some(Cell::F64(value.to_bits()));
        assert!(!is_same(zero(0.0), zero(-0.0), Nan::NoNull, &mut None));
    }
}
