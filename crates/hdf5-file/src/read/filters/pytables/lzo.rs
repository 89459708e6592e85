//! LZO1X streams, as PyTables writes them.

use super::codec::Codec;
use super::{invalid, room};
use crate::read::ReaderError;

/// What ends every stream.
const END: [u8; 3] = [0x11, 0, 0];

/// Decodes a stream into `output` and says how many bytes there were: at most `most`.
///
/// Old versions of PyTables put the Adler-32 checksum and the number of the decoded bytes behind the stream, and
/// newer ones do not: nothing in the file says which.
pub(super) fn decode(source: &[u8], most: usize, output: &mut Vec<u8>) -> Result<usize, ReaderError> {
    let target = room(output, most.min(Codec::Lz4.most_from(source.len())))?;
    if let Some((stream, &[a, b, c, d, length @ ..])) = source.split_last_chunk::<8>()
        && stream.ends_with(&END)
        && let Ok(found) = lzokay::decompress::decompress(stream, target)
        && found == u32::from_le_bytes(length) as usize
        && adler32(&target[..found]) == u32::from_le_bytes([a, b, c, d])
    {
        return Ok(found);
    }
    lzokay::decompress::decompress(source, target)
        .map_err(|error| invalid(format!("an LZO stream is damaged: {error}")))
}

/// The checksum of zlib, which LZO shares.
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    let (mut sum, mut sum_of_sums) = (1u32, 0u32);
    // As many as the sums hold without overflow.
    for part in bytes.chunks(5552) {
        for &byte in part {
            sum += u32::from(byte);
            sum_of_sums += sum;
        }
        sum %= MODULUS;
        sum_of_sums %= MODULUS;
    }
    sum_of_sums << 16 | sum
}

#[cfg(test)]
mod tests {
    use super::{adler32, decode};

    #[test]
    fn the_ending_of_old_versions_is_checked() {
        // 512 zeros, as LZO's own documentation has them.
        let stream = [0x12, 0, 0x20, 0, 0xdf, 0, 0, 0x11, 0, 0];
        let mut output = Vec::new();
        assert_eq!(decode(&stream, 512, &mut output).expect("a bare stream"), 512);
        let mut old = stream.to_vec();
        old.extend(adler32(&[0; 512]).to_le_bytes());
        old.extend(512u32.to_le_bytes());
        assert_eq!(decode(&old, 512, &mut output).expect("an old stream"), 512);
        for position in 10..18 {
            old[position] ^= 1;
            assert!(decode(&old, 512, &mut output).is_err(), "byte {position} is wrong");
            old[position] ^= 1;
        }
        for cut in 0..stream.len() {
            assert!(decode(&stream[..cut], 512, &mut output).is_err(), "{cut} bytes");
        }
        assert!(decode(&stream, 511, &mut output).is_err(), "a byte too many");
    }

    #[test]
    fn the_checksum_is_that_of_zlib() {
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }
}
