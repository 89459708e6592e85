//! What can go wrong.

use crate::ffmpeg::FfmpegError;

/// What the functions of this crate give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why arrays were not packed or unpacked.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<ErrorKind>);

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }
}

impl From<ErrorKind> for Error {
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<FfmpegError> for Error {
    fn from(error: FfmpegError) -> Self {
        ErrorKind::from(error).into()
    }
}

/// The kinds of [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// ffmpeg, or a video, is not what was needed.
    #[error(transparent)]
    Ffmpeg(#[from] FfmpegError),
}
