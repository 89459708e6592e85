//! The LZ4 filter that is registered with The HDF Group: blocks of LZ4, each with its length.

use super::codec::Codec;
use super::{invalid, room};
use crate::read::ReaderError;

/// Decodes a chunk into `output` and says how many bytes there were: at most `most`.
pub(super) fn decode(source: &[u8], most: usize, output: &mut Vec<u8>) -> Result<usize, ReaderError> {
    let cut = || invalid("a chunk of LZ4 is cut off");
    let (length, rest) = source.split_first_chunk::<8>().ok_or_else(cut)?;
    let (block, mut rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
    let length = usize::try_from(u64::from_be_bytes(*length)).unwrap_or(usize::MAX);
    let block = u32::from_be_bytes(*block) as usize;
    if length > most || length > Codec::Lz4.most_from(source.len()) {
        return Err(invalid(format!("a chunk of LZ4 declares {length} bytes")));
    }
    if block == 0 && length > 0 {
        return Err(invalid("a chunk of LZ4 has blocks without bytes"));
    }
    for target in room(output, length)?.chunks_mut(block.max(1)) {
        let (stored, following) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let stored = u32::from_be_bytes(*stored) as usize;
        let (block, following) = following.split_at_checked(stored).ok_or_else(cut)?;
        if stored == target.len() {
            target.copy_from_slice(block);
        } else if lz4_flex::block::decompress_into(block, target).ok() != Some(target.len()) {
            return Err(invalid("a block of LZ4 is damaged"));
        }
        rest = following;
    }
    Ok(length)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn blocks_are_put_together_and_what_is_cut_off_is_refused() {
        let whole: Vec<u8> = (0..1000u32).flat_map(|number| (number / 7).to_le_bytes()).collect();
        let mut chunk = (whole.len() as u64).to_be_bytes().to_vec();
        chunk.extend(1024u32.to_be_bytes());
        for (number, block) in whole.chunks(1024).enumerate() {
            // One of them as it is.
            let stored = if number == 1 { block.to_vec() } else { lz4_flex::block::compress(block) };
            chunk.extend(u32::try_from(stored.len()).expect("a small one").to_be_bytes());
            chunk.extend(stored);
        }
        let mut output = Vec::new();
        assert_eq!(decode(&chunk, 4000, &mut output).expect("it is whole"), 4000);
        assert_eq!(output[..4000], whole);
        for cut in 0..chunk.len() {
            assert!(decode(&chunk[..cut], 4000, &mut output).is_err(), "{cut} bytes");
        }
        assert!(decode(&chunk, 3999, &mut output).is_err(), "a byte too many");
    }
}
