//! Bytes of values, sorted by their place in the value.

/// Puts the first byte of every value first, then the second of every value, and so on. What is left over behind the
/// last whole value stays there. Both are equally long.
pub(super) fn shuffle(type_bytes: usize, source: &[u8], target: &mut [u8]) {
    /// So many values at a time that their bytes are still in the processor's nearest cache when the next place of
    /// them is taken.
    const BATCH_BYTES: usize = 16 << 10;
    let count = source.len() / type_bytes;
    let (values, rest) = source.split_at(count * type_bytes);
    let (planes, target_rest) = target.split_at_mut(count * type_bytes);
    target_rest.copy_from_slice(rest);
    if count == 0 {
        return;
    }
    let batch = (BATCH_BYTES / type_bytes).max(8);
    for (number, values) in values.chunks(batch * type_bytes).enumerate() {
        let first = number * batch;
        for (place, plane) in planes.chunks_exact_mut(count).enumerate() {
            let target = &mut plane[first..][..values.len() / type_bytes];
            for (byte, value) in target.iter_mut().zip(values.chunks_exact(type_bytes)) {
                *byte = value[place];
            }
        }
    }
}
