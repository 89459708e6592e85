//! The chunks of a dataset: where they are, and what is in them.

use std::ops::Range;

use hdf5_reader::btree_v1::{BTreeV1Key, collect_btree_v1_leaves_storage};
use hdf5_reader::chunk_index::{self, ChunkEntry};
use hdf5_reader::extensible_array::collect_extensible_array_chunk_entries_storage;
use hdf5_reader::fixed_array::collect_fixed_array_chunk_entries_storage;
use hdf5_reader::messages::layout::ChunkIndexing;
use hdf5_reader::storage::Storage;

use super::ReaderError;
use super::filters::{self, Filters, Wanted};
use super::source::Source;

/// The largest chunk that is decoded at once. PyTables makes chunks of at most a few MiB, but for Blosc2, whose chunks
/// are decoded in parts.
pub(super) const MAX_CHUNK_BYTES: u64 = 256 << 20;

/// How much larger than the file decoded values may be before memory for them is only taken as they arrive.
const TRUSTED_RATIO: u64 = 64;

/// How much of a chunk is decoded at once where a part can be: many blocks, so that few are decoded for two parts.
const PART_BYTES: usize = 8 << 20;

/// How much larger than its chunks in the file a dataset may be: as much as zlib can make it.
const MAX_RATIO: u64 = 1032;

/// Decoded values that are read whatever the ratio: a table of zeros is nearly nothing in the file.
const ANY_RATIO_BYTES: u64 = 1 << 30;

/// The most axes that a dataset has in HDF5.
const MAX_AXES: usize = 32;

/// How a dataset is cut into chunks.
pub(super) struct ChunkGrid {
    /// Where the index of the chunks is.
    address: u64,
    /// What kind of index it is; `None` is a B-tree of version 1, which PyTables writes.
    indexing: Option<ChunkIndexing>,
    /// The lengths of a chunk.
    dims: Vec<u32>,
    element_bytes: usize,
    filters: Filters,
}

/// What reading chunks needs, for one thread. It is kept between chunks, so that they share memory.
#[derive(Default)]
pub(super) struct Scratch {
    stored: Vec<u8>,
    filters: filters::Scratch,
}

/// The chunks of a dataset, by position.
pub(super) struct ChunkList {
    chunks: Vec<ChunkEntry>,
    /// Bytes of all chunks in the file.
    stored_bytes: u64,
}

/// Which rows to pass on.
pub(super) struct Walk<'a> {
    pub(super) grid: &'a ChunkGrid,
    pub(super) shape: &'a [u64],
    pub(super) row_bytes: usize,
    pub(super) rows: Range<u64>,
}

pub(super) type Visitor<'a, E> = dyn FnMut(&[u8]) -> Result<(), E> + 'a;
type ReadChunk<'a, E> = dyn FnMut(&ChunkEntry, Range<usize>, &mut Visitor<'_, E>) -> Result<(), E> + 'a;

impl ChunkGrid {
    pub(super) fn new(
        address: u64,
        indexing: Option<ChunkIndexing>,
        dims: Vec<u32>,
        element_bytes: usize,
        filters: Filters,
    ) -> Self {
        Self { address, indexing, dims, element_bytes, filters }
    }

    /// Bytes of a decoded chunk.
    pub(super) fn chunk_bytes(&self) -> Option<u64> {
        let element = self.element_bytes as u64;
        self.dims.iter().try_fold(element, |bytes, &dim| bytes.checked_mul(u64::from(dim)))
    }

    /// Rows that a chunk has.
    pub(super) fn rows(&self) -> u64 {
        self.dims.first().map_or(1, |&rows| u64::from(rows))
    }

