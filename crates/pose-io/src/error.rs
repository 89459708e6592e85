//! What can go wrong with files.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::path::PathBuf;

use pose_frame::{Difference, TableError};

use crate::Format;

/// Why a file could not be opened, converted or migrated.
#[derive(Debug)]
pub struct PoseIoError(Box<PoseIoErrorKind>);

impl PoseIoError {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &PoseIoErrorKind {
        &self.0
    }

    /// The error and its causes in one line. What an error says of its cause itself is not repeated.
    #[cfg(all(feature = "hdf5", feature = "parquet"))]
    pub(crate) fn with_causes(&self) -> String {
        let mut line = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !line.contains(&text) {
                line.push_str(": ");
                line.push_str(&text);
            }
            cause = error.source();
        }
        line
    }

    /// An operating system's error, with what was being done to which file.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| PoseIoErrorKind::Io { action, path, source }.into()
    }

    /// A format's own error, which names the file already.
    #[cfg_attr(
        not(any(feature = "csv", feature = "hdf5", feature = "nwb", feature = "parquet")),
        allow(dead_code, reason = "no format is there to fail")
    )]
    pub(crate) fn format(source: impl StdError + Send + Sync + 'static) -> Self {
        PoseIoErrorKind::Format { source: Box::new(source) }.into()
    }
}

impl fmt::Display for PoseIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for PoseIoError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source()
    }
}

impl From<PoseIoErrorKind> for PoseIoError {
    fn from(kind: PoseIoErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<TableError> for PoseIoError {
    fn from(source: TableError) -> Self {
        PoseIoErrorKind::Format { source: Box::new(source) }.into()
    }
}

/// The kinds of [`PoseIoError`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum PoseIoErrorKind {
    #[error("{}: no such file{}", path.display(), looked_for.as_ref().map(|other| format!(", and no {} either", other.display())).unwrap_or_default())]
    NotFound { path: PathBuf, looked_for: Option<PathBuf> },

    #[error("{}: {action}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },

    #[error("{}: neither an hdf5, nwb nor parquet file, nor csv by its name or first line: {found}", path.display())]
    UnknownFormat { path: PathBuf, found: String },

    #[error("{}: is a {format} file, whatever its name", path.display())]
    NotHdf5 { path: PathBuf, format: Format },

    #[error("{}: is no nwb file, whatever its name", path.display())]
    NotNwb { path: PathBuf },

    #[error("{}: support for {format} files was left out of this build", path.display())]
    FormatDisabled { path: PathBuf, format: Format },

    #[error("{}: is in a store, and the feature `object-store` was left out of this build", path.display())]
    StoresDisabled { path: PathBuf },

    #[error("{}: {format} files are read and written on disks only; in stores it is parquet", path.display())]
    NotInStores { path: PathBuf, format: Format },

    #[error("{}: {format} files hold one table, so there is no key {key:?}", path.display())]
    NoKeys { path: PathBuf, format: Format, key: String },

    #[error("{}: cannot be made wide: {source}", path.display())]
    NotLong { path: PathBuf, source: TableError },

    #[error("{}: {source}", path.display())]
    NotFiltered { path: PathBuf, source: TableError },

    #[error("{}: has no individuals, so there is no file for each", path.display())]
    NoIndividuals { path: PathBuf },

    #[error("{}: a file for each individual is a new NWB file in a folder of this machine", path.display())]
    NotPerIndividual { path: PathBuf },

    #[error("{}: one subject_id cannot be that of {individuals} individuals", path.display())]
    OneSubject { path: PathBuf, individuals: usize },

    #[error("{}: cannot be written: {source}", path.display())]
    NotWritten { path: PathBuf, source: Box<dyn StdError + Send + Sync> },

    #[error("{} is in use by another program and is left as it is", path.display())]
    InUse { path: PathBuf },

    /// Another name would go on leading to the file as it was.
    #[error("{} is a file with {names} names, which adding to it would part", path.display())]
    SeveralNames { path: PathBuf, names: u64 },

    #[error("{}: the format cannot be told from the file's name", path.display())]
    NoTargetFormat { path: PathBuf },

    #[error("{} exists already", path.display())]
    Exists { path: PathBuf },

    #[error("{} is the file that is being read", path.display())]
    SameFile { path: PathBuf },

    #[error("{} exists already and is not the same table: {difference}", path.display())]
    ExistsAndDiffers { path: PathBuf, difference: Difference },

    #[error("{} exists already and {reason}", path.display())]
    ExistsAndIsOther { path: PathBuf, reason: String },

    /// Someone asked for it.
    #[error("{}: stopped, nothing was written", path.display())]
    Stopped { path: PathBuf },

    /// What was written is not what was read. Nothing was put in place, and no source was touched.
    #[error("{}: verification failed, nothing was written: {difference}", path.display())]
    NotVerified { path: PathBuf, difference: Difference },

    #[error("{}: the pattern is not one of file names: {reason}", pattern)]
    Pattern { pattern: String, reason: String },

    /// Two sources have one target; neither is migrated, so that neither is lost.
    #[error("{} would be written from {} too", path.display(), other.display())]
    SharedTarget { path: PathBuf, other: PathBuf },

    /// What is there may be the only copy of something else: it is not replaced even when forced.
    #[error("{} exists already and is not replaced: {reason}", path.display())]
    NotReplaced { path: PathBuf, reason: String },

    /// What was read may be neither the file that was nor the one that is.
    #[error("{}: it changed while it was read", path.display())]
    Changed { path: PathBuf },

    #[error("{}: {reason}", path.display())]
    NotAsReported { path: PathBuf, reason: String },

    #[error("{}: {reason}", path.display())]
    Report { path: PathBuf, reason: String },

    /// A defect, contained to one file.
    #[error("{}: this is a defect of pose, please report it: {what}", path.display())]
    Defect { path: PathBuf, what: String },

    #[error("{}: migrated, but not removed: {reason}", path.display())]
    NotRemoved { path: PathBuf, reason: String },

    /// The file holds several tables, and none of them was chosen, or one that is not there.
    #[error(transparent)]
    ChooseTable { source: Box<dyn StdError + Send + Sync> },

    /// A format's own error, which names the file and the place in it.
    #[error(transparent)]
    Format { source: Box<dyn StdError + Send + Sync> },
}
