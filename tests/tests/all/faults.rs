//! A migration that is killed, has no room, may not write, or is not alone: no source is lost, nothing partial has its final
//! name, and every fault is reported.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pose_io::{AtomicFile, BatchEvent, Existing, FileStatus, MigrateOptions, migrate};
use pose_tests::{fixtures_folder, pose};

use crate::archive::{Archive, answer, command, files, reason_of};

/// How often a migration is killed: `POSE_KILLS`, or a few times.
fn num_kills() -> u32 {
    std::env::var("POSE_KILLS").map_or(12, |kills| kills.parse().expect("POSE_KILLS is a number"))
}

#[test]
fn a_migration_that_is_killed_at_any_moment_loses_nothing_and_is_taken_up_again() {
    let start = Instant::now();
    assert_eq!(answer(&mut command("migrate", &Archive::new(3).path(), &[])).0, Some(0));
    let whole = start.elapsed();
    let kills = num_kills();
    let mut were_cut_short = 0;
    for kill in 0..kills {
        let archive = Archive::new(3);
        let report = archive.beside("report.jsonl");
        let report = report.to_str().expect("it is Unicode");
        let mut arguments = vec!["--report", report];
        if kill % 2 == 1 {
            arguments.push("--remove-source");
        }
        let mut running = command("migrate", &archive.path(), &arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pose starts");
        // From its start to its end, and nowhere twice.
        thread::sleep(whole * (kill * 7919 % kills.max(1)) / kills.max(1));
        running.kill().expect("it can be killed");
        let was_cut_short = !running.wait().expect("it ends").success();
        were_cut_short += u32::from(was_cut_short);
        archive.assert_nothing_lost();

        let (code, merged, said) =
            answer(Command::new(pose()).args(["migrate", "--merge-reports", report, "--json"]));
        if Path::new(report).metadata().is_ok_and(|metadata| metadata.len() > 0) {
            assert!(code.is_some_and(|code| code < 2), "{said}");
            let unfinished = merged["unfinished"].as_array().map(Vec::len);
            // Killed after its last word, it was done.
            let was_done = merged["summary"]["migrated"] == archive.num_sources();
            assert!(
                unfinished == Some(usize::from(was_cut_short)) || (was_done && unfinished == Some(0)),
                "{merged}"
            );
        }

        let (code, again, said) = answer(&mut command("migrate", &archive.path(), &arguments));
        assert_eq!(code, Some(0), "{again}{said}");
        archive.assert_done();
        let (code, merged, said) =
            answer(Command::new(pose()).args(["migrate", "--merge-reports", report, "--json"]));
        assert_eq!((code, &merged["unfinished"]), (Some(0), &serde_json::json!([])), "{merged}{said}");
    }
    assert!(were_cut_short > 0, "none of {kills} was killed in time");
}

#[test]
fn what_another_run_is_writing_is_not_swept_up() {
    let archive = Archive::new(1);
    let target = archive.path().join("elsewhere.parquet");
    let other = AtomicFile::create(&target, Existing::Keep).expect("it can be made");
    let (code, report, _) = answer(&mut command("migrate", &archive.path(), &[]));
    assert_eq!((code, &report["summary"]["swept"]), (Some(0), &0.into()));
    assert!(other.temporary_path().exists());
    // As it is when its writer is killed: nobody has it locked.
    let left = other.temporary_path().with_file_name(format!(
        "{}x.tmp",
        other.temporary_path().file_stem().expect("a name").to_string_lossy()
    ));
    fs::write(&left, "half").expect("it can be written");
    let (_, report, _) = answer(&mut command("migrate", &archive.path(), &["--dry-run"]));
    assert_eq!((&report["summary"]["swept"], left.exists()), (&0.into(), true));
    let (_, report, _) = answer(&mut command("migrate", &archive.path(), &[]));
    assert_eq!((&report["summary"]["swept"], left.exists()), (&1.into(), false));
    assert!(other.temporary_path().exists());
}

#[test]
fn two_migrations_of_one_folder_at_once_both_succeed() {
    for arguments in [&[][..], &["--remove-source"], &["--force"]] {
        let archive = Archive::new(4);
        let running: Vec<_> = (0..2)
            .map(|_| {
                let mut command = command("migrate", &archive.path(), arguments);
                thread::spawn(move || answer(&mut command))
            })
            .collect();
        let mut accounted = 0;
        for run in running {
            let (code, report, said) = run.join().expect("no panic");
            assert_eq!(code, Some(0), "{arguments:?} {report}{said}");
            accounted += report["summary"]["migrated"].as_u64().expect("a number");
        }
        assert!(accounted >= archive.num_sources() as u64, "{accounted}");
        archive.assert_done();
        let sources = files(&archive.path()).into_iter().filter(|path| !path.ends_with("parquet"));
        let sources = sources.filter(|path| path.extension().is_some_and(|found| found != "parquet")).count();
        assert_eq!(sources, if arguments == ["--remove-source"] { 0 } else { archive.num_sources() });
    }
}

#[test]
fn a_file_that_is_too_large_for_its_disk_says_so_and_leaves_nothing() {
    let archive = Archive::new(1);
    // Of 512 bytes each. The signal is ignored, so that writing fails as on a full disk.
    let limited = r#"trap '' XFSZ; ulimit -f 4; exec "$0" "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", limited]).arg(pose()).arg("migrate").arg(archive.path()).arg("--json");
    let (code, report, said) = answer(&mut command);
    assert_eq!(code, Some(1), "{said}");
    let reason = reason_of(&report, "mouse0/a.h5");
    assert!(reason.contains("a.parquet: cannot be written: File too large"), "{reason}");
    archive.assert_nothing_lost();
    archive.assert_no_temporaries();
}

/// A small disk in memory. It takes an administrator to make one.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf) -> Option<Self> {
        fs::create_dir(&at).expect("folders can be made");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4M", "tmpfs"]).arg(&at).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_reported_and_the_next_run_goes_on() {
    let scratch = tempfile::tempdir().expect("there is room");
    let Some(disk) = SmallDisk::mount(scratch.path().join("disk")) else {
        // The test above has a limit in place of a disk, for everyone.
        let why = "left out: a full disk. Only an administrator can mount the small one that it takes";
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "{why}, and in CI it has to be");
        eprintln!("{why}");
        return;
    };
    let archive = Archive::within(tempfile::tempdir_in(&disk.0).expect("there is room"), 3);
    let filler = disk.0.join("filler");
    let block = [0_u8; 4096];
    let mut file = File::create(&filler).expect("there is room");
    while std::io::Write::write(&mut file, &block).is_ok_and(|written| written == block.len()) {}
    let full = file.metadata().expect("it is there").len();
    file.set_len(full.saturating_sub(12 * 1024)).expect("it can be cut");
    let (code, report, said) = answer(&mut command("migrate", &archive.path(), &["--jobs", "1"]));
    assert_eq!(code, Some(1), "{said}");
    let reasons =
        report["files"].as_array().expect("a list").iter().filter_map(|file| file["reason"].as_str());
    let reasons: Vec<_> = reasons.collect();
    assert!(
        !reasons.is_empty() && reasons.iter().all(|reason| reason.contains("No space left")),
        "{reasons:?}"
    );
    archive.assert_nothing_lost();
    archive.assert_no_temporaries();
    // A file that is open keeps its room.
    drop(file);
    fs::remove_file(&filler).expect("it is there");
    let (code, report, said) = answer(&mut command("migrate", &archive.path(), &["--remove-source"]));
    assert_eq!(code, Some(0), "{said} {report}");
    archive.assert_done();
}

