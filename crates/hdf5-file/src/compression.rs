//! Chunks, compressed as h5py and PyTables do it.
//!
//! Knows nothing of HDF5 files: bytes go in and come out, and [`Encoder::filters`] says what has to be noted in the
//! file so that a reader undoes it.

#[cfg(feature = "pytables-filters")]
mod blosc;

use std::fmt;

use flate2::{Compress, FlushCompress, Status};

use crate::Filter;
#[cfg(feature = "pytables-filters")]
pub use blosc::BloscCodec;

/// How a chunk is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all: readers take the values from the file as they are.
    #[default]
    None,
    /// With zlib, which every HDF5 library reads.
    Zlib {
        /// How hard it tries.
        level: Level,
        /// Whether the bytes of values are sorted before.
        shuffle: Shuffle,
    },
    /// With Blosc, version 1, which PyTables brings along: h5py needs a plugin for it. Needs the feature
    /// `pytables-filters`.
    #[cfg(feature = "pytables-filters")]
    Blosc {
        /// What compresses its blocks.
        codec: BloscCodec,
        /// How hard it tries.
        level: Level,
        /// Whether the bytes of values are sorted before.
        shuffle: Shuffle,
    },
}

/// How hard compression tries: from 1, quick, to 9, small.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u8);

/// Whether the bytes of values are sorted by their place before compression, first all first bytes, then all second
/// ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shuffle {
    /// They stay where they are.
    Off,
    /// They are sorted, as PyTables does unless told otherwise: numbers compress better.
    #[default]
    Bytes,
}

/// Compresses chunks, one after the other: what it needs for that is kept between them.
///
/// # Examples
///
/// ```
/// use hdf5_file::compression::{Compression, Encoder, Level, Shuffle};
///
/// let level = Level::new(5).ok_or("a level")?;
/// let mut encoder = Encoder::new(Compression::Zlib { level, shuffle: Shuffle::Bytes }, 8);
/// let (chunk, mut stored) = ([0; 800], Vec::new());
/// encoder.encode(&chunk, &mut stored)?;
/// assert!(stored.len() < 100);
/// assert_eq!(encoder.filters(chunk.len()).len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Encoder {
    compression: Compression,
    type_bytes: usize,
    shuffled: Vec<u8>,
    zlib: Option<Compress>,
    #[cfg(feature = "pytables-filters")]
    blosc: blosc::Encoder,
}

/// Why a chunk was not compressed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the message of each kind says what its fields are")]
pub enum CompressionError {
    #[cfg(feature = "pytables-filters")]
    #[error("a chunk of {found} bytes is too large for Blosc: at most {limit}")]
    TooLarge { found: usize, limit: usize },

    /// The codec gave up, which it does when there is no memory for it.
    #[error("{codec} failed: {what}")]
    Codec { codec: &'static str, what: String },
}

impl Level {
    /// A level from 1 to 9; nothing for others.
    #[must_use]
    pub const fn new(level: u8) -> Option<Self> {
        if matches!(level, 1..=9) { Some(Self(level)) } else { None }
    }

    /// As a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Encoder {
    /// For values of this many bytes: of a table, the bytes of a row.
    #[must_use]
    pub fn new(compression: Compression, type_bytes: usize) -> Self {
        Self {
            compression,
            type_bytes: type_bytes.max(1),
            shuffled: Vec::new(),
            zlib: None,
            #[cfg(feature = "pytables-filters")]
            blosc: blosc::Encoder::default(),
        }
    }

    /// What a file has to say of a dataset with chunks of this many bytes, in this order.
    #[must_use]
    #[cfg_attr(not(feature = "pytables-filters"), expect(unused_variables, reason = "Blosc notes it"))]
    pub fn filters(&self, chunk_bytes: usize) -> Vec<Filter> {
        let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let filter =
            |id, name: &str, client_data| Filter { id, name: name.to_owned(), optional: true, client_data };
        match self.compression {
            Compression::None => Vec::new(),
            Compression::Zlib { level, shuffle } => {
                let mut filters = Vec::new();
                if shuffle == Shuffle::Bytes {
                    filters.push(filter(2, "shuffle", vec![number(self.type_bytes)]));
                }
                filters.push(filter(1, "deflate", vec![u32::from(level.0)]));
                filters
            }
            #[cfg(feature = "pytables-filters")]
            Compression::Blosc { codec, level, shuffle } => {
                let shuffle = u32::from(shuffle == Shuffle::Bytes);
                let [revision, format] = blosc::VERSIONS;
                let (type_bytes, chunk_bytes) =
                    (u32::from(blosc::type_size(self.type_bytes)), number(chunk_bytes));
                let (level, codec) = (u32::from(level.0), codec.number());
                let client_data = vec![revision, format, type_bytes, chunk_bytes, level, shuffle, codec];
                vec![filter(32001, "blosc", client_data)]
            }
        }
    }

