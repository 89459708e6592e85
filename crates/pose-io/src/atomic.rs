//! Files that appear whole or not at all.

#[cfg(all(feature = "hdf5", feature = "parquet"))]
mod parked;
mod temporary;

use std::fs::File;
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub(crate) use self::parked::{Parked, is_parked, put_back_parked};
pub use self::temporary::discard_temporaries;
#[cfg(all(feature = "hdf5", feature = "parquet"))]
pub(crate) use self::temporary::sweep;
use self::temporary::{Listed, is_temporary_name};
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
/// Dropped before [`commit`](Self::commit), it is removed again and the target stays as it was. Until then it is locked,
/// so that others can tell it from one whose writer was killed; [`discard_temporaries`] removes those of a program that is
/// about to end at once.
#[derive(Debug)]
pub struct AtomicFile {
    temporary: NamedTempFile,
    listed: Listed,
    target: PathBuf,
    existing: Existing,
    /// The target that was copied, open and locked against other programs until the new one is in its place.
    copied: Option<File>,
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
        let (temporary, listed) =
            temporary::create(folder_of(target)).map_err(PoseIoError::io("cannot be written", target))?;
        Ok(Self { temporary, listed, target: target.to_owned(), existing, copied: None })
    }

    /// Starts a file with the content of a target that is there, to be changed and put in its place. Until then the
    /// target is locked, as libhdf5 locks files that it writes to. Of a link it is the file that it leads to.
    ///
    /// # Errors
    ///
    /// When the target may not be written to, is in use by another program, has several names, of which only one
    /// would lead to the new file, or belongs to someone to whom the new file cannot be given.
    pub fn copy_of(target: &Path) -> Result<Self, PoseIoError> {
        Self::copy_of_telling(target, &|_, _| {})
    }

    /// The same, telling how many bytes were copied, and of how many.
    pub(crate) fn copy_of_telling(target: &Path, progress: &dyn Fn(u64, u64)) -> Result<Self, PoseIoError> {
        // The kernel copies, as much as this at once.
        const AT_ONCE: u64 = 16 << 20;
        let target = target.canonicalize().map_err(PoseIoError::io("cannot be read", target))?;
        let failed = |error| PoseIoError::io("cannot be added to", &target)(error);
        let mut source = File::options().read(true).write(true).open(&target).map_err(failed)?;
        match source.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(PoseIoErrorKind::InUse { path: target }.into());
            }
            // Some network file systems know no locks; libhdf5 then does without too.
            Err(std::fs::TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
            Err(std::fs::TryLockError::Error(error)) => return Err(failed(error)),
        }
        // Whoever held the lock before may have put another file in its place.
        if !is_at(&source, &target).map_err(failed)? {
            return Err(PoseIoErrorKind::InUse { path: target }.into());
        }
        refuse_other_names(&source, &target)?;
        let mut file = Self::create(&target, Existing::Replace)?;
        let num_bytes = source.metadata().map_err(failed)?.len();
        let mut bytes = 0;
        loop {
            let mut next = (&mut source).take(AT_ONCE);
            match io::copy(&mut next, file.temporary.as_file_mut()).map_err(failed)? {
                0 => break,
                copied => bytes += copied,
            }
            progress(bytes, num_bytes);
        }
        give_to_owner_of(&source, file.temporary.as_file()).map_err(failed)?;
        file.copied = Some(source);
        Ok(file)
    }

    /// Whether this began as a [copy](Self::copy_of) of its target.
    #[cfg(any(feature = "hdf5", feature = "nwb"))]
    pub(crate) fn is_copy(&self) -> bool {
        self.copied.is_some()
    }

    /// The file itself, for writers that do not write from its beginning to its end.
    #[cfg(any(feature = "hdf5", feature = "nwb"))]
    pub(crate) fn handle(&self) -> io::Result<File> {
        self.temporary.as_file().try_clone()
    }

    /// Whether a file has the name of one that is being written, or was when its writer ended.
    #[must_use]
    pub fn is_temporary(path: &Path) -> bool {
        path.file_name().is_some_and(|name| is_temporary_name(&name.to_string_lossy()))
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
        let Self { temporary, listed, target, existing, copied } = self;
        temporary.as_file().sync_all().map_err(PoseIoError::io("cannot be brought to disk", &target))?;
        if let Some(copied) = &copied
            && !is_at(copied, &target).map_err(PoseIoError::io("cannot be read", &target))?
        {
            return Err(PoseIoErrorKind::InUse { path: target }.into());
        }
        let named = match existing {
            Existing::Replace => temporary.persist(&target),
            Existing::Keep => temporary.persist_noclobber(&target),
        };
        named.map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => PoseIoErrorKind::Exists { path: target.clone() }.into(),
            _ => PoseIoError::io("cannot be written", &target)(error.error),
        })?;
        // Only now may others have the lock.
        drop((copied, listed));
        Ok(())
    }
}

/// Whether an open file is the one that has a name now.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (open, named) = (file.metadata()?, path.metadata()?);
    Ok((open.dev(), open.ino()) == (named.dev(), named.ino()))
}

/// Elsewhere a file that is open cannot be replaced.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

#[cfg(unix)]
fn refuse_other_names(file: &File, path: &Path) -> Result<(), PoseIoError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(PoseIoError::io("cannot be read", path))?;
    if metadata.nlink() > 1 {
        let names = metadata.nlink();
        return Err(PoseIoErrorKind::SeveralNames { path: path.to_owned(), names }.into());
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_other_names(_: &File, _: &Path) -> Result<(), PoseIoError> {
    Ok(())
}

/// Lets everyone do with a new file what they could do with the old one.
fn give_to_owner_of(old: &File, new: &File) -> io::Result<()> {
    let metadata = old.metadata()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};
        let given = new.metadata()?;
        if (given.uid(), given.gid()) != (metadata.uid(), metadata.gid()) {
            fchown(new, Some(metadata.uid()), Some(metadata.gid()))?;
        }
    }
    new.set_permissions(metadata.permissions())
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn a_copy_is_told_of_while_it_is_made_and_has_the_same_bytes() -> Result<(), Box<dyn std::error::Error>> {
        const LEN: u64 = (40 << 20) + 1;
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("archive.h5");
        let mut file = File::create(&path)?;
        file.write_all(b"begins")?;
        // The rest are zeros that take no room.
        file.set_len(LEN)?;
        let told = Mutex::new(Vec::new());
        let tell = |bytes, num_bytes| told.lock().expect("no panic").push((bytes, num_bytes));
        let copy = AtomicFile::copy_of_telling(&path, &tell)?;
        assert_eq!(std::fs::read(copy.temporary_path())?, std::fs::read(&path)?);
        let told = told.into_inner()?;
        assert!(told.len() > 1 && told.is_sorted(), "{told:?}");
        assert_eq!(told.last(), Some(&(LEN, LEN)));
        Ok(())
    }
}
