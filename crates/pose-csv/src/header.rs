//! What the first rows of a file say: the columns, and how rows are labelled.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use pose_frame::{ColumnKey, Label, LevelName};

use crate::rows::{Place, Rows};
use crate::shape::{NamesRow, ROWS_TO_TELL, Shape};
use crate::source::Source;
use crate::{CsvError, CsvErrorKind};

/// What the first rows of a file say.
pub(crate) struct Header {
    pub(crate) shape: Shape,
    /// Names of the column levels.
    pub(crate) levels: Vec<LevelName>,
    pub(crate) keys: Vec<ColumnKey>,
    /// Names of the levels of row labels.
    pub(crate) index_names: Vec<LevelName>,
    /// Cells of each row.
    pub(crate) width: usize,
    /// Where the first row with values begins; the end of the file where there is none.
    pub(crate) data: Place,
}

impl Header {
    /// Reads the header of a file, of this shape where it is known.
    pub(crate) fn read(source: &Source, shape: Option<Shape>) -> Result<Self, CsvError> {
        let wanted = shape.map_or(ROWS_TO_TELL, Shape::rows_above);
        let first = FirstRows::read(source, wanted)?;
        if first.rows.is_empty() {
            return Err(CsvErrorKind::Empty { path: source.path().to_owned() }.into());
        }
        let shape = shape.unwrap_or_else(|| Shape::tell(&first.rows));
        first.header(shape, source.path())
    }
}

/// The first rows of a file, as text.
struct FirstRows {
    rows: Vec<Vec<String>>,
    /// Where each begins, and where the row after the last does.
    places: Vec<Place>,
}

impl FirstRows {
    fn read(source: &Source, wanted: usize) -> Result<Self, CsvError> {
        let mut rows = Rows::from(source, Place::START);
        let mut found = Self { rows: Vec::new(), places: Vec::new() };
        while found.rows.len() < wanted {
            let Some(row) = rows.next()? else { break };
            let (place, path) = (row.place, source.path());
            let text = |(cell, bytes): (usize, &[u8])| match std::str::from_utf8(bytes) {
                Ok(text) => Ok(text.to_owned()),
                Err(_) => {
                    Err(CsvErrorKind::NotUtf8 { path: path.to_owned(), line: place.line, column: cell + 1 })
                }
            };
            let cells: Result<Vec<String>, _> = row.cells().enumerate().map(text).collect();
            found.rows.push(cells?);
            found.places.push(place);
        }
        found.places.push(rows.place());
        Ok(found)
    }

    fn header(&self, shape: Shape, path: &Path) -> Result<Header, CsvError> {
        let above = shape.rows_above();
        if self.rows.len() < above || shape.header_rows == 0 {
            let line = self.places[self.rows.len()].line;
            let (path, found) = (path.to_owned(), self.rows.len());
            return Err(CsvErrorKind::NoHeader { path, line, expected: above.max(1), found }.into());
        }
        let width = self.rows[0].len();
        for (row, place) in self.rows[..above].iter().zip(&self.places) {
            if row.len() != width {
                let (path, line, found) = (path.to_owned(), place.line, row.len());
                return Err(CsvErrorKind::Ragged { path, line, expected: width, found }.into());
            }
        }
        if width < shape.index_columns {
            let (path, expected) = (path.to_owned(), shape.index_columns);
            return Err(CsvErrorKind::NoIndexColumns { path, expected, found: width }.into());
        }
        let header = &self.rows[..shape.header_rows];
        let named =
            |cell: Option<&String>| cell.filter(|name| !name.is_empty()).map(|name| name.as_str().into());
        let flat = shape.header_rows == 1;
        let names_of_labels = match shape.names_row {
            NamesRow::Present => Some(&self.rows[shape.header_rows]),
            NamesRow::Absent => flat.then_some(&header[0]),
        };
        Ok(Header {
            shape,
            levels: if flat { vec![None] } else { header.iter().map(|row| named(row.first())).collect() },
            keys: keys(header, shape.index_columns..width),
            index_names: (0..shape.index_columns)
                .map(|level| named(names_of_labels.and_then(|row| row.get(level))))
                .collect(),
            width,
            data: self.places[above],
        })
    }
}

/// The keys of the columns, which share the labels that they have in common.
fn keys(header: &[Vec<String>], columns: std::ops::Range<usize>) -> Vec<ColumnKey> {
    let mut shared: HashSet<Arc<str>> = HashSet::new();
    let mut share = |text: &str| -> Arc<str> {
        if let Some(known) = shared.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = text.into();
        shared.insert(Arc::clone(&text));
        text
    };
    columns
        .map(|column| {
            ColumnKey::new(header.iter().map(|row| Label::Text(share(&row[column]))).collect::<Vec<_>>())
        })
        .collect()
}
