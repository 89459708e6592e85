//! Chunks of Blosc, version 1, as c-blosc writes them.

use zstd::bulk::Compressor;

use super::{CompressionError, Level, Shuffle};

/// Of the filter, and of the format of chunks.
pub(super) const VERSIONS: [u32; 2] = [2, 2];

const HEADER_BYTES: usize = 16;

/// c-blosc counts in signed numbers of 32 bits, header included.
const MAX_CHUNK_BYTES: usize = i32::MAX as usize - HEADER_BYTES;

/// Chunks below this are not compressed.
const MIN_CHUNK_BYTES: usize = 128;

/// What compresses the blocks of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BloscCodec {
    /// LZ4: quick.
    Lz4,
    /// Zstandard: small.
    Zstd,
}

/// What compressing needs, kept between chunks.
#[derive(Default)]
pub(super) struct Encoder {
    shuffled: Vec<u8>,
    stream: Vec<u8>,
    lz4: lz4_flex::block::CompressTable,
    zstd: Option<Compressor<'static>>,
}

impl BloscCodec {
    /// As the filter notes it.
    pub(super) fn number(self) -> u32 {
        match self {
            Self::Lz4 => 1,
            Self::Zstd => 5,
        }
    }

    /// As the flags of a chunk have it: there the two encoders of LZ4 are one format.
    fn format(self) -> u8 {
        match self {
            Self::Lz4 => 1,
            Self::Zstd => 4,
        }
    }

    /// Bytes of a block, by level: as large as c-blosc makes them.
    fn block_bytes(self, level: Level) -> usize {
        let (least, doubled) = match self {
            Self::Lz4 => (32 << 10, 0),
            Self::Zstd => (64 << 10, 1),
        };
        match level.get() {
            1 => least / 2,
            2 => least,
            3 => least * 2,
            4 | 5 => least * 4,
            6..=8 => least * 8,
            _ => (least * 8) << doubled,
        }
    }
}

impl Encoder {
    pub(super) fn encode(
        &mut self,
        codec: BloscCodec,
        level: Level,
        order: Shuffle,
        type_bytes: usize,
        chunk: &[u8],
        stored: &mut Vec<u8>,
    ) -> Result<(), CompressionError> {
        let (found, limit) = (chunk.len(), MAX_CHUNK_BYTES);
        if found > limit {
            return Err(CompressionError::TooLarge { found, limit });
        }
        let type_byte = type_size(type_bytes);
        let type_bytes = usize::from(type_byte);
        let block_bytes = codec.block_bytes(level).min(found);
        let block_bytes =
            if block_bytes > type_bytes { block_bytes / type_bytes * type_bytes } else { block_bytes };
        let blocks = chunk.chunks(block_bytes.max(1));
        let table = HEADER_BYTES + blocks.len() * 4;
        stored.resize(table, 0);
        let shuffled = order == Shuffle::Bytes && type_bytes > 1;
        // Bit 4: a block is one stream.
        let mut flags = codec.format() << 5 | 16 | u8::from(order == Shuffle::Bytes);
        for (number, block) in blocks.enumerate() {
            let position = word(stored.len());
            stored[HEADER_BYTES + number * 4..][..4].copy_from_slice(&position);
            let block = if shuffled {
                self.shuffled.resize(block.len(), 0);
                byte_planes::split(type_bytes, block, &mut self.shuffled);
                self.shuffled.as_slice()
            } else {
                block
            };
            let len = compress(codec, level, block, &mut self.stream, &mut self.lz4, &mut self.zstd)?;
            // A stream as long as its block is the block.
            let stream = if len < block.len() { &self.stream[..len] } else { block };
            stored.extend_from_slice(&word(stream.len()));
            stored.extend_from_slice(stream);
        }
        if stored.len() > HEADER_BYTES + found || found < MIN_CHUNK_BYTES {
            // Bit 1: the values are there as they are.
            flags |= 2;
            stored.truncate(HEADER_BYTES);
            stored.extend_from_slice(chunk);
        }
        let [_, format] = VERSIONS.map(|version| version.to_le_bytes()[0]);
        // The second byte is the version of the codec's own format.
        stored[..4].copy_from_slice(&[format, 1, flags, type_byte]);
        let sizes = [found, block_bytes, stored.len()].map(word);
        stored[4..HEADER_BYTES].copy_from_slice(sizes.as_flattened());
        Ok(())
    }
}

/// Compresses a block into `stream` and says how many bytes there are.
fn compress(
    codec: BloscCodec,
    level: Level,
    block: &[u8],
    stream: &mut Vec<u8>,
    lz4: &mut lz4_flex::block::CompressTable,
    zstd: &mut Option<Compressor<'static>>,
) -> Result<usize, CompressionError> {
    let most = match codec {
        BloscCodec::Lz4 => lz4_flex::block::get_maximum_output_size(block.len()),
        BloscCodec::Zstd => zstd::zstd_safe::compress_bound(block.len()),
    };
    if stream.len() < most {
        stream.resize(most, 0);
    }
    match codec {
        BloscCodec::Lz4 => lz4_flex::block::compress_into_with_table(block, stream, lz4)
            .map_err(|error| CompressionError::Codec { codec: "lz4", what: error.to_string() }),
        BloscCodec::Zstd => {
            let failed =
                |error: std::io::Error| CompressionError::Codec { codec: "zstd", what: error.to_string() };
            let encoder = match zstd {
                Some(encoder) => encoder,
                // The levels of c-blosc.
                none => none.insert(
                    Compressor::new(if level.get() < 9 { i32::from(level.get()) * 2 - 1 } else { 22 })
                        .map_err(failed)?,
                ),
            };
            encoder.compress_to_buffer(block, stream.as_mut_slice()).map_err(failed)
        }
    }
}

/// The size of a type as a chunk and the filter have it: in a byte, and larger ones count as texts.
pub(super) fn type_size(type_bytes: usize) -> u8 {
    u8::try_from(type_bytes).unwrap_or(1)
}

/// A number as a chunk has it. None here is larger than a chunk.
fn word(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}
