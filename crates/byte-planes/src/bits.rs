//! From rows of bits to planes of bytes.

use std::array;

use crate::squares::{turn_bits, turn_bytes};

/// Puts bits that were sorted by their place, the lowest of the first byte of every value first, together to
/// [planes](crate::split) of bytes.
///
/// # Panics
///
/// When `rows` and `planes` differ in length, `width` is 0, or the number of values is no multiple of eight.
pub fn join_bits(width: usize, rows: &[u8], planes: &mut [u8]) {
    assert!(width > 0, "values have bytes");
    assert_eq!(rows.len(), planes.len(), "rows and planes are equally long");
    let count = rows.len() / width;
    assert!(count.is_multiple_of(8), "a row of bits is whole bytes");
    if count == 0 {
        return;
    }
    // Of each byte of the values there are eight rows, one for each bit, of one bit for each value.
    for (rows, plane) in rows.chunks_exact(count).zip(planes.chunks_exact_mut(count)) {
        let width = count / 8;
        let rows: [&[u8]; 8] = array::from_fn(|bit| &rows[bit * width..][..width]);
        let mut squares = plane.chunks_exact_mut(64);
        for (square, bytes) in squares.by_ref().enumerate() {
            let words = array::from_fn(|bit| {
                rows[bit][square * 8..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
            });
            for (eight, word) in bytes.chunks_exact_mut(8).zip(turn_bytes(words)) {
                eight.copy_from_slice(&turn_bits(word).to_le_bytes());
            }
        }
        let done = width / 8 * 8;
        for (position, eight) in squares.into_remainder().chunks_exact_mut(8).enumerate() {
            let word = u64::from_le_bytes(array::from_fn(|bit| rows[bit][done + position]));
            eight.copy_from_slice(&turn_bits(word).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::join_bits;

    #[test]
    fn every_bit_is_put_back() {
        for width in [1, 2, 3, 8, 12] {
            for count in [8, 16, 64, 72, 200] {
                let planes: Vec<u8> =
                    (0..width * count).map(|at| (at * 167 + at / 251_usize).to_le_bytes()[0]).collect();
                let mut bits = vec![0; planes.len()];
                for (at, byte) in planes.iter().enumerate() {
                    let (place, value) = (at / count, at % count);
                    for bit in 0..8 {
                        bits[(place * 8 + bit) * count / 8 + value / 8] |= (byte >> bit & 1) << (value % 8);
                    }
                }
                let mut found = vec![0; planes.len()];
                join_bits(width, &bits, &mut found);
                assert_eq!(found, planes, "{count} values of {width} bytes");
            }
        }
    }
}
