//! One file of a migration.

use std::path::{Path, PathBuf};

use pose_frame::PoseTable;
use pose_project::FileRole;

use super::memory::table_bytes;
use super::removal::remove_source;
use super::source::SourceFile;
use super::{AfterMigration, CsvTwin, MigrateOptions, beside, existing};
use crate::batch::{
    Begun, FileReport, FileStatus, Rehearsal, TableReport, Task, Witness, Work, is_gone, open_bytes,
};
use crate::convert::{Written, write_verified};
use crate::open::size_of;
use crate::progress::ConvertProgress;
use crate::target::Target;
use crate::{Existing, PoseIoError, PoseIoErrorKind, origin};

/// What is done with every file of a migration.
pub(super) struct Migration<'a> {
    pub(super) options: &'a MigrateOptions,
}

impl Work for Migration<'_> {
    fn begin(&self, report: &mut FileReport) {
        report.csv_twin = CsvTwin::of(&report.source);
    }

    fn work(&self, task: &Task<'_>, report: &mut FileReport) -> Result<Begun, PoseIoError> {
        let source = task.source.path.as_path();
        match self.migrate_tables(task, report) {
            Err(_) if is_gone(source) && existing::is_whole_target_of(source) => {
                report.status = FileStatus::AlreadyRemoved;
                Ok(Begun::Yes)
            }
            done => done,
        }
    }
}

impl Migration<'_> {
    fn is_rehearsal(&self) -> bool {
        self.options.batch.rehearsal == Rehearsal::DryRun
    }

    fn removes_sources(&self) -> bool {
        self.options.after == AfterMigration::RemoveSource && !self.is_rehearsal()
    }

    /// Migrates every table of a file, and records each that is done.
    fn migrate_tables(&self, task: &Task<'_>, report: &mut FileReport) -> Result<Begun, PoseIoError> {
        let path = task.source.path.as_path();
        SourceFile::check_format(path)?;
        let mut memory = task.open_memory(open_bytes(task.source.bytes));
        let witness = if self.is_rehearsal() { Witness::unread(path)? } else { Witness::of(path)? };
        report.source_blake3.clone_from(&witness.hash);
        let file = SourceFile::open(path)?;
        let planned = file.tables()?;
        for (_, target) in &planned {
            task.claim(target)?;
        }
        let tables: Vec<_> =
            planned.into_iter().map(|(key, target)| (file.table(key.as_deref()), key, target)).collect();
        let largest = tables.iter().filter_map(|(opened, ..)| opened.as_ref().ok());
        memory.admit(largest.map(|(table, _)| table_bytes(table.as_ref())).max().unwrap_or_default());
        // It may have waited long.
        if task.stop.is_asked() {
            return Ok(Begun::No);
        }
        let mut status = FileStatus::UpToDate;
        let num_tables = tables.len();
        for (opened, key, target) in tables {
            let (table, notes) = opened?;
            let done = report.tables.len();
            let progress = |at: ConvertProgress| task.reach_of_table(done, num_tables, at.fraction());
            let (table, progress) = (table.as_ref(), &progress);
            let one = OneTable { migration: self, witness: &witness, source: path, table, progress };
            let (migrated, its_status) = one.migrate(key.unwrap_or_default(), target, notes)?;
            report.tables.push(migrated);
            if its_status != FileStatus::UpToDate {
                status = its_status;
            }
            let looked_at = its_status == FileStatus::Migrated || self.removes_sources();
            if let Some(twin) = report.csv_twin.as_mut().filter(|_| done == 0 && looked_at) {
                twin.compare(table);
            }
        }
        witness.check()?;
        report.status = status;
        if self.removes_sources() && matches!(status, FileStatus::Migrated | FileStatus::UpToDate) {
            drop(file);
            match report.csv_twin.as_ref().filter(|twin| twin.differs()) {
                Some(twin) => {
                    report.reason =
                        Some(format!("it is kept, as {} says something else", twin.path.display()));
                }
                None => remove_source(&witness, report),
            }
        }
        Ok(Begun::Yes)
    }
}

/// One table of a file.
struct OneTable<'a> {
    migration: &'a Migration<'a>,
    witness: &'a Witness<'a>,
    source: &'a Path,
    table: &'a dyn PoseTable,
    progress: &'a (dyn Fn(ConvertProgress) + Sync),
}

impl OneTable<'_> {
    fn migrate(
        &self,
        key: String,
        target: PathBuf,
        notes: Vec<String>,
    ) -> Result<(TableReport, FileStatus), PoseIoError> {
        let options = self.migration.options;
        let schema = self.table.schema();
        let mut metadata = schema.metadata().clone();
        let mut done = TableReport {
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
            max_error: None,
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
        if self.migration.is_rehearsal() {
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

    fn up_to_date(&self, mut done: TableReport) -> Result<(TableReport, FileStatus), PoseIoError> {
        done.target_bytes = size_of(&done.target)?;
        if !self.migration.is_rehearsal() {
            done.target_blake3 = Some(origin::hash(&done.target)?);
        }
        Ok((done, FileStatus::UpToDate))
    }
}
