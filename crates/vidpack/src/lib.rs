//! Numeric arrays in video files, bit for bit or within a stated bound, verified.
//!
//! What stands here so far is the layer that runs ffmpeg: [`VideoWriter`] encodes raw frames, [`VideoReader`] decodes them, and
//! nothing that ffmpeg does to numbers goes unnoticed.

mod error;
mod ffmpeg;

pub use error::{Error, ErrorKind, Result};
pub use ffmpeg::{
    Codec, Container, Ffmpeg, FfmpegError, Ffv1, Ffv1Coder, Ffv1Context, FrameFormat, Lossy,
    MAX_ATTACHMENT_NAME, PixelFormat, Quality, ReadSummary, VideoInfo, VideoReader, VideoSettings,
    VideoSummary, VideoWriter, attach, attachment, count_frames,
};
