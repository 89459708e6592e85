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
    let (source, target) = (lab.path().join("videos/a.h5"), lab.path().join("videos/a.parquet"));
    let kept = fs::read(&target).expect("it was migrated");
    // The video was analysed anew.
    let filtered = "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000_filtered.h5";
    fs::copy(fixtures_folder().join(filtered), &source).expect("it can be copied");
    let (_, report) = migrate(lab.path(), &[]);
    assert!(reason_of(&report, "videos/a.h5").contains("not the same table"), "{report}");
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
fn two_sources_of_one_target_both_stay() {
    let lab = lab();
    let (one, other) = (lab.path().join("videos/a.h5"), lab.path().join("videos/a.hdf"));
    fs::copy(lab.path().join("videos/a_skeleton.h5"), &other).expect("it can be copied");
    for arguments in [&["--remove-source"][..], &["--remove-source", "--force"]] {
        let (_, report) = migrate(lab.path(), arguments);
        assert!(report["summary"]["failed"].as_u64() >= Some(2), "{report}");
        assert!(one.exists() && other.exists(), "neither is removed");
        assert!(!lab.path().join("videos/a.parquet").exists(), "neither is written");
    }
}

#[test]
fn a_forced_run_does_not_replace_what_was_made_from_another_table() {
    let lab = lab();
    // `two.hdf5` has a table `left`, whose target is that of a file `two.left.h5` too.
    migrate(lab.path(), &["--remove-source"]);
    let target = lab.path().join("two.left.parquet");
    let before = fs::read(&target).expect("it was migrated");
    let late = lab.path().join("two.left.h5");
    fs::copy(fixtures_folder().join("pandas-3/generic/flat_int_table.h5"), &late).expect("it can be copied");
    let (_, report) = migrate(lab.path(), &["--remove-source", "--force"]);
    assert!(reason_of(&report, "two.left.h5").contains("made from two.hdf5, key left"), "{report}");
    assert_eq!(fs::read(&target).expect("it is there"), before);
    assert!(late.exists());
}

#[test]
fn a_forced_run_replaces_no_source() {
    let scratch = tempfile::tempdir().expect("there is room");
    let misnamed = scratch.path().join("x.parquet");
    fs::copy(fixtures_folder().join("pandas-3/generic/flat_int_table.h5"), &misnamed)
        .expect("it can be copied");
    let before = fs::read(&misnamed).expect("it is there");
    let (_, report) = migrate(scratch.path(), &["--pattern", "*.parquet", "--force"]);
    assert!(reason_of(&report, "x.parquet").contains("not replaced"), "{report}");
    assert_eq!(fs::read(&misnamed).expect("it is there"), before);
}

#[cfg(unix)]
#[test]
fn pipes_are_not_waited_for_and_names_need_not_be_unicode() {
    use std::os::unix::ffi::OsStrExt;
    let scratch = tempfile::tempdir().expect("there is room");
    let made = Command::new("mkfifo").arg(scratch.path().join("pipe.h5")).status();
    assert!(made.is_ok_and(|status| status.success()), "mkfifo is there");
    let latin1 = scratch.path().join(std::ffi::OsStr::from_bytes(b"m\xe4us.h5"));
    fs::copy(fixtures_folder().join("pandas-3/generic/flat_int_table.h5"), &latin1)
        .expect("it can be copied");
    fs::write(scratch.path().join("._x.h5"), "macOS puts these on shares").expect("it can be written");
    let (_, report) = migrate(scratch.path(), &["--remove-source"]);
    assert_eq!((&report["summary"]["found"], &report["summary"]["migrated"]), (&2.into(), &1.into()));
    assert!(reason_of(&report, "pipe.h5").contains("not a regular file"), "{report}");
    assert!(latin1.with_extension("parquet").exists() && !latin1.exists());
}

fn reason_of<'a>(report: &'a Value, name: &str) -> &'a str {
    let files = report["files"].as_array().expect("a list");
    let file = files.iter().find(|file| file["source"].as_str().is_some_and(|source| source.ends_with(name)));
    file.expect("it is listed")["reason"].as_str().expect("it has a reason")
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

#[test]
fn a_source_that_holds_more_than_its_tables_is_kept_and_what_it_holds_is_named() {
    let scratch = tempfile::tempdir().expect("there is room");
    for entry in fs::read_dir(fixtures_folder().join("others")).expect("it lists") {
        let path = entry.expect("it lists").path();
        fs::copy(&path, scratch.path().join(path.file_name().expect("it has a name")))
            .expect("it can be copied");
    }
    let before = files(scratch.path());
    let (_, report) = migrate(scratch.path(), &["--remove-source"]);
    assert!(before.len() > 5 && before.iter().all(|path| path.exists()), "every source is kept");
    assert!(reason_of(&report, "members.h5").contains("raw_tracking"), "{report}");
    assert!(reason_of(&report, "attributes.h5").contains("attribute"), "{report}");
}

#[cfg(unix)]
#[test]
fn a_target_that_is_a_link_is_no_proof_that_a_source_is_safe() {
    let scratch = tempfile::tempdir().expect("there is room");
    let at = |name: &str| scratch.path().join(name);
    fs::copy(fixtures_folder().join("pandas-3/generic/flat_int_table.h5"), at("a.h5"))
        .expect("it can be copied");
    migrate(scratch.path(), &[]);
    fs::rename(at("a.parquet"), at("elsewhere.parquet")).expect("it can be renamed");
    std::os::unix::fs::symlink("elsewhere.parquet", at("a.parquet")).expect("links can be made");
    for arguments in [&["--remove-source"][..], &["--remove-source", "--force"]] {
        let (_, report) = migrate(scratch.path(), arguments);
        assert!(reason_of(&report, "a.h5").contains("it is a link"), "{report}");
        assert!(at("a.h5").exists());
    }
}

#[test]
fn a_forced_run_replaces_half_a_file_but_not_one_that_it_cannot_read() {
    let lab = lab();
    migrate(lab.path(), &[]);
    let target = lab.path().join("videos/a.parquet");
    let whole = fs::read(&target).expect("it was migrated");
    // A newer version of this project wrote it: `"version":1` becomes 9.
    let at =
        whole.windows(11).rposition(|window| window == b"\"version\":1").expect("the entry says its version");
    let mut newer = whole.clone();
    newer[at + 10] = b'9';
    fs::write(&target, &newer).expect("it can be written");
    let (_, report) = migrate(lab.path(), &["--force", "--remove-source"]);
    assert!(reason_of(&report, "videos/a.h5").contains("newer version"), "{report}");
    assert_eq!(fs::read(&target).expect("it is there"), newer);

    fs::write(&target, &whole[..whole.len() / 2]).expect("it can be written");
    migrate(lab.path(), &["--force"]);
    assert_eq!(fs::read(&target).expect("it is there"), whole);
}
