//! Columns of some frames, decoded: floats here, on all threads; everything else by the `parquet` crate.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray, RecordBatch, new_empty_array};
use arrow_buffer::ScalarBuffer;
use arrow_select::concat::concat;
use column_memory::ColumnMemory;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
use parquet::basic::Type;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::Length;
use pose_frame::DEFAULT_BATCH_FRAMES;
use rayon::prelude::*;

use super::chunks;
use super::counted_text;
use super::float_chunks::{self, Scratch};
use super::plan::FileColumn;
use super::text::TextLimit;
use crate::pages::{CheckedPages, Counted, MIN_LIMIT_BYTES};
use crate::source::Source;
use crate::{ParquetError, ParquetErrorKind, missing};

/// How many columns the `parquet` crate decodes at once. Each has buffers and a zstd context of its own, which for
/// thousands of columns are more than their values.
const COLUMNS_AT_ONCE: usize = 16;

/// Fewer bytes of values than this are decoded on one thread: waking others takes longer.
const PARALLEL_BYTES: usize = 1 << 20;

/// How many bytes of values are taken at once for each byte of the file.
const MAX_AT_ONCE_PER_BYTE: u64 = 256;

/// Decodes columns of a file.
pub(super) struct Decoder<'a> {
    pub(super) source: &'a Source,
    pub(super) reader: &'a ArrowReaderMetadata,
}

/// Rows of one row group, counted within it.
struct Part {
    row_group: usize,
    rows: Range<usize>,
}

/// A column of floats that is being decoded.
struct FloatColumn {
    position: usize,
    values: FloatValues,
}

enum FloatValues {
    F64 {
        memory: ColumnMemory<f64>,
        missing: f64,
    },
    /// Stored as float32, and float64 in memory.
    Narrow {
        memory: ColumnMemory<f64>,
        missing: f64,
    },
    F32 {
        memory: ColumnMemory<f32>,
        missing: f32,
    },
}

