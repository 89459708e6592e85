//! NWB files that other programs wrote are read as these read them, and ours through the command line.

use std::path::{Path, PathBuf};
use std::process::Command;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use pose_frame::PoseTable;
use pose_io::nwb::{NwbErrorKind, NwbFile, NwbTable};
use pose_tests::{fixtures_folder, pose};
use serde::Deserialize;

#[derive(Deserialize)]
struct Expected {
    levels: Vec<String>,
    columns: Vec<ExpectedColumn>,
    /// The moments of the frames, where they are no regular ones.
    index: Option<Vec<String>>,
    table: Option<String>,
    video: Option<String>,
    frame_size: Option<[u32; 2]>,
    frame_rate: Option<f64>,
    edges: Option<Vec<(String, String)>>,
}

#[derive(Deserialize)]
struct ExpectedColumn {
    key: Vec<String>,
    #[serde(rename = "type")]
    data_type: String,
    values: Vec<String>,
}

fn folder() -> PathBuf {
    fixtures_folder().join("nwb")
}

/// The bits that a float of 64 bits has, or the same number with 32.
fn bits(array: &arrow_array::ArrayRef) -> Vec<String> {
    let hex = |value: f64| format!("{:016x}", value.to_bits());
    match array.as_primitive_opt::<Float64Type>() {
        Some(values) => values.values().iter().copied().map(hex).collect(),
        None => {
            array.as_primitive::<Float32Type>().values().iter().map(|&value| hex(f64::from(value))).collect()
        }
    }
}

#[test]
fn tables_of_every_layout_are_what_their_writers_put_in() {
    for name in [
        "ndx-pose-0.1",
        "ndx-pose-0.2",
        "ndx-pose-0.3",
        "ndx-pose-0.4",
        "neuroconv",
        "sleap-io",
        "movement",
        "keypoint-moseq",
    ] {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).expect("it is there");
        let expected: Expected = serde_json::from_str(&text).expect("it is JSON");
        let path = folder().join(format!("{name}.nwb"));
        let table =
            NwbTable::open(&path, expected.table.as_deref()).unwrap_or_else(|error| panic!("{error}"));
        let found = table.load().unwrap_or_else(|error| panic!("{error}"));
        let levels: Vec<_> = table.schema().levels().iter().flatten().map(ToString::to_string).collect();
        assert_eq!(levels, expected.levels, "{name}");
        let columns = table.schema().columns();
        assert_eq!(columns.len(), expected.columns.len(), "{name}");
        for ((column, values), expected) in columns.iter().zip(found.columns()).zip(&expected.columns) {
            let key: Vec<String> = column.key.labels().iter().map(ToString::to_string).collect();
            assert_eq!(
                (key, column.data_type.to_string().to_lowercase()),
                (expected.key.clone(), expected.data_type.clone())
            );
            assert_eq!(bits(values), expected.values, "{name}: {}", column.key);
        }
        if let Some(moments) = &expected.index {
            assert_eq!(bits(&found.index().to_levels()[0].values), *moments, "{name}");
        }
        let metadata = table.schema().metadata();
        assert_eq!(metadata.video.as_ref(), expected.video.as_ref().or(metadata.video.as_ref()), "{name}");
        if let Some([width, height]) = expected.frame_size {
            assert_eq!(
                metadata.frame_size.map(|size| (size.width, size.height)),
                Some((width, height)),
                "{name}"
            );
        }
        if expected.frame_rate.is_some() {
            assert_eq!(metadata.frame_rate_hz, expected.frame_rate, "{name}");
        }
        if let Some(edges) = expected.edges {
            assert_eq!(metadata.skeleton_edges, edges, "{name}");
        }
    }
}

#[test]
fn individuals_are_chosen_by_their_groups() {
    let path = folder().join("sleap-io.nwb");
    let file = NwbFile::open(&path).expect("it opens");
    let keys: Vec<String> = file.tables().into_iter().map(|entry| entry.key).collect();
    assert_eq!(keys.len(), 3, "{keys:?}");
    let all = file.table(Some(&keys[0])).expect("it opens");
    let one = file.table(Some(&keys[1])).expect("it opens");
    assert_eq!((all.schema().columns().len(), one.schema().columns().len()), (12, 6));
}

