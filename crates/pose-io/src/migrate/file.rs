//! One file of a migration.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use pose_frame::{PoseTable, Tolerance, first_difference};
use pose_hdf5::{Hdf5File, USUAL_KEY};
use pose_parquet::{ParquetErrorKind, ParquetTable};

use super::find::{Identity, Source};
use super::report::{FileReport, FileStatus, MigrateEvent, MigratedTable};
use super::{AfterMigration, MigrateOptions, Rehearsal};
use crate::convert::{size_of, write_verified};
use crate::open::{format_of, parquet_of, parquet_of_key};
use crate::progress::{ConvertProgress, OnProgress, Reporting, Stage};
use crate::target::Target;
use crate::{Existing, Format, PoseIoError, PoseIoErrorKind, atomic, origin};

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

/// Migrates a file, and reports whatever happens.
pub(super) fn migrate_file(
    source: &Source,
    options: &MigrateOptions,
    targets: &Targets,
    progress: &(dyn Fn(MigrateEvent<'_>) + Sync),
) -> FileReport {
    let start = Instant::now();
    let share = Share { bytes: source.bytes, told: AtomicU64::new(0), progress };
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
        let run = || migrate_tables(&source.path, options, targets, &share, &mut report.tables);
        // A defect that one file brings to light must not keep the others from being migrated, or unreported.
        let outcome = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
            let what = panic.downcast_ref::<&str>().map(|what| (*what).to_owned());
            let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            Err(PoseIoErrorKind::Defect { path: source.path.clone(), what }.into())
        });
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
    share.reach(1.0);
    report.seconds = start.elapsed().as_secs_f64();
    report
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

/// Migrates every table of a file, and records each that is done.
fn migrate_tables(
    path: &Path,
    options: &MigrateOptions,
    targets: &Targets,
    share: &Share<'_>,
    done: &mut Vec<MigratedTable>,
) -> Result<FileStatus, PoseIoError> {
    let file = SourceFile::open(path)?;
    let planned = file.tables()?;
    for (_, target) in &planned {
        targets.claim(target, path)?;
    }
    let mut status = FileStatus::UpToDate;
    let num_tables = planned.len();
    // Of the source's bytes, once one of its tables is written.
    let mut hash: Option<String> = None;
    for (key, target) in planned {
        let (source, notes) = file.table(key.as_deref())?;
        let tables_before = done.len();
        #[allow(clippy::cast_precision_loss, reason = "to draw a bar")]
        let progress =
            |at: ConvertProgress| share.reach((tables_before as f64 + at.fraction()) / num_tables as f64);
        let (rows, columns) = (source.num_frames(), source.schema().columns().len());
        let mut table = MigratedTable {
            key: key.unwrap_or_default(),
            target: target.clone(),
            rows,
            columns,
            target_bytes: 0,
            notes,
        };
        // Whoever puts a file there from now on is not overwritten, whatever this run was told.
        let mut existing = Existing::Keep;
        if let Ok(metadata) = target.symlink_metadata() {
            if metadata.is_symlink() {
                // What it leads to may be another source's target, and change with that.
                let reason = "it is a link".to_owned();
                return Err(PoseIoErrorKind::NotReplaced { path: target, reason }.into());
            }
            match compare_with_target(source.as_ref(), &target, &progress) {
                Ok(()) => {
                    table.target_bytes = size_of(&target)?;
                    done.push(table);
                    continue;
                }
                Err(error) if options.existing == Existing::Keep => return Err(error),
                Err(_) => may_replace(&target, source.as_ref())?,
            }
            existing = options.existing;
        }
        if options.rehearsal == Rehearsal::DryRun {
            status = FileStatus::Planned;
            done.push(table);
            continue;
        }
        let mut metadata = source.schema().metadata().clone();
        if let (Some(source), Some(hash)) = (&mut metadata.source, &hash) {
            source.blake3 = Some(hash.clone());
        } else {
            origin::note(&mut metadata, path, Format::Hdf5)?;
            hash = metadata.source.as_ref().and_then(|source| source.blake3.clone());
        }
        let (file, bytes) = write_verified(
            source.as_ref(),
            &target,
            &Target::Parquet(metadata, options.parquet.clone()),
            existing,
            &progress,
        )?;
        // The names are brought to disk folder by folder when all files are done, or before a source is removed.
        file.name()?;
        table.target_bytes = bytes;
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
            _ => Err(PoseIoErrorKind::NotHdf5 { path: path.to_owned() }.into()),
        }
    }

    /// The tables, each with its target. The one that is opened by default comes first, under the plain name.
    fn tables(&self) -> Result<Vec<(Option<String>, PathBuf)>, PoseIoError> {
        let whole = parquet_of(self.path);
        let tables = self.file.tables().map_err(PoseIoError::format)?;
        if tables.len() <= 1 {
            // One table, or none: opening it says which, or why not.
            return Ok(vec![(tables.into_iter().next().map(|table| table.key), whole)]);
        }
        let planned = tables.into_iter().map(|table| {
            let usual = table.key == USUAL_KEY;
            let target = if usual { whole.clone() } else { parquet_of_key(self.path, &table.key) };
            (Some(table.key), target)
        });
        let mut planned: Vec<_> = planned.collect();
        planned.sort_by_key(|(_, target)| *target != whole);
        Ok(planned)
    }

    /// A table, and the notes on the files beside it.
    fn table(&self, key: Option<&str>) -> Result<(Box<dyn PoseTable>, Vec<String>), PoseIoError> {
        let table = self.file.table(key).map_err(PoseIoError::format)?;
        let notes = table.notes().iter().map(ToString::to_string).collect();
        Ok((Box::new(table), notes))
    }

    /// What else there is in the file beside its tables.
    fn other_objects(&self) -> Result<Vec<String>, PoseIoError> {
        self.file.other_objects().map_err(PoseIoError::format)
    }
}

