//! From planes to values.

use std::array;

use wide::u8x16;

use crate::squares::turn_bytes;
use crate::vectors::{LANES, interleave};

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
        8 => join_values::<8, 3>(planes, values.as_chunks_mut().0),
        4 => join_values::<4, 2>(planes, values.as_chunks_mut().0),
        2 => join_values::<2, 1>(planes, values.as_chunks_mut().0),
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

/// Puts whole values of two to the power of `STEPS` bytes together, by vectors: four times as fast as by squares.
fn join_values<const WIDTH: usize, const STEPS: usize>(planes: &[u8], values: &mut [[u8; WIDTH]]) {
    let count = values.len();
    let planes: [&[u8]; WIDTH] = array::from_fn(|place| &planes[place * count..][..count]);
    let sixteen_each: [&[[u8; LANES]]; WIDTH] = planes.map(|plane| plane.as_chunks().0);
    let (sixteens, rest) = values.as_chunks_mut::<LANES>();
    for (position, values) in sixteens.iter_mut().enumerate() {
        let mut vectors: [u8x16; WIDTH] = array::from_fn(|place| u8x16::new(sixteen_each[place][position]));
        for _ in 0..STEPS {
            vectors = interleave(vectors);
        }
        for (bytes, vector) in values.as_flattened_mut().as_chunks_mut().0.iter_mut().zip(vectors) {
            *bytes = vector.to_array();
        }
    }
    let done = count - rest.len();
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
            for count in [0, 1, 2, 7, 8, 9, 15, 16, 17, 40, 65] {
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
