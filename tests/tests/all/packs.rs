//! `pose recipe`, `pose pack` and `pose unpack`: what comes back is what was promised, what is damaged is named, and nothing partial has
//! its final name.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use pose_frame::{PoseTable, Selection, Tolerance, first_difference, testing};
use pose_io::{OpenOptions, open};
use pose_parquet::{WriteOptions, write_table};
use pose_tests::{fixtures_folder, pose};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::archive::{answer, files};

/// Every number of float64 in blocks, bit for bit.
const BLOCKS: &str = r#"{"version": 1, "arrays": [
    {"name": "numbers", "columns": {"types": ["float64"]}, "codec": {"pco": {}}}]}"#;

/// The same in a video.
const VIDEO: &str = r#"{"version": 1, "arrays": [
    {"name": "numbers", "columns": {"types": ["float64"]}, "codec": {"ffv1": {}}}]}"#;

fn predictions() -> PathBuf {
    fixtures_folder().join("pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5")
}

fn scratch() -> TempDir {
    tempfile::tempdir().expect("there is room")
}

/// Runs `pose` with these arguments: its exit code, what it printed as JSON, and what it said.
fn run<const N: usize>(arguments: [&dyn AsRef<std::ffi::OsStr>; N]) -> (Option<i32>, Value, String) {
    answer(Command::new(pose()).args(arguments.iter().map(AsRef::as_ref)))
}

fn written(scratch: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = scratch.path().join(name);
    fs::write(&path, text).expect("there is room");
    path
}

/// A file of Parquet that takes a while to be packed.
fn long_table(scratch: &TempDir, frames: usize) -> PathBuf {
    let bytes = write_table(&testing::predictions(frames), Vec::new(), &WriteOptions::default());
    let path = scratch.path().join("long.parquet");
    fs::write(&path, bytes.expect("it can be written")).expect("there is room");
    path
}

fn assert_same(left: &Path, right: &Path) {
    let open =
        |path: &Path| open(path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}")).table;
    let difference = first_difference(open(left).as_ref(), open(right).as_ref(), Tolerance::BitForBit);
    assert_eq!(difference.expect("both read"), None);
}

/// What stands in a folder, hidden or not.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("it lists").map(|entry| entry.expect("it lists").file_name());
    let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_table_is_packed_and_is_a_table_for_every_verb() {
    let scratch = scratch();
    let at = |name: &str| scratch.path().join(name);
    let (code, done, said) = run([&"pack", &predictions(), &at("a.pack"), &"--json"]);
    assert_eq!((code, &done["rows"]), (Some(0), &json!(60)), "{said}");
    let bytes: u64 =
        files(&at("a.pack")).iter().map(|file| file.metadata().expect("it is there").len()).sum();
    assert_eq!(done["target_bytes"], bytes);
    assert_eq!(done["arrays"][0]["max_error"], 0.0);

    let (_, info, said) = run([&"info", &at("a.pack"), &"--json"]);
    assert_eq!((&info["format"], &info["table"]["frames"]), (&json!("packed"), &json!(60)), "{said}");
    assert_eq!(info["packed"][0]["max_error"], 0.0);
    assert_eq!(info["table"]["metadata"]["source"]["key"], "df_with_missing");
    assert_eq!(run([&"diff", &predictions(), &at("a.pack")]).0, Some(0));
    let (_, stats, said) = run([&"stats", &at("a.pack"), &"--json"]);
    assert_eq!(stats["groups"], run([&"stats", &predictions(), &"--json"]).1["groups"], "{said}");
    assert_eq!(run([&"plot", &at("a.pack"), &"-o", &at("a.svg")]).0, Some(0));
    let (code, checked, said) = run([&"verify", &at("a.pack"), &"--json"]);
    assert_eq!((code, &checked["files"][0]["rows"]), (Some(0), &json!(60)), "{said}");
    for name in ["a.h5", "a.parquet"] {
        let (code, _, said) = run([&"unpack", &at("a.pack"), &at(name)]);
        assert_eq!(code, Some(0), "{said}");
        assert_same(&predictions(), &at(name));
    }
    let (code, _, said) = run([&"unpack", &at("a.h5"), &at("b.h5")]);
    assert!(code == Some(2) && said.contains("no packed table") && said.contains("pose convert"), "{said}");
    // A page lists it once, and not what is in it.
    assert_eq!(run([&"report", &scratch.path(), &"-o", &at("page.html")]).0, Some(0));
    let page = fs::read_to_string(at("page.html")).expect("it is there");
    assert!(page.contains("a.pack") && !page.contains("beside.parquet"), "{page}");
}

