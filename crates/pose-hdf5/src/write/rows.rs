//! Rows of bytes out of columns of values.

use std::fmt;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, BooleanArray, Int64Array, StringArray};
use arrow_schema::DataType;
use pose_frame::{PoseFrame, PoseTable, RowIndex};

use super::error::column_name;
use super::text::TextField;
use super::{Hdf5WriteError, Hdf5WriteErrorKind};

/// How a row is laid out: a value after the other, without gaps.
#[derive(Debug, Default)]
pub(super) struct RowLayout {
    fields: Vec<RowField>,
    row_bytes: usize,
}

#[derive(Debug)]
struct RowField {
    offset: usize,
    size: usize,
    source: Source,
    /// How a text is stored; numbers need no telling.
    text: Option<TextField>,
}

/// Where a value of a row comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A column, by its position.
    Column(usize),
    /// A level of the row index.
    Level(usize),
    /// The number of the row, counted from 0.
    RowNumber,
}

/// Bytes of a value of a type of columns or labels; texts have none of their own.
pub(super) fn size_of(data_type: &DataType) -> usize {
    match data_type {
        DataType::Boolean => 1,
        other => other.primitive_width().unwrap_or(0),
    }
}

impl RowLayout {
    /// Adds a value to the end of a row.
    pub(super) fn push(&mut self, source: Source, data_type: &DataType, text: Option<TextField>) {
        let size = text.as_ref().map_or_else(|| size_of(data_type), TextField::size);
        self.fields.push(RowField { offset: self.row_bytes, size, source, text });
        self.row_bytes += size;
    }

    pub(super) fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    /// Makes rows of some rows of a batch. `out` has room for exactly these.
    pub(super) fn fill(&self, batch: &Batch<'_>, rows: Range<usize>, out: &mut [u8]) {
        // All columns put their values into some rows while these are in the nearest cache.
        const TILE_BYTES: usize = 32 << 10;
        const MIN_TILE_ROWS: usize = 16;
        if self.row_bytes == 0 {
            return;
        }
        let tile_rows = (TILE_BYTES / self.row_bytes).max(MIN_TILE_ROWS);
        let mut start = rows.start;
        for tile in out.chunks_mut(tile_rows * self.row_bytes) {
            let end = start + tile.len() / self.row_bytes;
            for (field, values) in self.fields.iter().zip(&batch.values) {
                values.put(start..end, field, self.row_bytes, tile);
            }
            start = end;
        }
    }

    /// The values of a batch that rows are made of.
    ///
    /// # Errors
    ///
    /// When a value is missing where none may be. `first_row` is where the batch is in the table.
    pub(super) fn batch<'a>(
        &self,
        frame: &'a PoseFrame,
        levels: &'a Labels,
        first_row: usize,
    ) -> Result<Batch<'a>, Hdf5WriteError> {
        let values = |field: &RowField| {
            let values = match (field.source, levels) {
                (Source::Column(column), _) => Values::of(&frame.columns()[column], field),
                (Source::Level(level), Labels::Arrays(levels)) => Values::of(&levels[level], field),
                (Source::Level(_), Labels::Range { start, step }) => {
                    Ok(Values::Range { start: *start, step: *step })
                }
                (Source::RowNumber, _) => {
                    let start = i64::try_from(first_row).unwrap_or(i64::MAX);
                    Ok(Values::Range { start, step: 1 })
                }
            };
            values.map_err(|refusal| {
                let name = match field.source {
                    Source::Column(column) => column_name(&frame.schema().columns()[column].key),
                    Source::Level(_) | Source::RowNumber => field.source.to_string(),
                };
                match refusal {
                    Refusal::Missing { row, what } => Hdf5WriteError::missing(name, first_row + row, what),
                    Refusal::Changed => Hdf5WriteErrorKind::Changed { column: name }.into(),
                }
            })
        };
        Ok(Batch { values: self.fields.iter().map(values).collect::<Result<_, _>>()? })
    }
}

/// The labels of the rows of a batch.
pub(super) enum Labels {
    Range { start: i64, step: i64 },
    Arrays(Vec<ArrayRef>),
}

impl Labels {
    pub(super) fn of(index: &RowIndex) -> Self {
        match index {
            RowIndex::Range(range) => Self::Range { start: range.start, step: range.step },
            RowIndex::Labels(level) => Self::Arrays(vec![level.values.clone()]),
            RowIndex::Multi(levels) => {
                Self::Arrays(levels.iter().map(|level| level.values.clone()).collect())
            }
        }
    }
}

/// What rows are made of, a list of values for each field.
pub(super) struct Batch<'a> {
    values: Vec<Values<'a>>,
}

