//! The filters of a dataset, undone: from the bytes of a chunk in the file to the bytes of its values.
//!
//! Blosc cuts a chunk into blocks, so only the blocks that are asked for are decoded. That is not just quick:
//! PyTables makes Blosc2 chunks as large as the processor's last cache, 300 MiB on some machines, also for a
//! table of ten rows.

mod deflate;
mod fletcher32;
mod lzf;
#[cfg(feature = "pytables-filters")]
mod pytables;
#[cfg(not(feature = "pytables-filters"))]
#[path = "filters/without_pytables.rs"]
mod pytables;

use std::ops::Range;

use hdf5_reader::messages::filter_pipeline::FilterDescription;

use flate2::Decompress;

use self::pytables::{OfPyTables, Tools};
use super::ReaderError;

/// Filters keep a bit each in a mask of this many.
const MAX_FILTERS: usize = 32;

/// The filters of a dataset, in the order in which its writer applied them.
pub(super) struct Filters(Vec<Filter>);

enum Filter {
    Deflate,
    Shuffle { type_bytes: usize },
    Fletcher32,
    Lzf,
    OfPyTables(OfPyTables),
}

/// Memory that decoding needs, for one thread. It is kept between chunks.
#[derive(Default)]
pub(super) struct Scratch {
    input: Vec<u8>,
    output: Vec<u8>,
    coders: Coders,
}

/// What decoders keep between chunks.
#[derive(Default)]
struct Coders {
    zlib: Option<Decompress>,
    tools: Tools,
}

/// What of a chunk is wanted.
pub(super) struct Wanted {
    /// Bytes of the whole chunk, decoded.
    pub(super) chunk_bytes: usize,
    /// Filters that its writer skipped, a bit each.
    pub(super) mask: u32,
    pub(super) range: Range<usize>,
}

impl Filters {
    /// An error says in words what cannot be undone.
    pub(super) fn new(described: &[FilterDescription], element_bytes: usize) -> Result<Self, String> {
        if described.len() > MAX_FILTERS {
            return Err("more filters than HDF5 allows".to_owned());
        }
        described.iter().map(|filter| Filter::new(filter, element_bytes)).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any filter was applied to a chunk.
    pub(super) fn apply_to(&self, mask: u32) -> bool {
        self.active(mask).next().is_some()
    }

    /// Whether a part of a chunk is decoded without all of it.
    pub(super) fn decode_parts(&self, mask: u32) -> bool {
        let mut filters = self.active(mask);
        let first = filters
            .next()
            .is_none_or(|(_, filter)| matches!(filter, Filter::OfPyTables(filter) if filter.decodes_parts()));
        first && filters.all(|(_, filter)| matches!(filter, Filter::Fletcher32))
    }

    /// How many bytes one byte in the file can at most stand for, where there is such a bound.
    pub(super) fn expansion(&self, mask: u32) -> Option<u64> {
        self.active(mask).try_fold(1u64, |all, (_, filter)| Some(all.saturating_mul(filter.expansion()?)))
    }

    /// The wanted part of a chunk, decoded from `stored`.
    pub(super) fn undo<'a>(
        &self,
        stored: &'a [u8],
        wanted: Wanted,
        scratch: &'a mut Scratch,
    ) -> Result<&'a [u8], ReaderError> {
        let Wanted { chunk_bytes, mask, range } = wanted;
        let Scratch { input, output, coders } = scratch;
        // Where the bytes are that were decoded so far: none, then they are `stored`.
        let (mut held, mut len) = (None, stored.len());
        for (position, filter) in self.active(mask).rev() {
            let source = if held.is_some() { &input[..len] } else { &stored[..len] };
            let last = self.active(mask).next().is_some_and(|(first, _)| first == position);
            let found = match filter {
                // PyTables 3.8 passes by HDF5 when it writes whole chunks of Blosc2, and its checksum with it.
                Filter::Fletcher32 if last && len == chunk_bytes && self.blosc2_after(position, mask) => {
                    continue;
                }
                Filter::Fletcher32 => {
                    len = fletcher32::checked(source)?.len();
                    continue;
                }
                Filter::OfPyTables(filter) if last && filter.decodes_parts() => {
                    let len = range.len();
                    filter.undo_part(source, chunk_bytes, range, output, &mut coders.tools)?;
                    return Ok(&output[..len]);
                }
                // Between two filters there may be somewhat more than the chunk: the first could not compress it.
                filter => {
                    let most =
                        if last { chunk_bytes } else { chunk_bytes.saturating_add(chunk_bytes / 8 + 4096) };
                    filter.undo(source, most, output, coders)?
                }
            };
            std::mem::swap(input, output);
            (held, len) = (Some(()), found);
        }
        if len != chunk_bytes {
            return Err(invalid(format!("a chunk has {len} bytes, not {chunk_bytes}")));
        }
        Ok(if held.is_some() { &input[range] } else { &stored[range] })
    }

    /// Whether Blosc2 was applied directly after another filter.
    fn blosc2_after(&self, position: usize, mask: u32) -> bool {
        let mut following = self.active(mask).skip_while(|(other, _)| *other <= position);
        following
            .next()
            .is_some_and(|(_, filter)| matches!(filter, Filter::OfPyTables(filter) if filter.is_blosc2()))
    }

    /// The filters that were applied to a chunk.
    fn active(&self, mask: u32) -> impl DoubleEndedIterator<Item = (usize, &Filter)> {
        self.0.iter().enumerate().filter(move |(position, _)| mask & (1 << position) == 0)
    }
}

