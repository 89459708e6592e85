//! Files that appear whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::{PoseIoError, PoseIoErrorKind};

/// What to do when the target is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    #[default]
    Keep,
    /// Put the new file in its place.
    Replace,
}

/// A file that is written beside its target under a temporary name, and gets its name when it is whole and on
/// disk.
///
/// Dropped before [`commit`](Self::commit), it is removed again and the target stays as it was.
#[derive(Debug)]
pub struct AtomicFile {
    temporary: NamedTempFile,
    target: PathBuf,
    existing: Existing,
}

impl AtomicFile {
    /// Starts a file beside its target.
    ///
    /// # Errors
    ///
    /// When the target is there and is to be kept, or the folder cannot be written to.
    pub fn create(target: &Path, existing: Existing) -> Result<Self, PoseIoError> {
        if existing == Existing::Keep && target.symlink_metadata().is_ok() {
            return Err(PoseIoErrorKind::Exists { path: target.to_owned() }.into());
        }
        if target.is_dir() {
            let error = io::Error::new(io::ErrorKind::IsADirectory, "is a directory");
            return Err(PoseIoError::io("cannot be written", target)(error));
        }
        let mut builder = tempfile::Builder::new();
        // Readable by whoever may read files that this user writes, not by the user alone.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder
            .prefix(".pose-")
            .suffix(".tmp")
            .tempfile_in(folder_of(target))
            .map_err(PoseIoError::io("cannot be written", target))?;
        Ok(Self { temporary, target: target.to_owned(), existing })
    }

    /// Where the content is until [`commit`](Self::commit).
    #[must_use]
    pub fn temporary_path(&self) -> &Path {
        self.temporary.path()
    }

    /// Brings the file to disk, gives it its name, and brings the name to disk.
    ///
    /// # Errors
    ///
    /// When one of these fails, or the target appeared meanwhile and is to be kept. The target then is as it was.
    pub fn commit(self) -> Result<(), PoseIoError> {
        let Self { temporary, target, existing } = self;
        temporary.as_file().sync_all().map_err(PoseIoError::io("cannot be brought to disk", &target))?;
        let named = match existing {
            Existing::Replace => temporary.persist(&target),
            Existing::Keep => temporary.persist_noclobber(&target),
        };
        named.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => PoseIoErrorKind::Exists { path: target.clone() }.into(),
            _ => PoseIoError::io("cannot be written", &target)(error.error),
        })?;
        sync_folder(folder_of(&target)).map_err(PoseIoError::io("cannot be brought to disk", &target))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.temporary.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// Removes a file and brings its absence to disk.
#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub(crate) fn remove(path: &Path) -> Result<(), PoseIoError> {
    std::fs::remove_file(path).map_err(PoseIoError::io("cannot be removed", path))?;
    sync_folder(folder_of(path)).map_err(PoseIoError::io("cannot be brought to disk", path))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// On Unix a new name is on disk only when its folder is. Windows writes names at once, and opens no folders.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}
