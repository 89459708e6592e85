//! Reading tables.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range as FrameRange;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType, Int64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, new_empty_array};
use arrow_schema::{DataType, TimeUnit};
use arrow_select::concat::concat;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::reader::Length;
use pose_frame::{
    Column, ColumnKey, DEFAULT_BATCH_FRAMES, IndexField, IndexLevel, IndexSchema, LevelName, PoseFrame,
    PoseSchema, PoseTable, RangeIndex, RowIndex, Selection, TableError,
};

use crate::footer::{self, PoseEntry};
use crate::missing;
use crate::pandas::{self, IndexColumn, PandasEntry, Range};
use crate::source::Source;
use crate::{ParquetError, ParquetErrorKind};
use crate::{footer_checks, guard};

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

/// Where in the file the parts of the table are.
struct Layout {
    /// For each column of the table: its position in the file and the bits of a missing value.
    columns: Vec<FileColumn>,
    index: IndexLayout,
}

struct FileColumn {
    position: usize,
    missing_bits: Option<u64>,
}

enum IndexLayout {
    Range(Range),
    Levels(Vec<(IndexField, FileColumn)>),
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
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
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
        if let IndexLayout::Levels(levels) = &self.layout.index {
            wanted.extend(levels.iter().map(|(_, column)| column.position));
        }
        let mut arrays = guard::decode(|| self.decode(&wanted, frames.clone()))?;
        let mut take = |column: &FileColumn| {
            let array = arrays.remove(&column.position).expect("every wanted column was decoded");
            missing::restore(array, column.missing_bits).ok_or_else(|| {
                let reason = "the bits of a missing value are too many for its column".to_owned();
                ParquetError::from(ParquetErrorKind::Entry { entry: footer::KEY, reason })
            })
        };
        let values = columns.iter().map(|&column| take(&self.layout.columns[column]));
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let index = match (&self.layout.index, self.schema.index()) {
            (IndexLayout::Range(range), schema) => {
                let Range { start, step } = *range;
                let name = schema.fields().pop().and_then(|field| field.name);
                RowIndex::Range(RangeIndex { name, start, step, len: self.num_frames }).slice(frames)
            }
            (IndexLayout::Levels(levels), schema) => {
                let mut labels = Vec::with_capacity(levels.len());
                for (field, column) in levels {
                    labels.push(IndexLevel::new(
                        field.name.clone(),
                        label_array(take(column)?, &field.data_type),
                    ));
                }
                match schema {
                    IndexSchema::Multi(_) => RowIndex::Multi(labels),
                    _ => RowIndex::Labels(labels.pop().expect("a plain index has one level")),
                }
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
        let batch_rows = self.batch_rows(&positions, &row_groups, frames.len());
        let descriptor = self.reader.metadata().file_metadata().schema_descr();
        let batches =
            ParquetRecordBatchReaderBuilder::new_with_metadata(self.source.clone(), self.reader.clone())
                .with_row_groups(row_groups)
                .with_projection(ProjectionMask::roots(descriptor, positions.iter().copied()))
                .with_offset(frames.start - skipped)
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
        positions.iter().enumerate().map(|(at, &position)| Ok((position, column(at)?))).collect()
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

fn decoding(error: arrow_schema::ArrowError) -> ParquetError {
    ParquetErrorKind::Format { source: Box::new(error) }.into()
}

/// How many frames a table without columns may claim to have, since no value bears the claim out.
const MAX_FRAMES_WITHOUT_COLUMNS: usize = 1 << 31;

/// Finds schema, layout and number of frames in what the footer says.
fn plan(
    reader: &ArrowReaderMetadata,
    pandas: Option<&PandasEntry>,
    pose: &PoseEntry,
    num_rows: usize,
) -> Result<(PoseSchema, Layout, usize), ParquetError> {
    let fields = reader.schema().fields();
    let mut position_of = HashMap::with_capacity(fields.len());
    for (position, field) in fields.iter().enumerate() {
        if position_of.insert(field.name().as_str(), position).is_some() {
            return Err(ParquetErrorKind::DuplicateName { column: field.name().clone() }.into());
        }
    }
    let file_column = |position: usize| {
        Ok::<_, ParquetError>(FileColumn {
            position,
            missing_bits: pose.missing_bits(fields[position].name())?,
        })
    };

    let mut index_levels = Vec::new();
    let mut range = None;
    for column in pandas.map_or(&[][..], |entry| &entry.index) {
        match column {
            IndexColumn::Range { name, range: counted, len } => range = Some((name.clone(), *counted, *len)),
            IndexColumn::Column { file_name, name } => {
                let position = *position_of.get(file_name.as_str()).ok_or_else(|| {
                    let reason = format!("it names the row index {file_name:?}, and there is no such column");
                    ParquetErrorKind::Entry { entry: pandas::KEY, reason }
                })?;
                let stored = fields[position].data_type();
                let data_type =
                    pandas.map_or_else(|| stored.clone(), |entry| entry.label_type(file_name, stored));
                index_levels.push((IndexField { name: name.clone(), data_type }, file_column(position)?));
            }
        }
    }

    let mut columns = Vec::new();
    let mut file_columns = Vec::new();
    for (position, field) in fields.iter().enumerate() {
        if index_levels.iter().any(|(_, column)| column.position == position) {
            continue;
        }
        let key = match pandas {
            Some(entry) => entry.key(field.name())?,
            None => ColumnKey::new([field.name().as_str()]),
        };
        let data_type = field.data_type();
        let is_value = data_type.is_integer()
            || matches!(
                data_type,
                DataType::Float32 | DataType::Float64 | DataType::Boolean | DataType::Utf8
            );
        if !is_value {
            let (column, found) = (field.name().clone(), data_type.to_string());
            return Err(ParquetErrorKind::UnsupportedType { column, found }.into());
        }
        columns.push(Column::new(key, data_type.clone()));
        file_columns.push(file_column(position)?);
    }

    let levels: Vec<LevelName> = match pandas {
        Some(entry) if !entry.levels.is_empty() => {
            entry.levels.iter().map(|level| level.name.clone()).collect()
        }
        _ => vec![None],
    };
    let (index, index_layout, num_frames) = if index_levels.is_empty() {
        // As pandas does, a range that does not fit the rows is set aside; without columns it is all there is.
        let fits = |len: Option<usize>| len.is_some_and(|len| len == num_rows || fields.is_empty());
        let (name, range, len) = range.filter(|(_, _, len)| fits(*len)).unwrap_or((
            None,
            Range { start: 0, step: 1 },
            Some(num_rows),
        ));
        if len.is_none_or(|len| len > MAX_FRAMES_WITHOUT_COLUMNS && fields.is_empty()) {
            let reason =
                format!("it claims more than {MAX_FRAMES_WITHOUT_COLUMNS} rows, and there is no column");
            return Err(ParquetErrorKind::Entry { entry: pandas::KEY, reason }.into());
        }
        (IndexSchema::Range { name }, IndexLayout::Range(range), len.unwrap_or(num_rows))
    } else {
        let mut level_fields: Vec<IndexField> = index_levels.iter().map(|(field, _)| field.clone()).collect();
        let index = if level_fields.len() == 1 {
            IndexSchema::Labels(level_fields.remove(0))
        } else {
            IndexSchema::Multi(level_fields)
        };
        (index, IndexLayout::Levels(index_levels), num_rows)
    };
    let schema = PoseSchema::new(levels, columns, index)?;
    Ok((schema, Layout { columns: file_columns, index: index_layout }, num_frames))
}

/// Row labels in the type that pandas gave them, where Parquet stored another of the same bits.
fn label_array(array: ArrayRef, data_type: &DataType) -> ArrayRef {
    let data = || array.to_data().into_builder().data_type(data_type.clone()).build();
    match (array.data_type(), data_type) {
        (DataType::Int64, DataType::Duration(unit)) => {
            let integers = array.as_primitive::<Int64Type>();
            match unit {
                TimeUnit::Second => Arc::new(integers.reinterpret_cast::<DurationSecondType>()),
                TimeUnit::Millisecond => Arc::new(integers.reinterpret_cast::<DurationMillisecondType>()),
                TimeUnit::Microsecond => Arc::new(integers.reinterpret_cast::<DurationMicrosecondType>()),
                TimeUnit::Nanosecond => Arc::new(integers.reinterpret_cast::<DurationNanosecondType>()),
            }
        }
        (DataType::Timestamp(..), DataType::Timestamp(..)) => {
            data().map_or_else(|_| Arc::clone(&array), arrow_array::make_array)
        }
        _ => array,
    }
}
