//! Chunks of Blosc, version 1 and 2: a header, where each block begins, and blocks of one or more streams.
//!
//! After the sources of c-blosc 1.21 and c-blosc2 2.15.

mod frame;

use super::codec::{Codec, Codecs};
use super::{invalid, room};
use crate::read::ReaderError;

pub(super) use frame::Frame;

/// The largest block that is decoded. PyTables makes blocks of at most a few MiB, to fit a processor's cache.
const MAX_BLOCK_BYTES: usize = 32 << 20;

/// Blosc 1 does not cut a block into more streams than this, or into shorter ones than the next.
const MAX_STREAMS: usize = 16;
const MIN_STREAM_BYTES: usize = 128;

/// What decoding needs besides the chunk: kept between chunks.
#[derive(Default)]
pub(in crate::read::filters) struct Tools {
    pub(super) codecs: Codecs,
    /// A block that is wanted in part.
    block: Vec<u8>,
    streams: Vec<u8>,
    planes: Vec<u8>,
}

/// A chunk.
pub(super) struct Chunk<'a> {
    /// Header and all.
    bytes: &'a [u8],
    /// Bytes of its values.
    len: usize,
    type_bytes: usize,
    content: Content<'a>,
}

enum Content<'a> {
    Zeros,
    /// One value, all over.
    Repeated(&'a [u8]),
    /// The values as they are.
    Plain(&'a [u8]),
    Blocks(Blocks),
}

/// How blocks are stored.
struct Blocks {
    block_bytes: usize,
    /// Where the table of their positions is.
    table: usize,
    codec: Codec,
    shuffle: Shuffle,
    /// Whether a block has a stream for each byte of the type, instead of one.
    split: bool,
    version: Version,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shuffle {
    None,
    Bytes,
    /// The flag says whether a block is shuffled as far as its values make whole eights, or else not at all.
    Bits {
        in_part: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    /// With a longer header, several filters, and streams of one repeated byte.
    Two,
}

impl<'a> Chunk<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, ReaderError> {
        let damaged = |what: &str| invalid(format!("a chunk of Blosc {what}"));
        let Some((header, _)) = bytes.split_first_chunk::<16>() else { return Err(damaged("is cut off")) };
        let word = |at: usize| word(header, at).unwrap_or(usize::MAX);
        let [format, _, flags, type_bytes, ..] = *header;
        let (len, block_bytes, stored) = (word(4), word(8), word(12));
        let bytes = bytes.get(..stored).ok_or_else(|| damaged("is cut off"))?;
        if !(2..=5).contains(&format) {
            return Err(ReaderError::UnsupportedFilter(format!("chunks of Blosc's format {format}")));
        }
        if len > i32::MAX as usize || type_bytes == 0 {
            return Err(damaged("has an impossible header"));
        }
        // Both kinds of shuffle at once stand for the longer header.
        let extended = if flags & 0b101 == 0b101 {
            Some(bytes.get(16..32).ok_or_else(|| damaged("is cut off"))?)
        } else {
            None
        };
        let (version, table) = if extended.is_some() { (Version::Two, 32) } else { (Version::One, 16) };
        if bytes.len() < table {
            return Err(damaged("is cut off"));
        }
        let type_bytes = usize::from(type_bytes);
        let special = extended.map_or(0, |header| header[15] >> 4 & 7);
        let content = if special > 0 {
            Content::special(special, type_bytes, &bytes[table..])?
        } else if flags & 2 != 0 || len == 0 {
            Content::Plain(bytes.get(table..table + len).ok_or_else(|| damaged("is cut off"))?)
        } else {
            if block_bytes == 0 || block_bytes > MAX_BLOCK_BYTES {
                return Err(damaged(&format!("has blocks of {block_bytes} bytes")));
            }
            if len.div_ceil(block_bytes) > (bytes.len() - table) / 4 {
                return Err(damaged("has no room for the positions of its blocks"));
            }
            let codec = Codec::of(flags >> 5).ok_or_else(|| {
                ReaderError::UnsupportedFilter("chunks of Blosc with a foreign codec".to_owned())
            })?;
            let shuffle = match extended {
                Some(extended) => Shuffle::of_extended(extended, format)?,
                None if flags & 1 != 0 => Shuffle::Bytes,
                None if flags & 4 != 0 => Shuffle::Bits { in_part: format > 2 },
                None => Shuffle::None,
            };
            Content::Blocks(Blocks { block_bytes, table, codec, shuffle, split: flags & 16 == 0, version })
        };
        Ok(Self { bytes, len, type_bytes, content })
    }

    /// Bytes of its values.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Decodes the part that begins at `start`.
    pub(super) fn decode(
        &self,
        start: usize,
        target: &mut [u8],
        tools: &mut Tools,
    ) -> Result<(), ReaderError> {
        let end = start.checked_add(target.len()).filter(|&end| end <= self.len);
        let end = end.ok_or_else(|| invalid(format!("a chunk of Blosc has {} bytes", self.len)))?;
        let blocks = match &self.content {
            Content::Zeros => {
                target.fill(0);
                return Ok(());
            }
            Content::Repeated(value) => {
                let bytes = value.iter().cycle().skip(start % value.len());
                target.iter_mut().zip(bytes).for_each(|(byte, value)| *byte = *value);
                return Ok(());
            }
            Content::Plain(bytes) => {
                target.copy_from_slice(&bytes[start..end]);
                return Ok(());
            }
            Content::Blocks(blocks) => blocks,
        };
        let (mut at, mut rest) = (start, target);
        while !rest.is_empty() {
            let index = at / blocks.block_bytes;
            let first = index * blocks.block_bytes;
            let block_len = blocks.block_bytes.min(self.len - first);
            let skipped = at - first;
            let (part, following) = rest.split_at_mut((block_len - skipped).min(rest.len()));
            if part.len() == block_len {
                self.decode_block(blocks, index, part, tools)?;
            } else {
                let mut block = std::mem::take(&mut tools.block);
                let decoded = room(&mut block, block_len).and_then(|block| {
                    self.decode_block(blocks, index, block, tools)?;
                    part.copy_from_slice(&block[skipped..skipped + part.len()]);
                    Ok(())
                });
                tools.block = block;
                decoded?;
            }
            at += part.len();
            rest = following;
        }
        Ok(())
    }

    fn decode_block(
        &self,
        blocks: &Blocks,
        index: usize,
        target: &mut [u8],
        Tools { codecs, streams, planes, .. }: &mut Tools,
    ) -> Result<(), ReaderError> {
        let (len, type_bytes) = (target.len(), self.type_bytes);
        // How many bytes are shuffled by bits.
        let whole = len / type_bytes / 8 * 8 * type_bytes;
        match blocks.shuffle {
            Shuffle::Bytes if type_bytes > 1 => {
                let streams = room(streams, len)?;
                self.decode_streams(blocks, index, streams, codecs)?;
                byte_planes::join(type_bytes, streams, target);
                Ok(())
            }
            Shuffle::Bits { in_part } if whole > 0 && (in_part || len / type_bytes % 8 == 0) => {
                let (streams, planes) = (room(streams, len)?, room(planes, whole)?);
                self.decode_streams(blocks, index, streams, codecs)?;
                byte_planes::join_bits(type_bytes, &streams[..whole], planes);
                byte_planes::join(type_bytes, planes, &mut target[..whole]);
                target[whole..].copy_from_slice(&streams[whole..]);
                Ok(())
            }
            _ => self.decode_streams(blocks, index, target, codecs),
        }
    }

    fn decode_streams(
        &self,
        blocks: &Blocks,
        index: usize,
        target: &mut [u8],
        codecs: &mut Codecs,
    ) -> Result<(), ReaderError> {
        let damaged = || invalid(format!("block {index} of a chunk of Blosc is damaged"));
        let start = word(self.bytes, blocks.table + index * 4).ok_or_else(damaged)?;
        let mut rest = self.bytes.get(start..).ok_or_else(damaged)?;
        let type_bytes = self.type_bytes;
        let split = blocks.split
            && target.len() == blocks.block_bytes
            && (blocks.version == Version::Two
                || (type_bytes <= MAX_STREAMS && target.len() / type_bytes >= MIN_STREAM_BYTES));
        let count = if split { type_bytes } else { 1 };
        let each = target.len() / count;
        if each == 0 || !target.len().is_multiple_of(count) {
            return Err(damaged());
        }
        for part in target.chunks_exact_mut(each) {
            let (stored, following) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
            let stored = i32::from_le_bytes(*stored);
            rest = following;
            if blocks.version == Version::Two && stored <= 0 {
                if stored < 0 {
                    // One byte says that the byte in place of a length is repeated.
                    let (&token, following) = rest.split_first().ok_or_else(damaged)?;
                    rest = following;
                    if token & 1 == 0 {
                        return Err(damaged());
                    }
                }
                part.fill(u8::try_from(stored.unsigned_abs()).map_err(|_| damaged())?);
                continue;
            }
            let stored = usize::try_from(stored).map_err(|_| damaged())?;
            let (stream, following) = rest.split_at_checked(stored).ok_or_else(damaged)?;
            rest = following;
            if stored == part.len() {
                part.copy_from_slice(stream);
            } else {
                codecs.fill(blocks.codec, stream, part)?;
            }
        }
        Ok(())
    }
}

impl<'a> Content<'a> {
    /// The content of a chunk that is all alike.
    fn special(kind: u8, type_bytes: usize, value: &'a [u8]) -> Result<Self, ReaderError> {
        const NAN_F32: [u8; 4] = 0x7fc0_0000_u32.to_le_bytes();
        const NAN_F64: [u8; 8] = 0x7ff8_0000_0000_0000_u64.to_le_bytes();
        match (kind, type_bytes) {
            // The other one was never written, and may be anything.
            (1 | 4, _) => Ok(Self::Zeros),
            (2, 4) => Ok(Self::Repeated(&NAN_F32)),
            (2, 8) => Ok(Self::Repeated(&NAN_F64)),
            (3, _) => {
                let value = value.get(..type_bytes).filter(|value| !value.is_empty());
                value.map(Self::Repeated).ok_or_else(|| invalid("a chunk of Blosc is cut off"))
            }
            _ => Err(invalid("a chunk of Blosc repeats an impossible value")),
        }
    }
}

impl Shuffle {
    /// From the second half of the longer header.
    fn of_extended(header: &[u8], format: u8) -> Result<Self, ReaderError> {
        let unsupported =
            |what: &str| Err(ReaderError::UnsupportedFilter(format!("chunks of Blosc2 with {what}")));
        match header[15] {
            flags if flags & 1 != 0 => return unsupported("a dictionary"),
            flags if flags & 0x88 != 0 => return unsupported("blocks elsewhere"),
            _ => {}
        }
        // The last of six was not written by the first versions.
        let filters = &header[..if format == 3 { 5 } else { 6 }];
        let mut found = Self::None;
        for filter in filters {
            let shuffle = match filter {
                // Rounded values are not made exact again.
                0 | 4 => continue,
                1 => Self::Bytes,
                2 => Self::Bits { in_part: format > 2 },
                other => return unsupported(&format!("filter {other}")),
            };
            if found != Self::None {
                return unsupported("two filters");
            }
            found = shuffle;
        }
        Ok(found)
    }
}

/// A number of four bytes in a chunk.
fn word(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_le_bytes(*bytes) as usize)
}
