//! Files that are about to be removed, out of everyone's reach.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::RwLockReadGuard;

use tempfile::TempPath;

use super::{folder_of, temporary};

const SUFFIX: &str = ".parked";

/// Beside the file. A folder cannot be locked over NFS, a file can.
const LOCK: &str = ".lock";

/// A file in a folder of its own beside its place, where nobody looks for it. It keeps its name there, so that it can be
/// put back even when the program is killed meanwhile: [`put_back_parked`].
pub(crate) struct Parked {
    folder: PathBuf,
    path: PathBuf,
    place: PathBuf,
    /// Locked, so that no other program puts the file back meanwhile.
    _lock: File,
    _not_ending: RwLockReadGuard<'static, ()>,
}

impl Parked {
    /// Takes a file from its place.
    pub(crate) fn park(place: &Path) -> io::Result<Self> {
        const ATTEMPTS: usize = 16;
        let name = place.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
        let not_ending = temporary::not_ending();
        let prefix = temporary::prefix();
        let mut builder = tempfile::Builder::new();
        builder.prefix(&prefix).suffix(SUFFIX);
        for _ in 0..ATTEMPTS {
            let folder = builder.tempdir_in(folder_of(place))?.keep();
            let lock_path = folder.join(LOCK);
            let lock = match File::options().create(true).truncate(false).write(true).open(&lock_path) {
                Ok(lock) => lock,
                // Swept up already.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            if !temporary::is_held(&lock, &lock_path)? {
                continue;
            }
            let path = folder.join(name);
            if let Err(error) = fs::rename(place, &path) {
                clear(&folder);
                return Err(error);
            }
            let place = place.to_owned();
            return Ok(Self { folder, path, place, _lock: lock, _not_ending: not_ending });
        }
        Err(io::Error::new(io::ErrorKind::ResourceBusy, "its folder is swept up by another program"))
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the file. One that cannot be removed is put back.
    pub(crate) fn remove(self) -> io::Result<()> {
        if let Err(error) = fs::remove_file(&self.path) {
            self.put_back().map_err(|(path, _)| {
                let stays = format!("{error}; it is now {}", path.display());
                io::Error::new(error.kind(), stays)
            })?;
            return Err(error);
        }
        clear(&self.folder);
        Ok(())
    }

    /// Puts the file back, unless another one has its name by now: then it stays here, and its path is given.
    pub(crate) fn put_back(self) -> Result<(), (PathBuf, io::Error)> {
        move_to(&self.path, &self.place).map_err(|error| (self.path.clone(), error))?;
        clear(&self.folder);
        Ok(())
    }
}

/// Removes a folder in which nothing is parked any more. Whoever finds one later does it too.
fn clear(folder: &Path) {
    let _ = fs::remove_file(folder.join(LOCK));
    let _ = fs::remove_dir(folder);
}

/// Whether a folder has the name of one that files are parked in.
pub(crate) fn is_parked(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".pose-") && name.ends_with(SUFFIX)
}

/// Puts back what a program that was killed had parked in a folder, and removes the folder. Gives the files that are in
/// their place again, and an error for each that is not, because another one is there.
///
/// A folder whose program is at work is left as it is.
#[cfg(unix)]
pub(crate) fn put_back_parked(folder: &Path) -> (Vec<PathBuf>, Vec<(PathBuf, io::Error)>) {
    let (mut back, mut failed) = (Vec::new(), Vec::new());
    if !folder.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return (back, failed);
    }
    let lock_path = folder.join(LOCK);
    let Ok(lock) = File::options().read(true).write(true).open(&lock_path) else {
        // Nothing is parked before there is a lock, or after.
        let _ = fs::remove_dir(folder);
        return (back, failed);
    };
    if !temporary::is_left_behind(&lock, &lock_path, folder) {
        return (back, failed);
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name() != LOCK) {
        let place = folder_of(folder).join(entry.file_name());
        match move_to(&entry.path(), &place) {
            Ok(()) => back.push(place),
            Err(error) => failed.push((entry.path(), error)),
        }
    }
    if failed.is_empty() {
        clear(folder);
    }
    (back, failed)
}

/// Where locks do not tell whether a program is at work, nothing is put back: what is parked is named.
#[cfg(not(unix))]
pub(crate) fn put_back_parked(folder: &Path) -> (Vec<PathBuf>, Vec<(PathBuf, io::Error)>) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let error = || io::Error::new(io::ErrorKind::Unsupported, "it may be in use");
    (
        Vec::new(),
        entries.filter(|entry| entry.file_name() != LOCK).map(|entry| (entry.path(), error())).collect(),
    )
}

/// Gives a file another name, unless that is taken.
fn move_to(from: &Path, to: &Path) -> io::Result<()> {
    let from = TempPath::try_from_path(from)?;
    from.persist_noclobber(to).map_err(|error| {
        // Dropped, it would be removed.
        match error.path.keep() {
            Ok(_) => error.error,
            Err(kept) => kept.error,
        }
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_program_had_parked_is_put_back() {
        let scratch = tempfile::tempdir().expect("there is room");
        let place = scratch.path().join("a.h5");
        fs::write(&place, "values").expect("it can be written");
        let parked = Parked::park(&place).expect("it can be parked");
        assert!(!place.exists() && parked.path().exists());
        let folder = parked.folder.clone();
        assert_eq!(put_back_parked(&folder).0, Vec::<PathBuf>::new(), "its program is at work");
        // As it is when the program is killed: the lock is gone.
        drop(parked);
        assert_eq!(put_back_parked(&folder).0, std::slice::from_ref(&place));
        assert_eq!(fs::read(&place).expect("it is back"), b"values");
        assert!(!folder.exists());
    }

    #[test]
    fn a_parked_file_does_not_replace_one_that_took_its_name() {
        let scratch = tempfile::tempdir().expect("there is room");
        let place = scratch.path().join("a.h5");
        fs::write(&place, "old").expect("it can be written");
        let parked = Parked::park(&place).expect("it can be parked");
        let (path, folder) = (parked.path().to_owned(), parked.folder.clone());
        drop(parked);
        fs::write(&place, "new").expect("it can be written");
        let (back, failed) = put_back_parked(&folder);
        assert_eq!((back.len(), failed.len()), (0, 1));
        assert_eq!(fs::read(&place).expect("it is there"), b"new");
        assert_eq!(fs::read(&path).expect("it is there"), b"old");
    }
}
