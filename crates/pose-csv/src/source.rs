//! The bytes of a file, read by position so that threads may read at once.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::{CsvError, CsvErrorKind};

/// An open file.
#[derive(Debug)]
pub(crate) struct Source {
    path: PathBuf,
    file: File,
}

impl Source {
    pub(crate) fn open(path: &Path) -> Result<Self, CsvError> {
        let failed = |source| CsvErrorKind::Io { path: path.to_owned(), source };
        // Before it is opened: a pipe would wait for its writer.
        let metadata = std::fs::metadata(path).map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(io::Error::new(io::ErrorKind::IsADirectory, "is a directory")).into());
        }
        if !metadata.is_file() {
            return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file")).into());
        }
        let file = File::open(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), file })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes there are now.
    pub(crate) fn len(&self) -> Result<u64, CsvError> {
        let failed = |source| CsvErrorKind::Io { path: self.path.clone(), source };
        Ok(self.file.metadata().map_err(failed)?.len())
    }

    /// Reads some bytes from a position on; none at the end of the file.
    pub(crate) fn read_at(&self, buffer: &mut [u8], position: u64) -> Result<usize, CsvError> {
        loop {
            match read_at(&self.file, buffer, position) {
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => return Err(CsvErrorKind::Io { path: self.path.clone(), source }.into()),
            }
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}