/// The command, run by someone whom permissions concern. For an administrator they do not.
fn as_somebody(archive: &Archive, verb: &str, path: &Path, arguments: &[&str]) -> Command {
    const NOBODY: u32 = 65_534;
    let home = archive.beside("");
    if home.metadata().expect("it is there").uid() != 0 {
        return command(verb, path, arguments);
    }
    fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let program = archive.beside("pose");
    if !program.exists() {
        // By another process: a program cannot be started while anyone has it open for writing, and what this one has open is
        // inherited for a moment by whatever other tests start.
        let copied = Command::new("cp").arg(pose()).arg(&program).status().expect("there is cp");
        assert!(copied.success(), "there is room");
    }
    let mut command = Command::new(program);
    command.arg(verb).arg(path).args(arguments).arg("--json").uid(NOBODY).gid(NOBODY);
    command
}

#[test]
fn a_folder_that_may_not_be_written_to_is_reported() {
    let archive = Archive::new(1);
    let folder = archive.path().join("day0/mouse0");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).expect("it is ours");
    let (code, report, said) =
        answer(&mut as_somebody(&archive, "migrate", &archive.path(), &["--remove-source"]));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("it is ours");
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(report["summary"]["failed"], archive.num_sources());
    let reason = reason_of(&report, "mouse0/a.h5");
    assert!(reason.contains("a.parquet: cannot be written: Permission denied"), "{reason}");
    archive.assert_nothing_lost();
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_is_migrated() {
    let archive = Archive::new(1);
    let folder = archive.path().join("day0/mouse0");
    // Somebody is to write there.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("it is ours");
    let secret = folder.join("secret.h5");
    fs::copy(folder.join("a.h5"), &secret).expect("there is room");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o000)).expect("it is ours");
    let locked = archive.path().join("locked");
    fs::create_dir(&locked).expect("there is room");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).expect("it is ours");
    let _socket = UnixListener::bind(folder.join("socket.h5")).expect("sockets can be made");
    symlink("b.h5", folder.join("c.h5")).expect("links can be made");
    symlink("c.h5", folder.join("b.h5")).expect("links can be made");
    symlink("..", folder.join("up")).expect("links can be made");
    fs::create_dir(folder.join("folder.h5")).expect("there is room");

    let (code, report, said) = answer(&mut as_somebody(&archive, "migrate", &archive.path(), &[]));
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o700)).expect("it is ours");
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(report["summary"]["migrated"], archive.num_sources(), "{report}");
    for (name, says) in [
        ("secret.h5", "Permission denied"),
        ("locked", "Permission denied"),
        ("socket.h5", "not a regular file"),
        ("/b.h5", "symbolic links"),
        ("/c.h5", "symbolic links"),
    ] {
        assert!(reason_of(&report, name).contains(says), "{}", reason_of(&report, name));
    }
    assert_eq!(report["summary"]["failed"], 5, "the folders and the link to one are no sources: {report}");
    archive.assert_done();
}

