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
    /// What the target was when it was copied.
    copied: Option<Stamp>,
}

/// What tells a file that has been changed from one that has not.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    bytes: u64,
    modified: Option<std::time::SystemTime>,
}

impl Stamp {
    fn of(path: &Path) -> io::Result<Self> {
        let metadata = path.metadata()?;
        Ok(Self { bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

const PREFIX: &str = ".pose-";
const SUFFIX: &str = ".tmp";

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
            .prefix(PREFIX)
            .suffix(SUFFIX)
            .tempfile_in(folder_of(target))
            .map_err(PoseIoError::io("cannot be written", target))?;
        Ok(Self { temporary, target: target.to_owned(), existing, copied: None })
    }

    /// Starts a file with the content of its target, and what may be done with that, to be changed and put in its
    /// place.
    ///
    /// # Errors
    ///
    /// When the target cannot be read or its folder cannot be written to.
    pub fn copy_of(target: &Path) -> Result<Self, PoseIoError> {
        let read = |error| PoseIoError::io("cannot be read", target)(error);
        let stamp = Stamp::of(target).map_err(read)?;
        let mut source = File::open(target).map_err(read)?;
        let permissions = source.metadata().map_err(read)?.permissions();
        if permissions.readonly() {
            let error = io::Error::new(io::ErrorKind::PermissionDenied, "is read-only");
            return Err(PoseIoError::io("cannot be written", target)(error));
        }
        let mut file = Self::create(target, Existing::Replace)?;
        let write = |error| PoseIoError::io("cannot be written", target)(error);
        io::copy(&mut source, file.temporary.as_file_mut()).map_err(write)?;
        file.temporary.as_file().set_permissions(permissions).map_err(write)?;
        file.copied = Some(stamp);
        Ok(file)
    }

    /// The file itself, for writers that do not write from its beginning to its end.
    #[cfg(feature = "hdf5")]
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.temporary.as_file().try_clone()
    }

    /// Whether a file has the name of one that is being written, or was when its writer ended.
    #[must_use]
    pub fn is_temporary(path: &Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
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
    /// When one of these fails, or the target appeared meanwhile and is to be kept. The target then is as it was;
    /// only when the last step fails, which the error says, it is the new one.
    pub fn commit(self) -> Result<(), PoseIoError> {
        let target = self.target.clone();
        // Opened before the target is touched: whoever may not open it would learn too late.
        let folder =
            Folder::open(folder_of(&target)).map_err(PoseIoError::io("cannot be written", &target))?;
        self.name()?;
        folder.sync().map_err(PoseIoError::io("is in place, but its name cannot be brought to disk", &target))
    }

    /// Brings the file to disk and gives it its name. Whoever names many files brings the names to disk together.
    pub(crate) fn name(self) -> Result<(), PoseIoError> {
        let Self { temporary, target, existing, copied } = self;
        temporary.as_file().sync_all().map_err(PoseIoError::io("cannot be brought to disk", &target))?;
        if let Some(copied) = copied
            && Stamp::of(&target).is_ok_and(|now| now != copied)
        {
            return Err(PoseIoErrorKind::ChangedMeanwhile { path: target }.into());
        }
        let named = match existing {
            Existing::Replace => temporary.persist(&target),
            Existing::Keep => temporary.persist_noclobber(&target),
        };
        named.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => PoseIoErrorKind::Exists { path: target.clone() }.into(),
            _ => PoseIoError::io("cannot be written", &target)(error.error),
        })?;
        Ok(())
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

/// Brings the names of the files in a folder to disk.
#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub(crate) fn sync_names(folder: &Path) -> Result<(), PoseIoError> {
    let synced = Folder::open(folder).and_then(|folder| folder.sync());
    synced.map_err(PoseIoError::io("the names in it cannot be brought to disk", folder))
}

/// Gives a file a name that nobody knows, in its folder. Dropping it removes it.
#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub(crate) fn park(path: &Path) -> io::Result<NamedTempFile<()>> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX).suffix(SUFFIX).make_in(folder_of(path), |parked| std::fs::rename(path, parked))
}

/// Brings a file that is there to disk, and its name.
#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub(crate) fn sync(path: &Path) -> Result<(), PoseIoError> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    let synced = synced.and_then(|()| Folder::open(folder_of(path))?.sync());
    synced.map_err(PoseIoError::io("cannot be brought to disk", path))
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// On Unix a new name is on disk only when its folder is. Windows writes names at once, and opens no folders.
struct Folder(Option<File>);

impl Folder {
    fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self(if cfg!(unix) { Some(File::open(folder)?) } else { None }))
    }

    fn sync(&self) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), File::sync_all)
    }
}
