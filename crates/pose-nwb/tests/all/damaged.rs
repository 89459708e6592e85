//! Damaged files: an answer comes, in a line, and nothing panics.

use std::path::Path;

use pose_frame::PoseTable;
use pose_frame::testing::{labels, predictions};
use pose_nwb::{NwbFile, append_table};

use crate::files::{options, write};

/// The variable that says how many damaged copies of each file there are; without it a few hundred.
const COPIES: &str = "POSE_MUTATIONS";
const USUAL_COPIES: usize = 200;

/// The same numbers in every run: xorshift.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("a position")
    }
}

/// Reads all there is.
fn read(path: &Path) {
    let one_line = |error: String| assert!(!error.is_empty() && !error.contains('\n'), "{error}");
    match NwbFile::open(path) {
        Err(error) => one_line(error.to_string()),
        Ok(file) => {
            let keys = file.tables().into_iter().map(|entry| Some(entry.key));
            for key in keys.chain([None]) {
                match file.table(key.as_deref()) {
                    Err(error) => one_line(error.to_string()),
                    Ok(table) => {
                        if let Err(error) = table.load() {
                            one_line(error.to_string());
                        }
                    }
                }
            }
        }
    }
}

fn files() -> Vec<Vec<u8>> {
    let written = [write(&predictions(20), &options()), write(&labels(3), &options())];
    written.iter().map(|written| std::fs::read(&written.path).expect("it was written")).collect()
}

#[test]
fn flipped_bits_and_huge_numbers_give_an_answer() {
    let copies: usize =
        std::env::var(COPIES).map_or(USUAL_COPIES, |copies| copies.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("damaged.nwb");
    for (seed, whole) in (1u64..).zip(files()) {
        // The cached rules are most of the file, and nobody reads them.
        let first = whole.windows(4).position(|bytes| bytes == b"TREE" || bytes == b"GCOL").unwrap_or(0);
        let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        for _ in 0..copies {
            let mut bytes = whole.clone();
            for _ in 0..=numbers.below(4) {
                let at = first + numbers.below(bytes.len() - first - 8);
                if numbers.below(3) == 0 {
                    let huge = [1u64 << 40, 1 << 31, u64::MAX, 1 << 20][numbers.below(4)];
                    bytes[at..at + 8].copy_from_slice(&huge.to_le_bytes());
                } else {
                    bytes[at] ^= 1 << numbers.below(8);
                }
            }
            std::fs::write(&path, &bytes).expect("there is room");
            read(&path);
            // What is added to may be damaged too.
            let file = std::fs::File::options().read(true).write(true).open(&path).expect("it is there");
            let mut second = options();
            second.key = Some("second".to_owned());
            let _ = append_table(&predictions(3), file, &second);
        }
    }
}

#[test]
fn files_cut_off_anywhere_give_an_answer() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("damaged.nwb");
    for whole in files() {
        for end in (0..whole.len()).step_by(whole.len() / 100) {
            std::fs::write(&path, &whole[..end]).expect("there is room");
            assert!(NwbFile::open(&path).is_err(), "cut off at {end}");
        }
    }
}
