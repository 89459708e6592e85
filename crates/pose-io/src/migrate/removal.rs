//! Removing sources that are migrated.

use std::io;
use std::path::Path;

use super::source::SourceFile;
use crate::atomic::{self, Parked};
use crate::batch::{FileReport, FileStatus, Identity, Witness, is_gone};
use crate::{PoseIoError, PoseIoErrorKind};

/// Removes a source all of whose tables are verified. One that holds more than they, or is not what it was when it was
/// read, is kept, and the reason is reported.
pub(super) fn remove_source(witness: &Witness<'_>, report: &mut FileReport) {
    let path = report.source.clone();
    match try_remove(&path, witness, report) {
        Ok(()) => report.source_removed = true,
        // Another migration of the folder was quicker.
        Err(_) if is_gone(&path) => {}
        Err(error) => {
            report.status = FileStatus::Failed;
            report.reason = Some(error.to_string());
        }
    }
}

fn try_remove(path: &Path, witness: &Witness<'_>, report: &FileReport) -> Result<(), PoseIoError> {
    let others = SourceFile::open(path)?.other_objects()?;
    if !others.is_empty() {
        let reason = format!("it also holds what is no table: {}", others.join(", "));
        return Err(PoseIoErrorKind::NotRemoved { path: path.to_owned(), reason }.into());
    }
    // A target that was found to be up to date may have been written by a program that did not sync it.
    report.tables.iter().try_for_each(|table| atomic::sync(&table.target))?;
    witness.check_bytes()?;
    remove_unchanged(path, &witness.identity)
}

/// Removes a source if it still is the file that was read, and not one that took its name. So that none can take it
/// between the look and the removal, the file is looked at where nobody knows it.
fn remove_unchanged(path: &Path, identity: &Identity) -> Result<(), PoseIoError> {
    let failed = |error: io::Error| PoseIoError::io("cannot be removed", path)(error);
    let parked = Parked::park(path).map_err(failed)?;
    let now = parked.path().metadata().map(|metadata| Identity::of(&metadata));
    if now.is_ok_and(|now| now == *identity) {
        // Should the removal not reach the disk, the file is there again after a crash; nothing is lost.
        return parked.remove().map_err(failed);
    }
    let reason = match parked.put_back() {
        Ok(()) => "it has changed meanwhile".to_owned(),
        Err((kept, _)) => format!("it has changed meanwhile, twice; one of them is now {}", kept.display()),
    };
    Err(PoseIoErrorKind::NotRemoved { path: path.to_owned(), reason }.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_took_the_name_of_a_source_is_not_removed() {
        let scratch = tempfile::tempdir().expect("there is room");
        let path = scratch.path().join("a.h5");
        std::fs::write(&path, "as it was found").expect("it can be written");
        let identity = |path: &Path| Identity::of(&path.metadata().expect("it is there"));
        let before = identity(&path);
        std::fs::write(&path, "as someone else wrote it").expect("it can be written");
        let error = remove_unchanged(&path, &before).expect_err("it is another file");
        assert!(error.to_string().contains("changed meanwhile"), "{error}");
        assert_eq!(std::fs::read(&path).expect("it is back"), b"as someone else wrote it");
        let files = std::fs::read_dir(scratch.path()).expect("it lists").count();
        assert_eq!(files, 1, "and nothing else");

        remove_unchanged(&path, &identity(&path)).expect("it is the file that was found");
        assert!(!path.exists());
    }
}
