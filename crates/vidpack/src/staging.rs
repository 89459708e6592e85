//! Folders that appear whole or not at all.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Error, ErrorKind};

/// What to do when there is something of the pack's name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    #[default]
    Keep,
    /// Put the new pack in its place once that is whole. Only a pack is replaced, nothing else.
    Replace,
}

/// What the names of folders that are being filled begin and end with.
const PREFIX: &str = ".vidpack-";
const SUFFIX: &str = ".tmp";

/// What the names of packs begin with that were put aside for a new one. Nobody but their writer removes them: if it
/// is killed in between, one of these is the only whole pack there is.
const ASIDE_PREFIX: &str = ".vidpack-replaced-";

/// A folder that is filled beside its target, and gets its name when what it holds is whole and on disk.
///
/// Dropped before [`commit`](Self::commit), it is removed again. One whose writer was killed stays behind; the next
/// that is made in the same place removes it, as nobody holds its lock any more.
#[derive(Debug)]
pub(crate) struct Staging {
    folder: PathBuf,
    target: PathBuf,
    existing: Existing,
    /// The folder itself, locked as long as this process fills it. Windows opens no folders.
    lock: Option<File>,
}

impl Staging {
    /// Starts a folder beside its target. `is_pack` tells what may be replaced.
    pub(crate) fn create(
        target: &Path,
        existing: Existing,
        is_pack: impl Fn(&Path) -> bool,
    ) -> Result<Self, Error> {
        let Some(name) = target.file_name() else {
            return Err(failed("cannot be written", target)(io::ErrorKind::InvalidInput.into()));
        };
        if target.symlink_metadata().is_ok() && (existing == Existing::Keep || !is_pack(target)) {
            return Err(ErrorKind::Exists { path: target.to_owned() }.into());
        }
        let parent = parent_of(target);
        sweep(parent, name);
        let folder = fresh_folder(parent, &prefix_of(name)).map_err(failed("cannot be written", target))?;
        let lock = lock(&folder);
        Ok(Self { folder, target: target.to_owned(), existing, lock })
    }

    /// Where to put what the folder is to hold.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Brings everything to disk and gives the folder its name.
    pub(crate) fn commit(mut self) -> Result<(), Error> {
        let target = self.target.clone();
        let failed = |error| failed("cannot be brought to disk", &target)(error);
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            File::open(&path).and_then(|file| file.sync_all()).map_err(failed)?;
        }
        let parent = Folder::open(parent_of(&target)).map_err(failed)?;
        Folder::open(&self.folder).and_then(|folder| folder.sync()).map_err(failed)?;
        self.name()?;
        drop(self.lock.take());
        parent.sync().map_err(failed)
    }

    fn name(&mut self) -> Result<(), Error> {
        let failed = |error| failed("cannot be written", &self.target)(error);
        let old = match (self.target.symlink_metadata().is_ok(), self.existing) {
            (true, Existing::Keep) => {
                return Err(ErrorKind::Exists { path: self.target.clone() }.into());
            }
            (true, Existing::Replace) => {
                let aside = fresh_folder(parent_of(&self.target), ASIDE_PREFIX).map_err(failed)?;
                // Onto an empty folder a folder can be renamed.
                fs::rename(&self.target, &aside).map_err(failed)?;
                Some(aside)
            }
            (false, _) => None,
        };
        match fs::rename(&self.folder, &self.target) {
            Ok(()) => {
                if let Some(old) = old {
                    let _ = fs::remove_dir_all(old);
                }
                // Nothing is left to remove when this is dropped.
                self.folder = PathBuf::new();
                Ok(())
            }
            Err(error) => {
                if let Some(old) = old {
                    fs::rename(old, &self.target).map_err(failed)?;
                }
                Err(failed(error))
            }
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.folder.as_os_str().is_empty() {
            // Windows removes no folder with an open file in it.
            drop(self.lock.take());
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// An empty folder of a name that nobody else has.
fn fresh_folder(parent: &Path, prefix: &str) -> io::Result<PathBuf> {
    let mut folder = tempfile::Builder::new();
    #[cfg(unix)]
    folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    let folder = folder.prefix(prefix).suffix(SUFFIX).tempdir_in(parent)?;
    Ok(folder.keep())
}

/// What the names of folders for a target begin with. Names may have 255 bytes, so it is not all of the target's.
fn prefix_of(name: &OsStr) -> String {
    const KEPT_CHARS: usize = 16;
    let kept: String = name.to_string_lossy().chars().take(KEPT_CHARS).collect();
    format!("{PREFIX}{kept}-")
}

/// Locks a folder. Some network file systems know no locks: nobody sweeps there either.
fn lock(folder: &Path) -> Option<File> {
    let opened = if cfg!(unix) { File::open(folder).ok()? } else { return None };
    opened.try_lock().is_ok().then_some(opened)
}

/// How long a folder must not have changed before it can be one that was left behind. Between its making and its
/// lock a folder is nobody's, for a moment.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// Removes what writers of such targets left behind when they were killed.
fn sweep(parent: &Path, name: &OsStr) {
    let prefix = prefix_of(name);
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let found = entry.file_name();
        let found = found.to_string_lossy();
        let is_left =
            found.starts_with(&prefix) && found.ends_with(SUFFIX) && !found.starts_with(ASIDE_PREFIX);
        let age = entry.metadata().and_then(|folder| folder.modified()).map(|changed| changed.elapsed());
        let is_old = matches!(age, Ok(Ok(age)) if age > LEFT_AFTER);
        if is_left
            && is_old
            && let Some(_lock) = lock(&entry.path())
        {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// The folder that a file or folder is in.
fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| ErrorKind::Io { what, path: path.to_owned(), source }.into()
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
