//! The filters that PyTables brings along beside HDF5's own, with the feature `pytables-filters`.

mod blosc;
mod blosclz;
mod bzip2;
mod codec;
mod lz4;
mod lzo;

use std::ops::Range;

use super::{deflate, invalid, lzf, room, room_for};
use crate::read::ReaderError;

pub(super) use blosc::Tools;
use codec::Codec;

/// A filter of PyTables.
#[derive(Clone, Copy)]
pub(super) enum OfPyTables {
    Bzip2,
    Lzo,
    Lz4,
    Zstd,
    Blosc,
    Blosc2,
}

impl OfPyTables {
    /// By its number, as registered with The HDF Group.
    pub(super) fn of(id: u16) -> Option<Self> {
        Some(match id {
            305 => Self::Lzo,
            307 => Self::Bzip2,
            32001 => Self::Blosc,
            32004 => Self::Lz4,
            32015 => Self::Zstd,
            32026 => Self::Blosc2,
            _ => return None,
        })
    }

    /// Whether a part of a chunk is decoded without all of it.
    pub(super) fn decodes_parts(self) -> bool {
        matches!(self, Self::Blosc | Self::Blosc2)
    }

    pub(super) fn is_blosc2(self) -> bool {
        matches!(self, Self::Blosc2)
    }

    /// How many bytes one byte can at most stand for.
    pub(super) fn expansion(self) -> Option<u64> {
        match self {
            Self::Zstd => Some(Codec::Zstd.expansion()),
            Self::Lz4 | Self::Lzo => Some(Codec::Lz4.expansion()),
            // A few bytes of bzip2 are 45 MB of zeros, and of Blosc2 as many as one likes.
            Self::Bzip2 | Self::Blosc | Self::Blosc2 => None,
        }
    }

    /// Decodes into `output` and says how many bytes there are: at most `most`.
    pub(super) fn undo(
        self,
        source: &[u8],
        most: usize,
        output: &mut Vec<u8>,
        tools: &mut Tools,
    ) -> Result<usize, ReaderError> {
        match self {
            Self::Bzip2 => bzip2::decode(source, most, output),
            Self::Lzo => lzo::decode(source, most, output),
            Self::Lz4 => lz4::decode(source, most, output),
            Self::Zstd => tools.codecs.zstd(source, room_for(source, Codec::Zstd.expansion(), most, output)?),
            Self::Blosc | Self::Blosc2 => {
                let len = match self {
                    Self::Blosc => blosc::Chunk::new(source)?.len(),
                    _ => blosc::Frame::new(source)?.len(),
                };
                if len > most {
                    return Err(invalid(format!("a chunk of Blosc has {len} bytes, more than {most}")));
                }
                self.undo_part(source, len, 0..len, output, tools)?;
                Ok(len)
            }
        }
    }

    /// Decodes a part of a chunk to the beginning of `output`.
    pub(super) fn undo_part(
        self,
        source: &[u8],
        chunk_bytes: usize,
        range: Range<usize>,
        output: &mut Vec<u8>,
        tools: &mut Tools,
    ) -> Result<(), ReaderError> {
        let other = |len: usize| invalid(format!("a chunk has {len} bytes, not {chunk_bytes}"));
        // Memory only once the chunk itself says what the dataset says.
        if matches!(self, Self::Blosc) {
            let chunk = blosc::Chunk::new(source)?;
            if chunk.len() != chunk_bytes {
                return Err(other(chunk.len()));
            }
            return chunk.decode(range.start, room(output, range.len())?, tools);
        }
        let frame = blosc::Frame::new(source)?;
        if frame.len() != chunk_bytes {
            return Err(other(frame.len()));
        }
        frame.decode(range.start, room(output, range.len())?, tools)
    }
}
