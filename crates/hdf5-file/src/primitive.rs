//! The numbers of Rust that HDF5 has a type for.

use crate::Datatype;

/// A number that HDF5 has a type for: the integers of up to 64 bits, and the floats.
///
/// It is implemented for those, and cannot be for others.
pub trait Primitive: Copy + sealed::Sealed {
    /// Its type in a file, little-endian.
    const DATATYPE: Datatype;

    /// Appends its bytes, little-endian.
    fn put(self, out: &mut Vec<u8>);
}

/// The bytes of numbers, one after the other, as a dataset of their [type](Primitive::DATATYPE) holds them.
///
/// # Examples
///
/// ```
/// assert_eq!(hdf5_file::bytes_of(&[1u16, 0x203]), [1, 0, 3, 2]);
/// ```
#[must_use]
pub fn bytes_of<T: Primitive>(numbers: &[T]) -> Vec<u8> {
    let mut out = Vec::with_capacity(size_of_val(numbers));
    for &number in numbers {
        number.put(&mut out);
    }
    out
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! primitives {
    ($($native:ty => $datatype:expr),* $(,)?) => {$(
        impl sealed::Sealed for $native {}

        impl Primitive for $native {
            const DATATYPE: Datatype = $datatype;

            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

primitives! {
    f32 => Datatype::F32,
    f64 => Datatype::F64,
    i8 => Datatype::Integer { size: 1, signed: true },
    i16 => Datatype::Integer { size: 2, signed: true },
    i32 => Datatype::Integer { size: 4, signed: true },
    i64 => Datatype::I64,
    u8 => Datatype::Integer { size: 1, signed: false },
    u16 => Datatype::Integer { size: 2, signed: false },
    u32 => Datatype::Integer { size: 4, signed: false },
    u64 => Datatype::Integer { size: 8, signed: false },
}
