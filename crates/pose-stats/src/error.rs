//! What can go wrong.

use std::error::Error as StdError;
use std::fmt;

use pose_frame::TableError;

/// Why there are no statistics of a table.
#[derive(Debug)]
pub struct StatsError(Box<StatsErrorKind>);

impl StatsError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &StatsErrorKind {
        &self.0
    }
}

impl fmt::Display for StatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for StatsError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<StatsErrorKind> for StatsError {
    fn from(kind: StatsErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<TableError> for StatsError {
    fn from(source: TableError) -> Self {
        StatsErrorKind::Table { source }.into()
    }
}

/// The kinds of [`StatsError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum StatsErrorKind {
    #[error("a quantile goes from 0 to 1, which {quantile} does not")]
    Quantile { quantile: f64 },

    #[error("the table has no {level}s: its column levels are {available}")]
    NoLevel { level: &'static str, available: String },

    /// The table cannot be read, or has no likelihoods to go by.
    #[error(transparent)]
    Table { source: TableError },
}
