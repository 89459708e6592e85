//! Why a table could not be written.

use std::error::Error as StdError;
use std::fmt;

use hdf5_file::{WriteError, WriteErrorKind};
use pose_frame::{ColumnKey, TableError};

use crate::Storage;
use crate::compression::CompressionError;

/// Why a table could not be written to an HDF5 file. The file is the caller's to name.
#[derive(Debug)]
pub struct Hdf5WriteError(Box<Hdf5WriteErrorKind>);

/// The kinds of [`Hdf5WriteError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Hdf5WriteErrorKind {
    /// The table that was to be written could not be read.
    #[error(transparent)]
    Read(TableError),
    /// The file could not be written, or nothing can be added to it.
    #[error(transparent)]
    File(WriteError),
    /// A chunk could not be compressed.
    #[error(transparent)]
    Compression(CompressionError),
    /// There is such an object already, and it is not replaced.
    #[error("the file holds {key} already")]
    KeyExists {
        /// The object.
        key: String,
    },
    /// Not a name that a table can have.
    #[error("no table can be called {key:?}: {reason}")]
    Key {
        /// The name.
        key: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A value is missing where pandas has no way to say so.
    #[error("{column} has no value in row {row}, and pandas cannot keep {what} without a value in HDF5")]
    MissingValue {
        /// The column, or the level of the rows.
        column: String,
        /// The row, counted from 0.
        row: usize,
        /// What its values are.
        what: &'static str,
    },
    /// A text ends with a zero, which in the file would be taken for the end of the text before it.
    #[error("{column} has a text in row {row} that ends with a zero character, which HDF5 cuts off")]
    TextEndsWithZero {
        /// The column, or the level of the rows.
        column: String,
        /// The row, counted from 0.
        row: usize,
    },
    /// The table is not what it was when its texts were measured.
    #[error(
        "{column} has longer texts than it had when they were measured: the table changes while it is read"
    )]
    Changed {
        /// The column, or the level of the rows.
        column: String,
    },
    /// Something that the storage cannot hold.
    #[error("{what} cannot be written in {storage} format{}", hint(*storage))]
    CannotHold {
        /// What it is.
        what: String,
        /// The storage.
        storage: Storage,
    },
    /// What is to be noted beside the values does not fit.
    #[error("what is known beside the values takes {bytes} bytes, and an attribute has room for {limit}")]
    Metadata {
        /// Bytes of it.
        bytes: u64,
        /// How many there can be.
        limit: u64,
    },
    /// The names of the columns do not fit.
    #[error(
        "the names of {columns} columns take {bytes} bytes, and pandas keeps them in attributes of at most \
         {limit}{}",
        hint(Storage::Table)
    )]
    TooManyColumns {
        /// How many columns there are.
        columns: usize,
        /// Bytes of their names, pickled.
        bytes: u64,
        /// How many there can be.
        limit: u64,
    },
}

/// What to do when one storage cannot hold something.
fn hint(storage: Storage) -> &'static str {
    match storage {
        Storage::Table => "; fixed format can hold it",
        Storage::Fixed => "; table format can hold it",
    }
}

impl Hdf5WriteError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &Hdf5WriteErrorKind {
        &self.0
    }

    /// Whether it is the storage that cannot hold the table, and another one may. Nothing has been written then.
    pub(super) fn is_of_storage(&self) -> bool {
        use Hdf5WriteErrorKind::{CannotHold, TextEndsWithZero, TooManyColumns};
        matches!(*self.0, CannotHold { .. } | TextEndsWithZero { .. } | TooManyColumns { .. })
    }

    pub(super) fn cannot_hold(storage: Storage, what: impl Into<String>) -> Self {
        Hdf5WriteErrorKind::CannotHold { what: what.into(), storage }.into()
    }

    pub(super) fn missing(column: String, row: usize, what: &'static str) -> Self {
        Hdf5WriteErrorKind::MissingValue { column, row, what }.into()
    }
}

/// What a column is called in messages.
pub(super) fn column_name(key: &ColumnKey) -> String {
    format!("column {key}")
}

impl fmt::Display for Hdf5WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Hdf5WriteError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<Hdf5WriteErrorKind> for Hdf5WriteError {
    fn from(kind: Hdf5WriteErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<TableError> for Hdf5WriteError {
    fn from(error: TableError) -> Self {
        Hdf5WriteErrorKind::Read(error).into()
    }
}

impl From<CompressionError> for Hdf5WriteError {
    fn from(error: CompressionError) -> Self {
        Hdf5WriteErrorKind::Compression(error).into()
    }
}

impl From<WriteError> for Hdf5WriteError {
    fn from(error: WriteError) -> Self {
        match error.kind() {
            WriteErrorKind::Exists { path } => {
                Hdf5WriteErrorKind::KeyExists { key: path.trim_start_matches('/').to_owned() }.into()
            }
            _ => Hdf5WriteErrorKind::File(error).into(),
        }
    }
}
