//! Reading tables.

mod plan;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range as FrameRange;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, RecordBatch, new_empty_array, new_null_array};
use arrow_schema::DataType;
use arrow_select::concat::concat;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::ParquetStatisticsPolicy;
use parquet::file::reader::Length;
use pose_frame::{
    DEFAULT_BATCH_FRAMES, IndexField, IndexLevel, PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex,
    Selection, TableError,
};

use self::plan::{FileColumn, IndexLayout, Layout, plan};
use crate::footer::{self, PoseEntry};
use crate::pages::CheckedPages;
use crate::pandas::{self, PandasEntry, Range};
use crate::source::Source;
use crate::{ParquetError, ParquetErrorKind};
use crate::{footer_checks, guard, labels, missing};

/// How many columns are decoded at once. Each has buffers and a zstd context of its own, which for thousands of columns
/// are more than their values.
const COLUMNS_AT_ONCE: usize = 128;

/// A pose table in a Parquet file, read on demand.
///
/// Opening reads the footer, and no values (a file of at most 4 MiB is fetched whole, undecoded). A selection
/// decodes its columns only, and of those only the row groups that hold its frames.
///
/// Files of pandas (pyarrow or fastparquet) read back as the frame that pandas would give; files without pandas'
/// metadata as a flat table with rows counted from 0.
///
/// # Missing values
///
/// A null float is NaN; in a file of this crate with the bits that it was written with, else with `numpy.nan`'s.
/// Null text, integers and booleans stay null.
pub struct ParquetTable {
    source: Source,
    path: Option<PathBuf>,
    reader: ArrowReaderMetadata,
    schema: PoseSchema,
    layout: Layout,
    num_frames: usize,
}

impl fmt::Debug for ParquetTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, schema, num_frames, .. } = self;
        f.debug_struct("ParquetTable")
            .field("path", path)
            .field("schema", schema)
            .field("num_frames", num_frames)
            .finish_non_exhaustive()
    }
}

