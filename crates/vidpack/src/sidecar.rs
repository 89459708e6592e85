//! The sidecar: what a pack holds, and everything that it takes to restore it, as JSON.
//!
//! `FORMAT.md` describes it for other programs.

mod checksum;
mod read;

use serde::{Deserialize, Serialize};

pub use checksum::Checksum;
pub(crate) use checksum::Hasher;

use crate::{Contract, ElementType, FrameFormat, Measured, SegmentPlan, VideoSettings};

/// The name of the sidecar in the folder of a pack, and of the attachment in its videos.
pub const SIDECAR_NAME: &str = "vidpack.json";

/// The version of the format that this crate writes. Older ones are read, newer ones refused.
pub const FORMAT_VERSION: u32 = 1;

/// What a pack holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Sidecar {
    /// Always `vidpack`.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// What wrote the pack, with its version.
    pub writer: String,
    /// The version of the ffmpeg that encoded it.
    pub ffmpeg: String,
    /// The arrays, in the order in which they were added.
    pub arrays: Vec<ArrayEntry>,
}

/// One array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ArrayEntry {
    /// What the caller calls it.
    pub name: String,
    /// The type of its elements.
    pub element: ElementType,
    /// The length of each axis, time first.
    pub shape: Vec<usize>,
    /// What was promised about the values that come back.
    pub contract: Contract,
    /// Of the elements as they were given: little-endian, the last axis fastest.
    pub original: Checksum,
    /// Of the elements as they come back. In a lossless pack it is that of the original.
    pub restored: Checksum,
    /// How far what comes back is from the original, where it may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
    /// The files that hold it, in the order of time.
    pub parts: Vec<PartEntry>,
}

/// A run of segments whose frames are of the same kinds, so that they share videos.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct PartEntry {
    /// The videos: each holds some of the streams as tracks. None where nothing needs one.
    pub videos: Vec<VideoEntry>,
    /// The file with what stands beside the frames: values that are kept exactly, one segment after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<SideEntry>,
    /// The segments, in the order of time.
    pub segments: Vec<SegmentEntry>,
}

/// A video file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VideoEntry {
    /// Its name in the folder.
    pub file: String,
    /// Its tracks: each is a stream of the segments. The streams of a part are the tracks of all its videos, in order.
    pub tracks: Vec<TrackEntry>,
}

/// A track of a video.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct TrackEntry {
    /// The size of its frames, and how a pixel is stored.
    pub frame: FrameFormat,
    /// How many frames there are.
    pub frames: u64,
    /// How they were encoded.
    pub settings: VideoSettings,
}

/// The file with what stands beside the frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SideEntry {
    /// Its name in the folder, and of the attachment in the first video of the part.
    pub file: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// Of these bytes.
    pub checksum: Checksum,
}

/// Some time steps, planned together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SegmentEntry {
    /// How to restore them. Its shape has fewer time steps than the array's.
    pub plan: SegmentPlan,
    /// Of the frames of each of its streams, as the decoder has to give them back.
    pub frames: Vec<Checksum>,
    /// How many bytes of the side file are its own.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub side_bytes: u64,
}

impl SegmentEntry {
    /// How many time steps it has.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.plan.shape.first().copied().unwrap_or(0)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
fn is_zero(bytes: &u64) -> bool {
    *bytes == 0
}
