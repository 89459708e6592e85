//! Memory for columns of numbers, which becomes an Arrow buffer without a copy.
//!
//! Filling 300 MB of fresh memory in pages of 4 KiB takes longer than reading them from a file. So a large column has
//! pages of its own, which the system is asked to make large, and gets them only as they are written to.
//!
//! # Examples
//!
//! ```
//! use column_memory::ColumnMemory;
//!
//! let mut x = ColumnMemory::<f64>::zeroed(3)?;
//! x.as_mut_slice()[1] = 0.5;
//! assert_eq!(x.into_buffer().typed_data::<f64>(), [0.0, 0.5, 0.0]);
//! # Ok::<(), column_memory::OutOfMemory>(())
//! ```

use std::fmt;

use arrow_buffer::{ArrowNativeType, Buffer};
use bytemuck::Pod;
use memmap2::MmapMut;

/// From this many bytes on a column has pages of its own: 4 MiB.
pub const MAPPED_BYTES: usize = 4 << 20;

/// The system has no more memory to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no memory for {bytes} bytes")]
pub struct OutOfMemory {
    /// How many bytes were asked for.
    pub bytes: usize,
}

/// Numbers that are being filled in.
pub struct ColumnMemory<T>(Kind<T>);

enum Kind<T> {
    Heap(Vec<T>),
    Pages(MmapMut),
}

impl<T> fmt::Debug for ColumnMemory<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Heap(values) => write!(f, "ColumnMemory of {} values", values.len()),
            Kind::Pages(pages) => write!(f, "ColumnMemory of {} bytes in pages of its own", pages.len()),
        }
    }
}

impl<T> Default for ColumnMemory<T> {
    fn default() -> Self {
        Self(Kind::Heap(Vec::new()))
    }
}

impl<T: Pod + ArrowNativeType> ColumnMemory<T> {
    /// Zeros, of which the system gives memory only as they are written to.
    ///
    /// # Errors
    ///
    /// When the system has no more memory to give.
    pub fn zeroed(count: usize) -> Result<Self, OutOfMemory> {
        let bytes = count.checked_mul(size_of::<T>()).ok_or(OutOfMemory { bytes: usize::MAX })?;
        if bytes < MAPPED_BYTES {
            let values = bytemuck::allocation::try_zeroed_vec(count);
            return values.map(|values| Self(Kind::Heap(values))).map_err(|()| OutOfMemory { bytes });
        }
        let pages = MmapMut::map_anon(bytes).map_err(|_| OutOfMemory { bytes })?;
        // Where that cannot be had small pages do as well.
        #[cfg(target_os = "linux")]
        let _ = pages.advise(memmap2::Advice::HugePage);
        Ok(Self(Kind::Pages(pages)))
    }

    /// Appends zeros. For values whose number is not known: where it is, [`zeroed`](Self::zeroed) takes them at once.
    ///
    /// # Errors
    ///
    /// When the system has no more memory to give.
    ///
    /// # Panics
    ///
    /// When the memory was taken at once.
    pub fn grow(&mut self, count: usize) -> Result<(), OutOfMemory> {
        match &mut self.0 {
            Kind::Heap(values) => {
                let bytes = count.saturating_mul(size_of::<T>());
                values.try_reserve(count).map_err(|_| OutOfMemory { bytes })?;
                values.resize(values.len() + count, T::zeroed());
                Ok(())
            }
            Kind::Pages(_) => unreachable!("what was taken at once is not added to"),
        }
    }

    /// The values, to be filled in.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> &mut [T] {
        match &mut self.0 {
            Kind::Heap(values) => values,
            // A page begins where any number may.
            Kind::Pages(pages) => bytemuck::cast_slice_mut(pages),
        }
    }

    /// The values as an Arrow buffer, which owns them.
    #[must_use]
    pub fn into_buffer(self) -> Buffer {
        match self.0 {
            Kind::Heap(values) => Buffer::from_vec(values),
            Kind::Pages(pages) => Buffer::from(bytes::Bytes::from_owner(pages)),
        }
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use super::{ColumnMemory, MAPPED_BYTES};

    #[test]
    fn small_and_large_columns_are_zeros_and_keep_what_is_written() {
        for count in [0, 1, MAPPED_BYTES / 8 - 1, MAPPED_BYTES / 8, MAPPED_BYTES / 8 + 1] {
            let mut memory = ColumnMemory::<f64>::zeroed(count).unwrap();
            assert!(memory.as_mut_slice().iter().all(|value| value.to_bits() == 0));
            assert_eq!(memory.as_mut_slice().len(), count);
            if let Some(last) = memory.as_mut_slice().last_mut() {
                *last = -0.5;
            }
            assert_eq!(memory.into_buffer().typed_data::<f64>().last(), (count > 0).then_some(&-0.5));
        }
    }

    #[test]
    fn what_no_machine_has_is_an_error() {
        assert!(ColumnMemory::<f64>::zeroed(usize::MAX / 2).is_err());
        assert!(ColumnMemory::<u8>::zeroed(1 << 50).is_err());
        assert!(ColumnMemory::<u8>::default().grow(usize::MAX).is_err());
    }

    #[test]
    fn memory_grows_by_zeros() {
        let mut memory = ColumnMemory::<u16>::default();
        memory.grow(2).unwrap();
        memory.as_mut_slice()[1] = 7;
        memory.grow(1).unwrap();
        assert_eq!(memory.into_buffer().typed_data::<u16>(), [0, 7, 0]);
    }
}
