//! What one element of a dataset or an attribute is.

use crate::bytes::PutBytes;
use crate::heap::ELEMENT_BYTES;

/// What one element of a dataset or an attribute is. Numbers are little-endian.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Datatype {
    /// A 32-bit float.
    F32,
    /// A 64-bit float.
    F64,
    /// An integer.
    Integer {
        /// Bytes: 1, 2, 4 or 8.
        size: u8,
        /// Whether it has a sign.
        signed: bool,
    },
    /// Eight bits, which is how PyTables stores a boolean.
    Bits8,
    /// A text of so many bytes, the rest of which are zero.
    Text {
        /// Bytes, at least one.
        size: u32,
        /// How its characters are encoded.
        charset: Charset,
    },
    /// Any number of bytes, kept apart from the dataset. An element is a [`BlobReference`](crate::BlobReference).
    Blob,
    /// A text of any length, kept apart from the dataset, as h5py stores a `str`. Elements come from
    /// [`FileWriter::texts`](crate::FileWriter::texts).
    VariableText(Charset),
    /// A reference to an object of the same file. Its eight bytes are filled in when the file is
    /// [finished](crate::FileWriter::finish): see [`FileWriter::refer`](crate::FileWriter::refer).
    Reference,
    /// An integer of which some values have names.
    Enumeration {
        /// Bytes: 1, 2, 4 or 8.
        size: u8,
        /// Whether it has a sign.
        signed: bool,
        /// The values that have names.
        names: Vec<(String, i64)>,
    },
    /// Several values, one after the other and without gaps.
    Compound(Vec<Field>),
    /// So many values of one type.
    Array(u32, Box<Datatype>),
}

/// How the characters of a text are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// ASCII.
    Ascii,
    /// UTF-8.
    Utf8,
}

/// A value of a compound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// What it is.
    pub datatype: Datatype,
}

impl Field {
    /// A field of this name and type.
    #[must_use]
    pub fn new(name: impl Into<String>, datatype: Datatype) -> Self {
        Self { name: name.into(), datatype }
    }
}

impl Datatype {
    /// A signed integer of 64 bits.
    pub const I64: Self = Self::Integer { size: 8, signed: true };

    /// A boolean as h5py stores `np.bool_`: a byte whose values are called `FALSE` and `TRUE`.
    #[must_use]
    pub fn boolean() -> Self {
        let names = vec![("FALSE".to_owned(), 0), ("TRUE".to_owned(), 1)];
        Self::Enumeration { size: 1, signed: true, names }
    }

