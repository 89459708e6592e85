//! LZF streams, which h5py writes.

use super::invalid;
use crate::container::ReaderError;

/// Three bytes stand for at most 264.
pub(super) const EXPANSION: u64 = 88;

/// Decodes a stream into `target` and says how many bytes there were.
pub(super) fn decode(source: &[u8], target: &mut [u8]) -> Result<usize, ReaderError> {
    let damaged = || invalid("an LZF stream is damaged");
    let (mut rest, mut at) = (source, 0);
    while let Some((&control, following)) = rest.split_first() {
        rest = following;
        if control < 32 {
            let count = usize::from(control) + 1;
            let (literal, following) = rest.split_at_checked(count).ok_or_else(damaged)?;
            target.get_mut(at..at + count).ok_or_else(damaged)?.copy_from_slice(literal);
            rest = following;
            at += count;
            continue;
        }
        let mut count = usize::from(control >> 5) + 2;
        let mut next = || -> Result<usize, ReaderError> {
            let (&byte, following) = rest.split_first().ok_or_else(damaged)?;
            rest = following;
            Ok(usize::from(byte))
        };
        if count == 9 {
            count += next()?;
        }
        let distance = (usize::from(control & 31) << 8 | next()?) + 1;
        super::blosclz::repeat(target, at, distance, count).ok_or_else(damaged)?;
        at += count;
    }
    Ok(at)
}
