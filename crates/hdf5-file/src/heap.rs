//! The global heap, where values without a fixed size are kept.

use crate::WriteError;
use crate::bytes::PutBytes;
use crate::writer::Space;

/// What stands in a dataset for a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobReference {
    bytes: u32,
    address: u64,
}

impl BlobReference {
    /// The element of a dataset of [`Datatype::Blob`](crate::Datatype::Blob).
    #[must_use]
    pub fn to_bytes(self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16);
        out.put_u32(self.bytes);
        out.put_u64(self.address);
        // Each blob has a collection of its own and is the first in it.
        out.put_u32(1);
        out
    }
}

/// No collection is smaller.
const MIN_COLLECTION_BYTES: usize = 4096;

/// Bytes before an object of a collection, and of the collection itself.
const HEAD_BYTES: usize = 16;

/// Writes a blob.
pub(crate) fn write(space: &mut Space, blob: &[u8]) -> Result<BlobReference, WriteError> {
    let bytes = u32::try_from(blob.len()).map_err(|_| WriteError::blob_too_large(blob.len()))?;
    let used = 2 * HEAD_BYTES + blob.len().next_multiple_of(8);
    // What is left must be nothing, or have room for a head.
    let size = (used + HEAD_BYTES).max(MIN_COLLECTION_BYTES);
    let mut head = Vec::with_capacity(2 * HEAD_BYTES);
    head.extend_from_slice(b"GCOL");
    head.put_u8(1);
    head.put_zeros(3);
    head.put_u64(size as u64);
    head.put_u16(1);
    head.put_u16(1);
    head.put_zeros(4);
    head.put_u64(blob.len() as u64);

    let mut tail = vec![0; used - 2 * HEAD_BYTES - blob.len()];
    // Object 0 is the space that is free.
    tail.put_zeros(8);
    tail.put_u64((size - used) as u64);
    tail.put_zeros(size - used - HEAD_BYTES);

    let address = space.reserve(size as u64)?;
    space.write_at(address, &head)?;
    space.write_at(address + head.len() as u64, blob)?;
    space.write_at(address + (head.len() + blob.len()) as u64, &tail)?;
    Ok(BlobReference { bytes, address })
}
