//! Folders that appear whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::manifest::MANIFEST_NAME;
use crate::{Error, ErrorKind, Result};

/// What to do when there is something of the target's name already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// Leave it and fail.
    #[default]
    Keep,
    /// Put the new folder in its place once that is whole. Only a packed table is replaced, nothing else.
    Replace,
}

const PREFIX: &str = ".pose-pack-";
const SUFFIX: &str = ".tmp";

/// A folder that is filled beside its target, and removed again unless it is committed.
pub(crate) struct Staging {
    folder: tempfile::TempDir,
    target: PathBuf,
    existing: Existing,
}

impl Staging {
    pub(crate) fn create(target: &Path, existing: Existing) -> Result<Self> {
        if target.file_name().is_none() {
            return Err(Error::io("cannot be written", target)(io::ErrorKind::InvalidInput.into()));
        }
        let may_replace = existing == Existing::Replace && target.join(MANIFEST_NAME).is_file();
        if target.symlink_metadata().is_ok() && !may_replace {
            return Err(ErrorKind::Exists { path: target.to_owned() }.into());
        }
        let folder = fresh_folder(parent_of(target)).map_err(Error::io("cannot be written", target))?;
        Ok(Self { folder, target: target.to_owned(), existing })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Brings everything to disk and gives the folder its name.
    pub(crate) fn commit(self) -> Result<()> {
        let failed = || Error::io("cannot be brought to disk", &self.target);
        sync_below(self.folder.path()).map_err(failed())?;
        let aside = match self.target.symlink_metadata() {
            Ok(_) if self.existing == Existing::Keep => {
                return Err(ErrorKind::Exists { path: self.target.clone() }.into());
            }
            Ok(_) => {
                // Onto an empty folder a folder can be renamed. If this is killed before the next step, the old table is in it.
                let aside = fresh_folder(parent_of(&self.target)).map_err(failed())?.keep();
                fs::rename(&self.target, &aside).map_err(failed())?;
                Some(aside)
            }
            Err(_) => None,
        };
        if let Err(error) = fs::rename(self.folder.path(), &self.target) {
            if let Some(aside) = aside {
                fs::rename(aside, &self.target).map_err(failed())?;
            }
            return Err(failed()(error));
        }
        sync_folder(parent_of(&self.target)).map_err(failed())?;
        if let Some(aside) = aside {
            let _ = fs::remove_dir_all(aside);
        }
        Ok(())
    }
}

fn fresh_folder(parent: &Path) -> io::Result<tempfile::TempDir> {
    let mut folder = tempfile::Builder::new();
    #[cfg(unix)]
    folder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
    folder.prefix(PREFIX).suffix(SUFFIX).tempdir_in(parent)
}

fn sync_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_below(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_folder(folder)
}

/// On Unix a new name is on disk only when its folder is. Windows writes names at once, and opens no folders.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