fn compare_with_target(
    source: &dyn PoseTable,
    target: &Path,
    progress: OnProgress<'_>,
) -> Result<(), PoseIoError> {
    let existing = ParquetTable::open(target).map_err(PoseIoError::format)?;
    let source = Reporting { table: source, stage: Stage::Verifying, progress };
    match first_difference(&source, &existing, Tolerance::BitForBit)? {
        None => Ok(()),
        Some(difference) => {
            Err(PoseIoErrorKind::ExistsAndDiffers { path: target.to_owned(), difference }.into())
        }
    }
}

/// Whether a target that is not what its source says may be replaced in a forced run. What is no Parquet file, or was
/// made from another table, may be the only copy of it.
fn may_replace(target: &Path, source: &dyn PoseTable) -> Result<(), PoseIoError> {
    let refuse = |reason: String| -> Result<(), PoseIoError> {
        Err(PoseIoErrorKind::NotReplaced { path: target.to_owned(), reason }.into())
    };
    match format_of(target) {
        Ok(Format::Parquet) => {}
        Ok(other) => return refuse(format!("it is an {other} file")),
        Err(error) => return refuse(error.to_string()),
    }
    // Half a file holds no table, and one that does not say where it is from was asked to be replaced. One that is whole
    // and cannot be read here, of a newer version or with columns of dates, may well be a table.
    let existing = match ParquetTable::open(target) {
        Ok(existing) => existing,
        Err(error) if matches!(error.kind(), ParquetErrorKind::Format { .. }) => return Ok(()),
        Err(error) => return refuse(error.to_string()),
    };
    // The bytes of the file may have changed since: that is what a forced run is for.
    let is_same = |left: &pose_frame::SourceFile, right: &pose_frame::SourceFile| {
        (&left.name, &left.key) == (&right.name, &right.key)
    };
    let origin = |table: &dyn PoseTable| table.schema().metadata().source.clone();
    match origin(&existing) {
        Some(from) if origin(source).is_none_or(|source| !is_same(&from, &source)) => {
            let key = from.key.map(|key| format!(", key {key}")).unwrap_or_default();
            refuse(format!("it was made from {}{key}", from.name))
        }
        _ => Ok(()),
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
        if !others.is_empty() {
            return kept(format!("it also holds what is no table: {}", others.join(", ")));
        }
        // A target that was found to be up to date may have been written by a program that did not sync it.
        report.tables.iter().try_for_each(|table| atomic::sync(&table.target))?;
        remove_unchanged(source)
    });
    match removed {
        Ok(()) => report.source_removed = true,
        Err(error) => {
            report.status = FileStatus::Failed;
            report.reason = Some(error.to_string());
        }
    }
}

/// Removes a source if it still is the file that was found, and not one that took its name. So that none can take it
/// between the look and the removal, the file is looked at under a name that nobody knows.
fn remove_unchanged(source: &Source) -> Result<(), PoseIoError> {
    let failed = |error: io::Error| PoseIoError::io("cannot be removed", &source.path)(error);
    let parked = atomic::park(&source.path).map_err(failed)?;
    // Dropped, a parked file is removed: from here on every way out says what becomes of it.
    let now = parked.path().metadata().map(|metadata| Identity::of(&metadata));
    if now.is_ok() && now.ok() == source.identity {
        // Should the removal not reach the disk, the file is there again after a crash; nothing is lost.
        return parked.close().map_err(failed);
    }
    match parked.persist_noclobber(&source.path) {
        Ok(()) => {
            let reason = "it has changed meanwhile".to_owned();
            Err(PoseIoErrorKind::NotRemoved { path: source.path.clone(), reason }.into())
        }
        Err(error) => {
            let ((), kept) = error.file.keep().map_err(|error| failed(error.error))?;
            let reason = format!("it has changed meanwhile, twice; one of them is now {}", kept.display());
            Err(PoseIoErrorKind::NotRemoved { path: source.path.clone(), reason }.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_took_the_name_of_a_source_is_not_removed() {
        let scratch = tempfile::tempdir().expect("there is room");
        let path = scratch.path().join("a.h5");
        std::fs::write(&path, "as it was found").expect("it can be written");
        let identity = path.metadata().ok().map(|metadata| Identity::of(&metadata));
        let source = Source { path: path.clone(), bytes: 15, identity, broken: None };
        std::fs::write(&path, "as someone else wrote it").expect("it can be written");
        let error = remove_unchanged(&source).expect_err("it is another file");
        assert!(error.to_string().contains("changed meanwhile"), "{error}");
        assert_eq!(std::fs::read(&path).expect("it is back"), b"as someone else wrote it");
        let files = std::fs::read_dir(scratch.path()).expect("it lists").count();
        assert_eq!(files, 1, "and nothing else");

        let identity = path.metadata().ok().map(|metadata| Identity::of(&metadata));
        remove_unchanged(&Source { identity, ..source }).expect("it is the file that was found");
        assert!(!path.exists());
    }
}
