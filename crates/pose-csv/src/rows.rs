//! The rows of a file: cells between commas, quoted where they hold what would end them.
//!
//! A line without a quote is cut at its commas; one with a quote is left to `csv-core`, which knows the rest. Rows end as
//! they do for pandas: with LF, CR LF or a lone CR. Blank lines are passed over, as pandas does.

use std::ops::Range;

use csv_core::ReadRecordResult;

use crate::source::Source;
use crate::{CsvError, CsvErrorKind};

/// A row may have so many bytes: some 500,000 columns of numbers. One quote too many makes the rest of a file a row.
pub(crate) const MAX_ROW_BYTES: usize = 16 << 20;

/// How much is read at once.
const CHUNK_BYTES: usize = 256 << 10;

/// What Excel puts before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where a row begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Bytes before it.
    pub(crate) position: u64,
    /// Its line, counted from 1.
    pub(crate) line: u64,
}

impl Place {
    pub(crate) const START: Self = Self { position: 0, line: 1 };
}

/// Reads rows from a place on.
pub(crate) struct Rows<'a> {
    source: &'a Source,
    /// What was read of the file; from `at` on it was not looked at.
    buffer: Vec<u8>,
    at: usize,
    /// Where `buffer[at]` is in the file.
    next: Place,
    at_end: bool,
    /// Where the last row without quotes is in `buffer`.
    line: Range<usize>,
    quoted: Quoted,
    ends: Vec<usize>,
}

/// A row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) place: Place,
    bytes: &'a [u8],
    /// Where in `bytes` each cell ends.
    ends: &'a [usize],
    /// How many bytes are between two cells.
    gap: usize,
}

impl<'a> Row<'a> {
    /// How many cells there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The bytes of a cell, which must be there.
    pub(crate) fn cell(&self, cell: usize) -> &'a [u8] {
        let start = if cell == 0 { 0 } else { self.ends[cell - 1] + self.gap };
        &self.bytes[start..self.ends[cell]]
    }

    pub(crate) fn cells(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let row = *self;
        (0..row.len()).map(move |cell| row.cell(cell))
    }

    /// The first cell that is not UTF-8.
    pub(crate) fn not_utf8(&self) -> Option<usize> {
        // Cut at a comma, text that is valid as a whole is valid in each part.
        if std::str::from_utf8(self.bytes).is_ok() {
            return None;
        }
        self.cells().position(|cell| std::str::from_utf8(cell).is_err())
    }
}

impl<'a> Rows<'a> {
    /// The rows from a place on, at which one has to begin.
    pub(crate) fn from(source: &'a Source, place: Place) -> Self {
        let (buffer, ends) = (Vec::new(), Vec::new());
        Self { source, buffer, at: 0, next: place, at_end: false, line: 0..0, quoted: Quoted::new(), ends }
    }

    /// Where the next row begins, or the blank lines before it.
    pub(crate) fn place(&self) -> Place {
        self.next
    }

