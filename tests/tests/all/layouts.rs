//! Long files: pandas finds in them what is in the wide ones, and each gives the wide one back.

use std::path::{Path, PathBuf};
use std::process::Command;

use pose_frame::{
    IndexSchema, LongNames, LongTable, PoseTable, TableErrorKind, Tolerance, first_difference, testing,
};
use pose_io::parquet::{Layout, ParquetTable, WriteOptions, write_table};
use pose_io::{ConvertOptions, OpenOptions, SourceLayout, convert, open};
use pose_tests::{FixtureTable, ask_python, expected_frame, fixtures, fixtures_folder, pose, real_data};
use serde_json::{Value, json};

/// Every table of every HDF5 fixture, by its file and key.
fn tables() -> impl Iterator<Item = (PathBuf, FixtureTable)> {
    fixtures("h5")
        .into_iter()
        .flat_map(|fixture| fixture.tables.into_iter().map(move |table| (fixture.path.clone(), table)))
}

fn python_names(names: &LongNames) -> Value {
    json!({"frame": names.frame, "frame_without_time": names.frame_without_time, "scorer": names.scorer,
           "individual": names.individual, "bodypart": names.bodypart, "likelihood": names.likelihood})
}

#[test]
fn every_fixture_that_can_be_long_comes_back_bit_for_bit() {
    let (mut long, mut not_long) = (0, Vec::new());
    for (path, table) in tables() {
        println!("{} {:?}", path.display(), table.key);
        let expected = expected_frame(&table);
        let options = WriteOptions::default().with_layout(Layout::Long(LongNames::default()));
        match LongTable::new(&expected, &LongNames::default()) {
            Ok(_) => {
                let bytes = write_table(&expected, Vec::new(), &options).expect("it can be written");
                testing::conformance(&ParquetTable::from_bytes(bytes).expect("it opens"), &expected);
                long += 1;
            }
            Err(error) => {
                assert!(matches!(error.kind(), TableErrorKind::Layout { .. }), "{error}");
                write_table(&expected, Vec::new(), &options).expect_err("it cannot be long");
                not_long.push(format!("{}: {error}", path.display()));
            }
        }
    }
    println!("{}", not_long.join("\n"));
    assert!(long >= 100 && !not_long.is_empty(), "{long} are long, {} are not", not_long.len());
}

#[test]
fn pandas_finds_in_long_files_what_is_in_the_wide_ones() {
    let sources = tables().filter(|(_, table)| table.current_pandas_reads_it());
    let sources: Vec<(PathBuf, Option<String>)> = sources.map(|(path, table)| (path, table.key)).collect();
    assert!(judge(&sources) >= 50, "most fixtures are judged");
}

#[test]
fn pandas_finds_in_long_files_of_real_tables_what_is_in_them() {
    let Some(folder) = real_data() else { return };
    let sources = real_tables(&folder);
    assert_eq!(judge(&sources), sources.len(), "all of them can be long");
}

fn real_tables(folder: &Path) -> Vec<(PathBuf, Option<String>)> {
    let files = folder.read_dir().expect("the folder lists").map(|entry| entry.expect("it lists").path());
    let hdf5 = files.filter(|path| path.extension().is_some_and(|found| found == "h5"));
    let sources: Vec<_> = hdf5.map(|path| (path, Some("df_with_missing".to_owned()))).collect();
    assert!(!sources.is_empty(), "{} holds HDF5 files", folder.display());
    sources
}

fn is_labelled_by_frame((path, key): &(PathBuf, Option<String>)) -> bool {
    let table = open(path, &OpenOptions::default().with_key(key.clone())).expect("it opens").table;
    matches!(table.schema().index(), IndexSchema::Labels(field) if field.data_type.is_integer())
}

