//! What can go wrong.

use std::io;
use std::path::{Path, PathBuf};

/// What the functions of this crate give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a folder did not get its name.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<ErrorKind>);

/// The kinds of [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum ErrorKind {
    /// There is something of that name, and it is to stay.
    #[error("{}: exists already", .path.display())]
    Exists { path: PathBuf },

    #[error("{}: {what}", .path.display())]
    Io { what: &'static str, path: PathBuf, source: io::Error },
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// What went wrong, for callers with errors of their own.
    #[must_use]
    pub fn into_kind(self) -> ErrorKind {
        *self.0
    }

    pub(crate) fn exists(path: &Path) -> Self {
        ErrorKind::Exists { path: path.to_owned() }.into()
    }

    /// For `map_err`: what failed, and of which target.
    pub(crate) fn io(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| ErrorKind::Io { what, path: path.to_owned(), source }.into()
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}
