//! Bad files give one line that names the file and the reason: never a panic, never half a file.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use pose_tests::{broken_fixtures, fixtures_folder, pose};

fn run(arguments: &[&str], file: &Path) -> Output {
    Command::new(pose()).args(arguments).arg(file).output().expect("pose starts")
}

/// Standard error without the hint: one line.
fn reason(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).expect("messages are UTF-8");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("hint: ")).collect();
    assert_eq!(lines.len(), 1, "one line, not {text:?}");
    lines[0].to_owned()
}

fn assert_refused(file: &Path, says: &str) {
    let output = run(&["info"], file);
    let reason = reason(&output);
    assert_eq!(output.status.code(), Some(2), "{reason}");
    assert!(output.stdout.is_empty());
    let name = file.file_name().expect("it has a name").to_string_lossy();
    assert!(reason.contains(&*name), "{reason:?} names {name}");
    assert!(reason.contains(says), "{reason:?} says {says:?}");
    assert!(!reason.contains("defect of pose"), "{reason}");
}

#[test]
fn every_broken_fixture_is_refused_in_one_line() {
    for file in broken_fixtures() {
        assert_refused(&file, "");
    }
}

#[test]
fn the_reason_is_the_right_one() {
    let broken = fixtures_folder().join("broken");
    for (name, says) in [
        ("empty.h5", "it is empty"),
        ("empty.parquet", "it is empty"),
        ("text.h5", "neither an hdf5, nwb nor parquet file"),
        ("truncated.parquet", "not a whole parquet file"),
        ("no_pandas_table.h5", "no pandas table"),
        ("pickle_global.h5", "os"),
        ("duplicate_columns_table.h5", "two columns have the key"),
    ] {
        assert_refused(&broken.join(name), says);
    }
}

#[test]
fn what_is_not_there_or_no_file_is_refused() {
    let scratch = tempfile::tempdir().expect("there is room");
    assert_refused(&scratch.path().join("absent.h5"), "no such file");
    assert_refused(&scratch.path().join("absent.txt"), "no such file");
    assert_refused(scratch.path(), "directory");
}

#[cfg(unix)]
#[test]
fn an_unreadable_file_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let scratch = tempfile::tempdir().expect("there is room");
    let looped = scratch.path().join("loop.h5");
    symlink(&looped, &looped).expect("links can be made");
    assert_refused(&looped, "symbolic link");
    let locked = scratch.path().join("locked.h5");
    fs::write(&locked, b"\x89HDF\r\n\x1a\n").expect("it can be written");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).expect("it can be locked");
    // For root nothing is unreadable; then the file is refused for what is in it.
    let says = if fs::read(&locked).is_ok() { "" } else { "ermission denied" };
    assert_refused(&locked, says);
}

#[test]
fn a_failed_conversion_leaves_nothing_behind() {
    let scratch = tempfile::tempdir().expect("there is room");
    for file in broken_fixtures() {
        let target = scratch.path().join("out.parquet");
        let output =
            Command::new(pose()).arg("convert").arg(&file).arg(&target).output().expect("pose starts");
        assert_eq!(output.status.code(), Some(2), "{}", file.display());
        let left: Vec<_> = fs::read_dir(scratch.path()).expect("it lists").collect();
        assert!(left.is_empty(), "{}: {left:?}", file.display());
    }
}

/// Half of a file is never a whole table: every cut of a small file is refused, or reads as what was whole.
#[test]
fn cut_files_are_refused() {
    let scratch = tempfile::tempdir().expect("there is room");
    let whole =
        fs::read(fixtures_folder().join("pandas-3/generic/zlib_table.h5")).expect("the fixture is there");
    let target = scratch.path().join("cut.h5");
    for part in 1..16 {
        fs::write(&target, &whole[..whole.len() * part / 16]).expect("it can be written");
        assert_refused(&target, "");
    }
}
