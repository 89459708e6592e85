//! A folder that is filled beside its target.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::disk::{Folder, parent_of, sync_below};
use crate::left::{self, Names};
use crate::{Error, Result};

/// What to do when there is something of the target's name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    #[default]
    Keep,
    /// Put the new folder in its place once that is whole. Only a folder of the same kind is replaced, nothing else.
    Replace,
}

/// A folder that is filled beside its target, and gets its name when what it holds is whole and on disk.
///
/// Dropped before [`commit`](Self::commit), it is removed again. One whose writer was killed stays behind; the next that is
/// made of its kind for such a target removes it, as nobody holds its lock any more. What another machine may still be
/// writing to, whose locks are not known here, is left for a day.
#[derive(Debug)]
pub struct AtomicFolder {
    folder: PathBuf,
    target: PathBuf,
    existing: Existing,
    names: Names,
    /// The folder itself, locked as long as this process fills it. Windows opens no folders.
    lock: Option<File>,
}

impl AtomicFolder {
    /// Starts a folder beside its target. Temporary names begin with a dot and `kind`. `is_one` tells what is of the same kind, and so
    /// may be replaced.
    ///
    /// # Errors
    ///
    /// When something is there that is not to be replaced, or nothing can be written there.
    pub fn create(
        target: &Path,
        kind: &'static str,
        existing: Existing,
        is_one: impl Fn(&Path) -> bool,
    ) -> Result<Self> {
        let Some(name) = target.file_name() else {
            return Err(Error::io("cannot be written", target)(io::ErrorKind::InvalidInput.into()));
        };
        if target.symlink_metadata().is_ok() && (existing == Existing::Keep || !is_one(target)) {
            return Err(Error::exists(target));
        }
        let parent = parent_of(target);
        let names = Names::new(kind, name);
        left::sweep(parent, &names);
        let folder = names.fresh(parent).map_err(Error::io("cannot be written", target))?;
        let lock = left::lock(&folder);
        Ok(Self { folder, target: target.to_owned(), existing, names, lock })
    }

    /// Where it is until it has its name: what it is to hold goes there.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Brings everything in it to disk, gives it its name, and brings the name to disk.
    ///
    /// # Errors
    ///
    /// When one of these fails, or the target appeared meanwhile and is to be kept. The target is then as it was; only when the last
    /// step fails, it is the new one.
    pub fn commit(mut self) -> Result<()> {
        let target = self.target.clone();
        let failed = |error| Error::io("cannot be brought to disk", &target)(error);
        sync_below(&self.folder).map_err(failed)?;
        // Opened before the target is touched: whoever may not open it would learn too late.
        let parent = Folder::open(parent_of(&target)).map_err(failed)?;
        self.name()?;
        drop(self.lock.take());
        parent.sync().map_err(failed)
    }

    fn name(&mut self) -> Result<()> {
        let failed = |error| Error::io("cannot be written", &self.target)(error);
        let old = match (self.target.symlink_metadata().is_ok(), self.existing) {
            (true, Existing::Keep) => return Err(Error::exists(&self.target)),
            (true, Existing::Replace) => {
                // Onto an empty folder a folder can be renamed.
                let aside = self.names.aside(parent_of(&self.target)).map_err(failed)?;
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

impl Drop for AtomicFolder {
    fn drop(&mut self) {
        if !self.folder.as_os_str().is_empty() {
            // Windows removes no folder with an open file in it.
            drop(self.lock.take());
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("it can be listed");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("it can be listed").file_name();
        let mut names: Vec<String> =
            entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn start(target: &Path, existing: Existing) -> Result<AtomicFolder> {
        AtomicFolder::create(target, "test", existing, |path| path.join("mark").is_file())
    }

    #[test]
    fn a_folder_that_is_dropped_leaves_nothing() {
        let place = tempfile::tempdir().expect("there is room");
        let folder = start(&place.path().join("t"), Existing::Keep).expect("nothing is there");
        fs::create_dir(folder.path().join("inner")).expect("there is room");
        fs::write(folder.path().join("inner/file"), "half").expect("there is room");
        assert_eq!(names(place.path()).len(), 1);
        drop(folder);
        assert!(names(place.path()).is_empty());
    }

    #[test]
    fn only_one_of_its_kind_is_replaced_and_only_when_asked() {
        let place = tempfile::tempdir().expect("there is room");
        let target = place.path().join("t");
        fs::create_dir(&target).expect("there is room");
        fs::write(target.join("photo"), "mine").expect("there is room");
        for existing in [Existing::Keep, Existing::Replace] {
            let error = start(&target, existing).expect_err("it is no other's");
            assert!(matches!(error.kind(), crate::ErrorKind::Exists { .. }), "{error}");
        }
        fs::write(target.join("mark"), "").expect("there is room");
        start(&target, Existing::Keep).expect_err("it is to be kept");
        let folder = start(&target, Existing::Replace).expect("it is one");
        fs::write(folder.path().join("new"), "").expect("there is room");
        assert_eq!(names(&target), ["mark", "photo"]);
        folder.commit().expect("it is one");
        assert_eq!((names(&target), names(place.path())), (vec!["new".to_owned()], vec!["t".to_owned()]));
    }

    #[test]
    fn what_appears_meanwhile_is_kept() {
        let place = tempfile::tempdir().expect("there is room");
        let target = place.path().join("t");
        let folder = start(&target, Existing::Keep).expect("nothing is there");
        fs::write(&target, "theirs").expect("there is room");
        folder.commit().expect_err("it is theirs");
        assert_eq!(fs::read(&target).expect("it is there"), b"theirs");
        assert_eq!(names(place.path()), ["t"]);
    }

    #[test]
    fn a_target_without_a_name_is_refused() {
        start(Path::new("/"), Existing::Replace).expect_err("it has no name");
        start(Path::new(".."), Existing::Keep).expect_err("it has no name");
    }
}
