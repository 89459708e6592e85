//! The contract of the command line: exit codes, standard output for JSON alone, nothing overwritten unasked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::Float64Array;
use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, RowIndex};
use pose_parquet::{WriteOptions, write_table};
use pose_tests::{fixtures_folder, pose};
use serde_json::Value;

fn run<const N: usize>(arguments: [&dyn AsRef<std::ffi::OsStr>; N]) -> Output {
    Command::new(pose()).args(arguments.iter().map(AsRef::as_ref)).output().expect("pose starts")
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", errors(output)))
}

fn predictions() -> PathBuf {
    fixtures_folder().join("pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5")
}

#[test]
fn info_says_what_is_in_a_file() {
    let output = run([&"info", &predictions(), &"--json"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
    let info = json(&output);
    assert_eq!(info["format"], "hdf5");
    assert_eq!(info["keys"], serde_json::json!(["df_with_missing"]));
    let table = &info["table"];
    assert_eq!(table["kind"], "predictions");
    assert_eq!(table["frames"], 60);
    assert_eq!(table["levels"], serde_json::json!(["scorer", "bodyparts", "coords"]));
    assert_eq!(table["coords"], serde_json::json!(["x", "y", "likelihood"]));
    assert_eq!(table["columns"].as_array().map(Vec::len), Some(12));

    let output = run([&"info", &predictions()]);
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty(), "text for people goes to standard error");
    assert!(errors(&output).contains("predictions"), "{}", errors(&output));
}

#[test]
fn info_lists_several_tables() {
    let two = fixtures_folder().join("pandas-3/generic/two_tables.h5");
    let output = run([&"info", &two]);
    assert_eq!(output.status.code(), Some(0));
    for says in
        ["left: predictions, 6 frames of 3 columns", "right: predictions, 4 frames of 6 columns", "--key"]
    {
        assert!(errors(&output).contains(says), "{}", errors(&output));
    }
    let info = json(&run([&"info", &two, &"--json"]));
    let left = serde_json::json!({"key": "left", "kind": "predictions", "frames": 6, "columns": 3});
    assert_eq!((&info["tables"][0], &info["table"]), (&left, &Value::Null));
    let left = json(&run([&"info", &two, &"--json", &"--key", &"left"]));
    assert_eq!(
        (&left["table"]["frames"], left["tables"].as_array().map(Vec::len)),
        (&Value::from(6), Some(2))
    );
    assert_eq!(run([&"info", &two, &"--key", &"middle"]).status.code(), Some(2));
}

#[test]
fn info_prefers_the_usual_key_and_names_the_others() {
    let labels = fixtures_folder().join("pandas-3/labeled-data/openfield1/machinelabels-iter0.h5");
    let info = json(&run([&"info", &labels, &"--json"]));
    assert_eq!(info["table"]["metadata"]["source"]["key"], "df_with_missing");
    assert_eq!(info["keys"], serde_json::json!(["df_with_missing", "machinelabels"]));
    assert!(errors(&run([&"info", &labels])).contains("machinelabels: predictions"));
}

#[test]
fn info_says_whose_bodyparts_they_are_where_they_differ() {
    let several = fixtures_folder().join("python-2/several-animals.h5");
    let text = errors(&run([&"info", &several]));
    assert!(text.contains("snout, tailbase (mus1, mus2)") && text.contains("corner (single)"), "{text}");
    let table = &json(&run([&"info", &several, &"--json"]))["table"];
    let unique = serde_json::json!({"individual": "single", "bodyparts": ["corner"]});
    assert_eq!(table["bodyparts_of"][2], unique);
    assert_eq!(json(&run([&"info", &predictions(), &"--json"]))["table"].get("bodyparts_of"), None);
}

#[test]
fn convert_overwrites_only_when_forced() {
    let scratch = tempfile::tempdir().expect("there is room");
    let target = scratch.path().join("out.parquet");
    let output = run([&"convert", &predictions(), &target, &"--fps", &"25", &"--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(json(&output)["rows"], 60);
    assert_eq!(json(&run([&"info", &target, &"--json"]))["table"]["metadata"]["frame_rate_hz"], 25.0);

    fs::write(&target, "mine").expect("it can be written");
    let output = run([&"convert", &predictions(), &target]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("exists already") && errors(&output).contains("--force"));
    assert_eq!(fs::read(&target).expect("it is there"), b"mine");
    assert_eq!(run([&"convert", &predictions(), &target, &"--force"]).status.code(), Some(0));
    assert_eq!(run([&"diff", &predictions(), &target]).status.code(), Some(0));
}

#[test]
fn convert_refuses_what_it_cannot_write() {
    let scratch = tempfile::tempdir().expect("there is room");
    for (name, says) in [("out.txt", "cannot be told"), ("out", "cannot be told")] {
        let output = run([&"convert", &predictions(), &scratch.path().join(name)]);
        assert_eq!(output.status.code(), Some(2));
        assert!(errors(&output).contains(says), "{}", errors(&output));
    }
    let nowhere = scratch.path().join("no/such/folder/out.parquet");
    assert_eq!(run([&"convert", &predictions(), &nowhere]).status.code(), Some(2));
    let copy = scratch.path().join("copy.h5");
    fs::copy(predictions(), &copy).expect("it can be copied");
    let output = run([&"convert", &copy, &copy, &"--to", &"parquet", &"--force"]);
    assert!(errors(&output).contains("being read"), "{}", errors(&output));
    assert_eq!(fs::read(&copy).expect("it is there"), fs::read(predictions()).expect("it is there"));
}

#[test]
fn convert_writes_hdf5_and_adds_to_it() {
    let scratch = tempfile::tempdir().expect("there is room");
    let archive = scratch.path().join("archive.h5");
    let output =
        run([&"convert", &predictions(), &archive, &"--to-key", &"left", &"--compression", &"zlib:1"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    let whole = fs::read(&archive).expect("it is there");

    // Added beside it, in the other storage; the first table stays.
    let add = |key: &str| {
        run([
            &"convert",
            &predictions(),
            &archive,
            &"--to-key",
            &key,
            &"--append",
            &"--hdf5-format",
            &"fixed",
        ])
    };
    assert_eq!(add("right/deep").status.code(), Some(0));
    for key in ["left", "right/deep"] {
        let info = json(&run([&"info", &archive, &"--key", &key, &"--json"]));
        assert_eq!(info["table"]["frames"], 60, "{info}");
        let copy = scratch.path().join("copy.parquet");
        assert_eq!(run([&"convert", &archive, &copy, &"--key", &key, &"--force"]).status.code(), Some(0));
        assert_eq!(run([&"diff", &predictions(), &copy]).status.code(), Some(0));
    }

    // A key that is there is not written over, and the file stays as it is.
    let before = fs::read(&archive).expect("it is there");
    assert!(before.len() > whole.len());
    let output = add("left");
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("holds left already"), "{}", errors(&output));
    assert_eq!(fs::read(&archive).expect("it is there"), before);
    // Nor is a file written over, unless that is asked for.
    assert_eq!(run([&"convert", &predictions(), &archive]).status.code(), Some(2));
    for bad in ["zip", "blosc", "zlib:0", "zlib:10", "blosc:lz4:3:4"] {
        let target = scratch.path().join("bad.h5");
        let output = run([&"convert", &predictions(), &target, &"--compression", &bad]);
        assert_eq!(output.status.code(), Some(2), "{bad}");
        assert!(!target.exists());
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_added_to_a_file_that_others_hold_or_that_has_other_names() {
    let scratch = tempfile::tempdir().expect("there is room");
    let (file, link) = (scratch.path().join("file.h5"), scratch.path().join("link.h5"));
    assert_eq!(run([&"convert", &predictions(), &file, &"--to-key", &"first"]).status.code(), Some(0));
    let add =
        |target: &Path, key: &str| run([&"convert", &predictions(), &target, &"--to-key", &key, &"--append"]);

    // Through a link the file itself is added to.
    std::os::unix::fs::symlink(&file, &link).expect("it can be linked");
    assert_eq!(add(&link, "second").status.code(), Some(0));
    assert!(link.is_symlink() && !file.is_symlink());
    assert_eq!(json(&run([&"info", &file, &"--json"]))["keys"], serde_json::json!(["first", "second"]));

    let before = fs::read(&file).expect("it is there");
    let open = fs::File::open(&file).expect("it opens");
    open.lock().expect("it can be locked");
    let output = add(&file, "third");
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("in use"), "{}", errors(&output));
    drop(open);
    fs::hard_link(&file, scratch.path().join("twin.h5")).expect("it can be linked");
    let output = add(&file, "third");
    assert!(errors(&output).contains("2 names"), "{}", errors(&output));
    assert_eq!(fs::read(&file).expect("it is there"), before);

    // Four at once: what is said to be done is there.
    let busy = scratch.path().join("busy.h5");
    assert_eq!(run([&"convert", &predictions(), &busy, &"--to-key", &"first"]).status.code(), Some(0));
    let done: Vec<String> = std::thread::scope(|scope| {
        let one = |number: usize| {
            let (busy, add) = (&busy, &add);
            scope.spawn(move || {
                let keys = (0..5).map(move |round| format!("k{number}r{round}"));
                keys.filter(|key| add(busy, key).status.code() == Some(0)).collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..4).map(one).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("it ends")).collect()
    });
    let keys = json(&run([&"info", &busy, &"--json"]))["keys"].clone();
    let missing: Vec<&String> = done
        .iter()
        .filter(|key| !keys.as_array().is_some_and(|keys| keys.contains(&serde_json::json!(key))))
        .collect();
    assert!(!done.is_empty() && missing.is_empty(), "{missing:?} of {done:?}");
    let left = fs::read_dir(scratch.path()).expect("it lists").filter(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(".pose-"))
    });
    assert_eq!(left.count(), 0);
}

#[test]
fn a_missing_file_is_found_in_its_other_format() {
    let scratch = tempfile::tempdir().expect("there is room");
    let (h5, parquet) = (scratch.path().join("poses.h5"), scratch.path().join("poses.parquet"));
    assert_eq!(run([&"convert", &predictions(), &parquet]).status.code(), Some(0));
    let output = run([&"info", &h5]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).contains("instead of"), "{}", errors(&output));
    fs::rename(&parquet, scratch.path().join("kept")).expect("it can be renamed");
    fs::copy(predictions(), &h5).expect("it can be copied");
    let output = run([&"info", &parquet, &"--json"]);
    assert_eq!(json(&output)["format"], "hdf5");
    let kept = scratch.path().join("kept");
    let named = run([&"info", &kept, &"--key", &"df_with_missing"]);
    assert_eq!(
        named.status.code(),
        Some(0),
        "a migrated table is still known by its key: {}",
        errors(&named)
    );
    assert_eq!(run([&"info", &kept, &"--key", &"tracks"]).status.code(), Some(2));
    let output = run([&"diff", &parquet, &scratch.path().join("kept")]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).contains("is not there"), "{}", errors(&output));
}

#[test]
fn the_format_is_told_by_content() {
    let scratch = tempfile::tempdir().expect("there is room");
    let parquet = scratch.path().join("poses.parquet");
    assert_eq!(run([&"convert", &predictions(), &parquet]).status.code(), Some(0));
    let misnamed = scratch.path().join("misnamed.h5");
    fs::rename(&parquet, &misnamed).expect("it can be renamed");
    assert_eq!(json(&run([&"info", &misnamed, &"--json"]))["format"], "parquet");
}

#[test]
fn a_file_of_pandas_that_is_called_nwb_is_opened_and_told_of() {
    let scratch = tempfile::tempdir().expect("there is room");
    let misnamed = scratch.path().join("poses.nwb");
    fs::copy(predictions(), &misnamed).expect("it can be copied");
    let info = json(&run([&"info", &misnamed, &"--json"]));
    assert_eq!((&info["format"], &info["table"]["frames"]), (&"hdf5".into(), &60.into()));
    assert!(info["notes"][0].as_str().is_some_and(|note| note.contains("whatever its name")), "{info}");
    assert_eq!(run([&"diff", &misnamed, &predictions()]).status.code(), Some(0));
    // An NWB file is none for all that.
    let before = fs::read(&misnamed).expect("it is there");
    let output = run([&"convert", &predictions(), &misnamed, &"--append", &"--fps", &"30"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("no nwb file"), "{}", errors(&output));
    assert_eq!(fs::read(&misnamed).expect("it is there"), before);
}

#[test]
fn diff_names_the_first_difference() {
    let of = |name: &str| fixtures_folder().join("pandas-3").join(name);
    let filtered = of("openfield1DLC_resnet50_openfieldOct30shuffle1_50000_filtered.h5");
    assert_eq!(run([&"diff", &predictions(), &predictions()]).status.code(), Some(0));
    let output = run([&"diff", &predictions(), &filtered, &"--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", errors(&output));
    let report = json(&output);
    assert_eq!(report["equal"], false);
    let difference = &report["difference"];
    assert_eq!((&difference["what"], &difference["frame"]), (&"cell".into(), &0.into()), "{difference}");
    assert_eq!(difference["key"].as_array().map(Vec::len), Some(3));
    assert_eq!(run([&"diff", &predictions(), &Path::new("absent.h5")]).status.code(), Some(2));
    assert_eq!(run([&"diff", &predictions(), &predictions(), &"--atol", &"-1"]).status.code(), Some(2));
}

#[test]
fn diff_allows_numbers_to_be_apart_when_told() {
    let scratch = tempfile::tempdir().expect("there is room");
    let write = |name: &str, x: f64| {
        let index = RowIndex::range(1);
        let columns = vec![Column::new(ColumnKey::new(["x"]), DataType::Float64)];
        let schema = PoseSchema::new(vec![None], columns, index.schema()).expect("well formed");
        let frame = PoseFrame::new(Arc::new(schema), index, vec![Arc::new(Float64Array::from(vec![x]))]);
        let bytes = write_table(&frame.expect("it fits"), Vec::new(), &WriteOptions::default());
        let path = scratch.path().join(name);
        fs::write(&path, bytes.expect("it can be written")).expect("there is room");
        path
    };
    let (left, right) = (write("left.parquet", 1.0), write("right.parquet", 1.25));
    let output = run([&"diff", &left, &right]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(errors(&output), "they differ: frame 0 (row 0), column x: 1.0 against 1.25\n");
    assert_eq!(run([&"diff", &left, &right, &"--atol", &"0.2"]).status.code(), Some(1));
    assert_eq!(run([&"diff", &left, &right, &"--atol", &"0.25"]).status.code(), Some(0));
}

#[test]
fn wrong_calls_exit_with_2() {
    assert_eq!(run([]).status.code(), Some(2));
    assert_eq!(run([&"inof"]).status.code(), Some(2));
    assert_eq!(run([&"info"]).status.code(), Some(2));
    assert_eq!(run([&"convert", &"a", &"b", &"--fps", &"0"]).status.code(), Some(2));
    assert_eq!(run([&"--help"]).status.code(), Some(0));
}
