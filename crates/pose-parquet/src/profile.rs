//! What a file is made for: small, quick, or read by everything.

use parquet::basic::{Compression, Encoding, ZstdLevel};

/// What a file is made for. All profiles hold the same values, bit for bit; they differ in size, speed and in who can
/// read them. `FORMAT.md` has what was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// Quick to write and to read, and nearly as small as it gets: floats split into byte streams, zstd level 1. The
    /// default.
    #[default]
    Fast,
    /// As small as it gets, at twenty to forty times the time of writing: each column chunk laid out as it is smaller, and
    /// zstd's high levels. That saves a tenth of a short table, one or two percent of a long one, and a fifth of what a
    /// median filter passed over. Reads as quickly as `Fast`.
    Compact,
    /// For readers that do not know byte streams, such as fastparquet and arrow2: plain floats, zstd level 3.
    Portable,
}

/// How floats are laid out in a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FloatLayout {
    /// Byte streams: the first byte of every value, then the second of every value.
    Streams,
    /// One value after the other.
    Plain,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Self; 3] = [Self::Fast, Self::Compact, Self::Portable];

    /// The name of the profile, as on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fast => "fast",
            Self::Compact => "compact",
            Self::Portable => "portable",
        }
    }

    /// How floats are laid out: of several ways the one that takes the least at zstd's level 1 is chosen for each column
    /// chunk.
    pub(crate) fn float_layouts(self) -> (FloatLayout, &'static [FloatLayout]) {
        match self {
            Self::Fast => (FloatLayout::Streams, &[]),
            // A filter repeats values: they are found again when they are whole.
            Self::Compact => (FloatLayout::Streams, &[FloatLayout::Plain]),
            Self::Portable => (FloatLayout::Plain, &[]),
        }
    }

    /// The window of zstd for floats, as a power of two, where it is not what comes with the level.
    ///
    /// zstd's blocks are as large as its window at most. A byte stream of a full page has 65,536 bytes: with blocks of that size
    /// each has a code of its own, and is not gone through twice to see whether it should.
    pub(crate) fn float_window_log(self) -> Option<u32> {
        (self == Self::Fast).then_some(16)
    }

    /// The encoding of whole numbers; none is a dictionary where one helps, and plain values otherwise.
    pub(crate) fn integer_encoding(self) -> Option<Encoding> {
        match self {
            Self::Fast | Self::Compact => Some(Encoding::DELTA_BINARY_PACKED),
            Self::Portable => None,
        }
    }

    /// zstd's level for floats. Between 1 and 19 streams of noise only take longer, and whole values gain little above 9,
    /// at a tenth of the speed.
    pub(crate) fn float_level(self, layout: FloatLayout) -> i32 {
        match (self, layout) {
            (Self::Fast, _) => 1,
            (Self::Compact, FloatLayout::Streams) => 19,
            (Self::Compact, FloatLayout::Plain) => 9,
            (Self::Portable, _) => 3,
        }
    }

    /// How whole numbers are compressed. Packed differences of a count of frames take next to nothing, and zstd's working
    /// memory takes long to make for them.
    pub(crate) fn integer_compression(self) -> Compression {
        match self {
            Self::Fast => Compression::UNCOMPRESSED,
            Self::Compact | Self::Portable => self.compression(),
        }
    }

    /// How text and the like is compressed.
    pub(crate) fn compression(self) -> Compression {
        let level = match self {
            Self::Fast => 1,
            Self::Compact => 19,
            Self::Portable => 3,
        };
        Compression::ZSTD(ZstdLevel::try_new(level).expect("it is one of zstd's levels"))
    }
}

impl FloatLayout {
    pub(crate) fn encoding(self) -> Encoding {
        match self {
            Self::Streams => Encoding::BYTE_STREAM_SPLIT,
            Self::Plain => Encoding::PLAIN,
        }
    }
}
