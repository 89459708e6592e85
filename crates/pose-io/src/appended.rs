//! Whether a file to which a table was added still holds all that it held.

use std::path::Path;

use pose_frame::{Tolerance, first_difference};
use pose_hdf5::Hdf5File;

use crate::{PoseIoError, PoseIoErrorKind};

/// Compares every table of a file, bit for bit, with what a copy of it holds that was added to, and the names of
/// everything else.
pub(crate) fn check_others(before: &Path, after: &Path) -> Result<(), PoseIoError> {
    let old = Hdf5File::open(before).map_err(PoseIoError::format)?;
    let new = Hdf5File::open(after).map_err(PoseIoError::format)?;
    for entry in old.tables().map_err(PoseIoError::format)? {
        // What could not be read before, the copy holds byte for byte.
        let Ok(old) = old.table(Some(&entry.key)) else { continue };
        let new = new.table(Some(&entry.key)).map_err(PoseIoError::format)?;
        if let Some(difference) = first_difference(&old, &new, Tolerance::BitForBit)? {
            return Err(PoseIoErrorKind::NotVerified { path: before.to_owned(), difference }.into());
        }
    }
    let old = old.other_objects().map_err(PoseIoError::format)?;
    let new = new.other_objects().map_err(PoseIoError::format)?;
    if let Some(lost) = old.iter().find(|object| !new.contains(object)) {
        let what = format!("{lost} is lost when a table is added");
        return Err(PoseIoErrorKind::Defect { path: before.to_owned(), what }.into());
    }
    Ok(())
}
