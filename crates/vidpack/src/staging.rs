//! Folders that appear whole or not at all, with the errors of this crate.

use std::path::Path;

use atomic_folder::AtomicFolder;
pub use atomic_folder::Existing;

use crate::{Error, ErrorKind};

/// What temporary names of packs begin with.
const KIND: &str = "vidpack";

/// A folder that is filled beside its target, and gets its name when what it holds is whole and on disk.
#[derive(Debug)]
pub(crate) struct Staging(AtomicFolder);

impl Staging {
    /// Starts a folder beside its target. `is_pack` tells what may be replaced.
    pub(crate) fn create(
        target: &Path,
        existing: Existing,
        is_pack: impl Fn(&Path) -> bool,
    ) -> Result<Self, Error> {
        AtomicFolder::create(target, KIND, existing, is_pack).map(Self).map_err(|error| failed(error, target))
    }

    /// Where to put what the folder is to hold.
    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Brings everything to disk and gives the folder its name.
    pub(crate) fn commit(self) -> Result<(), Error> {
        let folder = self.folder().to_owned();
        self.0.commit().map_err(|error| failed(error, &folder))
    }
}

fn failed(error: atomic_folder::Error, path: &Path) -> Error {
    match error.into_kind() {
        atomic_folder::ErrorKind::Exists { path } => ErrorKind::Exists { path }.into(),
        atomic_folder::ErrorKind::Io { what, path, source } => ErrorKind::Io { what, path, source }.into(),
        other => {
            Error::io("cannot be written", path)(std::io::Error::other(atomic_folder::Error::from(other)))
        }
    }
}
