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
    #[cfg(feature = "object-store")]
    Object(ObjectSource),
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

    /// The source with all bytes at hand that are about to be read. Where each read is a request, they are fetched now,
    /// together.
    #[cfg_attr(
        not(feature = "object-store"),
        allow(clippy::unnecessary_wraps, reason = "what is on disk needs no fetching")
    )]
    pub(crate) fn fetch(&self, ranges: impl FnOnce() -> Vec<Range<u64>>) -> Result<Self, ParquetError> {
        match self {
            Self::Memory(_) | Self::File { .. } => {
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
            Self::File { len, .. } => *len,
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
            #[cfg(feature = "object-store")]
            Self::Object(object) => Ok(Box::new(object.bytes_from(start).reader())),
        }
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        match self {
            Self::Memory(bytes) => bytes.get_bytes(start, length),
            Self::File { file, len } => {
                // A claimed length is checked against the file before memory is asked for.
                if start.checked_add(length as u64).is_none_or(|end| end > *len) {
                    return Err(parquet::errors::ParquetError::EOF(format!(
                        "{length} bytes at {start} reach past the end of the file at {len}"
                    )));
                }
                let mut buffer = Vec::with_capacity(length);
                let mut read = PositionedRead { file: Arc::clone(file), position: start }.take(length as u64);
                if read.read_to_end(&mut buffer)? != length {
                    return Err(parquet::errors::ParquetError::EOF(
                        "the file was cut while it was read".to_owned(),
                    ));
                }
                Ok(buffer.into())
            }
            #[cfg(feature = "object-store")]
            Self::Object(object) => object.bytes(start, length),
        }
    }
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
