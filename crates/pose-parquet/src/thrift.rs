//! Footers and page headers, walked over before the `parquet` crate reads them.
//!
//! They are structs of Thrift's compact protocol. The crate takes memory for as many children as a schema says it has,
//! follows groups in groups as deep as they go, and passes over a list of booleans one by one, which take no bytes: a
//! few bytes can claim billions of each. It reads fields that it knows by their number, whatever type they are said to
//! be of, so that here they must be of the type that they should be, or it would read something else than what was
//! looked at.

mod shapes;

use std::io::{Error, Read, Result};

use shapes::{FILE, PAGE_HEADER, Shape};

/// How deep groups may be nested in a schema, and structs and lists in each other. A pose table has no groups at all.
const MAX_DEPTH: usize = 64;

/// The largest header of a page, which may hold its smallest and its largest value: as in Arrow's C++ library.
const MAX_PAGE_HEADER_BYTES: u64 = 16 << 20;

/// The longest varint of 64 bits.
const MAX_VARINT_BYTES: u32 = 10;

/// The types of fields and of elements.
const STOP: u8 = 0;
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const STRUCT: u8 = 12;
const UUID: u8 = 13;

/// Walks over a footer. It may claim nothing that it does not hold.
pub(crate) fn check_footer(footer: &[u8]) -> Result<()> {
    Walk::new(footer, footer.len() as u64).field(&FILE, STRUCT, MAX_DEPTH)
}

/// A page header, and the numbers in it: by the field of the struct that they are in, 0 for the header itself, and their
/// own.
#[derive(Debug)]
pub(crate) struct PageHeader {
    pub(crate) bytes: Vec<u8>,
    numbers: Vec<(i16, i16, i64)>,
}

impl PageHeader {
    /// Walks over the header of a page: nothing behind it is read.
    pub(crate) fn read(input: &mut dyn Read) -> Result<Self> {
        let mut bytes = Vec::new();
        let mut walk = Walk::new(Recorded { input, bytes: &mut bytes }, MAX_PAGE_HEADER_BYTES);
        walk.field(&PAGE_HEADER, STRUCT, MAX_DEPTH)?;
        let numbers = walk.numbers;
        Ok(Self { bytes, numbers })
    }

    /// The number in this field of the struct in that field. Of several the last one counts.
    pub(crate) fn number(&self, of: i16, field: i16) -> Option<i64> {
        let mut numbers = self.numbers.iter().rev();
        numbers.find(|(parent, number, _)| (*parent, *number) == (of, field)).map(|(_, _, value)| *value)
    }
}

/// What is read, and what of it was read.
struct Recorded<'a> {
    input: &'a mut dyn Read,
    bytes: &'a mut Vec<u8>,
}

impl Read for Recorded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.input.read(buffer)?;
        self.bytes.extend_from_slice(&buffer[..count]);
        Ok(count)
    }
}

struct Walk<R> {
    input: R,
    /// How many more bytes there may be.
    left: u64,
    /// How many more values there may be: as many as bytes, though some take none.
    values: u64,
    groups: Groups,
    /// The field of the struct that is walked over, and the numbers in those of page headers.
    parent: i16,
    numbers: Vec<(i16, i16, i64)>,
}

impl<R: Read> Walk<R> {
    fn new(input: R, bytes: u64) -> Self {
        let (groups, numbers) = (Groups::default(), Vec::new());
        Self { input, left: bytes, values: bytes, groups, parent: 0, numbers }
    }

    /// Walks over a value that is said to be of this type.
    fn field(&mut self, shape: &Shape, kind: u8, depth: usize) -> Result<()> {
        self.values =
            self.values.checked_sub(1).ok_or_else(|| wrong("claims more values than it has bytes"))?;
        let Some(depth) = depth.checked_sub(1) else { return Err(wrong("is nested too deeply")) };
        match (shape, kind) {
            (Shape::Number, I16..=I64) => self.varint().map(drop),
            (Shape::Kept(field), I16..=I64) => {
                let number = zigzag(self.varint()?);
                self.numbers.push((self.parent, *field, number));
                Ok(())
            }
            (Shape::Children, I16..=I64) => {
                self.groups.children = zigzag(self.varint()?);
                Ok(())
            }
            (Shape::Truth, TRUE | FALSE) => Ok(()),
            (Shape::Byte, BYTE) => self.skip(1),
            (Shape::Double, DOUBLE) => self.skip(8),
            (Shape::Bytes, BINARY) => self.bytes(),
            (Shape::List(element), LIST | SET) => self.list(Some(element), depth),
            (Shape::Struct(fields), STRUCT) => self.fields(fields, depth),
            (Shape::Any, _) => self.any(kind, depth),
            _ => Err(wrong(&format!("has a field of type {kind} where it should have another"))),
        }
    }

