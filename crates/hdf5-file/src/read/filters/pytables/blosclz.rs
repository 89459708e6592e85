//! `BloscLZ` streams, the codec that Blosc brings along.

use super::lzf::repeat;

/// Distances from here on take two bytes more.
const FAR: usize = 8191;

/// Decodes a stream into `target` and says how many bytes there were; nothing for a damaged one.
pub(super) fn decode(source: &[u8], target: &mut [u8]) -> Option<usize> {
    let (&first, mut rest) = source.split_first()?;
    let mut control = first & 31;
    let mut at = 0;
    let next = |rest: &mut &[u8]| -> Option<u8> {
        let (&byte, following) = rest.split_first()?;
        *rest = following;
        Some(byte)
    };
    loop {
        if control >= 32 {
            let mut count = usize::from(control >> 5) - 1;
            let high = usize::from(control & 31) << 8;
            if count == 6 {
                loop {
                    let more = next(&mut rest)?;
                    count += usize::from(more);
                    if more != 255 {
                        break;
                    }
                }
            }
            count += 3;
            let low = next(&mut rest)?;
            let distance = if low == 255 && high == 31 << 8 {
                (usize::from(next(&mut rest)?) << 8 | usize::from(next(&mut rest)?)) + FAR + 1
            } else {
                high + usize::from(low) + 1
            };
            repeat(target, at, distance, count)?;
            at += count;
        } else {
            let count = usize::from(control) + 1;
            let (literal, following) = rest.split_at_checked(count)?;
            // Literals are 32 bytes at most. To copy a fixed number is quicker; what was too much is written over.
            match (rest.first_chunk::<32>(), target.get_mut(at..).and_then(|target| target.first_chunk_mut()))
            {
                (Some(literal), Some(target)) => *target = *literal,
                _ => target.get_mut(at..at + count)?.copy_from_slice(literal),
            }
            rest = following;
            at += count;
        }
        match next(&mut rest) {
            Some(byte) => control = byte,
            None => return Some(at),
        }
    }
}
