//! Numeric arrays in video files, bit for bit or within a stated bound, verified.
//!
//! A [`PackWriter`] makes a folder of videos with a sidecar of any number of arrays; a [`Pack`] gives them back, whole or some time
//! steps of them. Codecs promise much: here nothing is taken for kept that was not decoded and compared.
//!
//! | [contract](Contract) | what comes back |
//! |---|---|
//! | [`Lossless`](Contract::Lossless) | every bit, of NaN, infinities and negative zeros too |
//! | [`MaxError`](Contract::MaxError) | every finite value to within a bound, for all or for each channel; all others exactly |
//! | [`Quality`](Contract::Quality) | what a codec for pictures leaves, by a rate factor or a [target](ArrayOptions::target_psnr_db); how far that is from the original is measured and kept with it |
//!
//! Arrays are of `f32`, `f64`, integers of 8 to 64 bits or `bool`, with any number of axes, time first. [`Layout`] says how they
//! become pictures. Segments of some 32 MiB are planned, packed and read alone, so that memory stays bounded and a range of time steps
//! decodes no more than the segments it lies in.
//!
//! # What is needed
//!
//! An ffmpeg of 4.4 or later, [found](Ffmpeg::find) on the search path or named. It is asked what it can do, and what it cannot is an
//! error with its version. Videos are read as local files and nothing else, whatever they or their names say.
//!
//! # Features
//!
//! | feature | by default | gives | crates |
//! |---|---|---|---|
//! | `download-ffmpeg` | no | `Ffmpeg::download`: fetches an ffmpeg for this platform, when it is called | 34 more, a TLS stack among them |
//!
//! # Examples
//!
//! ```no_run
//! use ndarray::Array;
//! use vidpack::{ArrayOptions, Ffmpeg, Pack, PackOptions, PackWriter};
//!
//! let depth = Array::from_shape_fn((300, 48, 64), |(t, y, x)| (t + y * x) as f64 * 0.001);
//! let ffmpeg = Ffmpeg::find()?;
//! let mut pack = PackWriter::create("depth.vidpack", &ffmpeg, PackOptions::default())?;
//! pack.add("depth", depth.view(), &ArrayOptions::max_error(0.0005))?;
//! pack.finish()?;
//!
//! let vidpack::Array::F64(second) = Pack::open("depth.vidpack", &ffmpeg)?.array("depth")?.read(25..50)? else {
//!     unreachable!("it was packed as f64")
//! };
//! assert!(second.iter().zip(depth.slice(ndarray::s![25..50, .., ..])).all(|(a, b)| (a - b).abs() <= 0.0005));
//! # Ok::<(), vidpack::Error>(())
//! ```
//!
//! The format of a pack is described in [`format`](mod@format).

#[doc = include_str!("../FORMAT.md")]
pub mod format {}

mod array;
mod choose;
mod contract;
mod error;
mod ffmpeg;
mod layout;
mod mask;
mod matroska;
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
pub use plan::{Above, Bits, ChannelPlan, Content, MixedChannel, MixturePlan, SegmentPlan, StreamPlan};
pub use restore::Restorer;
pub use segment::Segment;
pub use sidecar::{
    ArrayEntry, Checksum, FORMAT_VERSION, PartEntry, SIDECAR_NAME, SegmentEntry, SideEntry, Sidecar,
    TrackEntry, VideoEntry,
};
pub use staging::Existing;
pub use transform::{Predictor, Scheme};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