#[test]
fn the_longest_names_are_migrated_and_longer_ones_refused() {
    const LONGEST: usize = 255;
    let scratch = tempfile::tempdir().expect("there is room");
    let fixture = fixtures_folder().join("pandas-3/generic/flat_int_table.h5");
    let of = |length: usize| scratch.path().join("n".repeat(length - ".parquet".len()));
    let (fits, too_long) = (of(LONGEST).with_extension("h5"), of(LONGEST + 5).with_extension("h5"));
    for path in [&fits, &too_long] {
        fs::copy(&fixture, path).expect("the file system takes names of 255 bytes");
    }
    assert_eq!(too_long.file_name().expect("a name").len(), LONGEST);
    let (code, report, said) = answer(&mut command("migrate", scratch.path(), &["--remove-source"]));
    assert_eq!(code, Some(1), "{said}");
    assert!(!fits.exists() && fits.with_extension("parquet").exists());
    let name = too_long.file_name().expect("a name").to_str().expect("it is Unicode");
    assert!(reason_of(&report, name).contains("name too long"), "{}", reason_of(&report, name));
    assert_eq!(files(scratch.path()).len(), 2, "{:?}", files(scratch.path()));
}

#[test]
fn a_source_that_changes_while_it_is_read_is_not_migrated() {
    for longer in [false, true] {
        let archive = Archive::new(1);
        let source = archive.path().join("day0/mouse0/a.h5");
        let was_changed = AtomicBool::new(false);
        let mut options = MigrateOptions::default();
        options.batch.pattern = Some("a.h5".to_owned());
        let report = migrate(&archive.path(), &options, &|event| {
            if matches!(event, BatchEvent::Advanced { .. }) && !was_changed.swap(true, Ordering::SeqCst) {
                let mut bytes = fs::read(&source).expect("it is there");
                if longer {
                    bytes.push(0);
                } else {
                    bytes[40_000] ^= 1;
                }
                fs::write(&source, bytes).expect("it can be written");
            }
        });
        let report = report.expect("the folder lists");
        assert!(was_changed.into_inner());
        let [file] = &report.files[..] else { panic!("one file") };
        assert_eq!(file.status, FileStatus::Failed);
        assert!(
            file.reason.as_ref().is_some_and(|reason| reason.contains("changed while it was read")),
            "{file:?}"
        );
        assert!(!source.with_extension("parquet").exists());
        archive.assert_no_temporaries();
    }
}

#[test]
fn an_interrupted_migration_finishes_what_it_began_and_leaves_nothing_behind() {
    let interrupt = |process: u32| {
        let sent = Command::new("kill").args(["-INT", &process.to_string()]).status();
        assert!(sent.is_ok(), "`kill` sends signals");
    };
    for signals in [1, 2] {
        let archive = Archive::new(30);
        let report = archive.beside("report.jsonl");
        let running = command(
            "migrate",
            &archive.path(),
            &["--jobs", "2", "--report", report.to_str().expect("Unicode")],
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("pose starts");
        // A run, and the first files.
        while fs::read_to_string(&report).map_or(0, |report| report.lines().count()) < 3 {
            thread::sleep(Duration::from_millis(1));
        }
        for _ in 0..signals {
            interrupt(running.id());
            thread::sleep(Duration::from_millis(2));
        }
        let output = running.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("stopping after"), "{said}");
        let code = output.status.code();
        // It may have been done with what it had begun before the second signal.
        assert!(code == Some(2) || (signals == 2 && code == Some(130)), "{code:?} {said}");
        if code == Some(2) {
            let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
            assert!(json["summary"]["not_begun"].as_u64() > Some(0) && said.contains("not begun"), "{said}");
            assert_eq!(json["summary"]["failed"], 0);
        }
        archive.assert_nothing_lost();
        archive.assert_no_temporaries();
        assert_eq!(answer(&mut command("migrate", &archive.path(), &[])).0, Some(0));
        archive.assert_done();
    }
}
