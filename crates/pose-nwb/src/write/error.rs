//! What can keep a table from being written.

use std::fmt;

use hdf5_file::{WriteError, WriteErrorKind};
use pose_frame::{TableError, TableKind};

/// Why a table could not be written. The file is the caller's to name.
#[derive(Debug)]
pub struct NwbWriteError(Box<NwbWriteErrorKind>);

impl NwbWriteError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &NwbWriteErrorKind {
        &self.0
    }
}

impl fmt::Display for NwbWriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for NwbWriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<NwbWriteErrorKind> for NwbWriteError {
    fn from(kind: NwbWriteErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<TableError> for NwbWriteError {
    fn from(error: TableError) -> Self {
        NwbWriteErrorKind::Read(error).into()
    }
}

impl From<WriteError> for NwbWriteError {
    fn from(error: WriteError) -> Self {
        NwbWriteErrorKind::File(error).into()
    }
}

/// The kinds of [`NwbWriteError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum NwbWriteErrorKind {
    #[error("a table of the kind {kind} holds no poses, and NWB has no place for it")]
    NotPoses { kind: TableKind },

    #[error("no columns x and y of numbers stand together, so there is no pose to write")]
    NoPoints,

    #[error(
        "nothing says when the frames were taken, and it is not guessed: give the frame rate or timestamps"
    )]
    NoTiming,

    #[error("nothing says when the session began, and it is not guessed: give session_start_time")]
    NoSessionStart,

    #[error("a frame rate is a finite number above 0, and {rate_hz} is none")]
    Rate { rate_hz: f64 },

    #[error("the start of the video is a finite number of seconds, and {start_seconds} is none")]
    Start { start_seconds: f64 },

    #[error("there are {found} timestamps for {expected} frames")]
    Timestamps { expected: usize, found: usize },

    #[error(
        "the path of the video is absolute: {path}; other machines have other folders, so give it relative to the NWB file"
    )]
    AbsoluteVideo { path: String },

    #[error("{name} is no name for a table in an NWB file: {reason}")]
    Key { name: String, reason: &'static str },

    #[error("the file is HDF5, but no NWB file: it has no {missing}")]
    NotNwb { missing: &'static str },

    #[error("the file has something called {path} already")]
    Taken { path: String },

    #[error("row {row} of {column} has a text with a zero character, which HDF5 cannot keep")]
    Text { column: String, row: usize },

    #[error(
        "row {row} of {column} has a longer text than when it was first read: the table changed meanwhile"
    )]
    Changed { column: String, row: usize },

    #[error(
        "the label of row {row} is no whole number as it was when it was first read: the table changed meanwhile"
    )]
    LabelsChanged { row: usize },

    /// The table could not be read; its own error says where.
    #[error(transparent)]
    Read(TableError),

    #[error("{}", file_message(.0))]
    File(WriteError),
}

fn file_message(error: &WriteError) -> String {
    match (error.kind(), std::error::Error::source(error)) {
        (WriteErrorKind::Io(_), Some(source)) => format!("{error}: {source}"),
        _ => error.to_string(),
    }
}
