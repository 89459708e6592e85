//! From planes to values.

use std::array;

use crate::squares::turn_bytes;

/// Undoes a [`split`](crate::split()): puts the bytes of values of `width` bytes back together. What is left over
/// behind the last whole value is copied.
///
/// # Panics
///
/// When `planes` and `values` differ in length, or `width` is 0.
pub fn join(width: usize, planes: &[u8], values: &mut [u8]) {
    assert!(width > 0, "values have bytes");
    assert_eq!(planes.len(), values.len(), "planes and values are equally long");
    let count = planes.len() / width;
    let (planes, planes_rest) = planes.split_at(count * width);
    let (values, values_rest) = values.split_at_mut(count * width);
    values_rest.copy_from_slice(planes_rest);
    if count == 0 {
        return;
    }
    match width {
        // With the width known to the compiler, squares are turned over by vectors: twice as fast.
        8 => join_values::<8>(planes, values.as_chunks_mut().0),
        4 => join_values::<4>(planes, values.as_chunks_mut().0),
        1 => values.copy_from_slice(planes),
        // Eight places at a time: eight bytes of each are a square that is turned over.
        _ => {
            for (group, planes) in planes.chunks(8 * count).enumerate() {
                let first = group * 8;
                match planes.len() / count {
                    1 => merge::<1>(planes, values, width, first),
                    2 => merge::<2>(planes, values, width, first),
                    3 => merge::<3>(planes, values, width, first),
                    4 => merge::<4>(planes, values, width, first),
                    5 => merge::<5>(planes, values, width, first),
                    6 => merge::<6>(planes, values, width, first),
                    7 => merge::<7>(planes, values, width, first),
                    _ => merge::<8>(planes, values, width, first),
                }
            }
        }
    }
}

/// Puts whole values of at most eight bytes together.
fn join_values<const WIDTH: usize>(planes: &[u8], values: &mut [[u8; WIDTH]]) {
    let count = values.len();
    let planes: [&[u8]; WIDTH] = array::from_fn(|place| &planes[place * count..][..count]);
    let done = count / 8 * 8;
    let (squares, rest) = values.as_chunks_mut::<8>();
    for (square, eight) in squares.iter_mut().enumerate() {
        let mut words = [0u64; 8];
        for (word, plane) in words.iter_mut().zip(planes) {
            if let Some(bytes) = plane[square * 8..].first_chunk() {
                *word = u64::from_le_bytes(*bytes);
            }
        }
        for (value, word) in eight.iter_mut().zip(turn_bytes(words)) {
            let word = word.to_le_bytes();
            *value = array::from_fn(|place| word[place]);
        }
    }
    for (position, value) in rest.iter_mut().enumerate() {
        *value = array::from_fn(|place| planes[place][done + position]);
    }
}

/// Puts `PLACES` places into the values, from place `first` on.
fn merge<const PLACES: usize>(planes: &[u8], values: &mut [u8], width: usize, first: usize) {
    let count = planes.len() / PLACES;
    let planes: [&[u8]; PLACES] = array::from_fn(|place| &planes[place * count..][..count]);
    let mut squares = values.chunks_exact_mut(8 * width);
    for (square, eight) in squares.by_ref().enumerate() {
        let mut words = [0u64; 8];
        for (word, plane) in words.iter_mut().zip(planes) {
            if let Some(bytes) = plane[square * 8..].first_chunk() {
                *word = u64::from_le_bytes(*bytes);
            }
        }
        for (value, word) in eight.chunks_exact_mut(width).zip(turn_bytes(words)) {
            if let Some(bytes) = value[first..].first_chunk_mut::<PLACES>() {
                let word = word.to_le_bytes();
                *bytes = array::from_fn(|place| word[place]);
            }
        }
    }
    let done = count / 8 * 8;
    for (position, value) in squares.into_remainder().chunks_exact_mut(width).enumerate() {
        for (byte, plane) in value[first..].iter_mut().zip(planes) {
            *byte = plane[done + position];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::join;

    #[test]
    fn every_size_of_value_is_put_back() {
        for width in (1..=20).chain([56, 64, 129, 255]) {
            for count in [0, 1, 2, 7, 8, 9, 16, 40, 65] {
                for rest in [0, 1, width - 1] {
                    let whole: Vec<u8> = (0..width * count + rest)
                        .map(|at| (at * 167 + at / 251_usize).to_le_bytes()[0])
                        .collect();
                    let mut planes = whole.clone();
                    for (at, &byte) in whole.iter().take(width * count).enumerate() {
                        planes[at % width * count + at / width] = byte;
                    }
                    let mut found = vec![0; whole.len()];
                    join(width, &planes, &mut found);
                    assert_eq!(found, whole, "{count} values of {width} bytes, {rest} left over");
                }
            }
        }
    }
}
