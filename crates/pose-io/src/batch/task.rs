//! One file of a batch.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use super::budget::{Budget, Share};
use super::{BatchEvent, FileReport, FileStatus, Source, Work};
use crate::{PoseIoError, PoseIoErrorKind, Stop};

/// Whether work on a file was begun.
pub(crate) enum Begun {
    Yes,
    No,
}

/// A file that is worked on, and what it shares with the others.
pub(crate) struct Task<'a> {
    pub(crate) source: &'a Source,
    pub(crate) stop: &'a Stop,
    budget: &'a Budget,
    targets: &'a Targets,
    progress: &'a (dyn Fn(BatchEvent<'_>) + Sync),
    /// How many of its bytes were told to be done.
    told: AtomicU64,
}

impl<'a> Task<'a> {
    pub(super) fn new(
        source: &'a Source,
        stop: &'a Stop,
        budget: &'a Budget,
        targets: &'a Targets,
        progress: &'a (dyn Fn(BatchEvent<'_>) + Sync),
    ) -> Self {
        Self { source, stop, budget, targets, progress, told: AtomicU64::new(0) }
    }

    /// Works on the file, and reports whatever happens; nothing when the batch was asked to stop before it was begun.
    pub(super) fn run(&self, work: &dyn Work) -> Option<FileReport> {
        let start = Instant::now();
        let mut report = blank(self.source);
        work.begin(&mut report);
        if self.source.broken.is_none() {
            // A defect that one file brings to light must not keep the others from being worked on, or unreported.
            let outcome = catch_unwind(AssertUnwindSafe(|| work.work(self, &mut report)));
            let outcome = outcome.unwrap_or_else(|panic| {
                let what = panic.downcast_ref::<&str>().map(|what| (*what).to_owned());
                let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                Err(PoseIoErrorKind::Defect { path: self.source.path.clone(), what }.into())
            });
            match outcome {
                Ok(Begun::Yes) => {}
                Ok(Begun::No) => return None,
                Err(error) => {
                    report.status = FileStatus::Failed;
                    report.reason = Some(error.with_causes());
                }
            }
            report.target = report.tables.first().map(|table| table.target.clone());
            report.rows = report.tables.iter().map(|table| table.rows).sum();
            report.columns = report.tables.iter().map(|table| table.columns).sum();
            report.target_bytes = report.tables.iter().map(|table| table.target_bytes).sum();
        }
        self.reach(1.0);
        report.seconds = start.elapsed().as_secs_f64();
        report.finished = seconds_since_1970();
        Some(report)
    }

    /// Tells how much of the file is done.
    pub(crate) fn reach(&self, fraction: f64) {
        let bytes = self.source.bytes;
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "to draw a bar, and never more than there is"
        )]
        let reached = ((bytes as f64 * fraction) as u64).min(bytes);
        let before = self.told.fetch_max(reached, Ordering::Relaxed);
        if reached > before {
            (self.progress)(BatchEvent::Advanced { bytes: reached - before });
        }
    }

    /// Tells how much of the file is done, where it holds several tables.
    pub(crate) fn reach_of_table(&self, table: usize, num_tables: usize, fraction: f64) {
        #[allow(clippy::cast_precision_loss, reason = "to draw a bar")]
        self.reach((table as f64 + fraction) / num_tables as f64);
    }

    /// Notes the memory that the file takes while it is open.
    pub(crate) fn open_memory(&self, bytes: u64) -> Share<'a> {
        self.budget.open(bytes)
    }

    /// Keeps a target from being written from another source too.
    pub(crate) fn claim(&self, target: &Path) -> Result<(), PoseIoError> {
        self.targets.claim(target, &self.source.path)
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

fn blank(source: &Source) -> FileReport {
    let names = source.relative.iter().map(|name| name.to_string_lossy());
    FileReport {
        source: source.path.clone(),
        relative: names.collect::<Vec<_>>().join("/"),
        source_blake3: None,
        csv_twin: None,
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