/// Converts each file to long ones and lets pandas compare them with their source. Gives the number of tables that can be
/// long.
fn judge(sources: &[(PathBuf, Option<String>)]) -> usize {
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let mut cases = Vec::new();
    for (number, (source, key)) in sources.iter().enumerate() {
        for (variant, names) in [LongNames::default(), LongNames::aniframe()].into_iter().enumerate() {
            let long = scratch.path().join(format!("{number}-{variant}.parquet"));
            let mut options = ConvertOptions::default();
            options.key.clone_from(key);
            options.frame_rate_hz = (variant == 1).then_some(30.0);
            let said = python_names(&names);
            options.parquet.layout = Layout::Long(names);
            // It verifies that the file gives the source back.
            if let Err(error) = convert(source, &long, &options, &|_| {}) {
                let table =
                    open(source, &OpenOptions::default().with_key(key.clone())).expect("it opens").table;
                assert!(LongTable::new(table.as_ref(), &LongNames::default()).is_err(), "{error}");
                continue;
            }
            cases.push(json!({"source": source, "key": key, "long": long, "names": said}));
        }
    }
    assert_no_complaints(&cases);
    cases.len() / 2
}

fn assert_no_complaints(cases: &[Value]) {
    let complaints: Vec<Option<String>> = ask_python("layouts.py", &json!(cases));
    assert_eq!(complaints.len(), cases.len(), "pandas judged every file");
    let complaints = cases.iter().zip(complaints);
    let complaints: Vec<String> = complaints
        .filter_map(|(case, complaint)| Some(format!("{} {}: {}", case["source"], case["key"], complaint?)))
        .collect();
    assert!(complaints.is_empty(), "pandas disagrees:\n{}", complaints.join("\n"));
}

