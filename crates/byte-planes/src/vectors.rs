//! Vectors of bytes, laid into each other.

use wide::u8x16;

/// How many values are as many bytes of one place as a vector has.
pub(crate) const LANES: usize = 16;

/// Lays the first half of `WIDTH` vectors into the second, byte by byte.
///
/// That moves the bits of the place where a byte stands up by one, and the highest to the bottom. In 16 values of `WIDTH` bytes the
/// upper four say which value it is of, the others which byte of it: after four such steps these have changed sides, and the
/// vectors are bytes of one place each. After as many more as `WIDTH` is a power of two they are values again.
#[inline]
pub(crate) fn interleave<const WIDTH: usize>(vectors: [u8x16; WIDTH]) -> [u8x16; WIDTH] {
    let mut interleaved = vectors;
    for (pair, both) in interleaved.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let (first, second) = (vectors[pair], vectors[pair + WIDTH / 2]);
        *both = [u8x16::unpack_low(first, second), u8x16::unpack_high(first, second)];
    }
    interleaved
}
