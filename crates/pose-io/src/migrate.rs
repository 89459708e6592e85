//! A folder of HDF5 files into Parquet files beside them.

pub(crate) mod beside;
pub(crate) mod existing;
mod file;
mod memory;
mod removal;
mod source;
mod twin;

use std::path::Path;

use file::Migration;
pub use twin::CsvTwin;

use crate::batch::{Batch, BatchEvent, BatchOptions, BatchReport, Search};
use crate::open::parquet_of;
use crate::{Existing, Format, ParquetOptions, PoseIoError};

/// How a folder is migrated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MigrateOptions {
    /// Which files, and how many at once. Those that end in `.h5`, `.hdf5` or `.hdf`, unless a pattern says otherwise.
    pub batch: BatchOptions,
    /// What happens to a source that has been migrated.
    pub after: AfterMigration,
    /// What happens to a target that is there and is another table.
    pub existing: Existing,
    /// How the Parquet files are written.
    pub parquet: ParquetOptions,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self {
            batch: BatchOptions::default(),
            after: AfterMigration::KeepSource,
            existing: Existing::Keep,
            parquet: ParquetOptions::default(),
        }
    }
}

/// What happens to a source that has been migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterMigration {
    /// It stays.
    KeepSource,
    /// It is removed, once every table in it is on disk as Parquet and was compared with it bit for bit. One whose
    /// [CSV twin](CsvTwin) says something else is kept: with it gone, programs would take the CSV for the table.
    RemoveSource,
}

/// Migrates every HDF5 file below a folder to Parquet files beside them.
///
/// A file of one table, or one whose preferred table stands under `df_with_missing`, becomes `name.parquet`; further
/// tables of the file become `name.key.parquet`. Every target is read back and compared with its source bit for bit
/// before it gets its name; a target that is there already is compared likewise. A bad file is reported, and the
/// others are gone on with.
///
/// Several of these may be at work on one folder, in one process or on several machines: what one has done, the others
/// compare and find up to date. What a run that was killed left behind, the next one removes, or puts back if it was a
/// source.
///
/// # Errors
///
/// When the folder cannot be listed or the pattern is none. What goes wrong with a file stands in its report.
pub fn migrate(
    folder: &Path,
    options: &MigrateOptions,
    progress: &(dyn Fn(BatchEvent<'_>) + Sync),
) -> Result<BatchReport, PoseIoError> {
    let search =
        Search { options: &options.batch, formats: &[Format::Hdf5], target: &|path, _| parquet_of(path) };
    Batch { search, progress }.run(folder, &Migration { options })
}
