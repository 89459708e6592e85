//! What happened to the files of a folder.

use std::path::PathBuf;

use pose_frame::Project;
use pose_project::FileRole;
use serde::{Deserialize, Serialize};

use super::Shard;
use crate::migrate::CsvTwin;
use crate::path_text;

/// What happened to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FileStatus {
    /// It was converted, read back and compared bit for bit.
    Migrated,
    /// It was packed, read back and compared, within what its recipe promises.
    Packed,
    /// It was migrated before, and the Parquet file still equals it bit for bit; or it was packed before by the same recipe, and what the
    /// pack holds is as far from it as it was then.
    UpToDate,
    /// It was not migrated or packed; the reason says why.
    Failed,
    /// It would be migrated or packed.
    Planned,
    /// It was removed after it had been found, as another migration of the folder does, and the Parquet file that was made
    /// of it can be read.
    AlreadyRemoved,
}

/// One table of a file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TableReport {
    /// Its key in the source.
    pub key: String,
    /// The Parquet file or the packed folder that holds it.
    #[serde(serialize_with = "path_text::serialize")]
    pub target: PathBuf,
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// Size of the target in bytes; 0 while it is only planned.
    pub target_bytes: u64,
    /// The BLAKE3 hash of the target, in hexadecimal; of a packed folder that of its manifest, which has those of the other files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_blake3: Option<String>,
    /// What the file is for in a project.
    pub role: FileRole,
    /// The project that it is of, where a `config.yaml` in the folder or one above it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<Project>,
    /// What could not be used of the files beside the source, and so is not noted in the target; also that the table has
    /// not as many rows as its video has frames.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What the files beside the source say now and the target, which holds the same values, does not: names of fields of
    /// [`Metadata`](pose_frame::Metadata). A forced run writes it anew with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub news: Vec<String>,
    /// Of a packed table the largest difference of a finite value from the source, as it was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_error: Option<f64>,
}

/// What happened to one file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FileReport {
    /// The file.
    #[serde(serialize_with = "path_text::serialize")]
    pub source: PathBuf,
    /// Its path below the folder, with `/` between names on every system.
    #[serde(default)]
    pub relative: String,
    /// The BLAKE3 hash of its bytes, in hexadecimal, as far as they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_blake3: Option<String>,
    /// The CSV file of its name beside it, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub csv_twin: Option<CsvTwin>,
    /// The target of its table, or of the first one where it holds several.
    #[serde(serialize_with = "path_text::serialize_option")]
    pub target: Option<PathBuf>,
    /// What happened.
    pub status: FileStatus,
    /// Why it failed, or why it was kept although it is migrated and was to be removed.
    pub reason: Option<String>,
    /// Whether the source was removed.
    pub source_removed: bool,
    /// Rows of all its tables.
    pub rows: usize,
    /// Columns of all its tables.
    pub columns: usize,
    /// Size of the source in bytes.
    pub source_bytes: u64,
    /// Size of the targets in bytes.
    pub target_bytes: u64,
    /// How long it took in seconds, verification included.
    pub seconds: f64,
    /// When it was done, in seconds since 1970, by the clock of the machine.
    #[serde(default)]
    pub finished: f64,
    /// The tables in it.
    pub tables: Vec<TableReport>,
}

/// What happened to all files. Sizes and rows are of the files that are migrated, packed or up to date.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Summary {
    /// Files that were found.
    pub found: usize,
    /// Files that were converted and verified.
    pub migrated: usize,
    /// Files that were packed and verified.
    #[serde(skip_serializing_if = "is_zero")]
    pub packed: usize,
    /// Files that were migrated or packed before and verified again.
    pub up_to_date: usize,
    /// Files that were not migrated or packed.
    pub failed: usize,
    /// Files that would be migrated or packed.
    pub planned: usize,
    /// Files that another program removed, and of which the Parquet file can be read.
    pub already_removed: usize,
    /// Files that were not begun, because it was asked to stop.
    pub not_begun: usize,
    /// Temporary files of programs that had been killed, which were removed.
    pub swept: usize,
    /// Files whose Parquet file holds the same values, but not what the files beside them say now.
    pub with_news: usize,
    /// Rows.
    pub rows: usize,
    /// Size of the sources in bytes.
    pub source_bytes: u64,
    /// Size of the targets in bytes.
    pub target_bytes: u64,
    /// How long it all took, in seconds.
    pub seconds: f64,
}

/// What happened, file by file and together.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct BatchReport {
    /// Which part of the folder's files these are, where it is not all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The files, sorted by their path.
    pub files: Vec<FileReport>,
    /// All together.
    pub summary: Summary,
}

/// How far work on a folder is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum BatchEvent<'a> {
    /// The files are known: their number, and the bytes in them.
    Found {
        /// How many.
        files: usize,
        /// Bytes of all of them.
        bytes: u64,
    },
    /// Work on some file has got on: by this share of its bytes. The shares add up to the bytes that were found.
    Advanced {
        /// How many.
        bytes: u64,
    },
    /// A file is done with, one way or the other. One whose name cannot be brought to disk in the end is told again.
    Done(&'a FileReport),
}

/// Migrations pack nothing, and their reports do not say so each time.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference to the field")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Summary {
    pub(super) fn add(&mut self, file: &FileReport) {
        match file.status {
            FileStatus::Migrated => self.migrated += 1,
            FileStatus::Packed => self.packed += 1,
            FileStatus::UpToDate => self.up_to_date += 1,
            FileStatus::Planned => self.planned += 1,
            FileStatus::AlreadyRemoved => self.already_removed += 1,
            FileStatus::Failed => {
                self.failed += 1;
                return;
            }
        }
        self.with_news += usize::from(file.tables.iter().any(|table| !table.news.is_empty()));
        self.rows += file.rows;
        self.source_bytes += file.source_bytes;
        self.target_bytes += file.target_bytes;
    }
}