    /// Walks over what this type alone says: fields that are not known here are passed over.
    fn any(&mut self, kind: u8, depth: usize) -> Result<()> {
        match kind {
            // It is in the type.
            TRUE | FALSE => Ok(()),
            BYTE => self.skip(1),
            I16..=I64 => self.varint().map(drop),
            DOUBLE => self.skip(8),
            BINARY => self.bytes(),
            LIST | SET => self.list(None, depth),
            MAP => self.map(depth),
            STRUCT => self.fields(&[], depth),
            UUID => self.skip(16),
            _ => Err(wrong(&format!("has a field of an unknown type {kind}"))),
        }
    }

    fn fields(&mut self, known: &[(i16, Shape)], depth: usize) -> Result<()> {
        let mut last = 0_i16;
        loop {
            let header = self.byte()?;
            if header & 0xf == STOP {
                return Ok(());
            }
            last = match i16::from(header >> 4) {
                // Numbers of 16 bits are taken from longer ones as the decoder does it.
                #[allow(clippy::cast_possible_truncation, reason = "as the decoder does it")]
                0 => zigzag(self.varint()?) as i16,
                delta => last.checked_add(delta).ok_or_else(|| wrong("has too many fields"))?,
            };
            let shape =
                known.iter().find(|(number, _)| *number == last).map_or(&Shape::Any, |(_, shape)| shape);
            let parent = std::mem::replace(&mut self.parent, last);
            if !matches!(shape, Shape::Struct(_)) {
                self.parent = parent;
            }
            self.field(shape, header & 0xf, depth)?;
            self.parent = parent;
        }
    }

    /// Walks over a list. Elements that are not known are of the type that the list says.
    fn list(&mut self, element: Option<&Shape>, depth: usize) -> Result<()> {
        let header = self.byte()?;
        let kind = header & 0xf;
        let count = if header >> 4 == 15 { self.varint()? } else { u64::from(header >> 4) };
        let is_schema = element.is_some_and(Shape::is_schema_element);
        if is_schema {
            self.groups = Groups { elements: count, ..Groups::default() };
        }
        for _ in 0..count {
            let before = self.left;
            self.field(element.unwrap_or(&Shape::Any), kind, depth)?;
            // Memory is taken for all that are claimed, and one that says nothing would take the least to claim.
            if kind == STRUCT && element.is_some() && before - self.left < 3 {
                return Err(wrong("has a list of what is empty"));
            }
            if is_schema {
                self.groups.add_element()?;
            }
        }
        Ok(())
    }

    fn map(&mut self, depth: usize) -> Result<()> {
        let count = self.varint()?;
        let kinds = if count > 0 { self.byte()? } else { 0 };
        for _ in 0..count {
            self.field(&Shape::Any, kinds >> 4, depth)?;
            self.field(&Shape::Any, kinds & 0xf, depth)?;
        }
        Ok(())
    }

    fn bytes(&mut self) -> Result<()> {
        let length = self.varint()?;
        self.skip(length)
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0_u64;
        for position in 0..MAX_VARINT_BYTES {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).wrapping_shl(7 * position);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(wrong("has a number of more than 64 bits"))
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1)?;
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn skip(&mut self, count: u64) -> Result<()> {
        self.take(count)?;
        let skipped = std::io::copy(&mut self.input.by_ref().take(count), &mut std::io::sink())?;
        if skipped == count { Ok(()) } else { Err(wrong("is cut off")) }
    }

    fn take(&mut self, count: u64) -> Result<()> {
        self.left = self.left.checked_sub(count).ok_or_else(|| wrong("claims more bytes than it has"))?;
        Ok(())
    }
}

/// The groups of a schema, whose elements are listed with each group before its children.
#[derive(Default)]
struct Groups {
    /// How many elements are listed.
    elements: u64,
    /// How many children were claimed so far.
    claimed: u64,
    /// Of the element that is walked over.
    children: i64,
    /// Of the groups that are open, the outermost first, how many children are still to come.
    open: Vec<u64>,
}

