//! A piece of a file whose lines are rows as most are: without quotes, each of as many cells as there should be.
//!
//! Nothing here says what is wrong with a line. A piece with anything out of the ordinary is not taken, and
//! [`Rows`](crate::rows::Rows) reads it, which knows the rest.

use std::ops::Range;

use super::{MARK_BYTES, Mark};
use crate::CsvError;
use crate::cell::Cell;
use crate::inference::Inference;
use crate::rows::Place;
use crate::source::Source;

/// What was found in a piece. Rows and lines are counted from its beginning.
pub(super) struct Piece {
    /// Where its lines are in the file.
    pub(super) range: Range<u64>,
    pub(super) num_rows: usize,
    pub(super) num_lines: u64,
    pub(super) inferences: Vec<Inference>,
    pub(super) marks: Vec<Mark>,
}

/// How a piece begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// With a line.
    Line,
    /// Anywhere: its first line is the one behind the first end of a line, the byte before the piece included.
    Anywhere,
}

/// What became of a piece.
pub(super) enum Taken {
    /// Its lines, or those that begin in it, are rows as most are.
    Piece(Piece),
    /// No line begins in it.
    Nothing,
    /// Not all lines in it are rows as most are.
    Odd,
}

/// Looks at the lines that begin in a range of a file.
pub(super) fn take(
    source: &Source,
    range: Range<u64>,
    beginning: Beginning,
    width: usize,
    buffer: &mut Vec<u8>,
) -> Result<Taken, CsvError> {
    let before = match beginning {
        Beginning::Line => 0,
        Beginning::Anywhere => 1,
    };
    let position = range.start - before;
    let Ok(length) = usize::try_from(range.end - position) else { return Ok(Taken::Odd) };
    let is_whole = read(source, position, length, buffer)?;
    let start = match beginning {
        Beginning::Line => 0,
        Beginning::Anywhere => match memchr::memchr(b'\n', buffer) {
            Some(end) if end + 1 < length => end + 1,
            _ => return Ok(Taken::Nothing),
        },
    };
    let Some(last) = length.checked_sub(1).filter(|_| is_whole) else { return Ok(Taken::Odd) };
    let rest = buffer.get(last..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).map_or(buffer.len(), |end| last + end + 1);
    if start >= end {
        return Ok(Taken::Nothing);
    }
    let piece = Piece::of(&buffer[start..end], position + start as u64, width);
    Ok(piece.map_or(Taken::Odd, Taken::Piece))
}

/// Reads so many bytes, and as many more as the last line takes. Gives whether all of it was read: a line may take as much
/// again as the rest.
fn read(source: &Source, position: u64, length: usize, buffer: &mut Vec<u8>) -> Result<bool, CsvError> {
    /// What a line mostly has room in.
    const MORE_BYTES: usize = 16 << 10;
    let most = 2 * length + MORE_BYTES;
    let mut filled = 0;
    buffer.resize(length + MORE_BYTES, 0);
    loop {
        let count = source.read_at(&mut buffer[filled..], position + filled as u64)?;
        filled += count;
        let has_end = filled >= length && memchr::memchr(b'\n', &buffer[length - 1..filled]).is_some();
        if count == 0 || has_end {
            buffer.truncate(filled);
            return Ok(true);
        }
        if filled == buffer.len() {
            if filled >= most {
                return Ok(false);
            }
            buffer.resize(most, 0);
        }
    }
}

impl Piece {
    /// Whole lines; none when one of them is out of the ordinary.
    fn of(lines: &[u8], position: u64, width: usize) -> Option<Self> {
        let is_text = lines.is_ascii() || std::str::from_utf8(lines).is_ok();
        let lone_return = || {
            memchr::memchr_iter(b'\r', lines).any(|at| lines.get(at + 1).is_none_or(|&next| next != b'\n'))
        };
        if width == 0 || !is_text || memchr::memchr(b'"', lines).is_some() || lone_return() {
            return None;
        }
        let range = position..position + lines.len() as u64;
        let inferences = vec![Inference::default(); width];
        let mut piece = Self { range, num_rows: 0, num_lines: 0, inferences, marks: Vec::new() };
        let mut at = 0;
        while at < lines.len() {
            at += match blank_line(&lines[at..]) {
                Some(length) => length,
                None => piece.add_row(lines, at, position)?,
            };
            piece.num_lines += 1;
        }
        Some(piece)
    }

