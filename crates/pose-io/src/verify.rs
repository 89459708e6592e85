//! Checking migrated files and packed tables again, any time later.
//!
//! What can be checked is told from the path: a Parquet file, or a folder that is a packed table. Other things that hold a table and can
//! be checked get a branch in [`Subject`].

mod expected;

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use pose_frame::{
    PoseTable, Selection, SourceFile, TableError, Tolerance, default_batch_frames, first_difference,
};
use pose_parquet::{ParquetErrorKind, ParquetTable};
use serde::Serialize;
use walkdir::WalkDir;

use self::expected::Expected;
use crate::atomic::folder_of;
use crate::{
    AtomicFile, Format, OpenOptions, PoseIoError, PoseIoErrorKind, atomic, crew, format, merge_reports,
    origin, path_text,
};

/// How files are checked.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Reports of the migration. They say what hash each file had when it was written, and which files there should be.
    pub reports: Vec<PathBuf>,
    /// How many files are checked at once; by default two more than there are processors.
    pub jobs: Option<NonZeroUsize>,
}

/// What was found of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum VerifyStatus {
    /// Its source is there, and holds the same table bit for bit.
    Equal,
    /// Its source is gone, and its bytes are those that the report notes.
    AsReported,
    /// Its source is gone and no report tells its hash. All of it can be read; floats have checksums.
    Readable,
    /// It does not say what it was made from, and was found in a folder: it is not looked into.
    Foreign,
    /// It is not what it should be; the reason says why.
    Failed,
}

/// What was found of one file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct VerifiedFile {
    /// The file.
    #[serde(serialize_with = "path_text::serialize")]
    pub target: PathBuf,
    /// What was found.
    pub status: VerifyStatus,
    /// Why it failed.
    pub reason: Option<String>,
    /// Rows of its table.
    pub rows: usize,
    /// Columns of its table.
    pub columns: usize,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What was found of all files.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct VerifySummary {
    /// Files that were found, and such as should have been.
    pub found: usize,
    /// Files that equal their source.
    pub equal: usize,
    /// Files without a source that are what the report notes.
    pub as_reported: usize,
    /// Files without a source that can be read.
    pub readable: usize,
    /// Files of others.
    pub foreign: usize,
    /// Files that are not what they should be.
    pub failed: usize,
    /// How long it all took, in seconds.
    pub seconds: f64,
}

/// What was found, file by file and together.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The files, sorted by their path.
    pub files: Vec<VerifiedFile>,
    /// All together.
    pub summary: VerifySummary,
}

/// How far a check is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum VerifyEvent<'a> {
    /// The files are known.
    Found {
        /// How many.
        files: usize,
    },
    /// A file is done with.
    Done(&'a VerifiedFile),
}

/// Checks Parquet files and packed tables, and those below folders. In a packed table every file is held against its checksum, and
/// everything is decoded. A Parquet file is held against what it was made from: where the source that a file names is
/// beside it, they are compared bit for bit. Where it is gone, the hash of the file is compared with that of the report, if
/// there is one; otherwise the file is read through, which finds damage in floats by their checksums, and elsewhere what can
/// no longer be decoded.
///
/// With a report, files that it names and that are not below a folder any more are found too.
///
/// # Errors
///
/// When there is nothing under a path, or a report cannot be read. What is wrong with a file stands in its report.
pub fn verify(
    paths: &[PathBuf],
    options: &VerifyOptions,
    progress: &(dyn Fn(VerifyEvent<'_>) + Sync),
) -> Result<VerifyReport, PoseIoError> {
    let start = Instant::now();
    let reported =
        if options.reports.is_empty() { Vec::new() } else { merge_reports(&options.reports)?.files };
    let expected = Expected::of(&reported);
    let mut subjects = Vec::new();
    for path in paths {
        find(path, &mut subjects)?;
    }
    progress(VerifyEvent::Found { files: subjects.len() });
    let mut files = crew::work_through(&subjects, options.jobs, |subject| {
        let file = subject.verify(&expected);
        progress(VerifyEvent::Done(&file));
        file
    });
    for folder in paths.iter().filter(|path| path.is_dir()) {
        let found = subjects.iter().map(|subject| subject.path.as_path());
        files.extend(expected.missing(folder, found).into_iter().map(|target| {
            let reason = "is not there, and its report says that it was".to_owned();
            let reason = Some(format!("{}: {reason}", target.display()));
            VerifiedFile { target, status: VerifyStatus::Failed, reason, rows: 0, columns: 0, seconds: 0.0 }
        }));
    }
    files.sort_by(|left, right| left.target.cmp(&right.target));
    let mut summary = VerifySummary { found: files.len(), ..VerifySummary::default() };
    for file in &files {
        match file.status {
            VerifyStatus::Equal => summary.equal += 1,
            VerifyStatus::AsReported => summary.as_reported += 1,
            VerifyStatus::Readable => summary.readable += 1,
            VerifyStatus::Foreign => summary.foreign += 1,
            VerifyStatus::Failed => summary.failed += 1,
        }
    }
    summary.seconds = start.elapsed().as_secs_f64();
    Ok(VerifyReport { files, summary })
}

/// Reads a table through, in batches.
pub(crate) fn read_through(table: &dyn PoseTable) -> Result<(), TableError> {
    let batches = table.batches(&Selection::all(), default_batch_frames(table.schema()))?;
    batches.into_iter().try_for_each(|batch| batch.map(drop))
}

/// Something to check.
struct Subject {
    path: PathBuf,
    is_named: bool,
    /// Why it cannot even be looked at.
    broken: Option<String>,
}

fn find(path: &Path, subjects: &mut Vec<Subject>) -> Result<(), PoseIoError> {
    let metadata = path.metadata().map_err(PoseIoError::io("cannot be read", path))?;
    if !metadata.is_dir() || is_pack(path) {
        subjects.push(Subject { path: path.to_owned(), is_named: true, broken: None });
        return Ok(());
    }
    let entries = WalkDir::new(path).sort_by_file_name().into_iter();
    // What is about to be removed, and packs that are being written.
    let is_passing =
        |path: &Path| atomic::is_parked(path) || (path.is_dir() && AtomicFile::is_temporary(path));
    let mut entries = entries.filter_entry(|entry| entry.depth() == 0 || !is_passing(entry.path()));
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() && is_pack(entry.path()) => {
                entries.skip_current_dir();
                subjects.push(Subject { path: entry.into_path(), is_named: false, broken: None });
            }
            Ok(entry) => {
                if Format::of_name(entry.path()) == Some(Format::Parquet) && !entry.path().is_dir() {
                    subjects.push(Subject { path: entry.into_path(), is_named: false, broken: None });
                }
            }
            // A folder that cannot be entered may hide files.
            Err(error) => {
                let path = error.path().unwrap_or(path).to_owned();
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                let broken = Some(format!("{}: {reason}", path.display()));
                subjects.push(Subject { path, is_named: false, broken });
            }
        }
    }
    Ok(())
}