    /// Reads the index of the chunks.
    pub(super) fn find(
        &self,
        storage: &dyn Storage,
        (offset_size, length_size): (u8, u8),
        shape: &[u64],
        max_shape: Option<&[u64]>,
    ) -> Result<ChunkList, ReaderError> {
        let invalid = |what: &str| ReaderError::InvalidData(what.to_owned());
        if self.dims.len() != shape.len() || shape.is_empty() || self.dims.contains(&0) {
            return Err(invalid("its chunks have another shape than the dataset"));
        }
        if shape.len() > MAX_AXES {
            return Err(invalid("it has more axes than HDF5 knows"));
        }
        // HDF5 counts the bytes of a chunk in 32 bits.
        let limit = if self.filters.decode_parts(0) { u64::from(u32::MAX) } else { MAX_CHUNK_BYTES };
        let chunk_bytes = self.chunk_bytes().filter(|&bytes| bytes <= limit);
        let chunk_bytes = chunk_bytes.ok_or_else(|| ReaderError::ResourceLimit("chunk".to_owned()))?;
        let undefined = u64::MAX >> (64 - 8 * u32::from(offset_size.clamp(1, 8)));
        if self.address == undefined || shape.contains(&0) {
            return Ok(ChunkList { chunks: Vec::new(), stored_bytes: 0 });
        }
        let dims = self.dims.as_slice();
        let ndim = u32::try_from(shape.len()).unwrap_or(u32::MAX);
        let mut chunks = match &self.indexing {
            None => {
                let leaves = collect_btree_v1_leaves_storage(
                    storage,
                    self.address,
                    offset_size,
                    length_size,
                    Some(ndim),
                    dims,
                    None,
                )?;
                leaves.into_iter().map(|leaf| entry(leaf, shape.len())).collect::<Result<_, _>>()?
            }
            Some(ChunkIndexing::SingleChunk { filtered_size, filters }) => {
                vec![chunk_index::single_chunk_entry(self.address, *filtered_size, *filters, shape.len())]
            }
            Some(ChunkIndexing::BTreeV2) => chunk_index::collect_v2_chunk_entries_storage(
                storage,
                self.address,
                offset_size,
                length_size,
                ndim,
                dims,
                None,
            )?,
            Some(ChunkIndexing::Implicit) => chunk_index::collect_implicit_chunk_entries(
                self.address,
                shape,
                dims,
                self.element_bytes,
                None,
                storage.len(),
            )?,
            Some(ChunkIndexing::FixedArray { .. }) => collect_fixed_array_chunk_entries_storage(
                storage,
                self.address,
                offset_size,
                length_size,
                shape,
                dims,
                None,
            )?,
            Some(ChunkIndexing::ExtensibleArray { .. }) => collect_extensible_array_chunk_entries_storage(
                storage,
                self.address,
                offset_size,
                length_size,
                shape,
                max_shape,
                dims,
                None,
            )?,
        };
        // A dataset that became shorter may keep chunks past its end.
        chunks.retain(|chunk| chunk.offsets.iter().zip(shape).all(|(offset, length)| offset < length));
        chunks.sort_unstable_by(|a, b| a.offsets.cmp(&b.offsets));
        let mut stored_bytes = 0u64;
        for chunk in &mut chunks {
            if chunk.offsets.len() != dims.len()
                || chunk.offsets.iter().zip(dims).any(|(offset, &dim)| offset % u64::from(dim) != 0)
            {
                return Err(invalid("a chunk is off the grid"));
            }
            if chunk.size == 0 {
                chunk.size = chunk_bytes;
            }
            // No valid stream expands further than this.
            let most = match self.filters.expansion(chunk.filter_mask) {
                Some(1) => Some(chunk.size),
                Some(ratio) => Some(chunk.size.saturating_mul(ratio).saturating_add(64)),
                None => None,
            };
            if most.is_some_and(|most| most < chunk_bytes) {
                return Err(invalid("a chunk is smaller than its shape"));
            }
            stored_bytes = stored_bytes.saturating_add(chunk.size);
        }
        if chunks.windows(2).any(|pair| pair[0].offsets == pair[1].offsets) {
            return Err(invalid("two chunks are at one place"));
        }
        // Each byte of a file belongs to at most one chunk.
        if stored_bytes > storage.len() {
            return Err(invalid("its chunks are larger than the file"));
        }
        Ok(ChunkList { chunks, stored_bytes })
    }

