//! The checksum that HDF5 puts behind a chunk.

use hdf5_reader::checksum::fletcher32;

use crate::read::ReaderError;

/// The bytes before the checksum, when it is theirs.
pub(super) fn checked(bytes: &[u8]) -> Result<&[u8], ReaderError> {
    let Some((bytes, checksum)) = bytes.split_last_chunk::<4>() else {
        return Err(super::invalid("a chunk is smaller than its checksum"));
    };
    let (expected, actual) = (u32::from_le_bytes(*checksum), fletcher32(bytes));
    if expected == actual { Ok(bytes) } else { Err(ReaderError::ChecksumMismatch { expected, actual }) }
}
