//! What can go wrong.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

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

impl StdError for WriteError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
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

/// Why a file, or something in it, could not be read. The message names the file.
#[derive(Debug)]
pub struct ReadError(Box<ReadErrorKind>);

impl ReadError {
    /// What went wrong, with where.
    #[must_use]
    pub fn kind(&self) -> &ReadErrorKind {
        &self.0
    }

    /// Gives up the kind, for callers that make it an error of their own.
    #[must_use]
    pub fn into_kind(self) -> ReadErrorKind {
        *self.0
    }
}

/// The kinds of [`ReadError`].
///
/// In every kind `path` is the file. An `object` is a group or a dataset in it, or an attribute of one, without the
/// leading slash.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum ReadErrorKind {
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

    /// The file contradicts itself. The source says how, in terms of HDF5.
    #[error("{}: {object} is damaged", path.display())]
    Damaged { path: PathBuf, object: String, source: Box<dyn StdError + Send + Sync> },

    #[error("{}: {object} is too large: {found} bytes, at most {limit} are read", path.display())]
    TooLarge { path: PathBuf, object: String, limit: u64, found: u64 },

    /// The file is sound HDF5, of a kind that is not read here.
    #[error("{}: {object} has {what}, which is not supported", path.display())]
    Unsupported { path: PathBuf, object: String, what: String },

    /// What was asked for is something else in this file, or is not there.
    #[error("{}: {object} is not what was asked for: expected {expected}, found {found}", path.display())]
    Unexpected { path: PathBuf, object: String, expected: String, found: String },

    #[error("{}: not enough memory for {object}", path.display())]
    OutOfMemory { path: PathBuf, object: String },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for ReadError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<ReadErrorKind> for ReadError {
    fn from(kind: ReadErrorKind) -> Self {
        Self(Box::new(kind))
    }
}
