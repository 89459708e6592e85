//! Damaged files: whatever is in them, an answer comes, and soon.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use pose_frame::PoseTable;
use pose_hdf5::{Hdf5File, Hdf5Table, OpenOptions, list_tables};
use pose_tests::fixtures_folder;

/// Files of every layout: chunked, compressed, contiguous, with levels of rows, with pickled texts, with links.
const FILES: [&str; 16] = [
    "pandas-3/generic/mixed_table.h5",
    "pandas-3/generic/zlib_table.h5",
    "pandas-3/generic/multi_index_fixed.h5",
    "pandas-3/generic/mixed_fixed.h5",
    "pandas-3/generic/zlib_fixed.h5",
    "pandas-1/generic/odd_names_table.h5",
    "others/links.h5",
    "others/categories.h5",
    "pandas-1/compressed/lzo_table.h5",
    "pandas-1/compressed/blosc2_fletcher32_table.h5",
    "pandas-3/generic/bzip2_table.h5",
    "pandas-3/generic/blosc_lz4_table.h5",
    "pandas-3/compressed/blosc_blosclz_table.h5",
    "pandas-3/compressed/blosc_zlib_table.h5",
    "pandas-3/compressed/blosc2_lz4_bitshuffle_fixed.h5",
    "pandas-3/compressed/blosc2_zstd_table.h5",
];

/// The same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("a position")
    }
}

/// Reads all there is. A damaged file may still be a table; that it is another one shows nowhere.
fn read(path: &Path) {
    let started = Instant::now();
    let _ = list_tables(path);
    let _ = Hdf5File::open(path).and_then(|file| file.other_objects());
    if let Ok(table) = Hdf5Table::open(path, &OpenOptions::default()) {
        let _ = table.load();
    }
    assert!(started.elapsed() < Duration::from_secs(5), "{} took too long", path.display());
}

fn each(mut damage: impl FnMut(&mut Numbers, &mut Vec<u8>), times: usize) {
    let folder_of_copies = tempfile::tempdir().unwrap();
    let path = folder_of_copies.path().join("damaged.h5");
    for (seed, file) in (1u64..).zip(FILES) {
        let whole = fs::read(fixtures_folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let mut numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        for _ in 0..times {
            let mut bytes = whole.clone();
            damage(&mut numbers, &mut bytes);
            fs::write(&path, &bytes).unwrap();
            read(&path);
        }
    }
}

#[test]
fn flipped_bits_give_an_answer() {
    let damage = |numbers: &mut Numbers, bytes: &mut Vec<u8>| {
        for _ in 0..=numbers.below(4) {
            let position = numbers.below(bytes.len());
            bytes[position] ^= 1 << numbers.below(8);
        }
    };
    each(damage, 300);
}

#[test]
fn every_damaged_byte_at_the_beginning_of_a_chunk_gives_an_answer() {
    let folder_of_copies = tempfile::tempdir().unwrap();
    let path = folder_of_copies.path().join("damaged.h5");
    for (file, beginning) in [
        ("pandas-1/compressed/lzo_table.h5", b"\0\0\0\x11".as_slice()),
        ("pandas-1/compressed/blosc2_fletcher32_table.h5", b"b2frame"),
        ("pandas-3/generic/bzip2_table.h5", b"BZh"),
        ("pandas-3/compressed/blosc_blosclz_table.h5", b"\x02\x01\x11 "),
        ("pandas-3/compressed/blosc_zlib_table.h5", b"\x02\x01\x70 "),
        ("pandas-3/compressed/blosc2_lz4_bitshuffle_fixed.h5", b"b2frame"),
        ("pandas-3/compressed/blosc2_zstd_table.h5", b"b2frame"),
    ] {
        let whole = fs::read(fixtures_folder().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        let starts = whole.windows(beginning.len()).enumerate().filter(|(_, bytes)| *bytes == beginning);
        let starts: Vec<usize> = starts.map(|(start, _)| start).collect();
        assert!(!starts.is_empty(), "{file}: its chunks were not found");
        for start in starts.into_iter().take(3) {
            for position in start..whole.len().min(start + 160) {
                for byte in [0, 0xff, whole[position] ^ 1, whole[position] ^ 0x80] {
                    let mut bytes = whole.clone();
                    bytes[position] = byte;
                    fs::write(&path, &bytes).unwrap();
                    read(&path);
                }
            }
        }
    }
}

#[test]
fn cut_off_files_give_an_answer() {
    let damage = |numbers: &mut Numbers, bytes: &mut Vec<u8>| bytes.truncate(numbers.below(bytes.len()));
    each(damage, 100);
}

#[test]
fn huge_numbers_give_an_answer() {
    // Sizes, counts and addresses are words of 8 bytes or less.
    let damage = |numbers: &mut Numbers, bytes: &mut Vec<u8>| {
        let position = numbers.below(bytes.len() / 8 - 1) * 8;
        let word = [1 << 40, 1 << 31, u64::MAX, u64::MAX >> 1, 1 << 20][numbers.below(5)];
        bytes[position..position + 8].copy_from_slice(&u64::to_le_bytes(word));
    };
    each(damage, 300);
}

#[test]
fn rows_that_are_not_there_are_refused_without_memory_for_them() {
    let folder_of_copies = tempfile::tempdir().unwrap();
    for file in [
        "pandas-3/generic/flat_int_table.h5",
        "pandas-3/generic/zlib_table.h5",
        "pandas-3/generic/bzip2_table.h5",
        "pandas-3/compressed/blosc2_zstd_table.h5",
    ] {
        let path = folder_of_copies.path().join("declared.h5");
        let whole = fs::read(fixtures_folder().join(file)).unwrap();
        let table = Hdf5Table::open(fixtures_folder().join(file), &OpenOptions::default()).unwrap();
        let rows = table.num_frames() as u64;
        let mut refused = 0;
        // Wherever the number of rows stands: one of the places is the shape of the dataset.
        for position in 0..whole.len() - 8 {
            if whole[position..position + 8] != rows.to_le_bytes() {
                continue;
            }
            let mut bytes = whole.clone();
            bytes[position..position + 8].copy_from_slice(&(1u64 << 40).to_le_bytes());
            fs::write(&path, &bytes).unwrap();
            let Ok(table) = Hdf5Table::open(&path, &OpenOptions::default()) else { continue };
            if table.num_frames() == 1 << 40 {
                let error = table.load().expect_err("rows that are not there");
                assert!(error.to_string().contains("declared.h5"), "{error}");
                refused += 1;
            }
        }
        assert!(refused > 0, "{file}: its shape was not found");
    }
}