    /// The next row; none at the end of the file.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, CsvError> {
        let place = loop {
            let place = self.next;
            match self.find_end()? {
                None => return Ok(None),
                Some(End::Quote) => {
                    self.read_quoted(place)?;
                    let Quoted { bytes, num_bytes, ends, num_ends, .. } = &self.quoted;
                    let (bytes, ends) = (&bytes[..*num_bytes], &ends[..*num_ends]);
                    return Ok(Some(Row { place, bytes, ends, gap: 0 }));
                }
                Some(End::Line { length, terminator }) => {
                    self.line = self.at..self.at + length;
                    self.consume(length + terminator, u64::from(terminator > 0));
                    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
                    if !self.buffer[self.line.clone()].iter().all(blank) {
                        break place;
                    }
                }
            }
        };
        let bytes = &self.buffer[self.line.clone()];
        self.ends.clear();
        self.ends.extend(memchr::memchr_iter(b',', bytes));
        self.ends.push(bytes.len());
        Ok(Some(Row { place, bytes, ends: &self.ends, gap: 1 }))
    }

    /// Where the line ends that begins at `at`, or that it has a quote.
    fn find_end(&mut self) -> Result<Option<End>, CsvError> {
        let mut searched = 0;
        loop {
            let unread = &self.buffer[self.at..];
            let Some(found) = memchr::memchr3(b'\n', b'"', b'\r', &unread[searched..]) else {
                searched = unread.len();
                if searched > MAX_ROW_BYTES {
                    return Err(self.too_long(self.next));
                }
                if self.fill()? {
                    continue;
                }
                return Ok((searched > 0).then_some(End::Line { length: searched, terminator: 0 }));
            };
            let length = searched + found;
            if length > MAX_ROW_BYTES {
                return Err(self.too_long(self.next));
            }
            match unread[length] {
                b'"' => return Ok(Some(End::Quote)),
                b'\r' => {
                    if length + 1 == unread.len() && self.fill()? {
                        searched = length;
                        continue;
                    }
                    let pair = self.buffer[self.at..].get(length + 1) == Some(&b'\n');
                    return Ok(Some(End::Line { length, terminator: 1 + usize::from(pair) }));
                }
                _ => return Ok(Some(End::Line { length, terminator: 1 })),
            }
        }
    }

    /// Reads a row that has quotes.
    fn read_quoted(&mut self, place: Place) -> Result<(), CsvError> {
        self.quoted.clear();
        let mut taken = 0;
        loop {
            if self.at == self.buffer.len() && !self.fill()? {
                // A row that is whole but for the end of its line ends with one; a quote that is open takes it in.
                return match self.quoted.feed(b"\n").0 {
                    Fed::Row => Ok(()),
                    Fed::More => {
                        let (path, line) = (self.source.path().to_owned(), place.line);
                        Err(CsvErrorKind::UnclosedQuote { path, line }.into())
                    }
                };
            }
            let (fed, count) = self.quoted.feed(&self.buffer[self.at..]);
            let part = &self.buffer[self.at..self.at + count];
            let lines = memchr::memchr_iter(b'\n', part).count() as u64;
            let lone_return = fed == Fed::Row && part.last() == Some(&b'\r');
            self.consume(count, lines);
            taken += count;
            if taken > MAX_ROW_BYTES {
                return Err(self.too_long(place));
            }
            if fed == Fed::Row {
                if lone_return {
                    self.finish_return()?;
                }
                return Ok(());
            }
        }
    }

    /// After a row that ended with CR: the LF that may belong to it.
    fn finish_return(&mut self) -> Result<(), CsvError> {
        let more = self.at < self.buffer.len() || self.fill()?;
        let pair = more && self.buffer[self.at] == b'\n';
        self.consume(usize::from(pair), 1);
        Ok(())
    }

    fn consume(&mut self, bytes: usize, lines: u64) {
        self.at += bytes;
        self.next.position += bytes as u64;
        self.next.line += lines;
    }

    /// Reads more of the file behind what is there. Gives whether there was any.
    fn fill(&mut self) -> Result<bool, CsvError> {
        if self.at_end {
            return Ok(false);
        }
        if self.at > 0 {
            self.buffer.copy_within(self.at.., 0);
            self.buffer.truncate(self.buffer.len() - self.at);
            self.at = 0;
        }
        let (kept, start) = (self.buffer.len(), self.next.position);
        // Doubled, so that a long row is not moved for every chunk of it.
        self.buffer.resize(kept + CHUNK_BYTES.max(kept), 0);
        let count = self.source.read_at(&mut self.buffer[kept..], start + kept as u64);
        self.buffer.truncate(kept + *count.as_ref().unwrap_or(&0));
        let count = count?;
        self.at_end = count == 0;
        if start == 0 && kept == 0 && self.buffer.starts_with(BYTE_ORDER_MARK) {
            self.consume(BYTE_ORDER_MARK.len(), 0);
            return if self.at < self.buffer.len() { Ok(true) } else { self.fill() };
        }
        Ok(count > 0)
    }

    fn too_long(&self, place: Place) -> CsvError {
        let (path, line) = (self.source.path().to_owned(), place.line);
        CsvErrorKind::RowTooLong { path, line, limit: MAX_ROW_BYTES }.into()
    }
}

/// How the line goes on that is looked at.
enum End {
    /// It has so many bytes, and ends with so many.
    Line { length: usize, terminator: usize },
    /// It has a quote.
    Quote,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fed {
    Row,
    More,
}

/// A row with quotes, while it is read and after.
struct Quoted {
    reader: csv_core::Reader,
    bytes: Vec<u8>,
    num_bytes: usize,
    ends: Vec<usize>,
    num_ends: usize,
}

impl Quoted {
    fn new() -> Self {
        let mut reader = csv_core::Reader::new();
        // It takes a byte order mark away from the first bytes that it sees; here those are not the file's.
        reader.read_record(b"\n", &mut [], &mut []);
        Self { reader, bytes: Vec::new(), num_bytes: 0, ends: Vec::new(), num_ends: 0 }
    }

    fn clear(&mut self) {
        (self.num_bytes, self.num_ends) = (0, 0);
    }

