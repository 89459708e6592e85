//! Writing a table of an HDF5 file.

use std::path::Path;

use pose_frame::{Metadata, PoseTable, Tolerance, first_difference};
use pose_hdf5::{
    Compression, Hdf5File, Hdf5WriteErrorKind, Storage, USUAL_KEY, WriteOptions, append_table, write_table,
};

use crate::{AtomicFile, PoseIoError, PoseIoErrorKind};

/// How an HDF5 file is written.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Hdf5Options {
    /// The key of the table. By default the one that it had in the HDF5 file it came from, otherwise
    /// `df_with_missing`.
    pub key: Option<String>,
    /// How it is stored: what suits by default.
    pub storage: Option<Storage>,
    /// How it is compressed: not at all by default.
    pub compression: Compression,
    /// Whether it is added to the tables of a file that is there.
    pub append: bool,
}

pub(super) fn key(metadata: &Metadata, options: &Hdf5Options) -> String {
    let before = metadata.source.as_ref().and_then(|source| source.key.clone());
    options.key.clone().or(before).unwrap_or_else(|| USUAL_KEY.to_owned())
}

pub(super) fn write(
    table: &dyn PoseTable,
    metadata: &Metadata,
    options: &Hdf5Options,
    file: AtomicFile,
    path: &Path,
) -> Result<AtomicFile, PoseIoError> {
    let failed = PoseIoError::io("cannot be written", path);
    let handle = match file.handle() {
        Ok(handle) => handle,
        Err(error) => return Err(failed(error)),
    };
    let how = WriteOptions::default()
        .with_key(key(metadata, options))
        .with_storage(options.storage)
        .with_compression(options.compression)
        .with_metadata(metadata.clone());
    let written =
        if file.is_copy() { append_table(table, handle, &how) } else { write_table(table, handle, &how) };
    match written {
        Ok(_) => Ok(file),
        // It names the file that could not be read.
        Err(error) if matches!(error.kind(), Hdf5WriteErrorKind::Read(_)) => Err(PoseIoError::format(error)),
        Err(error) => {
            Err(PoseIoErrorKind::NotWritten { path: path.to_owned(), source: Box::new(error) }.into())
        }
    }
}

/// Compares every table of a file, bit for bit, with what a copy of it holds to which one was added, and the names
/// of everything else.
pub(super) fn check_others(path: &Path, copy: &AtomicFile) -> Result<(), PoseIoError> {
    let before = Hdf5File::open(path).map_err(PoseIoError::format)?;
    let after = Hdf5File::open(copy.temporary_path()).map_err(PoseIoError::format)?;
    for entry in before.tables().map_err(PoseIoError::format)? {
        // What could not be read before, the copy holds byte for byte.
        let Ok(before) = before.table(Some(&entry.key)) else { continue };
        let after = after.table(Some(&entry.key)).map_err(PoseIoError::format)?;
        if let Some(difference) = first_difference(&before, &after, Tolerance::BitForBit)? {
            return Err(PoseIoErrorKind::NotVerified { path: path.to_owned(), difference }.into());
        }
    }
    let before = before.other_objects().map_err(PoseIoError::format)?;
    let after = after.other_objects().map_err(PoseIoError::format)?;
    if let Some(lost) = before.iter().find(|object| !after.contains(object)) {
        let what = format!("{lost} is lost when a table is added");
        return Err(PoseIoErrorKind::Defect { path: path.to_owned(), what }.into());
    }
    Ok(())
}