#[test]
fn long_tables_of_pandas_are_wide_as_their_source_was() {
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let wanted = [
        "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5",
        "pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200_el.h5",
        "pandas-3/openfield1_DLC_3D.h5",
    ];
    let chosen = tables().filter(|(path, _)| wanted.iter().any(|wanted| path.ends_with(wanted)));
    let mut sources: Vec<(PathBuf, Option<String>)> = chosen.map(|(path, table)| (path, table.key)).collect();
    assert_eq!(sources.len(), wanted.len());
    if let Some(folder) = real_data() {
        // Of images pandas would have to be told what labels the rows.
        sources.extend(real_tables(&folder).into_iter().filter(is_labelled_by_frame));
    }
    let made = |number: usize| scratch.path().join(format!("{number}.parquet"));
    let cases = sources.iter().enumerate().map(|(number, (source, key))| {
        json!({"source": source, "key": key, "make": made(number), "names": python_names(&LongNames::default())})
    });
    assert_no_complaints(&cases.collect::<Vec<_>>());
    for (number, (source, key)) in sources.iter().enumerate() {
        for extension in ["wide.parquet", "h5"] {
            let target = made(number).with_extension(extension);
            let mut options = ConvertOptions::default();
            options.source_layout = SourceLayout::LongWhereItLooksSo;
            let converted =
                convert(&made(number), &target, &options, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
            assert!(converted.long_rows > Some(converted.num_frames), "it was long");
            let source = open(source, &OpenOptions::default().with_key(key.clone())).expect("it opens").table;
            let wide = open(&target, &OpenOptions::default()).expect("it opens").table;
            assert_same_values(source.as_ref(), wide.as_ref());
        }
    }
}

/// The rows of a table in no order do not say in which order its columns were, so they are compared by their keys.
fn assert_same_values(left: &dyn PoseTable, right: &dyn PoseTable) {
    assert_eq!(left.schema().levels(), right.schema().levels());
    assert_eq!(left.schema().kind(), right.schema().kind());
    let none = pose_frame::Selection::all().columns([]);
    let (rows, others) = (left.read(&none).expect("it reads"), right.read(&none).expect("it reads"));
    assert_eq!(first_difference(&rows, &others, Tolerance::BitForBit).expect("they read"), None);
    for column in left.schema().columns() {
        let values = left.column(&column.key).expect("it reads");
        assert!(*values == *right.column(&column.key).expect("it is there"), "{}", column.key);
    }
    for column in
        right.schema().columns().iter().filter(|column| left.schema().position(&column.key).is_none())
    {
        // What a point does not have, a long table has as missing.
        let values = right.column(&column.key).expect("it reads");
        assert_eq!(pose_frame::count_missing(&values), right.num_frames(), "{}", column.key);
    }
}

fn run<const N: usize>(arguments: [&dyn AsRef<std::ffi::OsStr>; N]) -> (Option<i32>, String, Value) {
    let output =
        Command::new(pose()).args(arguments.iter().map(AsRef::as_ref)).output().expect("pose starts");
    let said = String::from_utf8(output.stderr).expect("messages are UTF-8");
    (output.status.code(), said, serde_json::from_slice(&output.stdout).unwrap_or_default())
}

fn several_animals() -> PathBuf {
    fixtures_folder().join("python-2/several-animals.h5")
}

#[test]
fn the_command_line_writes_long_files_and_reads_them_wide() {
    let scratch = tempfile::tempdir().expect("there is room");
    let (long, back) = (scratch.path().join("long.parquet"), scratch.path().join("back.h5"));
    let written = run([&"convert", &several_animals(), &long, &"--layout", &"long", &"--fps", &"25"]);
    assert_eq!(written.0, Some(0), "{}", written.1);
    let (_, said, _) = run([&"info", &long]);
    assert!(
        said.contains("stored long  ")
            && said.contains("rows of frame, time, scorer, individual, bodypart, x"),
        "{said}"
    );
    let (_, _, info) = run([&"info", &long, &"--json"]);
    assert_eq!(info["table"]["levels"], json!(["scorer", "individuals", "bodyparts", "coords"]));
    assert_eq!(info["stored_long"]["columns"][1], "time");
    assert_eq!(run([&"convert", &long, &back]).0, Some(0));
    for file in [&long, &back] {
        let (code, said, _) = run([&"diff", file, &several_animals()]);
        assert_eq!(code, Some(0), "{said}");
    }
    let named = run([
        &"convert",
        &long,
        &long.with_file_name("ani.parquet"),
        &"--layout",
        &"long",
        &"--long-names",
        &"aniframe",
    ]);
    assert_eq!(named.0, Some(0), "{}", named.1);
    let (_, _, info) = run([&"info", &long.with_file_name("ani.parquet"), &"--json"]);
    assert_eq!(info["stored_long"]["columns"][4], "keypoint");
}

#[test]
fn a_long_file_that_was_sorted_is_made_wide_by_its_columns() {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = |name: &str| scratch.path().join(name);
    let (long, sorted, wide) = (path("long.parquet"), path("sorted.parquet"), path("wide.parquet"));
    assert_eq!(run([&"convert", &several_animals(), &long, &"--layout", &"long"]).0, Some(0));
    assert_no_complaints(&[json!({"source": long, "key": null, "long": long, "sort": sorted})]);
    let (code, said, _) = run([&"convert", &sorted, &wide, &"--layout", &"wide"]);
    assert_eq!(code, Some(2));
    assert!(said.contains("is not that one"), "{said}");
    let (code, said, converted) =
        run([&"convert", &sorted, &wide, &"--layout", &"wide", &"--long-names", &"pose", &"--json"]);
    assert_eq!(code, Some(0), "{said}");
    let source = open(several_animals(), &OpenOptions::default()).expect("it opens").table;
    assert_eq!(converted["rows"], source.num_frames());
    assert!(said.contains("is a long table of"), "{said}");
    let wide = open(&wide, &OpenOptions::default()).expect("it opens").table;
    assert_same_values(source.as_ref(), wide.as_ref());
}

#[test]
fn what_cannot_be_long_or_wide_ends_with_an_error() {
    let scratch = tempfile::tempdir().expect("there is room");
    let target = scratch.path().join("out.h5");
    let (code, said, _) = run([&"convert", &several_animals(), &target, &"--layout", &"long"]);
    assert!(code == Some(2) && said.contains("--layout long is for Parquet"), "{said}");
    let (code, said, _) =
        run([&"convert", &several_animals(), &target, &"--layout", &"wide", &"--long-names", &"pose"]);
    assert!(code == Some(2) && said.contains("its columns have 4 levels"), "{said}");
    // Wide already.
    assert_eq!(run([&"convert", &several_animals(), &target, &"--layout", &"wide"]).0, Some(0));
    let moments = fixtures_folder().join("pandas-3/generic/datetime_index_table.h5");
    assert!(moments.is_file(), "{} is there", moments.display());
    let target = scratch.path().join("out.parquet");
    let (code, said, _) = run([&"convert", &moments, &target, &"--layout", &"long"]);
    assert!(code == Some(2) && said.contains("cannot be long"), "{said}");
    assert!(!target.exists());
}
