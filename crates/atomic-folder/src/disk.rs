//! What it takes until something is on disk.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Brings everything in a folder to disk, and its names.
pub(crate) fn sync_below(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_below(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    Folder::open(folder)?.sync()
}

/// On Unix a new name is on disk only when its folder is. Windows writes names at once, and opens no folders.
pub(crate) struct Folder(Option<File>);

impl Folder {
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self(if cfg!(unix) { Some(File::open(folder)?) } else { None }))
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.0.as_ref().map_or(Ok(()), File::sync_all)
    }
}

/// The folder that a file or folder is in.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
