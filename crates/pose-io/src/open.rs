//! Opening a file of any format.

use std::io;
use std::path::{Path, PathBuf};

use pose_frame::{PoseFrame, PoseTable};

use crate::{Format, PoseIoError, PoseIoErrorKind};

/// How a file is opened.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Which table to open, where a file holds several; without it HDF5 prefers `df_with_missing`.
    pub key: Option<String>,
}

impl OpenOptions {
    /// Opens the table of this key.
    #[must_use]
    pub fn with_key(mut self, key: Option<String>) -> Self {
        self.key = key;
        self
    }
}

/// An open table, and what it was opened from.
pub struct Opened {
    /// The table.
    pub table: Box<dyn PoseTable>,
    /// The file that was opened.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// The file that was asked for, when it was not there and its twin in another format was opened instead.
    pub instead_of: Option<PathBuf>,
}

/// Opens a file. Its format is told by its content, whatever its name.
///
/// Scripts outlive migrations: when `poses.h5` is not there but `poses.parquet` is, that is opened, and the other
/// way round. [`Opened::instead_of`] then says so.
///
/// # Errors
///
/// When the file is not there, cannot be read, or is no pose table of a format that is known.
pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Opened, PoseIoError> {
    let asked = path.as_ref();
    let (path, instead_of) = match find(asked)? {
        Found::Itself => (asked.to_owned(), None),
        Found::Twin(twin) => (twin, Some(asked.to_owned())),
    };
    let format = format_of(&path)?;
    let table = open_as(&path, format, options)?;
    Ok(Opened { table, path, format, instead_of })
}

/// Reads a whole table into memory: [`open`] and [`load`](PoseTable::load) in one call.
///
/// # Errors
///
/// As [`open`], and when the values cannot be read.
///
/// # Examples
///
/// ```
/// use pose_frame::{PoseFrame, PoseTable};
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pandas-3/generic/flat_str_table.h5");
/// let frame = pose_io::read(path, &pose_io::OpenOptions::default())?;
/// assert_eq!(frame.schema().columns()[0].key.to_string(), "x");
/// # Ok::<(), pose_io::PoseIoError>(())
/// ```
pub fn read(path: impl AsRef<Path>, options: &OpenOptions) -> Result<PoseFrame, PoseIoError> {
    Ok(open(path, options)?.table.load()?)
}

/// The format of a file that is there.
pub(crate) fn format_of(path: &Path) -> Result<Format, PoseIoError> {
    let content = Format::of_content(path).map_err(PoseIoError::io("cannot be read", path))?;
    content.map_err(|found| PoseIoErrorKind::UnknownFormat { path: path.to_owned(), found }.into())
}

/// Opens a file of a known format.
pub(crate) fn open_as(
    path: &Path,
    format: Format,
    options: &OpenOptions,
) -> Result<Box<dyn PoseTable>, PoseIoError> {
    match format {
        #[cfg(feature = "hdf5")]
        Format::Hdf5 => {
            let mut hdf5 = pose_hdf5::OpenOptions::default();
            hdf5.key.clone_from(&options.key);
            Ok(Box::new(pose_hdf5::Hdf5Table::open(path, &hdf5).map_err(hdf5_error)?))
        }
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            if let Some(key) = options.key.clone() {
                return Err(PoseIoErrorKind::NoKeys { path: path.to_owned(), format, key }.into());
            }
            Ok(Box::new(pose_parquet::ParquetTable::open(path).map_err(PoseIoError::format)?))
        }
        #[allow(unreachable_patterns, reason = "reached only in a build without one of the formats")]
        _ => {
            let _ = options;
            Err(PoseIoErrorKind::FormatDisabled { path: path.to_owned(), format }.into())
        }
    }
}

#[cfg(feature = "hdf5")]
fn hdf5_error(error: pose_hdf5::Hdf5Error) -> PoseIoError {
    use pose_hdf5::Hdf5ErrorKind::{SeveralTables, UnknownKey};
    match error.kind() {
        SeveralTables { .. } | UnknownKey { .. } => {
            PoseIoErrorKind::ChooseTable { source: Box::new(error) }.into()
        }
        _ => PoseIoError::format(error),
    }
}

enum Found {
    Itself,
    Twin(PathBuf),
}

fn find(path: &Path) -> Result<Found, PoseIoError> {
    match path.symlink_metadata() {
        Ok(_) => return Ok(Found::Itself),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(PoseIoError::io("cannot be read", path)(error)),
    }
    let twin = match Format::of_name(path) {
        Some(Format::Hdf5) => Some(path.with_extension("parquet")),
        Some(Format::Parquet) => Some(path.with_extension("h5")),
        None => None,
    };
    match twin {
        Some(twin) if twin.is_file() => Ok(Found::Twin(twin)),
        looked_for => Err(PoseIoErrorKind::NotFound { path: path.to_owned(), looked_for }.into()),
    }
}
