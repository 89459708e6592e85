//! CSV: pandas writes the same bytes and reads the same values, and what it writes is read here as it reads it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pose_csv::{CsvForm, CsvTable, CsvWriteErrorKind, Loss, OpenOptions, write_table};
use pose_frame::{PoseTable, Tolerance, first_difference, testing};
use pose_io::{ConvertOptions, Format, PoseIoErrorKind, convert};
use pose_tests::{
    FixtureTable, ask_python, expected_frame, expected_frame_from, fixtures, fixtures_folder, pose, real_data,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Fixtures that CSV cannot hold, and what is in the way.
const REFUSED: [(&str, &str); 6] = [
    ("mixed", "which in csv is a missing value"),
    ("tz", "is of type Timestamp"),
    ("moments.h5", "is of type Timestamp"),
    ("nullable", "above 2^53"),
    ("timedelta", "is of type Duration"),
    ("texts.h5", "which in csv is a missing value"),
];

#[derive(Deserialize)]
struct Reading {
    csv: PathBuf,
    oracle: PathBuf,
}

#[test]
fn csv_reads_as_pandas_reads_it() {
    let scratch = tempfile::tempdir().expect("there is room");
    let cases: Vec<Reading> = ask_python("csv_files.py", &json!({"folder": scratch.path()}));
    assert!(cases.len() > 50, "the script writes all files");
    for case in cases {
        println!("{}", case.csv.display());
        let table =
            CsvTable::open(&case.csv, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        testing::conformance(&table, &expected_frame_from(&case.oracle));
    }
}

#[test]
fn pandas_writes_the_same_csv_of_every_fixture_and_reads_the_same_from_ours() {
    let scratch = tempfile::tempdir().expect("there is room");
    let sources = fixtures("h5").into_iter().chain(fixtures("parquet"));
    let tables = sources
        .flat_map(|fixture| fixture.tables.into_iter().map(move |table| (fixture.path.clone(), table)));
    let (mut cases, mut refused) = (Vec::new(), 0);
    for (number, (source, table)) in tables.enumerate() {
        println!("{} {:?}", source.display(), table.key);
        let target = scratch.path().join(format!("{number}.csv"));
        let frame = expected_frame(&table);
        let form = match CsvForm::of(&frame) {
            Ok(form) => form,
            Err(error) => {
                let says = error.to_string();
                let known = |(name, reason): &(&str, &str)| {
                    source.to_string_lossy().contains(name) && says.contains(reason)
                };
                assert!(REFUSED.iter().any(known), "{}: {says}", source.display());
                refused += 1;
                continue;
            }
        };
        write_table(&form, fs::File::create(&target).expect("there is room")).expect("it can be written");
        let back = CsvTable::open(&target, &OpenOptions::default().with_shape(form.shape()))
            .unwrap_or_else(|error| panic!("{error}"));
        let difference = first_difference(&form, &back, Tolerance::BitForBit).expect("both can be read");
        assert_eq!(difference, None, "what was said to come back is what comes back");
        if !judged(&source, &table) {
            continue;
        }
        let shape = form.shape();
        cases.push(json!({"source": source, "key": table.key, "csv": target, "header": shape.header_rows, "labels": shape.index_columns}));
    }
    assert!(cases.len() > 100 && refused > 3, "{} are judged, {refused} refused", cases.len());
    let complaints: Vec<Option<String>> = ask_python("csv_judge.py", &json!(cases));
    assert_eq!(complaints.len(), cases.len(), "pandas judged every file");
    let complaints: Vec<String> = cases
        .iter()
        .zip(complaints)
        .filter_map(|(case, complaint)| Some(format!("{}: {}", case["source"], complaint?)))
        .collect();
    assert!(complaints.is_empty(), "pandas disagrees:\n{}", complaints.join("\n"));
}

/// Whether the pandas that judges finds the frame in the source that its writer put there.
fn judged(source: &Path, table: &FixtureTable) -> bool {
    // pandas finds no rows in its own Parquet file without columns.
    table.current_pandas_reads_it() && !source.ends_with("zero_columns.parquet")
}

#[test]
fn tables_of_deeplabcut_come_back_from_csv_as_they_were() {
    let scratch = tempfile::tempdir().expect("there is room");
    let mut kept = 0;
    for fixture in fixtures("h5") {
        if !fixture.path.components().any(|part| part.as_os_str() == "pandas-3")
            || fixture
                .path
                .components()
                .any(|part| part.as_os_str() == "generic" || part.as_os_str() == "compressed")
        {
            continue;
        }
        for table in &fixture.tables {
            let (csv, back) = (scratch.path().join("poses.csv"), scratch.path().join("back.h5"));
            let mut options = ConvertOptions::default();
            options.key.clone_from(&table.key);
            options.existing = pose_io::Existing::Replace;
            let converted =
                convert(&fixture.path, &csv, &options, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
            options.key = None;
            convert(&csv, &back, &options, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
            println!("{} {:?}", fixture.path.display(), converted.losses);
            let back = pose_io::open(&back, &pose_io::OpenOptions::default()).expect("it opens");
            let difference =
                first_difference(&expected_frame(table), back.table.as_ref(), Tolerance::BitForBit)
                    .expect("both can be read");
            assert_eq!(difference, None, "{}", fixture.path.display());
            kept += 1;
        }
    }
    assert!(kept >= 18, "{kept} tables");
}

#[test]
fn csv_beside_real_labels_holds_the_same() {
    let Some(folder) = real_data() else { return };
    let files = folder.read_dir().expect("the folder lists").map(|entry| entry.expect("it lists").path());
    let csv: Vec<PathBuf> = files.filter(|path| Format::of_name(path) == Some(Format::Csv)).collect();
    assert!(!csv.is_empty(), "{} holds CSV files", folder.display());
    for path in csv {
        let options = pose_io::OpenOptions::default();
        let from_csv = pose_io::open(&path, &options).expect("it opens");
        let hdf5 = pose_io::open(path.with_extension("h5"), &options).expect("it opens");
        let difference = first_difference(hdf5.table.as_ref(), from_csv.table.as_ref(), Tolerance::BitForBit)
            .expect("both can be read");
        assert_eq!(difference, None, "{}", path.display());
        let form = CsvForm::of(hdf5.table.as_ref()).expect("it has a form");
        let written = write_table(&form, Vec::new()).expect("it can be written");
        assert!(written == fs::read(&path).expect("it is there"), "{}: other bytes", path.display());
    }
}

fn run<const N: usize>(arguments: [&dyn AsRef<std::ffi::OsStr>; N]) -> Output {
    Command::new(pose()).args(arguments.iter().map(AsRef::as_ref)).output().expect("pose starts")
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

#[test]
fn the_command_reads_and_writes_csv() {
    let scratch = tempfile::tempdir().expect("there is room");
    let source = fixtures_folder().join("pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5");
    let csv = scratch.path().join("poses.csv");
    let output = run([&"convert", &source, &csv]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(run([&"diff", &source, &csv]).status.code(), Some(0), "the same, bit for bit");
    let info = run([&"info", &csv, &"--json"]);
    let info: Value = serde_json::from_slice(&info.stdout).expect("JSON");
    assert_eq!((&info["format"], &info["table"]["kind"]), (&json!("csv"), &json!("predictions")));
    assert_eq!(run([&"convert", &source, &csv]).status.code(), Some(2), "it is there already");
    for flag in ["--append", "--narrow"] {
        let output = run([&"convert", &source, &scratch.path().join("other.csv"), &flag]);
        assert!(errors(&output).contains("is to be CSV"), "{}", errors(&output));
    }
    // Without a name that says so: by its first line.
    let text = scratch.path().join("poses.txt");
    fs::copy(&csv, &text).expect("there is room");
    assert_eq!(run([&"diff", &text, &csv]).status.code(), Some(0));
    fs::write(&text, "a recipe, with commas\nand lines\n").expect("there is room");
    assert!(errors(&run([&"info", &text])).contains("nor csv by its name"));
}

#[test]
fn what_csv_does_not_keep_is_said_and_values_are_not_changed() {
    let scratch = tempfile::tempdir().expect("there is room");
    let generic = fixtures_folder().join("pandas-3/generic");
    let target = scratch.path().join("out.csv");
    let output = run([&"convert", &generic.join("mixed_table.h5"), &target]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("has the text \"\" in row 4"), "{}", errors(&output));
    assert!(!target.exists());
    let output = run([&"convert", &generic.join("bits_f32_table.h5"), &target]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    for says in ["Float64 instead of Float32", "plain NaN"] {
        assert!(errors(&output).contains(says), "{}", errors(&output));
    }
}

#[test]
fn labels_that_pandas_would_lose_are_named() {
    let text = "scorer,lab,lab\nbodyparts,snout,snout\ncoords,x,y\nlabeled-data/v/img1.png,,\nlabeled-data/v/img2.png,1.5,2.0\n";
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("CollectedData_lab.csv");
    fs::write(&path, text).expect("there is room");
    let table = CsvTable::open(&path, &OpenOptions::default()).expect("it opens");
    assert_eq!(table.num_frames(), 2, "the first image is one");
    let form = CsvForm::of(&table).expect("it has a form");
    assert_eq!(form.losses(), [Loss::FirstRow]);
    assert_eq!(write_table(&form, Vec::new()).expect("it can be written"), text.as_bytes());
}

#[test]
fn migration_passes_csv_by() {
    let scratch = tempfile::tempdir().expect("there is room");
    let labels = fixtures_folder().join("pandas-3/labeled-data/openfield1/CollectedData_lab.h5");
    let (h5, csv) =
        (scratch.path().join("CollectedData_lab.h5"), scratch.path().join("CollectedData_lab.csv"));
    fs::copy(labels, &h5).expect("there is room");
    assert_eq!(run([&"convert", &h5, &csv]).status.code(), Some(0));
    let output = run([&"migrate", &scratch.path(), &"--remove-source"]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).contains("1 file: 1 migrated"), "{}", errors(&output));
    assert!(csv.exists() && !h5.exists());
    let absent = run([&"info", &h5.with_extension("hdf"), &"--json"]);
    let absent: Value = serde_json::from_slice(&absent.stdout).expect("its twin is opened");
    assert_eq!(absent["format"], "parquet");
}

#[test]
fn tables_that_csv_cannot_hold_are_refused_by_kind() {
    let spans = fixtures("h5")
        .into_iter()
        .find(|fixture| fixture.path.ends_with("pandas-3/generic/timedelta_index_fixed.h5"));
    let spans = spans.expect("the fixture is there");
    let frame = expected_frame(&spans.tables[0]);
    let Err(error) = CsvForm::of(&frame) else { panic!("it is written") };
    assert!(matches!(error.kind(), CsvWriteErrorKind::Type { .. }), "{error}");
    let scratch = tempfile::tempdir().expect("there is room");
    let refused = convert(&spans.path, &scratch.path().join("out.csv"), &ConvertOptions::default(), &|_| {});
    let refused = refused.expect_err("it is refused");
    assert!(matches!(refused.kind(), PoseIoErrorKind::NotWritten { .. }), "{refused}");
}
