//! A table in a CSV file.

use std::path::Path;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use pose_frame::{
    Column, IndexField, IndexLevel, IndexSchema, PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex,
    Selection, TableError,
};
use rayon::prelude::*;

use crate::columns::{ColumnBuilder, Refused, concat};
use crate::header::Header;
use crate::inference::Inference;
use crate::rows::{Place, Row, Rows};
use crate::scan::{Mark, Scanned, scan};
use crate::shape::Shape;
use crate::source::Source;
use crate::{CsvError, CsvErrorKind};

/// How a file is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Which rows and columns say what the others are. Told from the first rows by default, as the
    /// [format page](crate::format) says.
    pub shape: Option<Shape>,
}

impl OpenOptions {
    /// Takes the file to be of this shape, whatever its first rows look like.
    #[must_use]
    pub fn with_shape(mut self, shape: Shape) -> Self {
        self.shape = Some(shape);
        self
    }
}

/// A table in a CSV file.
///
/// # Cost
///
/// Opening reads the file once, as the type of a column depends on all of its cells, on all threads as long as there are no
/// quotes, and keeps where some rows begin: 24 bytes for each 64 KiB. Reading frames reads the lines of these frames, and up to 64 KiB before them; all cells of a line
/// are told apart, those of the selected columns are decoded. A row is at most 16 MiB.
///
/// # Missing values
///
/// An empty cell and the texts that pandas takes for a missing value. In columns of numbers they are NaN, of the plain bits.
///
/// # Examples
///
/// ```
/// use pose_csv::{CsvTable, OpenOptions};
/// use pose_frame::{PoseTable, Selection, TableKind};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("CollectedData_lab.csv");
/// std::fs::write(&path, "scorer,lab,lab\nbodyparts,snout,snout\ncoords,x,y\nimg1.png,10.5,\nimg2.png,11.25,8\n")?;
/// let table = CsvTable::open(&path, &OpenOptions::default())?;
/// assert_eq!(table.schema().kind(), TableKind::Labels);
/// assert_eq!(table.read(&Selection::all().coord("x").frames(1..2))?.num_frames(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct CsvTable {
    source: Source,
    shape: Shape,
    schema: PoseSchema,
    width: usize,
    num_frames: usize,
    /// Where rows begin, the first one among them.
    marks: Vec<Mark>,
}

impl CsvTable {
    /// Opens a file and reads it through once.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, a row has more or fewer cells than the first one, a text is not UTF-8, a quote is never
    /// closed, or two columns have one key. The message names the line.
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, CsvError> {
        let source = Source::open(path.as_ref())?;
        let header = Header::read(&source, options.shape)?;
        let Scanned { num_rows, inferences, marks } = scan(&source, header.data, header.width)?;
        let (labels, values) = inferences.split_at(header.shape.index_columns);
        let index = index_schema(&header, labels);
        let columns = header
            .keys
            .into_iter()
            .zip(values)
            .map(|(key, inference)| Column::new(key, inference.data_type().unwrap_or(DEFAULT_VALUES)));
        let schema = PoseSchema::new(header.levels, columns.collect(), index)
            .map_err(|error| CsvErrorKind::Table { path: path.as_ref().to_owned(), error })?;
        Ok(Self { source, shape: header.shape, schema, width: header.width, num_frames: num_rows, marks })
    }