impl Subject {
    fn verify(&self, expected: &Expected<'_>) -> VerifiedFile {
        let start = Instant::now();
        let mut file = VerifiedFile {
            target: self.path.clone(),
            status: VerifyStatus::Failed,
            reason: self.broken.clone(),
            rows: 0,
            columns: 0,
            seconds: 0.0,
        };
        if self.broken.is_some() {
            return file;
        }
        match self.check(expected, &mut file) {
            Ok(status) => file.status = status,
            Err(error) => file.reason = Some(error.with_causes()),
        }
        file.seconds = start.elapsed().as_secs_f64();
        file
    }

    fn check(&self, expected: &Expected<'_>, file: &mut VerifiedFile) -> Result<VerifyStatus, PoseIoError> {
        let path = self.path.as_path();
        #[cfg(feature = "recipe")]
        if is_pack(path) {
            let table = recipe::PackedTable::open(path).map_err(PoseIoError::format)?;
            (file.rows, file.columns) = (table.num_frames(), table.schema().columns().len());
            table.verify().map_err(PoseIoError::format)?;
            // The manifest has the hashes of all else.
            return as_reported(path, &path.join(recipe::MANIFEST_NAME), expected)
                .map(|status| status.unwrap_or(VerifyStatus::Readable));
        }
        let table = match ParquetTable::open(path) {
            Ok(table) => table,
            Err(error) => {
                use ParquetErrorKind::{Entry, Format, Io, Version};
                let may_be_ours =
                    matches!(error.kind(), Entry { .. } | Format { .. } | Io { .. } | Version { .. });
                if may_be_ours || self.is_named {
                    return Err(PoseIoError::format(error));
                }
                return Ok(VerifyStatus::Foreign);
            }
        };
        (file.rows, file.columns) = (table.num_frames(), table.schema().columns().len());
        let Some(from) = table.schema().metadata().source.clone() else {
            if self.is_named {
                read_through(&table)?;
                return Ok(VerifyStatus::Readable);
            }
            return Ok(VerifyStatus::Foreign);
        };
        let source = folder_of(path).join(&from.name);
        if source.is_file() && !is_same_file(&source, path) {
            compare(&table, path, &source, &from)?;
            return Ok(VerifyStatus::Equal);
        }
        if let Some(status) = as_reported(path, path, expected)? {
            return Ok(status);
        }
        read_through(&table)?;
        Ok(VerifyStatus::Readable)
    }
}

/// Whether a folder is a packed table, or is called one: of what is left of one the crate of packs says what is missing.
fn is_pack(path: &Path) -> bool {
    format::is_packed(path) || (path.is_dir() && Format::is_called_packed(path))
}

/// Holds a file against the reports, where they tell its hash.
fn as_reported(
    path: &Path,
    bytes_of: &Path,
    expected: &Expected<'_>,
) -> Result<Option<VerifyStatus>, PoseIoError> {
    match expected.hashes_of(path).as_slice() {
        [] => Ok(None),
        hashes if hashes.contains(&origin::hash(bytes_of)?.as_str()) => Ok(Some(VerifyStatus::AsReported)),
        _ => {
            let reason = "its bytes are not those that its report notes".to_owned();
            Err(PoseIoErrorKind::NotAsReported { path: path.to_owned(), reason }.into())
        }
    }
}

fn is_same_file(left: &Path, right: &Path) -> bool {
    matches!((left.canonicalize(), right.canonicalize()), (Ok(left), Ok(right)) if left == right)
}

fn compare(table: &ParquetTable, path: &Path, source: &Path, from: &SourceFile) -> Result<(), PoseIoError> {
    let opened = crate::open(source, &OpenOptions::default().with_key(from.key.clone()))?;
    let Some(difference) = first_difference(opened.table.as_ref(), table, Tolerance::BitForBit)? else {
        return Ok(());
    };
    let has_changed = match &from.blake3 {
        Some(noted) => origin::hash(source)? != *noted,
        None => false,
    };
    let since = if has_changed { ", which has changed since" } else { "" };
    let reason = format!("it is not the table of {}{since}: {difference}", source.display());
    Err(PoseIoErrorKind::NotAsReported { path: path.to_owned(), reason }.into())
}
