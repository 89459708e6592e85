//! What can go wrong.

use std::fmt;
use std::io;

/// Why a file could not be written. The file is the caller's to name.
#[derive(Debug)]
pub struct WriteError(Box<WriteErrorKind>);

impl WriteError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &WriteErrorKind {
        &self.0
    }

    pub(crate) fn blob_too_large(bytes: usize) -> Self {
        WriteErrorKind::TooLarge {
            what: "a blob".to_owned(),
            bytes: bytes as u64,
            limit: u64::from(u32::MAX),
        }
        .into()
    }

    pub(crate) fn damaged(object: impl Into<String>, what: impl Into<String>) -> Self {
        WriteErrorKind::Damaged { object: object.into(), what: what.into() }.into()
    }

    pub(crate) fn unsupported(object: impl Into<String>, what: impl Into<String>) -> Self {
        WriteErrorKind::Unsupported { object: object.into(), what: what.into() }.into()
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// The file could not be read or written.
    #[error("the file cannot be written")]
    Io(#[from] io::Error),
    /// Something is larger than its place in the file.
    #[error("{what} has {bytes} bytes, and HDF5 has room for {limit} there")]
    TooLarge {
        /// What is too large.
        what: String,
        /// How large it is.
        bytes: u64,
        /// How large it may be.
        limit: u64,
    },
    /// There is such an object already.
    #[error("{path} is there already")]
    Exists {
        /// The object.
        path: String,
    },
    /// A name that no object can have.
    #[error("no object can be called {name:?}")]
    Name {
        /// The name.
        name: String,
    },
    /// A text of any length ends with its first zero, so one with a zero in it would come back shorter.
    #[error("a text of any length cannot have a zero in it, as {text:?} has")]
    Zero {
        /// The text.
        text: String,
    },
    /// What a reference or a hard link should lead to is not there.
    #[error("nothing leads to {path}: {what}")]
    NoTarget {
        /// The path that was given.
        path: String,
        /// Where it ends.
        what: String,
    },
    /// A dataset whose shape and storage do not go together.
    #[error("{path} cannot be stored so: {what}")]
    Shape {
        /// The dataset.
        path: String,
        /// What does not fit.
        what: String,
    },
    /// The file to which something was to be added contradicts itself.
    #[error("{object} is damaged: {what}")]
    Damaged {
        /// Where.
        object: String,
        /// What was expected and found.
        what: String,
    },
    /// The file to which something was to be added is laid out in a way that cannot be added to.
    #[error("nothing can be added to {object}: {what}")]
    Unsupported {
        /// Where.
        object: String,
        /// What it is.
        what: String,
    },
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<WriteErrorKind> for WriteError {
    fn from(kind: WriteErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<io::Error> for WriteError {
    fn from(error: io::Error) -> Self {
        WriteErrorKind::Io(error).into()
    }
}
