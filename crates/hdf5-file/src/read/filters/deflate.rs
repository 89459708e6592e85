//! zlib streams. The decoder is kept between them: making one takes longer than decoding a small chunk.

use flate2::{Decompress, FlushDecompress, Status};

use super::invalid;
use crate::read::ReaderError;

/// A byte stands for at most so many.
pub(super) const EXPANSION: u64 = 1032;

/// Decodes a stream into `target` and says how many bytes there were. What follows the stream is passed over.
pub(super) fn decode(
    decoder: &mut Option<Decompress>,
    source: &[u8],
    target: &mut [u8],
) -> Result<usize, ReaderError> {
    let decoder = decoder.get_or_insert_with(|| Decompress::new(true));
    decoder.reset(true);
    let status = decoder.decompress(source, target, FlushDecompress::Finish);
    let written = usize::try_from(decoder.total_out()).unwrap_or(usize::MAX);
    match status {
        Ok(Status::StreamEnd) => Ok(written),
        Ok(_) if written == target.len() => {
            Err(invalid(format!("a zlib stream holds more than {written} bytes, or has no end")))
        }
        Ok(_) => Err(invalid("a zlib stream is cut off")),
        Err(error) => Err(invalid(format!("a zlib stream is damaged: {error}"))),
    }
}
