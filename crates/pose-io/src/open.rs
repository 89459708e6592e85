//! Opening a file of any format.

use std::io;
use std::path::{Path, PathBuf};

use pose_frame::{PoseFrame, PoseTable};
use serde::Serialize;

use crate::{Format, PoseIoError, PoseIoErrorKind, stores};

/// How a file is opened.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct OpenOptions {
    /// Which table to open, where a file holds several; without it HDF5 prefers `df_with_missing`.
    pub key: Option<String>,
    /// What it takes to get into the store, where the path is a URL.
    #[cfg(feature = "object-store")]
    pub store: pose_parquet::StoreOptions,
    /// As what a file is opened that stores its table long: as the wide table by default.
    pub long_files: LongFiles,
    /// Which rows and columns of a CSV file say what the others are: told from its first rows by default.
    #[cfg(feature = "csv")]
    pub csv_shape: Option<pose_csv::Shape>,
    /// What becomes of a packed table of which something is missing or damaged: it is refused by default.
    pub damaged_packs: DamagedPacks,
}

/// What becomes of a packed table of which something is missing or damaged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DamagedPacks {
    /// It is an error, where it is opened or where what is missing is read.
    #[default]
    Refused,
    /// The columns that are whole are opened, once all were decoded. What is lost is [told](Opened::lost).
    WhatIsLeft,
}

/// As what a file is opened that stores its table long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LongFiles {
    /// As the wide table that was stored.
    #[default]
    AsWide,
    /// As the flat table that it is to other programs, which may have sorted or cut it.
    AsStored,
}

impl OpenOptions {
    /// Opens the table of this key.
    #[must_use]
    pub fn with_key(mut self, key: Option<String>) -> Self {
        self.key = key;
        self
    }

    /// Gets into stores with these credentials and settings.
    #[cfg(feature = "object-store")]
    #[must_use]
    pub fn with_store(mut self, store: pose_parquet::StoreOptions) -> Self {
        self.store = store;
        self
    }

    /// Takes CSV files to be of this shape.
    #[cfg(feature = "csv")]
    #[must_use]
    pub fn with_csv_shape(mut self, shape: Option<pose_csv::Shape>) -> Self {
        self.csv_shape = shape;
        self
    }

    /// Does this with packed tables that are damaged.
    #[must_use]
    pub fn with_damaged_packs(mut self, damaged_packs: DamagedPacks) -> Self {
        self.damaged_packs = damaged_packs;
        self
    }

    /// Opens long files as this.
    #[must_use]
    pub fn with_long_files(mut self, long_files: LongFiles) -> Self {
        self.long_files = long_files;
        self
    }
}

/// A table, and what it was opened from.
pub struct Opened<T = Box<dyn PoseTable>> {
    /// The table.
    pub table: T,
    /// The file that was opened.
    pub path: PathBuf,
    /// Its format.
    pub format: Format,
    /// Its size in bytes.
    pub num_bytes: u64,
    /// The file that was asked for, when it was not there and its twin in another format was opened instead.
    pub instead_of: Option<PathBuf>,
    /// How the file has the table, where it is stored long: the table is wide.
    pub stored_long: Option<StoredLong>,
    /// What its user may want to know of the files beside the table: which could not be read, and what in them does not
    /// fit. The table can be read all the same.
    pub notes: Vec<String>,
    /// What is lost of a packed table, and why, where [what is left](DamagedPacks::WhatIsLeft) was asked for.
    pub lost: Vec<String>,
}

/// How a file has a table that it stores long: a row per frame and point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StoredLong {
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A table of a known format, and what is known of its file.
pub(crate) struct OpenedAs {
    pub(crate) table: Box<dyn PoseTable>,
    pub(crate) stored_long: Option<StoredLong>,
    pub(crate) notes: Vec<String>,
    pub(crate) lost: Vec<String>,
}

impl OpenedAs {
    #[allow(dead_code, reason = "there are builds without a single format")]
    fn of(table: impl PoseTable + 'static) -> Self {
        Self { table: Box::new(table), stored_long: None, notes: Vec::new(), lost: Vec::new() }
    }
}

