//! What can go wrong with a folder.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why there is no report of a folder. What goes wrong with a file is in the report.
#[derive(Debug)]
pub struct ReportError(Box<ReportErrorKind>);

impl ReportError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ReportErrorKind {
        &self.0
    }
}

impl fmt::Display for ReportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for ReportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<ReportErrorKind> for ReportError {
    fn from(kind: ReportErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

/// The kinds of [`ReportError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum ReportErrorKind {
    #[error("{}: cannot be listed: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
}
