//! The one pass over a file that says what types its columns have and where its rows are.

mod piece;

use piece::{Beginning, Piece, Taken, take};
use rayon::prelude::*;

use crate::cell::Cell;
use crate::inference::Inference;
use crate::rows::{Place, Row, Rows};
use crate::source::Source;
use crate::{CsvError, CsvErrorKind};

/// Where rows begin is kept once in so many bytes.
const MARK_BYTES: u64 = 64 << 10;

/// How much of a file a thread looks at at once.
const PIECE_BYTES: u64 = 256 << 10;

/// Pieces that are looked at before the next ones are begun with: what is behind a quote is looked at in vain.
const PIECES_AT_ONCE: u64 = 64;

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
    scan_in_pieces(source, from, width, PIECE_BYTES)
}

/// Looks at pieces on all threads while their lines are rows as most are, and reads row by row from the first piece on in which
/// they are not.
fn scan_in_pieces(source: &Source, from: Place, width: usize, bytes: u64) -> Result<Scanned, CsvError> {
    let mut found = Scanned { num_rows: 0, inferences: vec![Inference::default(); width], marks: Vec::new() };
    let mut place = from;
    let length = source.len()?;
    // A byte order mark is left to the reader of rows.
    'pieces: while place.position > 0 && place.position < length {
        let start = place.position;
        let count = (length - start).div_ceil(bytes).min(PIECES_AT_ONCE);
        let take = |buffer: &mut Vec<u8>, number: u64| {
            let at = start + number * bytes;
            let beginning = if number == 0 { Beginning::Line } else { Beginning::Anywhere };
            take(source, at..length.min(at + bytes), beginning, width, buffer)
        };
        let taken: Vec<Result<Taken, CsvError>> = match count {
            1 => vec![take(&mut Vec::new(), 0)],
            _ => (0..count).into_par_iter().map_init(Vec::new, take).collect(),
        };
        for taken in taken {
            match taken? {
                Taken::Piece(piece) if piece.range.start == place.position => found.add(piece, &mut place),
                Taken::Nothing => {}
                Taken::Piece(_) | Taken::Odd => break 'pieces,
            }
        }
        if place.position == start {
            break;
        }
    }
    found.read_rows(source, place, width)?;
    Ok(found)
}

impl Scanned {
    /// Adds the piece that begins at a place, which becomes that of its end.
    fn add(&mut self, piece: Piece, place: &mut Place) {
        for Mark { row, place: in_piece } in piece.marks {
            let place = Place { position: in_piece.position, line: place.line + in_piece.line };
            self.marks.push(Mark { row: self.num_rows + row, place });
        }
        for (inference, of_piece) in self.inferences.iter_mut().zip(piece.inferences) {
            inference.add(of_piece);
        }
        self.num_rows += piece.num_rows;
        *place = Place { position: piece.range.end, line: place.line + piece.num_lines };
    }

    /// Adds the rows from a place on.
    fn read_rows(&mut self, source: &Source, from: Place, width: usize) -> Result<(), CsvError> {
        let mut rows = Rows::from(source, from);
        while let Some(row) = rows.next()? {
            check(row, width, source)?;
            for (cell, inference) in row.cells().zip(&mut self.inferences) {
                if !inference.is_text() {
                    inference.observe(Cell::of(cell));
                }
            }
            let last = self.marks.last().map(|mark: &Mark| mark.place.position);
            if last.is_none_or(|last| row.place.position - last >= MARK_BYTES) {
                self.marks.push(Mark { row: self.num_rows, place: row.place });
            }
            self.num_rows += 1;
        }
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Where each row is, and what the columns are, as the reader of rows has it.
    fn by_rows(source: &Source, from: Place, width: usize) -> Result<(Vec<Place>, Vec<Inference>), CsvError> {
        let mut places = Vec::new();
        let mut rows = Rows::from(source, from);
        while let Some(row) = rows.next()? {
            places.push(row.place);
        }
        let mut found =
            Scanned { num_rows: 0, inferences: vec![Inference::default(); width], marks: Vec::new() };
        found.read_rows(source, from, width)?;
        Ok((places, found.inferences))
    }

    fn assert_scanned(body: &[u8], width: usize) {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, [b"header\n", body].concat()).expect("there is room");
        let source = Source::open(&path).expect("it opens");
        let from = Place { position: 7, line: 2 };
        let expected = by_rows(&source, from, width);
        for bytes in [1, 2, 3, 7, 16, 61, 1 << 10, 1 << 20] {
            let what = format!("{:?} in pieces of {bytes}", String::from_utf8_lossy(body));
            match (&expected, scan_in_pieces(&source, from, width, bytes)) {
                (Ok((places, inferences)), Ok(found)) => {
                    assert_eq!(found.num_rows, places.len(), "{what}");
                    // Behind the first text of a column its cells are not looked at.
                    let types = |all: &[Inference]| all.iter().map(|one| one.data_type()).collect::<Vec<_>>();
                    assert_eq!(types(&found.inferences), types(inferences), "{what}");
                    assert_eq!(found.marks.first().map(|mark| mark.row), places.first().map(|_| 0), "{what}");
                    for Mark { row, place } in found.marks {
                        assert_eq!(place, places[row], "{what}");
                    }
                }
                (Err(expected), Err(error)) => assert_eq!(error.to_string(), expected.to_string(), "{what}"),
                (expected, found) => panic!("{what}: {:?}, {:?}", expected.is_ok(), found.is_ok()),
            }
        }
    }

    #[test]
    fn pieces_are_what_the_reader_of_rows_reads() {
        let rows = |row: &str| row.repeat(25);
        let plain = rows("0,1.5,-2.25\n13,,7\n");
        assert_scanned(plain.as_bytes(), 3);
        assert_scanned(plain.trim_end().as_bytes(), 3);
        assert_scanned(plain.replace('\n', "\r\n").as_bytes(), 3);
        assert_scanned(plain.replace('\n', "\r").as_bytes(), 3);
        assert_scanned(plain.replace('\n', "\n\n \t\r\n").as_bytes(), 3);
        assert_scanned(rows("a\u{e9}\u{1f42d},nan,True\n1,18446744073709551615,-1\n").as_bytes(), 3);
        assert_scanned(rows("7\n").as_bytes(), 1);
        assert_scanned(b"", 3);
        assert_scanned(b"\n\n", 3);
        for odd in [
            "\"a\nb\",1,2\n",
            "\"0\",\"\"\"\",1\n",
            "1,2\r3,4\n",
            "1,2\n",
            "1,2,3,4\n",
            ",,\"open\n",
            "1,2,3\r",
        ] {
            for at in [0, plain.len() / 2, plain.len()] {
                let at = plain[..at].rfind('\n').map_or(0, |end| end + 1);
                let (before, behind) = plain.split_at(at);
                assert_scanned(format!("{before}{odd}{behind}").as_bytes(), 3);
            }
        }
        assert_scanned(&[plain.as_bytes(), b"1,\xff,2\n", plain.as_bytes()].concat(), 3);
        assert_scanned(format!("{plain}{},1,2\n{plain}", "x".repeat(5_000)).as_bytes(), 3);
    }
}