/// Opens a file. Its format is told by its content, whatever its name.
///
/// Scripts outlive migrations: when `poses.h5` is not there but `poses.parquet` is, that is opened, and the other
/// way round. [`Opened::instead_of`] then says so.
///
/// With the feature `object-store` the path may be the URL of a Parquet object, of which only what is selected is fetched.
/// Nothing else is looked for there.
///
/// # Errors
///
/// When the file is not there, cannot be read, or is no pose table of a format that is known.
pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Opened, PoseIoError> {
    let path = path.as_ref();
    if stores::is_url(path) {
        return stores::open(path, options);
    }
    let Located { path, format, instead_of } = Located::find(path, options)?;
    let OpenedAs { table, stored_long, notes, lost } = open_as(&path, format, options)?;
    let num_bytes = size_of(&path)?;
    Ok(Opened { table, path, format, num_bytes, instead_of, stored_long, notes, lost })
}

/// The file that is to be opened.
pub(crate) struct Located {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    /// The file that was asked for, when it was not there.
    pub(crate) instead_of: Option<PathBuf>,
}

impl Located {
    pub(crate) fn find(asked: &Path, options: &OpenOptions) -> Result<Self, PoseIoError> {
        let (path, instead_of) = match find(asked, options.key.as_deref())? {
            Found::Itself => (asked.to_owned(), None),
            Found::Twin(twin) => (twin, Some(asked.to_owned())),
        };
        let format = format_of(&path)?;
        Ok(Self { path, format, instead_of })
    }
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
/// let frame = pose_io::read(path, &pose_io::OpenOptions::default())?.table;
/// assert_eq!(frame.schema().columns()[0].key.to_string(), "x");
/// # Ok::<(), pose_io::PoseIoError>(())
/// ```
pub fn read(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Opened<PoseFrame>, PoseIoError> {
    let Opened { table, path, format, num_bytes, instead_of, stored_long, notes, lost } =
        open(path, options)?;
    Ok(Opened { table: table.load()?, path, format, num_bytes, instead_of, stored_long, notes, lost })
}

/// The format of a file that is there.
pub(crate) fn format_of(path: &Path) -> Result<Format, PoseIoError> {
    let content = Format::of_content(path).map_err(PoseIoError::io("cannot be read", path))?;
    content.map_err(|found| PoseIoErrorKind::UnknownFormat { path: path.to_owned(), found }.into())
}

/// The size of a file, or of what is in a folder.
pub(crate) fn size_of(path: &Path) -> Result<u64, PoseIoError> {
    let bytes = || -> std::io::Result<u64> {
        let entries = walkdir::WalkDir::new(path).into_iter();
        let files = entries.filter_map(|entry| match entry {
            Ok(entry) if entry.file_type().is_dir() => None,
            entry => Some(entry),
        });
        files.map(|entry| Ok(entry?.path().metadata()?.len())).sum()
    };
    bytes().map_err(PoseIoError::io("cannot be read", path))
}

/// Opens a file of a known format.
pub(crate) fn open_as(path: &Path, format: Format, options: &OpenOptions) -> Result<OpenedAs, PoseIoError> {
    match format {
        #[cfg(feature = "csv")]
        Format::Csv => {
            let mut csv = pose_csv::OpenOptions::default();
            csv.shape = options.csv_shape;
            let table = pose_csv::CsvTable::open(path, &csv).map_err(PoseIoError::format)?;
            check_key(&table, path, format, options)?;
            Ok(OpenedAs::of(table))
        }
        #[cfg(feature = "hdf5")]
        Format::Hdf5 => {
            let mut hdf5 = pose_hdf5::OpenOptions::default();
            hdf5.key.clone_from(&options.key);
            let table = pose_hdf5::Hdf5Table::open(path, &hdf5).map_err(hdf5_error)?;
            let mut notes: Vec<String> = table.notes().iter().map(ToString::to_string).collect();
            if Format::of_name(path) == Some(Format::Nwb) {
                notes.insert(0, format!("{}: an HDF5 file of pandas, whatever its name", path.display()));
            }
            Ok(OpenedAs { notes, ..OpenedAs::of(table) })
        }
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let table = match options.long_files {
                LongFiles::AsWide => pose_parquet::ParquetTable::open(path),
                LongFiles::AsStored => pose_parquet::ParquetTable::open_as_stored(path),
            };
            let table = table.map_err(PoseIoError::format)?;
            check_key(&table, path, format, options)?;
            let stored_long = stored_long(&table);
            Ok(OpenedAs { stored_long, ..OpenedAs::of(table) })
        }
        #[cfg(feature = "recipe")]
        Format::Packed => {
            let (table, lost) = match options.damaged_packs {
                DamagedPacks::Refused => {
                    (recipe::PackedTable::open(path).map_err(PoseIoError::format)?, Vec::new())
                }
                DamagedPacks::WhatIsLeft => {
                    let left = recipe::PackedTable::salvage(path).map_err(PoseIoError::format)?;
                    (left.table, left.lost.iter().map(ToString::to_string).collect())
                }
            };
            check_key(&table, path, format, options)?;
            Ok(OpenedAs { lost, ..OpenedAs::of(table) })
        }
        #[cfg(feature = "nwb")]
        Format::Nwb => {
            let table = pose_nwb::NwbTable::open(path, options.key.as_deref()).map_err(nwb_error)?;
            let notes = table.notes().to_vec();
            Ok(OpenedAs { notes, ..OpenedAs::of(table) })
        }
        #[allow(unreachable_patterns, reason = "reached only in a build without one of the formats")]
        _ => {
            let _ = options;
            Err(PoseIoErrorKind::FormatDisabled { path: path.to_owned(), format }.into())
        }
    }
}

/// Parquet and CSV files have no keys. A script that names the table of an HDF5 file goes on when the file has been
/// migrated.
#[cfg(any(feature = "csv", feature = "parquet", feature = "recipe"))]
pub(crate) fn check_key(
    table: &dyn PoseTable,
    path: &Path,
    format: Format,
    options: &OpenOptions,
) -> Result<(), PoseIoError> {
    let made_from = table.schema().metadata().source.as_ref().and_then(|source| source.key.as_deref());
    match options.key.as_deref().map(|key| key.trim_matches('/')) {
        Some(key) if Some(key) != made_from => {
            let (path, key) = (path.to_owned(), key.to_owned());
            Err(PoseIoErrorKind::NoKeys { path, format, key }.into())
        }
        _ => Ok(()),
    }
}

#[cfg(feature = "parquet")]
pub(crate) fn stored_long(table: &pose_parquet::ParquetTable) -> Option<StoredLong> {
    let layout = table.long_layout()?;
    let columns = layout.columns().iter().map(|column| column.name.clone()).collect();
    Some(StoredLong { rows: table.num_frames().saturating_mul(layout.num_points()), columns })
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

#[cfg(feature = "nwb")]
fn nwb_error(error: pose_nwb::NwbError) -> PoseIoError {
    use pose_nwb::NwbErrorKind::{SeveralTables, UnknownKey};
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

fn find(path: &Path, key: Option<&str>) -> Result<Found, PoseIoError> {
    match path.symlink_metadata() {
        Ok(_) => return Ok(Found::Itself),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(PoseIoError::io("cannot be read", path)(error)),
    }
    let (twins, looked_for): (Vec<PathBuf>, _) = match Format::of_name(path) {
        // A file of several tables was migrated to several files.
        Some(Format::Hdf5) => {
            let of_key = key.map(|key| parquet_of_key(path, key));
            (of_key.into_iter().chain([parquet_of(path)]).collect(), Some(parquet_of(path)))
        }
        Some(Format::Parquet) => {
            let twins = ["h5", "hdf5", "hdf"].map(|extension| path.with_extension(extension));
            (twins.to_vec(), Some(path.with_extension("h5")))
        }
        // DeepLabCut writes a CSV beside each HDF5 file, and neither stands for the other where only one is left.
        Some(Format::Csv | Format::Nwb | Format::Packed) | None => (Vec::new(), None),
    };
    match twins.into_iter().find(|twin| twin.is_file()) {
        Some(twin) => Ok(Found::Twin(twin)),
        None => Err(PoseIoErrorKind::NotFound { path: path.to_owned(), looked_for }.into()),
    }
}

/// The Parquet file that an HDF5 file is migrated to.
pub(crate) fn parquet_of(path: &Path) -> PathBuf {
    path.with_extension(Format::Parquet.extension())
}

/// The Parquet file that a further table of an HDF5 file is migrated to: `name.key.parquet`.
pub(crate) fn parquet_of_key(path: &Path, key: &str) -> PathBuf {
    with_key(path, key, Format::Parquet)
}

/// What a further table of a file becomes: `name.key.extension`, with what a file name cannot hold replaced.
pub(crate) fn with_key(path: &Path, key: &str, format: Format) -> PathBuf {
    let key: String = key
        .trim_matches('/')
        .chars()
        .map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c })
        .collect();
    path.with_extension(format!("{key}.{}", format.extension()))
}
