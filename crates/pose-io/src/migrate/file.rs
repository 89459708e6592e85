//! One file of a migration.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use pose_frame::PoseTable;
use pose_project::FileRole;

use super::budget::{Budget, open_bytes, table_bytes};
use super::find::Source;
use super::identity::Witness;
use super::removal::{is_gone, remove_source};
use super::report::{FileReport, FileStatus, MigrateEvent, MigratedTable};
use super::source::SourceFile;
use super::{AfterMigration, CsvTwin, MigrateOptions, Rehearsal, beside, existing};
use crate::convert::{Written, size_of, write_verified};
use crate::progress::ConvertProgress;
use crate::target::Target;
use crate::{Existing, PoseIoError, PoseIoErrorKind, origin};

/// What the files of a migration share.
pub(super) struct Run<'a> {
    pub(super) options: &'a MigrateOptions,
    pub(super) targets: Targets,
    pub(super) budget: Budget,
    pub(super) progress: &'a (dyn Fn(MigrateEvent<'_>) + Sync),
}

impl Run<'_> {
    fn is_rehearsal(&self) -> bool {
        self.options.rehearsal == Rehearsal::DryRun
    }

    fn removes_sources(&self) -> bool {
        self.options.after == AfterMigration::RemoveSource && !self.is_rehearsal()
    }
}

/// Which source each target is written from, so that no two write the same one.
#[derive(Default)]
pub(super) struct Targets(Mutex<HashMap<PathBuf, PathBuf>>);

impl Targets {
    fn claim(&self, target: &Path, source: &Path) -> Result<(), PoseIoError> {
        let mut owners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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

/// Migrates a file, and reports whatever happens; nothing when the migration was asked to stop before it was begun.
pub(super) fn migrate_file(source: &Source, run: &Run<'_>) -> Option<FileReport> {
    let start = Instant::now();
    let share = Share { bytes: source.bytes, told: AtomicU64::new(0), progress: run.progress };
    let mut report = blank(source);
    if source.broken.is_none() {
        let work = || migrate_tables(source, run, &share, &mut report);
        // A defect that one file brings to light must not keep the others from being migrated, or unreported.
        let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
            let what = panic.downcast_ref::<&str>().map(|what| (*what).to_owned());
            let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(PoseIoErrorKind::Defect { path: source.path.clone(), what }.into())
        });
        match outcome {
            Ok(Begun::Yes) => {}
            Ok(Begun::No) => return None,
            Err(_) if is_gone(&source.path) && existing::is_whole_target_of(&source.path) => {
                report.status = FileStatus::AlreadyRemoved;
            }
            Err(error) => {
                report.status = FileStatus::Failed;
                report.reason = Some(error.to_string());
            }
        }
        report.target = report.tables.first().map(|table| table.target.clone());
        report.rows = report.tables.iter().map(|table| table.rows).sum();
        report.columns = report.tables.iter().map(|table| table.columns).sum();
        report.target_bytes = report.tables.iter().map(|table| table.target_bytes).sum();
    }
    share.reach(1.0);
    report.seconds = start.elapsed().as_secs_f64();
    report.finished = seconds_since_1970();
    Some(report)
}

fn blank(source: &Source) -> FileReport {
    let names = source.relative.iter().map(|name| name.to_string_lossy());
    FileReport {
        source: source.path.clone(),
        relative: names.collect::<Vec<_>>().join("/"),
        source_blake3: None,
        csv_twin: CsvTwin::of(&source.path),
        target: None,
        status: FileStatus::Failed,
        reason: source.broken.clone(),
        source_removed: false,
        rows: 0,
        columns: 0,
        source_bytes: source.bytes,
        target_bytes: 0,
        seconds: 0.0,
        finished: 0.0,
        tables: Vec::new(),
    }
}

pub(super) fn seconds_since_1970() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// How much of a file's bytes has been told to be done.
struct Share<'a> {
    bytes: u64,
    told: AtomicU64,
    progress: &'a (dyn Fn(MigrateEvent<'_>) + Sync),
}

impl Share<'_> {
    fn reach(&self, fraction: f64) {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "to draw a bar, and never more than there is"
        )]
        let reached = ((self.bytes as f64 * fraction) as u64).min(self.bytes);
        let before = self.told.fetch_max(reached, Ordering::Relaxed);
        if reached > before {
            (self.progress)(MigrateEvent::Advanced { bytes: reached - before });
        }
    }
}

/// Whether work on a file was begun.
enum Begun {
    Yes,
    No,
}

