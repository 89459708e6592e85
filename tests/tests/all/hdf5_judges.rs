//! pandas and PyTables themselves say that the HDF5 that we write is what they would have written.

use std::path::{Path, PathBuf};

use pose_frame::testing::predictions;
use pose_frame::{Tolerance, first_difference};
use pose_io::hdf5::compression::{BloscCodec, Compression, Level, Shuffle};
use pose_io::hdf5::{Hdf5Table, OpenOptions, Storage};
use pose_io::{ConvertOptions, PoseIoErrorKind, convert};
use pose_tests::{Fixture, FixtureTable, ask_python, fixtures, real_data};
use serde_json::{Value, json};

/// A table, and the ways in which it is written.
struct Source {
    path: PathBuf,
    key: Option<String>,
}

#[test]
fn pandas_takes_our_hdf5_of_every_fixture_for_its_own() {
    let refused = judge(&sources(), &[Compression::None]);
    // What one storage cannot hold, the other can; pandas itself refuses these too.
    for refusal in &refused {
        let known = [
            "several labels for each row beside columns of several levels",
            "a table without columns",
            "cannot keep",
        ];
        assert!(known.iter().any(|reason| refusal.contains(reason)), "{refusal}");
    }
    assert!(!refused.is_empty(), "some tables of labels have no table format");
}

