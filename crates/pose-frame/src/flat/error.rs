//! What can go wrong between a table and the named columns of another library.

use std::error::Error as StdError;

use arrow_schema::DataType;

use crate::{TableError, TableErrorKind};

/// Why a table cannot be named columns of another library, or those no table.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum FlatErrorKind {
    #[error("two columns are called {column:?}")]
    NameClash { column: String },

    #[error("there is no column {column:?}, which the schema names")]
    NoColumn { column: String },

    #[error("column {column:?} is not in the schema")]
    LeftOver { column: String },

    #[error("column {column:?} is of type {found}, the schema says {expected}")]
    Type { column: String, expected: DataType, found: DataType },

    #[error("column {column:?} is of type {found}, which a pose table cannot hold")]
    UnsupportedType { column: String, found: String },

    #[error("column {column:?} holds more text than one array can: 2 GiB")]
    TooMuchText { column: String },

    #[error("{rows} rows are more than the {most} that the other library counts")]
    TooManyRows { rows: usize, most: usize },

    #[error("column {column:?} has a row label of {seconds} s, too far away for milliseconds")]
    OutOfReach { column: String, seconds: i64 },

    #[error("column {column:?} has a row label of {milliseconds} ms, where the schema says whole seconds")]
    NoWholeSeconds { column: String, milliseconds: i64 },

    #[error("{arrays} arrays do not go with a schema of {fields} fields")]
    FieldCount { fields: usize, arrays: usize },

    /// The other library refuses a column; its own error says why.
    #[error("column {column:?}: {source}")]
    Refused { column: String, source: Box<dyn StdError + Send + Sync> },

    /// The other library refuses the columns together; its own error says why.
    #[error(transparent)]
    RefusedTogether { source: Box<dyn StdError + Send + Sync> },
}

impl From<FlatErrorKind> for TableError {
    fn from(source: FlatErrorKind) -> Self {
        TableErrorKind::Flat { source }.into()
    }
}