enum Values<'a> {
    B1(&'a [u8]),
    I8(&'a [i8]),
    I16(&'a [i16]),
    U16(&'a [u16]),
    I32(&'a [i32]),
    U32(&'a [u32]),
    F32(&'a [f32]),
    I64(&'a [i64]),
    U64(&'a [u64]),
    F64(&'a [f64]),
    Times(Vec<i64>),
    Bool(&'a BooleanArray),
    Text(&'a StringArray),
    Range { start: i64, step: i64 },
}

/// Why values cannot be written.
enum Refusal {
    /// One is missing where none may be.
    Missing { row: usize, what: &'static str },
    /// A text is longer than all were when they were measured.
    Changed,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(column) => write!(f, "column {column}"),
            Self::Level(level) => write!(f, "level {level} of the row labels"),
            Self::RowNumber => f.write_str("the number of the row"),
        }
    }
}

impl<'a> Values<'a> {
    fn of(array: &'a ArrayRef, field: &RowField) -> Result<Self, Refusal> {
        let refuse_missing = |what: &'static str| match array.nulls() {
            Some(nulls) if nulls.null_count() > 0 => {
                let row = (0..array.len()).find(|&row| nulls.is_null(row)).unwrap_or(0);
                Err(Refusal::Missing { row, what })
            }
            _ => Ok(()),
        };
        Ok(match array.data_type() {
            DataType::Float32 => Self::F32(array.as_primitive::<Float32Type>().values()),
            DataType::Float64 => Self::F64(array.as_primitive::<Float64Type>().values()),
            DataType::Utf8 => {
                let texts = array.as_string::<i32>();
                let longest = texts.value_offsets().windows(2).map(|pair| pair[1] - pair[0]).max();
                if longest
                    .is_some_and(|longest| usize::try_from(longest).is_ok_and(|bytes| bytes > field.size))
                {
                    return Err(Refusal::Changed);
                }
                Self::Text(texts)
            }
            DataType::Boolean => {
                refuse_missing("a boolean")?;
                Self::Bool(array.as_boolean())
            }
            DataType::Timestamp(..) | DataType::Duration(_) => Self::Times(times(array)),
            other => {
                refuse_missing("an integer")?;
                match other {
                    DataType::Int8 => Self::I8(array.as_primitive::<Int8Type>().values()),
                    DataType::Int16 => Self::I16(array.as_primitive::<Int16Type>().values()),
                    DataType::Int32 => Self::I32(array.as_primitive::<Int32Type>().values()),
                    DataType::Int64 => Self::I64(array.as_primitive::<Int64Type>().values()),
                    DataType::UInt8 => Self::B1(array.as_primitive::<UInt8Type>().values()),
                    DataType::UInt16 => Self::U16(array.as_primitive::<UInt16Type>().values()),
                    DataType::UInt32 => Self::U32(array.as_primitive::<UInt32Type>().values()),
                    DataType::UInt64 => Self::U64(array.as_primitive::<UInt64Type>().values()),
                    other => unreachable!("the model holds no {other}"),
                }
            }
        })
    }

    fn put(&self, rows: Range<usize>, field: &RowField, row_bytes: usize, tile: &mut [u8]) {
        let offset = field.offset;
        match self {
            Self::B1(values) => put(&values[rows], |value| [value], offset, row_bytes, tile),
            Self::I8(values) => put(&values[rows], i8::to_le_bytes, offset, row_bytes, tile),
            Self::I16(values) => put(&values[rows], i16::to_le_bytes, offset, row_bytes, tile),
            Self::U16(values) => put(&values[rows], u16::to_le_bytes, offset, row_bytes, tile),
            Self::I32(values) => put(&values[rows], i32::to_le_bytes, offset, row_bytes, tile),
            Self::U32(values) => put(&values[rows], u32::to_le_bytes, offset, row_bytes, tile),
            Self::F32(values) => put(&values[rows], f32::to_le_bytes, offset, row_bytes, tile),
            Self::I64(values) => put(&values[rows], i64::to_le_bytes, offset, row_bytes, tile),
            Self::U64(values) => put(&values[rows], u64::to_le_bytes, offset, row_bytes, tile),
            Self::F64(values) => put(&values[rows], f64::to_le_bytes, offset, row_bytes, tile),
            Self::Times(values) => put(&values[rows], i64::to_le_bytes, offset, row_bytes, tile),
            Self::Range { start, step } => {
                for (row, target) in rows.zip(tile.chunks_exact_mut(row_bytes)) {
                    let skipped = i64::try_from(row).unwrap_or(i64::MAX).wrapping_mul(*step);
                    let label = start.wrapping_add(skipped);
                    target[offset..offset + 8].copy_from_slice(&label.to_le_bytes());
                }
            }
            Self::Bool(values) => {
                for (row, target) in rows.zip(tile.chunks_exact_mut(row_bytes)) {
                    target[offset] = u8::from(values.value(row));
                }
            }
            Self::Text(values) => {
                let missing = field.text.as_ref().map_or("", TextField::missing).as_bytes();
                for (row, target) in rows.zip(tile.chunks_exact_mut(row_bytes)) {
                    let text = if values.is_null(row) { missing } else { values.value(row).as_bytes() };
                    let target = &mut target[offset..offset + field.size];
                    target[..text.len()].copy_from_slice(text);
                    target[text.len()..].fill(0);
                }
            }
        }
    }
}

/// Puts a value into each row.
fn put<T: Copy, const N: usize>(
    values: &[T],
    to_bytes: impl Fn(T) -> [u8; N],
    offset: usize,
    row_bytes: usize,
    tile: &mut [u8],
) {
    for (row, &value) in tile.chunks_exact_mut(row_bytes).zip(values) {
        row[offset..offset + N].copy_from_slice(&to_bytes(value));
    }
}

/// Moments and spans of time as numbers; a missing one is the smallest, as pandas has it.
fn times(array: &ArrayRef) -> Vec<i64> {
    as_numbers(array).iter().map(|time| time.unwrap_or(i64::MIN)).collect()
}

/// Moments and spans of time as the numbers that they are kept as.
pub(super) fn as_numbers(array: &ArrayRef) -> Int64Array {
    let data = array.to_data().into_builder().data_type(DataType::Int64).build();
    data.expect("moments and spans of time are numbers of 64 bits").into()
}