#[test]
fn pandas_reads_our_hdf5_of_files_that_it_cannot_read_itself() {
    // It reads our Parquet of them, which another writer makes.
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let mut sources = Vec::new();
    for fixture in fixtures("h5") {
        for table in fixture.tables.iter().filter(|table| !table.current_pandas_reads_it()) {
            let path = scratch.path().join(format!("{}.parquet", sources.len()));
            let mut options = ConvertOptions::default();
            options.key.clone_from(&table.key);
            convert(&fixture.path, &path, &options, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
            sources.push(Source { path, key: None });
        }
    }
    assert!(sources.len() >= 10, "those of Python 2 are among them");
    judge(&sources, &[Compression::None]);
}

#[test]
fn pandas_takes_our_compressed_hdf5_for_its_own() {
    let level = Level::new(5).expect("a level");
    let blosc = |codec| Compression::Blosc { codec, level, shuffle: Shuffle::Bytes };
    let all = [
        Compression::Zlib { level, shuffle: Shuffle::Bytes },
        blosc(BloscCodec::Lz4),
        blosc(BloscCodec::Zstd),
    ];
    let some: Vec<Source> =
        sources().into_iter().filter(|source| source.path.starts_with(current())).collect();
    judge(&some, &all);
}

#[test]
fn pandas_and_we_read_large_tables_of_each_other() {
    let scratch = tempfile::tempdir().expect("there is room");
    let source = scratch.path().join("source.parquet");
    let frame = predictions(150_000);
    let out = std::fs::File::create(&source).expect("it can be made");
    pose_parquet::write_table(&frame, out, &pose_parquet::WriteOptions::default()).expect("it is written");
    let level = Level::new(1).expect("a level");
    let lz4 = Compression::Blosc { codec: BloscCodec::Lz4, level, shuffle: Shuffle::Bytes };
    let mut cases = Vec::new();
    for (storage, compression) in
        [Storage::Table, Storage::Fixed].into_iter().flat_map(|s| [Compression::None, lz4].map(|c| (s, c)))
    {
        let target = scratch.path().join(format!("{}.h5", cases.len()));
        let mut options = ConvertOptions::default();
        options.hdf5.storage = Some(storage);
        options.hdf5.compression = compression;
        convert(&source, &target, &options, &|_| {}).expect("it is written");
        let written = Hdf5Table::open(&target, &OpenOptions::default()).expect("we read our own");
        let mut case = case(&source, None, &target, &written);
        case["rewritten"] = json!(target.with_extension("pandas.h5"));
        cases.push(case);
    }
    let complaints: Vec<Option<String>> = ask_python("hdf5_judge.py", &Value::Array(cases.clone()));
    assert_eq!(complaints, vec![None; cases.len()]);
    for case in cases {
        let path = case["rewritten"].as_str().expect("a path");
        let table = Hdf5Table::open(path, &OpenOptions::default()).expect("pandas wrote it");
        let difference = first_difference(&frame, &table, Tolerance::BitForBit).expect("both read");
        assert_eq!(difference, None, "{path}");
    }
}

#[test]
fn pandas_takes_our_hdf5_of_real_files_for_its_own() {
    let Some(folder) = real_data() else { return };
    let files = folder.read_dir().expect("the folder lists").map(|entry| entry.expect("it lists").path());
    let sources: Vec<Source> = files
        .filter(|path| path.extension().is_some_and(|found| found == "h5"))
        .map(|path| Source { path, key: Some("df_with_missing".to_owned()) })
        .collect();
    assert!(!sources.is_empty(), "{} holds HDF5 files", folder.display());
    judge(&sources, &[Compression::None]);
}

fn current() -> PathBuf {
    pose_tests::fixtures_folder().join("pandas-3")
}

/// Every table that the judge can read itself.
fn sources() -> Vec<Source> {
    let tables = |fixture: Fixture| {
        let tables = fixture.tables.into_iter().filter(FixtureTable::current_pandas_reads_it);
        tables.map(move |table| Source { path: fixture.path.clone(), key: table.key }).collect::<Vec<_>>()
    };
    let hdf5 = fixtures("h5").into_iter().flat_map(tables);
    let parquet = fixtures("parquet").into_iter().map(|fixture| Source { path: fixture.path, key: None });
    // pandas itself gives no rows back from a Parquet file without columns.
    hdf5.chain(parquet.filter(|source| !source.path.ends_with("zero_columns.parquet"))).collect()
}

/// Writes each table in every storage and compression, and lets pandas compare it with its source. Gives what was
/// refused.
fn judge(sources: &[Source], compressions: &[Compression]) -> Vec<String> {
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let mut refused = Vec::new();
    let mut cases = Vec::new();
    let ways =
        compressions.iter().flat_map(|compression| sources.iter().map(move |source| (source, compression)));
    for (Source { path, key }, &compression) in ways {
        let mut usual = None;
        for storage in [None, Some(Storage::Table), Some(Storage::Fixed)] {
            if storage.is_some() && storage == usual {
                continue;
            }
            let target = scratch.path().join(format!("{}.h5", cases.len()));
            let mut options = ConvertOptions::default();
            options.key.clone_from(key);
            options.hdf5.key = Some("df_with_missing".to_owned());
            options.hdf5.storage = storage;
            options.hdf5.compression = compression;
            match convert(path, &target, &options, &|_| {}) {
                Ok(_) => {
                    let written = Hdf5Table::open(&target, &OpenOptions::default()).expect("we read our own");
                    usual = usual.or(Some(written.storage()));
                    cases.push((path, key, case(path, key.as_deref(), &target, &written)));
                }
                Err(error) => {
                    assert!(matches!(error.kind(), PoseIoErrorKind::NotWritten { .. }), "{error}");
                    assert!(!target.exists(), "{} is not there", target.display());
                    // HDF5 has no missing integers; what only one storage lacks, the other has.
                    let never = error.to_string().contains("cannot keep");
                    assert!(never || storage.is_some(), "{}: {error}", path.display());
                    refused.push(format!("{}: {error}", path.display()));
                }
            }
        }
    }
    let asked = Value::Array(cases.iter().map(|(.., case)| case.clone()).collect());
    let complaints: Vec<Option<String>> = ask_python("hdf5_judge.py", &asked);
    assert_eq!(complaints.len(), cases.len(), "pandas judged every file");
    let complaints: Vec<String> = cases
        .iter()
        .zip(complaints)
        .filter_map(|((path, key, case), complaint)| {
            Some(format!("{} {key:?} {}: {}", path.display(), case["storage"], complaint?))
        })
        .collect();
    assert!(complaints.is_empty(), "pandas disagrees:\n{}", complaints.join("\n"));
    refused
}

fn case(source: &Path, key: Option<&str>, target: &Path, written: &Hdf5Table) -> Value {
    let storage = written.storage().to_string();
    json!({"source": source, "key": key, "hdf5": target, "hdf5_key": written.key(), "storage": storage})
}
