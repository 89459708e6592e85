//! Attributes.

use crate::bytes::PutBytes;
use crate::dataset::Extent;
use crate::{Charset, Datatype};

/// A small value that describes a group or a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    name: String,
    datatype: Datatype,
    value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    /// A type without a value: how PyTables stores an empty text.
    Null,
    Scalar(Vec<u8>),
}

impl Attribute {
    /// The largest attribute that this layout has room for, with its name and its type.
    pub const LIMIT: usize = u16::MAX as usize - 7;

    /// A text in UTF-8.
    #[must_use]
    pub fn text(name: impl Into<String>, text: &str) -> Self {
        Self::of_text(name, text.as_bytes(), Charset::Utf8)
    }

    /// A text in ASCII, such as a pickle of protocol 0.
    #[must_use]
    pub fn ascii(name: impl Into<String>, text: &[u8]) -> Self {
        Self::of_text(name, text, Charset::Ascii)
    }

    /// An integer of 64 bits.
    #[must_use]
    pub fn i64(name: impl Into<String>, value: i64) -> Self {
        Self::scalar(name, Datatype::I64, value.to_le_bytes().to_vec())
    }

    /// An integer of 32 bits.
    #[must_use]
    pub fn i32(name: impl Into<String>, value: i32) -> Self {
        Self::scalar(name, Datatype::Integer { size: 4, signed: true }, value.to_le_bytes().to_vec())
    }

    /// A boolean, as PyTables stores it.
    #[must_use]
    pub fn bool(name: impl Into<String>, value: bool) -> Self {
        Self::scalar(name, Datatype::Bits8, vec![u8::from(value)])
    }

    /// A value of any type that has a fixed size.
    ///
    /// # Panics
    ///
    /// When there are not as many bytes as the type has.
    #[must_use]
    pub fn scalar(name: impl Into<String>, datatype: Datatype, value: Vec<u8>) -> Self {
        assert_eq!(value.len(), datatype.size(), "a value is as long as its type says");
        Self { name: name.into(), datatype, value: Value::Scalar(value) }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many bytes it takes in a header. There may be [`LIMIT`](Self::LIMIT).
    #[must_use]
    pub fn num_bytes(&self) -> usize {
        self.encode().len()
    }

    fn of_text(name: impl Into<String>, text: &[u8], charset: Charset) -> Self {
        // HDF5 knows no text of no bytes.
        let size = u32::try_from(text.len().max(1)).unwrap_or(u32::MAX);
        let value = if text.is_empty() { Value::Null } else { Value::Scalar(text.to_vec()) };
        Self { name: name.into(), datatype: Datatype::Text { size, charset }, value }
    }

    /// The body of an attribute message.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut datatype = Vec::new();
        self.datatype.encode(&mut datatype);
        let mut extent = Vec::new();
        match &self.value {
            Value::Null => Extent::Null.encode(&mut extent),
            Value::Scalar(_) => Extent::Scalar.encode(&mut extent),
        }
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
        if let Value::Scalar(value) = &self.value {
            out.extend_from_slice(value);
        }
        out
    }
}