/// Where the values of one row group go.
enum Target<'a> {
    F64(&'a mut [f64], f64),
    Narrow(&'a mut [f64], f64),
    F32(&'a mut [f32], f32),
}

impl Decoder<'_> {
    /// Decodes columns of these frames. Gives them by their position in the file.
    pub(super) fn decode(
        &self,
        wanted: &[&FileColumn],
        frames: &Range<usize>,
    ) -> Result<HashMap<usize, ArrayRef>, ParquetError> {
        let mut arrays = HashMap::with_capacity(wanted.len());
        if frames.is_empty() {
            let fields = self.reader.schema().fields();
            let empty = |column: &&FileColumn| {
                (column.position, new_empty_array(fields[column.position].data_type()))
            };
            arrays.extend(wanted.iter().map(empty));
            return Ok(arrays);
        }
        let parts = self.parts(frames);
        let mut wanted = wanted.to_vec();
        // In the order of the file, whatever the order that they were asked for in.
        wanted.sort_unstable_by_key(|column| column.position);
        wanted.dedup_by_key(|column| column.position);
        let source = self.source.fetch(|| {
            let row_groups: Vec<usize> = parts.iter().map(|part| part.row_group).collect();
            let positions: Vec<usize> = wanted.iter().map(|column| column.position).collect();
            chunks::ranges(self.reader.metadata(), &row_groups, &positions)
        })?;
        Decoder { source: &source, ..*self }.decode_parts(&wanted, &parts, frames.len(), &mut arrays)?;
        Ok(arrays)
    }

    fn decode_parts(
        &self,
        wanted: &[&FileColumn],
        parts: &[Part],
        rows: usize,
        arrays: &mut HashMap<usize, ArrayRef>,
    ) -> Result<(), ParquetError> {
        // Memory for floats is taken for all of them at once.
        let (mut floats, mut others): (Vec<_>, Vec<_>) =
            wanted.iter().copied().partition(|column| self.are_floats(column, parts, rows));
        if !self.may_take(floats.len(), rows) {
            (floats, others) = (Vec::new(), wanted.to_vec());
        }
        self.decode_floats(&floats, parts, rows, arrays)?;

        let others: Vec<usize> = others.iter().map(|column| column.position).collect();
        let text = TextLimit::of(self.source);
        let decode = |positions: &[usize]| self.decode_others(positions, parts, rows, &text);
        let decoded: Vec<Vec<ArrayRef>> = if others.len() * rows * size_of::<f64>() < PARALLEL_BYTES {
            others.chunks(COLUMNS_AT_ONCE).map(decode).collect::<Result<_, _>>()?
        } else {
            // Fewer at once where that gives every thread something to do.
            let at_once = others.len().div_ceil(rayon::current_num_threads()).clamp(1, COLUMNS_AT_ONCE);
            others.par_chunks(at_once).map(decode).collect::<Result<_, _>>()?
        };
        arrays.extend(others.into_iter().zip(decoded.into_iter().flatten()));
        Ok(())
    }

    fn decode_floats(
        &self,
        wanted: &[&FileColumn],
        parts: &[Part],
        rows: usize,
        arrays: &mut HashMap<usize, ArrayRef>,
    ) -> Result<(), ParquetError> {
        let mut columns: Vec<FloatColumn> = wanted
            .iter()
            .map(|column| FloatColumn::new(column, self.chunk(parts[0].row_group, column.position), rows))
            .collect::<Result<_, _>>()?;
        let mut work = Vec::with_capacity(columns.len() * parts.len());
        for column in &mut columns {
            let position = column.position;
            let targets = column.cut(parts);
            work.extend(targets.into_iter().zip(parts).map(|(target, part)| (position, part, target)));
        }
        let source = Arc::new(CheckedPages::of(self.source, Counted::Unnamed));
        let decode = |scratch: &mut Scratch, (position, part, target): (usize, &Part, Target<'_>)| {
            let chunk = self.chunk(part.row_group, position);
            let rows = part.rows.clone();
            match target {
                Target::F64(target, missing) => {
                    float_chunks::decode::<f64, f64>(&source, chunk, rows, missing, target, scratch)
                }
                Target::Narrow(target, missing) => {
                    float_chunks::decode::<f32, f64>(&source, chunk, rows, missing, target, scratch)
                }
                Target::F32(target, missing) => {
                    float_chunks::decode::<f32, f32>(&source, chunk, rows, missing, target, scratch)
                }
            }
            .map_err(|error| {
                let column = chunk.column_path().string();
                let reason = format!("column {column:?}, row group {}: {error}", part.row_group);
                ParquetError::from(ParquetErrorKind::Format { source: reason.into() })
            })
        };
        if wanted.len() * rows * size_of::<f64>() < PARALLEL_BYTES {
            let mut scratch = Scratch::default();
            work.into_iter().try_for_each(|work| decode(&mut scratch, work))?;
        } else {
            work.into_par_iter().try_for_each_init(Scratch::default, decode)?;
        }
        arrays.extend(columns.into_iter().map(|column| (column.position, column.values.into_array(rows))));
        Ok(())
    }

    /// Whether a column is one of floats that are decoded here.
    fn are_floats(&self, column: &FileColumn, parts: &[Part], rows: usize) -> bool {
        let chunks = || parts.iter().map(|part| self.chunk(part.row_group, column.position));
        chunks().all(float_chunks::is_known) && bear_out(chunks(), rows)
    }

    /// Whether memory may be taken at once for so many columns of so many rows: as much as a file of this size may hold
    /// without being odd. What is more may be a claim.
    fn may_take(&self, columns: usize, rows: usize) -> bool {
        let bytes = columns.saturating_mul(rows).saturating_mul(size_of::<f64>()) as u64;
        bytes <= self.source.len().saturating_mul(MAX_AT_ONCE_PER_BYTE).max(MIN_LIMIT_BYTES)
    }

    /// Decodes columns, in the order of the file, by the `parquet` crate.
    fn decode_others(
        &self,
        positions: &[usize],
        parts: &[Part],
        rows: usize,
        text: &TextLimit,
    ) -> Result<Vec<ArrayRef>, ParquetError> {
        // All rows at once, so that no column is copied together from pieces, unless they may be a claim. Then memory is
        // asked for as they come.
        let chunks = || {
            parts
                .iter()
                .flat_map(|part| positions.iter().map(|&position| self.chunk(part.row_group, position)))
        };
        let mut source = CheckedPages::of(self.source, Counted::Unnamed);
        if chunks().any(counted_text::is_named) {
            source = CheckedPages::of(self.source, Counted::LookedAt);
            let source = Arc::new(source.clone());
            chunks().try_for_each(|chunk| counted_text::check(&source, chunk))?;
        }
        let at_once = self.may_take(positions.len(), rows) && bear_out(chunks(), rows);
        let batch_rows = if at_once { rows } else { rows.min(DEFAULT_BATCH_FRAMES) };
        let batch_rows = text.rows(self.source, chunks(), batch_rows)?;
        let descriptor = self.reader.metadata().file_metadata().schema_descr();
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(source, self.reader.clone())
            .with_row_groups(parts.iter().map(|part| part.row_group).collect())
            .with_projection(ProjectionMask::roots(descriptor, positions.iter().copied()))
            .with_offset(parts[0].rows.start)
            .with_limit(rows)
            .with_batch_size(batch_rows)
            .build()?;
        let counted = batches.map(|batch| {
            let batch = batch.map_err(decoding)?;
            text.take(&batch)?;
            Ok::<_, ParquetError>(batch)
        });
        let batches = counted.collect::<Result<Vec<_>, _>>()?;
        let found: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if found != rows {
            let reason = format!("{rows} frames decode to {found} rows");
            return Err(ParquetErrorKind::Format { source: reason.into() }.into());
        }
        let column = |column: usize| match batches.as_slice() {
            [batch] => Ok(Arc::clone(batch.column(column))),
            batches => {
                let pieces: Vec<&dyn Array> =
                    batches.iter().map(|batch| batch.column(column).as_ref()).collect();
                concat(&pieces).map_err(decoding)
            }
        };
        (0..positions.len()).map(column).collect()
    }

    fn chunk(&self, row_group: usize, position: usize) -> &ColumnChunkMetaData {
        self.reader.metadata().row_group(row_group).column(position)
    }

    /// The rows of each row group that are among these frames.
    fn parts(&self, frames: &Range<usize>) -> Vec<Part> {
        let (mut parts, mut start) = (Vec::new(), 0);
        for (row_group, metadata) in self.reader.metadata().row_groups().iter().enumerate() {
            let end = start + usize::try_from(metadata.num_rows()).unwrap_or(0);
            let rows = frames.start.max(start)..frames.end.min(end);
            if !rows.is_empty() {
                parts.push(Part { row_group, rows: rows.start - start..rows.end - start });
            }
            start = end;
        }
        parts
    }
}

impl FloatColumn {
    fn new(column: &FileColumn, chunk: &ColumnChunkMetaData, rows: usize) -> Result<Self, ParquetError> {
        let is_double = chunk.column_descr().physical_type() == Type::DOUBLE;
        let values = if is_double || column.is_narrow {
            let (memory, missing) = (ColumnMemory::zeroed(rows)?, missing::value(column.missing_bits));
            if is_double {
                FloatValues::F64 { memory, missing }
            } else {
                FloatValues::Narrow { memory, missing }
            }
        } else {
            FloatValues::F32 {
                memory: ColumnMemory::zeroed(rows)?,
                missing: missing::value(column.missing_bits),
            }
        };
        Ok(Self { position: column.position, values })
    }

    /// Cuts the memory of the column into that of the parts.
    fn cut(&mut self, parts: &[Part]) -> Vec<Target<'_>> {
        match &mut self.values {
            FloatValues::F64 { memory, missing } => {
                cut(memory.as_mut_slice(), parts).map(|part| Target::F64(part, *missing)).collect()
            }
            FloatValues::Narrow { memory, missing } => {
                cut(memory.as_mut_slice(), parts).map(|part| Target::Narrow(part, *missing)).collect()
            }
            FloatValues::F32 { memory, missing } => {
                cut(memory.as_mut_slice(), parts).map(|part| Target::F32(part, *missing)).collect()
            }
        }
    }
}

