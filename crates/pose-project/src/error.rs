//! Why a file beside a table could not be read.

use std::io;
use std::path::PathBuf;

use pickle_data::PickleError;

/// Why a file beside a table could not be read. The message names the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum ProjectError {
    #[error("{}: cannot be read: {kind}", path.display())]
    Io { path: PathBuf, kind: io::ErrorKind },

    #[error("{}: is not a regular file", path.display())]
    NotAFile { path: PathBuf },

    #[error("{}: is too large: at most {limit} bytes are read", path.display())]
    TooLarge { path: PathBuf, limit: u64 },

    #[error("{}: cannot be decoded: {reason}", path.display())]
    Pickle { path: PathBuf, reason: PickleError },

    #[error("{}: byte {offset} is not UTF-8", path.display())]
    Text { path: PathBuf, offset: usize },

    #[error("{}: is not YAML at line {line}, column {column}: {what}", path.display())]
    Yaml { path: PathBuf, line: usize, column: usize, what: String },

    #[error("{}: is not what DeepLabCut writes: expected {expected}", path.display())]
    Layout { path: PathBuf, expected: &'static str },
}