    /// Takes in the row that begins somewhere in these lines. Gives the length of its line.
    fn add_row(&mut self, lines: &[u8], start: usize, position: u64) -> Option<usize> {
        let place = Place { position: position + start as u64, line: self.num_lines };
        let last = self.marks.last().map(|mark| mark.place.position);
        if last.is_none_or(|last| place.position - last >= MARK_BYTES) {
            self.marks.push(Mark { row: self.num_rows, place });
        }
        let mut at = start;
        let mut left = self.inferences.len();
        for inference in &mut self.inferences {
            let rest = &lines[at..];
            let length = if let Some((length, cell)) = plain(rest) {
                inference.observe(cell);
                length
            } else {
                let length = memchr::memchr3(b',', b'\n', b'\r', rest).unwrap_or(rest.len());
                if !inference.is_text() {
                    inference.observe(Cell::of(&rest[..length]));
                }
                length
            };
            at += length;
            left -= 1;
            at += match (lines.get(at), left) {
                (Some(b','), 1..) | (Some(b'\n'), 0) => 1,
                (Some(b'\r'), 0) => 2,
                (None, 0) => 0,
                _ => return None,
            };
        }
        self.num_rows += 1;
        Some(at - start)
    }
}

/// The length of the line that these bytes begin with, its end included, when there is nothing in it.
fn blank_line(bytes: &[u8]) -> Option<usize> {
    let blanks = bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    match bytes.get(blanks) {
        None => Some(blanks),
        Some(b'\n') => Some(blanks + 1),
        Some(b'\r') => Some(blanks + 2),
        Some(_) => None,
    }
}

/// The cell that these bytes begin with and its length, when it is empty, or digits with or without a point among them:
/// what nearly all are.
fn plain(bytes: &[u8]) -> Option<(usize, Cell)> {
    /// Every number of so many digits fits 64 bits.
    const SAFE_DIGITS: usize = 18;
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = leading_digits(&bytes[sign..]);
    let mut length = sign + whole;
    let cell = if bytes.get(length) == Some(&b'.') {
        let fraction = leading_digits(&bytes[length + 1..]);
        length += 1 + fraction;
        if whole + fraction == 0 {
            return None;
        }
        Cell::Float
    } else if (1..=SAFE_DIGITS).contains(&whole) {
        let add = |number: i64, digit: &u8| number * 10 + i64::from(digit - b'0');
        let magnitude = bytes[sign..length].iter().fold(0, add);
        Cell::Integer(if sign == 1 { -magnitude } else { magnitude })
    } else if length == 0 {
        Cell::Missing
    } else {
        return None;
    };
    matches!(bytes.get(length), None | Some(b',' | b'\n' | b'\r')).then_some((length, cell))
}

/// How many digits these bytes begin with, eight at a time.
fn leading_digits(bytes: &[u8]) -> usize {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const TOP_BITS: u64 = 0x8080_8080_8080_8080;
    // Added to the other seven bits of a byte, it sets the top one when they are more than 9.
    const ABOVE_NINE: u64 = 0x7676_7676_7676_7676;
    let mut count = 0;
    while let Some(eight) = bytes[count..].first_chunk::<8>() {
        let digits = u64::from_le_bytes(*eight) ^ ZEROS;
        let others = (((digits & !TOP_BITS) + ABOVE_NINE) | digits) & TOP_BITS;
        if others != 0 {
            return count + (others.trailing_zeros() / 8) as usize;
        }
        count += 8;
    }
    count + bytes[count..].iter().take_while(|byte| byte.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_wherever_they_end() {
        for other in 0..=u8::MAX {
            for length in 0..20 {
                let mut bytes = vec![b'0'; length];
                bytes
                    .iter_mut()
                    .enumerate()
                    .for_each(|(at, digit)| *digit += u8::try_from(at % 10).expect("a digit"));
                bytes.push(other);
                let expected = if other.is_ascii_digit() { length + 1 } else { length };
                assert_eq!(leading_digits(&bytes), expected, "{length} digits, then {other:#04x}");
                bytes.extend_from_slice(b"123456789");
                assert_eq!(leading_digits(&bytes), if other.is_ascii_digit() { bytes.len() } else { length });
            }
        }
    }

    #[test]
    fn a_plain_cell_is_what_any_cell_is() {
        let starts = ["", "-", "+", "0", "-0", "12", ".", "-.", "1.", ".5", "12.75", "-3.25e5", "nan", " 1"];
        let more = ["", "123456789012345678", "1234567890123456789", ".5", "e3", " ", "x", "-"];
        for text in starts.iter().flat_map(|start| more.iter().map(move |more| format!("{start}{more}"))) {
            for end in ["", ",", "\n", "\r\n", ",7"] {
                if let Some((length, cell)) = plain(format!("{text}{end}").as_bytes()) {
                    assert_eq!((length, cell), (text.len(), Cell::of(text.as_bytes())), "{text:?}");
                }
            }
        }
        assert_eq!(plain(b"10.5,"), Some((4, Cell::Float)));
        assert_eq!(plain(b"-7\n"), Some((2, Cell::Integer(-7))));
        assert_eq!(plain(b",,"), Some((0, Cell::Missing)));
    }
}
