//! Memory for columns.

use arrow_buffer::{ArrowNativeType, Buffer};
use bytemuck::Pod;
use memmap2::MmapMut;

use super::FillError;

/// From this many bytes on a column has pages of its own, which the system is asked to make large. Filling 300 MB of
/// fresh memory in pages of 4 KiB takes longer than reading them from a file.
const MAPPED_BYTES: usize = 4 << 20;

/// Numbers that are being filled in.
pub(super) enum Memory<T> {
    Heap(Vec<T>),
    Pages(MmapMut),
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self::Heap(Vec::new())
    }
}

impl<T: Pod + ArrowNativeType> Memory<T> {
    /// Zeros, of which the system gives memory only as they are written to, or an error where it has none left.
    pub(super) fn zeroed(count: usize) -> Result<Self, FillError> {
        let bytes = count.checked_mul(size_of::<T>()).ok_or(FillError::OutOfMemory)?;
        if bytes < MAPPED_BYTES {
            let values = bytemuck::allocation::try_zeroed_vec(count);
            return values.map(Self::Heap).map_err(|()| FillError::OutOfMemory);
        }
        let pages = MmapMut::map_anon(bytes).map_err(|_| FillError::OutOfMemory)?;
        // Where that cannot be had small pages do as well.
        #[cfg(target_os = "linux")]
        let _ = pages.advise(memmap2::Advice::HugePage);
        Ok(Self::Pages(pages))
    }

    /// Appends zeros.
    pub(super) fn grow(&mut self, count: usize) -> Result<(), FillError> {
        match self {
            Self::Heap(values) => {
                values.try_reserve(count).map_err(|_| FillError::OutOfMemory)?;
                values.resize(values.len() + count, T::zeroed());
                Ok(())
            }
            Self::Pages(_) => unreachable!("what was taken at once is not added to"),
        }
    }

    pub(super) fn as_mut_slice(&mut self) -> &mut [T] {
        match self {
            Self::Heap(values) => values,
            // A page begins where any number may.
            Self::Pages(pages) => bytemuck::cast_slice_mut(pages),
        }
    }

    pub(super) fn into_buffer(self) -> Buffer {
        match self {
            Self::Heap(values) => Buffer::from_vec(values),
            Self::Pages(pages) => Buffer::from(bytes::Bytes::from_owner(pages)),
        }
    }
}
