//! Which files there are to migrate.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use walkdir::WalkDir;

use super::{MigrateOptions, Subfolders};
use crate::open::parquet_of;
use crate::{AtomicFile, Format, PoseIoError, PoseIoErrorKind};

/// A file that was found.
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// What it was when it was found.
    pub(super) identity: Option<Identity>,
    /// Why the file cannot even be looked at.
    pub(super) broken: Option<String>,
}

/// What tells a file from another one that took its name, or from itself after a change.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Identity {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device and number of the file there.
    #[cfg(unix)]
    node: (u64, u64),
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            node: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino())
            },
        }
    }
}

/// Lists the files below a folder that the options ask for.
pub(super) fn find(folder: &Path, options: &MigrateOptions) -> Result<Vec<Source>, PoseIoError> {
    let pattern = options.pattern.as_deref().map(glob::Pattern::new).transpose().map_err(|error| {
        let pattern = options.pattern.clone().unwrap_or_default();
        PoseIoErrorKind::Pattern { pattern, reason: error.msg.to_owned() }
    })?;
    let wanted = |path: &Path| match &pattern {
        Some(pattern) => path.file_name().is_some_and(|name| pattern.matches(&name.to_string_lossy())),
        None => Format::of_name(path) == Some(Format::Hdf5) && !is_companion(path),
    };
    let depth = match options.subfolders {
        Subfolders::Enter => usize::MAX,
        Subfolders::Skip => 1,
    };
    if !folder.is_dir() {
        let error = match folder.symlink_metadata() {
            Ok(_) => io::Error::new(io::ErrorKind::NotADirectory, "is no folder"),
            Err(error) => error,
        };
        return Err(PoseIoError::io("cannot be listed", folder)(error));
    }
    let mut found = Vec::new();
    for entry in WalkDir::new(folder).max_depth(depth).sort_by_file_name() {
        match entry {
            Ok(entry) => {
                let path = entry.path();
                // A link to a file is taken for the file; a link to a folder is not entered.
                if entry.depth() == 0
                    || !wanted(path)
                    || AtomicFile::is_temporary(path)
                    || entry.file_type().is_dir()
                    || path.is_dir()
                {
                    continue;
                }
                let metadata = path.metadata();
                let bytes = metadata.as_ref().map_or(0, Metadata::len);
                let identity = metadata.as_ref().ok().map(Identity::of);
                let broken =
                    metadata.err().map(|error| format!("{}: cannot be read: {error}", path.display()));
                found.push(Source { path: path.to_owned(), bytes, identity, broken });
            }
            // A folder that cannot be entered may hide files: it is reported like a bad file.
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                found.push(Source {
                    broken: Some(format!("{}: {reason}", path.display())),
                    path,
                    bytes: 0,
                    identity: None,
                });
            }
        }
    }
    mark_shared_targets(&mut found);
    Ok(found)
}

/// macOS puts a file `._x.h5` beside `x.h5` on shares of other systems. It holds no table.
fn is_companion(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._"))
}

/// Files that differ only in their extension would become one file. All of them fail, before any is touched: whichever
/// came first would otherwise stand in the way of the other, and be replaced by it in a forced second run.
fn mark_shared_targets(found: &mut [Source]) {
    let mut first_of: HashMap<PathBuf, usize> = HashMap::with_capacity(found.len());
    for at in 0..found.len() {
        let target = parquet_of(&found[at].path);
        let Some(&first) = first_of.get(&target) else {
            first_of.insert(target, at);
            continue;
        };
        for (one, other) in [(at, first), (first, at)] {
            let other = found[other].path.clone();
            let error = PoseIoError::from(PoseIoErrorKind::SharedTarget { path: target.clone(), other });
            found[one].broken.get_or_insert(error.to_string());
        }
    }
}
