//! Streams of the codecs within a Blosc chunk, which hold as many bytes as their block says.

use flate2::Decompress;
use zstd::bulk::Decompressor;

use super::{blosclz, deflate, invalid};
use crate::read::ReaderError;

/// A codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    BloscLz,
    Lz4,
    Snappy,
    Zlib,
    Zstd,
}

/// The codecs, with what they keep between streams.
#[derive(Default)]
pub(super) struct Codecs {
    zlib: Option<Decompress>,
    zstd: Option<Decompressor<'static>>,
    snappy: snap::raw::Decoder,
}

impl Codec {
    /// From the number in the flags of a Blosc chunk. LZ4 has one decoder for two encoders.
    pub(super) fn of(number: u8) -> Option<Self> {
        [Self::BloscLz, Self::Lz4, Self::Snappy, Self::Zlib, Self::Zstd].get(usize::from(number)).copied()
    }

    /// How many bytes one byte of a stream can at most stand for.
    pub(super) fn expansion(self) -> u64 {
        match self {
            // A length goes on while its bytes are 255; the beginning of a stream is covered by the next number.
            Self::BloscLz | Self::Lz4 => 256,
            Self::Snappy => 64,
            Self::Zlib => deflate::EXPANSION,
            // A block of 128 KiB that repeats one byte takes four.
            Self::Zstd => 32 << 10,
        }
    }

    /// How many bytes a stream of this length can at most stand for.
    pub(super) fn most_from(self, stored: usize) -> usize {
        let most = (stored as u64).saturating_mul(self.expansion()).saturating_add(64);
        usize::try_from(most).unwrap_or(usize::MAX)
    }
}

impl Codecs {
    /// Decodes a stream that has to fill `target`.
    pub(super) fn fill(&mut self, codec: Codec, source: &[u8], target: &mut [u8]) -> Result<(), ReaderError> {
        let damaged = || invalid(format!("a stream of {codec:?} within a chunk of Blosc is damaged"));
        let found = match codec {
            Codec::BloscLz => blosclz::decode(source, target).ok_or_else(damaged)?,
            Codec::Lz4 => lz4_flex::block::decompress_into(source, target).map_err(|_| damaged())?,
            Codec::Snappy => self.snappy.decompress(source, target).map_err(|_| damaged())?,
            Codec::Zlib => self.zlib(source, target)?,
            Codec::Zstd => self.zstd(source, target)?,
        };
        if found == target.len() { Ok(()) } else { Err(damaged()) }
    }

    fn zlib(&mut self, source: &[u8], target: &mut [u8]) -> Result<usize, ReaderError> {
        deflate::decode(&mut self.zlib, source, target)
    }

    pub(super) fn zstd(&mut self, source: &[u8], target: &mut [u8]) -> Result<usize, ReaderError> {
        let failed = |error| invalid(format!("a zstd stream is damaged: {error}"));
        let decoder = match &mut self.zstd {
            Some(decoder) => decoder,
            none => none.insert(Decompressor::new().map_err(failed)?),
        };
        decoder.decompress_to_buffer(source, target).map_err(failed)
    }
}
