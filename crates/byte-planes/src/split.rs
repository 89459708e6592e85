//! From values to planes.

use wide::u8x16;

use crate::vectors::{LANES, interleave};

/// So many bytes of values at a time that they are still in the processor's nearest cache when the next place of
/// them is taken.
const BATCH_BYTES: usize = 8 << 10;

/// Sorts the bytes of values of `width` bytes by their place: the first byte of every value, then the second of every
/// value, and so on. What is left over behind the last whole value is copied.
///
/// # Panics
///
/// When `values` and `planes` differ in length, or `width` is 0.
pub fn split(width: usize, values: &[u8], planes: &mut [u8]) {
    assert!(width > 0, "values have bytes");
    assert_eq!(values.len(), planes.len(), "values and planes are equally long");
    let count = values.len() / width;
    let (values, values_rest) = values.split_at(count * width);
    let (planes, planes_rest) = planes.split_at_mut(count * width);
    planes_rest.copy_from_slice(values_rest);
    if count == 0 {
        return;
    }
    match width {
        2 => split_values::<2>(values, planes),
        4 => split_values::<4>(values, planes),
        8 => split_values::<8>(values, planes),
        _ => split_any(width, values, planes),
    }
}

/// Takes values by vectors: of 288 MB in pieces of 512 KB, five times as fast as a place after the other of 8 KiB.
fn split_values<const WIDTH: usize>(values: &[u8], planes: &mut [u8]) {
    /// How many vectors there are of each place of a batch: 1,024 values.
    const VECTORS: usize = 64;

    let count = values.len() / WIDTH;
    // Planes are often as far apart as what the nearest cache keeps in one place. So their parts wait here, side by side.
    let mut gathered = [[[0; LANES]; VECTORS]; WIDTH];
    let batch_bytes = size_of_val(&gathered);
    let batches = values.chunks_exact(batch_bytes);
    let rest = batches.remainder();
    for (number, batch) in batches.enumerate() {
        let vectors = batch.as_chunks::<LANES>().0.as_chunks::<WIDTH>().0;
        for (position, vectors) in vectors.iter().enumerate() {
            let turned = interleave(interleave(interleave(interleave(vectors.map(u8x16::new)))));
            for (gathered, place) in gathered.iter_mut().zip(turned) {
                gathered[position] = place.to_array();
            }
        }
        let start = number * batch_bytes / WIDTH;
        for (plane, place) in planes.chunks_exact_mut(count).zip(&gathered) {
            plane[start..][..VECTORS * LANES].copy_from_slice(place.as_flattened());
        }
    }
    let rest = rest.as_chunks::<WIDTH>().0;
    for (place, plane) in planes.chunks_exact_mut(count).enumerate() {
        for (byte, value) in plane[count - rest.len()..].iter_mut().zip(rest) {
            *byte = value[place];
        }
    }
}

fn split_any(width: usize, values: &[u8], planes: &mut [u8]) {
    let count = values.len() / width;
    let batch = (BATCH_BYTES / width).max(8);
    for (number, values) in values.chunks(batch * width).enumerate() {
        for (place, plane) in planes.chunks_exact_mut(count).enumerate() {
            let target = &mut plane[number * batch..][..values.len() / width];
            for (byte, value) in target.iter_mut().zip(values.chunks_exact(width)) {
                *byte = value[place];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn every_size_of_value_is_sorted_by_place() {
        for width in [1, 2, 3, 4, 7, 8, 12, 16, 255] {
            for count in [0, 1, 2, 7, 8, 9, 1_024, 2_049, 5_000] {
                for rest in [0, width - 1] {
                    let values: Vec<u8> = (0..width * count + rest)
                        .map(|at| (at * 167 + at / 251_usize).to_le_bytes()[0])
                        .collect();
                    let mut planes = vec![0; values.len()];
                    split(width, &values, &mut planes);
                    for (at, &byte) in values.iter().enumerate().take(width * count) {
                        assert_eq!(planes[at % width * count + at / width], byte, "{count} of {width}: {at}");
                    }
                    assert_eq!(planes[width * count..], values[width * count..]);
                }
            }
        }
    }
}
