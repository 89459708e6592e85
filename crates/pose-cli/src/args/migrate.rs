//! What `pose migrate` and `pose verify` take.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::{BatchArgs, Profile};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose migrate my-project --dry-run
  pose migrate my-project --report my-project.jsonl --remove-source
  pose migrate /lab/archive --shard 3/16 --report reports/3.jsonl
  pose migrate --merge-reports reports/*.jsonl -o archive.jsonl

Ctrl-C ends it after the files that it is at work on; once more, and it ends at once. The next run goes on where it was.")]
pub(crate) struct MigrateArgs {
    /// The folder.
    #[arg(required_unless_present = "merge_reports")]
    pub(crate) folder: Option<PathBuf>,
    /// Which file names to take, such as '*_el.h5'; all of *.h5, *.hdf5 and *.hdf by default.
    #[arg(long)]
    pub(crate) pattern: Option<String>,
    #[command(flatten)]
    pub(crate) batch: BatchArgs,
    /// Remove each HDF5 file once all its tables are on disk as Parquet and equal it bit for bit. One beside which a CSV of its
    /// name says something else is kept.
    #[arg(long)]
    pub(crate) remove_source: bool,
    /// What the Parquet files are made for.
    #[arg(long, value_enum)]
    pub(crate) profile: Option<Profile>,
    /// Replace Parquet files that are there already and are other tables, or do not note what the files beside their
    /// sources say now.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
    /// Put reports of several runs of one folder together, and migrate nothing.
    #[arg(long, num_args = 1.., value_name = "REPORT", conflicts_with_all = ["folder", "report", "shard", "dry_run", "remove_source"])]
    pub(crate) merge_reports: Vec<PathBuf>,
    /// Where to write them as one report.
    #[arg(long, short, value_name = "FILE", requires = "merge_reports")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose verify my-project
  pose verify my-project --report my-project.jsonl --json
  pose verify mouse1.pack

Where the source of a file is beside it, the two are compared bit for bit. Where it is gone, the file is held against the
report, or read through, which checks the checksums in it. Of a packed table every file is held against its checksum, and everything is
decoded.")]
pub(crate) struct VerifyArgs {
    /// Parquet files, packed tables, or folders with some.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Reports of the migration, or of packing: what hashes the files had when they were written, and which there should be.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
    /// How many files to check at once; by default two more than there are processors.
    #[arg(long, short)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Name every file, not only those that failed.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}
