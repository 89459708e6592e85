//! Bytes, or bits, that a shuffle sorted by their place in the value, put back.

use std::array;

/// Undoes a shuffle of bytes: `source` has the first byte of every value, then the second of every value, and so on.
/// What is left over behind the last whole value was not shuffled. Both are equally long.
pub(super) fn unshuffle(type_bytes: usize, source: &[u8], target: &mut [u8]) {
    let count = source.len() / type_bytes.max(1);
    if type_bytes <= 1 || count <= 1 {
        return target.copy_from_slice(source);
    }
    let (shuffled, rest) = source.split_at(count * type_bytes);
    let (values, target_rest) = target.split_at_mut(count * type_bytes);
    target_rest.copy_from_slice(rest);
    // Eight places at a time: eight bytes of each are a square that is turned over.
    for (group, planes) in shuffled.chunks(8 * count).enumerate() {
        let first = group * 8;
        match planes.len() / count {
            1 => merge::<1>(planes, values, type_bytes, first),
            2 => merge::<2>(planes, values, type_bytes, first),
            3 => merge::<3>(planes, values, type_bytes, first),
            4 => merge::<4>(planes, values, type_bytes, first),
            5 => merge::<5>(planes, values, type_bytes, first),
            6 => merge::<6>(planes, values, type_bytes, first),
            7 => merge::<7>(planes, values, type_bytes, first),
            _ => merge::<8>(planes, values, type_bytes, first),
        }
    }
}

/// Puts `N` places into the values, from place `first` on.
fn merge<const N: usize>(planes: &[u8], values: &mut [u8], type_bytes: usize, first: usize) {
    let count = planes.len() / N;
    let planes: [&[u8]; N] = array::from_fn(|place| &planes[place * count..][..count]);
    let mut squares = values.chunks_exact_mut(8 * type_bytes);
    for (square, eight) in squares.by_ref().enumerate() {
        let mut words = [0u64; 8];
        for (word, plane) in words.iter_mut().zip(planes) {
            if let Some(bytes) = plane[square * 8..].first_chunk() {
                *word = u64::from_le_bytes(*bytes);
            }
        }
        for (value, word) in eight.chunks_exact_mut(type_bytes).zip(turn_bytes(words)) {
            if let Some(bytes) = value[first..].first_chunk_mut::<N>() {
                let word = word.to_le_bytes();
                *bytes = array::from_fn(|place| word[place]);
            }
        }
    }
    let done = count / 8 * 8;
    for (position, value) in squares.into_remainder().chunks_exact_mut(type_bytes).enumerate() {
        for (byte, plane) in value[first..].iter_mut().zip(planes) {
            *byte = plane[done + position];
        }
    }
}

/// Undoes a shuffle of bits of values whose number is a multiple of eight, into planes of bytes: [`unshuffle`] does
/// the rest. Both are equally long.
pub(super) fn join_bits(type_bytes: usize, source: &[u8], target: &mut [u8]) {
    let count = source.len() / type_bytes.max(1);
    if count == 0 {
        return;
    }
    // Of each byte of the values there are eight rows, one for each bit, of one bit for each value.
    for (rows, plane) in source.chunks_exact(count).zip(target.chunks_exact_mut(count)) {
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

/// Turns a square of 8 × 8 bytes over: byte `i` of word `j` becomes byte `j` of word `i`.
fn turn_bytes(mut words: [u64; 8]) -> [u64; 8] {
    // Squares of four, then of two, then of one byte change places.
    for (step, shift, mask) in
        [(4, 32, 0x0000_0000_ffff_ffff_u64), (2, 16, 0x0000_ffff_0000_ffff), (1, 8, 0x00ff_00ff_00ff_00ff)]
    {
        for low in (0..8).filter(|word| word & step == 0) {
            let high = low + step;
            let swapped = ((words[low] >> shift) ^ words[high]) & mask;
            words[high] ^= swapped;
            words[low] ^= swapped << shift;
        }
    }
    words
}

/// Turns a square of 8 × 8 bits over: bit `i` of byte `j` becomes bit `j` of byte `i`.
fn turn_bits(mut word: u64) -> u64 {
    for (shift, mask) in
        [(7, 0x00aa_00aa_00aa_00aa_u64), (14, 0x0000_cccc_0000_cccc), (28, 0x0000_0000_f0f0_f0f0)]
    {
        let swapped = (word ^ (word >> shift)) & mask;
        word ^= swapped ^ (swapped << shift);
    }
    word
}

#[cfg(test)]
mod tests {
    use super::{join_bits, unshuffle};

    fn bytes(len: usize) -> Vec<u8> {
        (0..len).map(|at| (at * 167 + at / 251).to_le_bytes()[0]).collect()
    }

    #[test]
    fn every_size_of_value_is_put_back() {
        for type_bytes in (1..=20).chain([56, 64, 129, 255]) {
            for count in [0, 1, 2, 7, 8, 9, 16, 40, 65] {
                for rest in [0, 1, type_bytes - 1] {
                    let whole = bytes(type_bytes * count + rest);
                    let mut shuffled = whole.clone();
                    for (at, &byte) in whole.iter().take(type_bytes * count).enumerate() {
                        shuffled[at % type_bytes * count + at / type_bytes] = byte;
                    }
                    let mut found = vec![0; whole.len()];
                    // With fewer than two values nothing was moved.
                    unshuffle(type_bytes, &shuffled, &mut found);
                    assert_eq!(found, whole, "{count} values of {type_bytes} bytes, {rest} left over");
                }
            }
        }
    }

    #[test]
    fn every_bit_is_put_back() {
        for type_bytes in [1, 2, 3, 8, 12] {
            for count in [8, 16, 64, 72, 200] {
                let planes = bytes(type_bytes * count);
                let mut bits = vec![0; planes.len()];
                for (at, byte) in planes.iter().enumerate() {
                    let (place, value) = (at / count, at % count);
                    for bit in 0..8 {
                        bits[(place * 8 + bit) * count / 8 + value / 8] |= (byte >> bit & 1) << (value % 8);
                    }
                }
                let mut found = vec![0; planes.len()];
                join_bits(type_bytes, &bits, &mut found);
                assert_eq!(found, planes, "{count} values of {type_bytes} bytes");
            }
        }
    }
}
