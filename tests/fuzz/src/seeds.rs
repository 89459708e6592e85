//! Where targets begin: the fixtures.

use std::fs;
use std::path::{Path, PathBuf};

/// The variable that names a folder to write seeds to.
pub const FOLDER: &str = "POSE_FUZZ_SEEDS";

/// Larger fixtures hold more rows, not more kinds of things, and are slow to read a million times.
const MAX_BYTES: u64 = 16 << 10;

/// Writes seeds and ends the program, where seeds are asked for.
///
/// # Panics
///
/// When they cannot be written, or there are none.
pub fn write(seeds: impl FnOnce() -> Vec<Vec<u8>>) {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let seeds = seeds();
    assert!(!seeds.is_empty(), "the fixtures give no seeds");
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:04}")), seed).expect("the folder takes files");
    }
    std::process::exit(0);
}

/// The fixtures with this extension that are not large, in the order of their paths: broken ones, and those of others,
/// included.
///
/// # Panics
///
/// When they cannot be read, or there are none.
#[must_use]
pub fn fixtures(extension: &str) -> Vec<Vec<u8>> {
    fixtures_up_to(extension, MAX_BYTES)
}

/// The fixtures with this extension of at most so many bytes, in the order of their paths.
///
/// # Panics
///
/// When they cannot be read, or there are none.
#[must_use]
pub fn fixtures_up_to(extension: &str, most_bytes: u64) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures"));
    collect(folder, extension, most_bytes, &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "there are fixtures");
    paths.iter().map(|path| fs::read(path).expect("a fixture is read")).collect()
}

fn collect(folder: &Path, extension: &str, most_bytes: u64, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder is listed") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, extension, most_bytes, paths);
        } else if path.extension().is_some_and(|found| found == extension)
            && path.metadata().is_ok_and(|metadata| (1..=most_bytes).contains(&metadata.len()))
        {
            paths.push(path);
        }
    }
}
