//! The error of everything that reads HDF5 files.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use hdf5_file::read::File;
use hdf5_file::{ReadError, ReadErrorKind};
use pickle_data::PickleError;
use pose_frame::TableError;

/// Why an HDF5 file, or a table in it, could not be read. The message names the file.
#[derive(Debug)]
pub struct Hdf5Error(Box<Hdf5ErrorKind>);

impl Hdf5Error {
    /// What went wrong, with where.
    #[must_use]
    pub fn kind(&self) -> &Hdf5ErrorKind {
        &self.0
    }

    /// Gives up the kind, for callers that wrap it in an error of their own.
    #[must_use]
    pub fn into_kind(self) -> Hdf5ErrorKind {
        *self.0
    }
}

impl fmt::Display for Hdf5Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Hdf5Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<Hdf5ErrorKind> for Hdf5Error {
    fn from(kind: Hdf5ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<ReadError> for Hdf5Error {
    fn from(error: ReadError) -> Self {
        // As a text where it is of a kind that is not known yet.
        let message = error.to_string();
        match error.into_kind() {
            ReadErrorKind::Missing { path } => Hdf5ErrorKind::Missing { path },
            ReadErrorKind::Directory { path } => Hdf5ErrorKind::Directory { path },
            ReadErrorKind::NotAFile { path } => Hdf5ErrorKind::NotAFile { path },
            ReadErrorKind::Io { path, source } => Hdf5ErrorKind::Io { path, source },
            ReadErrorKind::Empty { path } => Hdf5ErrorKind::Empty { path },
            ReadErrorKind::NotHdf5 { path } => Hdf5ErrorKind::NotHdf5 { path },
            ReadErrorKind::Truncated { path, expected, found } => {
                Hdf5ErrorKind::Truncated { path, expected, found }
            }
            ReadErrorKind::Damaged { path, object, source } => {
                Hdf5ErrorKind::Damaged { path, object, source }
            }
            ReadErrorKind::TooLarge { path, object, limit, found } => {
                Hdf5ErrorKind::TooLarge { path, object, limit, found }
            }
            ReadErrorKind::Unsupported { path, object, what } => {
                Hdf5ErrorKind::Unsupported { path, object, what }
            }
            ReadErrorKind::Unexpected { path, object, expected, found } => {
                Hdf5ErrorKind::Layout { path, object, expected, found }
            }
            ReadErrorKind::OutOfMemory { path, object } => Hdf5ErrorKind::OutOfMemory { path, object },
            kind => {
                let (path, object) = (PathBuf::new(), message);
                Hdf5ErrorKind::Damaged { path, object, source: Box::new(ReadError::from(kind)) }
            }
        }
        .into()
    }
}

/// An error: something that is not supported.
pub(crate) fn unsupported(file: &File, object: &str, what: String) -> Hdf5Error {
    let (path, object) = (file.path().to_owned(), object.to_owned());
    Hdf5ErrorKind::Unsupported { path, object, what }.into()
}

impl From<Hdf5Error> for TableError {
    fn from(error: Hdf5Error) -> Self {
        Self::read(error)
    }
}

/// The kinds of [`Hdf5Error`].
///
/// In every kind `path` is the file. An `object` is a group or a dataset in it, without the leading slash; an
/// `attribute` belongs to its object.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum Hdf5ErrorKind {
    #[error("{}: no such file", path.display())]
    Missing { path: PathBuf },

    #[error("{}: is a directory, not a file", path.display())]
    Directory { path: PathBuf },

    #[error("{}: is not a regular file", path.display())]
    NotAFile { path: PathBuf },

    #[error("{}: cannot be read: {}", path.display(), source.kind())]
    Io { path: PathBuf, source: io::Error },

    #[error("{}: is empty (0 bytes)", path.display())]
    Empty { path: PathBuf },

    #[error("{}: is not an HDF5 file", path.display())]
    NotHdf5 { path: PathBuf },

    #[error("{}: is cut off: it should have {expected} bytes and has {found}", path.display())]
    Truncated { path: PathBuf, expected: u64, found: u64 },

    /// The container contradicts itself. The source says how, in terms of HDF5.
    #[error("{}: {object} is damaged", path.display())]
    Damaged { path: PathBuf, object: String, source: Box<dyn StdError + Send + Sync> },

    #[error("{}: {object} is too large: {found} bytes, at most {limit} are read", path.display())]
    TooLarge { path: PathBuf, object: String, limit: u64, found: u64 },

    #[error("{}: holds no pandas table{}", path.display(), other_objects(found))]
    NoTable { path: PathBuf, found: Vec<String> },

    #[error("{}: holds several tables, name one of them: {}", path.display(), keys.join(", "))]
    SeveralTables { path: PathBuf, keys: Vec<String> },

    #[error("{}: holds no table {key:?}; there is {}", path.display(), or_nothing(keys))]
    UnknownKey { path: PathBuf, key: String, keys: Vec<String> },

    #[error("{}: {key} is a {pandas_type} in pandas' terms, not a frame", path.display())]
    NotAFrame { path: PathBuf, key: String, pandas_type: String },

    /// The file is sound HDF5, but not laid out as pandas does.
    #[error("{}: {object} is not what pandas writes: expected {expected}, found {found}", path.display())]
    Layout { path: PathBuf, object: String, expected: String, found: String },

    #[error("{}: {object} has {what}, which is not supported", path.display())]
    Unsupported { path: PathBuf, object: String, what: String },

    #[error("{}: attribute {attribute} of {object} cannot be decoded: {reason}", path.display())]
    Pickle { path: PathBuf, object: String, attribute: String, reason: PickleError },

    #[error("{}: {object} cannot be decoded: {reason}", path.display())]
    PickledData { path: PathBuf, object: String, reason: PickleError },

    #[error("{}: row {row} of {object} is not {encoding}", path.display())]
    Text { path: PathBuf, object: String, row: u64, encoding: &'static str },

    #[error("{}: not enough memory for {object}", path.display())]
    OutOfMemory { path: PathBuf, object: String },

    /// What the file holds makes no table.
    #[error("{}: {key}: {error}", path.display())]
    Table { path: PathBuf, key: String, error: TableError },
}

fn other_objects(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!("; there is {}", found.join(", ")) }
}

fn or_nothing(keys: &[String]) -> String {
    if keys.is_empty() { "none".to_owned() } else { keys.join(", ") }
}
