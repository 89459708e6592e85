//! Attributes.

use crate::bytes::PutBytes;
use crate::dataset::Extent;
use crate::datatype::REFERENCE_BYTES;
use crate::heap::ELEMENT_BYTES;
use crate::{Charset, Datatype, Primitive, bytes_of};

/// A small value, or an array of them, that describes a group or a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    name: String,
    datatype: Datatype,
    extent: Extent,
    elements: Elements,
}

/// The elements of an attribute, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Elements {
    /// As they stand in the file.
    Bytes(Vec<u8>),
    /// Texts for the heap.
    Texts(Vec<String>),
    /// The paths of the objects that are referred to.
    References(Vec<String>),
}

impl Attribute {
    /// The largest attribute that this layout has room for, with its name and its type. Texts of any length are kept
    /// elsewhere, and take 16 bytes each of it.
    pub const LIMIT: usize = u16::MAX as usize - 7;

    /// A text in UTF-8 of a fixed length, its own.
    #[must_use]
    pub fn text(name: impl Into<String>, text: &str) -> Self {
        Self::of_text(name, text.as_bytes(), Charset::Utf8)
    }

    /// A text in ASCII of a fixed length, such as a pickle of protocol 0.
    #[must_use]
    pub fn ascii(name: impl Into<String>, text: &[u8]) -> Self {
        Self::of_text(name, text, Charset::Ascii)
    }

    /// A text in UTF-8 of any length, as h5py stores a `str`.
    #[must_use]
    pub fn variable_text(name: impl Into<String>, text: impl Into<String>) -> Self {
        let datatype = Datatype::VariableText(Charset::Utf8);
        Self::of(name, datatype, Extent::Scalar, Elements::Texts(vec![text.into()]))
    }

    /// Several of these.
    #[must_use]
    pub fn variable_texts<T: Into<String>>(
        name: impl Into<String>,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        let texts: Vec<String> = texts.into_iter().map(Into::into).collect();
        let extent = Extent::of(&[texts.len() as u64]);
        Self::of(name, Datatype::VariableText(Charset::Utf8), extent, Elements::Texts(texts))
    }

    /// A reference to an object of the same file, by its path from the root on. It has to be there when the file is
    /// [finished](crate::FileWriter::finish).
    #[must_use]
    pub fn reference(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self::of(name, Datatype::Reference, Extent::Scalar, Elements::References(vec![path.into()]))
    }

    /// Several of these.
    #[must_use]
    pub fn references<T: Into<String>>(name: impl Into<String>, paths: impl IntoIterator<Item = T>) -> Self {
        let paths: Vec<String> = paths.into_iter().map(Into::into).collect();
        let extent = Extent::of(&[paths.len() as u64]);
        Self::of(name, Datatype::Reference, extent, Elements::References(paths))
    }

    /// A number.
    #[must_use]
    pub fn number<T: Primitive>(name: impl Into<String>, number: T) -> Self {
        Self::scalar(name, T::DATATYPE, bytes_of(&[number]))
    }

    /// Several numbers.
    #[must_use]
    pub fn numbers<T: Primitive>(name: impl Into<String>, numbers: &[T]) -> Self {
        Self::array(name, T::DATATYPE, &[numbers.len() as u64], bytes_of(numbers))
    }

    /// An integer of 64 bits.
    #[must_use]
    pub fn i64(name: impl Into<String>, value: i64) -> Self {
        Self::number(name, value)
    }

    /// An integer of 32 bits.
    #[must_use]
    pub fn i32(name: impl Into<String>, value: i32) -> Self {
        Self::number(name, value)
    }

    /// A boolean, as PyTables stores it.
    #[must_use]
    pub fn bool(name: impl Into<String>, value: bool) -> Self {
        Self::scalar(name, Datatype::Bits8, vec![u8::from(value)])
    }

