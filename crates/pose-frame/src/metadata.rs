//! What is known of a table beside its values.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// What is known of a table beside its values. Nothing here is ever guessed: what is not known is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Metadata {
    /// Frames per second of the video.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_rate_hz: Option<f64>,
    /// The video that the frames are of: a name or a relative path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video: Option<String>,
    /// Size of a video frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_size: Option<FrameSize>,
    /// Frames of the video. A table can have fewer rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_frames: Option<u64>,
    /// The part of every video frame that was looked at, where that was not all of it. Positions count from its upper
    /// left corner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crop: Option<Crop>,
    /// The project that the table belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<Project>,
    /// Pairs of bodyparts that are joined by a bone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skeleton_edges: Vec<(String, String)>,
    /// The file that the table was converted from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceFile>,
}

/// Width and height of a video frame.
///
/// # Units
///
/// Pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameSize {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// A part of a video frame: from `x_min` up to, and without, `x_max`, and so for `y`. The origin is the upper left corner
/// of the frame.
///
/// # Units
///
/// Pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crop {
    /// The first column.
    pub x_min: u32,
    /// The column after the last.
    pub x_max: u32,
    /// The first row.
    pub y_min: u32,
    /// The row after the last.
    pub y_max: u32,
}

impl Crop {
    /// The part between these borders; none when it would be empty.
    #[must_use]
    pub fn new(x: Range<u32>, y: Range<u32>) -> Option<Self> {
        let crop = Self { x_min: x.start, x_max: x.end, y_min: y.start, y_max: y.end };
        (!x.is_empty() && !y.is_empty()).then_some(crop)
    }

    /// How large it is.
    #[must_use]
    pub fn size(&self) -> FrameSize {
        FrameSize {
            width: self.x_max.saturating_sub(self.x_min),
            height: self.y_max.saturating_sub(self.y_min),
        }
    }

    /// Whether a frame of this size has it.
    #[must_use]
    pub fn is_within(&self, frame: FrameSize) -> bool {
        self.x_max <= frame.width && self.y_max <= frame.height
    }
}

/// A project, by what people called it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// What it is about: `Task` in DeepLabCut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// Who labels in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scorer: Option<String>,
}

/// The file that a table was converted from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its name, without the folder.
    pub name: String,
    /// The key of the table in it, where files of its format hold several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The BLAKE3 hash of its bytes when it was converted, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
}
