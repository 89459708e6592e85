//! What reports say of Parquet files and packed tables.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::{FileReport, FileStatus};

/// The Parquet files that reports name, by their file names.
#[derive(Default)]
pub(super) struct Expected<'a>(HashMap<String, Vec<Target<'a>>>);

struct Target<'a> {
    /// The folders between that of the migration and the file.
    folders: Vec<&'a str>,
    hash: Option<&'a str>,
}

impl<'a> Expected<'a> {
    pub(super) fn of(files: &'a [FileReport]) -> Self {
        let mut expected = Self::default();
        let done = |file: &&FileReport| {
            matches!(file.status, FileStatus::Migrated | FileStatus::Packed | FileStatus::UpToDate)
        };
        // One that was migrated, and only not removed, has its tables too.
        for file in files.iter().filter(|file| done(file) || !file.tables.is_empty()) {
            let mut folders: Vec<&str> = file.relative.split('/').collect();
            folders.pop();
            for table in &file.tables {
                let name = table.target.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let target = Target { folders: folders.clone(), hash: table.target_blake3.as_deref() };
                expected.0.entry(name).or_default().push(target);
            }
        }
        expected
    }

    /// The hashes that a file may have. Where several files of its name are reported, those of the ones that stand in
    /// folders most like its own.
    pub(super) fn hashes_of(&self, path: &Path) -> Vec<&'a str> {
        let Some(targets) = path.file_name().and_then(|name| self.0.get(&*name.to_string_lossy())) else {
            return Vec::new();
        };
        let folder = path.parent().map(|folder| folder.canonicalize().unwrap_or_else(|_| folder.to_owned()));
        let folders: Vec<String> = folder
            .iter()
            .flat_map(|folder| folder.iter())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        let likeness = |target: &Target<'_>| {
            let pairs = target.folders.iter().rev().zip(folders.iter().rev());
            let alike = pairs.take_while(|(left, right)| **left == right.as_str()).count();
            // All of a short path is more than part of a long one.
            (alike, std::cmp::Reverse(target.folders.len()))
        };
        let best = targets.iter().map(likeness).max();
        let best = targets.iter().filter(|target| Some(likeness(target)) == best);
        best.filter_map(|target| target.hash).collect()
    }

    /// The files that should be below a folder, and are not among those that were found there. None when nothing tells that
    /// the folder is the one that was migrated.
    pub(super) fn missing<'b>(&self, folder: &Path, found: impl Iterator<Item = &'b Path>) -> Vec<PathBuf> {
        let found: std::collections::HashSet<&Path> = found.collect();
        let all = self.0.iter().flat_map(|(name, targets)| targets.iter().map(move |target| (name, target)));
        let paths =
            all.map(|(name, target)| folder.join(target.folders.iter().collect::<PathBuf>()).join(name));
        let (there, missing): (Vec<_>, Vec<_>) = paths.partition(|path| found.contains(path.as_path()));
        if there.is_empty() { Vec::new() } else { missing }
    }
}
