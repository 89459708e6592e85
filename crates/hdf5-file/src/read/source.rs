//! Where the bytes of a file come from.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use hdf5_reader::error::{Error as ReaderError, Result as ReaderResult};
use hdf5_reader::storage::{Storage, StorageBuffer};

use crate::position::read_exact_at;
use crate::{ReadError, ReadErrorKind};

/// Files up to this size are read into memory at once, which is quicker than a hundred small reads.
const IN_MEMORY_BYTES: u64 = 16 << 20;

/// The bytes of a file. Never a memory map: a file that is cut while it is mapped ends the process.
pub(super) enum Source {
    Memory(Arc<Vec<u8>>),
    File { file: File, len: u64 },
    Other(Arc<dyn ReadAt>),
}

/// Bytes that are read by position, from any thread: what a [`File`](super::File) can be opened
/// [from](super::File::of) beside files.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are. It stays the same.
    fn num_bytes(&self) -> u64;

    /// Reads as many bytes as `target` has. All of them are there.
    fn read_exact_at(&self, target: &mut [u8], offset: u64) -> io::Result<()>;
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, ReadError> {
        let failed = |error: io::Error| -> ReadError {
            let path = path.to_owned();
            match error.kind() {
                io::ErrorKind::NotFound => ReadErrorKind::Missing { path },
                io::ErrorKind::IsADirectory => ReadErrorKind::Directory { path },
                _ => ReadErrorKind::Io { path, source: error },
            }
            .into()
        };
        // Before the file is opened: that waits, on a pipe, for someone who writes to it.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            return Err(ReadErrorKind::Directory { path: path.to_owned() }.into());
        }
        if !metadata.is_file() {
            return Err(ReadErrorKind::NotAFile { path: path.to_owned() }.into());
        }
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        let len = metadata.len();
        if len == 0 {
            return Err(ReadErrorKind::Empty { path: path.to_owned() }.into());
        }
        if len > IN_MEMORY_BYTES {
            return Ok(Self::File { file, len });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0) + 1);
        file.by_ref().take(IN_MEMORY_BYTES).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Self::Memory(Arc::new(bytes)))
    }

    pub(super) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { len, .. } => *len,
            Self::Other(bytes) => bytes.num_bytes(),
        }
    }

    pub(super) fn starts_with_signature(&self) -> bool {
        let signature = hdf5_reader::superblock::HDF5_MAGIC;
        let mut scratch = Vec::new();
        self.read(0, signature.len(), &mut scratch).is_ok_and(|bytes| bytes == signature)
    }

    /// Bytes of the file: lent when they are in memory, otherwise read into `scratch`.
    ///
    /// Nothing is allocated for a range that the file does not have.
    pub(super) fn read<'a>(
        &'a self,
        offset: u64,
        len: usize,
        scratch: &'a mut Vec<u8>,
    ) -> ReaderResult<&'a [u8]> {
        let end = offset.checked_add(len as u64).filter(|&end| end <= self.len());
        if end.is_none() {
            let available = self.len().saturating_sub(offset);
            return Err(ReaderError::UnexpectedEof { offset, needed: len as u64, available });
        }
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).map_err(|_| ReaderError::OffsetOutOfBounds(offset))?;
                Ok(&bytes[start..start + len])
            }
            Self::File { .. } | Self::Other(_) => {
                if scratch.len() < len {
                    scratch.resize(len, 0);
                }
                let target = &mut scratch[..len];
                match self {
                    Self::File { file, .. } => read_exact_at(file, target, offset)?,
                    Self::Other(bytes) => bytes.read_exact_at(target, offset)?,
                    Self::Memory(_) => {}
                }
                Ok(target)
            }
        }
    }
}

impl Storage for Source {
    fn len(&self) -> u64 {
        self.len()
    }

    fn read_range(&self, offset: u64, len: usize) -> ReaderResult<StorageBuffer> {
        match self {
            Self::Memory(bytes) => {
                let start = usize::try_from(offset).map_err(|_| ReaderError::OffsetOutOfBounds(offset))?;
                StorageBuffer::from_shared_owner(bytes.clone(), start, len)
            }
            Self::File { .. } | Self::Other(_) => {
                let mut buffer = Vec::new();
                self.read(offset, len, &mut buffer)?;
                Ok(StorageBuffer::from_vec(buffer))
            }
        }
    }
}