    /// Bytes of a chunk, decoded: those of `range`.
    pub(super) fn decode<'a>(
        &self,
        chunk: &ChunkEntry,
        range: Range<usize>,
        source: &'a Source,
        base: u64,
        scratch: &'a mut Scratch,
    ) -> Result<&'a [u8], ReaderError> {
        let address = chunk.address.saturating_add(base);
        let mask = chunk.filter_mask;
        if !self.filters.apply_to(mask) {
            return source.read(address.saturating_add(range.start as u64), range.len(), &mut scratch.stored);
        }
        let chunk_bytes = usize::try_from(self.chunk_bytes().unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let stored = usize::try_from(chunk.size).map_err(|_| ReaderError::OffsetOutOfBounds(chunk.size))?;
        let stored = source.read(address, stored, &mut scratch.stored)?;
        self.filters.undo(stored, Wanted { chunk_bytes, mask, range }, &mut scratch.filters)
    }
}

impl ChunkList {
    /// Checks that there are chunks for all these rows; otherwise gives the first row without one.
    pub(super) fn check(&self, grid: &ChunkGrid, shape: &[u64], rows: &Range<u64>) -> Result<(), u64> {
        let across = grid.across(shape);
        let mut next = rows.start / grid.rows() * grid.rows();
        let mut chunks = self.of_rows(grid, rows).iter();
        while next < rows.end {
            for place in 0..across {
                let chunk = chunks.next().filter(|chunk| chunk.offsets[0] == next);
                if !chunk.is_some_and(|chunk| grid.is_at(chunk, place, shape)) {
                    return Err(next.max(rows.start));
                }
            }
            next = next.saturating_add(grid.rows());
        }
        Ok(())
    }

    /// For how many rows memory may be reserved before they are decoded.
    pub(super) fn most_rows(&self, grid: &ChunkGrid, row_bytes: usize) -> u64 {
        let ratio = if grid.filters.is_empty() { 1 } else { TRUSTED_RATIO };
        self.stored_bytes.saturating_mul(ratio) / (row_bytes.max(1) as u64)
    }

    /// The most that decoding may give: anyone can declare chunks of endless zeros.
    pub(super) fn most_bytes(&self) -> u64 {
        self.stored_bytes.saturating_mul(MAX_RATIO).max(ANY_RATIO_BYTES)
    }

    /// Passes these rows on, a chunk or a part of it at a time, or as many chunks as lie side by side: these are put together in
    /// `strip`, which should have room for [`strip_bytes`](ChunkGrid::strip_bytes).
    pub(super) fn visit<E>(
        &self,
        Walk { grid, shape, row_bytes, rows }: &Walk<'_>,
        strip: &mut Vec<u8>,
        read: &mut ReadChunk<'_, E>,
        visitor: &mut Visitor<'_, E>,
    ) -> Result<(), E> {
        let across = usize::try_from(grid.across(shape)).unwrap_or(usize::MAX);
        let width = grid.dims.iter().skip(1).map(|&dim| dim as usize).product::<usize>() * grid.element_bytes;
        let chunk_rows = usize::try_from(grid.rows()).unwrap_or(usize::MAX);
        for chunks in self.of_rows(grid, rows).chunks(across.max(1)) {
            let first = chunks[0].offsets[0];
            let part = |row: u64| usize::try_from(row.saturating_sub(first)).unwrap_or(usize::MAX);
            let wanted = part(rows.start)..part(rows.end.min(shape[0])).min(chunk_rows);
            for wanted in grid.parts(chunks, wanted, *row_bytes) {
                let lines = wanted.start * width..wanted.end * width;
                if grid.has_whole_rows(shape) {
                    read(&chunks[0], lines, visitor)?;
                    continue;
                }
                strip.resize(wanted.len() * row_bytes, 0);
                for chunk in chunks {
                    let axes = grid.axes_across(chunk, shape);
                    read(chunk, lines.clone(), &mut |bytes| {
                        for (target, line) in
                            strip.chunks_exact_mut(*row_bytes).zip(bytes.chunks_exact(width))
                        {
                            place(line, target, &axes, grid.element_bytes);
                        }
                        Ok(())
                    })?;
                }
                visitor(strip)?;
            }
        }
        Ok(())
    }

    fn of_rows(&self, grid: &ChunkGrid, rows: &Range<u64>) -> &[ChunkEntry] {
        let first = rows.start / grid.rows() * grid.rows();
        let start = self.chunks.partition_point(|chunk| chunk.offsets[0] < first);
        let end = self.chunks.partition_point(|chunk| chunk.offsets[0] < rows.end);
        &self.chunks[start..end.max(start)]
    }
}

