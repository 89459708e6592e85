//! What becomes of a table in CSV.

mod field;
mod loss;
mod survey;

use std::sync::Arc;

use arrow_schema::DataType;
use pose_frame::{
    Column, ColumnKey, IndexField, IndexLevel, IndexSchema, Label, LevelName, PoseFrame, PoseSchema,
    PoseTable, RowIndex, Selection, TableError, default_batch_frames,
};

use crate::shape::{NamesRow, ROWS_TO_TELL, Shape};
use crate::write::{CsvWriteError, CsvWriteErrorKind, row_cells};
pub(crate) use field::Field;
pub use loss::Loss;
use survey::Survey;

/// A table as it comes back from a CSV file: the same values, in the types that a reader tells from their texts.
///
/// To make one reads the table through once. It says what a file does not [keep](CsvForm::losses) before anything is written,
/// [`write_table`](crate::write_table) writes it, and what is read from the file equals it bit for bit.
///
/// # Examples
///
/// ```
/// use pose_csv::{CsvForm, CsvTable, OpenOptions, write_table};
/// use pose_frame::{Tolerance, first_difference, testing};
///
/// let table = testing::predictions(50);
/// let form = CsvForm::of(&table)?;
/// assert!(form.losses()[0].to_string().contains("plain NaN"));
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("poses.csv");
/// write_table(&form, std::fs::File::create(&path)?)?;
/// let written = CsvTable::open(&path, &OpenOptions::default().with_shape(form.shape()))?;
/// assert_eq!(first_difference(&form, &written, Tolerance::BitForBit)?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct CsvForm<'a> {
    table: &'a dyn PoseTable,
    schema: PoseSchema,
    shape: Shape,
    labels: Vec<Field>,
    columns: Vec<Field>,
    losses: Vec<Loss>,
}

impl<'a> CsvForm<'a> {
    /// Looks a table through.
    ///
    /// # Errors
    ///
    /// When a value would come back as another one: a text that is a number, or missing, to a reader; whole numbers that have
    /// no room in a float. When there is no text for it: spans of time, and moments of a time zone other than UTC or an
    /// offset from it. And when the table cannot be read.
    pub fn of(table: &'a dyn PoseTable) -> Result<Self, CsvWriteError> {
        let schema = table.schema();
        let index = schema.index().fields();
        let mut surveys: Vec<Survey> = index
            .iter()
            .enumerate()
            .map(|(level, field)| (format!("level {level} of the row labels"), &field.data_type))
            .chain(
                schema.columns().iter().map(|column| (format!("column {}", column.key), &column.data_type)),
            )
            .map(|(name, data_type)| Survey::new(name, data_type))
            .collect::<Result<_, _>>()?;
        let mut first_row = 0;
        for batch in table.batches(&Selection::all(), default_batch_frames(schema))? {
            let batch = batch?;
            let labels = batch.index().to_levels();
            let arrays = labels.iter().map(|level| &level.values).chain(batch.columns());
            for (survey, array) in surveys.iter_mut().zip(arrays) {
                survey.observe(array, first_row)?;
            }
            first_row += batch.num_frames();
        }
        let default = |place: usize| match place {
            0 if index.len() == 1 => DataType::Int64,
            place if place < index.len() => DataType::Utf8,
            _ => DataType::Float64,
        };
        let odd_nans = surveys.iter().map(Survey::odd_nans).sum();
        let mut labels: Vec<Field> = surveys
            .into_iter()
            .enumerate()
            .map(|(place, survey)| survey.finish(default(place)))
            .collect::<Result<_, _>>()?;
        let columns = labels.split_off(index.len());
        let shape = shape_of(schema);
        let schema = schema_of(schema, shape, &labels, &columns)?;
        let mut form = Self { table, schema, shape, labels, columns, losses: Vec::new() };
        form.losses = form.find_losses(odd_nans)?;
        Ok(form)
    }