    /// A boolean, as h5py stores it: see [`Datatype::boolean`].
    #[must_use]
    pub fn named_bool(name: impl Into<String>, value: bool) -> Self {
        Self::scalar(name, Datatype::boolean(), vec![u8::from(value)])
    }

    /// A value of any type that has a fixed size.
    ///
    /// # Panics
    ///
    /// When there are not as many bytes as the type has, or it is of texts of any length or of references.
    #[must_use]
    pub fn scalar(name: impl Into<String>, datatype: Datatype, value: Vec<u8>) -> Self {
        Self::of_bytes(name, datatype, Extent::Scalar, 1, value)
    }

    /// Values of any type that has a fixed size, on so many axes of these lengths.
    ///
    /// # Panics
    ///
    /// When there are not as many bytes as type and shape have, or it is of texts of any length or of references.
    #[must_use]
    pub fn array(name: impl Into<String>, datatype: Datatype, shape: &[u64], values: Vec<u8>) -> Self {
        let count = shape.iter().fold(1u64, |count, &length| count.saturating_mul(length));
        Self::of_bytes(name, datatype, Extent::of(shape), count, values)
    }

    /// A type without a value, as `h5py.Empty`.
    #[must_use]
    pub fn empty(name: impl Into<String>, datatype: Datatype) -> Self {
        Self::of(name, datatype, Extent::Null, Elements::Bytes(Vec::new()))
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes it takes in a header. There may be [`LIMIT`](Self::LIMIT).
    #[must_use]
    pub fn num_bytes(&self) -> usize {
        self.head().len() + self.elements.num_bytes()
    }

    pub(crate) fn elements(&self) -> &Elements {
        &self.elements
    }

    /// The body of an attribute message up to the elements.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut datatype = Vec::new();
        self.datatype.encode(&mut datatype);
        let mut extent = Vec::new();
        self.extent.encode(None, &mut extent);
        let mut out = Vec::new();
        // Only version 3 says that a name is in UTF-8.
        let version = if self.name.is_ascii() { 1 } else { 3 };
        out.put_u8(version);
        out.put_u8(0);
        for length in [self.name.len() + 1, datatype.len(), extent.len()] {
            out.put_u16(u16::try_from(length).unwrap_or(u16::MAX));
        }
        if version == 3 {
            out.put_u8(1);
        }
        for part in [[self.name.as_bytes(), b"\0"].concat(), datatype, extent] {
            let start = out.len();
            out.extend_from_slice(&part);
            if version == 1 {
                out.pad_to_8(start);
            }
        }
        out
    }

    fn of(name: impl Into<String>, datatype: Datatype, extent: Extent, elements: Elements) -> Self {
        Self { name: name.into(), datatype, extent, elements }
    }

    fn of_bytes(
        name: impl Into<String>,
        datatype: Datatype,
        extent: Extent,
        count: u64,
        bytes: Vec<u8>,
    ) -> Self {
        let kept_elsewhere =
            matches!(datatype, Datatype::VariableText(_) | Datatype::Reference | Datatype::Blob);
        assert!(!kept_elsewhere, "texts of any length, references and blobs have no bytes of their own");
        let expected = count.saturating_mul(datatype.size() as u64);
        assert_eq!(bytes.len() as u64, expected, "values are as long as their type says");
        Self::of(name, datatype, extent, Elements::Bytes(bytes))
    }

    fn of_text(name: impl Into<String>, text: &[u8], charset: Charset) -> Self {
        // HDF5 knows no text of no bytes. PyTables stores an empty one as a type without a value.
        let size = u32::try_from(text.len().max(1)).unwrap_or(u32::MAX);
        let extent = if text.is_empty() { Extent::Null } else { Extent::Scalar };
        Self::of(name, Datatype::Text { size, charset }, extent, Elements::Bytes(text.to_vec()))
    }
}

impl Elements {
    fn num_bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Texts(texts) => texts.len() * ELEMENT_BYTES,
            Self::References(paths) => paths.len() * REFERENCE_BYTES,
        }
    }
}
