//! pandas itself says that what we write is what it would have written.

use std::path::PathBuf;

use pose_io::{ConvertOptions, convert};
use pose_tests::{FixtureTable, ask_python, fixtures, real_data};
use serde_json::{Value, json};

#[test]
fn pandas_reads_our_parquet_of_every_hdf5_fixture_as_the_same_frame() {
    let cases = fixtures("h5").into_iter().flat_map(|fixture| {
        let tables = fixture.tables.into_iter().filter(FixtureTable::current_pandas_reads_it);
        tables.map(move |table| (fixture.path.clone(), table.key))
    });
    judge(&cases.collect::<Vec<_>>());
}

#[test]
fn pandas_reads_our_parquet_of_its_parquet_as_the_same_frame() {
    let cases = fixtures("parquet").into_iter().map(|fixture| (fixture.path, None));
    // pandas itself gives no rows back from a file without columns; ours keeps them.
    judge(&cases.filter(|(path, _)| !path.ends_with("zero_columns.parquet")).collect::<Vec<_>>());
}

#[test]
fn pandas_reads_our_parquet_of_real_files_as_the_same_frame() {
    let Some(folder) = real_data() else { return };
    let files = folder.read_dir().expect("the folder lists").map(|entry| entry.expect("it lists").path());
    let hdf5: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|found| found == "h5")).collect();
    assert!(!hdf5.is_empty(), "{} holds HDF5 files", folder.display());
    judge(&hdf5.into_iter().map(|path| (path, Some("df_with_missing".to_owned()))).collect::<Vec<_>>());
}

/// Converts each file to Parquet and lets pandas compare it with its source.
fn judge(sources: &[(PathBuf, Option<String>)]) {
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let cases: Vec<Value> = sources
        .iter()
        .enumerate()
        .map(|(number, (source, key))| {
            let target = scratch.path().join(format!("{number}.parquet"));
            let mut options = ConvertOptions::default();
            options.key.clone_from(key);
            convert(source, &target, &options, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
            json!({"source": source, "key": key, "parquet": target})
        })
        .collect();
    let complaints: Vec<Option<String>> = ask_python("judge.py", &json!(cases));
    assert_eq!(complaints.len(), sources.len(), "pandas judged every file");
    let complaints: Vec<String> = sources
        .iter()
        .zip(complaints)
        .filter_map(|((source, key), complaint)| {
            Some(format!("{} {key:?}: {}", source.display(), complaint?))
        })
        .collect();
    assert!(complaints.is_empty(), "pandas disagrees:\n{}", complaints.join("\n"));
}
