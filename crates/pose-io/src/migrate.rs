//! A folder of HDF5 files into Parquet files beside them.

mod file;
mod find;
mod report;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use file::{Targets, migrate_file};
use find::find;
pub use report::{FileReport, FileStatus, MigrateEvent, MigratedTable, MigrationReport, Summary};

use crate::{Existing, ParquetOptions, PoseIoError, atomic};

/// How a folder is migrated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MigrateOptions {
    /// Which file names to take, with `*` and `?`; by default those that end in `.h5`, `.hdf5` or `.hdf`.
    pub pattern: Option<String>,
    /// Whether to look into the folders below.
    pub subfolders: Subfolders,
    /// How many files are converted at once; by default two more than there are processors, since some of them
    /// are waiting for the disk.
    pub jobs: Option<NonZeroUsize>,
    /// Whether to write at all.
    pub rehearsal: Rehearsal,
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
            pattern: None,
            subfolders: Subfolders::Enter,
            jobs: None,
            rehearsal: Rehearsal::Write,
            after: AfterMigration::KeepSource,
            existing: Existing::Keep,
            parquet: ParquetOptions::default(),
        }
    }
}

/// Whether to look into the folders below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subfolders {
    /// Look into all of them. Links to folders are not followed.
    Enter,
    /// Take the files of the folder itself only.
    Skip,
}

/// Whether to write at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    /// Do it.
    Write,
    /// Only say what would be done. Targets that are there are compared, and nothing is written or removed.
    DryRun,
}

/// What happens to a source that has been migrated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterMigration {
    /// It stays.
    KeepSource,
    /// It is removed, once every table in it is on disk as Parquet and was compared with it bit for bit.
    RemoveSource,
}

/// Migrates every HDF5 file below a folder to Parquet files beside them.
///
/// A file of one table, or one whose preferred table stands under `df_with_missing`, becomes `name.parquet`; further
/// tables of the file become `name.key.parquet`. Every target is read back and compared with its source bit for bit
/// before it gets its name; a target that is there already is compared likewise. A bad file is reported, and the
/// others are gone on with.
///
/// # Errors
///
/// When the folder cannot be listed or the pattern is none. What goes wrong with a file stands in its report.
pub fn migrate(
    folder: &Path,
    options: &MigrateOptions,
    progress: &(dyn Fn(MigrateEvent<'_>) + Sync),
) -> Result<MigrationReport, PoseIoError> {
    let start = Instant::now();
    let found = find(folder, options)?;
    let bytes = found.iter().map(|source| source.bytes).sum();
    progress(MigrateEvent::Found { files: found.len(), bytes });

    // The largest first, so that none of them is left to run alone at the end.
    let mut order: Vec<usize> = (0..found.len()).collect();
    order.sort_by_key(|&source| std::cmp::Reverse(found[source].bytes));
    let default_jobs = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).saturating_add(2);
    let jobs = options.jobs.unwrap_or_else(default_jobs).get().min(found.len());
    let targets = Targets::default();
    let (next, reports) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(found.len())));
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(&source) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = migrate_file(&found[source], options, &targets, progress);
                    progress(MigrateEvent::Done(&report));
                    reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                }
            });
        }
    });
    let mut files = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    files.sort_by(|left, right| left.source.cmp(&right.source));
    bring_names_to_disk(&mut files);
    let mut summary =
        Summary { found: files.len(), seconds: start.elapsed().as_secs_f64(), ..Summary::default() };
    for file in &files {
        summary.add(file);
    }
    Ok(MigrationReport { files, summary })
}

/// Brings the names of new files to disk, once per folder: that takes the disk as long for one name as for a thousand.
/// A file counts as migrated only after that.
fn bring_names_to_disk(files: &mut [FileReport]) {
    let mut folders: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    let written = |file: &FileReport| matches!(file.status, FileStatus::Migrated | FileStatus::Failed);
    for (at, file) in files.iter().enumerate().filter(|(_, file)| written(file)) {
        for table in &file.tables {
            folders.entry(atomic::folder_of(&table.target).to_owned()).or_default().push(at);
        }
    }
    for (folder, in_it) in folders {
        let Err(error) = atomic::sync_names(&folder) else { continue };
        for at in in_it {
            files[at].status = FileStatus::Failed;
            files[at].reason.get_or_insert_with(|| error.to_string());
        }
    }
}