    /// Compresses a chunk into `stored`, in place of what was there.
    pub fn encode(&mut self, chunk: &[u8], stored: &mut Vec<u8>) -> Result<(), CompressionError> {
        stored.clear();
        match self.compression {
            Compression::None => {
                stored.extend_from_slice(chunk);
                Ok(())
            }
            Compression::Zlib { level, shuffle: Shuffle::Off } => self.zlib(level, chunk, stored),
            Compression::Zlib { level, shuffle: Shuffle::Bytes } => {
                let mut shuffled = std::mem::take(&mut self.shuffled);
                shuffled.resize(chunk.len(), 0);
                byte_planes::split(self.type_bytes, chunk, &mut shuffled);
                let done = self.zlib(level, &shuffled, stored);
                self.shuffled = shuffled;
                done
            }
            #[cfg(feature = "pytables-filters")]
            Compression::Blosc { codec, level, shuffle } => {
                self.blosc.encode(codec, level, shuffle, self.type_bytes, chunk, stored)
            }
        }
    }

    fn zlib(&mut self, level: Level, bytes: &[u8], stored: &mut Vec<u8>) -> Result<(), CompressionError> {
        let level = flate2::Compression::new(u32::from(level.0));
        let encoder = self.zlib.get_or_insert_with(|| Compress::new(level, true));
        encoder.reset();
        loop {
            // What cannot be compressed takes a few bytes more than it has.
            stored.reserve(bytes.len() / 1000 + bytes.len().min(1 << 16) + 64);
            let read = usize::try_from(encoder.total_in()).unwrap_or(usize::MAX);
            let status = encoder.compress_vec(&bytes[read..], stored, FlushCompress::Finish);
            match status {
                Ok(Status::StreamEnd) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(CompressionError::Codec { codec: "zlib", what: error.to_string() }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Compression, Encoder, Level, Shuffle};

    fn filters(compression: Compression, type_bytes: usize) -> Vec<(u16, bool, Vec<u32>)> {
        let filters = Encoder::new(compression, type_bytes).filters(65_520);
        filters.into_iter().map(|filter| (filter.id, filter.optional, filter.client_data)).collect()
    }

    #[test]
    fn filters_are_described_as_pytables_does() {
        let (level, shuffle) = (Level::new(5).expect("a level"), Shuffle::Bytes);
        let zlib = Compression::Zlib { level, shuffle };
        assert_eq!(filters(zlib, 56), [(2, true, vec![56]), (1, true, vec![5])]);
        assert_eq!(filters(Compression::None, 8), []);
    }

    #[cfg(feature = "pytables-filters")]
    #[test]
    fn blosc_is_described_as_pytables_does() {
        use super::BloscCodec;

        let (level, shuffle) = (Level::new(5).expect("a level"), Shuffle::Bytes);
        let blosc = |codec, shuffle| Compression::Blosc { codec, level, shuffle };
        let lz4 = filters(blosc(BloscCodec::Lz4, shuffle), 56);
        assert_eq!(lz4, [(32001, true, vec![2, 2, 56, 65_520, 5, 1, 1])]);
        let zstd = filters(blosc(BloscCodec::Zstd, Shuffle::Off), 8);
        assert_eq!(zstd, [(32001, true, vec![2, 2, 8, 65_520, 5, 0, 5])]);
    }

    #[test]
    fn levels_go_from_1_to_9() {
        let found: Vec<u8> = (0..=u8::MAX).filter_map(Level::new).map(Level::get).collect();
        assert_eq!(found, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
}
