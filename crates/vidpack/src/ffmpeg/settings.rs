//! How a video is encoded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How frames become a video.
///
/// The same frames, settings and ffmpeg give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VideoSettings {
    /// What encodes.
    pub codec: Codec,
    /// The kind of file.
    pub container: Container,
    /// Threads that encode. Fixed and not the machine's number of cores, because what some encoders write depends on it.
    pub threads: u16,
}

impl VideoSettings {
    /// The threads that encode, when nothing else is said.
    pub const DEFAULT_THREADS: u16 = 4;

    /// Settings for a codec, in Matroska, which holds every codec.
    #[must_use]
    pub fn new(codec: Codec) -> Self {
        Self { codec, container: Container::Matroska, threads: Self::DEFAULT_THREADS }
    }

    /// Another kind of file.
    #[must_use]
    pub fn with_container(mut self, container: Container) -> Self {
        self.container = container;
        self
    }

    /// Another number of threads.
    #[must_use]
    pub fn with_threads(mut self, threads: u16) -> Self {
        self.threads = threads;
        self
    }
}

/// An encoder, and how it is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "encoder", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Codec {
    /// FFV1, version 3: lossless, each frame for itself.
    Ffv1(Ffv1),
    /// H.264, by libx264; RGB formats are not its own, name `libx264rgb` as [`Codec::Other`].
    X264(Lossy),
    /// H.265, by libx265.
    X265(Lossy),
    /// VP9, by libvpx.
    Vp9(Lossy),
    /// AV1, by libaom.
    AomAv1(Lossy),
    /// AV1, by SVT-AV1.
    SvtAv1(Lossy),
    /// Any encoder that ffmpeg has.
    Other {
        /// Its name.
        name: String,
        /// Options of ffmpeg and values, such as `("q:v", "2")`. They go on a command line as they are: they are trusted.
        options: Vec<(String, String)>,
    },
}

impl Codec {
    /// The name of the encoder in ffmpeg.
    #[must_use]
    pub fn encoder(&self) -> &str {
        match self {
            Self::Ffv1(_) => "ffv1",
            Self::X264(_) => "libx264",
            Self::X265(_) => "libx265",
            Self::Vp9(_) => "libvpx-vp9",
            Self::AomAv1(_) => "libaom-av1",
            Self::SvtAv1(_) => "libsvtav1",
            Self::Other { name, .. } => name,
        }
    }

    /// The least width and height. Smaller frames are refused; pad them.
    ///
    /// 16×16 for FFV1, which corrupts thin slices without a word: 1 pixel in ffmpeg 5.1, 3 pixels in 7. 64×64 for SVT-AV1, which
    /// refuses less, and for libx265: 3.5 writes beyond its memory where its largest block is larger than the frame, which mostly ends in
    /// an abort (seen at 40×48).
    #[must_use]
    pub fn min_frame_size(&self) -> (u32, u32) {
        match self {
            Self::Ffv1(_) => (16, 16),
            Self::X265(_) | Self::SvtAv1(_) => (64, 64),
            _ => (1, 1),
        }
    }
}

/// How FFV1 is set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ffv1 {
    /// How differences become bits.
    pub coder: Ffv1Coder,
    /// How much of the neighbourhood a difference is predicted from. When it is not said: more where there are enough pixels to
    /// learn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Ffv1Context>,
    /// After how many frames the coder forgets what it has learnt. When it is not said: after each one, so that each can be
    /// decoded alone; a pack has segments that are decoded whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyframe_interval: Option<u32>,
    /// Into how many parts a frame is cut, each coded for itself. When it is not said: by size, and never too thin.
    pub slices: Option<u16>,
}

/// The entropy coder of FFV1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ffv1Coder {
    /// Golomb-Rice, faster; only for eight bits.
    Rice,
    /// A range coder with the default states.
    #[default]
    Range,
    /// A range coder with states of its own.
    RangeTable,
}

/// The context model of FFV1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ffv1Context {
    /// Three neighbours.
    Small,
    /// Five neighbours: slower, better on large frames.
    Large,
}

/// How an encoder that may lose is set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lossy {
    /// How much may be lost.
    pub quality: Quality,
    /// The encoder's own name for a trade of time against size: a word for x264 and x265, a number for the others.
    pub preset: Option<String>,
    /// Frames from one that is coded for itself to the next.
    pub keyframe_interval: Option<u32>,
    /// Further options of ffmpeg and values. They go on a command line as they are: they are trusted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<(String, String)>,
}

impl Lossy {
    /// Everything but the quality as the encoder has it.
    #[must_use]
    pub fn new(quality: Quality) -> Self {
        Self { quality, preset: None, keyframe_interval: None, options: Vec::new() }
    }

    /// With a preset.
    #[must_use]
    pub fn with_preset(mut self, preset: impl Into<String>) -> Self {
        self.preset = Some(preset.into());
        self
    }

    /// With keyframes at least this often.
    #[must_use]
    pub fn with_keyframe_interval(mut self, frames: u32) -> Self {
        self.keyframe_interval = Some(frames);
        self
    }
}

/// What is asked of an encoder that may lose.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Quality {
    /// Nothing. Encoders have been seen to break this promise: decode and compare.
    Lossless,
    /// A constant rate factor.
    Crf(f32),
    /// A constant quantiser.
    Qp(u8),
    /// Thousands of bits for each second of 25 frames.
    KilobitsPerSecond(u32),
}

/// The kind of file around a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Container {
    /// `.mkv`: holds every codec, and attachments.
    Matroska,
    /// `.mp4`: no FFV1.
    Mp4,
    /// `.webm`: VP9 and AV1.
    Webm,
}

impl Container {
    /// The extension of its files.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Matroska => "mkv",
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
        }
    }

    /// Whether it holds what this codec writes. Encoders that are only named are left to ffmpeg.
    #[must_use]
    pub fn holds(self, codec: &Codec) -> bool {
        match self {
            Self::Matroska => true,
            Self::Mp4 => !matches!(codec, Codec::Ffv1(_)),
            Self::Webm => !matches!(codec, Codec::Ffv1(_) | Codec::X264(_) | Codec::X265(_)),
        }
    }

    pub(super) fn muxer(self) -> &'static str {
        match self {
            Self::Matroska => "matroska",
            Self::Mp4 => "mp4",
            Self::Webm => "webm",
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}
