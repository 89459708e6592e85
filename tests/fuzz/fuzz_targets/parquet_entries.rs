//! The `pandas` and the `pose` entry of valid files.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use pose_fuzz::{parquet_files, seeds};

static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(parquet_files::all);

const KEYS: [&str; 2] = ["pandas", "pose"];

fuzz_target!(init: { seeds::write(each_entry); parquet_files::let_panics_be_caught(); }, |data: &[u8]| {
    let [file, key, text @ ..] = data else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let file = &FILES[usize::from(*file) % FILES.len()];
    let key = KEYS[usize::from(*key) % KEYS.len()];
    if let Err(error) = parquet_files::read(parquet_files::with_entry(file, key, text)) {
        assert!(!error.to_string().is_empty());
    }
});

fn each_entry() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for (file, bytes) in (0_u8..).zip(FILES.iter()) {
        for (key, name) in (0_u8..).zip(KEYS) {
            let entry = parquet_files::entry(bytes, name);
            seeds.extend(entry.map(|entry| [&[file, key], entry.as_bytes()].concat()));
        }
    }
    seeds
}
