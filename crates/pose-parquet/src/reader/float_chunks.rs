//! Column chunks of floats, decoded straight to where they are wanted.
//!
//! The decoder of the `parquet` crate takes values a byte at a time, and copies them twice more. Plain and split floats,
//! which is how this crate writes them, are decoded here: pages are taken apart and decompressed by the crate, and their
//! values put into the column. Chunks that hold anything else are left to the crate.

use std::ops::Range;
use std::sync::Arc;

use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;

use super::levels::{Levels, take_length};
use super::unpack::Packing;
use crate::float::Float;
use crate::pages::CheckedPages;
use crate::source::PartMemory;

/// What lengths and the like take in a page, beside levels and values.
const MOST_LENGTHS: usize = 64;

/// A column chunk of up to so many bytes is read at once. Those of the usual row groups, of 131,072 frames, are at most half as
/// large.
const WHOLE_CHUNK_BYTES: u64 = 2 << 20;

/// Memory that decoding needs, to be used again for the next chunk. Fresh memory costs more than what is done in it.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    chunk: PartMemory,
    unpacked: Vec<u8>,
    levels: Levels,
}

/// Whether the chunk holds floats as they are decoded here, by what the footer says.
pub(super) fn is_known(chunk: &ColumnChunkMetaData) -> bool {
    let column = chunk.column_descr();
    matches!(column.physical_type(), Type::FLOAT | Type::DOUBLE)
        && column.logical_type_ref().is_none()
        && column.max_rep_level() == 0
        && column.max_def_level() <= 1
        && chunk.dictionary_page_offset().is_none()
        && chunk
            .encodings()
            .all(|encoding| matches!(encoding, Encoding::PLAIN | Encoding::BYTE_STREAM_SPLIT | Encoding::RLE))
}

/// Floats in memory, of those that are stored as `F`.
pub(super) trait FromStored<F: Float>: Float {
    /// Fills in values that `decode` stores; places that are null have the value `missing`.
    fn fill(target: &mut [Self], missing: Self, decode: impl FnOnce(&mut [F], F) -> Result<()>)
    -> Result<()>;
}

impl<F: Float> FromStored<F> for F {
    fn fill(target: &mut [F], missing: F, decode: impl FnOnce(&mut [F], F) -> Result<()>) -> Result<()> {
        decode(target, missing)
    }
}

/// A column that was [narrowed](crate::WriteOptions::narrow): its only NaN is the missing one.
impl FromStored<f32> for f64 {
    fn fill(
        target: &mut [f64],
        missing: f64,
        decode: impl FnOnce(&mut [f32], f32) -> Result<()>,
    ) -> Result<()> {
        let mut stored = vec![0.0; target.len()];
        decode(&mut stored, f32::NAN)?;
        for (value, stored) in target.iter_mut().zip(stored) {
            *value = if stored.is_nan() { missing } else { stored.into() };
        }
        Ok(())
    }
}

/// Decodes these rows of a chunk, counted within it.
pub(super) fn decode<F: Float, T: FromStored<F>>(
    source: &Arc<CheckedPages>,
    chunk: &ColumnChunkMetaData,
    rows: Range<usize>,
    missing: T,
    target: &mut [T],
    scratch: &mut Scratch,
) -> Result<()> {
    let total = usize::try_from(chunk.num_values())?;
    let (packing, seen_by_crate) = Packing::of(chunk)?;
    let (start, length) = chunk.byte_range();
    let source = if rows.len() == total && length <= WHOLE_CHUNK_BYTES {
        Arc::new(source.part(start..start.saturating_add(length), &mut scratch.chunk)?)
    } else {
        Arc::clone(source)
    };
    let mut pages = SerializedPageReader::new(source, &seen_by_crate, total, None)?;
    let mut pieces =
        Pieces { packing, unpacked: &mut scratch.unpacked, levels: &mut scratch.levels, values: Vec::new() };
    // How many rows of the chunk stand before the next page, and how many of those wanted are there.
    let (mut before, mut done) = (0, 0);
    while done < target.len() {
        let page = pages.peek_next_page()?.ok_or_else(|| wrong("a column chunk ends before its rows"))?;
        let page_rows =
            page.num_levels.or(page.num_rows).ok_or_else(|| wrong("a page does not say its rows"))?;
        if page_rows > total - before {
            return Err(wrong(&format!("a page claims {page_rows} rows, and {} are left", total - before)));
        }
        let end = before + page_rows;
        if end <= rows.start {
            pages.skip_next_page()?;
        } else {
            let page = pages.get_next_page()?.ok_or_else(|| wrong("a page is missing"))?;
            let wanted = rows.start.max(before) - before..rows.end.min(end) - before;
            let part = target.get_mut(done..done + wanted.len()).ok_or_else(|| wrong("too many rows"))?;
            T::fill(part, missing, |part, missing| {
                pieces.decode(&page, chunk.column_descr(), page_rows, wanted.clone(), missing, part)
            })?;
            done += wanted.len();
        }
        before = end;
    }
    Ok(())
}

