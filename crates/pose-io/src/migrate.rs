//! A folder of HDF5 files into Parquet files beside them.

use std::collections::HashMap;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Instant, SystemTime};

use pose_frame::{PoseTable, Tolerance, first_difference};
use pose_hdf5::{Hdf5File, USUAL_KEY};
use serde::Serialize;
use walkdir::WalkDir;

use crate::convert::{size_of, write_verified};
use crate::open::format_of;
use crate::{Existing, Format, PoseIoError, PoseIoErrorKind, atomic};

/// How a folder is migrated.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MigrateOptions {
    /// Which file names to take, with `*` and `?`; by default those that end in `.h5`, `.hdf5` or `.hdf`.
    pub pattern: Option<String>,
    /// Whether to look into the folders below.
    pub subfolders: Subfolders,
    /// How many files are converted at once; by default one more than there are processors, since one of them is
    /// mostly waiting for the disk.
    pub jobs: Option<NonZeroUsize>,
    /// Whether to write at all.
    pub rehearsal: Rehearsal,
    /// What happens to a source that has been migrated.
    pub after: AfterMigration,
    /// What happens to a target that is there and is another table.
    pub existing: Existing,
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

/// What happened to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileStatus {
    /// It was converted, read back and compared bit for bit.
    Migrated,
    /// It was migrated before, and the Parquet file still equals it bit for bit.
    UpToDate,
    /// It was not migrated; the reason says why.
    Failed,
    /// It would be migrated.
    Planned,
}

/// One table of a file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MigratedTable {
    /// Its key in the source.
    pub key: String,
    /// The Parquet file that holds it.
    pub target: PathBuf,
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// Size of the target; 0 while it is only planned.
    pub target_bytes: u64,
}

/// What happened to one file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FileReport {
    /// The file.
    pub source: PathBuf,
    /// The Parquet file of its table, or of the first one where it holds several.
    pub target: Option<PathBuf>,
    /// What happened.
    pub status: FileStatus,
    /// Why it failed.
    pub reason: Option<String>,
    /// Whether the source was removed.
    pub source_removed: bool,
    /// Rows of all its tables.
    pub rows: usize,
    /// Columns of all its tables.
    pub columns: usize,
    /// Size of the source.
    pub source_bytes: u64,
    /// Size of the targets.
    pub target_bytes: u64,
    /// How long it took, verification included.
    pub seconds: f64,
    /// The tables in it.
    pub tables: Vec<MigratedTable>,
}

/// What happened to all files. Sizes and rows are of the files that are migrated or up to date.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// Files that were found.
    pub found: usize,
    /// Files that were converted and verified.
    pub migrated: usize,
    /// Files that were migrated before and verified again.
    pub up_to_date: usize,
    /// Files that were not migrated.
    pub failed: usize,
    /// Files that would be migrated.
    pub planned: usize,
    /// Rows.
    pub rows: usize,
    /// Size of the sources.
    pub source_bytes: u64,
    /// Size of the Parquet files.
    pub target_bytes: u64,
    /// How long it all took.
    pub seconds: f64,
}

/// What happened, file by file and together.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct MigrationReport {
    /// The files, sorted by their path.
    pub files: Vec<FileReport>,
    /// All together.
    pub summary: Summary,
}

/// How far a migration is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum MigrateEvent<'a> {
    /// The files are known: their number, and the bytes in them.
    Found {
        /// How many.
        files: usize,
        /// Bytes of all of them.
        bytes: u64,
    },
    /// A file is done with, one way or the other.
    Done(&'a FileReport),
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
    let default_jobs = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).saturating_add(1);
    let jobs = options.jobs.unwrap_or_else(default_jobs).get().min(found.len());
    let targets = Targets::default();
    let (next, reports) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(found.len())));
    thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                while let Some(&source) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let report = migrate_file(&found[source], options, &targets);
                    progress(MigrateEvent::Done(&report));
                    reports.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(report);
                }
            });
        }
    });
    let mut files = reports.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    files.sort_by(|left, right| left.source.cmp(&right.source));
    let mut summary =
        Summary { found: files.len(), seconds: start.elapsed().as_secs_f64(), ..Summary::default() };
    for file in &files {
        summary.add(file);
    }
    Ok(MigrationReport { files, summary })
}

impl Summary {
    fn add(&mut self, file: &FileReport) {
        match file.status {
            FileStatus::Migrated => self.migrated += 1,
            FileStatus::UpToDate => self.up_to_date += 1,
            FileStatus::Planned => self.planned += 1,
            FileStatus::Failed => {
                self.failed += 1;
                return;
            }
        }
        self.rows += file.rows;
        self.source_bytes += file.source_bytes;
        self.target_bytes += file.target_bytes;
    }
}

