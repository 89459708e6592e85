//! `pose migrate`: everything verified, nothing lost, bad files reported, and a second run does nothing anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pose_frame::{Tolerance, first_difference};
use pose_io::{OpenOptions, open};
use pose_tests::{fixtures_folder, pose, real_data};
use serde_json::Value;
use tempfile::TempDir;

/// A lab's folder: predictions, labels and a skeleton in subfolders, two tables in one file, and one that is cut.
fn lab() -> TempDir {
    let scratch = tempfile::tempdir().expect("there is room");
    let from = fixtures_folder().join("pandas-3");
    for (source, target) in [
        ("openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5", "videos/a.h5"),
        ("openfield1DLC_resnet50_openfieldOct30shuffle1_50000_skeleton.h5", "videos/a_skeleton.h5"),
        ("labeled-data/openfield1/CollectedData_lab.h5", "labeled-data/a/CollectedData_lab.h5"),
        ("labeled-data/openfield1/machinelabels-iter0.h5", "labeled-data/a/machinelabels-iter0.h5"),
        ("generic/two_tables.h5", "two.hdf5"),
        ("../broken/truncated_table.h5", "videos/cut.h5"),
    ] {
        let target = scratch.path().join(target);
        fs::create_dir_all(target.parent().expect("below the folder")).expect("folders can be made");
        fs::copy(from.join(source), target).expect("it can be copied");
    }
    fs::write(scratch.path().join("notes.txt"), "not a pose file").expect("it can be written");
    scratch
}

fn migrate(folder: &Path, arguments: &[&str]) -> (Output, Value) {
    let output = Command::new(pose())
        .arg("migrate")
        .arg(folder)
        .args(arguments)
        .arg("--json")
        .output()
        .expect("pose starts");
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output, report)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("it lists") {
            let path = entry.expect("it lists").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    files
}

fn assert_same(left: &Path, key: Option<&str>, right: &Path) {
    let left = open(left, &OpenOptions::default().with_key(key.map(str::to_owned))).expect("it opens");
    let right = open(right, &OpenOptions::default()).expect("it opens");
    let difference = first_difference(left.table.as_ref(), right.table.as_ref(), Tolerance::BitForBit);
    assert_eq!(difference.expect("both read"), None);
}

#[test]
fn every_table_is_migrated_and_the_bad_file_is_reported() {
    let lab = lab();
    let (output, report) = migrate(lab.path(), &[]);
    assert_eq!(output.status.code(), Some(1), "one file is bad");
    assert_eq!(report["summary"]["found"], 6);
    assert_eq!(report["summary"]["migrated"], 5);
    assert_eq!(report["summary"]["failed"], 1);
    let failed = report["files"].as_array().expect("a list").iter().find(|file| file["status"] == "failed");
    assert!(failed.expect("it is listed")["reason"].as_str().expect("with its reason").contains("cut.h5"));

    let at = |name: &str| lab.path().join(name);
    assert_same(&at("videos/a.h5"), None, &at("videos/a.parquet"));
    assert_same(&at("videos/a_skeleton.h5"), None, &at("videos/a_skeleton.parquet"));
    assert_same(
        &at("labeled-data/a/CollectedData_lab.h5"),
        None,
        &at("labeled-data/a/CollectedData_lab.parquet"),
    );
    let labels = at("labeled-data/a/machinelabels-iter0.h5");
    assert_same(&labels, Some("df_with_missing"), &labels.with_extension("parquet"));
    assert_same(&labels, Some("machinelabels"), &labels.with_extension("machinelabels.parquet"));
    assert_same(&at("two.hdf5"), Some("left"), &at("two.left.parquet"));
    assert_same(&at("two.hdf5"), Some("right"), &at("two.right.parquet"));
    assert!(!at("videos/cut.parquet").exists());
    assert!(files(lab.path()).iter().all(|path| path.extension().is_some_and(|found| found != "tmp")));
}

