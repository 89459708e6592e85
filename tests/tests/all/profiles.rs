//! `pose convert` and `pose migrate` with profiles and narrow columns: the same table, in files that differ as asked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use pose_tests::{fixtures_folder, pose};
use serde_json::Value;

fn predictions() -> PathBuf {
    fixtures_folder().join("pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5")
}

fn run(arguments: &[&Path]) -> Output {
    Command::new(pose()).args(arguments).output().expect("pose starts")
}

fn converted(to: &Path, how: &[&str]) {
    let mut arguments = vec![Path::new("convert").to_owned(), predictions(), to.to_owned()];
    arguments.extend(how.iter().map(PathBuf::from));
    let arguments: Vec<&Path> = arguments.iter().map(PathBuf::as_path).collect();
    let output = run(&arguments);
    assert!(output.status.success(), "{how:?}: {}", String::from_utf8_lossy(&output.stderr));
    let output = run(&[Path::new("diff"), &predictions(), to]);
    assert_eq!(output.status.code(), Some(0), "{how:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn footer(file: &Path) -> ParquetMetaData {
    let bytes = Bytes::from(fs::read(file).expect("it is there"));
    ParquetMetaDataReader::new().parse_and_finish(&bytes).expect("it is whole")
}

#[test]
fn each_profile_has_its_encoding_and_the_same_values() {
    let scratch = tempfile::tempdir().expect("there is room");
    let has = |name: &str, encoding: Encoding| {
        let file = scratch.path().join(name).with_extension("parquet");
        converted(&file, &["--profile", name]);
        footer(&file).row_group(0).column(0).encodings().any(|found| found == encoding)
    };
    assert!(has("fast", Encoding::BYTE_STREAM_SPLIT));
    assert!(has("portable", Encoding::PLAIN));
    let size = |name: &str| fs::metadata(scratch.path().join(name)).expect("it is there").len();
    converted(&scratch.path().join("compact.parquet"), &["--profile", "compact"]);
    assert!(size("compact.parquet") <= size("fast.parquet"));
    converted(&scratch.path().join("usual.parquet"), &[]);
    assert_eq!(
        fs::read(scratch.path().join("usual.parquet")).expect("it is there"),
        fs::read(scratch.path().join("fast.parquet")).expect("it is there"),
        "fast is the default"
    );
}

#[test]
fn narrow_columns_are_float32_in_the_file_and_nowhere_else() {
    let scratch = tempfile::tempdir().expect("there is room");
    for how in [&["--narrow"][..], &["--narrow", "--layout", "long"], &["--narrow", "--profile", "portable"]]
    {
        let file = scratch.path().join(format!("{}.parquet", how.len()).replace('3', &how.join("")));
        converted(&file, how);
        let footer = footer(&file);
        let columns = footer.file_metadata().schema_descr().columns();
        let narrow = columns.iter().filter(|column| column.physical_type() == Type::FLOAT).count();
        assert!(narrow > 0, "{how:?}: {columns:?}");
        let info = run(&[Path::new("info"), &file, Path::new("--json")]);
        let info: Value = serde_json::from_slice(&info.stdout).expect("it is JSON");
        assert_eq!(info["table"]["types"][0]["type"], "float64", "{info}");
    }
}

#[test]
fn what_is_for_parquet_is_refused_for_hdf5() {
    let scratch = tempfile::tempdir().expect("there is room");
    let target = scratch.path().join("out.h5");
    for flags in [&["--profile", "compact"][..], &["--narrow"], &["--layout", "long"]] {
        let mut arguments = vec![Path::new("convert").to_owned(), predictions(), target.clone()];
        arguments.extend(flags.iter().map(PathBuf::from));
        let arguments: Vec<&Path> = arguments.iter().map(PathBuf::as_path).collect();
        let output = run(&arguments);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains("is for Parquet") && !target.exists(), "{text}");
    }
}

#[test]
fn a_folder_is_migrated_in_a_profile() {
    let scratch = tempfile::tempdir().expect("there is room");
    fs::copy(predictions(), scratch.path().join("a.h5")).expect("there is room");
    let flags = [Path::new("migrate"), scratch.path(), Path::new("--profile"), Path::new("portable")];
    assert!(run(&flags).status.success());
    let footer = footer(&scratch.path().join("a.parquet"));
    assert!(footer.row_group(0).column(0).encodings().any(|found| found == Encoding::PLAIN));
}