struct Source {
    path: PathBuf,
    bytes: u64,
    modified: Option<SystemTime>,
    /// Why the file cannot even be looked at.
    broken: Option<String>,
}

fn find(folder: &Path, options: &MigrateOptions) -> Result<Vec<Source>, PoseIoError> {
    let pattern = options.pattern.as_deref().map(glob::Pattern::new).transpose().map_err(|error| {
        let pattern = options.pattern.clone().unwrap_or_default();
        PoseIoErrorKind::Pattern { pattern, reason: error.msg.to_owned() }
    })?;
    let wanted = |path: &Path| match &pattern {
        Some(pattern) => path.file_name().is_some_and(|name| pattern.matches(&name.to_string_lossy())),
        None => Format::of_name(path) == Some(Format::Hdf5),
    };
    let depth = match options.subfolders {
        Subfolders::Enter => usize::MAX,
        Subfolders::Skip => 1,
    };
    if !folder.is_dir() {
        let error = match folder.symlink_metadata() {
            Ok(_) => io::Error::new(io::ErrorKind::NotADirectory, "is no folder"),
            Err(error) => error,
        };
        return Err(PoseIoError::io("cannot be listed", folder)(error));
    }
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).max_depth(depth).sort_by_file_name() {
        match entry {
            Ok(entry) => {
                let path = entry.path();
                // A link to a file is taken for the file; a link to a folder is not entered.
                if entry.depth() == 0 || !wanted(path) || entry.file_type().is_dir() || path.is_dir() {
                    continue;
                }
                let metadata = path.metadata();
                let bytes = metadata.as_ref().map_or(0, std::fs::Metadata::len);
                let modified = metadata.as_ref().ok().and_then(|metadata| metadata.modified().ok());
                let broken =
                    metadata.err().map(|error| format!("{}: cannot be read: {error}", path.display()));
                found.push(Source { path: path.to_owned(), bytes, modified, broken });
            }
            // A folder that cannot be entered may hide files: it is reported like a bad file.
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                found.push(Source {
                    broken: Some(format!("{}: {reason}", path.display())),
                    path,
                    bytes: 0,
                    modified: None,
                });
            }
        }
    }
    Ok(found)
}

/// Which source each target is written from, so that no two write the same one.
#[derive(Default)]
struct Targets(Mutex<HashMap<PathBuf, PathBuf>>);

impl Targets {
    fn claim(&self, target: &Path, source: &Path) -> Result<(), PoseIoError> {
        let mut owners = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Keys of one file may ask for one name too, when they differ in what a file name cannot hold.
        if let Some(other) = owners.get(target) {
            return Err(
                PoseIoErrorKind::SharedTarget { path: target.to_owned(), other: other.clone() }.into()
            );
        }
        owners.insert(target.to_owned(), source.to_owned());
        Ok(())
    }
}

fn migrate_file(source: &Source, options: &MigrateOptions, targets: &Targets) -> FileReport {
    let start = Instant::now();
    let mut report = FileReport {
        source: source.path.clone(),
        target: None,
        status: FileStatus::Failed,
        reason: source.broken.clone(),
        source_removed: false,
        rows: 0,
        columns: 0,
        source_bytes: source.bytes,
        target_bytes: 0,
        seconds: 0.0,
        tables: Vec::new(),
    };
    if source.broken.is_none() {
        let outcome = migrate_tables(&source.path, options, targets, &mut report.tables);
        report.target = report.tables.first().map(|table| table.target.clone());
        report.rows = report.tables.iter().map(|table| table.rows).sum();
        report.columns = report.tables.iter().map(|table| table.columns).sum();
        report.target_bytes = report.tables.iter().map(|table| table.target_bytes).sum();
        match outcome {
            Ok(status) => {
                report.status = status;
                let done = matches!(status, FileStatus::Migrated | FileStatus::UpToDate);
                let remove =
                    options.after == AfterMigration::RemoveSource && options.rehearsal == Rehearsal::Write;
                if done && remove {
                    remove_source(source, &mut report);
                }
            }
            Err(error) => report.reason = Some(error.to_string()),
        }
    }
    report.seconds = start.elapsed().as_secs_f64();
    report
}

