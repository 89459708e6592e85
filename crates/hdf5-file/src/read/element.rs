//! What one element of a dataset or an attribute is.

use std::fmt;

use hdf5_reader::messages::datatype::{ReferenceType, VarLenKind};
use hdf5_reader::{Datatype, StringSize};

/// What one element of a dataset is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Element {
    /// A number or a boolean.
    Number(Number),
    /// Text of a fixed number of bytes, filled up with zeros.
    Text(usize),
    /// Fields side by side.
    Compound(Vec<Field>),
    /// Several elements of one kind.
    Array(Box<Element>, usize),
    /// Bytes of any length, kept elsewhere in the file.
    Blob,
    /// Text of any length, kept elsewhere in the file.
    VariableText,
    /// A reference to an object of the file.
    Reference,
    /// What is not read; named for people.
    Other(String),
}

/// A field of a compound.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// Where in the compound it is, in bytes.
    pub offset: usize,
    /// What it is.
    pub element: Element,
}

/// A number as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// Its type.
    pub kind: NumberKind,
    /// Which of its bytes comes first.
    pub order: ByteOrder,
}

/// The types of numbers that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are those of the types")]
pub enum NumberKind {
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    Bool,
}

/// Which byte of a number comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The lowest.
    Little,
    /// The highest.
    Big,
}

impl NumberKind {
    /// Bytes of one number.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 | Self::Bool => 1,
            Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }
}

impl Element {
    pub(super) fn new(datatype: &Datatype) -> Self {
        Self::nested(datatype, 3)
    }

    fn nested(datatype: &Datatype, depth: usize) -> Self {
        use NumberKind::{Bool, F32, F64, I8, I16, I32, I64, U8, U16, U32, U64};
        let number = |kind, order: &hdf5_reader::ByteOrder| {
            let order = match order {
                hdf5_reader::ByteOrder::LittleEndian => ByteOrder::Little,
                hdf5_reader::ByteOrder::BigEndian => ByteOrder::Big,
            };
            Self::Number(Number { kind, order })
        };
        match datatype {
            Datatype::FloatingPoint { size: 4, byte_order } => number(F32, byte_order),
            Datatype::FloatingPoint { size: 8, byte_order } => number(F64, byte_order),
            Datatype::FixedPoint { size: 1, signed: true, byte_order } => number(I8, byte_order),
            Datatype::FixedPoint { size: 2, signed: true, byte_order } => number(I16, byte_order),
            Datatype::FixedPoint { size: 4, signed: true, byte_order } => number(I32, byte_order),
            Datatype::FixedPoint { size: 8, signed: true, byte_order } => number(I64, byte_order),
            Datatype::FixedPoint { size: 1, signed: false, byte_order } => number(U8, byte_order),
            Datatype::FixedPoint { size: 2, signed: false, byte_order } => number(U16, byte_order),
            Datatype::FixedPoint { size: 4, signed: false, byte_order } => number(U32, byte_order),
            Datatype::FixedPoint { size: 8, signed: false, byte_order } => number(U64, byte_order),
            // PyTables keeps booleans as bit fields, h5py as enumerations.
            Datatype::Bitfield { size: 1, byte_order } => number(Bool, byte_order),
            Datatype::Enum { base, members } if is_boolean(base, members) => {
                number(Bool, &hdf5_reader::ByteOrder::LittleEndian)
            }
            Datatype::String { size: StringSize::Fixed(size), .. } => Self::Text(*size as usize),
            Datatype::Compound { fields, .. } if depth > 0 => {
                let field = |field: &hdf5_reader::CompoundField| Field {
                    name: field.name.clone(),
                    offset: field.byte_offset as usize,
                    element: Self::nested(&field.datatype, depth - 1),
                };
                Self::Compound(fields.iter().map(field).collect())
            }
            Datatype::Array { base, dims } if depth > 0 => {
                let count = dims.iter().try_fold(1u64, |count, &dim| count.checked_mul(dim));
                match count.and_then(|count| usize::try_from(count).ok()) {
                    Some(count) => Self::Array(Box::new(Self::nested(base, depth - 1)), count),
                    None => Self::Other("an array without bounds".to_owned()),
                }
            }
            Datatype::String { size: StringSize::Variable, .. }
            | Datatype::VarLen { kind: VarLenKind::String, .. } => Self::VariableText,
            Datatype::Reference { ref_type: ReferenceType::Object, .. } => Self::Reference,
            Datatype::VarLen { base, .. } if matches!(**base, Datatype::FixedPoint { size: 1, .. }) => {
                Self::Blob
            }
            other => Self::Other(name(other)),
        }
    }
}

fn is_boolean(base: &Datatype, members: &[hdf5_reader::EnumMember]) -> bool {
    matches!(base, Datatype::FixedPoint { size: 1, .. })
        && members.len() == 2
        && members.iter().all(|member| matches!(member.value.as_slice(), [0 | 1]))
}

/// What an element that no table holds is called.
fn name(datatype: &Datatype) -> String {
    match datatype {
        Datatype::FloatingPoint { size, .. } => format!("float{}", u32::from(*size) * 8),
        Datatype::FixedPoint { size, .. } => format!("int{}", u32::from(*size) * 8),
        Datatype::String { .. } => "strings of any length".to_owned(),
        Datatype::Compound { .. } => "a nested compound".to_owned(),
        Datatype::Array { .. } => "a nested array".to_owned(),
        Datatype::Enum { .. } => "an enumeration".to_owned(),
        Datatype::VarLen { .. } => "lists of any length".to_owned(),
        Datatype::Opaque { .. } => "opaque bytes".to_owned(),
        Datatype::Reference { .. } => "references".to_owned(),
        Datatype::Bitfield { .. } => "a bit field".to_owned(),
    }
}

impl fmt::Display for NumberKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::F32 => "float32",
            Self::F64 => "float64",
            Self::I8 => "int8",
            Self::I16 => "int16",
            Self::I32 => "int32",
            Self::I64 => "int64",
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::U32 => "uint32",
            Self::U64 => "uint64",
            Self::Bool => "bool",
        })
    }
}

impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.kind.fmt(f),
            Self::Text(size) => write!(f, "text of {size} bytes"),
            Self::Compound(fields) => write!(f, "a compound of {} fields", fields.len()),
            Self::Array(item, count) => write!(f, "an array of {count} of {item}"),
            Self::Blob => f.write_str("bytes of any length"),
            Self::VariableText => f.write_str("texts of any length"),
            Self::Reference => f.write_str("references"),
            Self::Other(name) => f.write_str(name),
        }
    }
}
