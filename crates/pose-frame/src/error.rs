//! The error of everything that works on tables.

use std::error::Error as StdError;
use std::fmt;
use std::ops::Range;

use arrow_schema::DataType;

use crate::{ColumnKey, FlatErrorKind, Label, LayoutErrorKind};

/// Why a table could not be built, selected from, or read.
#[derive(Debug)]
pub struct TableError(Box<TableErrorKind>);

impl TableError {
    /// Wraps what went wrong while a format was read, so that one error type passes through [`PoseTable`].
    ///
    /// [`PoseTable`]: crate::PoseTable
    pub fn read(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        TableErrorKind::Read { source: source.into() }.into()
    }

    /// What went wrong, with where.
    #[must_use]
    pub fn kind(&self) -> &TableErrorKind {
        &self.0
    }

    /// Gives up the kind, for callers that wrap it in an error of their own.
    #[must_use]
    pub fn into_kind(self) -> TableErrorKind {
        *self.0
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for TableError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<TableErrorKind> for TableError {
    fn from(kind: TableErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

/// The kinds of [`TableError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum TableErrorKind {
    #[error("no column level {level}; the levels are {available}")]
    UnknownLevel { level: String, available: String },

    #[error("no column with \"{label}\" in level {level}; there is {available}")]
    UnknownLabel { level: String, label: Label, available: String },

    #[error("no column {key}")]
    UnknownColumn { key: ColumnKey },

    #[error("no column {column}: the table has {num_columns}")]
    ColumnOutOfRange { column: usize, num_columns: usize },

    #[error("frames {}..{} do not lie within the {num_frames} frames of the table", frames.start, frames.end)]
    FramesOutOfRange { frames: Range<usize>, num_frames: usize },

    #[error("two columns have the key {key}")]
    DuplicateKey { key: ColumnKey },

    #[error("column {key} has {found} labels, but there are {expected} levels")]
    LevelCount { key: ColumnKey, expected: usize, found: usize },

    #[error("column {key} is of type {data_type}, which a pose table cannot hold")]
    UnsupportedType { key: ColumnKey, data_type: DataType },

    #[error("rows cannot be labelled by values of type {data_type}")]
    UnsupportedIndexType { data_type: DataType },

    #[error("the schema names {expected} columns, {found} were given")]
    ColumnCount { expected: usize, found: usize },

    #[error("column {key} has {found} rows, the index has {expected}")]
    ColumnLength { key: ColumnKey, expected: usize, found: usize },

    #[error("column {key} is of type {found}, the schema says {expected}")]
    ColumnType { key: ColumnKey, expected: DataType, found: DataType },

    #[error("column {key} marks missing floats as null; in memory they are NaN")]
    NullFloat { key: ColumnKey },

    #[error("level {level} of the row labels marks missing floats as null; in memory they are NaN")]
    NullLabel { level: usize },

    #[error("the row index does not match the schema: expected {expected}, found {found}")]
    IndexMismatch { expected: String, found: String },

    #[error("the levels of the row index differ in length: {first} and {other}")]
    IndexLength { first: usize, other: usize },

    #[error("no column holds a likelihood")]
    NoLikelihood,

    #[error("the likelihoods in {key} are of type {data_type}, not numbers with a fraction")]
    LikelihoodType { key: ColumnKey, data_type: DataType },

    /// A table cannot be long, or a long one cannot be wide.
    #[error(transparent)]
    Layout { source: LayoutErrorKind },

    /// A table cannot be named columns of another library, or those no table.
    #[error(transparent)]
    Flat { source: FlatErrorKind },

    /// A format could not be read; its own error says where and why.
    #[error(transparent)]
    Read { source: Box<dyn StdError + Send + Sync> },
}
