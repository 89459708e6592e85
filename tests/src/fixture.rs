//! The fixtures, as their manifest lists them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// A file that pandas wrote.
#[derive(Debug)]
pub struct Fixture {
    /// Where it is.
    pub path: PathBuf,
    /// The tables in it.
    pub tables: Vec<FixtureTable>,
}

/// A table in it.
#[derive(Debug, Deserialize)]
pub struct FixtureTable {
    /// Its key; none in Parquet.
    pub key: Option<String>,
    /// How it is stored: `table`, `fixed` or `parquet`.
    pub storage: String,
    /// What the pandas that judges says against the file when another pandas wrote it: it reads it differently, or
    /// not at all.
    #[serde(default)]
    pub current_pandas: Option<String>,
    /// The file, relative to the fixtures' folder, that says what pandas finds in it.
    pub oracle: PathBuf,
}

impl FixtureTable {
    /// Whether the pandas that judges reads the file as its own writer does.
    #[must_use]
    pub fn current_pandas_reads_it(&self) -> bool {
        self.current_pandas.as_deref().is_none_or(|verdict| verdict == "same")
    }
}

#[derive(Deserialize)]
struct Entry {
    path: PathBuf,
    #[serde(default)]
    tables: Vec<FixtureTable>,
}

/// The folder of the fixtures.
#[must_use]
pub fn fixtures_folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures"))
}

/// Every fixture with this extension, of every pandas.
///
/// # Panics
///
/// When the manifest cannot be read, or lists none.
#[must_use]
pub fn fixtures(extension: &str) -> Vec<Fixture> {
    let entries = ["python-2", "pandas-1", "pandas-3"].into_iter().flat_map(entries);
    let wanted = entries.filter(|entry| entry.path.extension().is_some_and(|found| found == extension));
    let found: Vec<Fixture> = wanted
        .map(|entry| Fixture { path: fixtures_folder().join(entry.path), tables: entry.tables })
        .collect();
    assert!(found.len() > 10, "the manifest lists the {extension} fixtures");
    found
}

/// Every fixture that is no table.
///
/// # Panics
///
/// When the manifest cannot be read, or lists none.
#[must_use]
pub fn broken_fixtures() -> Vec<PathBuf> {
    let found: Vec<PathBuf> = entries("broken").map(|entry| fixtures_folder().join(entry.path)).collect();
    assert!(found.len() > 10, "the manifest lists the broken fixtures");
    found
}

/// The folder of real recordings, where there is one: they are not part of the repository.
///
/// # Panics
///
/// When `POSE_REAL_DATA` names what is no folder.
#[must_use]
pub fn real_data() -> Option<PathBuf> {
    let Some(folder) = env::var_os("POSE_REAL_DATA").map(PathBuf::from) else {
        eprintln!("POSE_REAL_DATA names no folder: real files are not checked");
        return None;
    };
    assert!(folder.is_dir(), "POSE_REAL_DATA names {}, which is no folder", folder.display());
    Some(folder)
}

fn entries(set: &str) -> impl Iterator<Item = Entry> + use<> {
    let path = fixtures_folder().join("manifest.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut manifest: Value = serde_json::from_str(&text).expect("the manifest is JSON");
    let files = manifest[set]["files"].take();
    let entries: Vec<Entry> = serde_json::from_value(files).expect("the manifest lists files");
    entries.into_iter()
}
