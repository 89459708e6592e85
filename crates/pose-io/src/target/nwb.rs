//! Writing an NWB file.

use std::path::Path;

use pose_frame::{Metadata, PoseTable, Tolerance, first_difference};
use pose_nwb::{
    NwbFile, NwbWriteErrorKind, Timing, USUAL_KEY, WriteOptions, append_table, first_lost, lint, write_table,
};

use crate::atomic::folder_of;
use crate::{AtomicFile, PoseIoError, PoseIoErrorKind};

/// How an NWB file is written.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct NwbOptions {
    /// What the crate of the format is told. Metadata are those of the table, with the frame rate of the conversion.
    pub write: WriteOptions,
    /// Seconds from the start of the session to frame 0, where the frame rate says when frames were taken.
    pub start_seconds: f64,
    /// Whether it is added to a file that is there.
    pub append: bool,
}

impl NwbOptions {
    /// The key that the table is noted under.
    pub(super) fn key(&self) -> &str {
        self.write.key.as_deref().unwrap_or(USUAL_KEY)
    }

    fn write_options(&self, metadata: &Metadata) -> WriteOptions {
        let mut options = self.write.clone().with_metadata(metadata.clone());
        if options.timing.is_none() {
            let start_seconds = self.start_seconds;
            options.timing = metadata.frame_rate_hz.map(|hz| {
                let mut timing = Timing::rate(hz);
                if let Timing::Rate { start_seconds: start, .. } = &mut timing {
                    *start = start_seconds;
                }
                timing
            });
        }
        options
    }
}

pub(super) fn write(
    table: &dyn PoseTable,
    metadata: &Metadata,
    options: &NwbOptions,
    file: AtomicFile,
    path: &Path,
) -> Result<AtomicFile, PoseIoError> {
    let failed = PoseIoError::io("cannot be written", path);
    let handle = match file.handle() {
        Ok(handle) => handle,
        Err(error) => return Err(failed(error)),
    };
    let how = options.write_options(metadata);
    let written =
        if file.is_copy() { append_table(table, handle, &how) } else { write_table(table, handle, &how) };
    match written {
        Ok(_) => Ok(file),
        // It names the file that could not be read.
        Err(error) if matches!(error.kind(), NwbWriteErrorKind::Read(_)) => Err(PoseIoError::format(error)),
        Err(error) => {
            Err(PoseIoErrorKind::NotWritten { path: path.to_owned(), source: Box::new(error) }.into())
        }
    }
}

/// What nwbinspector would say of the file.
pub(super) fn findings(
    table: &dyn PoseTable,
    metadata: &Metadata,
    options: &NwbOptions,
    path: &Path,
) -> Vec<String> {
    let findings = lint(table, &options.write_options(metadata), folder_of(path));
    findings.iter().map(ToString::to_string).collect()
}

/// Compares every table of a file, bit for bit, with what a copy of it holds to which one was added, and the places of
/// everything else.
pub(super) fn check_others(path: &Path, copy: &AtomicFile) -> Result<(), PoseIoError> {
    if let Some(lost) = first_lost(path, copy.temporary_path()).map_err(PoseIoError::format)? {
        let what = format!("{lost} is not what it was when a table is added");
        return Err(PoseIoErrorKind::Defect { path: path.to_owned(), what }.into());
    }
    let before = NwbFile::open(path).map_err(PoseIoError::format)?;
    let after = NwbFile::open(copy.temporary_path()).map_err(PoseIoError::format)?;
    for entry in before.tables() {
        // What could not be read before, the copy holds byte for byte.
        let Ok(before) = before.table(Some(&entry.key)) else { continue };
        // A module has more individuals than before.
        let Ok(after) = after.table(Some(&entry.key)) else { continue };
        if before.num_frames() != after.num_frames() || before.schema().columns() != after.schema().columns() {
            continue;
        }
        if let Some(difference) = first_difference(&before, &after, Tolerance::BitForBit)? {
            return Err(PoseIoErrorKind::NotVerified { path: path.to_owned(), difference }.into());
        }
    }
    Ok(())
}