impl Groups {
    fn add_element(&mut self) -> Result<()> {
        let children = std::mem::take(&mut self.children);
        let children = u64::try_from(children).map_err(|_| wrong("has a group of fewer than no columns"))?;
        self.claimed = self.claimed.saturating_add(children);
        if self.claimed >= self.elements.max(1) {
            let (claimed, elements) = (self.claimed, self.elements);
            return Err(wrong(&format!("claims {claimed} columns in a schema of {elements} elements")));
        }
        if let Some(to_come) = self.open.last_mut() {
            *to_come = to_come.saturating_sub(1);
        }
        if children > 0 {
            self.open.push(children);
        }
        if self.open.len() > MAX_DEPTH {
            return Err(wrong("has a schema that is nested too deeply"));
        }
        while self.open.last() == Some(&0) {
            self.open.pop();
        }
        Ok(())
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn wrong(what: &str) -> Error {
    Error::other(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A varint.
    fn number(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(u8::try_from(value & 0x7f).unwrap() | 0x80);
            value >>= 7;
        }
        bytes.push(u8::try_from(value).unwrap());
        bytes
    }

    /// A schema of groups with so many children each.
    fn schema(children: &[u64]) -> Vec<u8> {
        let mut footer = vec![0x29, 0xfc];
        footer.extend(number(children.len() as u64));
        for children in children {
            footer.extend([0x48, 1, b'a']);
            if *children > 0 {
                footer.push(0x15);
                footer.extend(number(children << 1));
            }
            footer.push(0);
        }
        footer.push(0);
        footer
    }

    fn refused(footer: &[u8]) -> String {
        check_footer(footer).expect_err("it claims too much").to_string()
    }

    #[test]
    fn a_schema_has_the_columns_that_it_claims() {
        check_footer(&schema(&[2, 0, 0])).unwrap();
        check_footer(&schema(&[2, 1, 0, 0])).unwrap();
        assert!(refused(&schema(&[1 << 30, 0])).contains("claims 1073741824 columns"));
        assert!(refused(&schema(&[1, 1])).contains("claims 2 columns in a schema of 2"));
    }

    #[test]
    fn groups_are_not_followed_as_deep_as_they_go() {
        let deep = |depth: usize| schema(&[vec![1; depth], vec![0]].concat());
        check_footer(&deep(MAX_DEPTH)).unwrap();
        assert!(refused(&deep(MAX_DEPTH + 1)).contains("nested too deeply"));
        let lists = [&[0xf9, 0x00][..], &[0x19; 100]].concat();
        assert!(refused(&lists).contains("nested too deeply"));
    }

    #[test]
    fn lists_of_what_takes_no_bytes_are_not_counted_out() {
        let booleans = [&[0xf9, 0xf1][..], &number(1 << 31), &[0]].concat();
        assert!(refused(&booleans).contains("more values"));
        let map = [&[0xfb][..], &number(1 << 31), &[0x11, 0]].concat();
        assert!(refused(&map).contains("more values"));
        let empty_structs = [&[0x29, 0xfc][..], &number(5), &[0; 6]].concat();
        assert!(refused(&empty_structs).contains("empty"));
    }

    #[test]
    fn fields_are_of_the_type_that_they_are_read_as() {
        // The number of rows as a list: read as a number, what follows would be another field.
        assert!(refused(&[0x39, 0x10, 0x00, 0]).contains("another"));
        check_footer(&[0x36, 0x10, 0]).unwrap();
    }

    #[test]
    fn what_is_cut_off_or_too_long_is_an_error() {
        for footer in [
            &[][..],
            &[0x15],
            &[0x15, 0x80],
            &[0x68, 9, 0],
            &[0x16; 3],
            &[0x15, 0xff, 0xff],
            &[0x29, 0x2c, 0],
        ] {
            assert!(check_footer(footer).is_err(), "{footer:x?}");
        }
        assert!(check_footer(&[&[0x15][..], &[0x80; 12], &[0, 0]].concat()).is_err());
    }

    #[test]
    fn a_page_header_is_read_to_its_end_and_no_further() {
        let header = [0x15, 0, 0x15, 0x08, 0x15, 0x08, 0x2c, 0x15, 2, 0x15, 0, 0x15, 6, 0x15, 6, 0, 0];
        let page = [&header[..], b"values"].concat();
        let mut input = &page[..];
        let read = PageHeader::read(&mut input).unwrap();
        assert_eq!(read.bytes, header);
        assert_eq!((read.number(0, 2), read.number(5, 1), read.number(8, 1)), (Some(4), Some(1), None));
        assert_eq!(input, b"values");
    }
}
