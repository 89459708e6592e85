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
    /// CSV, as DeepLabCut and pandas write it.
    Csv,
    /// HDF5, as pandas writes it.
    Hdf5,
    /// NWB: HDF5 too, as pynwb writes it.
    Nwb,
    /// A folder of blocks and videos, as the crate `recipe` packs tables.
    Packed,
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
            "csv" => Some(Self::Csv),
            "nwb" => Some(Self::Nwb),
            _ => None,
        }
    }

    /// The extension that files of this format are given.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Hdf5 => "h5",
            Self::Nwb => "nwb",
            Self::Packed => "pack",
            Self::Parquet => "parquet",
        }
    }

    /// The format that a file's content says it is of, or what was found instead.
    pub(crate) fn of_content(path: &Path) -> io::Result<Result<Self, String>> {
        // Before it is opened: opening a named pipe waits for someone to write to it.
        let metadata = path.metadata()?;
        if metadata.is_dir() {
            // One that is called a packed table is opened as one, so that the right crate says what is missing.
            if is_packed(path) || Self::is_called_packed(path) {
                return Ok(Ok(Self::Packed));
            }
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
        // Text has no signature. Under the name of another format it is more likely what is left of a file of that one.
        let is_csv = match Self::of_name(path) {
            Some(Self::Csv) => true,
            Some(_) => false,
            None => starts_like_poses(&mut file)?,
        };
        if is_csv {
            return Ok(Ok(Self::Csv));
        }
        file.rewind()?;
        let read = read_up_to(&mut file, &mut head)?;
        Ok(Err(format!("it starts with \"{}\"", head[..read].escape_ascii())))
    }
}

/// What tells a packed table: the name of its manifest, which stays in builds that cannot read one.
const PACK_MANIFEST: &str = "pose-pack.json";

/// Whether a folder is a packed table: one that has the manifest of one. Whether that can be read, opening it says.
#[must_use]
pub fn is_packed(folder: &Path) -> bool {
    folder.join(PACK_MANIFEST).is_file()
}

/// Whether a file without a name that says so starts as the CSV files of DeepLabCut do: with the names of its scorers, or
/// with coords below which rows are labelled.
fn starts_like_poses(file: &mut File) -> io::Result<bool> {
    let mut head = [0; 4096];
    let read = read_up_to(file, &mut head)?;
    let head = head[..read].strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head[..read]);
    let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let mut cells = line.split(|byte| *byte == b',');
    let first = cells.next();
    let coords: Vec<&[u8]> = cells.collect();
    Ok(match first {
        Some(b"scorer") => true,
        Some(b"") => coords.contains(&b"x".as_slice()) && coords.contains(&b"y".as_slice()),
        _ => false,
    })
}

impl Format {
    /// What an HDF5 file is. What cannot be read is what it is called, so that the right crate says why.
    fn of_hdf5(path: &Path) -> Self {
        #[cfg(feature = "nwb")]
        if pose_nwb::is_nwb(path) {
            return Self::Nwb;
        }
        match Self::of_name(path) {
            Some(Self::Nwb) if !holds_tables_of_pandas(path) => Self::Nwb,
            _ => Self::Hdf5,
        }
    }

    /// Whether a folder has the name that packed tables are given.
    pub(crate) fn is_called_packed(path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == Self::Packed.extension())
    }
}

/// Whether an HDF5 file holds tables of pandas, whatever it is called.
fn holds_tables_of_pandas(path: &Path) -> bool {
    #[cfg(feature = "hdf5")]
    return pose_hdf5::Hdf5File::open(path)
        .and_then(|file| file.tables())
        .is_ok_and(|tables| !tables.is_empty());
    #[cfg(not(feature = "hdf5"))]
    return path.as_os_str().is_empty();
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
            Self::Csv => "csv",
            Self::Hdf5 => "hdf5",
            Self::Nwb => "nwb",
            Self::Packed => "packed",
            Self::Parquet => "parquet",
        })
    }
}
