//! Tables as arrays of arrow2, and back (feature `arrow2`), for programs that are built on it: arrow2 itself is no longer
//! maintained, and what was made of it lives on in Polars.
//!
//! The arrays are those of the crate `arrow2` 0.18.
//!
//! # Shape
//!
//! An array per column, as many values as the table has rows. The labels of the rows come first, called as
//! [`FlatNames`](crate::FlatNames) says. [`RowColumns`] says when they are there; of a table that has no columns they always
//! are, since a chunk of no arrays has no length.
//!
//! # What is copied
//!
//! Nothing but masks of nulls that begin within a byte: values cross the C Data Interface, and both sides look at the same
//! memory. Only arrow2's text with offsets of 64 bits, which no table has, is copied on the way back, and floats where there is
//! null over something else than NaN.
//!
//! # Missing values
//!
//! A missing float is NaN on both sides. On the way back null is NaN too.
//!
//! # Examples
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use pose_frame::{PoseFrame, Tolerance, first_difference, testing};
//!
//! let table = testing::predictions(100);
//! let (fields, chunk) = table.to_arrow2()?;
//! assert_eq!(fields.fields[1].name, "('DLC_net', 'snout', 'x')");
//! assert_eq!((chunk.len(), chunk.arrays().len()), (100, 1 + 6));
//!
//! let back = PoseFrame::from_arrow2(&fields, &chunk, table.shared_schema())?;
//! assert_eq!(first_difference(&table, &back, Tolerance::BitForBit)?, None);
//! # }
//! # Ok::<(), pose_frame::TableError>(())
//! ```

use std::sync::Arc;

use ::arrow2::array::{Array as Arrow2Array, Utf8Array};
use ::arrow2::chunk::Chunk;
use ::arrow2::datatypes::{DataType as Arrow2Type, Field, Schema, TimeUnit as Arrow2Unit};
use arrow_array::{ArrayRef, StringArray};
use arrow_schema::{DataType, TimeUnit};

use crate::flat::{FlatColumns, FlatErrorKind};
use crate::{PoseFrame, PoseSchema, RowColumns, TableError, foreign};

/// To arrow2 and back (feature `arrow2`).
impl PoseFrame {
    /// The table as arrays of arrow2, which look at the same memory, and what they are called. See
    /// [`arrow2_arrays`](crate::arrow2_arrays).
    ///
    /// # Errors
    ///
    /// When two columns have one name.
    pub fn to_arrow2(&self) -> Result<(Schema, Chunk<Box<dyn Arrow2Array>>), TableError> {
        self.to_arrow2_with(RowColumns::default())
    }

    /// As [`to_arrow2`](Self::to_arrow2), saying when the labels of rows become columns.
    ///
    /// # Errors
    ///
    /// When two columns have one name.
    pub fn to_arrow2_with(
        &self,
        rows: RowColumns,
    ) -> Result<(Schema, Chunk<Box<dyn Arrow2Array>>), TableError> {
        let rows = if self.columns().is_empty() { RowColumns::Always } else { rows };
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        for (name, array) in FlatColumns::of(self, rows)?.columns {
            let Some(data_type) = to_type(array.data_type()) else {
                let found = array.data_type().to_string();
                return Err(FlatErrorKind::UnsupportedType { column: name, found }.into());
            };
            match foreign::to_arrow2(&array, data_type.clone()) {
                Ok(array) => arrays.push(array),
                Err(error) => {
                    return Err(FlatErrorKind::Refused { column: name, source: error.into() }.into());
                }
            }
            fields.push(Field::new(name, data_type, true));
        }
        let chunk = Chunk::try_new(arrays);
        let chunk = chunk.map_err(|error| FlatErrorKind::RefusedTogether { source: error.into() })?;
        Ok((Schema::from(fields), chunk))
    }

    /// The table of this schema that arrays of arrow2 hold, whatever their order; of those that
    /// [`to_arrow2`](Self::to_arrow2) made, the same table bit for bit. Row labels that are not there, or no longer in
    /// equal steps, are treated as Polars' are. See [`arrow2_arrays`](crate::arrow2_arrays).
    ///
    /// # Errors
    ///
    /// When a column is not there, is of another type than the schema says, or is not in the schema.
    pub fn from_arrow2(
        fields: &Schema,
        chunk: &Chunk<Box<dyn Arrow2Array>>,
        schema: &Arc<PoseSchema>,
    ) -> Result<Self, TableError> {
        columns(fields, chunk)?.into_frame(schema)
    }

    /// Any arrays of arrow2 as a table of one unnamed level, its rows counted from 0. See
    /// [`arrow2_arrays`](crate::arrow2_arrays).
    ///
    /// # Errors
    ///
    /// When a column is of a type that a table cannot hold: neither number, boolean nor text; or two have one name.
    pub fn from_arrow2_flat(
        fields: &Schema,
        chunk: &Chunk<Box<dyn Arrow2Array>>,
    ) -> Result<Self, TableError> {
        columns(fields, chunk)?.into_flat_frame()
    }
}

