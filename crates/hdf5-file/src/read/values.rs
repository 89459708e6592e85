//! Values of datasets, as numbers, texts and references.

use std::ops::Range;

use hdf5_reader::messages::datatype::VarLenKind;
use hdf5_reader::{Datatype, StringPadding, StringSize};

use super::convert;
use super::heap::{HeapTexts, not_utf8};
use super::{Dataset, Element, File, FromNumber, Reference, unexpected};
use crate::{ReadError, ReadErrorKind};

impl Dataset {
    /// The numbers of these rows, one after the other, those of the last axis first. A dataset without axes has one row.
    ///
    /// They are converted where that loses nothing: integers to others that have them, floats to wider ones and to
    /// narrower ones that have them to the bit, integers to floats that are as large; booleans are 0 and 1.
    ///
    /// # Errors
    ///
    /// When it does not hold numbers or has not these rows, one of them is not a `T`, or it is damaged.
    pub fn read<T: FromNumber>(&self, rows: Range<u64>) -> Result<Vec<T>, ReadError> {
        let Element::Number(number) = *self.element() else {
            return Err(self.is_no("numbers"));
        };
        let mut out = self.room(&rows, number.kind.size())?;
        self.visit::<ReadError>(rows, &mut |slab| {
            convert::extend(number, slab, &mut out).map_err(|found| {
                let expected = format!("numbers of the type {}", T::KIND);
                unexpected(self.file(), self.name(), &expected, &found)
            })
        })?;
        Ok(out)
    }

    /// The texts of these rows, of fixed or of any length.
    ///
    /// # Errors
    ///
    /// When it does not hold texts or has not these rows, one of them is not in UTF-8, they have more bytes than the
    /// file, or it is damaged.
    pub fn texts(&self, rows: Range<u64>) -> Result<Vec<String>, ReadError> {
        let mut texts = Vec::new();
        self.visit_texts(rows, &mut |text| {
            texts.push(text);
            Ok::<(), ReadError>(())
        })?;
        Ok(texts)
    }

    /// Passes the texts of these rows on, one by one.
    ///
    /// # Errors
    ///
    /// As of [`texts`](Self::texts), and those of `visitor`.
    pub fn visit_texts<E: From<ReadError>>(
        &self,
        rows: Range<u64>,
        visitor: &mut dyn FnMut(String) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(stored) = StoredText::of(self.datatype()) else { return Err(self.is_no("texts").into()) };
        self.require(&rows)?;
        let mut texts = HeapTexts::new(self.file(), self.name());
        let size = self.element_bytes();
        self.visit::<E>(rows, &mut |slab| {
            for element in slab.chunks_exact(size) {
                visitor(stored.text(element, self.file(), self.name(), &mut texts)?)?;
            }
            Ok(())
        })
    }

    /// The references of these rows.
    ///
    /// # Errors
    ///
    /// When it does not hold references to objects or has not these rows, or it is damaged.
    pub fn references(&self, rows: Range<u64>) -> Result<Vec<Reference>, ReadError> {
        if *self.element() != Element::Reference {
            return Err(self.is_no("references"));
        }
        let size = self.element_bytes();
        let mut out = self.room(&rows, size)?;
        self.visit::<ReadError>(rows, &mut |slab| {
            out.extend(slab.chunks_exact(size).map(Reference::of));
            Ok(())
        })?;
        Ok(out)
    }

    /// Room for the elements of these rows, as far as the file holds them.
    fn room<T>(&self, rows: &Range<u64>, element_bytes: usize) -> Result<Vec<T>, ReadError> {
        self.require(rows)?;
        let rows = if self.row_bytes() == 0 { 0 } else { self.check(rows)? };
        let mut out = Vec::new();
        out.try_reserve_exact(rows.saturating_mul(self.row_bytes() / element_bytes)).map_err(|_| {
            let (path, object) = (self.file().path().to_owned(), self.name().to_owned());
            ReadErrorKind::OutOfMemory { path, object }
        })?;
        Ok(out)
    }

    fn require(&self, rows: &Range<u64>) -> Result<(), ReadError> {
        if rows.end <= self.num_rows() {
            return Ok(());
        }
        let (expected, found) = (format!("{} rows", rows.end), self.num_rows().to_string());
        Err(unexpected(self.file(), self.name(), &expected, &found))
    }

    fn is_no(&self, expected: &str) -> ReadError {
        unexpected(self.file(), self.name(), expected, &self.element().to_string())
    }
}

/// How a text is stored.
#[derive(Clone, Copy)]
pub(super) enum StoredText {
    Fixed(StringPadding),
    Variable,
}

impl StoredText {
    pub(super) fn of(datatype: &Datatype) -> Option<Self> {
        match datatype {
            Datatype::String { size: StringSize::Fixed(size), padding, .. } if *size > 0 => {
                Some(Self::Fixed(*padding))
            }
            Datatype::String { size: StringSize::Variable, .. }
            | Datatype::VarLen { kind: VarLenKind::String, .. } => Some(Self::Variable),
            _ => None,
        }
    }

    /// The text of an element.
    pub(super) fn text(
        self,
        element: &[u8],
        file: &File,
        object: &str,
        texts: &mut HeapTexts<'_>,
    ) -> Result<String, ReadError> {
        let Self::Fixed(padding) = self else { return texts.text(element) };
        let end = match padding {
            StringPadding::NullTerminate => element.iter().position(|&byte| byte == 0),
            StringPadding::NullPad => Some(end_before(element, 0)),
            StringPadding::SpacePad => Some(end_before(element, b' ')),
        };
        let bytes = &element[..end.unwrap_or(element.len())];
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| not_utf8(file, object))
    }
}

/// Where bytes end of which the last ones are all the same.
fn end_before(bytes: &[u8], padding: u8) -> usize {
    bytes.iter().rposition(|&byte| byte != padding).map_or(0, |last| last + 1)
}
