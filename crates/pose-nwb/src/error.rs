//! The error of everything that reads NWB files.

use std::error::Error as StdError;
use std::fmt;
use std::path::PathBuf;

use hdf5_file::ReadError;
use pose_frame::TableError;

/// Why an NWB file, or a table in it, could not be read. The message names the file.
#[derive(Debug)]
pub struct NwbError(Box<NwbErrorKind>);

impl NwbError {
    /// What went wrong, with where.
    #[must_use]
    pub fn kind(&self) -> &NwbErrorKind {
        &self.0
    }
}

impl fmt::Display for NwbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for NwbError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<NwbErrorKind> for NwbError {
    fn from(kind: NwbErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<ReadError> for NwbError {
    fn from(error: ReadError) -> Self {
        NwbErrorKind::File(error).into()
    }
}

impl From<NwbError> for TableError {
    fn from(error: NwbError) -> Self {
        Self::read(error)
    }
}

/// The kinds of [`NwbError`]. In every kind `path` is the file; objects in it are named by their paths from the root on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum NwbErrorKind {
    /// The file is no HDF5, damaged, or holds what is not read; the error says where.
    #[error(transparent)]
    File(ReadError),

    #[error("{}: is HDF5, but no NWB file", path.display())]
    NotNwb { path: PathBuf },

    #[error("{}: is an NWB file without poses of ndx-pose", path.display())]
    NoPoses { path: PathBuf },

    #[error("{}: holds several tables of poses, name one of them: {}", path.display(), keys.join(", "))]
    SeveralTables { path: PathBuf, keys: Vec<String> },

    #[error("{}: holds no table {key:?}; there is {}", path.display(), keys.join(", "))]
    UnknownKey { path: PathBuf, key: String, keys: Vec<String> },

    #[error("{}: {object} is not what ndx-pose has there: expected {expected}, found {found}", path.display())]
    Layout { path: PathBuf, object: String, expected: &'static str, found: String },

    #[error("{}: {object} leads nowhere: {why}", path.display())]
    BrokenLink { path: PathBuf, object: String, why: String },

    #[error("{}: {first} has {first_rows} frames and {other} has {other_rows}, so they are no one table", path.display())]
    Lengths { path: PathBuf, first: String, first_rows: u64, other: String, other_rows: u64 },

    #[error("{}: {first} and {other} were not taken at the same times, so they are no one table", path.display())]
    TimeBases { path: PathBuf, first: String, other: String },

    #[error("{}: not enough memory for {object}", path.display())]
    OutOfMemory { path: PathBuf, object: String },

    #[error("{}: {object} would take {found} bytes of memory, more than {limit}", path.display())]
    TooLarge { path: PathBuf, object: String, found: u64, limit: u64 },

    /// What the file holds makes no table.
    #[error("{}: {key}: {error}", path.display())]
    Table { path: PathBuf, key: String, error: TableError },
}
