//! Files of blocks: each holds some rows of a column, and can be read without the others.

use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use arrow_array::ArrayRef;
use rayon::prelude::*;

use crate::{Error, NumberType, Result, block};

/// What the index has of a block: its length, and the start of its BLAKE3 hash.
const ENTRY_BYTES: usize = 4 + 8;

/// More rows than this no block has.
const MAX_SEGMENT_FRAMES: usize = 1 << 20;

/// Writes blocks, segment by segment, and their index behind them.
pub(crate) struct BlocksWriter {
    out: BufWriter<File>,
    path: PathBuf,
    index: Vec<u8>,
}

impl BlocksWriter {
    pub(crate) fn create(path: PathBuf) -> Result<Self> {
        let file = File::create_new(&path).map_err(Error::io("cannot be written", &path))?;
        Ok(Self { out: BufWriter::new(file), path, index: Vec::new() })
    }

    /// Adds a segment: rows of every column.
    pub(crate) fn push(
        &mut self,
        columns: &[ArrayRef],
        types: &[NumberType],
        bounds: &[Option<f64>],
        level: u8,
    ) -> Result<()> {
        let work = columns.par_iter().zip(types).zip(bounds);
        let blocks: Vec<Result<Vec<u8>>> = work
            .map(|((array, number), bound)| block::encode(array, *number, *bound, level.into()))
            .collect();
        for block in blocks {
            let block = block?;
            let length = u32::try_from(block.len())
                .map_err(|_| crate::ErrorKind::Encode { what: "a block has more than 4 GiB".to_owned() })?;
            self.index.extend(length.to_le_bytes());
            self.index.extend(&blake3::hash(&block).as_bytes()[..8]);
            self.out.write_all(&block).map_err(Error::io("cannot be written", &self.path))?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<()> {
        let written = self.out.write_all(&self.index).and_then(|()| self.out.flush());
        written.map_err(Error::io("cannot be written", &self.path))
    }
}

/// A file of blocks that is there.
#[derive(Debug)]
pub(crate) struct Blocks {
    path: PathBuf,
    segment_frames: usize,
    types: Vec<NumberType>,
    frames: usize,
    /// Where each block begins, how long it is, and the start of its hash.
    index: Vec<(u64, u32, [u8; 8])>,
}

impl Blocks {
    pub(crate) fn open(
        path: &Path,
        segment_frames: usize,
        types: Vec<NumberType>,
        frames: usize,
    ) -> Result<Self> {
        let damaged = |what: &str| Error::damaged(path, what);
        if !(1..=MAX_SEGMENT_FRAMES).contains(&segment_frames) {
            return Err(damaged("its blocks have no possible number of rows"));
        }
        let failed = || Error::io("cannot be read", path);
        let mut file = File::open(path).map_err(failed())?;
        let bytes = file.metadata().map_err(failed())?.len();
        let blocks = frames.div_ceil(segment_frames).checked_mul(types.len());
        let index_bytes = blocks.and_then(|blocks| blocks.checked_mul(ENTRY_BYTES));
        let index_bytes = index_bytes.filter(|index| *index as u64 <= bytes);
        let index_bytes = index_bytes.ok_or_else(|| damaged("it is too short for its index"))?;
        let blocks_end = bytes - index_bytes as u64;
        let mut entries = vec![0; index_bytes];
        file.seek(SeekFrom::Start(blocks_end)).map_err(failed())?;
        file.read_exact(&mut entries).map_err(failed())?;
        let mut index = Vec::with_capacity(index_bytes / ENTRY_BYTES);
        let mut start = 0;
        for entry in entries.as_chunks::<ENTRY_BYTES>().0 {
            let &[a, b, c, d, ref hash @ ..] = entry;
            let length = u32::from_le_bytes([a, b, c, d]);
            index.push((start, length, *hash));
            start += u64::from(length);
        }
        if start != blocks_end {
            return Err(damaged("its index is not that of its blocks"));
        }
        Ok(Self { path: path.to_owned(), segment_frames, types, frames, index })
    }

    /// Rows of some columns, by their place in the array: pieces of each column, in order.
    pub(crate) fn read(&self, places: &[usize], rows: Range<usize>) -> Result<Vec<Vec<ArrayRef>>> {
        if rows.is_empty() {
            return Ok(vec![Vec::new(); places.len()]);
        }
        let segments = rows.start / self.segment_frames..=(rows.end - 1) / self.segment_frames;
        let mut file = File::open(&self.path).map_err(Error::io("cannot be read", &self.path))?;
        let mut pieces = vec![Vec::new(); places.len()];
        for segment in segments {
            let first = segment * self.segment_frames;
            let last = self.frames.min(first + self.segment_frames);
            let mut blocks = Vec::with_capacity(places.len());
            for place in places {
                let (start, length, hash) = self.index[segment * self.types.len() + place];
                let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
                let read = file.seek(SeekFrom::Start(start)).and_then(|_| file.read_exact(&mut bytes));
                read.map_err(Error::io("cannot be read", &self.path))?;
                blocks.push((*place, bytes, hash));
            }
            let within = rows.start.max(first) - first..rows.end.min(last) - first;
            let decode = |(place, bytes, hash): &(usize, Vec<u8>, [u8; 8])| {
                let what = || format!("segment {segment} of column {place}");
                if blake3::hash(bytes).as_bytes()[..8] != hash[..] {
                    return Err(Error::damaged(&self.path, format!("{} is not as it was written", what())));
                }
                let array = block::decode(bytes, self.types[*place], last - first);
                let array = array.map_err(|why| Error::damaged(&self.path, format!("{}: {why}", what())))?;
                Ok(array.slice(within.start, within.len()))
            };
            let decoded: Vec<Result<ArrayRef>> = blocks.par_iter().map(decode).collect();
            for (pieces, array) in pieces.iter_mut().zip(decoded) {
                pieces.push(array?);
            }
        }
        Ok(pieces)
    }
}
