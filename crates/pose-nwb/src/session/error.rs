//! What can be wrong with a file about a session.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why what a file says about a session and its subject could not be used.
#[derive(Debug)]
pub struct SessionError(Box<SessionErrorKind>);

impl SessionError {
    /// What went wrong, with where.
    #[must_use]
    pub fn kind(&self) -> &SessionErrorKind {
        &self.0
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<SessionErrorKind> for SessionError {
    fn from(kind: SessionErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

/// The kinds of [`SessionError`]. In every kind `path` is the file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum SessionErrorKind {
    #[error("{}: cannot be read: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },

    #[error("{}: is too large for a file about a session: at most {limit} bytes are read", path.display())]
    TooLarge { path: PathBuf, limit: u64 },

    #[error("{}: is not called .toml, .json, .yaml or .yml, so how it is written is not known", path.display())]
    UnknownFormat { path: PathBuf },

    #[error("{}: cannot be parsed: {reason}", path.display())]
    Syntax { path: PathBuf, reason: String },

    #[error("{}: there is no field {field:?}{}", path.display(), nearest.as_ref().map(|name| format!("; is {name:?} meant?")).unwrap_or_default())]
    UnknownField { path: PathBuf, field: String, nearest: Option<String> },

    #[error("{}: {field} should be {expected}, and is {found}", path.display())]
    WrongKind { path: PathBuf, field: String, expected: &'static str, found: &'static str },

    #[error("{}: {field}: {reason}", path.display())]
    Value { path: PathBuf, field: String, reason: String },

    #[error("{}: {field} was given before", path.display())]
    Twice { path: PathBuf, field: String },
}