    /// What the file does not keep of the table.
    #[must_use]
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// Which rows and columns of the file say what the others are.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The table that it is of.
    pub(crate) fn table(&self) -> &'a dyn PoseTable {
        self.table
    }

    pub(crate) fn labels(&self) -> &[Field] {
        &self.labels
    }

    pub(crate) fn columns(&self) -> &[Field] {
        &self.columns
    }

    /// The rows above those with values, as pandas lays them out.
    pub(crate) fn header_rows(&self) -> Vec<Vec<String>> {
        let schema = &self.schema;
        let index_names: Vec<String> =
            schema.index().fields().iter().map(|field| text_of(&field.name)).collect();
        let labels = |level: usize| {
            let label =
                |column: &Column| column.key.labels().get(level).map(ToString::to_string).unwrap_or_default();
            schema.columns().iter().map(label).collect::<Vec<_>>()
        };
        if self.shape.header_rows == 1 {
            return vec![index_names.into_iter().chain(labels(0)).collect()];
        }
        let blanks = |count: usize| std::iter::repeat_n(String::new(), count);
        let level = |(level, name): (usize, &LevelName)| {
            let blanks = blanks(self.shape.index_columns.saturating_sub(1));
            std::iter::once(text_of(name)).chain(blanks).chain(labels(level)).collect()
        };
        let mut rows: Vec<Vec<String>> = schema.levels().iter().enumerate().map(level).collect();
        if self.shape.names_row == NamesRow::Present {
            rows.push(index_names.into_iter().chain(blanks(schema.columns().len())).collect());
        }
        rows
    }

    fn find_losses(&self, odd_nans: u64) -> Result<Vec<Loss>, CsvWriteError> {
        let (before, after) = (self.table.schema(), &self.schema);
        let mut losses = Vec::new();
        if odd_nans > 0 {
            losses.push(Loss::NanBits { values: odd_nans });
        }
        losses.extend(changed_types(before, after));
        let names = lost_names(before, after);
        if !names.is_empty() {
            losses.push(Loss::Names { names });
        }
        let is_number = |label: &Label| label.as_text().is_none();
        if before.columns().iter().any(|column| column.key.labels().iter().any(is_number)) {
            losses.push(Loss::NumberedColumns);
        }
        let mut metadata = before.metadata().clone();
        metadata.source = None;
        if metadata != pose_frame::Metadata::default() {
            losses.push(Loss::Metadata);
        }
        let first = self.first_rows()?;
        if Shape::tell(&first) != self.shape {
            losses.push(Loss::Told { shape: self.shape });
        }
        let several = self.shape.header_rows > 1 && self.shape.names_row == NamesRow::Absent;
        let row = first.get(self.shape.header_rows).and_then(|row| row.get(self.shape.index_columns..));
        if several && row.is_some_and(|row| !row.is_empty() && row.iter().all(String::is_empty)) {
            losses.push(Loss::FirstRow);
        }
        Ok(losses)
    }

    /// The first rows of the file, by which its shape is told.
    fn first_rows(&self) -> Result<Vec<Vec<String>>, CsvWriteError> {
        let mut rows = self.header_rows();
        let frames = self.table.num_frames().min(ROWS_TO_TELL);
        let batch = self.table.read(&Selection::all().frames(0..frames))?;
        let cells = row_cells(self, &batch);
        let text = |row: usize| {
            let cell = |cells: &crate::write::Cells| {
                let mut out = Vec::new();
                cells.push_unquoted(&mut out, row);
                String::from_utf8_lossy(&out).into_owned()
            };
            cells.iter().map(cell).collect()
        };
        rows.extend((0..frames).map(text));
        rows.truncate(ROWS_TO_TELL);
        Ok(rows)
    }
}