/// Migrates every table of a file, and records each that is done.
fn migrate_tables(
    path: &Path,
    options: &MigrateOptions,
    targets: &Targets,
    done: &mut Vec<MigratedTable>,
) -> Result<FileStatus, PoseIoError> {
    let file = SourceFile::open(path)?;
    let planned = file.tables()?;
    for (_, target) in &planned {
        targets.claim(target, path)?;
    }
    let mut status = FileStatus::UpToDate;
    for (key, target) in planned {
        let source = file.table(key.as_deref())?;
        let (rows, columns) = (source.num_frames(), source.schema().columns().len());
        let mut table = MigratedTable {
            key: key.unwrap_or_default(),
            target: target.clone(),
            rows,
            columns,
            target_bytes: 0,
        };
        if target.symlink_metadata().is_ok() {
            match compare_with_target(source.as_ref(), &target) {
                Ok(()) => {
                    table.target_bytes = size_of(&target)?;
                    done.push(table);
                    continue;
                }
                Err(error) if options.existing == Existing::Keep => return Err(error),
                Err(_) => {}
            }
        }
        if options.rehearsal == Rehearsal::DryRun {
            status = FileStatus::Planned;
            done.push(table);
            continue;
        }
        let metadata = source.schema().metadata().clone();
        table.target_bytes =
            write_verified(source.as_ref(), &target, metadata, options.existing, &|_, _| {})?;
        done.push(table);
        status = FileStatus::Migrated;
    }
    Ok(status)
}

/// A file to migrate, opened once for all that is asked of it.
struct SourceFile<'a> {
    path: &'a Path,
    file: Hdf5File,
}

impl<'a> SourceFile<'a> {
    fn open(path: &'a Path) -> Result<Self, PoseIoError> {
        match format_of(path)? {
            Format::Hdf5 => Ok(Self { path, file: Hdf5File::open(path).map_err(PoseIoError::format)? }),
            Format::Parquet => Err(PoseIoErrorKind::NotHdf5 { path: path.to_owned() }.into()),
        }
    }

    /// The tables, each with its target. The one that is opened by default comes first, under the plain name.
    fn tables(&self) -> Result<Vec<(Option<String>, PathBuf)>, PoseIoError> {
        let whole = self.path.with_extension(Format::Parquet.extension());
        let tables = self.file.tables().map_err(PoseIoError::format)?;
        if tables.len() <= 1 {
            // One table, or none: opening it says which, or why not.
            return Ok(vec![(tables.into_iter().next().map(|table| table.key), whole)]);
        }
        let planned = tables.into_iter().map(|table| {
            let usual = table.key == USUAL_KEY;
            let target = if usual { whole.clone() } else { target_of_key(self.path, &table.key) };
            (Some(table.key), target)
        });
        let mut planned: Vec<_> = planned.collect();
        planned.sort_by_key(|(_, target)| *target != whole);
        Ok(planned)
    }

    fn table(&self, key: Option<&str>) -> Result<Box<dyn PoseTable>, PoseIoError> {
        Ok(Box::new(self.file.table(key).map_err(PoseIoError::format)?))
    }

    /// What else there is in the file beside its tables.
    fn other_objects(&self) -> Result<Vec<String>, PoseIoError> {
        self.file.other_objects().map_err(PoseIoError::format)
    }
}

/// `name.key.parquet`, with what a file name cannot hold replaced.
fn target_of_key(path: &Path, key: &str) -> PathBuf {
    let key: String = key
        .trim_matches('/')
        .chars()
        .map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c })
        .collect();
    path.with_extension(format!("{key}.{}", Format::Parquet.extension()))
}

fn compare_with_target(source: &dyn PoseTable, target: &Path) -> Result<(), PoseIoError> {
    let existing = pose_parquet::ParquetTable::open(target).map_err(PoseIoError::format)?;
    match first_difference(source, &existing, Tolerance::BitForBit)? {
        None => Ok(()),
        Some(difference) => {
            Err(PoseIoErrorKind::ExistsAndDiffers { path: target.to_owned(), difference }.into())
        }
    }
}

/// Removes a source all of whose tables are verified. One that holds more than they, or has changed since it was
/// found, is kept, and the reason is reported.
fn remove_source(source: &Source, report: &mut FileReport) {
    let kept = |reason: String| -> Result<(), PoseIoError> {
        Err(PoseIoErrorKind::NotRemoved { path: source.path.clone(), reason }.into())
    };
    let others = SourceFile::open(&source.path).and_then(|file| file.other_objects());
    let removed = others.and_then(|others| {
        let now = source.path.metadata().map_err(PoseIoError::io("cannot be read", &source.path))?;
        if now.len() != source.bytes || now.modified().ok() != source.modified {
            return kept("it has changed meanwhile".to_owned());
        }
        if !others.is_empty() {
            return kept(format!("it also holds what is no table: {}", others.join(", ")));
        }
        atomic::remove(&source.path)
    });
    match removed {
        Ok(()) => report.source_removed = true,
        Err(error) => {
            report.status = FileStatus::Failed;
            report.reason = Some(error.to_string());
        }
    }
}