impl FloatValues {
    fn into_array(self, rows: usize) -> ArrayRef {
        match self {
            Self::F64 { memory, .. } | Self::Narrow { memory, .. } => {
                let values = ScalarBuffer::new(memory.into_buffer(), 0, rows);
                Arc::new(PrimitiveArray::<Float64Type>::new(values, None))
            }
            Self::F32 { memory, .. } => {
                let values = ScalarBuffer::new(memory.into_buffer(), 0, rows);
                Arc::new(PrimitiveArray::<Float32Type>::new(values, None))
            }
        }
    }
}

/// Whether column chunks hold enough for so many rows: of those of which there is less than a byte each in the pages, how
/// many there are may be a claim.
fn bear_out<'a>(chunks: impl Iterator<Item = &'a ColumnChunkMetaData>, rows: usize) -> bool {
    let bytes = chunks
        .map(|column| u64::try_from(column.uncompressed_size()).unwrap_or(0))
        .fold(0, u64::saturating_add);
    usize::try_from(bytes).unwrap_or(usize::MAX) >= rows
}

fn cut<'a, T>(mut values: &'a mut [T], parts: &[Part]) -> impl Iterator<Item = &'a mut [T]> {
    parts.iter().map(move |part| {
        let (front, rest) = std::mem::take(&mut values).split_at_mut(part.rows.len());
        values = rest;
        front
    })
}

fn decoding(error: arrow_schema::ArrowError) -> ParquetError {
    ParquetErrorKind::Format { source: Box::new(error) }.into()
}