#[test]
fn bounds_for_coords_are_kept_and_said() {
    let scratch = scratch();
    let target = scratch.path().join("a.pack");
    let bounds = [("x", 0.5), ("y", 0.25), ("likelihood", 0.01)];
    let (code, _, said) =
        run([&"pack", &predictions(), &target, &"--max-error", &"x=0.5,y=0.25,likelihood=0.01"]);
    assert_eq!(code, Some(0), "{said}");
    for says in ["read back and compared", "x within 0.5", "y within 0.25", "likelihood within 0.01"] {
        assert!(said.contains(says), "{said}");
    }
    let load = |path: &Path| {
        open(path, &OpenOptions::default()).expect("it opens").table.load().expect("it can be read")
    };
    let (given, back) = (load(&predictions()), load(&target));
    let level = given.schema().coord_level().expect("there are coords");
    let mut largest = 0.0_f64;
    for (number, column) in given.schema().columns().iter().enumerate() {
        let coord = column.key.labels()[level].to_string();
        let bound = bounds.iter().find(|(name, _)| *name == coord).expect("it is bounded").1;
        let values =
            |frame: &pose_frame::PoseFrame| frame.columns()[number].as_primitive::<Float64Type>().clone();
        for (given, back) in values(&given).values().iter().zip(values(&back).values()) {
            if given.is_finite() {
                assert!((given - back).abs() <= bound, "{coord}: {given} came back as {back}");
                largest = largest.max((given - back).abs());
            } else {
                assert_eq!(given.to_bits(), back.to_bits());
            }
        }
    }
    let (_, info, _) = run([&"info", &target, &"--json"]);
    assert!(largest > 0.0 && info["packed"][0]["max_error"] == largest, "{largest} in {}", info["packed"]);
}

#[test]
fn a_recipe_says_what_was_tried_and_is_written_alone() {
    let scratch = scratch();
    let recipe = scratch.path().join("recipe.json");
    let (code, _, said) = run([&"recipe", &predictions(), &"--max-error", &"0.05", &"-o", &recipe]);
    assert_eq!(code, Some(0), "{said}");
    for says in ["of Parquet", "unpacks", "largest error", "chosen", "FFV1"] {
        assert!(said.contains(says), "{says}: {said}");
    }
    let (code, found, said) = run([&"recipe", &predictions(), &"--max-error", &"0.05", &"--json"]);
    assert_eq!(code, Some(0), "{said}");
    let alone: Value = serde_json::from_slice(&fs::read(&recipe).expect("it is there")).expect("it is JSON");
    assert_eq!(found["recipe"], alone);
    assert_eq!(found["goal"], json!({"what": "max_error", "bound": 0.05, "coords": {}}));
    let chosen = found["chosen"].as_u64().and_then(|chosen| usize::try_from(chosen).ok()).expect("a number");
    assert_eq!(found["candidates"][chosen]["recipe"], alone);
    assert_eq!(found["candidates"][chosen]["reaches_goal"], true);

    let target = scratch.path().join("a.pack");
    assert_eq!(run([&"pack", &predictions(), &target, &"--recipe", &recipe]).0, Some(0));
    let (code, _, said) = run([&"recipe", &predictions(), &"-o", &recipe]);
    assert!(code == Some(2) && said.contains("--force"), "{said}");
    let (code, _, said) = run([&"recipe", &predictions(), &"--max-size", &"10"]);
    assert!(code == Some(2) && said.contains("nothing reaches it") && said.contains("hint:"), "{said}");
    for wrong in [["--max-error", "0"], ["--max-error", "x=1,x=2"], ["--target-psnr", "much"]] {
        assert_eq!(run([&"recipe", &predictions(), &wrong[0], &wrong[1]]).0, Some(2), "{wrong:?}");
    }
    assert_eq!(run([&"recipe", &predictions(), &"--max-error", &"1", &"--lossless"]).0, Some(2));
}

