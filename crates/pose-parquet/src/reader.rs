//! Reading tables.

mod chunks;
mod counted_text;
mod decode;
mod float_chunks;
mod levels;
mod plan;
mod text;
mod unpack;

use std::fmt;
use std::ops::Range as FrameRange;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, new_null_array};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::file::metadata::ParquetStatisticsPolicy;
use parquet::file::reader::Length;
use pose_frame::{
    IndexField, IndexLevel, LongLayout, PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex, Selection,
    TableError,
};

use self::decode::Decoder;
use self::plan::{FileColumn, IndexLayout, Layout, LevelSource, plan};
use crate::footer::{self, PoseEntry};
use crate::footer_checks::CheckedFooter;
use crate::layout::{LongEntry, Restored, WrittenBy};
use crate::pandas::{self, PandasEntry, Range};
use crate::source::Source;
use crate::{ParquetError, ParquetErrorKind};
use crate::{footer_checks, guard, labels, missing};

/// Levels of so many rows: how many values are there, and the same counted one by one.
#[cfg(fuzzing)]
pub(crate) fn decode_levels(bytes: &[u8], rows: usize) -> parquet::errors::Result<(usize, usize)> {
    levels::decode_and_count(bytes, rows)
}

/// A pose table in a Parquet file, read on demand.
///
/// Opening reads the footer, and no values (a file of at most 4 MiB is fetched whole, undecoded). A selection
/// decodes its columns only, and of those only the row groups that hold its frames.
///
/// A file that this crate wrote [long](crate::Layout::Long) is wide here. Opening it reads which points its first and its
/// last frame have, too (all frames, where another program wrote it anew), and a column is decoded with those of the same coord.
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
    /// The wide table, where the file is long; the other fields are of what is stored.
    long: Option<Box<Restored>>,
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

    /// Opens a file as it is stored: a long one as a flat table, whatever its `pose` entry says of a wide one. So a long
    /// file can be read that another program has sorted or cut.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_as_stored(path: impl AsRef<Path>) -> Result<Self, ParquetError> {
        let path = path.as_ref();
        let source = Source::open(path).map_err(|error| ParquetError::from(error).at(Some(path)))?;
        let (table, _) = Self::stored(source, Some(path)).map_err(|error| error.at(Some(path)))?;
        Ok(table)
    }

    /// Opens a file that is in memory.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, ParquetError> {
        Self::from_source(Source::Memory(bytes.into()), None)
    }

    /// Opens an object in a store.
    ///
    /// Of an object, 64 KiB at its end are fetched when it is opened, and once more when its footer is longer than that.
    /// A selection fetches the chunks of its columns in the row groups that hold its frames: chunks that lie within
    /// 64 KiB of each other in one request of up to 8 MiB, eight requests at a time. Up to 64 MiB of what the last
    /// selection fetched is kept, so that going on in the same row group fetches nothing twice.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and as [`ObjectError`](crate::ObjectError) says. An object that changes after it was
    /// opened gives an error when it is read.
    #[cfg(feature = "object-store")]
    pub fn open_object(object: &crate::Object) -> Result<Self, ParquetError> {
        let source = crate::source::ObjectSource::open(object).map_err(|error| object.name(error))?;
        let path = Path::new(object.url());
        Self::from_source(Source::Object(source), Some(path)).map_err(|error| error.at(Some(path)))
    }

    /// The size of the file.
    #[must_use]
    pub fn num_bytes(&self) -> u64 {
        self.source.len()
    }

    fn from_source(source: Source, path: Option<&Path>) -> Result<Self, ParquetError> {
        let (mut table, long) = Self::stored(source, path)?;
        if let Some(entry) = long {
            let written_by = WrittenBy::of(table.reader.metadata().file_metadata().created_by());
            table.long = Some(Box::new(Restored::of(&entry, &Stored(&table), written_by)?));
        }
        Ok(table)
    }

    /// The table as it is stored, and what the file says of a wide one.
    fn stored(source: Source, path: Option<&Path>) -> Result<(Self, Option<LongEntry>), ParquetError> {
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
        let reader = guard::decode(|| Ok(ArrowReaderMetadata::load(&CheckedFooter::of(&source), options)?))?;
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
        let path = path.map(Path::to_owned);
        Ok((Self { source, path, reader, schema, layout, num_frames, long: None }, pose.long))
    }

    /// How the file is laid out, where it is long: the table is wide all the same.
    #[must_use]
    pub fn long_layout(&self) -> Option<&LongLayout> {
        self.long.as_deref().map(|restored| &restored.layout)
    }

    fn read_frames(&self, columns: &[usize], frames: FrameRange<usize>) -> Result<PoseFrame, ParquetError> {
        let mut wanted: Vec<&FileColumn> =
            columns.iter().map(|&column| &self.layout.columns[column]).collect();
        match &self.layout.index {
            IndexLayout::Range { .. } => {}
            IndexLayout::Labels(_, column) => wanted.push(column),
            IndexLayout::Multi(levels) => wanted.extend(levels.iter().filter_map(|(_, level)| match level {
                LevelSource::Column(column) => Some(column),
                LevelSource::Range(_) => None,
            })),
        }
        let decoder = Decoder { source: &self.source, reader: &self.reader };
        let mut arrays = guard::decode(|| decoder.decode(&wanted, &frames))?;
        let mut take = |column: &FileColumn| {
            let array = arrays.remove(&column.position).ok_or_else(|| {
                let reason = format!("column {} is wanted twice", column.position);
                ParquetError::from(ParquetErrorKind::Format { source: reason.into() })
            })?;
            let array = match array.data_type() {
                DataType::Null => new_null_array(&DataType::Utf8, array.len()),
                _ => array,
            };
            Ok::<_, ParquetError>(missing::restore(array, column.missing_bits, column.is_narrow))
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
                let levels = levels.iter().map(|(field, source)| match source {
                    LevelSource::Column(column) => level(field, take(column)?),
                    LevelSource::Range(range) => {
                        let labels = range.labels(frames.clone());
                        Ok(IndexLevel::new(field.name.clone(), Arc::new(labels)))
                    }
                });
                RowIndex::Multi(levels.collect::<Result<_, _>>()?)
            }
        };
        let schema = Arc::new(self.schema.project(columns));
        Ok(PoseFrame::new(schema, index, values)?)
    }
}

impl PoseTable for ParquetTable {
    fn schema(&self) -> &PoseSchema {
        self.long.as_ref().map_or(&self.schema, |long| long.schema())
    }

    fn num_frames(&self) -> usize {
        self.long.as_ref().map_or(self.num_frames, |long| long.num_frames())
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let stored = Stored(self);
        self.long.as_ref().map_or_else(|| stored.read(selection), |long| long.read(&stored, selection))
    }
}

/// The table as it is stored.
struct Stored<'a>(&'a ParquetTable);

impl PoseTable for Stored<'_> {
    fn schema(&self) -> &PoseSchema {
        &self.0.schema
    }

    fn num_frames(&self) -> usize {
        self.0.num_frames
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.0.schema, self.0.num_frames)?;
        let frame = self.0.read_frames(&resolved.columns, resolved.frames);
        frame.map_err(|error| error.at(self.0.path.as_deref()).into())
    }
}

fn level(field: &IndexField, values: ArrayRef) -> Result<IndexLevel, ParquetError> {
    Ok(IndexLevel::new(field.name.clone(), labels::from_file(values, &field.data_type)?))
}
