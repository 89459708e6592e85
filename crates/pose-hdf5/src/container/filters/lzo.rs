//! LZO1X streams, as PyTables writes them.

use super::codec::Codec;
use super::{invalid, room};
use crate::container::ReaderError;

/// What follows a stream.
#[derive(Clone, Copy)]
pub(super) enum Ending {
    /// The Adler-32 checksum and the number of the decoded bytes.
    Checked,
    /// Nothing: tables of `PyTables` before 0.5.
    Bare,
}

impl Ending {
    /// From the values that `PyTables` notes with the filter: level, version of the object, class of the object, of
    /// which 0 is a table.
    pub(super) fn of(values: &[u32]) -> Self {
        match values {
            [_, version, 0, ..] | [_, version] if *version < 20 => Self::Bare,
            [] | [_] => Self::Bare,
            _ => Self::Checked,
        }
    }
}

/// Decodes a stream into `output` and says how many bytes there were: at most `most`.
pub(super) fn decode(
    source: &[u8],
    ending: Ending,
    most: usize,
    output: &mut Vec<u8>,
) -> Result<usize, ReaderError> {
    let (stream, ending) = match ending {
        Ending::Bare => (source, None),
        Ending::Checked => {
            let Some((stream, ending)) = source.split_last_chunk::<8>() else {
                return Err(invalid("an LZO stream is cut off"));
            };
            let [a, b, c, d, length @ ..] = *ending;
            (stream, Some((u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(length) as usize)))
        }
    };
    let bound = Codec::Lz4.most_from(stream.len());
    let most = ending.map_or(most, |(_, length)| length.min(most)).min(bound);
    let target = room(output, most)?;
    let found = lzokay::decompress::decompress(stream, target)
        .map_err(|error| invalid(format!("an LZO stream is damaged: {error}")))?;
    if let Some((checksum, length)) = ending {
        if found != length {
            return Err(invalid(format!("an LZO stream holds {found} bytes, not {length}")));
        }
        let actual = adler32(&target[..found]);
        if actual != checksum {
            return Err(ReaderError::ChecksumMismatch { expected: checksum, actual });
        }
    }
    Ok(found)
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
