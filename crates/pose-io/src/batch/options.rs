//! Which files of a folder are worked on, and how many at once.

use std::num::NonZeroUsize;

use super::Shard;
use crate::Stop;

/// How much memory files take together by default: 1 GiB.
pub const DEFAULT_BATCH_MEMORY_BYTES: u64 = 1 << 30;

/// Which files of a folder are worked on, and how many at once, whatever is done with them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchOptions {
    /// Which file names to take, with `*` and `?`; by default those that the work is about.
    pub pattern: Option<String>,
    /// Whether to look into the folders below.
    pub subfolders: Subfolders,
    /// How many files are worked on at once; by default two more than there are processors, since some of them are waiting for
    /// the disk.
    pub jobs: Option<NonZeroUsize>,
    /// How much memory the files that are worked on at once take together, about, by what their size and schema let
    /// expect: [`DEFAULT_BATCH_MEMORY_BYTES`] by default. A file that needs more is worked on alone.
    pub memory_bytes: u64,
    /// Which of the files to take: all by default.
    pub shard: Option<Shard>,
    /// Through which it can be asked to end early.
    pub stop: Stop,
    /// Whether to write at all.
    pub rehearsal: Rehearsal,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            pattern: None,
            subfolders: Subfolders::Enter,
            jobs: None,
            memory_bytes: DEFAULT_BATCH_MEMORY_BYTES,
            shard: None,
            stop: Stop::default(),
            rehearsal: Rehearsal::Write,
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