#[test]
fn what_is_no_one_table_is_named() {
    let error = |name: &str| NwbTable::open(folder().join(name), None).err().expect("it is none");
    let found = error("other-lengths.nwb");
    assert!(matches!(found.kind(), NwbErrorKind::Lengths { first_rows: 5, other_rows: 3, .. }), "{found}");
    assert!(found.to_string().contains("/processing/behavior/PoseEstimation/tail"), "{found}");
    let found = error("other-times.nwb");
    assert!(matches!(found.kind(), NwbErrorKind::TimeBases { .. }), "{found}");
    assert!(found.to_string().contains("/snout and /processing/behavior/PoseEstimation/tail"), "{found}");
    let found = error("no-poses.nwb");
    assert!(matches!(found.kind(), NwbErrorKind::NoPoses { .. }), "{found}");
}

fn run(arguments: &[&str], folder: &Path) -> (Option<i32>, String) {
    let output = Command::new(pose()).args(arguments).current_dir(folder).output().expect("it starts");
    let text =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    (output.status.code(), text)
}

#[test]
fn the_command_line_goes_there_and_back() {
    let scratch = tempfile::tempdir().expect("there is room");
    let fixture = fixtures_folder().join("pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5");
    std::fs::copy(fixture, scratch.path().join("x.h5")).expect("there is room");
    let subject = "session_start_time = 2023-10-30T14:05:00+01:00\nsubject_id = \"m3\"\nsex = \"F\"\nspecies = \"Mus musculus\"\nage = \"P90D\"\n";
    std::fs::write(scratch.path().join("subject.toml"), subject).expect("there is room");

    let (code, text) = run(&["convert", "x.h5", "x.nwb"], scratch.path());
    assert!(code == Some(2) && text.contains("session_start_time") && text.contains("hint: "), "{text}");
    // What is known of the animal alone is not enough, and it is said what is.
    let animal = subject.lines().skip(1).collect::<Vec<_>>().join("\n");
    std::fs::write(scratch.path().join("animal.toml"), animal).expect("there is room");
    let (code, text) =
        run(&["convert", "x.h5", "x.nwb", "--fps", "30", "--subject", "animal.toml"], scratch.path());
    assert!(code == Some(2) && text.contains("nothing says when the session began"), "{text}");
    assert!(
        text.contains("--session-start 2023-10-30T14:05:00+01:00")
            && text.contains("session_start_time in the file of --session or --subject"),
        "{text}"
    );
    let start = ["--session-start", "2023-10-30T14:05:00+01:00"];
    let call = ["convert", "x.h5", "by-option.nwb", "--fps", "30", "--subject", "animal.toml"];
    let (code, text) = run(&[&call[..], &start].concat(), scratch.path());
    assert!(code == Some(0) && !text.contains("nwbinspector"), "{text}");
    let (code, text) = run(&["convert", "x.h5", "x.nwb", "--subject", "subject.toml"], scratch.path());
    assert!(code == Some(2) && text.contains("--fps"), "{text}");
    let (code, text) =
        run(&["convert", "x.h5", "x.nwb", "--fps", "30", "--subject", "subject.toml"], scratch.path());
    assert!(code == Some(0) && !text.contains("nwbinspector"), "{text}");
    let (code, text) = run(&["info", "x.nwb"], scratch.path());
    assert!(
        code == Some(0) && text.contains("(nwb,") && text.contains("individuals") && text.contains("30 Hz"),
        "{text}"
    );
    let (code, text) = run(&["convert", "x.nwb", "y.h5"], scratch.path());
    assert_eq!(code, Some(0), "{text}");
    for other in ["x.nwb", "y.h5"] {
        let (code, text) = run(&["diff", "x.h5", other], scratch.path());
        assert_eq!(code, Some(0), "{other}: {text}");
    }
    let append = ["convert", "x.h5", "x.nwb", "--fps", "30", "--append"];
    let (code, text) = run(&append, scratch.path());
    assert!(code == Some(2) && text.contains("/scratch/pose_table") && text.contains("--to-key"), "{text}");
    let (code, text) =
        run(&[&append[..], &["--to-key", "second", "--start", "1.5"]].concat(), scratch.path());
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run(&["info", "x.nwb"], scratch.path());
    assert!(code == Some(0) && text.contains("pose_table: ") && text.contains("second: "), "{text}");
    let (code, text) = run(&["diff", "x.h5", "x.nwb", "--right-key", "second"], scratch.path());
    assert_eq!(code, Some(0), "{text}");

    let bare = ["convert", "x.h5", "z.nwb", "--fps", "30", "--session-start", "2023-10-30T14:05:00Z"];
    let (code, text) = run(&bare, scratch.path());
    assert!(code == Some(0) && text.contains("CRITICAL check_subject_exists"), "{text}");
    let (code, text) = run(&["convert", "x.h5", "z.parquet", "--session", "subject.toml"], scratch.path());
    assert!(code == Some(2) && text.contains("--session is for NWB"), "{text}");
}