    /// Bytes of one element.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Integer { size, .. } | Self::Enumeration { size, .. } => usize::from(*size),
            Self::Bits8 => 1,
            Self::Text { size, .. } => *size as usize,
            Self::Blob | Self::VariableText(_) => ELEMENT_BYTES,
            Self::Reference => REFERENCE_BYTES,
            Self::Compound(fields) => fields.iter().map(|field| field.datatype.size()).sum(),
            Self::Array(count, element) => *count as usize * element.size(),
        }
    }

    /// How many bytes it takes in a header to say what this is. There may be as many as for an
    /// [attribute](crate::Attribute::LIMIT).
    #[must_use]
    pub fn num_bytes(&self) -> usize {
        let mut out = Vec::new();
        self.encode(&mut out);
        out.len()
    }

    /// Appends the body of a datatype message.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::F32 => put_float(out, 4, 31, [23, 8, 0, 23], 127),
            Self::F64 => put_float(out, 8, 63, [52, 11, 0, 52], 1023),
            Self::Integer { size, signed } => {
                self.put_head(out, Class::Integer, [if *signed { 8 } else { 0 }, 0, 0]);
                put_bits(out, *size);
            }
            Self::Bits8 => {
                self.put_head(out, Class::BitField, [0; 3]);
                put_bits(out, 1);
            }
            Self::Text { charset, .. } => {
                self.put_head(out, Class::Text, [charset.number() << 4, 0, 0]);
            }
            Self::VariableText(charset) => {
                const TEXT: u8 = 1;
                // Padding 0: a text ends with a zero, which is not kept.
                self.put_head(out, Class::VariableLength, [TEXT, charset.number(), 0]);
                BYTE.encode(out);
            }
            Self::Reference => self.put_head(out, Class::Reference, [0; 3]),
            Self::Enumeration { size, signed, names } => {
                let count = u16::try_from(names.len()).unwrap_or(u16::MAX).to_le_bytes();
                self.put_head(out, Class::Enumeration, [count[0], count[1], 0]);
                Self::Integer { size: *size, signed: *signed }.encode(out);
                for (name, _) in names {
                    put_name(out, name);
                }
                for (_, value) in names {
                    out.extend_from_slice(&value.to_le_bytes()[..usize::from(*size)]);
                }
            }
            Self::Blob => {
                self.put_head(out, Class::VariableLength, [0; 3]);
                BYTE.encode(out);
            }
            Self::Compound(fields) => {
                let count = u16::try_from(fields.len()).unwrap_or(u16::MAX).to_le_bytes();
                self.put_head(out, Class::Compound, [count[0], count[1], 0]);
                let mut offset = 0;
                for Field { name, datatype } in fields {
                    put_name(out, name);
                    out.put_u32(offset);
                    datatype.encode(out);
                    offset += u32::try_from(datatype.size()).unwrap_or(u32::MAX);
                }
            }
            Self::Array(count, element) => {
                self.put_head(out, Class::Array, [0; 3]);
                out.put_u8(1);
                out.put_zeros(3);
                out.put_u32(*count);
                // The order of the axes, of which there is one.
                out.put_u32(0);
                element.encode(out);
            }
        }
    }

    fn put_head(&self, out: &mut Vec<u8>, class: Class, bits: [u8; 3]) {
        // Arrays, and compounds that hold them, have been of version 2 since there are arrays.
        let version = if matches!(self, Self::Compound(_) | Self::Array(..)) { 2 } else { 1 };
        out.put_u8(version << 4 | class as u8);
        out.extend_from_slice(&bits);
        out.put_u32(u32::try_from(self.size()).unwrap_or(u32::MAX));
    }
}

#[derive(Clone, Copy)]
enum Class {
    Integer = 0,
    Float = 1,
    Text = 3,
    BitField = 4,
    Compound = 6,
    Reference = 7,
    Enumeration = 8,
    VariableLength = 9,
    Array = 10,
}

/// What texts and blobs of any length consist of.
const BYTE: Datatype = Datatype::Integer { size: 1, signed: false };

/// Bytes of a reference: an address.
pub(crate) const REFERENCE_BYTES: usize = 8;

impl Charset {
    fn number(self) -> u8 {
        match self {
            Self::Ascii => 0,
            Self::Utf8 => 1,
        }
    }
}

/// A name with its zero, and more of them up to a multiple of eight bytes.
fn put_name(out: &mut Vec<u8>, name: &str) {
    let start = out.len();
    out.extend_from_slice(name.as_bytes());
    out.put_u8(0);
    out.pad_to_8(start);
}

/// Which bits of an integer count: all.
fn put_bits(out: &mut Vec<u8>, size: u8) {
    out.put_u16(0);
    out.put_u16(8 * u16::from(size));
}

/// A float of IEEE 754: `parts` are the places and sizes of exponent and mantissa.
fn put_float(out: &mut Vec<u8>, size: u32, sign: u8, parts: [u8; 4], bias: u32) {
    const IMPLIED_LEADING_BIT: u8 = 2 << 4;
    out.put_u8(1 << 4 | Class::Float as u8);
    out.extend_from_slice(&[IMPLIED_LEADING_BIT, sign, 0]);
    out.put_u32(size);
    out.put_u16(0);
    out.put_u16(u16::try_from(8 * size).unwrap_or(u16::MAX));
    out.extend_from_slice(&parts);
    out.put_u32(bias);
}
