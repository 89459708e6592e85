//! The error of everything that reads CSV files.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use pose_frame::TableError;

/// Why a CSV file could not be read. The message names the file and, where there is one, the line.
#[derive(Debug)]
pub struct CsvError(Box<CsvErrorKind>);

impl CsvError {
    /// What went wrong, with where.
    #[must_use]
    pub fn kind(&self) -> &CsvErrorKind {
        &self.0
    }

    /// Gives up the kind, for callers that wrap it in an error of their own.
    #[must_use]
    pub fn into_kind(self) -> CsvErrorKind {
        *self.0
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for CsvError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<CsvErrorKind> for CsvError {
    fn from(kind: CsvErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<CsvError> for TableError {
    fn from(error: CsvError) -> Self {
        Self::read(error)
    }
}

/// The kinds of [`CsvError`].
///
/// In every kind `path` is the file. A `line` counts from 1, as editors do, and is the one on which the row begins;
/// a `column` counts cells from 1.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum CsvErrorKind {
    #[error("{}: cannot be read: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },

    #[error("{}: holds no line with a cell", path.display())]
    Empty { path: PathBuf },

    #[error("{}, line {line}: expected {}, found {found}", path.display(), counted(*.expected, "cell"))]
    Ragged { path: PathBuf, line: u64, expected: usize, found: usize },

    #[error("{}, line {line}, cell {column}: is not UTF-8", path.display())]
    NotUtf8 { path: PathBuf, line: u64, column: usize },

    #[error("{}, line {line}: a quote is opened here and never closed", path.display())]
    UnclosedQuote { path: PathBuf, line: u64 },

    #[error("{}, line {line}: is longer than {limit} bytes", path.display())]
    RowTooLong { path: PathBuf, line: u64, limit: usize },

    #[error("{}, line {line}: expected {}, found {found}", path.display(), counted(*.expected, "header row"))]
    NoHeader { path: PathBuf, line: u64, expected: usize, found: usize },

    #[error("{}, line 1: expected {} of row labels, found {}", path.display(), counted(*.expected, "cell"), counted(*.found, "cell"))]
    NoIndexColumns { path: PathBuf, expected: usize, found: usize },

    /// The file is not what it was when it was opened.
    #[error("{}, line {line}, cell {column}: expected {expected}: the file has changed since it was opened", path.display())]
    Changed { path: PathBuf, line: u64, column: usize, expected: String },

    #[error("{}, line {line}: the texts of a column take more than 2 GiB; read fewer frames at once", path.display())]
    TooMuchText { path: PathBuf, line: u64 },

    /// What the file holds makes no table.
    #[error("{}: {error}", path.display())]
    Table { path: PathBuf, error: TableError },
}

/// `1 cell`, `2 cells`.
fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
