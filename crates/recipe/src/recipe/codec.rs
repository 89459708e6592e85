//! What encodes an array.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What encodes an array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Codec {
    /// No video: blocks of numbers, packed by pco. Each column can be read without the others.
    Pco {
        /// From 0 to 12: higher ones pack a little smaller, and take longer.
        #[serde(default = "Codec::default_level")]
        level: u8,
    },
    /// FFV1 in Matroska. All columns of the array are decoded to read one. All are of one type.
    Ffv1 {},
    /// A codec for pictures, which may lose something of every value. All columns are of one type.
    Lossy {
        /// Which.
        encoder: Encoder,
        /// Its rate factor: smaller ones lose less. Where none is said, it is found: the largest that keeps the contract.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        crf: Option<f32>,
        /// The encoder's own name for a trade of time against size: a word for x264 and x265, a number for the others.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preset: Option<String>,
    },
}

impl Codec {
    /// The level of pco, where none is said.
    pub const DEFAULT_LEVEL: u8 = 8;

    /// The largest level of pco.
    pub const MAX_LEVEL: u8 = 12;

    /// The largest rate factor of any encoder.
    pub const MAX_CRF: f32 = 63.0;

    fn default_level() -> u8 {
        Self::DEFAULT_LEVEL
    }

    /// pco with the level where none is said.
    #[must_use]
    pub fn pco() -> Self {
        Self::Pco { level: Self::DEFAULT_LEVEL }
    }

    pub(crate) fn is_video(&self) -> bool {
        !matches!(self, Self::Pco { .. })
    }
}

/// For people.
impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pco { level } => write!(f, "blocks (pco, level {level})"),
            Self::Ffv1 {} => f.write_str("video (FFV1)"),
            Self::Lossy { encoder, crf: Some(crf), .. } => write!(f, "video ({encoder}, rate factor {crf})"),
            Self::Lossy { encoder, crf: None, .. } => write!(f, "video ({encoder})"),
        }
    }
}

/// Encoders of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Encoder {
    /// H.264, by libx264: 8 or 10 bits.
    X264,
    /// H.265, by libx265: 8, 10 or 12 bits.
    X265,
    /// VP9, by libvpx: 8, 10 or 12 bits.
    Vp9,
    /// AV1, by libaom: 8, 10 or 12 bits.
    AomAv1,
    /// AV1, by SVT-AV1: 8 or 10 bits.
    SvtAv1,
}

impl Encoder {
    /// How many bits a sample can have, the best last.
    #[must_use]
    pub fn bits(self) -> &'static [u8] {
        match self {
            Self::X264 | Self::SvtAv1 => &[8, 10],
            Self::X265 | Self::Vp9 | Self::AomAv1 => &[8, 10, 12],
        }
    }

    /// What `vidpack` calls it, set like this.
    pub(crate) fn codec(self, lossy: vidpack::Lossy) -> vidpack::Codec {
        match self {
            Self::X264 => vidpack::Codec::X264(lossy),
            Self::X265 => vidpack::Codec::X265(lossy),
            Self::Vp9 => vidpack::Codec::Vp9(lossy),
            Self::AomAv1 => vidpack::Codec::AomAv1(lossy),
            Self::SvtAv1 => vidpack::Codec::SvtAv1(lossy),
        }
    }

    /// What a preset is among those of the encoder, as far as that is known before ffmpeg is asked.
    pub(crate) fn takes_preset(self, preset: &str) -> bool {
        const WORDS: [&str; 10] = [
            "ultrafast",
            "superfast",
            "veryfast",
            "faster",
            "fast",
            "medium",
            "slow",
            "slower",
            "veryslow",
            "placebo",
        ];
        match self {
            Self::X264 | Self::X265 => WORDS.contains(&preset),
            Self::Vp9 | Self::AomAv1 => preset.parse::<i8>().is_ok_and(|number| (-8..=8).contains(&number)),
            Self::SvtAv1 => preset.parse::<u8>().is_ok_and(|number| number <= 13),
        }
    }
}

/// For people: what it encodes.
impl fmt::Display for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::X264 => "H.264",
            Self::X265 => "H.265",
            Self::Vp9 => "VP9",
            Self::AomAv1 | Self::SvtAv1 => "AV1",
        })
    }
}

/// What a pixel of a codec for pictures is.
///
/// Encoders that know no gray take it as the luma of a picture without colour; what is decoded is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PixelFormat {
    /// A sample of 8 bits: channels stand below each other in one plane.
    Gray,
    /// A sample of 10 bits.
    Gray10,
    /// A sample of 12 bits.
    Gray12,
    /// Three samples of 8 bits: three channels are the planes of one picture.
    Yuv444p,
    /// Three samples of 10 bits.
    Yuv444p10,
    /// Three samples of 12 bits.
    Yuv444p12,
}

impl PixelFormat {
    /// How many bits a sample has.
    #[must_use]
    pub fn bits(self) -> u8 {
        match self {
            Self::Gray | Self::Yuv444p => 8,
            Self::Gray10 | Self::Yuv444p10 => 10,
            Self::Gray12 | Self::Yuv444p12 => 12,
        }
    }

    pub(crate) fn planes(self) -> vidpack::Planes {
        match self {
            Self::Gray | Self::Gray10 | Self::Gray12 => vidpack::Planes::Stacked,
            Self::Yuv444p | Self::Yuv444p10 | Self::Yuv444p12 => vidpack::Planes::Three,
        }
    }
}
