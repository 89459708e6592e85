//! A lab's archive, of which it is known what must become of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pose_frame::{Tolerance, first_difference};
use pose_io::{OpenOptions, open};
use pose_tests::{fixtures_folder, pose};
use serde_json::Value;
use tempfile::TempDir;

/// A source's name in each folder of the archive, the fixture it is, and its tables with what their targets end in.
type Kind = (&'static str, &'static str, &'static [(Option<&'static str>, &'static str)]);

const KINDS: [Kind; 5] = [
    ("a.h5", "openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5", &[(None, "parquet")]),
    (
        "a_skeleton.h5",
        "openfield1DLC_resnet50_openfieldOct30shuffle1_50000_skeleton.h5",
        &[(None, "parquet")],
    ),
    ("CollectedData_lab.h5", "labeled-data/openfield1/CollectedData_lab.h5", &[(None, "parquet")]),
    (
        "machinelabels-iter0.h5",
        "labeled-data/openfield1/machinelabels-iter0.h5",
        &[(Some("df_with_missing"), "parquet"), (Some("machinelabels"), "machinelabels.parquet")],
    ),
    (
        "two.hdf5",
        "generic/two_tables.h5",
        &[(Some("left"), "left.parquet"), (Some("right"), "right.parquet")],
    ),
];

/// Folders in folders, each with a file of every kind.
pub(crate) struct Archive {
    scratch: TempDir,
    folders: Vec<PathBuf>,
}

impl Archive {
    pub(crate) fn new(num_folders: usize) -> Self {
        let scratch = tempfile::tempdir().expect("there is room");
        Self::within(scratch, num_folders)
    }

    pub(crate) fn within(scratch: TempDir, num_folders: usize) -> Self {
        let folders =
            (0..num_folders).map(|number| PathBuf::from(format!("day{}/mouse{number}", number % 3)));
        let folders: Vec<_> = folders.map(|folder| scratch.path().join("archive").join(folder)).collect();
        for folder in &folders {
            fs::create_dir_all(folder).expect("folders can be made");
            for (name, fixture, _) in KINDS {
                fs::copy(fixture_path(fixture), folder.join(name)).expect("it can be copied");
            }
        }
        Self { scratch, folders }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.scratch.path().join("archive")
    }

    /// A place beside the archive.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    pub(crate) fn num_sources(&self) -> usize {
        self.folders.len() * KINDS.len()
    }

    /// Holds the archive against what must be true at any moment, whatever was ended by whatever: each source is there as it
    /// was, or all of its tables are; and what has its final name is whole.
    pub(crate) fn assert_nothing_lost(&self) {
        let mut expected = Vec::new();
        for folder in &self.folders {
            for (name, fixture, tables) in KINDS {
                let original = fixture_path(fixture);
                let source = folder.join(name);
                let is_there =
                    [Some(source.clone()), parked(folder, name)].into_iter().flatten().any(|path| {
                        fs::read(path).is_ok_and(|bytes| bytes == fs::read(&original).expect("a fixture"))
                    });
                for (key, extension) in tables {
                    let target = source.with_extension(extension);
                    if target.exists() {
                        assert_same(&original, *key, &target);
                    } else {
                        assert!(is_there, "{} and {} are gone", source.display(), target.display());
                    }
                    expected.push(target);
                }
            }
        }
        let others = files(&self.path()).into_iter().filter(|path| ends_in(path, "parquet"));
        let others: Vec<_> = others.filter(|path| !expected.contains(path)).collect();
        assert!(others.is_empty(), "{others:?}");
    }

    /// Holds it against what must be true when all is done.
    pub(crate) fn assert_done(&self) {
        self.assert_nothing_lost();
        let targets: usize = KINDS.iter().map(|(_, _, tables)| tables.len()).sum();
        let found = files(&self.path()).into_iter().filter(|path| ends_in(path, "parquet")).count();
        assert_eq!(found, targets * self.folders.len());
        self.assert_no_temporaries();
    }

    pub(crate) fn assert_no_temporaries(&self) {
        let is_ours = |path: &&PathBuf| path.to_string_lossy().contains("/.pose-");
        let all = files(&self.path());
        let left: Vec<_> = all.iter().filter(is_ours).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

fn fixture_path(name: &str) -> PathBuf {
    fixtures_folder().join("pandas-3").join(name)
}

fn ends_in(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// Where a source is that was about to be removed.
fn parked(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).expect("it lists").map(|entry| entry.expect("it lists").path());
    entries.filter(|path| ends_in(path, "parked")).map(|path| path.join(name)).find(|path| path.exists())
}

/// The files below a folder, links as what they are.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it lists") {
            let path = entry.expect("it lists").path();
            if path.is_dir() && !path.is_symlink() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

pub(crate) fn assert_same(left: &Path, key: Option<&str>, right: &Path) {
    let left = open(left, &OpenOptions::default().with_key(key.map(str::to_owned))).expect("it opens");
    let right = open(right, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let difference = first_difference(left.table.as_ref(), right.table.as_ref(), Tolerance::BitForBit);
    assert_eq!(difference.expect("both read"), None);
}

/// The command, asked for JSON.
pub(crate) fn command(verb: &str, path: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(pose());
    command.arg(verb).arg(path).args(arguments).arg("--json");
    command
}

/// Runs it, and gives the exit code, what it printed as JSON, and what it said.
pub(crate) fn answer(command: &mut Command) -> (Option<i32>, Value, String) {
    let output = command.output().expect("pose starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let json = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), json, said)
}

/// Why a file failed, by the end of its path.
pub(crate) fn reason_of<'a>(report: &'a Value, name: &str) -> &'a str {
    let files = report["files"].as_array().unwrap_or_else(|| panic!("no files in {report}"));
    let is_named = |file: &&Value| {
        let path = file.get("source").or_else(|| file.get("target"));
        path.and_then(Value::as_str).is_some_and(|path| path.ends_with(name))
    };
    let file = files.iter().find(is_named).unwrap_or_else(|| panic!("no {name} in {report}"));
    file["reason"].as_str().unwrap_or_else(|| panic!("no reason: {file}"))
}
