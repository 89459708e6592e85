//! Columns of a table, filled cell by cell.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, StringBuilder};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, UInt64Array};
use arrow_schema::DataType;

use crate::cell::{self, Cell};

/// A column that is filled.
pub(crate) enum ColumnBuilder {
    Float(Vec<f64>),
    Integer(Vec<i64>),
    Unsigned(Vec<u64>),
    Bool(BooleanBuilder),
    Text(StringBuilder),
}

/// Why a cell does not go into its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// It is not of the column's type, as it was when the file was opened.
    OtherType,
    /// There is no room for more text.
    TooMuchText,
}

impl ColumnBuilder {
    /// A column of one of the types that [`Inference`](crate::inference::Inference) gives.
    pub(crate) fn new(data_type: &DataType, rows: usize) -> Self {
        match data_type {
            DataType::Float64 => Self::Float(Vec::with_capacity(rows)),
            DataType::Int64 => Self::Integer(Vec::with_capacity(rows)),
            DataType::UInt64 => Self::Unsigned(Vec::with_capacity(rows)),
            DataType::Boolean => Self::Bool(BooleanBuilder::with_capacity(rows)),
            _ => Self::Text(StringBuilder::with_capacity(rows, 0)),
        }
    }

    pub(crate) fn push(&mut self, cell: &[u8]) -> Result<(), Refused> {
        match self {
            Self::Float(values) => values.push(cell::float(cell).ok_or(Refused::OtherType)?),
            Self::Integer(values) => match Cell::of(cell) {
                Cell::Integer(value) => values.push(value),
                _ => return Err(Refused::OtherType),
            },
            Self::Unsigned(values) => match Cell::of(cell) {
                Cell::Integer(value) => values.push(u64::try_from(value).map_err(|_| Refused::OtherType)?),
                Cell::Unsigned(value) => values.push(value),
                _ => return Err(Refused::OtherType),
            },
            Self::Bool(values) => match Cell::of(cell) {
                Cell::Bool(value) => values.append_value(value),
                Cell::Missing => values.append_null(),
                _ => return Err(Refused::OtherType),
            },
            Self::Text(values) => {
                let room = i32::MAX as usize - values.values_slice().len();
                match Cell::of(cell) {
                    Cell::Missing => values.append_null(),
                    _ if cell.len() > room => return Err(Refused::TooMuchText),
                    _ => values.append_value(std::str::from_utf8(cell).map_err(|_| Refused::OtherType)?),
                }
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> ArrayRef {
        match self {
            Self::Float(values) => Arc::new(Float64Array::from(values)),
            Self::Integer(values) => Arc::new(Int64Array::from(values)),
            Self::Unsigned(values) => Arc::new(UInt64Array::from(values)),
            Self::Bool(mut values) => Arc::new(values.finish()),
            Self::Text(mut values) => Arc::new(values.finish()),
        }
    }
}

/// Parts of a column, one after the other.
pub(crate) fn concat(parts: &[ArrayRef]) -> Result<ArrayRef, Refused> {
    if let [part] = parts {
        return Ok(Arc::clone(part));
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    arrow_select::concat::concat(&parts).map_err(|_| Refused::TooMuchText)
}
