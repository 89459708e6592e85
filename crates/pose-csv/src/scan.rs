//! The one pass over a file that says what types its columns have and where its rows are.

use crate::cell::Cell;
use crate::inference::Inference;
use crate::rows::{Place, Row, Rows};
use crate::source::Source;
use crate::{CsvError, CsvErrorKind};

/// Where rows begin is kept once in so many bytes.
const MARK_BYTES: u64 = 64 << 10;

/// A row whose place is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) row: usize,
    pub(crate) place: Place,
}

/// What a pass over a file found.
pub(crate) struct Scanned {
    pub(crate) num_rows: usize,
    /// What the cells of each column were.
    pub(crate) inferences: Vec<Inference>,
    pub(crate) marks: Vec<Mark>,
}

/// Reads the rows of a file from a place on, each of which must have as many cells as are expected.
pub(crate) fn scan(source: &Source, from: Place, width: usize) -> Result<Scanned, CsvError> {
    let mut found = Scanned { num_rows: 0, inferences: vec![Inference::default(); width], marks: Vec::new() };
    let mut rows = Rows::from(source, from);
    while let Some(row) = rows.next()? {
        check(row, width, source)?;
        for (cell, inference) in row.cells().zip(&mut found.inferences) {
            if !inference.is_text() {
                inference.observe(Cell::of(cell));
            }
        }
        let last = found.marks.last().map(|mark: &Mark| mark.place.position);
        if last.is_none_or(|last| row.place.position - last >= MARK_BYTES) {
            found.marks.push(Mark { row: found.num_rows, place: row.place });
        }
        found.num_rows += 1;
    }
    Ok(found)
}

fn check(row: Row<'_>, width: usize, source: &Source) -> Result<(), CsvError> {
    let (path, line) = (|| source.path().to_owned(), row.place.line);
    if row.len() != width {
        return Err(CsvErrorKind::Ragged { path: path(), line, expected: width, found: row.len() }.into());
    }
    match row.not_utf8() {
        Some(cell) => Err(CsvErrorKind::NotUtf8 { path: path(), line, column: cell + 1 }.into()),
        None => Ok(()),
    }
}
