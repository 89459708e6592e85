//! What verbs take that work on every file below a folder.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use pose_io::{BatchOptions, Rehearsal, Shard, Stop, Subfolders};

use super::size::size;

#[derive(Debug, clap::Args)]
pub(crate) struct BatchArgs {
    /// Take the files of the folder itself, not of the folders in it.
    #[arg(long)]
    pub(crate) no_recursive: bool,
    /// How many files to work on at once; by default two more than there are processors.
    #[arg(long, short)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// How much memory the files that are worked on at once may take together, about; one that needs more is worked on
    /// alone.
    #[arg(long, value_parser = size, default_value = "1G", value_name = "SIZE")]
    pub(crate) memory: u64,
    /// Take only one part of the files, such as 3/16, so that several machines share the work. Which part a file is of is
    /// told from its path below the folder.
    #[arg(long, value_name = "N/OF")]
    pub(crate) shard: Option<Shard>,
    /// Write a report as JSON lines, one for each file as soon as it is done. A report that is there is added to.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Name every file, not only those that failed.
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

impl BatchArgs {
    /// What they ask for, of files of these names.
    pub(crate) fn options(&self, pattern: Option<&String>, stop: &Stop) -> BatchOptions {
        let mut options = BatchOptions::default();
        options.pattern = pattern.cloned();
        options.jobs = self.jobs;
        options.memory_bytes = self.memory;
        options.shard = self.shard;
        options.stop = stop.clone();
        if self.no_recursive {
            options.subfolders = Subfolders::Skip;
        }
        if self.dry_run {
            options.rehearsal = Rehearsal::DryRun;
        }
        options
    }
}
