//! Whether two tables are the same, and where they differ first.

use std::fmt;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use serde::{Serialize, Serializer};

use crate::value::text;
use crate::{
    ColumnKey, IndexField, PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, TableError,
    default_batch_frames,
};

/// When two values count as the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tolerance {
    /// When their bits are: NaN payloads and the sign of zero included, types alike.
    BitForBit,
    /// When they differ by at most this much. NaN is the same as NaN, `f32` may stand against `f64`; everything
    /// but floats must be equal.
    Absolute(f64),
}

/// The first difference between two tables, named so that a person finds it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "`left` and `right` are what stands in the first and in the second table")]
pub enum Difference {
    /// The names of the column levels.
    Levels { left: String, right: String },
    /// The number of columns.
    NumColumns { left: usize, right: usize },
    /// The key of the column at a position.
    Column {
        position: usize,
        #[serde(serialize_with = "key_labels")]
        left: ColumnKey,
        #[serde(serialize_with = "key_labels")]
        right: ColumnKey,
    },
    /// The type of a column.
    ColumnType {
        #[serde(serialize_with = "key_labels")]
        key: ColumnKey,
        #[serde(serialize_with = "type_text")]
        left: DataType,
        #[serde(serialize_with = "type_text")]
        right: DataType,
    },
    /// What rows are labelled by: names or types.
    Index { left: String, right: String },
    /// The number of frames.
    NumFrames { left: usize, right: usize },
    /// The label of a frame, in one level of the row index.
    RowLabel { frame: usize, level: usize, left: String, right: String },
    /// A value.
    Cell {
        frame: usize,
        row: String,
        #[serde(serialize_with = "key_labels")]
        key: ColumnKey,
        left: String,
        right: String,
    },
}

fn key_labels<S: Serializer>(key: &ColumnKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(key.labels().iter().map(ToString::to_string))
}

fn type_text<S: Serializer>(data_type: &DataType, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(data_type)
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Levels { left, right } => write!(f, "column levels: {left} against {right}"),
            Self::NumColumns { left, right } => write!(f, "{left} columns against {right}"),
            Self::Column { position, left, right } => {
                write!(f, "column {position} is {left} against {right}")
            }
            Self::ColumnType { key, left, right } => {
                write!(f, "column {key} is of type {left} against {right}")
            }
            Self::Index { left, right } => write!(f, "rows are labelled by {left} against {right}"),
            Self::NumFrames { left, right } => write!(f, "{left} frames against {right}"),
            Self::RowLabel { frame, level, left, right } => {
                write!(f, "frame {frame}: row label {left} against {right} (level {level})")
            }
            Self::Cell { frame, row, key, left, right } => {
                write!(f, "frame {frame} (row {row}), column {key}: {left} against {right}")
            }
        }
    }
}

/// Compares two tables and names the first difference: of schemas, then of row labels, then of values, frame
/// range by frame range. Reads both in batches, so memory stays bounded.
///
/// Rows counted as a range and rows labelled by the same integers are the same. Kind and metadata are not
/// compared: they are no values.
///
/// # Errors
///
/// When one of the tables cannot be read.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use pose_frame::{Tolerance, first_difference, testing};
///
/// let table = testing::predictions(10);
/// assert_eq!(first_difference(&table, &table, Tolerance::BitForBit)?, None);
/// # }
/// # Ok::<(), pose_frame::TableError>(())
/// ```
pub fn first_difference(
    left: &dyn PoseTable,
    right: &dyn PoseTable,
    tolerance: Tolerance,
) -> Result<Option<Difference>, TableError> {
    if let Some(difference) = schema_difference(left.schema(), right.schema(), tolerance) {
        return Ok(Some(difference));
    }
    let num_frames = left.num_frames();
    if num_frames != right.num_frames() {
        return Ok(Some(Difference::NumFrames { left: num_frames, right: right.num_frames() }));
    }
    let everything = Selection::all();
    let frames_per_batch = default_batch_frames(left.schema());
    let left_batches = left.batches(&everything, frames_per_batch)?;
    let right_batches = right.batches(&everything, frames_per_batch)?;
    let mut first_frame = 0;
    for (left, right) in left_batches.zip(right_batches) {
        let (left, right) = (left?, right?);
        if let Some(difference) = batch_difference(&left, &right, first_frame, tolerance) {
            return Ok(Some(difference));
        }
        first_frame += left.num_frames();
    }
    Ok(None)
}

