//! Where the bytes of a file are read from.

#[cfg(feature = "object-store")]
mod object;

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "object-store")]
use bytes::Buf as _;
use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};

#[cfg(feature = "object-store")]
pub(crate) use self::object::ObjectSource;
use crate::ParquetError;

/// Files up to this size are read whole when they are opened: one read costs less than the six or more that a
/// footer and its columns take (measured on the real 2,330-frame file).
const WHOLE_FILE_BYTES: u64 = 4 << 20;

/// The bytes of a file: in memory, or read by position, so that threads may read at once; or of an object, of which
/// those are there that were fetched.
#[derive(Clone)]
pub(crate) enum Source {
    Memory(Bytes),
    File {
        file: Arc<File>,
        len: u64,
    },
    /// Some bytes of a file of `len`, which are in memory.
    Part {
        bytes: Bytes,
        start: u64,
        len: u64,
    },
    #[cfg(feature = "object-store")]
    Object(ObjectSource),
}

/// Memory for bytes of a file, to be used again and again.
#[derive(Debug, Default)]
pub(crate) struct PartMemory(Arc<Vec<u8>>);

/// Owns a part of a file as long as someone reads it.
struct PartOwner {
    memory: Arc<Vec<u8>>,
    len: usize,
}

impl AsRef<[u8]> for PartOwner {
    fn as_ref(&self) -> &[u8] {
        &self.memory[..self.len]
    }
}

impl Source {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        // Before it is opened: a pipe would wait for its writer.
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
        }
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
        }
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let len = metadata.len();
        if len > WHOLE_FILE_BYTES {
            return Ok(Self::File { file: Arc::new(file), len });
        }
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
        file.read_to_end(&mut bytes)?;
        Ok(Self::Memory(bytes.into()))
    }

    /// The source with these bytes of a file in memory, read at once. Those of other sources are at hand as they are.
    pub(crate) fn part(&self, range: Range<u64>, memory: &mut PartMemory) -> Result<Self> {
        let Self::File { file, len } = self else { return Ok(self.clone()) };
        let (start, length) = (range.start, usize::try_from(range.end.saturating_sub(range.start))?);
        check_within(start, length, *len)?;
        // Who still has what was read into it before keeps it.
        if Arc::get_mut(&mut memory.0).is_none() {
            *memory = PartMemory::default();
        }
        if let Some(bytes) = Arc::get_mut(&mut memory.0) {
            if bytes.len() < length {
                bytes.resize(length, 0);
            }
            let mut read = PositionedRead { file: Arc::clone(file), position: start };
            read.read_exact(&mut bytes[..length]).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => cut(),
                _ => error.into(),
            })?;
        }
        let owner = PartOwner { memory: Arc::clone(&memory.0), len: length };
        Ok(Self::Part { bytes: Bytes::from_owner(owner), start, len: *len })
    }

    /// The source with all bytes at hand that are about to be read. Where each read is a request, they are fetched now,
    /// together.
    #[cfg_attr(
        not(feature = "object-store"),
        allow(clippy::unnecessary_wraps, reason = "what is on disk needs no fetching")
    )]
    pub(crate) fn fetch(&self, ranges: impl FnOnce() -> Vec<Range<u64>>) -> Result<Self, ParquetError> {
        match self {
            Self::Memory(_) | Self::File { .. } | Self::Part { .. } => {
                let _ = ranges;
                Ok(self.clone())
            }
            #[cfg(feature = "object-store")]
            Self::Object(object) => Ok(Self::Object(object.fetch(ranges())?)),
        }
    }
}

impl Length for Source {
    fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { len, .. } | Self::Part { len, .. } => *len,
            #[cfg(feature = "object-store")]
            Self::Object(object) => object.len(),
        }
    }
}

impl ChunkReader for Source {
    type T = Box<dyn Read + Send>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        match self {
            Self::Memory(bytes) => Ok(Box::new(bytes.get_read(start)?)),
            Self::File { file, .. } => {
                Ok(Box::new(BufReader::new(PositionedRead { file: Arc::clone(file), position: start })))
            }
            Self::Part { bytes, start: first, .. } => {
                Ok(Box::new(bytes.get_read(within(start, *first, bytes.len())?)?))
            }
            #[cfg(feature = "object-store")]
            Self::Object(object) => Ok(Box::new(object.bytes_from(start).reader())),
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        match self {
            Self::Memory(bytes) => bytes.get_bytes(start, length),
            Self::File { file, len } => {
                check_within(start, length, *len)?;
                let mut buffer = Vec::with_capacity(length);
                let mut read = PositionedRead { file: Arc::clone(file), position: start }.take(length as u64);
                if read.read_to_end(&mut buffer)? != length {
                    return Err(cut());
                }
                Ok(buffer.into())
            }
            Self::Part { bytes, start: first, .. } => {
                let start = within(start, *first, bytes.len())?;
                check_within(start, length, bytes.len() as u64)?;
                bytes.get_bytes(start, length)
            }
            #[cfg(feature = "object-store")]
            Self::Object(object) => object.bytes(start, length),
        }
    }
}

fn cut() -> parquet::errors::ParquetError {
    parquet::errors::ParquetError::EOF("the file was cut while it was read".to_owned())
}

/// Checks a claimed length against a file before memory is asked for.
fn check_within(start: u64, length: usize, len: u64) -> Result<()> {
    if start.checked_add(length as u64).is_none_or(|end| end > len) {
        return Err(parquet::errors::ParquetError::EOF(format!(
            "{length} bytes at {start} reach past the end of the file at {len}"
        )));
    }
    Ok(())
}

/// Where a place of a file is in a part of it.
fn within(start: u64, first: u64, length: usize) -> Result<u64> {
    start.checked_sub(first).filter(|start| *start <= length as u64).ok_or_else(|| {
        parquet::errors::ParquetError::EOF(format!("{start} is not in the column chunk at {first}"))
    })
}

/// Reads a file from a position, without moving the file's own.
struct PositionedRead {
    file: Arc<File>,
    position: u64,
}

impl Read for PositionedRead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(&*self.file, buffer, self.position)?;
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(&*self.file, buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}
