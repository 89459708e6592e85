//! What can go wrong.

use std::io;
use std::path::PathBuf;

use pose_frame::{Difference, TableError};
use pose_parquet::ParquetError;

/// What the functions of this crate give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a table was not packed or restored.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<ErrorKind>);

/// The kinds of [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum ErrorKind {
    /// A field of a recipe cannot be followed, or contradicts another one or the table.
    #[error("recipe: {field}: {why}")]
    Recipe { field: String, why: String },

    #[error("the recipe is of version {found}, and this program follows versions up to {supported}")]
    RecipeVersion { found: u32, supported: u32 },

    /// There is something of that name, and it is to stay.
    #[error("{}: exists already", .path.display())]
    Exists { path: PathBuf },

    #[error("{}: {what}", .path.display())]
    Io { what: &'static str, path: PathBuf, source: io::Error },

    #[error("{}: is no packed table: {why}", .path.display())]
    NotPacked { path: PathBuf, why: String },

    #[error("{}: is of version {found} of the format, and this program reads versions up to {supported}", .path.display())]
    Version { path: PathBuf, found: u32, supported: u32 },

    /// A file of a packed table is not the one that was written.
    #[error("{}: is damaged: {what}", .path.display())]
    Damaged { path: PathBuf, what: String },

    /// What was written would not come back as promised; nothing was kept.
    #[error("the table would not come back as promised: {difference}; nothing was kept")]
    Broken { difference: Box<Difference> },

    /// What was written would not come back as it was; nothing was kept.
    #[error("the table would not come back with {what}; nothing was kept")]
    Lost { what: &'static str },

    /// A codec lost more than the contract lets it; nothing was kept.
    #[error("array {array:?} comes back with {found}, and {promised} was promised; nothing was kept")]
    ContractBroken { array: String, promised: String, found: String },

    /// Who is told of the progress wanted an end; nothing was kept.
    #[error("packing was cancelled; nothing was kept")]
    Cancelled,

    #[error("numbers cannot be encoded: {what}")]
    Encode { what: String },

    #[error(transparent)]
    Folder { source: atomic_folder::Error },

    #[error(transparent)]
    Video { source: vidpack::Error },

    #[error(transparent)]
    Parquet { source: ParquetError },

    #[error(transparent)]
    Table { source: TableError },
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    pub(crate) fn recipe(field: impl Into<String>, why: impl Into<String>) -> Self {
        ErrorKind::Recipe { field: field.into(), why: why.into() }.into()
    }

    pub(crate) fn damaged(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        ErrorKind::Damaged { path: path.into(), what: what.into() }.into()
    }

    /// For `map_err`: what failed, and of which file.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| ErrorKind::Io { what, path: path.into(), source }.into()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<atomic_folder::Error> for Error {
    fn from(error: atomic_folder::Error) -> Self {
        match error.into_kind() {
            atomic_folder::ErrorKind::Exists { path } => ErrorKind::Exists { path }.into(),
            atomic_folder::ErrorKind::Io { what, path, source } => {
                ErrorKind::Io { what, path, source }.into()
            }
            other => ErrorKind::Folder { source: other.into() }.into(),
        }
    }
}

impl From<vidpack::Error> for Error {
    fn from(source: vidpack::Error) -> Self {
        ErrorKind::Video { source }.into()
    }
}

impl From<ParquetError> for Error {
    fn from(source: ParquetError) -> Self {
        ErrorKind::Parquet { source }.into()
    }
}

impl From<TableError> for Error {
    fn from(source: TableError) -> Self {
        ErrorKind::Table { source }.into()
    }
}

impl From<Error> for TableError {
    fn from(error: Error) -> Self {
        match *error.0 {
            ErrorKind::Table { source } => source,
            kind => Self::read(Error::from(kind)),
        }
    }
}
