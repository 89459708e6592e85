//! A folder of HDF5 files into Parquet files beside them.

mod beside;
mod budget;
mod existing;
mod file;
mod find;
mod identity;
mod journal;
mod removal;
mod report;
mod shard;
mod source;
mod stop;
mod twin;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use budget::Budget;
use file::{Run, Targets, migrate_file};
use find::{Found, find};
pub use journal::{Journal, MergedReports, merge_reports};
pub use report::{FileReport, FileStatus, MigrateEvent, MigratedTable, MigrationReport, Summary};
pub use shard::{NotAShard, Shard};
pub use stop::Stop;
pub use twin::CsvTwin;

use crate::{Existing, ParquetOptions, PoseIoError, atomic, crew};

/// How much memory files take together by default: 1 GiB.
pub const DEFAULT_MIGRATION_BYTES: u64 = 1 << 30;

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
    /// How much memory the files that are converted at once take together, about, by what their size and schema let
    /// expect: [`DEFAULT_MIGRATION_BYTES`] by default. A file that needs more is converted alone.
    pub memory_bytes: u64,
    /// Which of the files to take: all by default.
    pub shard: Option<Shard>,
    /// Through which it can be asked to end early.
    pub stop: Stop,
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
            memory_bytes: DEFAULT_MIGRATION_BYTES,
            shard: None,
            stop: Stop::default(),
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
    progress: &(dyn Fn(MigrateEvent<'_>) + Sync),
) -> Result<MigrationReport, PoseIoError> {
    let start = Instant::now();
    let Found { mut sources, swept } = find(folder, options)?;
    let bytes = sources.iter().map(|source| source.bytes).sum();
    progress(MigrateEvent::Found { files: sources.len(), bytes });

    // The largest first, so that none of them is left to run alone at the end.
    sources.sort_by_key(|source| std::cmp::Reverse(source.bytes));
    let budget = Budget::new(options.memory_bytes);
    let run = Run { options, targets: Targets::default(), budget, progress };
    let reports = crew::work_through(&sources, options.jobs, |source| {
        if options.stop.is_asked() {
            return None;
        }
        let report = migrate_file(source, &run)?;
        progress(MigrateEvent::Done(&report));
        Some(report)
    });
    let mut files: Vec<FileReport> = reports.into_iter().flatten().collect();
    files.sort_by(|left, right| left.source.cmp(&right.source));
    for failed in bring_names_to_disk(&mut files) {
        progress(MigrateEvent::Done(&files[failed]));
    }
    let mut summary = Summary {
        found: sources.len(),
        not_begun: sources.len() - files.len(),
        swept,
        seconds: start.elapsed().as_secs_f64(),
        ..Summary::default()
    };
    for file in &files {
        summary.add(file);
    }
    Ok(MigrationReport { shard: options.shard, files, summary })
}

/// Brings the names of new files to disk, once per folder: that takes the disk as long for one name as for a thousand.
/// A file counts as migrated only after that. Gives those of which it fails.
fn bring_names_to_disk(files: &mut [FileReport]) -> BTreeSet<usize> {
    let mut folders: BTreeMap<PathBuf, Vec<usize>> = BTreeMap::new();
    let written = |file: &FileReport| matches!(file.status, FileStatus::Migrated | FileStatus::Failed);
    for (at, file) in files.iter().enumerate().filter(|(_, file)| written(file)) {
        for table in &file.tables {
            folders.entry(atomic::folder_of(&table.target).to_owned()).or_default().push(at);
        }
    }
    let mut failed = BTreeSet::new();
    for (folder, in_it) in folders {
        let Err(error) = atomic::sync_names(&folder) else { continue };
        for at in in_it {
            files[at].status = FileStatus::Failed;
            files[at].reason.get_or_insert_with(|| error.to_string());
            failed.insert(at);
        }
    }
    failed
}