impl ParquetTable {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not a whole Parquet file, or holds what is no pose table: columns of
    /// types that a table cannot hold, or two columns of one name.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ParquetError> {
        let path = path.as_ref();
        let source = Source::open(path).map_err(|error| ParquetError::from(error).at(Some(path)))?;
        Self::from_source(source, Some(path)).map_err(|error| error.at(Some(path)))
    }

    /// Opens a file that is in memory.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, ParquetError> {
        Self::from_source(Source::Memory(bytes.into()), None)
    }

    fn from_source(source: Source, path: Option<&Path>) -> Result<Self, ParquetError> {
        if source.len() == 0 {
            return Err(ParquetErrorKind::Format { source: "it is empty".into() }.into());
        }
        // The types are Parquet's own: an Arrow schema would bring types that mean the same and are read apart.
        // And what the footer tells of values is not needed: for thousands of columns it is most of the footer.
        let options = ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_column_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll)
            .with_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
        let reader = guard::decode(|| Ok(ArrowReaderMetadata::load(&source, options)?))?;
        let entry = |key: &str| {
            let entries = reader.metadata().file_metadata().key_value_metadata();
            entries?.iter().find(|entry| entry.key == key)?.value.clone()
        };
        let pandas = entry(pandas::KEY).map(|json| PandasEntry::from_json(&json)).transpose()?;
        let pose =
            entry(footer::KEY).map(|json| PoseEntry::from_json(&json)).transpose()?.unwrap_or_default();

        let num_rows = footer_checks::check(reader.metadata(), source.len())?;
        let (schema, layout, num_frames) = plan(&reader, pandas.as_ref(), &pose, num_rows)?;
        let schema = schema.with_metadata(pose.metadata);
        Ok(Self { source, path: path.map(Path::to_owned), reader, schema, layout, num_frames })
    }

    fn read_frames(&self, columns: &[usize], frames: FrameRange<usize>) -> Result<PoseFrame, ParquetError> {
        let mut wanted: Vec<usize> =
            columns.iter().map(|&column| self.layout.columns[column].position).collect();
        match &self.layout.index {
            IndexLayout::Range { .. } => {}
            IndexLayout::Labels(_, column) => wanted.push(column.position),
            IndexLayout::Multi(levels) => wanted.extend(levels.iter().map(|(_, column)| column.position)),
        }
        let mut arrays = guard::decode(|| self.decode(&wanted, frames.clone()))?;
        let mut take = |column: &FileColumn| {
            let array = arrays.remove(&column.position).ok_or_else(|| {
                let reason = format!("column {} is wanted twice", column.position);
                ParquetError::from(ParquetErrorKind::Format { source: reason.into() })
            })?;
            let array = match array.data_type() {
                DataType::Null => new_null_array(&DataType::Utf8, array.len()),
                _ => array,
            };
            missing::restore(array, column.missing_bits).ok_or_else(|| {
                let reason = "the bits of a missing value are too many for its column".to_owned();
                ParquetError::from(ParquetErrorKind::Entry { entry: footer::KEY, reason })
            })
        };
        let values = columns.iter().map(|&column| take(&self.layout.columns[column]));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let index = match &self.layout.index {
            IndexLayout::Range { name, range } => {
                let Range { start, step } = *range;
                let name = name.clone();
                RowIndex::Range(RangeIndex { name, start, step, len: self.num_frames }).slice(frames)
            }
            IndexLayout::Labels(field, column) => RowIndex::Labels(level(field, take(column)?)?),
            IndexLayout::Multi(levels) => {
                let levels = levels.iter().map(|(field, column)| level(field, take(column)?));
                RowIndex::Multi(levels.collect::<Result<_, _>>()?)
            }
        };
        let schema = Arc::new(self.schema.project(columns));
        Ok(PoseFrame::new(schema, index, values)?)
    }

    /// Decodes columns by their position in the file.
    fn decode(
        &self,
        wanted: &[usize],
        frames: FrameRange<usize>,
    ) -> Result<HashMap<usize, ArrayRef>, ParquetError> {
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        if frames.is_empty() {
            let fields = self.reader.schema().fields();
            return Ok(wanted
                .iter()
                .map(|&column| (column, new_empty_array(fields[column].data_type())))
                .collect());
        }
        // Columns come in the order of the file, whatever the order that they were asked for in.
        let mut positions = wanted.to_vec();
        positions.sort_unstable();
        positions.dedup();
        let (row_groups, skipped) = self.row_groups_of(&frames);
        let rows_before = frames.start - skipped;
        let mut arrays = HashMap::with_capacity(positions.len());
        for positions in positions.chunks(COLUMNS_AT_ONCE) {
            let decoded = self.decode_together(positions, &row_groups, rows_before, &frames)?;
            arrays.extend(positions.iter().copied().zip(decoded));
        }
        Ok(arrays)
    }

    /// Decodes columns, in the order of the file, of these row groups from that row on.
    fn decode_together(
        &self,
        positions: &[usize],
        row_groups: &[usize],
        rows_before: usize,
        frames: &FrameRange<usize>,
    ) -> Result<Vec<ArrayRef>, ParquetError> {
        let batch_rows = self.batch_rows(positions, row_groups, frames.len());
        let descriptor = self.reader.metadata().file_metadata().schema_descr();
        let batches = ParquetRecordBatchReaderBuilder::new_with_metadata(
            CheckedPages::of(&self.source),
            self.reader.clone(),
        )
        .with_row_groups(row_groups.to_vec())
        .with_projection(ProjectionMask::roots(descriptor, positions.iter().copied()))
        .with_offset(rows_before)
        .with_limit(frames.len())
        .with_batch_size(batch_rows)
        .build()?;
        let batches = batches.collect::<Result<Vec<_>, _>>().map_err(decoding)?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows != frames.len() {
            let reason = format!("frames {}..{} decode to {rows} rows", frames.start, frames.end);
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

    /// How many rows to decode at once: all of them, so that no column is copied together from pieces, unless there
    /// is less than a byte per row to decode. Then the rows may be a claim, and memory is asked for as they come.
    fn batch_rows(&self, positions: &[usize], row_groups: &[usize], rows: usize) -> usize {
        let groups = row_groups.iter().map(|&group| self.reader.metadata().row_group(group));
        let columns = groups.flat_map(|group| positions.iter().map(|&position| group.column(position)));
        let bytes = columns
            .map(|column| u64::try_from(column.uncompressed_size()).unwrap_or(0))
            .fold(0, u64::saturating_add);
        let borne_out =
            usize::try_from(bytes).unwrap_or(usize::MAX) >= rows && bytes / 256 <= self.source.len();
        if borne_out { rows } else { rows.min(DEFAULT_BATCH_FRAMES) }
    }

    /// The row groups that hold these frames, and how many frames stand before the first of them.
    fn row_groups_of(&self, frames: &FrameRange<usize>) -> (Vec<usize>, usize) {
        let (mut groups, mut skipped, mut start) = (Vec::new(), 0, 0);
        for (group, metadata) in self.reader.metadata().row_groups().iter().enumerate() {
            let end = start + usize::try_from(metadata.num_rows()).unwrap_or(0);
            if end <= frames.start {
                skipped = end;
            } else if start < frames.end {
                groups.push(group);
            }
            start = end;
        }
        (groups, skipped)
    }
}

impl PoseTable for ParquetTable {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.num_frames
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.schema, self.num_frames)?;
        let frame = self.read_frames(&resolved.columns, resolved.frames);
        frame.map_err(|error| error.at(self.path.as_deref()).into())
    }
}

fn level(field: &IndexField, values: ArrayRef) -> Result<IndexLevel, ParquetError> {
    Ok(IndexLevel::new(field.name.clone(), labels::from_file(values, &field.data_type)?))
}

fn decoding(error: arrow_schema::ArrowError) -> ParquetError {
    ParquetErrorKind::Format { source: Box::new(error) }.into()
}
