//! Writing tables.

mod column_orders;
mod float_chunks;
mod in_order;
mod levels;
mod narrow;
mod pages;
mod row_groups;
mod summary;

use std::io::Write;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::{ARROW_SCHEMA_META_KEY, encode_arrow_schema};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::schema::types::ColumnPath;
use pose_frame::{
    Column, DEFAULT_BATCH_BYTES, IndexSchema, LongTable, Metadata, PoseFrame, PoseSchema, PoseTable,
    RowIndex, Selection, TableError, TableErrorKind, default_batch_frames,
};
use rayon::prelude::*;

pub use self::narrow::Narrow;
use self::narrow::{Narrowing, NotExact};
use self::pages::PAGE_ROWS;
use self::row_groups::RowGroups;
use crate::footer::{self, PoseEntry};
use crate::labels;
use crate::layout::{Layout, LongWriter};
use crate::missing;
use crate::pandas::{self, FileNames, Range};
use crate::profile::Profile;
use crate::{ParquetError, ParquetErrorKind};

/// How many frames a row group has where the caller has no wish: 131,072, which for 36 columns of f64 is 38 MB
/// in memory.
pub const DEFAULT_ROW_GROUP_FRAMES: usize = 131_072;

/// How many bytes of values a row group has at most: 128 MiB, which is four batches of
/// [`DEFAULT_BATCH_BYTES`](pose_frame::DEFAULT_BATCH_BYTES). Where two or three batches are 4,096 frames, those are
/// enough: 64 MiB for up to 2,000 columns of f64.
pub const MAX_ROW_GROUP_BYTES: usize = MAX_BATCHES * DEFAULT_BATCH_BYTES;

const MIN_BATCHES: usize = 2;
const MAX_BATCHES: usize = 4;

/// How many frames make a row group worth what is kept of it in memory and in the footer, 0.8 KB per column.
const ENOUGH_FRAMES: usize = 4_096;

/// How a table is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// What the file is made for: [`Profile::Fast`] by default.
    pub profile: Profile,
    /// Which columns of float64 are stored as float32: none by default.
    pub narrow: Narrow,
    /// How many frames a row group has at most; 0 counts as 1. Smaller groups let readers skip more, larger ones
    /// pack better. [`DEFAULT_ROW_GROUP_FRAMES`] by default. Of wide tables it has fewer, so that its values are at
    /// most [`MAX_ROW_GROUP_BYTES`] in memory: the writer holds them until the group is full.
    pub row_group_frames: usize,
    /// What to record beside the values, in place of what the table's schema knows.
    pub metadata: Option<Metadata>,
    /// How the table is laid out: wide by default. Of a long one row groups are of whole frames.
    pub layout: Layout,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            layout: Layout::default(),
            narrow: Narrow::default(),
            row_group_frames: DEFAULT_ROW_GROUP_FRAMES,
            metadata: None,
        }
    }
}

impl WriteOptions {
    /// Makes the file for this.
    #[must_use]
    pub fn with_profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Stores these columns of float64 as float32.
    #[must_use]
    pub fn with_narrow(mut self, narrow: Narrow) -> Self {
        self.narrow = narrow;
        self
    }

    /// Records this beside the values, in place of what the table's schema knows.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// Lays the table out so.
    #[must_use]
    pub fn with_layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }
}

/// Writes a table, batch by batch, and gives the writer back.
///
/// # Errors
///
/// When the table cannot be read, the file cannot be written, or the columns cannot be named as pandas names
/// them.
pub fn write_table<W: Write + Send>(
    table: &dyn PoseTable,
    out: W,
    options: &WriteOptions,
) -> Result<W, ParquetError> {
    let mut known = options.clone();
    if known.narrow == Narrow::WhereExact {
        known.narrow = Narrow::Columns(match &options.layout {
            Layout::Wide => narrow::exact_columns(table)?,
            // Of the metadata that is written: a frame rate makes one column more.
            Layout::Long(names) => {
                let layout = LongWriter::layout_of(table.schema(), names, options)?;
                narrow::exact_columns(&LongTable::with_layout(table, layout)?)?
            }
        });
    }
    let mut writer = TableWriter::new(out, table.schema(), &known)?;
    let frames_per_batch =
        default_batch_frames(table.schema()).min(row_group_frames(table.schema(), options.row_group_frames));
    for batch in table.batches(&Selection::all(), frames_per_batch)? {
        writer.write(&batch?)?;
    }
    writer.finish()
}

