//! What can go wrong with a Parquet file.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use arrow_schema::DataType;
use column_memory::OutOfMemory;
use pose_frame::{ColumnKey, TableError};

/// Why a Parquet file could not be read or written.
#[derive(Debug)]
pub struct ParquetError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    path: Option<PathBuf>,
    kind: ParquetErrorKind,
}

impl ParquetError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ParquetErrorKind {
        &self.0.kind
    }

    /// The file, where the table has one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.0.path.as_deref()
    }

    pub(crate) fn at(mut self, path: Option<&Path>) -> Self {
        if self.0.path.is_none() {
            self.0.path = path.map(Path::to_owned);
        }
        self
    }
}

impl fmt::Display for ParquetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            write!(f, "{}: ", path.display())?;
        }
        self.0.kind.fmt(f)
    }
}

impl StdError for ParquetError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.kind.source()
    }
}

impl From<ParquetErrorKind> for ParquetError {
    fn from(kind: ParquetErrorKind) -> Self {
        Self(Box::new(Inner { path: None, kind }))
    }
}

impl From<ParquetError> for TableError {
    fn from(error: ParquetError) -> Self {
        Self::read(error)
    }
}

impl From<TableError> for ParquetError {
    fn from(error: TableError) -> Self {
        ParquetErrorKind::Table { source: error }.into()
    }
}

impl From<parquet::errors::ParquetError> for ParquetError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        // The crate wraps whatever its reader or writer met. What the operating system says is not of the file's content.
        let error = match error {
            parquet::errors::ParquetError::External(source) => match source.downcast::<io::Error>() {
                Ok(source) if source.raw_os_error().is_some() => return (*source).into(),
                Ok(source) => parquet::errors::ParquetError::External(source),
                Err(source) => parquet::errors::ParquetError::External(source),
            },
            other => other,
        };
        ParquetErrorKind::Format { source: Box::new(error) }.into()
    }
}

impl From<OutOfMemory> for ParquetError {
    fn from(error: OutOfMemory) -> Self {
        ParquetErrorKind::OutOfMemory { bytes: error.bytes }.into()
    }
}

#[cfg(feature = "object-store")]
impl From<crate::ObjectError> for ParquetError {
    fn from(source: crate::ObjectError) -> Self {
        ParquetErrorKind::Object { source }.into()
    }
}

impl From<io::Error> for ParquetError {
    fn from(error: io::Error) -> Self {
        ParquetErrorKind::Io { source: error }.into()
    }
}

/// The kinds of [`ParquetError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum ParquetErrorKind {
    #[error("{source}")]
    Io { source: io::Error },

    /// The bytes are not those of a whole Parquet file.
    #[error("not a whole parquet file: {source}")]
    Format { source: Box<dyn StdError + Send + Sync> },

    #[error("the {entry:?} entry of the file's metadata is not what it should be: {reason}")]
    Entry { entry: &'static str, reason: String },

    #[error(
        "written by a newer version: its \"pose\" entry is of version {found}, known are versions up to {known}"
    )]
    Version { found: u64, known: u64 },

    #[error("column {column:?} is of type {found}, which a pose table cannot hold")]
    UnsupportedType { column: String, found: String },

    #[error("two columns are named {column:?}")]
    DuplicateName { column: String },

    #[error(
        "column {key} cannot be named in parquet: level {level} holds text and numbers, and pandas keeps one type per level"
    )]
    MixedLevel { key: ColumnKey, level: usize },

    #[error(
        "row label {seconds} in {column:?}, seconds since 1970, is out of reach: parquet counts milliseconds at the least"
    )]
    LabelOutOfReach { column: String, seconds: i64 },

    #[error("column {column} cannot be stored as float32: {value:?} in frame {frame} is not exactly one")]
    NotNarrow { column: ColumnKey, frame: usize, value: f64 },

    #[error("column {key} is of type {found}: only float64 is stored as float32")]
    NarrowType { key: ColumnKey, found: DataType },

    #[error(
        "a table that comes in pieces cannot be looked at before: name the columns that are stored as float32"
    )]
    NarrowAhead,
    /// The file is another one than what its `pose` entry describes.
    #[error("it is said to be a long table in its \"pose\" entry, and is not that one: {source}")]
    Layout { source: TableError },

    #[error("frames that were given could not be written: a file without them would look whole")]
    FramesLeftOut,

    #[error("the batches of a table must have one schema; a batch differs in {what}")]
    BatchSchema { what: &'static str },

    #[error("there is no memory for the {bytes} bytes of a column")]
    OutOfMemory { bytes: usize },

    /// An object in a store could not be reached, read or written.
    #[cfg(feature = "object-store")]
    #[error(transparent)]
    Object { source: crate::ObjectError },

    #[error(transparent)]
    Table { source: TableError },
}