/// Migrates every table of a file, and records each that is done.
fn migrate_tables(
    source: &Source,
    run: &Run<'_>,
    share: &Share<'_>,
    report: &mut FileReport,
) -> Result<Begun, PoseIoError> {
    let path = source.path.as_path();
    SourceFile::check_format(path)?;
    let mut memory = run.budget.open(open_bytes(source.bytes));
    let witness = if run.is_rehearsal() { Witness::unread(path)? } else { Witness::of(path)? };
    report.source_blake3.clone_from(&witness.hash);
    let file = SourceFile::open(path)?;
    let planned = file.tables()?;
    for (_, target) in &planned {
        run.targets.claim(target, path)?;
    }
    let tables: Vec<_> =
        planned.into_iter().map(|(key, target)| (file.table(key.as_deref()), key, target)).collect();
    let largest = tables.iter().filter_map(|(opened, ..)| opened.as_ref().ok());
    memory.admit(largest.map(|(table, _)| table_bytes(table.as_ref())).max().unwrap_or_default());
    // It may have waited long.
    if run.options.stop.is_asked() {
        return Ok(Begun::No);
    }
    let mut status = FileStatus::UpToDate;
    let num_tables = tables.len();
    for (opened, key, target) in tables {
        let (table, notes) = opened?;
        let done = report.tables.len();
        #[allow(clippy::cast_precision_loss, reason = "to draw a bar")]
        let progress = |at: ConvertProgress| share.reach((done as f64 + at.fraction()) / num_tables as f64);
        let work = Work { run, witness: &witness, source: path, table: table.as_ref(), progress: &progress };
        let (migrated, its_status) = work.migrate(key.unwrap_or_default(), target, notes)?;
        report.tables.push(migrated);
        if its_status != FileStatus::UpToDate {
            status = its_status;
        }
        let looked_at = its_status == FileStatus::Migrated || run.removes_sources();
        if let Some(twin) = report.csv_twin.as_mut().filter(|_| done == 0 && looked_at) {
            twin.compare(table.as_ref());
        }
    }
    witness.check()?;
    report.status = status;
    if run.removes_sources() && matches!(status, FileStatus::Migrated | FileStatus::UpToDate) {
        drop(file);
        match report.csv_twin.as_ref().filter(|twin| twin.differs()) {
            Some(twin) => {
                report.reason = Some(format!("it is kept, as {} says something else", twin.path.display()));
            }
            None => remove_source(&witness, report),
        }
    }
    Ok(Begun::Yes)
}

/// One table of a file.
struct Work<'a> {
    run: &'a Run<'a>,
    witness: &'a Witness<'a>,
    source: &'a Path,
    table: &'a dyn PoseTable,
    progress: &'a (dyn Fn(ConvertProgress) + Sync),
}

impl Work<'_> {
    fn migrate(
        &self,
        key: String,
        target: PathBuf,
        notes: Vec<String>,
    ) -> Result<(MigratedTable, FileStatus), PoseIoError> {
        let options = self.run.options;
        let schema = self.table.schema();
        let mut metadata = schema.metadata().clone();
        let mut done = MigratedTable {
            key,
            target,
            rows: self.table.num_frames(),
            columns: schema.columns().len(),
            target_bytes: 0,
            target_blake3: None,
            role: FileRole::of(self.source, schema.kind()),
            project: metadata.project.clone(),
            notes,
            news: Vec::new(),
        };
        // Whoever puts a file there from now on is not overwritten, whatever this run was told.
        let mut existing = Existing::Keep;
        if existing::is_there(&done.target)? {
            match existing::compare(self.table, &done.target, self.progress) {
                Ok(known) => {
                    done.news = beside::news(&metadata, &known);
                    if done.news.is_empty() || options.existing == Existing::Keep {
                        return self.up_to_date(done);
                    }
                    metadata = beside::merged(&metadata, &known);
                }
                Err(error) if options.existing == Existing::Keep => return Err(error),
                Err(_) => {}
            }
            existing::may_replace(&done.target, self.table)?;
            existing = Existing::Replace;
        }
        if self.run.is_rehearsal() {
            return Ok((done, FileStatus::Planned));
        }
        done.news.clear();
        origin::note_hash(&mut metadata.source, self.source, self.witness.hash.clone());
        let written = Target::Parquet(metadata, options.parquet.clone());
        let Written { file, bytes, .. } =
            write_verified(self.table, &done.target, &written, existing, self.progress)?;
        self.witness.check()?;
        let hash = origin::hash(file.temporary_path())?;
        // The names are brought to disk folder by folder when all files are done, or before a source is removed.
        match file.name() {
            Ok(()) => {}
            // Another migration of the folder was quicker: then its file is as good.
            Err(error) if matches!(error.kind(), PoseIoErrorKind::Exists { .. }) => {
                existing::is_there(&done.target)?;
                existing::compare(self.table, &done.target, self.progress)?;
                return self.up_to_date(done);
            }
            Err(error) => return Err(error),
        }
        done.target_bytes = bytes;
        done.target_blake3 = Some(hash);
        Ok((done, FileStatus::Migrated))
    }

    fn up_to_date(&self, mut done: MigratedTable) -> Result<(MigratedTable, FileStatus), PoseIoError> {
        done.target_bytes = size_of(&done.target)?;
        if !self.run.is_rehearsal() {
            done.target_blake3 = Some(origin::hash(&done.target)?);
        }
        Ok((done, FileStatus::UpToDate))
    }
}