/// Writes a table that comes in pieces, in memory bounded by a row group.
///
/// A file is whole only after [`finish`](Self::finish).
pub struct TableWriter<W: Write + Send> {
    row_groups: RowGroups<W>,
    file_schema: Arc<Schema>,
    schema: PoseSchema,
    /// The schema as other programs see it.
    stored_schema: PoseSchema,
    /// For each column, whether it is narrowed, and what was seen of it.
    narrowings: Vec<Option<Narrowing>>,
    names: FileNames,
    range: Option<Range>,
    num_frames: usize,
    /// What makes rows of frames, where the file is long; `schema` is then that of the rows.
    long: Option<LongWriter>,
    /// Whether frames that were given could not be written.
    has_failed: bool,
    row_group_rows: usize,
}

impl<W: Write + Send> TableWriter<W> {
    /// Starts a file for tables of this schema.
    ///
    /// # Errors
    ///
    /// When the columns cannot be named as pandas names them, one that is to be narrowed is not of float64 or cannot be
    /// known ([`Narrow::WhereExact`]), or the file cannot be written.
    pub fn new(out: W, schema: &PoseSchema, options: &WriteOptions) -> Result<Self, ParquetError> {
        let long = LongWriter::of(schema, options)?;
        let schema = long.as_ref().map_or(schema, LongWriter::schema);
        let names = FileNames::of(schema)?;
        let narrowings = narrowings(schema, &options.narrow)?;
        let stored_schema = stored_schema(schema, &narrowings)?;
        let file_schema = Arc::new(file_schema(&stored_schema, &names));
        let points = long.as_ref().map_or(1, |long| long.layout().num_points());
        let wish = options.row_group_frames.max(1).saturating_mul(points);
        let frames = (row_group_frames(schema, wish) / points).max(1).saturating_mul(points);
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("pose-parquet ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_compression(options.profile.compression())
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_statistics_enabled(EnabledStatistics::Page);
        for field in file_schema.fields() {
            let path = ColumnPath::from(vec![field.name().clone()]);
            properties = match field.data_type() {
                DataType::Utf8 | DataType::Boolean => properties,
                _ => match options.profile.integer_encoding() {
                    Some(encoding) => properties
                        .set_column_dictionary_enabled(path.clone(), false)
                        .set_column_compression(path.clone(), options.profile.integer_compression())
                        .set_column_encoding(path, encoding),
                    None => properties,
                },
            };
        }
        let properties = Arc::new(properties.build());
        let row_groups = RowGroups::new(out, &file_schema, &properties, options.profile, frames)?;
        let metadata = options.metadata.clone().unwrap_or_else(|| schema.metadata().clone());
        let schema = schema.clone().with_metadata(metadata);
        Ok(Self {
            row_groups,
            file_schema,
            schema,
            stored_schema,
            narrowings,
            names,
            range: None,
            num_frames: 0,
            long,
            has_failed: false,
            row_group_rows: frames,
        })
    }

    /// Writes the next frames.
    ///
    /// # Errors
    ///
    /// When the frames are not of the schema that the file was started with, a value of a column that is narrowed is not
    /// exactly a float32, or the file cannot be written.
    pub fn write(&mut self, frame: &PoseFrame) -> Result<(), ParquetError> {
        let written = match self.long.take() {
            None => self.write_rows(frame),
            Some(mut long) => {
                let written = long.rows(frame, self.row_group_rows, |rows| self.write_rows(rows));
                self.long = Some(long);
                written
            }
        };
        self.has_failed |= written.is_err();
        written
    }

    fn write_rows(&mut self, frame: &PoseFrame) -> Result<(), ParquetError> {
        if frame.schema().columns() != self.schema.columns() {
            return Err(ParquetErrorKind::BatchSchema { what: "its columns" }.into());
        }
        if frame.schema().index() != self.schema.index() {
            return Err(ParquetErrorKind::BatchSchema { what: "its row index" }.into());
        }
        let mut arrays = self.narrowed(frame)?;
        match frame.index() {
            RowIndex::Range(range) => {
                if self.range.is_none() && range.len > 0 {
                    self.range = Some(Range { start: range.start, step: range.step });
                }
            }
            labels => {
                for (level, name) in labels.to_levels().iter().zip(&self.names.index) {
                    arrays.push(labels::to_file(&level.values, name)?);
                }
            }
        }
        // Parquet has no rows where it has no columns: their number stands in the pandas entry alone.
        self.num_frames += frame.num_frames();
        Ok(self.row_groups.push(&arrays)?)
    }

    /// The columns of a frame as they are stored.
    fn narrowed(&mut self, frame: &PoseFrame) -> Result<Vec<ArrayRef>, ParquetError> {
        if self.narrowings.iter().all(Option::is_none) {
            return Ok(frame.columns().to_vec());
        }
        let first_frame = self.num_frames;
        let stored = |(array, narrowing): (&ArrayRef, &mut Option<Narrowing>)| match narrowing {
            Some(narrowing) => narrowing.narrow(array),
            None => Ok(Arc::clone(array)),
        };
        let work = frame.columns().par_iter().zip(&mut self.narrowings).map(stored);
        let stored: Vec<_> = work.collect();
        let columns = stored.into_iter().zip(frame.schema().columns());
        let not_exact = |(stored, column): (Result<ArrayRef, NotExact>, &Column)| {
            stored.map_err(|NotExact { row, value }| {
                let (column, frame) = (column.key.clone(), first_frame + row);
                ParquetErrorKind::NotNarrow { column, frame, value }.into()
            })
        };
        columns.map(not_exact).collect()
    }

    /// Writes what is left and the metadata, and gives the writer back.
    ///
    /// # Errors
    ///
    /// When the file cannot be written, or frames could not be: a file without them would look whole.
    pub fn finish(mut self) -> Result<W, ParquetError> {
        if self.has_failed {
            return Err(ParquetErrorKind::FramesLeftOut.into());
        }
        self.row_groups.flush()?;
        let seen: Vec<_> = self.row_groups.seen().collect();
        let kind = self.long.as_ref().map_or(self.schema.kind(), |long| long.layout().wide().kind());
        let mut entry = PoseEntry::new(kind, self.schema.metadata().clone());
        entry.long = self.long.as_ref().map(LongWriter::entry);
        let names = self.names.columns.iter().chain(&self.names.index);
        for (column, (name, seen)) in names.zip(&seen).enumerate() {
            let (data_type, missing) = match self.narrowings.get(column) {
                Some(Some(narrowing)) => {
                    entry.add_narrow(name);
                    (&DataType::Float64, narrowing.missing)
                }
                _ => (self.file_schema.field(column).data_type(), seen.missing),
            };
            if let Some(bits) = missing.filter(|bits| *bits != missing::usual_bits(data_type)) {
                entry.set_missing_bits(name, bits);
            }
        }
        let has_nulls: Vec<bool> = seen.iter().map(|seen| seen.has_nulls).collect();
        let pandas =
            pandas::to_json(&self.stored_schema, &self.names, self.range, self.num_frames, &has_nulls);
        let entries = [(pandas::KEY, pandas), (footer::KEY, entry.to_json())];
        for (key, value) in &entries {
            self.row_groups.add_entry(key, value.clone());
        }
        if self.file_schema.fields().iter().any(|field| needs_arrow_schema(field.data_type())) {
            // Arrow's C++ reader takes the metadata from this schema where there is one, not from the file.
            let schema = self.file_schema.as_ref().clone();
            let schema = schema.with_metadata(entries.map(|(key, value)| (key.to_owned(), value)));
            let encoded = encode_arrow_schema(&schema);
            self.row_groups.add_entry(ARROW_SCHEMA_META_KEY, encoded);
        }
        Ok(self.row_groups.finish()?)
    }
}

/// How many frames a row group has. Whole batches where it is the bytes that count: a reader that goes on batch by batch
/// then decodes no page twice.
fn row_group_frames(schema: &PoseSchema, wish: usize) -> usize {
    let batch = (DEFAULT_BATCH_BYTES / schema.row_bytes().max(1)).max(1);
    let batches = ENOUGH_FRAMES.div_ceil(batch).clamp(MIN_BATCHES, MAX_BATCHES);
    wish.min(batch.saturating_mul(batches)).max(1)
}

/// For each column, whether it is narrowed.
fn narrowings(schema: &PoseSchema, narrow: &Narrow) -> Result<Vec<Option<Narrowing>>, ParquetError> {
    let mut narrowings = vec![None; schema.columns().len()];
    let positions = match narrow {
        Narrow::Never => &[][..],
        Narrow::WhereExact => return Err(ParquetErrorKind::NarrowAhead.into()),
        Narrow::Columns(positions) => positions,
    };
    for &position in positions {
        let num_columns = schema.columns().len();
        let column = schema
            .columns()
            .get(position)
            .ok_or(TableError::from(TableErrorKind::ColumnOutOfRange { column: position, num_columns }))?;
        if column.data_type != DataType::Float64 {
            let (key, found) = (column.key.clone(), column.data_type.clone());
            return Err(ParquetErrorKind::NarrowType { key, found }.into());
        }
        narrowings[position] = Some(Narrowing::default());
    }
    Ok(narrowings)
}

/// The schema with the types that columns have in the file.
fn stored_schema(schema: &PoseSchema, narrowings: &[Option<Narrowing>]) -> Result<PoseSchema, TableError> {
    let mut columns = schema.columns().to_vec();
    for (column, _) in columns.iter_mut().zip(narrowings).filter(|(_, narrowing)| narrowing.is_some()) {
        column.data_type = DataType::Float32;
    }
    PoseSchema::new(schema.levels().to_vec(), columns, schema.index().clone())
}

fn file_schema(schema: &PoseSchema, names: &FileNames) -> Schema {
    let values = schema.columns().iter().zip(&names.columns);
    let mut fields: Vec<Field> =
        values.map(|(column, name)| Field::new(name, column.data_type.clone(), true)).collect();
    if !matches!(schema.index(), IndexSchema::Range { .. }) {
        let levels = schema.index().fields();
        fields.extend(
            levels
                .into_iter()
                .zip(&names.index)
                .map(|(field, name)| Field::new(name, labels::file_type(field.data_type), true)),
        );
    }
    Schema::new(fields)
}

/// Whether Arrow's own copy of the schema must say what Parquet's cannot. pyarrow would restore a zone from the
/// `pandas` entry too, but with nanoseconds for every unit.
fn needs_arrow_schema(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Duration(_) | DataType::Timestamp(_, Some(_)))
}

