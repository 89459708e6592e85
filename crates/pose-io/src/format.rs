//! Which format a file is of.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde::Serialize;

/// A format that tables are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// HDF5, as pandas writes it.
    Hdf5,
    /// NWB: HDF5 too, as pynwb writes it.
    Nwb,
    /// Parquet.
    Parquet,
}

const PARQUET_MAGIC: &[u8; 4] = b"PAR1";
const HDF5_SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

impl Format {
    /// The format that files of this name are usually of.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let extension = path.extension().and_then(OsStr::to_str)?.to_ascii_lowercase();
        match extension.as_str() {
            "parquet" | "pq" => Some(Self::Parquet),
            "h5" | "hdf5" | "hdf" => Some(Self::Hdf5),
            "nwb" => Some(Self::Nwb),
            _ => None,
        }
    }

    /// The extension that files of this format are given.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Hdf5 => "h5",
            Self::Nwb => "nwb",
            Self::Parquet => "parquet",
        }
    }

    /// The format that a file's content says it is of, or what was found instead.
    pub(crate) fn of_content(path: &Path) -> io::Result<Result<Self, String>> {
        // Before it is opened: opening a named pipe waits for someone to write to it.
        let metadata = path.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "is a directory"));
        }
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "is not a regular file"));
        }
        let mut file = File::open(path)?;
        let mut head = [0; 8];
        let read = read_up_to(&mut file, &mut head)?;
        if read == 0 {
            return Ok(Err("it is empty".to_owned()));
        }
        if head.starts_with(PARQUET_MAGIC) {
            return Ok(Ok(Self::Parquet));
        }
        // HDF5 may stand behind a user block of 512 bytes or any doubling of it.
        let mut at = 0;
        while at + 8 <= metadata.len() {
            file.seek(SeekFrom::Start(at))?;
            if read_up_to(&mut file, &mut head)? == 8 && head == *HDF5_SIGNATURE {
                return Ok(Ok(Self::of_hdf5(path)));
            }
            at = if at == 0 { 512 } else { at.saturating_mul(2) };
        }
        file.rewind()?;
        let read = read_up_to(&mut file, &mut head)?;
        Ok(Err(format!("it starts with \"{}\"", head[..read].escape_ascii())))
    }
}

impl Format {
    /// What an HDF5 file is. What cannot be read is what it is called, so that the right crate says why.
    fn of_hdf5(path: &Path) -> Self {
        #[cfg(feature = "nwb")]
        if pose_nwb::is_nwb(path) {
            return Self::Nwb;
        }
        match Self::of_name(path) {
            Some(Self::Nwb) => Self::Nwb,
            _ => Self::Hdf5,
        }
    }
}

fn read_up_to(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hdf5 => "hdf5",
            Self::Nwb => "nwb",
            Self::Parquet => "parquet",
        })
    }
}
