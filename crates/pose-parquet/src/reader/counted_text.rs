//! Text in encodings that begin with how many values there are.
//!
//! The decoder of the `parquet` crate takes memory for as many lengths as a page says that it has, before it looks for
//! them. So pages are looked at first, decompressed, which costs a second decompression. Few columns are encoded so: what
//! Polars and `DuckDB` write of texts that are mostly different.

use std::sync::Arc;

use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::levels::{take_length, take_varint};
use crate::pages::{COUNTED, CheckedPages};

/// Whether the footer says that there may be such text in a chunk.
pub(super) fn is_named(chunk: &ColumnChunkMetaData) -> bool {
    chunk.encodings().any(|encoding| COUNTED.contains(&encoding))
}

/// Checks that the pages of a chunk count no more values than they have rows.
pub(super) fn check(source: &Arc<CheckedPages>, chunk: &ColumnChunkMetaData) -> Result<()> {
    if chunk.column_descr().physical_type() != Type::BYTE_ARRAY {
        return Ok(());
    }
    let total = usize::try_from(chunk.num_values())?;
    let mut pages = SerializedPageReader::new(Arc::clone(source), chunk, total, None)?;
    let is_optional = chunk.column_descr().max_def_level() > 0;
    while let Some(page) = pages.get_next_page()? {
        if !COUNTED.contains(&page.encoding()) {
            continue;
        }
        let rows = u64::from(page.num_values());
        let values = match &page {
            Page::DataPage { buf, .. } if is_optional => take_length(buf)?.1,
            Page::DataPageV2 { buf, def_levels_byte_len, rep_levels_byte_len, .. } => {
                let levels =
                    usize::try_from(u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len))?;
                buf.get(levels..).ok_or_else(|| wrong("levels reach past their page"))?
            }
            page => page.buffer(),
        };
        let behind = skip_counted(values, rows)?;
        if page.encoding() == Encoding::DELTA_BYTE_ARRAY {
            // What texts share with the one before, and then how much is their own.
            skip_counted(behind, rows)?;
        }
    }
    Ok(())
}

/// Passes over packed differences, of which there may be so many, and gives what stands behind them.
fn skip_counted(bytes: &[u8], rows: u64) -> Result<&[u8]> {
    /// Arrow's C++ library and everything else takes 128.
    const MAX_BLOCK: u64 = 1 << 16;

    let next = |bytes| take_varint(bytes).ok_or_else(|| wrong("packed lengths end too early"));
    let (block, bytes) = next(bytes)?;
    let (parts, bytes) = next(bytes)?;
    let (count, bytes) = next(bytes)?;
    let (_, mut bytes) = next(bytes)?;
    if count > rows {
        return Err(wrong(&format!("{count} lengths of texts are said to be in a page of {rows} rows")));
    }
    if block > MAX_BLOCK || parts == 0 || parts > block || !block.is_multiple_of(parts) {
        return Err(wrong(&format!("lengths of texts are packed in {parts} parts of a block of {block}")));
    }
    let per_part = block / parts;
    let mut left = count.saturating_sub(1);
    while left > 0 {
        let (_, rest) = next(bytes)?;
        let parts = usize::try_from(parts)?;
        let (widths, mut rest) =
            rest.split_at_checked(parts).ok_or_else(|| wrong("packed lengths end too early"))?;
        for width in widths.iter().take_while(|_| left > 0).collect::<Vec<_>>() {
            // The last part may be cut off where no length is left.
            let packed = usize::try_from(u64::from(*width) * per_part / 8)?;
            rest = rest.get(packed..).unwrap_or(&[]);
            left = left.saturating_sub(per_part);
            if left == 0 {
                break;
            }
        }
        bytes = rest;
    }
    Ok(bytes)
}

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_held_against_rows() {
        // 128 in 4 parts, 3 values, the first 5; differences of at least 0, no bits in any part.
        let lengths = [0x80, 1, 4, 3, 10, 0, 0, 0, 0, 0, b'x'];
        assert_eq!(skip_counted(&lengths, 3).unwrap(), b"x");
        assert!(skip_counted(&lengths, 2).unwrap_err().to_string().contains("3 lengths"));
        let bits = [&[0x80, 1, 4, 3, 10, 0, 2, 0, 0, 0][..], &[0; 8], b"x"].concat();
        assert_eq!(skip_counted(&bits, 3).unwrap(), b"x");
        for damaged in [&[][..], &[0x80, 1, 0, 3, 10], &[0x80, 1, 3, 3, 10], &[0x80; 20], &lengths[..7]] {
            assert!(skip_counted(damaged, 3).is_err(), "{damaged:x?}");
        }
    }
}
