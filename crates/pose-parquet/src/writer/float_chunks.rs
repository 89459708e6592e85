//! Column chunks of floats: pages made here, from the values as they are in memory.
//!
//! The writer of the `parquet` crate copies values several times on their way to a page: as they come, into its encoder,
//! sorted by byte, and behind their levels. Here they are sorted straight into the page. Headers, statistics, indexes and
//! the footer are the crate's.

use std::borrow::Cow;
use std::{iter, mem};

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::metadata::{ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder};
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::zstd_safe::CParameter;

use super::levels;
use super::pages::pages;
use super::summary::Summary;
use crate::float::Float;
use crate::profile::{FloatLayout, Profile};

/// zstd's level for telling which of several layouts takes less.
const PROBE_LEVEL: i32 = 1;

/// What one thread needs to make pages; it is used again for every chunk.
pub(super) struct PageMaker {
    profile: Profile,
    zstd: zstd::bulk::Compressor<'static>,
    /// A page before it is compressed.
    page: Vec<u8>,
    /// A page that is compressed.
    packed: Vec<u8>,
}

/// Which column chunks have an index of their pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageIndex {
    /// Those of several pages. Of one the index would say what the footer says.
    OfSeveral,
    /// All, because others in the file have: DataFusion uses the index of no page where one is missing.
    OfAll,
}

/// A column chunk, encoded.
pub(super) struct Chunk {
    pub(super) bytes: Bytes,
    pub(super) close: ColumnCloseResult,
    pub(super) nulls: usize,
}

impl PageMaker {
    pub(super) fn new(profile: Profile) -> Result<Self> {
        let mut zstd = zstd::bulk::Compressor::new(profile.float_level(profile.float_layouts().0))?;
        // Parquet has a checksum for pages, which the `parquet` crate does not write. zstd's own does as well: the
        // decoders of readers check it.
        zstd.include_checksum(true)?;
        if let Some(log) = profile.float_window_log() {
            zstd.set_parameter(CParameter::WindowLog(log))?;
        }
        Ok(Self { profile, zstd, page: Vec::new(), packed: Vec::new() })
    }

    /// Encodes a column chunk of values that come in pieces, in memory that is given. Those of the bits `missing` become null;
    /// they are those of the first NaN where there are none yet.
    pub(super) fn chunk<F: Float>(
        &mut self,
        mut memory: Vec<u8>,
        pieces: &[&[F]],
        missing: &mut Option<u64>,
        column: &ColumnDescPtr,
        page_index: PageIndex,
    ) -> Result<Chunk> {
        let (first, others) = self.profile.float_layouts();
        let mut layout = first;
        if !others.is_empty() {
            self.zstd.set_compression_level(PROBE_LEVEL)?;
            let mut least = None;
            for &other in iter::once(&first).chain(others) {
                let chunk = self.chunk_of(memory, pages(pieces), other, missing, column, page_index)?;
                let bytes = chunk.bytes.len();
                if least.is_none_or(|least| bytes < least) {
                    (layout, least) = (other, Some(bytes));
                }
                memory = memory_of(chunk.bytes);
            }
            self.zstd.set_compression_level(self.profile.float_level(layout))?;
        }
        self.chunk_of(memory, pages(pieces), layout, missing, column, page_index)
    }

    fn chunk_of<'a, F: Float>(
        &mut self,
        memory: Vec<u8>,
        pages: impl Iterator<Item = Cow<'a, [F]>>,
        layout: FloatLayout,
        missing: &mut Option<u64>,
        column: &ColumnDescPtr,
        page_index: PageIndex,
    ) -> Result<Chunk> {
        let mut out = TrackedWrite::new(memory);
        let mut offsets = OffsetIndexBuilder::new();
        let mut index = ColumnIndexBuilder::new(column.physical_type());
        let mut whole = Summary::<F>::default();
        let (mut rows, mut uncompressed, mut num_pages) = (0, 0, 0);
        for values in pages {
            let summary = Summary::of(&values, missing);
            self.fill(&values, layout, &summary, *missing);
            let packed = self.pack()?;
            let page = Page::DataPage {
                buf: packed.clone(),
                num_values: u32::try_from(values.len())?,
                encoding: layout.encoding(),
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            };
            let page = CompressedPage::new(page, self.page.len());
            let written = SerializedPageWriter::new(&mut out).write_page(page)?;
            self.packed = memory_of(packed);
            rows += values.len();
            uncompressed += written.uncompressed_size;
            num_pages += 1;
            offsets.append_row_count(i64::try_from(values.len())?);
            let (offset, size) = (i64::try_from(written.offset)?, i32::try_from(written.compressed_size)?);
            offsets.append_offset_and_size(offset, size);
            summary.add_to(&mut index, values.len());
            whole.add(&summary);
        }
        let bytes = out.into_inner()?;
        let metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression(self.profile.compression())
            .set_encodings(vec![layout.encoding(), Encoding::RLE])
            .set_num_values(i64::try_from(rows)?)
            .set_total_compressed_size(i64::try_from(bytes.len())?)
            .set_total_uncompressed_size(i64::try_from(uncompressed)?)
            .set_data_page_offset(0)
            .set_statistics(F::statistics(whole.extremes(), whole.nulls as u64))
            .build()?;
        let is_indexed = num_pages > 1 || page_index == PageIndex::OfAll;
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: rows as u64,
            metadata,
            bloom_filter: None,
            column_index: (is_indexed && index.valid()).then(|| index.build()).transpose()?,
            offset_index: is_indexed.then(|| offsets.build()),
        };
        Ok(Chunk { bytes: bytes.into(), close, nulls: whole.nulls })
    }

    /// Compresses the page.
    fn pack(&mut self) -> Result<Bytes> {
        let mut packed = mem::take(&mut self.packed);
        packed.clear();
        packed.reserve(zstd::zstd_safe::compress_bound(self.page.len()));
        self.zstd.compress_to_buffer(&self.page, &mut packed)?;
        Ok(packed.into())
    }

    /// Puts the levels and values of a page together.
    fn fill<F: Float>(
        &mut self,
        values: &[F],
        layout: FloatLayout,
        summary: &Summary<F>,
        missing: Option<u64>,
    ) {
        self.page.clear();
        if summary.nulls == 0 {
            levels::write_all_present(values.len(), &mut self.page);
            self.lay_out(values, layout);
        } else {
            let present = |value: &F| Some(value.bits()) != missing;
            levels::write(values.iter().map(present), values.len(), &mut self.page);
            let present: Vec<F> = values.iter().copied().filter(present).collect();
            self.lay_out(&present, layout);
        }
    }

    fn lay_out<F: Float>(&mut self, values: &[F], layout: FloatLayout) {
        let bytes = bytemuck::cast_slice(values);
        match layout {
            FloatLayout::Streams => {
                let start = self.page.len();
                self.page.resize(start + bytes.len(), 0);
                byte_planes::split(size_of::<F>(), bytes, &mut self.page[start..]);
            }
            FloatLayout::Plain => self.page.extend_from_slice(bytes),
        }
    }
}

/// The memory of bytes that nobody else has, to be used again. Fresh memory costs more than what is done in it.
pub(super) fn memory_of(mut bytes: Bytes) -> Vec<u8> {
    // Only what is kept would be copied.
    bytes.clear();
    bytes.into()
}
