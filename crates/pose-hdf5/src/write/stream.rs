//! Datasets whose rows are written as they come.

use std::ops::Range;

use hdf5_file::{Chunk, Dataset, Datatype, FileWriter, Storage};
use rayon::prelude::*;

use super::Hdf5WriteError;
use super::rows::{Batch, RowLayout};
use crate::compression::{Compression, CompressionError, Encoder};

/// Below this many bytes of a batch threads cost more than they bring.
const PARALLEL_BYTES: usize = 1 << 20;

/// A dataset that is being filled with rows.
pub(super) struct RowStream {
    layout: RowLayout,
    rows: u64,
    /// Rows of a piece: a chunk, or what of a contiguous dataset is made at once.
    piece_rows: usize,
    place: Place,
    /// Whether there may be more rows later.
    growing: bool,
    /// Bytes of an element, which a row has one of or several.
    element_bytes: usize,
    /// Rows that have been written.
    done: u64,
}

enum Place {
    Contiguous {
        address: u64,
    },
    /// Chunks as they are, one after the other.
    Chunks {
        address: u64,
    },
    /// Chunks that are packed, and so many bytes of each.
    Packed {
        compression: Compression,
        chunks: Vec<Chunk>,
    },
}

impl RowStream {
    /// A dataset of so many rows, one after the other.
    pub(super) fn contiguous(
        writer: &mut FileWriter,
        layout: RowLayout,
        rows: u64,
    ) -> Result<Self, Hdf5WriteError> {
        const PIECE_BYTES: usize = 512 << 10;
        let bytes = bytes_of(rows, layout.row_bytes());
        let place = Place::Contiguous { address: writer.reserve(bytes)? };
        let piece_rows = (PIECE_BYTES / layout.row_bytes().max(1)).max(1);
        Ok(Self { layout, rows, piece_rows, place, growing: false, element_bytes: 1, done: 0 })
    }

    /// A dataset of so many rows in chunks of so many. `growing` is whether there may be more later.
    pub(super) fn chunked(
        writer: &mut FileWriter,
        layout: RowLayout,
        rows: u64,
        piece_rows: usize,
        element_bytes: usize,
        compression: Compression,
        growing: bool,
    ) -> Result<Self, Hdf5WriteError> {
        let chunks = rows.div_ceil(piece_rows as u64);
        let place = match compression {
            Compression::None => {
                let bytes = bytes_of(chunks * piece_rows as u64, layout.row_bytes());
                Place::Chunks { address: writer.reserve(bytes)? }
            }
            compression => Place::Packed { compression, chunks: Vec::new() },
        };
        Ok(Self { layout, rows, piece_rows, place, growing, element_bytes, done: 0 })
    }

    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn layout(&self) -> &RowLayout {
        &self.layout
    }

    /// Writes the next rows. Of a dataset in chunks these are whole chunks, but for the last one.
    pub(super) fn write(
        &mut self,
        writer: &mut FileWriter,
        batch: &Batch<'_>,
        rows: usize,
    ) -> Result<(), Hdf5WriteError> {
        let row_bytes = self.layout.row_bytes();
        let pieces: Vec<_> = (0..rows)
            .step_by(self.piece_rows)
            .map(|start| start..rows.min(start + self.piece_rows))
            .collect();
        let parallel = rows * row_bytes > PARALLEL_BYTES;
        let (layout, piece_rows, done, element_bytes) =
            (&self.layout, self.piece_rows, self.done, self.element_bytes);
        match &mut self.place {
            Place::Contiguous { address } | Place::Chunks { address } => {
                let writer = &*writer;
                let first = *address + bytes_of(done, row_bytes);
                let write = |buffer: &mut Vec<u8>, piece: &Range<usize>| {
                    buffer.resize(piece.len() * row_bytes, 0);
                    layout.fill(batch, piece.clone(), buffer);
                    writer.write_at(first + bytes_of(piece.start as u64, row_bytes), buffer)
                };
                if parallel {
                    pieces.par_iter().try_for_each_init(Vec::new, write)?;
                } else {
                    let mut buffer = Vec::new();
                    pieces.iter().try_for_each(|piece| write(&mut buffer, piece))?;
                }
            }
            Place::Packed { compression, chunks } => {
                let compression = *compression;
                let tools = || (Vec::new(), Encoder::new(compression, element_bytes));
                let pack = |(buffer, encoder): &mut (Vec<u8>, Encoder), piece: &Range<usize>| {
                    // The last chunk holds all its rows too.
                    buffer.clear();
                    buffer.resize(piece_rows * row_bytes, 0);
                    layout.fill(batch, piece.clone(), &mut buffer[..piece.len() * row_bytes]);
                    let mut packed = Vec::new();
                    encoder.encode(buffer, &mut packed)?;
                    Ok::<_, CompressionError>(packed)
                };
                let packed: Vec<Vec<u8>> = if parallel {
                    pieces.par_iter().map_init(tools, pack).collect::<Result<_, _>>()?
                } else {
                    let mut tools = tools();
                    pieces.iter().map(|piece| pack(&mut tools, piece)).collect::<Result<_, _>>()?
                };
                for chunk in packed {
                    let address = writer.reserve(chunk.len() as u64)?;
                    writer.write_at(address, &chunk)?;
                    chunks.push(Chunk::new(address, u32::try_from(chunk.len()).unwrap_or(u32::MAX)));
                }
            }
        }
        self.done += rows as u64;
        Ok(())
    }

    /// The dataset, of elements of this type in this shape, when all rows are written.
    pub(super) fn finish(self, datatype: Datatype, shape: &[u64]) -> Dataset {
        let row_bytes = self.layout.row_bytes();
        let chunk_bytes = u32::try_from(self.piece_rows * row_bytes).unwrap_or(u32::MAX);
        let rows = u32::try_from(self.piece_rows).unwrap_or(u32::MAX);
        let storage = match self.place {
            Place::Contiguous { address } => {
                Storage::Contiguous { address, bytes: bytes_of(self.rows, row_bytes) }
            }
            Place::Chunks { address } => {
                let chunks = (0..self.rows.div_ceil(self.piece_rows as u64))
                    .map(|chunk| Chunk::new(address + chunk * u64::from(chunk_bytes), chunk_bytes));
                Storage::Chunked {
                    rows,
                    chunks: chunks.collect(),
                    filters: Vec::new(),
                    growing: self.growing,
                }
            }
            Place::Packed { compression, chunks } => {
                let filters = Encoder::new(compression, self.element_bytes).filters(chunk_bytes as usize);
                Storage::Chunked { rows, chunks, filters, growing: self.growing }
            }
        };
        Dataset::new(datatype, shape, storage)
    }
}

/// How many rows a chunk has. Small tables have small chunks, as the last one holds all its rows even if they are
/// not there; large ones have chunks of half a MiB, which is what libhdf5 keeps two of.
pub(super) fn chunk_rows(rows: u64, row_bytes: usize) -> usize {
    const SMALLEST: u64 = 8 << 10;
    const USUAL: u64 = 64 << 10;
    const LARGEST: u64 = 512 << 10;
    const LARGE_TABLE: u64 = 16 << 20;
    let all = bytes_of(rows, row_bytes);
    let bytes = if all > LARGE_TABLE { LARGEST } else { all.clamp(SMALLEST, USUAL) };
    usize::try_from(bytes / (row_bytes.max(1) as u64)).unwrap_or(1).max(1)
}

fn bytes_of(rows: u64, row_bytes: usize) -> u64 {
    rows.saturating_mul(row_bytes as u64)
}
