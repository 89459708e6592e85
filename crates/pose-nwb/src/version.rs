//! The versions of ndx-pose.

use std::fmt;
use std::str::FromStr;

/// The version of ndx-pose that a file is written in.
///
/// | version | what is different |
/// |---|---|
/// | 0.2 | videos are named by their paths alone |
/// | 0.3 | a video may also be linked: what every reader of 0.2 reads |
/// | 0.4 | paths of videos give way to the link |
///
/// Files of 0.1 are read, and no longer written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NdxPose {
    /// 0.2.0, as it stands in ndx-pose 0.2.2.
    V0_2,
    /// 0.3.0.
    #[default]
    V0_3,
    /// 0.4.0.
    V0_4,
}

impl NdxPose {
    /// All that are written.
    pub const ALL: [Self; 3] = [Self::V0_2, Self::V0_3, Self::V0_4];

    /// Whether a video can be linked.
    pub(crate) fn links_videos(self) -> bool {
        self > Self::V0_2
    }

    /// Whether videos are named by their paths.
    pub(crate) fn names_videos(self) -> bool {
        self < Self::V0_4
    }
}

impl fmt::Display for NdxPose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V0_2 => "0.2.0",
            Self::V0_3 => "0.3.0",
            Self::V0_4 => "0.4.0",
        })
    }
}

/// There is no such version, or none that is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ndx-pose {text} is not written: there is 0.2.0, 0.3.0 and 0.4.0")]
pub struct UnknownVersion {
    text: String,
}

impl FromStr for NdxPose {
    type Err = UnknownVersion;

    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let known = Self::ALL.into_iter().find(|version| {
            let full = version.to_string();
            text == full || full.strip_suffix(".0") == Some(text)
        });
        known.ok_or_else(|| UnknownVersion { text: text.to_owned() })
    }
}