    /// Which rows and columns of the file say what the others are.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    fn read_columns(
        &self,
        columns: &[usize],
        frames: std::ops::Range<usize>,
    ) -> Result<Vec<ArrayRef>, CsvError> {
        let mut fields: Vec<(usize, &DataType)> =
            Vec::with_capacity(self.shape.index_columns + columns.len());
        let labels = self.schema.index().fields();
        fields.extend(labels.iter().map(|field| &field.data_type).take(self.shape.index_columns).enumerate());
        fields.extend(
            columns
                .iter()
                .map(|&column| (self.shape.index_columns + column, &self.schema.columns()[column].data_type)),
        );
        let parts = self.parts(frames);
        let parts: Result<Vec<Vec<ArrayRef>>, CsvError> =
            parts.into_par_iter().map(|part| self.read_part(&fields, part)).collect();
        let parts = parts?;
        (0..fields.len())
            .map(|field| {
                let of_field: Vec<ArrayRef> = parts.iter().map(|part| Arc::clone(&part[field])).collect();
                concat(&of_field).map_err(|refused| self.refused(refused, Place::START, fields[field]))
            })
            .collect()
    }

    /// Frames cut where threads can start: at least one part.
    fn parts(&self, frames: std::ops::Range<usize>) -> Vec<Part> {
        /// Marks to a part: 1 MiB, which takes some milliseconds.
        const MARKS: usize = 16;
        let first = self.marks.partition_point(|mark| mark.row <= frames.start).saturating_sub(1);
        let mut parts = Vec::new();
        let mut start = frames.start;
        for at in (first..self.marks.len()).step_by(MARKS) {
            let end = self.marks.get(at + MARKS).map_or(frames.end, |next| next.row.min(frames.end));
            parts.push(Part { mark: self.marks[at], frames: start..end });
            start = end;
            if start >= frames.end {
                break;
            }
        }
        if parts.is_empty() {
            parts.push(Part { mark: Mark { row: 0, place: Place::START }, frames: 0..0 });
        }
        parts
    }

    fn read_part(&self, fields: &[(usize, &DataType)], part: Part) -> Result<Vec<ArrayRef>, CsvError> {
        let Part { mark, frames } = part;
        let mut builders: Vec<ColumnBuilder> =
            fields.iter().map(|(_, data_type)| ColumnBuilder::new(data_type, frames.len())).collect();
        let mut rows = Rows::from(&self.source, mark.place);
        for row_number in mark.row..frames.end {
            let place = rows.place();
            let row = rows.next()?.ok_or_else(|| self.changed(place, 1, "a row"))?;
            if row.len() != self.width {
                return Err(self.changed(row.place, row.len(), &format!("{} cells", self.width)));
            }
            if row_number >= frames.start {
                self.push(row, fields, &mut builders)?;
            }
        }
        Ok(builders.into_iter().map(ColumnBuilder::finish).collect())
    }

    fn push(
        &self,
        row: Row<'_>,
        fields: &[(usize, &DataType)],
        builders: &mut [ColumnBuilder],
    ) -> Result<(), CsvError> {
        for (field, builder) in fields.iter().zip(builders) {
            builder.push(row.cell(field.0)).map_err(|refused| self.refused(refused, row.place, *field))?;
        }
        Ok(())
    }

    fn refused(&self, refused: Refused, place: Place, (cell, data_type): (usize, &DataType)) -> CsvError {
        match refused {
            Refused::OtherType => self.changed(place, cell + 1, &format!("a cell of type {data_type}")),
            Refused::TooMuchText => {
                CsvErrorKind::TooMuchText { path: self.source.path().to_owned(), line: place.line }.into()
            }
        }
    }

    fn changed(&self, place: Place, column: usize, expected: &str) -> CsvError {
        let (path, line, expected) = (self.source.path().to_owned(), place.line, expected.to_owned());
        CsvErrorKind::Changed { path, line, column, expected }.into()
    }
}

/// Frames that are read from a mark on.
struct Part {
    mark: Mark,
    frames: std::ops::Range<usize>,
}

/// What a column without rows would hold: poses.
const DEFAULT_VALUES: DataType = DataType::Float64;

fn index_schema(header: &Header, labels: &[Inference]) -> IndexSchema {
    // Without rows: frame numbers, or folder, video and image.
    let default = if labels.len() == 1 { DataType::Int64 } else { DataType::Utf8 };
    let field = |(name, inference): (&pose_frame::LevelName, &Inference)| IndexField {
        name: name.clone(),
        data_type: inference.data_type().unwrap_or_else(|| default.clone()),
    };
    let mut fields: Vec<IndexField> = header.index_names.iter().zip(labels).map(field).collect();
    match fields.len() {
        0 => IndexSchema::Range { name: None },
        1 => IndexSchema::Labels(fields.remove(0)),
        _ => IndexSchema::Multi(fields),
    }
}

impl PoseTable for CsvTable {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.num_frames
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.schema, self.num_frames)?;
        let frames = resolved.frames;
        let mut arrays = self.read_columns(&resolved.columns, frames.clone())?;
        let values = arrays.split_off(self.shape.index_columns);
        let mut levels: Vec<IndexLevel> = self
            .schema
            .index()
            .fields()
            .into_iter()
            .zip(arrays)
            .map(|(field, labels)| IndexLevel::new(field.name, labels))
            .collect();
        let index = match levels.len() {
            0 => {
                let start = i64::try_from(frames.start).unwrap_or(i64::MAX);
                RowIndex::Range(RangeIndex { name: None, start, step: 1, len: frames.len() })
            }
            1 => RowIndex::Labels(levels.remove(0)),
            _ => RowIndex::Multi(levels),
        };
        let schema = Arc::new(self.schema.project(&resolved.columns));
        PoseFrame::new(schema, index, values)
    }
}
