//! What can go wrong with ffmpeg and with videos.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::{Container, FrameFormat, PixelFormat};

/// Why a video was not written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum FfmpegError {
    #[error("{}: cannot be started; ffmpeg 4.4 or later is needed (Debian and Ubuntu: apt-get install ffmpeg)", .program.display())]
    Missing { program: PathBuf, source: io::Error },

    #[error("{}: {reason}", .program.display())]
    Unusable { program: PathBuf, reason: String },

    #[error("ffmpeg {version} has no encoder {encoder}")]
    NoEncoder { encoder: String, version: String },

    #[error("encoder {encoder} of ffmpeg {version} does not take {} pixels", .pixel_format.ffmpeg_name())]
    NoPixelFormat { encoder: String, pixel_format: PixelFormat, version: String },

    #[error("{encoder} has no setting for {setting}")]
    NoSetting { encoder: String, setting: &'static str },

    #[error("`{text}` is no {what} that ffmpeg can be given")]
    BadName { what: &'static str, text: String },

    #[error("{container} does not hold {encoder}")]
    NotInContainer { container: Container, encoder: String },

    #[error("{container} holds no attachments")]
    NoAttachments { container: Container },

    #[error("frames of {format} are too small for {encoder}, which needs {width}x{height}")]
    TooSmall { format: FrameFormat, encoder: String, width: u32, height: u32 },

    #[error("frames of {format} are more than ffmpeg takes, which is about 268 million pixels")]
    TooLarge { format: FrameFormat },

    #[error("frames of {format} have a size that is no multiple of {width}x{height}")]
    Uneven { format: FrameFormat, width: u32, height: u32 },

    #[error("{slices} slices of frames of {format} are not to be had, or would be thinner than is safe")]
    Slices { format: FrameFormat, slices: u16 },

    #[error("a frame has {found} bytes instead of {expected}")]
    FrameLength { expected: usize, found: usize },

    #[error("a number in a frame is larger than {} pixels hold, which have {} bits", .pixel_format.ffmpeg_name(), .pixel_format.bits())]
    NumberTooLarge { pixel_format: PixelFormat },

    #[error("frames {start}..{end} are no range")]
    FrameRange { start: u64, end: u64 },

    #[error("{}: exists already", .path.display())]
    Exists { path: PathBuf },

    #[error("{}: cannot {action}", .path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },

    #[error("{}: ffmpeg {version} could not {action} ({status}): {message}", .path.display())]
    Failed { action: &'static str, path: PathBuf, version: String, status: String, message: String },

    #[error(
        "{}: ffmpeg {version} did nothing for {} s when it was to {action}: {message}",
        .path.display(), .waited.as_secs_f32()
    )]
    Stalled { action: &'static str, path: PathBuf, version: String, waited: Duration, message: String },

    #[error("{}: {found} frames instead of {expected}", .path.display())]
    FrameCount { path: PathBuf, expected: u64, found: u64 },

    #[error("{}: neither Matroska nor MP4", .path.display())]
    NoVideo { path: PathBuf },

    #[error("{}: holds {found}, not {expected}", .path.display())]
    OtherVideo { path: PathBuf, expected: FrameFormat, found: String },

    #[error("{}: has no attachment {name}", .path.display())]
    AttachmentMissing { path: PathBuf, name: String },

    #[error("{}: has an attachment {name} already", .path.display())]
    AttachmentExists { path: PathBuf, name: String },

    #[error("{}: attachment {name} has more than {limit} bytes", .path.display())]
    AttachmentTooLarge { path: PathBuf, name: String, limit: u64 },

    #[error("{}: is not the same after something was attached, so it was left as it was", .path.display())]
    AttachmentHarms { path: PathBuf },
}