impl ChunkGrid {
    /// Bytes of the rows that a chunk has, when several chunks lie side by side; otherwise none are needed.
    pub(super) fn strip_bytes(&self, shape: &[u64], row_bytes: usize) -> usize {
        let rows = self.rows().min(shape.first().copied().unwrap_or(0));
        if self.has_whole_rows(shape) {
            return 0;
        }
        usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(row_bytes)
    }

    /// Whether only the first axis is cut.
    fn has_whole_rows(&self, shape: &[u64]) -> bool {
        self.dims.iter().zip(shape).skip(1).all(|(&dim, &length)| u64::from(dim) == length)
    }

    /// The rows of these chunks that are decoded at once.
    fn parts(
        &self,
        chunks: &[ChunkEntry],
        rows: Range<usize>,
        row_bytes: usize,
    ) -> impl Iterator<Item = Range<usize>> + use<> {
        let in_parts = chunks.iter().all(|chunk| self.filters.decode_parts(chunk.filter_mask));
        let step = if in_parts { (PART_BYTES / row_bytes.max(1)).max(1) } else { rows.len().max(1) };
        rows.clone().step_by(step).map(move |start| start..rows.end.min(start.saturating_add(step)))
    }

    /// How many chunks lie side by side.
    fn across(&self, shape: &[u64]) -> u64 {
        let others = self.dims.iter().zip(shape).skip(1);
        others.fold(1, |count, (&dim, length)| count.saturating_mul(length.div_ceil(u64::from(dim))))
    }

    /// Whether a chunk is the one at this place of those that lie side by side, in order of their offsets.
    fn is_at(&self, chunk: &ChunkEntry, mut place: u64, shape: &[u64]) -> bool {
        let mut others = self.dims.iter().zip(shape).zip(&chunk.offsets).skip(1).rev();
        others.all(|((&dim, length), &offset)| {
            let (dim, count) = (u64::from(dim), length.div_ceil(u64::from(dim)).max(1));
            let expected = place % count * dim;
            place /= count;
            offset == expected
        })
    }

    /// Where a chunk is on the axes but the first.
    fn axes_across(&self, chunk: &ChunkEntry, shape: &[u64]) -> Vec<AxisPart> {
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let others = self.dims.iter().zip(shape).zip(&chunk.offsets).skip(1);
        let part = |((&dim, &length), &offset): ((&u32, &u64), &u64)| AxisPart {
            offset: number(offset),
            dim: dim as usize,
            length: number(length),
        };
        others.map(part).collect()
    }
}

/// The part of an axis that a chunk has.
struct AxisPart {
    offset: usize,
    dim: usize,
    /// Of the whole axis.
    length: usize,
}

/// Puts what a chunk has of a row into the row.
fn place(part: &[u8], row: &mut [u8], axes: &[AxisPart], element_bytes: usize) {
    let Some((first, others)) = axes.split_first() else { return };
    let part_bytes = others.iter().map(|axis| axis.dim).product::<usize>() * element_bytes;
    let row_bytes = others.iter().map(|axis| axis.length).product::<usize>() * element_bytes;
    // The last chunk of an axis may reach past its end.
    let count = first.dim.min(first.length.saturating_sub(first.offset));
    let row = &mut row[first.offset * row_bytes..];
    if others.is_empty() {
        row[..count * element_bytes].copy_from_slice(&part[..count * element_bytes]);
        return;
    }
    for (part, row) in part.chunks_exact(part_bytes).zip(row.chunks_exact_mut(row_bytes)).take(count) {
        place(part, row, others, element_bytes);
    }
}

fn entry((key, address): (BTreeV1Key, u64), ndim: usize) -> Result<ChunkEntry, ReaderError> {
    let BTreeV1Key::RawData { chunk_size, filter_mask, mut offsets } = key else {
        return Err(ReaderError::InvalidData("its index is that of a group".to_owned()));
    };
    offsets.truncate(ndim);
    Ok(ChunkEntry { address, size: u64::from(chunk_size), filter_mask, offsets })
}