#[test]
fn a_second_run_finds_everything_up_to_date() {
    let lab = lab();
    migrate(lab.path(), &[]);
    let stamp = |path: &Path| fs::metadata(path).expect("it is there").modified().expect("it has a time");
    let target = lab.path().join("videos/a.parquet");
    let before = stamp(&target);
    let (output, report) = migrate(lab.path(), &["--jobs", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!((&report["summary"]["migrated"], &report["summary"]["up_to_date"]), (&0.into(), &5.into()));
    assert_eq!(stamp(&target), before, "nothing was written again");
}

#[test]
fn a_dry_run_writes_nothing() {
    let lab = lab();
    let before = files(lab.path());
    let (_, report) = migrate(lab.path(), &["--dry-run"]);
    assert_eq!(report["summary"]["planned"], 5);
    assert_eq!(files(lab.path()), before);
}

#[test]
fn a_target_that_is_another_table_is_kept_unless_forced() {
    let lab = lab();
    migrate(lab.path(), &[]);
    let (target, other) = (lab.path().join("videos/a.parquet"), lab.path().join("videos/a_skeleton.parquet"));
    fs::copy(&other, &target).expect("it can be copied");
    let kept = fs::read(&target).expect("it is there");
    let (_, report) = migrate(lab.path(), &[]);
    assert_eq!(report["summary"]["failed"], 2);
    assert_eq!(fs::read(&target).expect("it is there"), kept);
    let (_, report) = migrate(lab.path(), &["--force"]);
    assert_eq!((&report["summary"]["migrated"], &report["summary"]["failed"]), (&1.into(), &1.into()));
    assert_same(&lab.path().join("videos/a.h5"), None, &target);
}

#[test]
fn only_verified_sources_are_removed() {
    let lab = lab();
    let (_, report) = migrate(lab.path(), &["--remove-source"]);
    let left: Vec<PathBuf> = files(lab.path())
        .into_iter()
        .filter(|path| path.extension().is_some_and(|found| found == "h5" || found == "hdf5"))
        .collect();
    assert_eq!(left, [lab.path().join("videos/cut.h5")], "the bad file stays");
    let removed =
        report["files"].as_array().expect("a list").iter().filter(|file| file["source_removed"] == true);
    assert_eq!(removed.count(), 5);
    assert_same(
        &fixtures_folder().join("pandas-3/generic/two_tables.h5"),
        Some("right"),
        &lab.path().join("two.right.parquet"),
    );
}

#[test]
fn sources_that_are_up_to_date_are_removed_too() {
    let lab = lab();
    migrate(lab.path(), &[]);
    migrate(lab.path(), &["--remove-source"]);
    assert!(!lab.path().join("videos/a.h5").exists());
    assert!(lab.path().join("videos/a.parquet").exists());
}

#[test]
fn two_sources_of_one_target_do_not_overwrite_each_other() {
    let lab = lab();
    let skeleton = lab.path().join("videos/a_skeleton.h5");
    fs::copy(&skeleton, lab.path().join("videos/a.hdf")).expect("it can be copied");
    let (_, report) = migrate(lab.path(), &["--remove-source"]);
    assert_eq!(report["summary"]["failed"], 2);
    let remaining = [lab.path().join("videos/a.h5"), lab.path().join("videos/a.hdf")];
    assert_eq!(
        remaining.iter().filter(|path| path.exists()).count(),
        1,
        "the one that was not migrated stays"
    );
}

#[test]
fn pattern_and_depth_narrow_the_search() {
    let lab = lab();
    let (_, report) = migrate(lab.path(), &["--dry-run", "--pattern", "*_skeleton.h5"]);
    assert_eq!(report["summary"]["found"], 1);
    let (_, report) = migrate(lab.path(), &["--dry-run", "--no-recursive"]);
    assert_eq!(report["summary"]["found"], 1);
    let output = Command::new(pose()).args(["migrate", "absent-folder"]).output().expect("pose starts");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn real_files_migrate() {
    let Some(real) = real_data() else { return };
    let scratch = tempfile::tempdir().expect("there is room");
    let mut copied = 0;
    for path in files(&real).into_iter().filter(|path| path.extension().is_some_and(|found| found == "h5")) {
        fs::copy(&path, scratch.path().join(path.file_name().expect("it has a name")))
            .expect("it can be copied");
        copied += 1;
    }
    let (output, report) = migrate(scratch.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert_eq!(report["summary"]["migrated"], copied);
}