#[test]
fn what_is_wrong_in_a_recipe_is_named_by_its_field() {
    let scratch = scratch();
    let target = scratch.path().join("a.pack");
    for (recipe, says) in [
        (r#"{"version": 1, "arrays": [{"name": "a", "colums": {}}]}"#, "arrays[0].colums: unknown field"),
        (r#"{"version": 1}"#, "missing field `arrays`"),
        (r#"{"version": 9, "arrays": []}"#, "of version 9"),
        (
            r#"{"version": 1, "arrays": [{"name": "a", "codec": {"pco": {"level": 13}}}]}"#,
            "arrays[0].codec.pco.level",
        ),
        (
            r#"{"version": 1, "arrays": [{"name": "a", "columns": {"coord": ["z"]}, "codec": {"pco": {}}}]}"#,
            "arrays[0].columns",
        ),
        (
            r#"{"version": 1, "arrays": [{"name": "a", "codec": {"pco": {}}, "contract": {"max_error": {"bound": -1}}}]}"#,
            "arrays[0].contract.max_error.bound",
        ),
        ("not JSON", "recipe.json: recipe:"),
    ] {
        let path = written(&scratch, "recipe.json", recipe);
        let (code, _, said) = run([&"pack", &predictions(), &target, &"--recipe", &path]);
        assert!(code == Some(2) && said.contains(says) && said.contains("hint:"), "{recipe}: {said}");
        assert_eq!(said.lines().count(), 2, "an error and a hint: {said}");
    }
    assert_eq!(names(scratch.path()), ["recipe.json"]);
    let absent = scratch.path().join("absent.json");
    let (code, _, said) = run([&"pack", &predictions(), &target, &"--recipe", &absent]);
    assert!(code == Some(2) && said.contains("absent.json"), "{said}");
}

#[test]
fn nothing_but_a_packed_table_is_replaced_and_that_only_when_forced() {
    let scratch = scratch();
    let at = |name: &str| scratch.path().join(name);
    fs::create_dir(at("folder")).expect("there is room");
    fs::write(at("folder/mine"), "mine").expect("there is room");
    for target in [written(&scratch, "file", "mine"), at("folder")] {
        for force in [&[][..], &["--force"]] {
            let mut command = Command::new(pose());
            let (code, _, said) = answer(command.arg("pack").arg(predictions()).arg(&target).args(force));
            assert!(code == Some(2) && said.contains("exists already"), "{said}");
        }
    }
    assert_eq!(fs::read(at("file")).expect("it is there"), b"mine");
    assert_eq!(fs::read(at("folder/mine")).expect("it is there"), b"mine");
    assert_eq!(run([&"pack", &predictions(), &at("a.pack")]).0, Some(0));
    let before = fs::read(at("a.pack/pose-pack.json")).expect("it is there");
    let (code, _, said) = run([&"pack", &predictions(), &at("a.pack"), &"--max-error", &"1"]);
    assert!(code == Some(2) && said.contains("--force"), "{said}");
    assert_eq!(fs::read(at("a.pack/pose-pack.json")).expect("it is there"), before);
    let (code, _, said) = run([&"pack", &predictions(), &at("a.pack"), &"--max-error", &"1", &"--force"]);
    assert_eq!(code, Some(0), "{said}");
    assert_ne!(fs::read(at("a.pack/pose-pack.json")).expect("it is there"), before);
    assert_eq!(names(scratch.path()), ["a.pack", "file", "folder"]);
    for (flag, value) in [("--jobs", "2"), ("--pattern", "*.h5"), ("--report", "r.jsonl")] {
        let (code, _, said) = run([&"pack", &predictions(), &at("b.pack"), &flag, &value]);
        assert!(code == Some(2) && said.contains("is for folders"), "{said}");
    }
}

#[test]
fn damage_is_found_and_named() {
    let scratch = scratch();
    let recipe = written(&scratch, "recipe.json", BLOCKS);
    let whole = scratch.path().join("whole.pack");
    assert_eq!(run([&"pack", &predictions(), &whole, &"--recipe", &recipe]).0, Some(0));
    for name in ["0.blocks", "beside.parquet", "pose-pack.json"] {
        for is_gone in [false, true] {
            let folder = tempfile::tempdir_in(scratch.path()).expect("there is room");
            let pack = folder.path().join("a.pack");
            fs::create_dir(&pack).expect("there is room");
            for file in files(&whole) {
                let bytes = fs::read(&file).expect("it is there");
                let name_of = file.file_name().expect("it has a name");
                if name_of == name && is_gone {
                    continue;
                }
                let mut bytes = bytes;
                if name_of == name {
                    let at = bytes.len() / 2;
                    bytes[at] ^= 1;
                }
                fs::write(pack.join(name_of), bytes).expect("there is room");
            }
            let (code, report, said) = run([&"verify", &folder.path(), &"--json"]);
            assert_eq!((code, &report["summary"]["failed"]), (Some(1), &json!(1)), "{name}: {said}{report}");
            let reason = report["files"][0]["reason"].as_str().expect("it has a reason");
            assert!(reason.contains(name), "{reason}");
            if is_gone {
                let (code, _, said) = run([&"unpack", &pack, &folder.path().join("a.h5")]);
                assert!(code == Some(2) && said.contains(name), "{name}: {said}");
                assert_eq!(names(folder.path()), ["a.pack"]);
            }
        }
    }
}

#[test]
fn a_video_that_is_missing_is_named_and_the_table_is_not_restored() {
    let scratch = scratch();
    let recipe = written(&scratch, "recipe.json", VIDEO);
    let pack = scratch.path().join("a.pack");
    let (code, _, said) = run([&"pack", &predictions(), &pack, &"--recipe", &recipe]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(run([&"diff", &predictions(), &pack]).0, Some(0));
    let (code, report, said) = run([&"verify", &pack, &"--json"]);
    assert_eq!((code, &report["summary"]["readable"]), (Some(0), &json!(1)), "{said}");
    let videos = files(&pack).into_iter().filter(|file| file.extension().is_some_and(|name| name == "mkv"));
    let video = videos.into_iter().next().expect("there is a video");
    fs::remove_file(&video).expect("it is there");
    let name = video.file_name().expect("it has a name").to_string_lossy().into_owned();
    let target = scratch.path().join("a.h5");
    let (code, _, said) = run([&"unpack", &pack, &target]);
    assert!(code == Some(2) && said.contains(&name) && !target.exists(), "{said}");
    let (code, report, _) = run([&"verify", &pack, &"--json"]);
    assert_eq!(code, Some(1));
    assert!(report["files"][0]["reason"].as_str().is_some_and(|reason| reason.contains(&name)), "{report}");
}

#[test]
fn what_is_left_of_a_damaged_table_is_restored_and_what_is_lost_is_named() {
    let scratch = scratch();
    let recipe = written(
        &scratch,
        "recipe.json",
        r#"{"version": 1, "arrays": [
            {"name": "places", "columns": {"coord": ["x", "y"]}, "codec": {"ffv1": {}}},
            {"name": "likelihoods", "columns": {"coord": ["likelihood"]}, "codec": {"pco": {}}}]}"#,
    );
    let (pack, target) = (scratch.path().join("a.pack"), scratch.path().join("left.parquet"));
    let (code, _, said) = run([&"pack", &predictions(), &pack, &"--recipe", &recipe]);
    assert_eq!(code, Some(0), "{said}");
    // Of a table that is whole nothing is lost.
    let (code, done, said) = run([&"unpack", &pack, &scratch.path().join("all.h5"), &"--salvage", &"--json"]);
    assert_eq!((code, &done["lost"]), (Some(0), &Value::Null), "{said}");
    for file in files(&pack) {
        if file.extension().is_some_and(|name| name == "mkv") {
            fs::remove_file(file).expect("it is there");
        }
    }
    let (code, done, said) = run([&"unpack", &pack, &target, &"--salvage", &"--json"]);
    assert_eq!(code, Some(1), "{said}");
    let lost = done["lost"][0].as_str().expect("what is lost is named");
    assert!(lost.contains("places") && lost.contains("snout"), "{lost}");
    let left = open(&target, &OpenOptions::default()).expect("it was written").table;
    let all = open(predictions(), &OpenOptions::default()).expect("it is there").table;
    let likelihoods = Selection::all().coord("likelihood");
    let (left, expected) = (left.load().expect("it reads"), all.read(&likelihoods).expect("it reads"));
    assert_eq!(first_difference(&left, &expected, Tolerance::BitForBit).expect("both read"), None);
}

#[test]
fn packing_that_is_killed_leaves_nothing_under_its_name() {
    const KILLS: u32 = 6;
    let scratch = scratch();
    let table = long_table(&scratch, 100_000);
    let recipe = written(&scratch, "recipe.json", BLOCKS);
    let target = scratch.path().join("a.pack");
    let command = || {
        let mut command = Command::new(pose());
        command.arg("pack").arg(&table).arg(&target).arg("--recipe").arg(&recipe);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let start = Instant::now();
    assert!(command().status().expect("pose starts").success());
    let whole = start.elapsed();
    let mut were_cut_short = 0;
    for kill in 0..KILLS {
        if target.exists() {
            fs::remove_dir_all(&target).expect("it is there");
        }
        let mut running = command().spawn().expect("pose starts");
        thread::sleep(whole * kill / KILLS);
        running.kill().expect("it can be killed");
        if !running.wait().expect("it ends").success() {
            were_cut_short += 1;
        }
        // Killed after its last step, it is whole.
        if target.exists() {
            assert_eq!(run([&"verify", &target]).0, Some(0));
        }
    }
    assert!(were_cut_short > 0, "none of {KILLS} was killed in time");
    if !target.exists() {
        assert!(command().status().expect("pose starts").success());
    }
    assert_same(&table, &target);
}

#[test]
fn packing_that_is_interrupted_says_so_and_leaves_nothing() {
    let scratch = scratch();
    let table = long_table(&scratch, 150_000);
    let recipe = written(&scratch, "recipe.json", VIDEO);
    let target = scratch.path().join("a.pack");
    let running = Command::new(pose())
        .args(["pack", "--recipe"])
        .args([&recipe, &table, &target])
        .stderr(Stdio::piped())
        .spawn()
        .expect("pose starts");
    // Until it is at work.
    let patience = Instant::now() + Duration::from_secs(60);
    while names(scratch.path()).iter().all(|name| !name.starts_with(".pose-pack-")) {
        assert!(Instant::now() < patience, "it never began");
        thread::sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(sent.is_ok(), "`kill` sends signals");
    let output = running.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("stopping") && said.contains("nothing was written"), "{said}");
    assert_eq!(names(scratch.path()), ["long.parquet", "recipe.json"]);
}

#[test]
fn looking_for_a_recipe_that_is_interrupted_says_so_and_leaves_nothing() {
    let scratch = scratch();
    let table = long_table(&scratch, 150_000);
    let temporary = scratch.path().join("temporary");
    fs::create_dir(&temporary).expect("there is room");
    let running = Command::new(pose())
        .arg("recipe")
        .arg(&table)
        .env("TMPDIR", &temporary)
        // A Ctrl-C reaches every ffmpeg as well.
        .process_group(0)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("pose starts");
    // Until it tries something.
    let patience = Instant::now() + Duration::from_secs(60);
    while names(&temporary).is_empty() {
        assert!(Instant::now() < patience, "it never began");
        thread::sleep(Duration::from_millis(1));
    }
    let sent = Command::new("kill").args(["-INT", "--", &format!("-{}", running.id())]).status();
    assert!(sent.is_ok(), "`kill` sends signals");
    let output = running.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("stopping") && said.contains("before a recipe was chosen"), "{said}");
    assert!(output.stdout.is_empty(), "{output:?}");
    assert_eq!(names(&temporary), [""; 0]);
}
