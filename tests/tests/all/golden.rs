//! Files of earlier versions read today as they did when they were written, and are the files that were written then.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pose_frame::{Metadata, PoseTable, SourceFile, Tolerance, first_difference, testing};
use pose_parquet::ParquetTable;
use pose_tests::{expected_frame_from, fixtures_folder};

/// The folders of golden files, one for each version of what writes them.
fn folders() -> Vec<PathBuf> {
    let root = fixtures_folder().join("golden");
    let versions = fs::read_dir(&root).unwrap_or_else(|error| panic!("{}: {error}", root.display()));
    versions.map(|version| version.expect("it can be listed").path()).filter(|path| path.is_dir()).collect()
}

/// The golden Parquet files of each version: the folder, and the names of its files without extension. (Packed tables are read by the tests
/// of `recipe`.)
fn golden() -> BTreeMap<PathBuf, Vec<String>> {
    let is_parquet = |folder: &PathBuf| {
        folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("parquet-"))
    };
    folders()
        .into_iter()
        .filter(is_parquet)
        .map(|version| {
            let files = fs::read_dir(&version).expect("it can be listed");
            let paths = files.map(|file| file.expect("it can be listed").path());
            let parquet = paths.filter(|path| path.extension().is_some_and(|found| found == "parquet"));
            let mut names: Vec<String> = parquet
                .map(|path| path.file_stem().expect("it has a name").to_string_lossy().into_owned())
                .collect();
            names.sort();
            (version, names)
        })
        .collect()
}

#[test]
fn golden_files_read_as_pandas_read_their_sources() {
    let golden = golden();
    assert!(!golden.is_empty());
    for (version, names) in golden {
        assert!(names.len() >= 14, "{}", version.display());
        for name in names {
            let path = version.join(&name).with_extension("parquet");
            println!("{}", path.display());
            let table = ParquetTable::open(&path).unwrap_or_else(|error| panic!("{error}"));
            let expected = expected_frame_from(&path.with_extension("json"));
            testing::conformance(&table, &expected);
            let difference = first_difference(&expected, &table, Tolerance::BitForBit).expect("it reads");
            assert_eq!(difference, None);
            assert_eq!(table.schema().kind(), expected.schema().kind());
        }
    }
}

#[test]
fn golden_metadata_is_what_was_written() {
    let path = fixtures_folder().join("golden/parquet-0.1.0/predictions_fast.parquet");
    let table = ParquetTable::open(path).expect("it opens");
    let Metadata { frame_rate_hz, source, .. } = table.schema().metadata();
    assert_eq!(*frame_rate_hz, Some(30.0));
    let SourceFile { name, key, blake3 } = source.as_ref().expect("it is noted");
    assert_eq!(
        (name.as_str(), key.as_deref()),
        ("openfield1DLC_snapshot-700000.h5", Some("df_with_missing"))
    );
    assert_eq!(blake3.as_ref().map(String::len), Some(64));
}

#[test]
fn golden_files_are_never_written_anew() {
    let list = fs::read_to_string(fixtures_folder().join("golden/hashes.txt")).expect("golden/hashes.txt");
    let listed: BTreeMap<&str, &str> = list
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once("  ").expect("a hash, two spaces and a path"))
        .map(|(hash, path)| (path, hash))
        .collect();
    let root = fixtures_folder().join("golden");
    let mut found = BTreeMap::new();
    for path in folders().iter().flat_map(|folder| files_below(folder)) {
        let name = path.strip_prefix(&root).expect("it is below").components();
        let name: Vec<_> = name.map(|part| part.as_os_str().to_string_lossy()).collect();
        found.insert(name.join("/"), fingerprint(&fs::read(&path).expect("it can be read")));
    }
    for (path, hash) in &found {
        let listed = listed.get(path.as_str());
        assert_eq!(
            listed,
            Some(&hash.as_str()),
            "{path} is another file than what is listed: new ones are added to the list"
        );
    }
    assert_eq!(listed.len(), found.len(), "a golden file is gone");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("it can be listed");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// As `cargo xtask fixtures golden` lists them: FNV-1a, 64 bits.
fn fingerprint(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}