/// Memory that decoding needs between pages.
struct Pieces<'a, F> {
    packing: Packing,
    unpacked: &'a mut Vec<u8>,
    values: Vec<F>,
    levels: &'a mut Levels,
}

impl<F: Float> Pieces<'_, F> {
    /// Decodes the wanted rows of a page, which are as many as `target` has.
    fn decode(
        &mut self,
        page: &Page,
        column: &ColumnDescriptor,
        rows: usize,
        wanted: Range<usize>,
        missing: F,
        target: &mut [F],
    ) -> Result<()> {
        let is_optional = column.max_def_level() == 1;
        // Levels are bits, in runs or packed, and runs take two bytes at the least.
        let most = rows * (size_of::<F>() + 2) + MOST_LENGTHS;
        let (encoding, bytes, levels) = match page {
            Page::DataPage { buf, encoding, def_level_encoding, .. } => {
                if is_optional && *def_level_encoding != Encoding::RLE {
                    return Err(wrong("its levels are not packed as this decoder knows them"));
                }
                let page = self.packing.unpack(buf, most, self.unpacked)?;
                let (levels, values) = if is_optional { take_length(page)? } else { (&[][..], page) };
                (encoding, values, levels)
            }
            Page::DataPageV2 {
                buf,
                encoding,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                ..
            } => {
                if *rep_levels_byte_len != 0 {
                    return Err(wrong("a column without repetition has levels of it"));
                }
                let length = usize::try_from(*def_levels_byte_len)?;
                let (levels, values) =
                    buf.split_at_checked(length).ok_or_else(|| wrong("levels reach past their page"))?;
                let values = match is_compressed {
                    true => self.packing.unpack(values, most, self.unpacked)?,
                    false => values,
                };
                (encoding, values, levels)
            }
            Page::DictionaryPage { .. } => return Err(wrong("a dictionary that the footer does not name")),
        };
        let present = if is_optional { self.levels.decode(levels, rows)? } else { rows };
        // fastparquet leaves bytes behind plain values.
        let bytes = match encoding {
            Encoding::PLAIN => bytes.get(..present * size_of::<F>()).unwrap_or(bytes),
            _ => bytes,
        };
        if bytes.len() != present * size_of::<F>() {
            let (found, width) = (bytes.len(), size_of::<F>());
            return Err(wrong(&format!("a page has {found} bytes for {present} values of {width}")));
        }
        let join = |values: &mut [F]| {
            let values = bytemuck::cast_slice_mut(values);
            match encoding {
                Encoding::PLAIN => values.copy_from_slice(bytes),
                Encoding::BYTE_STREAM_SPLIT => byte_planes::join(size_of::<F>(), bytes, values),
                other => {
                    return Err(wrong(&format!("a page is encoded as {other}, the footer says otherwise")));
                }
            }
            Ok(())
        };
        if present == rows && wanted.len() == rows {
            return join(target);
        }
        self.values.resize(present, F::ZERO);
        join(&mut self.values)?;
        if present == rows {
            target.copy_from_slice(&self.values[wanted]);
            return Ok(());
        }
        let before = self.levels.count_present(wanted.start);
        let mut values = self.values[before..].iter();
        for (row, value) in wanted.zip(target) {
            let present = self.levels.is_present(row).then(|| values.next().copied()).flatten();
            *value = present.unwrap_or(missing);
        }
        Ok(())
    }
}

fn wrong(what: &str) -> ParquetError {
    ParquetError::General(what.to_owned())
}