fn columns(fields: &Schema, chunk: &Chunk<Box<dyn Arrow2Array>>) -> Result<FlatColumns, FlatErrorKind> {
    let (fields, arrays) = (&fields.fields, chunk.arrays());
    if fields.len() != arrays.len() {
        return Err(FlatErrorKind::FieldCount { fields: fields.len(), arrays: arrays.len() });
    }
    let columns = fields.iter().zip(arrays);
    let columns = columns.map(|(field, values)| Ok((field.name.clone(), array(&field.name, &**values)?)));
    Ok(FlatColumns { columns: columns.collect::<Result<_, FlatErrorKind>>()?, num_rows: chunk.len() })
}

fn array(column: &str, array: &dyn Arrow2Array) -> Result<ArrayRef, FlatErrorKind> {
    let column = || column.to_owned();
    if let Some(text) = array.as_any().downcast_ref::<Utf8Array<i64>>() {
        let bytes = text.iter().flatten().try_fold(0_usize, |bytes, text| bytes.checked_add(text.len()));
        if bytes.and_then(|bytes| i32::try_from(bytes).ok()).is_none() {
            return Err(FlatErrorKind::TooMuchText { column: column() });
        }
        return Ok(Arc::new(text.iter().collect::<StringArray>()));
    }
    // The array's own type counts, whatever its field says.
    let Some(data_type) = from_type(array.data_type()) else {
        let found = format!("{:?}", array.data_type());
        return Err(FlatErrorKind::UnsupportedType { column: column(), found });
    };
    let array = foreign::from_arrow2(array, data_type);
    array.map_err(|error| FlatErrorKind::Refused { column: column(), source: error.into() })
}

fn to_type(data_type: &DataType) -> Option<Arrow2Type> {
    Some(match data_type {
        DataType::Float32 => Arrow2Type::Float32,
        DataType::Float64 => Arrow2Type::Float64,
        DataType::Int8 => Arrow2Type::Int8,
        DataType::Int16 => Arrow2Type::Int16,
        DataType::Int32 => Arrow2Type::Int32,
        DataType::Int64 => Arrow2Type::Int64,
        DataType::UInt8 => Arrow2Type::UInt8,
        DataType::UInt16 => Arrow2Type::UInt16,
        DataType::UInt32 => Arrow2Type::UInt32,
        DataType::UInt64 => Arrow2Type::UInt64,
        DataType::Boolean => Arrow2Type::Boolean,
        DataType::Utf8 => Arrow2Type::Utf8,
        DataType::Timestamp(unit, zone) => {
            Arrow2Type::Timestamp(to_unit(*unit), zone.as_deref().map(str::to_owned))
        }
        DataType::Duration(unit) => Arrow2Type::Duration(to_unit(*unit)),
        _ => return None,
    })
}

fn from_type(data_type: &Arrow2Type) -> Option<DataType> {
    Some(match data_type {
        Arrow2Type::Float32 => DataType::Float32,
        Arrow2Type::Float64 => DataType::Float64,
        Arrow2Type::Int8 => DataType::Int8,
        Arrow2Type::Int16 => DataType::Int16,
        Arrow2Type::Int32 => DataType::Int32,
        Arrow2Type::Int64 => DataType::Int64,
        Arrow2Type::UInt8 => DataType::UInt8,
        Arrow2Type::UInt16 => DataType::UInt16,
        Arrow2Type::UInt32 => DataType::UInt32,
        Arrow2Type::UInt64 => DataType::UInt64,
        Arrow2Type::Boolean => DataType::Boolean,
        Arrow2Type::Utf8 => DataType::Utf8,
        Arrow2Type::Timestamp(unit, zone) => {
            DataType::Timestamp(from_unit(*unit), zone.as_deref().map(Into::into))
        }
        Arrow2Type::Duration(unit) => DataType::Duration(from_unit(*unit)),
        _ => return None,
    })
}

fn to_unit(unit: TimeUnit) -> Arrow2Unit {
    match unit {
        TimeUnit::Second => Arrow2Unit::Second,
        TimeUnit::Millisecond => Arrow2Unit::Millisecond,
        TimeUnit::Microsecond => Arrow2Unit::Microsecond,
        TimeUnit::Nanosecond => Arrow2Unit::Nanosecond,
    }
}

fn from_unit(unit: Arrow2Unit) -> TimeUnit {
    match unit {
        Arrow2Unit::Second => TimeUnit::Second,
        Arrow2Unit::Millisecond => TimeUnit::Millisecond,
        Arrow2Unit::Microsecond => TimeUnit::Microsecond,
        Arrow2Unit::Nanosecond => TimeUnit::Nanosecond,
    }
}
