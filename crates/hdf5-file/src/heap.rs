//! The global heap, where values without a fixed size are kept, in collections.

use crate::bytes::PutBytes;
use crate::writer::Space;
use crate::{WriteError, WriteErrorKind};

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
        let mut out = Vec::with_capacity(ELEMENT_BYTES);
        // Each blob has a collection of its own and is the first in it.
        put_element(&mut out, self.bytes, self.address, 1);
        out
    }
}

/// Bytes of what stands in a dataset or an attribute for a value in the heap.
pub(crate) const ELEMENT_BYTES: usize = 16;

/// No collection is smaller.
const MIN_COLLECTION_BYTES: usize = 4096;

/// How large a collection of many texts gets: whoever wants one text of it reads it whole.
const MAX_COLLECTION_BYTES: usize = 64 << 10;

/// Bytes before an object of a collection, and of the collection itself.
const HEAD_BYTES: usize = 16;

/// Writes a blob.
pub(crate) fn write(space: &mut Space, blob: &[u8]) -> Result<BlobReference, WriteError> {
    let bytes = u32::try_from(blob.len()).map_err(|_| WriteError::blob_too_large(blob.len()))?;
    let used = 2 * HEAD_BYTES + blob.len().next_multiple_of(8);
    // What is left must be nothing, or have room for a head.
    let size = (used + HEAD_BYTES).max(MIN_COLLECTION_BYTES);
    let mut head = Vec::with_capacity(2 * HEAD_BYTES);
    put_collection_head(&mut head, size);
    put_object_head(&mut head, 1, blob.len());

    let mut tail = vec![0; used - 2 * HEAD_BYTES - blob.len()];
    put_free(&mut tail, size - used);

    let address = space.reserve(size as u64)?;
    space.write_at(address, &head)?;
    space.write_at(address + head.len() as u64, blob)?;
    space.write_at(address + (head.len() + blob.len()) as u64, &tail)?;
    Ok(BlobReference { bytes, address })
}

/// Texts of any length, which share collections.
#[derive(Default)]
pub(crate) struct Texts {
    open: Option<Collection>,
}

/// A collection with room for more.
struct Collection {
    address: u64,
    size: usize,
    /// What is in it so far.
    bytes: Vec<u8>,
    objects: u16,
}

impl Texts {
    /// Puts texts into the heap and gives what stands for them, one after the other.
    pub(crate) fn put<T: AsRef<str>>(
        &mut self,
        space: &mut Space,
        texts: &[T],
    ) -> Result<Vec<u8>, WriteError> {
        let mut left = 0usize;
        for text in texts.iter().map(AsRef::as_ref) {
            if text.contains('\0') {
                return Err(WriteErrorKind::Zero { text: text.to_owned() }.into());
            }
            left = left.saturating_add(object_bytes(text));
        }
        let mut elements = Vec::with_capacity(texts.len() * ELEMENT_BYTES);
        for text in texts.iter().map(AsRef::as_ref) {
            let bytes = u32::try_from(text.len()).map_err(|_| WriteError::blob_too_large(text.len()))?;
            let need = object_bytes(text);
            // A large text that nothing follows would leave its collection, and the one before it, half empty.
            let shared = if left == need { MIN_COLLECTION_BYTES } else { MAX_COLLECTION_BYTES };
            if HEAD_BYTES + need > shared {
                let reference = write(space, text.as_bytes())?;
                elements.extend_from_slice(&reference.to_bytes());
            } else {
                let collection = self.with_room(space, need, left)?;
                collection.objects += 1;
                put_element(&mut elements, bytes, collection.address, collection.objects);
                put_object_head(&mut collection.bytes, collection.objects, text.len());
                collection.bytes.extend_from_slice(text.as_bytes());
                collection.bytes.pad_to_8(0);
            }
            left -= need;
        }
        Ok(elements)
    }

    /// Writes the collection that is open.
    pub(crate) fn finish(&mut self, space: &Space) -> Result<(), WriteError> {
        let Some(Collection { address, size, mut bytes, .. }) = self.open.take() else { return Ok(()) };
        let free = size - bytes.len();
        if free > 0 {
            put_free(&mut bytes, free);
        }
        space.write_at(address, &bytes)
    }

    /// A collection with room for an object of so many bytes, of `left` that are still to come.
    fn with_room(
        &mut self,
        space: &mut Space,
        need: usize,
        left: usize,
    ) -> Result<&mut Collection, WriteError> {
        // What is left after it must be nothing, or have room for a head.
        let fits = |open: &Collection| {
            let room = open.size - open.bytes.len();
            room == need || room >= need + HEAD_BYTES
        };
        if !self.open.as_ref().is_some_and(fits) {
            self.finish(space)?;
            let size = left.saturating_add(2 * HEAD_BYTES).clamp(MIN_COLLECTION_BYTES, MAX_COLLECTION_BYTES);
            // Of the largest collection an object may leave less than a head, and then gets that much more.
            let size = size.max(need + 2 * HEAD_BYTES);
            let mut bytes = Vec::with_capacity(size);
            put_collection_head(&mut bytes, size);
            self.open = Some(Collection { address: space.reserve(size as u64)?, size, bytes, objects: 0 });
        }
        Ok(self.open.as_mut().expect("it was opened"))
    }
}

/// Bytes that a text takes in a collection.
fn object_bytes(text: &str) -> usize {
    HEAD_BYTES + text.len().next_multiple_of(8)
}

fn put_element(out: &mut Vec<u8>, bytes: u32, address: u64, object: u16) {
    out.put_u32(bytes);
    out.put_u64(address);
    out.put_u32(u32::from(object));
}

fn put_collection_head(out: &mut Vec<u8>, size: usize) {
    out.extend_from_slice(b"GCOL");
    out.put_u8(1);
    out.put_zeros(3);
    out.put_u64(size as u64);
}

fn put_object_head(out: &mut Vec<u8>, object: u16, bytes: usize) {
    out.put_u16(object);
    // One value refers to it.
    out.put_u16(1);
    out.put_zeros(4);
    out.put_u64(bytes as u64);
}

/// Object 0 is the space that is free, its own head included.
fn put_free(out: &mut Vec<u8>, bytes: usize) {
    out.put_zeros(8);
    out.put_u64(bytes as u64);
    out.put_zeros(bytes - HEAD_BYTES);
}
