//! How much text a file may unfold to: a dictionary holds a text once, and every row may be that text.

use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use parquet::basic::Type;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};

use crate::source::Source;
use crate::thrift::PageHeader;

/// How many bytes of text may come out of each byte of a file.
const MAX_TEXT_PER_BYTE: u64 = 1 << 10;

/// What may come out of any.
const MIN_LIMIT_BYTES: u64 = 64 << 20;

/// The text that may still be decoded, by all threads together.
pub(super) struct TextLimit {
    limit: u64,
    left: AtomicU64,
}

impl TextLimit {
    pub(super) fn of(source: &Source) -> Self {
        let limit = source.len().saturating_mul(MAX_TEXT_PER_BYTE).max(MIN_LIMIT_BYTES);
        Self { limit, left: AtomicU64::new(limit) }
    }

    /// So many rows of these chunks, or as many as cannot hold much more text than there may be.
    pub(super) fn rows<'a>(
        &self,
        source: &Source,
        chunks: impl Iterator<Item = &'a ColumnChunkMetaData>,
        rows: usize,
    ) -> Result<usize> {
        let mut longest = 1;
        for chunk in chunks.filter(|chunk| chunk.column_descr().physical_type() == Type::BYTE_ARRAY) {
            longest = largest_page(source, chunk)?.max(longest);
        }
        Ok(usize::try_from(self.limit / longest).unwrap_or(usize::MAX).clamp(1, rows.max(1)))
    }

    /// Counts the text in a batch.
    pub(super) fn take(&self, batch: &RecordBatch) -> Result<()> {
        let texts = batch.columns().iter().filter_map(|column| column.as_string_opt::<i32>());
        let bytes: u64 = texts.map(|texts| texts.value_data().len() as u64).sum();
        let taken = |left: u64| left.checked_sub(bytes);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken) {
            Ok(_) => Ok(()),
            Err(_) => Err(ParquetError::General(format!(
                "its text is more than {} bytes, as much as a file of its size may hold",
                self.limit
            ))),
        }
    }
}

/// The size of the largest page of a chunk. No text in it is longer.
fn largest_page(source: &Source, chunk: &ColumnChunkMetaData) -> Result<u64> {
    let (start, length) = chunk.byte_range();
    let (mut position, end) = (start, start.saturating_add(length));
    let mut largest = 0;
    while position < end {
        let header = PageHeader::read(&mut *source.get_read(position)?)?;
        let size = |field: i16| header.number(0, field).and_then(|size| u64::try_from(size).ok());
        let (Some(uncompressed), Some(compressed), Some(0 | 2 | 3)) = (size(2), size(3), size(1)) else {
            return Err(ParquetError::General(format!("the page at {position} is of no type that is known")));
        };
        largest = uncompressed.max(largest);
        position = position.saturating_add(header.bytes.len() as u64).saturating_add(compressed);
    }
    Ok(largest)
}
