//! Targets that are there already.

use std::io;
use std::path::Path;

use pose_frame::{Metadata, PoseTable, Tolerance, first_difference};
use pose_parquet::{ParquetErrorKind, ParquetTable};

use crate::atomic::folder_of;
use crate::open::format_of;
use crate::progress::{OnProgress, Reporting, Stage};
use crate::{Format, PoseIoError, PoseIoErrorKind, verify};

/// Whether there is a target. One that is a link is refused, and so is a name that the file system cannot hold.
pub(crate) fn is_there(target: &Path) -> Result<bool, PoseIoError> {
    match target.symlink_metadata() {
        // What it leads to may be another source's target, and change with that.
        Ok(metadata) if metadata.is_symlink() => {
            let reason = "it is a link".to_owned();
            Err(PoseIoErrorKind::NotReplaced { path: target.to_owned(), reason }.into())
        }
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(PoseIoError::io("cannot be written", target)(error)),
    }
}

/// Compares a target with its source, bit for bit, and gives what the target notes beside its values.
pub(super) fn compare(
    source: &dyn PoseTable,
    target: &Path,
    progress: OnProgress<'_>,
) -> Result<Metadata, PoseIoError> {
    let existing = ParquetTable::open(target).map_err(PoseIoError::format)?;
    let source = Reporting { table: source, stage: Stage::Verifying, progress };
    match first_difference(&source, &existing, Tolerance::BitForBit)? {
        None => Ok(existing.schema().metadata().clone()),
        Some(difference) => {
            Err(PoseIoErrorKind::ExistsAndDiffers { path: target.to_owned(), difference }.into())
        }
    }
}

/// Whether a target that is not what its source says may be replaced in a forced run. What is no Parquet file, or was
/// made from another table, may be the only copy of it.
pub(super) fn may_replace(target: &Path, source: &dyn PoseTable) -> Result<(), PoseIoError> {
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

/// Whether a Parquet file that was made from a source, which is gone, stands in the source's folder and can be read.
pub(super) fn is_whole_target_of(source: &Path) -> bool {
    let Some(name) = source.file_name().map(|name| name.to_string_lossy()) else { return false };
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let entries = std::fs::read_dir(folder_of(source)).into_iter().flatten().flatten();
    let mut candidates = entries.map(|entry| entry.path()).filter(|path| {
        Format::of_name(path) == Some(Format::Parquet)
            && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&*stem))
    });
    candidates.any(|path| {
        let table = ParquetTable::open(&path).ok();
        let from_it = |table: &ParquetTable| {
            table.schema().metadata().source.as_ref().is_some_and(|from| from.name == name)
        };
        table.filter(from_it).is_some_and(|table| verify::read_through(&table).is_ok())
    })
}