    /// Reads on. Gives whether the row is whole, and how much of the input is of it.
    fn feed(&mut self, input: &[u8]) -> (Fed, usize) {
        let mut taken = 0;
        loop {
            let (bytes, ends) = (&mut self.bytes[self.num_bytes..], &mut self.ends[self.num_ends..]);
            let (result, read, written, ended) = self.reader.read_record(&input[taken..], bytes, ends);
            taken += read;
            self.num_bytes += written;
            self.num_ends += ended;
            match result {
                ReadRecordResult::OutputFull => self.bytes.resize((self.bytes.len() * 2).max(1024), 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize((self.ends.len() * 2).max(64), 0),
                ReadRecordResult::Record => return (Fed::Row, taken),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => return (Fed::More, taken),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, CsvError> {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, bytes).expect("there is room");
        let source = Source::open(&path)?;
        let mut rows = Rows::from(&source, Place::START);
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = row.cells().map(|cell| String::from_utf8_lossy(cell).into_owned());
            found.push((row.place.line, cells.collect()));
        }
        Ok(found)
    }

    fn assert_rows(bytes: &[u8], expected: &[(u64, &[&str])]) {
        let found = rows(bytes).unwrap_or_else(|error| panic!("{error}"));
        let expected: Vec<(u64, Vec<String>)> = expected
            .iter()
            .map(|(line, cells)| (*line, cells.iter().map(|cell| (*cell).to_owned()).collect()))
            .collect();
        assert_eq!(found, expected, "{:?}", String::from_utf8_lossy(bytes));
    }

    #[test]
    fn rows_end_with_any_of_the_three_ends_of_lines() {
        let expected: [(u64, &[&str]); 3] = [(1, &["a", "b"]), (2, &["", ""]), (3, &["c", "d"])];
        for end in ["\n", "\r\n", "\r"] {
            for last in ["", end] {
                assert_rows(["a,b", ",", "c,d"].join(end).as_bytes(), &expected);
                assert_rows(format!("{}{last}", ["a,b", ",", "c,d"].join(end)).as_bytes(), &expected);
                assert_rows(format!("{}{last}", ["\"a\",b", ",", "c,\"d\""].join(end)).as_bytes(), &expected);
            }
        }
    }

    #[test]
    fn quotes_hold_commas_quotes_and_lines() {
        assert_rows(
            b"\"a,b\",\"c\"\"d\"\n\"e\nf\",g\nh,i\"j\n\"\",\"\"\n",
            &[(1, &["a,b", "c\"d"]), (2, &["e\nf", "g"]), (4, &["h", "i\"j"]), (5, &["", ""])],
        );
    }

    #[test]
    fn blank_lines_are_passed_over_and_counted() {
        assert_rows(b"\n\na,b\n \t\n\r\nc,d\n\n\n", &[(3, &["a", "b"]), (6, &["c", "d"])]);
        assert_rows(b"", &[]);
        assert_rows(b"\"\"\n", &[(1, &[""])]);
    }

    #[test]
    fn a_byte_order_mark_is_one_only_at_the_start() {
        assert_rows(b"\xef\xbb\xbfa,b\n\xef\xbb\xbfc,\"d\"\n", &[(1, &["a", "b"]), (2, &["\u{feff}c", "d"])]);
        assert_rows(b"\xef\xbb\xbf\"a\",b\n", &[(1, &["a", "b"])]);
        assert_rows(b"\xef\xbb\xbf", &[]);
    }

    #[test]
    fn rows_reach_over_chunks() {
        let long = "x".repeat(CHUNK_BYTES - 3);
        for quote in ["", "\""] {
            let text = format!("{quote}{long}{quote},1\r\n{quote}{long}{quote},2\r\n3,4\r\n");
            let expected: [(u64, &[&str]); 3] = [(1, &[&long, "1"]), (2, &[&long, "2"]), (3, &["3", "4"])];
            assert_rows(text.as_bytes(), &expected);
        }
    }

    #[test]
    fn a_row_without_end_is_refused_by_its_line() {
        let said = rows(b"a,b\n\"c,d\ne,f\n").expect_err("the quote is open").to_string();
        assert!(said.ends_with("line 2: a quote is opened here and never closed"), "{said}");
        for start in ["a\n", "a\n\"", "a\n\"\"\""] {
            let mut endless = start.as_bytes().to_vec();
            endless.resize(MAX_ROW_BYTES + CHUNK_BYTES + 10, b'x');
            let said = rows(&endless).expect_err("it is too long").to_string();
            assert!(said.contains("line 2: is longer than"), "{said}");
        }
    }
}
