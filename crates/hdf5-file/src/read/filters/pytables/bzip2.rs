//! bzip2 streams, as PyTables writes them: one for each chunk.

use bzip2::{Decompress, Status};

use super::{invalid, room};
use crate::read::ReaderError;

/// Decodes a stream into `output` and says how many bytes there were: at most `most`.
///
/// A few bytes of bzip2 may stand for very many, so memory is taken as they arrive.
pub(super) fn decode(source: &[u8], most: usize, output: &mut Vec<u8>) -> Result<usize, ReaderError> {
    let mut decoder = Decompress::new(false);
    let mut capacity = most.min(source.len().saturating_mul(8).max(1 << 16).max(output.len()));
    loop {
        let done = |decoder: &Decompress| usize::try_from(decoder.total_out()).unwrap_or(usize::MAX);
        let (read, written) = (usize::try_from(decoder.total_in()).unwrap_or(usize::MAX), done(&decoder));
        let target = &mut room(output, capacity)?[written..];
        let status = decoder.decompress(source.get(read..).unwrap_or_default(), target);
        match status.map_err(|error| invalid(format!("a bzip2 stream is damaged: {error}")))? {
            Status::StreamEnd => return Ok(done(&decoder)),
            _ if done(&decoder) == capacity && capacity < most => {
                capacity = most.min(capacity.saturating_mul(2));
            }
            _ if done(&decoder) == most => {
                // The end of the stream may still be to be read.
                let read = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
                let status = decoder.decompress(source.get(read..).unwrap_or_default(), &mut []);
                return match status {
                    Ok(Status::StreamEnd) => Ok(most),
                    _ => Err(invalid(format!("a bzip2 stream holds more than {most} bytes, or has no end"))),
                };
            }
            _ => return Err(invalid("a bzip2 stream is cut off")),
        }
    }
}