#[cfg(test)]
mod tests {
    use pose_frame::{Column, ColumnKey, DEFAULT_BATCH_FRAMES};

    use super::*;

    #[test]
    fn row_groups_of_wide_tables_are_bounded_by_bytes_and_made_of_whole_batches() {
        let frames = |columns: i64, wish: usize| {
            let column = |number| Column::new(ColumnKey::new([number]), DataType::Float64);
            let index = IndexSchema::Range { name: None };
            let schema = PoseSchema::new(vec![None], (0..columns).map(column).collect(), index);
            let schema = schema.expect("it is well formed");
            let group = row_group_frames(&schema, wish);
            assert!(
                group <= MAX_BATCHES || group == wish || group * schema.row_bytes() <= MAX_ROW_GROUP_BYTES
            );
            (group, default_batch_frames(&schema))
        };
        assert_eq!(frames(36, DEFAULT_ROW_GROUP_FRAMES), (DEFAULT_ROW_GROUP_FRAMES, DEFAULT_BATCH_FRAMES));
        assert_eq!(frames(3_000, DEFAULT_ROW_GROUP_FRAMES), (4_191, 1_397));
        assert_eq!(frames(2_000, DEFAULT_ROW_GROUP_FRAMES), (4_192, 2_096));
        assert_eq!(frames(10_000, DEFAULT_ROW_GROUP_FRAMES), (1_676, 419));
        assert_eq!(frames(3_000, 100).0, 100, "a wish for less is granted");
        assert_eq!(frames(1 << 20, 0).0, 1);
    }
}
