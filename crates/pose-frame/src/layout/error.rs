//! What can go wrong between the layouts.

use arrow_schema::DataType;

use crate::{ColumnKey, Label};

/// Why a table cannot be long, or a long one cannot be wide.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum LayoutErrorKind {
    #[error("a table without columns cannot be long: it would have no rows")]
    NoColumns,

    #[error("a table without coords cannot be long: its levels are {levels}")]
    NoCoords { levels: String },

    #[error(
        "the coord {coord} is one column of a long table, but of type {first}, and in {key} of type {other}"
    )]
    CoordTypes { coord: Label, first: DataType, key: ColumnKey, other: DataType },

    #[error("two columns of a long table would be called {name:?}: {first}, and {second}")]
    NameClash { name: String, first: String, second: String },

    #[error("a level is one column of a long table, but level {level} holds text and numbers, as in {key}")]
    MixedLevel { level: usize, key: ColumnKey },

    #[error("rows that are labelled by {data_type} cannot be long: no column of a pose table holds that")]
    RowLabels { data_type: DataType },

    #[error("{rows} rows of {points} points each hold more text than one array can")]
    TooMuchText { rows: usize, points: usize },

    /// What is said of a long table does not fit the wide one, or not the table itself.
    #[error("the layout does not fit the table: {reason}")]
    Misfit { reason: String },

    #[error("a long table needs a column {frame:?} or {time:?}; there is {available}")]
    NoFrame { frame: String, time: String, available: String },

    #[error("column {column:?} says which frame a row is of, by numbers; it is of type {found}")]
    FrameType { column: String, found: DataType },

    #[error("a long table needs a column of numbers besides those that say of what; there is {available}")]
    NoValues { available: String },

    #[error("row {row} has no {column:?}")]
    NoLabel { column: String, row: usize },

    #[error("frame {frame} has {point} twice: in rows {first} and {second}")]
    Repeated { frame: String, point: String, first: usize, second: usize },
}
