//! Work on every file below a folder: several at once within a memory budget, each reported when it is done, none kept from
//! it by a bad one.

mod budget;
mod find;
mod identity;
mod journal;
mod options;
mod report;
mod shard;
mod task;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) use budget::{LEAST_BYTES, open_bytes};
pub(crate) use find::{Search, Source};
pub(crate) use identity::{Identity, Witness, is_gone};
pub use journal::{Journal, MergedReports, merge_reports};
pub use options::{BatchOptions, DEFAULT_BATCH_MEMORY_BYTES, Rehearsal, Subfolders};
pub use report::{BatchEvent, BatchReport, FileReport, FileStatus, Summary, TableReport};
pub use shard::{NotAShard, Shard};
pub(crate) use task::{Begun, Task};

use budget::Budget;
use find::{Found, find};
use task::Targets;

use crate::{PoseIoError, atomic, crew};

/// What is done with every file.
pub(crate) trait Work: Sync {
    /// What is known of a file before it is opened, bad ones included.
    fn begin(&self, _report: &mut FileReport) {}

    /// Does it. What is in the report when this fails stays there.
    fn work(&self, task: &Task<'_>, report: &mut FileReport) -> Result<Begun, PoseIoError>;
}

/// How it is done.
pub(crate) struct Batch<'a> {
    pub(crate) search: Search<'a>,
    pub(crate) progress: &'a (dyn Fn(BatchEvent<'_>) + Sync),
}

impl Batch<'_> {
    /// Works on the files of a folder.
    pub(crate) fn run(&self, folder: &Path, work: &dyn Work) -> Result<BatchReport, PoseIoError> {
        let start = Instant::now();
        let BatchOptions { jobs, memory_bytes, shard, stop, .. } = self.search.options;
        let Found { mut sources, swept } = find(folder, &self.search)?;
        let bytes = sources.iter().map(|source| source.bytes).sum();
        (self.progress)(BatchEvent::Found { files: sources.len(), bytes });

        // The largest first, so that none of them is left to run alone at the end.
        sources.sort_by_key(|source| std::cmp::Reverse(source.bytes));
        let (budget, targets) = (Budget::new(*memory_bytes), Targets::default());
        let reports = crew::work_through(&sources, *jobs, |source| {
            if stop.is_asked() {
                return None;
            }
            let task = Task::new(source, stop, &budget, &targets, self.progress);
            let report = task.run(work)?;
            (self.progress)(BatchEvent::Done(&report));
            Some(report)
        });
        let mut files: Vec<FileReport> = reports.into_iter().flatten().collect();
        files.sort_by(|left, right| left.source.cmp(&right.source));
        for failed in bring_names_to_disk(&mut files) {
            (self.progress)(BatchEvent::Done(&files[failed]));
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
        Ok(BatchReport { shard: *shard, files, summary })
    }
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
