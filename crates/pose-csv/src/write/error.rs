//! Why a table could not be written.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use arrow_schema::DataType;
use pose_frame::TableError;

/// Why a table could not be written to a CSV file. The file is the caller's to name.
#[derive(Debug)]
pub struct CsvWriteError(Box<CsvWriteErrorKind>);

/// The kinds of [`CsvWriteError`]. A `column` is called as in messages: `column DLC/snout/x`, or a level of the row labels.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvWriteErrorKind {
    /// The table that was to be written could not be read.
    #[error(transparent)]
    Read(TableError),
    /// It could not be written.
    #[error("{0}")]
    Io(io::Error),
    /// Two columns would have one name.
    #[error("as text, {0}")]
    Columns(TableError),
    /// There is no text for values of the type.
    #[error("{column} is of type {data_type}, which is not written to csv")]
    Type {
        /// The column.
        column: String,
        /// Its type.
        data_type: DataType,
    },
    /// The calendar of pandas ends in the year 9999.
    #[error("{column} has a moment in row {row} that lies outside the years 1 to 9999")]
    Moment {
        /// The column.
        column: String,
        /// The row, counted from 0.
        row: usize,
    },
    /// A text that readers take for a missing one.
    #[error("{column} has the text {text:?} in row {row}, which in csv is a missing value")]
    TextIsMissing {
        /// The column.
        column: String,
        /// The row, counted from 0.
        row: usize,
        /// The text.
        text: String,
    },
    /// Texts that readers take for something else.
    #[error("{column} holds texts that in csv are values of type {data_type}")]
    TextIsRead {
        /// The column.
        column: String,
        /// What they would be read as.
        data_type: DataType,
    },
    /// With a missing value among them, whole numbers are read as floats.
    #[error(
        "{column} has missing values and whole numbers above 2^53, which in csv are floats that have no room for \
         all of their digits"
    )]
    Digits {
        /// The column.
        column: String,
    },
}

impl CsvWriteError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &CsvWriteErrorKind {
        &self.0
    }

    pub(crate) fn io(error: io::Error) -> Self {
        CsvWriteErrorKind::Io(error).into()
    }
}

impl fmt::Display for CsvWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for CsvWriteError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<CsvWriteErrorKind> for CsvWriteError {
    fn from(kind: CsvWriteErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<TableError> for CsvWriteError {
    fn from(error: TableError) -> Self {
        CsvWriteErrorKind::Read(error).into()
    }
}
