//! What stands beside tables: shown, carried into Parquet, and never in the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pose_frame::PoseTable;
use pose_hdf5::{Hdf5File, Hdf5Table, OpenOptions};
use pose_tests::{fixtures_folder, pose, real_data};
use serde_json::{Value, json};
use tempfile::TempDir;

const SINGLE: &str = "openfield1DLC_resnet50_openfieldOct30shuffle1_50000";
const MULTI: &str = "trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200";

/// A project: the side files of a fixture, and a table of it.
fn project(folder: &str, table: &str) -> (TempDir, PathBuf) {
    let scratch = tempfile::tempdir().expect("there is room");
    let from = fixtures_folder().join("project").join(folder);
    let videos = scratch.path().join("videos");
    fs::create_dir(&videos).expect("there is room");
    fs::copy(from.join("config.yaml"), scratch.path().join("config.yaml")).expect("it can be copied");
    for entry in fs::read_dir(from.join("videos")).expect("it lists") {
        let path = entry.expect("it lists").path();
        fs::copy(&path, videos.join(path.file_name().expect("a name"))).expect("it can be copied");
    }
    let table = format!("{table}.h5");
    fs::copy(fixtures_folder().join("pandas-3").join(&table), videos.join(&table)).expect("it can be copied");
    (scratch, videos.join(table))
}

fn openfield() -> (TempDir, PathBuf) {
    project("openfield-lab-2023-10-30", SINGLE)
}

fn run<const N: usize>(arguments: [&dyn AsRef<std::ffi::OsStr>; N]) -> Output {
    Command::new(pose()).args(arguments.iter().map(AsRef::as_ref)).output().expect("pose starts")
}

