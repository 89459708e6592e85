//! What `pose migrate` and `pose verify` take.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use pose_io::Shard;

use super::Profile;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose migrate my-project --dry-run
  pose migrate my-project --report my-project.jsonl --remove-source
  pose migrate /lab/archive --shard 3/16 --report reports/3.jsonl
  pose migrate --merge-reports reports/*.jsonl -o archive.jsonl

Ctrl-C ends it after the files that it is at work on; once more, and it ends at once. The next run goes on where it was.")]
#[allow(clippy::struct_excessive_bools, reason = "flags of the command line are switches")]
pub(crate) struct MigrateArgs {
    /// The folder.
    #[arg(required_unless_present = "merge_reports")]
    pub(crate) folder: Option<PathBuf>,
    /// Which file names to take, such as '*_el.h5'; all of *.h5, *.hdf5 and *.hdf by default.
    #[arg(long)]
    pub(crate) pattern: Option<String>,
    /// Take the files of the folder itself, not of the folders in it.
    #[arg(long)]
    pub(crate) no_recursive: bool,
    /// How many files to convert at once; by default two more than there are processors.
    #[arg(long, short)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// How much memory the files that are converted at once may take together, about; one that needs more is converted
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
    /// Name every file, not only those that failed.
    #[arg(long, short)]
    pub(crate) verbose: bool,
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

Where the source of a file is beside it, the two are compared bit for bit. Where it is gone, the file is held against the
report, or read through, which checks the checksums in it.")]
pub(crate) struct VerifyArgs {
    /// Parquet files, or folders with some.
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Reports of the migration: what hashes the files had when they were written, and which there should be.
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

/// A size: a number of bytes, or of K, M, G or T of 1024 each; `GiB` and `GB` are the same as `G`.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_uppercase();
    let unit = unit.strip_suffix("IB").or_else(|| unit.strip_suffix('B')).unwrap_or(&unit);
    let shift = match unit {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return Err("not a size, such as 512M or 2G".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "not a size, such as 512M or 2G".to_owned())?;
    let bytes = number.checked_mul(1 << shift).ok_or("more than there can be")?;
    if bytes == 0 { Err("not a size above 0".to_owned()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, bytes) in
            [("1", 1), ("512M", 512 << 20), ("1G", 1 << 30), ("2 GiB", 2 << 30), ("3kb", 3072)]
        {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "G", "-1", "1.5G", "0", "99999999T", "1X", "1GG"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
