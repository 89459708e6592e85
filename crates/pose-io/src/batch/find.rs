//! Which files there are to work on, and what an earlier run left behind.

use std::collections::HashMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::{BatchOptions, Rehearsal, Subfolders, is_gone};
use crate::{AtomicFile, Format, PoseIoError, PoseIoErrorKind, atomic, format};

/// Which files of a folder are worked on.
pub(crate) struct Search<'a> {
    pub(crate) options: &'a BatchOptions,
    /// Without a pattern: files that are called as those of these formats.
    pub(crate) formats: &'a [Format],
    /// What a file becomes, by its path and that below the folder: no two may become one.
    pub(crate) target: &'a dyn Fn(&Path, &Path) -> PathBuf,
}

/// A file that was found.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// Its path below the folder.
    pub(crate) relative: PathBuf,
    pub(crate) bytes: u64,
    /// Why the file cannot even be looked at.
    pub(crate) broken: Option<String>,
}

impl Source {
    /// A file that was listed; none when it is gone by now, as when another migration removed it.
    fn of(path: PathBuf, folder: &Path) -> Option<Self> {
        let (bytes, broken) = match path.metadata() {
            Ok(metadata) => (metadata.len(), None),
            Err(_) if is_gone(&path) => return None,
            Err(error) => (0, Some(format!("{}: cannot be read: {error}", path.display()))),
        };
        Some(Self { relative: below(&path, folder), path, bytes, broken })
    }

    fn broken(path: PathBuf, folder: &Path, reason: &str) -> Self {
        let broken = Some(format!("{}: {reason}", path.display()));
        Self { relative: below(&path, folder), path, bytes: 0, broken }
    }
}

/// What there is below a folder.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) sources: Vec<Source>,
    /// How many temporary files of programs that were killed were removed.
    pub(crate) swept: usize,
}

/// Lists the files below a folder that are asked for, and removes what killed programs left there. Folders that are packed tables
/// are not entered.
pub(crate) fn find(folder: &Path, search: &Search<'_>) -> Result<Found, PoseIoError> {
    let pattern = search.options.pattern.as_deref().map(glob::Pattern::new).transpose().map_err(|error| {
        let pattern = search.options.pattern.clone().unwrap_or_default();
        PoseIoErrorKind::Pattern { pattern, reason: error.msg.to_owned() }
    })?;
    let is_called_so = |path: &Path| {
        let format = Format::of_name(path);
        format.is_some_and(|format| search.formats.contains(&format)) && !is_companion(path)
    };
    let wanted = |path: &Path| match &pattern {
        Some(pattern) => path.file_name().is_some_and(|name| pattern.matches(&name.to_string_lossy())),
        None => is_called_so(path),
    };
    let depth = match search.options.subfolders {
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
    let mut found = Found::default();
    let mut entries = WalkDir::new(folder).max_depth(depth).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.depth() == 0 => {}
            Ok(entry) if entry.file_type().is_dir() => {
                if atomic::is_parked(entry.path()) {
                    entries.skip_current_dir();
                    found.unpark(entry.path(), folder, search, &wanted);
                } else if format::is_packed(entry.path()) || AtomicFile::is_temporary(entry.path()) {
                    entries.skip_current_dir();
                }
            }
            Ok(entry) if AtomicFile::is_temporary(entry.path()) => {
                let sweep = search.options.rehearsal == Rehearsal::Write && atomic::sweep(entry.path());
                found.swept += usize::from(sweep);
            }
            // A link to a file is taken for the file; a link to a folder is not entered.
            Ok(entry) if wanted(entry.path()) && !leads_to_folder(&entry) => {
                found.sources.extend(Source::of(entry.into_path(), folder));
            }
            Ok(_) => {}
            // A folder that cannot be entered may hide files: it is reported like a bad file.
            Err(error) => {
                let path = error.path().unwrap_or(folder).to_owned();
                let reason = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                found.sources.push(Source::broken(path, folder, &reason));
            }
        }
    }
    mark_shared_targets(&mut found.sources, search);
    if let Some(shard) = search.options.shard {
        found.sources.retain(|source| shard.holds(&source.relative));
    }
    Ok(found)
}

impl Found {
    /// Puts back what was about to be removed when a program was killed.
    fn unpark(&mut self, parked: &Path, folder: &Path, search: &Search<'_>, wanted: &impl Fn(&Path) -> bool) {
        if search.options.rehearsal == Rehearsal::DryRun {
            return;
        }
        let (back, failed) = atomic::put_back_parked(parked);
        let back = back.into_iter().filter(|path| wanted(path));
        self.sources.extend(back.filter_map(|path| Source::of(path, folder)));
        let broken = |(path, error): (PathBuf, io::Error)| {
            let reason =
                format!("was about to be removed when a program was killed, and cannot be put back: {error}");
            Source::broken(path, folder, &reason)
        };
        self.sources.extend(failed.into_iter().map(broken));
    }
}

fn below(path: &Path, folder: &Path) -> PathBuf {
    path.strip_prefix(folder).unwrap_or(path).to_owned()
}

fn leads_to_folder(entry: &DirEntry) -> bool {
    entry.file_type().is_symlink()
        && entry.path().metadata().is_ok_and(|metadata: Metadata| metadata.is_dir())
}

/// macOS puts a file `._x.h5` beside `x.h5` on shares of other systems. It holds no table.
fn is_companion(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._"))
}

/// Files that differ only in their extension would become one file. All of them fail, before any is touched: whichever
/// came first would otherwise stand in the way of the other, and be replaced by it in a forced second run.
fn mark_shared_targets(found: &mut [Source], search: &Search<'_>) {
    let mut first_of: HashMap<PathBuf, usize> = HashMap::with_capacity(found.len());
    for at in 0..found.len() {
        let target = (search.target)(&found[at].path, &found[at].relative);
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