fn schema_difference(left: &PoseSchema, right: &PoseSchema, tolerance: Tolerance) -> Option<Difference> {
    if left.levels() != right.levels() {
        let names = |schema: &PoseSchema| format!("{:?}", schema.levels());
        return Some(Difference::Levels { left: names(left), right: names(right) });
    }
    if left.columns().len() != right.columns().len() {
        return Some(Difference::NumColumns { left: left.columns().len(), right: right.columns().len() });
    }
    for (position, (left, right)) in left.columns().iter().zip(right.columns()).enumerate() {
        if left.key != right.key {
            return Some(Difference::Column { position, left: left.key.clone(), right: right.key.clone() });
        }
        if !types_agree(&left.data_type, &right.data_type, tolerance) {
            let (key, left, right) = (left.key.clone(), left.data_type.clone(), right.data_type.clone());
            return Some(Difference::ColumnType { key, left, right });
        }
    }
    let (left_fields, right_fields) = (left.index().fields(), right.index().fields());
    let agree = |(left, right): (&IndexField, &IndexField)| {
        left.name == right.name && types_agree(&left.data_type, &right.data_type, tolerance)
    };
    let index_agrees =
        left_fields.len() == right_fields.len() && left_fields.iter().zip(&right_fields).all(agree);
    (!index_agrees)
        .then(|| Difference::Index { left: left.index().to_string(), right: right.index().to_string() })
}

fn types_agree(left: &DataType, right: &DataType, tolerance: Tolerance) -> bool {
    left == right || (tolerance != Tolerance::BitForBit && left.is_floating() && right.is_floating())
}

fn batch_difference(
    left: &PoseFrame,
    right: &PoseFrame,
    first_frame: usize,
    tolerance: Tolerance,
) -> Option<Difference> {
    if let Some(difference) = index_difference(left.index(), right.index(), first_frame, tolerance) {
        return Some(difference);
    }
    // The first difference is the one of the earliest frame, whatever its column.
    let columns = left.columns().iter().zip(right.columns()).enumerate();
    let differing = columns.filter_map(|(column, (a, b))| Some((first_unequal(a, b, tolerance)?, column)));
    let (row, column) = differing.min()?;
    let (left_text, right_text) = texts(&left.columns()[column], &right.columns()[column], row);
    Some(Difference::Cell {
        frame: first_frame + row,
        row: left.index().label_text(row),
        key: left.schema().columns()[column].key.clone(),
        left: left_text,
        right: right_text,
    })
}

fn index_difference(
    left: &RowIndex,
    right: &RowIndex,
    first_frame: usize,
    tolerance: Tolerance,
) -> Option<Difference> {
    if let (RowIndex::Range(left), RowIndex::Range(right)) = (left, right)
        && left == right
    {
        return None;
    }
    let (left, right) = (left.to_levels(), right.to_levels());
    let levels = left.iter().zip(&right).enumerate();
    let differing =
        levels.filter_map(|(level, (a, b))| Some((first_unequal(&a.values, &b.values, tolerance)?, level)));
    let (row, level) = differing.min()?;
    let (left, right) = texts(&left[level].values, &right[level].values, row);
    Some(Difference::RowLabel { frame: first_frame + row, level, left, right })
}

/// The first position at which two arrays of one length differ.
fn first_unequal(left: &ArrayRef, right: &ArrayRef, tolerance: Tolerance) -> Option<usize> {
    let (left, right) = (left.as_ref(), right.as_ref());
    // Arrow compares floats by their bits, and whole buffers at once.
    if left.data_type() == right.data_type() && left == right {
        return None;
    }
    match tolerance {
        Tolerance::Absolute(bound) if left.data_type().is_floating() => {
            (0..left.len()).find(|&row| !close(float_at(left, row), float_at(right, row), bound))
        }
        _ => (0..left.len()).find(|&row| left.slice(row, 1).as_ref() != right.slice(row, 1).as_ref()),
    }
}

fn close(left: f64, right: f64, bound: f64) -> bool {
    left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan()) || (left - right).abs() <= bound
}

fn float_at(array: &dyn Array, row: usize) -> f64 {
    match array.data_type() {
        DataType::Float32 => f64::from(array.as_primitive::<Float32Type>().value(row)),
        _ => array.as_primitive::<Float64Type>().value(row),
    }
}

/// Two values as text that tells them apart: with their bits, when they would read alike.
fn texts(left: &ArrayRef, right: &ArrayRef, row: usize) -> (String, String) {
    let (left_text, right_text) = (text(left, row), text(right, row));
    if left_text != right_text {
        return (left_text, right_text);
    }
    let with_bits = |array: &ArrayRef, text: String| match array.data_type() {
        DataType::Float64 => {
            format!("{text} (bits {:#018x})", array.as_primitive::<Float64Type>().value(row).to_bits())
        }
        DataType::Float32 => {
            format!("{text} (bits {:#010x})", array.as_primitive::<Float32Type>().value(row).to_bits())
        }
        other => format!("{text} ({other})"),
    };
    (with_bits(left, left_text), with_bits(right, right_text))
}