impl PoseTable for CsvForm<'_> {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.table.num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.schema, self.num_frames())?;
        let positions = resolved.columns.iter().copied();
        let frame = self.table.read(&Selection::all().columns(positions).frames(resolved.frames))?;
        let columns = frame.columns().iter().zip(&resolved.columns);
        let columns = columns.map(|(array, &column)| self.columns[column].read_back(array)).collect();
        let levels = frame.index().to_levels();
        let fields = self.schema.index().fields();
        let mut levels: Vec<IndexLevel> = levels
            .iter()
            .zip(&self.labels)
            .zip(fields)
            .map(|((level, field), IndexField { name, .. })| {
                IndexLevel::new(name, field.read_back(&level.values))
            })
            .collect();
        let index =
            if levels.len() == 1 { RowIndex::Labels(levels.remove(0)) } else { RowIndex::Multi(levels) };
        PoseFrame::new(Arc::new(self.schema.project(&resolved.columns)), index, columns)
    }
}

fn text_of(name: &LevelName) -> String {
    name.as_deref().unwrap_or_default().to_owned()
}

/// pandas writes a row for each level of columns, and one more where rows have names below several of these.
fn shape_of(schema: &PoseSchema) -> Shape {
    let header_rows = schema.levels().len().max(1);
    let index = schema.index().fields();
    let named = index.iter().any(|field| field.name.as_deref().is_some_and(|name| !name.is_empty()));
    let names_row = if named && header_rows > 1 { NamesRow::Present } else { NamesRow::Absent };
    Shape { header_rows, index_columns: index.len(), names_row }
}

/// What is read from the file.
fn schema_of(
    schema: &PoseSchema,
    shape: Shape,
    labels: &[Field],
    columns: &[Field],
) -> Result<PoseSchema, CsvWriteError> {
    let kept = |name: &LevelName| name.clone().filter(|name| !name.is_empty());
    let levels = if shape.header_rows == 1 { vec![None] } else { schema.levels().iter().map(kept).collect() };
    let as_text = |label: &Label| Label::from(label.to_string());
    let columns = schema.columns().iter().zip(columns).map(|(column, field)| {
        Column::new(ColumnKey::new(column.key.labels().iter().map(as_text)), field.data_type())
    });
    let index = schema.index().fields();
    let mut index: Vec<IndexField> = index
        .iter()
        .zip(labels)
        .map(|(level, field)| IndexField { name: kept(&level.name), data_type: field.data_type() })
        .collect();
    let index =
        if index.len() == 1 { IndexSchema::Labels(index.remove(0)) } else { IndexSchema::Multi(index) };
    PoseSchema::new(levels, columns.collect(), index)
        .map_err(|error| CsvWriteErrorKind::Columns(error).into())
}

fn changed_types(before: &PoseSchema, after: &PoseSchema) -> Vec<Loss> {
    let types = |schema: &PoseSchema| {
        let labels = schema.index().fields().into_iter().map(|field| field.data_type);
        labels.chain(schema.columns().iter().map(|column| column.data_type.clone())).collect::<Vec<_>>()
    };
    let mut losses: Vec<(DataType, DataType, usize)> = Vec::new();
    for (from, to) in types(before).into_iter().zip(types(after)).filter(|(from, to)| from != to) {
        match losses.iter_mut().find(|loss| loss.0 == from && loss.1 == to) {
            Some(loss) => loss.2 += 1,
            None => losses.push((from, to, 1)),
        }
    }
    losses.into_iter().map(|(from, to, columns)| Loss::Type { columns, from, to }).collect()
}

fn lost_names(before: &PoseSchema, after: &PoseSchema) -> Vec<String> {
    let index =
        |schema: &PoseSchema| schema.index().fields().into_iter().map(|field| field.name).collect::<Vec<_>>();
    let (rows_before, rows_after) = (index(before), index(after));
    let names = before.levels().iter().chain(&rows_before).zip(after.levels().iter().chain(&rows_after));
    names
        .filter(|(before, after)| before != after)
        .map(|(before, _)| format!("{:?}", text_of(before)))
        .collect()
}
