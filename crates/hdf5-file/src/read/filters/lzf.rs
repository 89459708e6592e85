//! LZF streams, which h5py writes.

use super::invalid;
use crate::read::ReaderError;

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
        repeat(target, at, distance, count).ok_or_else(damaged)?;
        at += count;
    }
    Ok(at)
}

/// Writes `count` bytes at `at` that repeat those from `distance` before on, which may reach into what is written.
pub(super) fn repeat(target: &mut [u8], at: usize, distance: usize, count: usize) -> Option<()> {
    let start = at.checked_sub(distance)?;
    let end = at.checked_add(count).filter(|&end| end <= target.len())?;
    if distance >= 8 && count <= 64 && end + 8 <= target.len() {
        // Most are short. Words are copied, and what was too much is written over.
        for to in (at..end).step_by(8) {
            let word: [u8; 8] = *target[to - distance..].first_chunk()?;
            *target[to..].first_chunk_mut()? = word;
        }
    } else if distance == 1 {
        let byte = target[start];
        target[at..end].fill(byte);
    } else if distance >= count {
        target.copy_within(start..start + count, at);
    } else {
        // What is repeated doubles with each copy.
        let mut to = at;
        while to < end {
            let part = (to - start).min(end - to);
            target.copy_within(start..start + part, to);
            to += part;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::decode;

    /// What h5py 3.16 makes of a few words, 300 zeros, and the words again.
    const STORED: &[u8] = b"\nnose tail n\xe0\0\x09\x04ear \0\xe0\xff\0\xe0\x1a\0\xe1\x02\x39\x01ar";

    #[test]
    fn a_stream_of_h5py_is_decoded_and_what_is_cut_off_is_refused() {
        let whole = [b"nose tail nose tail ear ".as_slice(), &[0; 300], b"nose tail ear"].concat();
        let mut target = vec![1; whole.len()];
        assert_eq!(decode(STORED, &mut target).expect("it is whole"), whole.len());
        assert_eq!(target, whole);
        for cut in 0..STORED.len() {
            let found = decode(&STORED[..cut], &mut target);
            assert!(found.is_err() || found.is_ok_and(|found| found < whole.len()), "{cut} bytes");
        }
        assert!(decode(STORED, &mut target[1..]).is_err(), "a byte too many");
    }
}
