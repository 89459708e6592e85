//! From values to planes.

/// So many bytes of values at a time that they are still in the processor's nearest cache when the next place of
/// them is taken. Of 288 MB in pieces of 512 KB, 1.4 times as fast as a place after the other of all of them.
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
    // With the width known to the compiler, places are taken by vectors.
    match width {
        2 => split_values(values.as_chunks::<2>().0, planes),
        4 => split_values(values.as_chunks::<4>().0, planes),
        8 => split_values(values.as_chunks::<8>().0, planes),
        _ => split_any(width, values, planes),
    }
}

fn split_values<const WIDTH: usize>(values: &[[u8; WIDTH]], planes: &mut [u8]) {
    let batch = BATCH_BYTES / WIDTH;
    for (number, batch_values) in values.chunks(batch).enumerate() {
        for (place, plane) in planes.chunks_exact_mut(values.len()).enumerate() {
            let target = &mut plane[number * batch..][..batch_values.len()];
            for (byte, value) in target.iter_mut().zip(batch_values) {
                *byte = value[place];
            }
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
            for count in [0, 1, 2, 7, 8, 9, 5_000] {
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