const PAIR: &str = "pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5";

/// A folder with a table of several individuals, `x.h5`, and what is known of the session, `about.toml`.
fn lab() -> tempfile::TempDir {
    let scratch = tempfile::tempdir().expect("there is room");
    std::fs::copy(fixtures_folder().join(PAIR), scratch.path().join("x.h5")).expect("there is room");
    let about = "session_start_time = 2023-10-30T14:05:00+01:00\n[subject]\nspecies = \"Mus musculus\"\nsex = \"F\"\nage = \"P90D\"\n";
    std::fs::write(scratch.path().join("about.toml"), about).expect("there is room");
    scratch
}

fn rows_of(path: &Path) -> usize {
    pose_io::open(path, &pose_io::OpenOptions::default()).expect("it opens").table.num_frames()
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("it is there");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("it is there").file_name();
    let mut names: Vec<String> = entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn each_individual_has_a_file_of_its_own_by_option() {
    let lab = lab();
    let source =
        pose_io::open(lab.path().join("x.h5"), &pose_io::OpenOptions::default()).expect("it opens").table;
    let individuals: Vec<_> = source.schema().individuals().into_iter().cloned().collect();
    assert!(individuals.len() > 1);
    let call = ["convert", "x.h5", "out.nwb", "--fps", "30", "--session", "about.toml", "--per-individual"];

    // One of the names is taken: nothing is written.
    let taken = format!("out_{}.nwb", individuals[1]);
    std::fs::write(lab.path().join(&taken), "mine").expect("there is room");
    let (code, text) = run(&call, lab.path());
    assert!(code == Some(2) && text.contains(&taken) && text.contains("--force"), "{text}");
    assert_eq!(names_in(lab.path()), ["about.toml".to_owned(), taken.clone(), "x.h5".to_owned()]);
    std::fs::remove_file(lab.path().join(&taken)).expect("it is there");

    let (code, text) = run(&call, lab.path());
    // Corners of a box are no subject.
    let found = text.lines().filter(|line| line.contains("nwbinspector")).count();
    assert!(code == Some(0) && found == 1 && text.contains("check_subject_exists"), "{text}");
    let mut columns = 0;
    for individual in &individuals {
        let path = lab.path().join(format!("out_{individual}.nwb"));
        let found = NwbTable::open(&path, None).expect("it opens");
        let filter = pose_frame::Filter::select(pose_frame::Selection::all().individual(individual.clone()));
        let expected = pose_frame::FilteredTable::new(source.as_ref(), &filter).expect("it is there");
        let difference = pose_frame::first_difference(&expected, &found, pose_frame::Tolerance::BitForBit);
        assert_eq!(difference.expect("both read"), None, "{individual}");
        columns += found.schema().columns().len();
    }
    assert_eq!(columns, source.schema().columns().len(), "together they are the whole table");
    assert_eq!(names_in(lab.path()).len(), 2 + individuals.len());

    std::fs::write(
        lab.path().join("m3.toml"),
        "session_start_time = 2023-10-30T14:05:00Z\nsubject_id = \"m3\"\n",
    )
    .expect("there is room");
    let call = ["convert", "x.h5", "m.nwb", "--fps", "30", "--subject", "m3.toml", "--per-individual"];
    let (code, text) = run(&call, lab.path());
    assert!(code == Some(2) && text.contains("one subject_id cannot be that of"), "{text}");
    let (code, text) = run(&["convert", "x.h5", "out.parquet", "--per-individual"], lab.path());
    assert!(code == Some(2) && text.contains("--per-individual is for NWB"), "{text}");
}

#[test]
fn timestamps_come_from_a_file_of_one_for_each_frame() {
    let lab = lab();
    let rows = rows_of(&lab.path().join("x.h5"));
    let moments: Vec<u32> = (0u32..).map(|row| row * row + row).take(rows).collect();
    let lines: Vec<String> = moments.iter().map(ToString::to_string).collect();
    let lines = lines.join("\n");
    std::fs::write(lab.path().join("times.txt"), &lines).expect("there is room");
    let call = ["convert", "x.h5", "x.nwb", "--session", "about.toml", "--timestamps", "times.txt"];
    let (code, text) = run(&call, lab.path());
    assert_eq!(code, Some(0), "{text}");
    let (code, text) = run(&["diff", "x.h5", "x.nwb"], lab.path());
    assert_eq!(code, Some(0), "{text}");
    let bytes = std::fs::read(lab.path().join("x.nwb")).expect("it is there");
    let moments: Vec<u8> = moments.iter().flat_map(|&moment| f64::from(moment).to_le_bytes()).collect();
    assert!(bytes.windows(moments.len()).any(|found| found == moments), "the moments stand in the file");

    std::fs::write(lab.path().join("times.txt"), format!("{lines}\n1e9\n")).expect("there is room");
    let (code, text) = run(&[&call[..], &["--force"]].concat(), lab.path());
    assert!(
        code == Some(2) && text.contains(&format!("{} timestamps for {rows} frames", rows + 1)),
        "{text}"
    );
}

#[test]
fn the_frame_rate_is_that_of_the_video_where_nothing_else_says_it() {
    let lab = lab();
    let rows = rows_of(&lab.path().join("x.h5"));
    let film = |name: &str, frames: usize| {
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=64x48:rate=25", "-frames:v"])
            .args([&frames.to_string(), name])
            .current_dir(lab.path())
            .status();
        assert!(made.is_ok_and(|status| status.success()), "ffmpeg makes a video: install it");
    };
    film("v.mp4", rows);
    let call = |video| ["convert", "x.h5", "x.nwb", "--force", "--session", "about.toml", "--video", video];
    let (code, text) = run(&call("v.mp4"), lab.path());
    assert!(code == Some(0) && !text.contains("note: "), "{text}");
    let (code, text) = run(&["info", "x.nwb"], lab.path());
    assert!(code == Some(0) && text.contains("25 Hz"), "{text}");
    let table = NwbTable::open(lab.path().join("x.nwb"), Some("behavior/mus1")).expect("it opens");
    let size = table.schema().metadata().frame_size.map(|size| (size.width, size.height));
    assert_eq!(size, Some((64, 48)));
    film("longer.mp4", rows + 3);
    let (code, text) = run(&call("longer.mp4"), lab.path());
    let says = format!("has {} frames, and the table has {rows}", rows + 3);
    assert!(code == Some(0) && text.contains(&says), "{text}");

    // Without ffprobe the error says what to give, and with that it is not needed.
    let without = |arguments: &[&str]| {
        let mut command = Command::new(pose());
        let output = command.args(arguments).current_dir(lab.path()).env("PATH", "").output();
        let output = output.expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, text) = without(&call("v.mp4"));
    assert!(code == Some(2) && text.contains("ffprobe") && text.contains("--fps"), "{text}");
    let (code, text) = without(&[&call("v.mp4")[..], &["--fps", "25"]].concat());
    assert_eq!(code, Some(0), "{text}");
}
