//! Numeric arrays in video files, bit for bit or within a stated bound, verified.

mod array;
mod choose;
mod contract;
mod error;
mod ffmpeg;
mod layout;
mod mask;
mod pack;
mod pca;
mod plan;
mod quality;
mod restore;
mod segment;
mod sidecar;
mod staging;
mod transform;

pub use array::{Array, ArrayView, Element, ElementType};
pub use contract::{Bound, Contract, Options, Planes};
pub use error::{Error, ErrorKind, Result};
pub use ffmpeg::{
    Codec, Container, Ffmpeg, FfmpegError, Ffv1, Ffv1Coder, Ffv1Context, FrameFormat, Lossy,
    MAX_ATTACHMENT_NAME, PixelFormat, Quality, ReadSummary, VideoInfo, VideoReader, VideoSettings,
    VideoSummary, VideoWriter, attach, attachment, count_frames, join,
};
pub use layout::{Layout, MAX_CHANNELS, MAX_SEGMENT_BYTES, MIN_SIDE};
pub use pack::{
    ArrayOptions, ArrayWriter, Measured, MeasuredChannel, OnProgress, Pack, PackOptions, PackWriter,
    PackedArray, Progress, Stage, Verify,
};
pub use pca::Components;
pub use plan::{Bits, ChannelPlan, Content, MixedChannel, MixturePlan, SegmentPlan, StreamPlan};
pub use restore::Restorer;
pub use segment::Segment;
pub use sidecar::{
    ArrayEntry, Checksum, FORMAT_VERSION, PartEntry, SIDECAR_NAME, SegmentEntry, SideEntry, Sidecar,
    TrackEntry, VideoEntry,
};
pub use staging::Existing;
pub use transform::{Predictor, Scheme};
