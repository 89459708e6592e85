//! What can go wrong.

use std::io;
use std::path::PathBuf;

use crate::ElementType;
use crate::ffmpeg::FfmpegError;

/// What the functions of this crate give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why arrays were not packed or unpacked.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<ErrorKind>);

/// The kinds of [`Error`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum ErrorKind {
    /// ffmpeg, or a video, is not what was needed.
    #[error(transparent)]
    Ffmpeg(#[from] FfmpegError),

    /// The array has a shape that has no place in a video.
    #[error("an array of shape {shape:?} cannot be laid out: {why}")]
    Shape { shape: Vec<usize>, why: &'static str },

    /// The contract makes no sense, or not for this array.
    #[error("the contract cannot be kept: {why}")]
    Contract { why: String },

    /// A plan contradicts itself, or claims what cannot be.
    #[error("the plan is damaged: {what}")]
    Plan { what: String },

    /// The bytes beside the videos are not those that the plan speaks of.
    #[error("the side data are damaged: {what}")]
    SideData { what: String },

    /// A frame is not the one that was expected.
    #[error("frame {frame} of stream {stream}: {what}")]
    Frame { stream: usize, frame: usize, what: String },

    /// Two arrays that belong together do not match.
    #[error("expected {expected} of shape {expected_shape:?}, found {found} of shape {found_shape:?}")]
    Mismatch {
        expected: ElementType,
        expected_shape: Vec<usize>,
        found: ElementType,
        found_shape: Vec<usize>,
    },

    /// A principal component analysis has nothing to work on.
    #[error("no principal components: {why}")]
    Components { why: &'static str },

    /// There is something of that name, and it is to stay.
    #[error("{}: exists already", .path.display())]
    Exists { path: PathBuf },

    /// A file or folder cannot be read or written.
    #[error("{}: {what}", .path.display())]
    Io { what: &'static str, path: PathBuf, source: io::Error },

    /// What is there is no pack.
    #[error("{}: is no pack: {why}", .path.display())]
    NotAPack { path: PathBuf, why: String },

    /// An encoder does not come as near to an array as it was asked to, even when it is set to its best.
    #[error(
        "time steps from {start} of the array {name:?} come back at {best_db:.2} dB at best instead of {target_db}; \
         samples of more bits or another encoder may do better"
    )]
    Psnr { name: String, start: usize, target_db: f64, best_db: f64 },

    /// The pack was written by a later version of this crate.
    #[error("{}: is of version {found} of the format, and this program reads versions up to {supported}", .path.display())]
    Version { path: PathBuf, found: u64, supported: u32 },

    /// The sidecar is not one that was ever written.
    #[error("{}: the sidecar is damaged: {what}", .path.display())]
    Sidecar { path: PathBuf, what: String },

    /// A file of the pack is not the one that was written.
    #[error("{}: is damaged: {what}", .path.display())]
    Damaged { path: PathBuf, what: String },

    /// An array has a name that another one has, or that cannot be one.
    #[error("{name:?} cannot be the name of an array: {why}")]
    Name { name: String, why: &'static str },

    /// The pack holds no array of this name.
    #[error("{}: holds no array {name:?}; there is {available}", .path.display())]
    NoArray { path: PathBuf, name: String, available: String },

    /// These time steps do not lie within the array.
    #[error("time steps {start}..{end} do not lie within the {steps} of the array")]
    Steps { start: usize, end: usize, steps: usize },

    /// There is not enough memory for what is to be restored.
    #[error("{bytes} bytes for the array are not to be had")]
    Memory { bytes: u64 },

    /// What was restored is not what was given: a defect of this crate, found before the pack was in place.
    #[error("the array {name:?} would not come back as promised: {what}; nothing was kept")]
    Broken { name: String, what: String },
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &ErrorKind {
        &self.0
    }

    pub(crate) fn plan(what: impl Into<String>) -> Self {
        ErrorKind::Plan { what: what.into() }.into()
    }

    pub(crate) fn contract(why: impl Into<String>) -> Self {
        ErrorKind::Contract { why: why.into() }.into()
    }

    pub(crate) fn side(what: impl Into<String>) -> Self {
        ErrorKind::SideData { what: what.into() }.into()
    }

    pub(crate) fn shape(shape: &[usize], why: &'static str) -> Self {
        ErrorKind::Shape { shape: shape.to_vec(), why }.into()
    }

    /// For `map_err`: what failed, and of which file.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |source| ErrorKind::Io { what, path: path.into(), source }.into()
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
