//! What is known of a table beside its values.

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

/// The file that a table was converted from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Its name, without the folder.
    pub name: String,
    /// The key of the table in it, where files of its format hold several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}
