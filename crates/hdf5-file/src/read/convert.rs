//! Numbers of the file as numbers of Rust.

use super::{ByteOrder, Number, NumberKind};
use crate::Primitive;

/// A number that numbers of a file are read as, whatever their type there.
///
/// It is implemented for the numbers that are [`Primitive`]s, and cannot be for others.
pub trait FromNumber: Primitive {
    /// A float, if it is one of this type to the bit.
    #[doc(hidden)]
    fn from_float(float: f64) -> Option<Self>;

    /// An integer, if this type has it.
    #[doc(hidden)]
    fn from_integer(integer: i128) -> Option<Self>;

    /// The kind of number that this is.
    #[doc(hidden)]
    const KIND: NumberKind;

    /// From its own bytes, little-endian.
    #[doc(hidden)]
    fn from_stored(bytes: &[u8]) -> Self;
}

/// Appends numbers, of which `bytes` are the stored ones. Otherwise says which of them is not one of `T`, for people.
pub(super) fn extend<T: FromNumber>(number: Number, bytes: &[u8], out: &mut Vec<T>) -> Result<(), String> {
    let Number { kind, order } = number;
    let elements = bytes.chunks_exact(kind.size());
    if kind == T::KIND && (order == ByteOrder::Little || kind.size() == 1) {
        out.extend(elements.map(T::from_stored));
        return Ok(());
    }
    for element in elements {
        let mut little = [0; 8];
        let little = &mut little[..kind.size()];
        little.copy_from_slice(element);
        if order == ByteOrder::Big {
            little.reverse();
        }
        out.push(convert(kind, little)?);
    }
    Ok(())
}

fn convert<T: FromNumber>(kind: NumberKind, little: &[u8]) -> Result<T, String> {
    if kind == T::KIND {
        return Ok(T::from_stored(little));
    }
    let integer = |integer: i128| T::from_integer(integer).ok_or_else(|| integer.to_string());
    match kind {
        NumberKind::F32 => {
            let float = f64::from(f32::from_stored(little));
            T::from_float(float).ok_or_else(|| float.to_string())
        }
        NumberKind::F64 => {
            let float = f64::from_stored(little);
            T::from_float(float).ok_or_else(|| float.to_string())
        }
        NumberKind::I8 => integer(i8::from_stored(little).into()),
        NumberKind::I16 => integer(i16::from_stored(little).into()),
        NumberKind::I32 => integer(i32::from_stored(little).into()),
        NumberKind::I64 => integer(i64::from_stored(little).into()),
        NumberKind::U8 => integer(u8::from_stored(little).into()),
        NumberKind::U16 => integer(u16::from_stored(little).into()),
        NumberKind::U32 => integer(u32::from_stored(little).into()),
        NumberKind::U64 => integer(u64::from_stored(little).into()),
        NumberKind::Bool => integer((little[0] != 0).into()),
    }
}

macro_rules! own_bytes {
    ($native:ty, $kind:ident) => {
        const KIND: NumberKind = NumberKind::$kind;

        fn from_stored(bytes: &[u8]) -> Self {
            bytes.first_chunk().map_or_else(Self::default, |bytes| Self::from_le_bytes(*bytes))
        }
    };
}

macro_rules! integers {
    ($($native:ty => $kind:ident),*) => {$(
        impl FromNumber for $native {
            fn from_float(_: f64) -> Option<Self> {
                // A fraction would be lost, and whoever stored floats meant them.
                None
            }

            fn from_integer(integer: i128) -> Option<Self> {
                Self::try_from(integer).ok()
            }

            own_bytes!($native, $kind);
        }
    )*};
}

integers! { i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64 }

impl FromNumber for f64 {
    fn from_float(float: f64) -> Option<Self> {
        Some(float)
    }

    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the way back tells")]
    fn from_integer(integer: i128) -> Option<Self> {
        let float = integer as Self;
        (float as i128 == integer).then_some(float)
    }

    own_bytes!(f64, F64);
}

impl FromNumber for f32 {
    #[allow(clippy::cast_possible_truncation, reason = "the way back tells")]
    fn from_float(float: f64) -> Option<Self> {
        let narrow = float as Self;
        (f64::from(narrow).to_bits() == float.to_bits()).then_some(narrow)
    }

    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the way back tells")]
    fn from_integer(integer: i128) -> Option<Self> {
        let float = integer as Self;
        (float as i128 == integer).then_some(float)
    }

    own_bytes!(f32, F32);
}