/// Undoes filters without a file, each given by its number and its values. Gives how many bytes were decoded.
#[cfg(fuzzing)]
pub fn undo_alone(
    filters: &[(u16, Vec<u32>)],
    element_bytes: usize,
    (chunk_bytes, mask): (usize, u32),
    range: Range<usize>,
    stored: &[u8],
) -> Result<usize, String> {
    let described = filters.iter().cloned();
    let described = described.map(|(id, client_data)| FilterDescription { id, name: None, client_data });
    let filters = Filters::new(&described.collect::<Vec<_>>(), element_bytes)?;
    let wanted = Wanted { chunk_bytes, mask, range };
    let mut scratch = Scratch::default();
    let decoded = filters.undo(stored, wanted, &mut scratch);
    decoded.map(<[u8]>::len).map_err(|error| error.to_string())
}

impl Filter {
    fn new(described: &FilterDescription, element_bytes: usize) -> Result<Self, String> {
        let values = described.client_data.as_slice();
        // Numbers as registered with The HDF Group.
        let name = match described.id {
            1 => return Ok(Self::Deflate),
            2 => {
                let type_bytes = values.first().map_or(element_bytes, |&bytes| bytes as usize);
                return Ok(Self::Shuffle { type_bytes });
            }
            3 => return Ok(Self::Fletcher32),
            32000 => return Ok(Self::Lzf),
            id => match OfPyTables::of(id) {
                Some(filter) => return Ok(Self::OfPyTables(filter)),
                None => name(id),
            },
        };
        let called = name.or(described.name.as_deref()).unwrap_or("a filter without a name");
        Err(format!("its values compressed with {called} (filter {})", described.id))
    }

    /// How many bytes one byte can at most stand for.
    fn expansion(&self) -> Option<u64> {
        match self {
            Self::Shuffle { .. } | Self::Fletcher32 => Some(1),
            Self::Deflate => Some(deflate::EXPANSION),
            Self::Lzf => Some(lzf::EXPANSION),
            Self::OfPyTables(filter) => filter.expansion(),
        }
    }

    /// Decodes into `output` and says how many bytes there are: at most `most`.
    fn undo(
        &self,
        source: &[u8],
        most: usize,
        output: &mut Vec<u8>,
        coders: &mut Coders,
    ) -> Result<usize, ReaderError> {
        match self {
            Self::Fletcher32 => {
                let bytes = fletcher32::checked(source)?;
                room(output, bytes.len())?.copy_from_slice(bytes);
                Ok(bytes.len())
            }
            Self::Shuffle { type_bytes } => {
                byte_planes::join((*type_bytes).max(1), source, room(output, source.len())?);
                Ok(source.len())
            }
            Self::Lzf => lzf::decode(source, room_for(source, lzf::EXPANSION, most, output)?),
            Self::Deflate => {
                let room = room_for(source, deflate::EXPANSION, most, output)?;
                deflate::decode(&mut coders.zlib, source, room)
            }
            Self::OfPyTables(filter) => filter.undo(source, most, output, &mut coders.tools),
        }
    }
}

/// What a filter that is not undone here is called, or not in this build.
fn name(id: u16) -> Option<&'static str> {
    Some(match id {
        4 => "szip",
        5 => "n-bit",
        6 => "scale-offset",
        305 => "LZO",
        307 => "bzip2",
        32001 => "Blosc",
        32004 => "LZ4",
        32008 => "bitshuffle",
        32013 => "zfp",
        32015 => "zstd",
        32026 => "Blosc2",
        _ => return None,
    })
}

/// Room for what `source` may decode to, of which a byte stands for at most `ratio`: no more than it can hold.
fn room_for<'a>(
    source: &[u8],
    ratio: u64,
    most: usize,
    output: &'a mut Vec<u8>,
) -> Result<&'a mut [u8], ReaderError> {
    let bound = usize::try_from((source.len() as u64).saturating_mul(ratio)).unwrap_or(usize::MAX);
    room(output, most.min(bound))
}

/// The first `len` bytes of a buffer, which grows where it has to. What is in them is not said.
fn room(buffer: &mut Vec<u8>, len: usize) -> Result<&mut [u8], ReaderError> {
    if buffer.len() < len {
        let missing = len - buffer.len();
        buffer
            .try_reserve_exact(missing)
            .map_err(|_| invalid(format!("there is no memory for {len} bytes of a chunk")))?;
        buffer.resize(len, 0);
    }
    Ok(&mut buffer[..len])
}

fn invalid(what: impl Into<String>) -> ReaderError {
    ReaderError::DecompressionError(what.into())
}