fn info(path: &Path) -> Value {
    let output = run([&"info", &path, &"--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("it is JSON")
}

/// Metadata without where the table is from.
fn metadata(path: &Path) -> Value {
    let mut metadata = info(path)["table"]["metadata"].take();
    metadata.as_object_mut().expect("an object").remove("source");
    metadata
}

#[test]
fn info_shows_what_stands_beside_a_table() {
    let (_scratch, table) = openfield();
    let expected = json!({
        "frame_rate_hz": 30.0,
        "video": "openfield1.mp4",
        "frame_size": {"width": 640, "height": 480},
        "video_frames": 60,
        "project": {"task": "openfield", "scorer": "lab"},
        "skeleton_edges": [["snout", "leftear"], ["snout", "rightear"]],
    });
    assert_eq!(metadata(&table), expected);
    let notes = info(&table)["notes"].take();
    assert!(notes[0].as_str().is_some_and(|note| note.contains("1 of 3 edges")), "{notes}");

    let output = run([&"info", &table]);
    let text = String::from_utf8(output.stderr).expect("messages are UTF-8");
    for line in [
        "frame rate   30 Hz\n",
        "video        openfield1.mp4, 60 frames, 640 × 480 pixels\n",
        "project      openfield, labelled by lab\n",
        "skeleton     snout–leftear, snout–rightear\n",
        "note         ",
    ] {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn a_crop_is_shown() {
    let (_scratch, table) = openfield();
    let cropped = table.with_file_name(SINGLE.replace("openfield1", "cropped1")).with_extension("h5");
    fs::rename(&table, &cropped).expect("it can be renamed");
    assert_eq!(metadata(&cropped)["crop"], json!({"x_min": 100, "x_max": 400, "y_min": 50, "y_max": 250}));
    assert_eq!(metadata(&cropped)["video"], "cropped1.avi");
    let output = run([&"info", &cropped]);
    let text = String::from_utf8(output.stderr).expect("messages are UTF-8");
    assert!(text.contains("crop         x 100 to 400, y 50 to 250\n"), "{text}");
}

#[test]
fn several_animals_have_side_files_too() {
    let (_scratch, table) = project("trimice-lab-2023-05-02", MULTI);
    let expected = json!({
        "frame_rate_hz": 25.0,
        "video": "trimice1.mp4",
        "frame_size": {"width": 640, "height": 480},
        "video_frames": 30,
        "project": {"task": "trimice", "scorer": "lab"},
        "skeleton_edges": [["snout", "tailbase"]],
    });
    assert_eq!(metadata(&table), expected);
    assert_eq!(info(&table)["notes"], Value::Null);
}

#[test]
fn conversion_and_migration_carry_it_into_parquet() {
    let (scratch, table) = openfield();
    let elsewhere = tempfile::tempdir().expect("there is room");
    let parquet = elsewhere.path().join("poses.parquet");
    assert_eq!(run([&"convert", &table, &parquet, &"--fps", &"25"]).status.code(), Some(0));
    let mut expected = metadata(&table);
    expected["frame_rate_hz"] = json!(25.0);
    assert_eq!(metadata(&parquet), expected, "what the caller says goes before what a file says");

    let status = |folder: &Path| {
        let output = run([&"migrate", &folder, &"--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        let file = &report["files"][0];
        let notes = file["tables"][0]["notes"].as_array().map_or(0, Vec::len);
        (file["status"].as_str().expect("a status").to_owned(), notes)
    };
    assert_eq!(status(scratch.path()), ("migrated".to_owned(), 1));
    let parquet = table.with_extension("parquet");
    assert_eq!(metadata(&parquet), metadata(&table));
    assert_eq!(run([&"diff", &table, &parquet]).status.code(), Some(0));
    assert_eq!(status(scratch.path()), ("up-to-date".to_owned(), 1));

    // What stands beside a table may change, or be damaged: the values are what they were.
    fs::write(scratch.path().join("config.yaml"), "Task: {{ scorer").expect("it can be written");
    fs::write(table.with_file_name(format!("{SINGLE}_meta.pickle")), "cut").expect("it can be written");
    assert_eq!(status(scratch.path()), ("up-to-date".to_owned(), 2));
    assert_eq!(run([&"diff", &table, &parquet]).status.code(), Some(0));
    fs::remove_file(&parquet).expect("it is there");
    assert_eq!(status(scratch.path()), ("migrated".to_owned(), 2));
    assert_eq!(metadata(&parquet), json!({}));
    assert_eq!(run([&"info", &table]).status.code(), Some(0));
}

#[test]
fn what_stands_beside_a_table_and_changes_is_reported_and_taken_over_when_forced() {
    let (scratch, table) = openfield();
    let migrate = |arguments: &[&str]| {
        let mut pose = Command::new(pose());
        let output = pose.arg("migrate").arg(scratch.path()).args(arguments).output().expect("pose starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        (serde_json::from_slice(&output.stdout).unwrap_or(Value::Null), output.stderr)
    };
    migrate(&[]);
    let parquet = table.with_extension("parquet");
    let before = fs::read(&parquet).expect("it was migrated");
    let config = scratch.path().join("config.yaml");
    let said = fs::read_to_string(&config).expect("it is there");
    fs::write(&config, said.replace("openfield", "maze").replace("maze1", "openfield1"))
        .expect("it can be written");

    let (report, _) = migrate(&["--json"]);
    let file = &report["files"][0];
    assert_eq!((&file["status"], &file["tables"][0]["news"]), (&json!("up-to-date"), &json!(["project"])));
    let said = String::from_utf8(migrate(&[]).1).expect("messages are UTF-8");
    assert!(said.contains("(project); --force writes them anew"), "{said}");
    assert_eq!(migrate(&["--json", "--force", "--dry-run"]).0["summary"]["planned"], 1);
    assert_eq!(fs::read(&parquet).expect("it is there"), before);

    assert_eq!(migrate(&["--json", "--force"]).0["summary"]["migrated"], 1);
    assert_eq!(metadata(&parquet)["project"]["task"], "maze");
    assert_eq!(metadata(&parquet), metadata(&table));
    assert_eq!(migrate(&["--json", "--force"]).0["summary"]["up_to_date"], 1);
}

#[test]
fn conversion_says_what_could_not_be_used() {
    let (_scratch, table) = openfield();
    let parquet = table.with_file_name("other.parquet");
    let output = run([&"convert", &table, &parquet, &"--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert!(report["notes"][0].as_str().is_some_and(|note| note.contains("1 of 3 edges")), "{report}");
    let said = String::from_utf8(output.stderr).expect("messages are UTF-8");
    assert!(said.contains("note: ") && said.contains("1 of 3 edges"), "{said}");
}

#[test]
fn a_table_that_is_shorter_than_its_video_says_so() {
    let (_scratch, table) = openfield();
    let filtered = table.with_file_name(format!("{SINGLE}_filtered.h5"));
    let shorter = fixtures_folder().join(format!("pandas-3/{MULTI}.h5"));
    fs::copy(shorter, &filtered).expect("it can be copied");
    let notes = info(&filtered)["notes"].take();
    let says = json!("the table has 30 rows, its video 60 frames");
    assert!(notes.as_array().is_some_and(|notes| notes.contains(&says)), "{notes}");
}

#[test]
fn side_files_can_be_left_alone() {
    let (_scratch, path) = openfield();
    let with = Hdf5Table::open(&path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((with.schema().metadata().frame_rate_hz, with.notes().len()), (Some(30.0), 1));
    let options = OpenOptions::default().without_side_files();
    let without = Hdf5Table::open(&path, &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((without.schema().metadata().frame_rate_hz, without.notes().len()), (None, 0));
    assert!(without.schema().metadata().source.is_some());
    let file = Hdf5File::open(&path).unwrap_or_else(|error| panic!("{error}"));
    let of_file = file.table(None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(of_file.schema(), with.schema());
}

#[test]
fn real_tables_have_a_project() {
    let Some(folder) = real_data() else { return };
    let table = folder.join("m3v1mp4DLC_resnet50_openfieldAug20shuffle1_30000.h5");
    let metadata = metadata(&table);
    assert!(metadata["project"]["task"].is_string(), "{metadata}");
}
