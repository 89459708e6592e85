//! Damaged files: whatever is in them, an answer comes, soon, and without memory that the file only claims.

mod damage;
mod links;
mod memory;

use std::fs;
use std::path::{Path, PathBuf};

use pose_frame::PoseTable;
use pose_hdf5::{Hdf5File, Hdf5Table, OpenOptions, list_tables};
use pose_tests::{fixtures_folder, real_data};

use damage::Numbers;
use memory::Cost;

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

/// The variable that says how many damaged copies of all files together each test makes; without it a few hundred.
const COPIES: &str = "POSE_MUTATIONS";
const USUAL_COPIES: usize = 300;

/// Reads all there is. A damaged file may still be a table; that it is another one shows nowhere.
fn read(path: &Path, bytes: &[u8], what: &str) -> Cost {
    fs::write(path, bytes).unwrap();
    memory::bounded(what, bytes.len(), || {
        let _ = list_tables(path);
        let _ = Hdf5File::open(path).and_then(|file| file.other_objects());
        if let Ok(table) = Hdf5Table::open(path, &OpenOptions::default()) {
            let _ = table.load();
        }
    })
}

/// The files by name, with those of the folder of real ones.
fn files() -> Vec<(String, Vec<u8>)> {
    let fixtures = FILES.map(|file| (file.to_owned(), fixtures_folder().join(file)));
    let mut paths = fixtures.to_vec();
    for entry in real_data().iter().flat_map(|folder| fs::read_dir(folder).expect("a folder is listed")) {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "h5") {
            paths.push((path.display().to_string(), path));
        }
    }
    let read = |path: PathBuf| fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    paths.into_iter().map(|(name, path)| (name, read(path))).collect()
}

/// How many copies are asked for.
fn copies() -> Option<usize> {
    std::env::var(COPIES).ok().map(|copies| copies.parse().expect("a number of copies"))
}

/// Damages each file so often, and says which reading took most.
fn each(what: &str, damage: impl Fn(&mut Numbers, &mut Vec<u8>)) {
    let copies = copies().unwrap_or(USUAL_COPIES);
    let folder_of_copies = tempfile::tempdir().unwrap();
    let path = folder_of_copies.path().join("damaged.h5");
    let files = files();
    let times = copies.div_ceil(files.len());
    let mut most = Cost::default();
    for (seed, (file, whole)) in (1u64..).zip(&files) {
        let mut numbers = Numbers::new(seed);
        for copy in 0..times {
            let mut bytes = whole.clone();
            damage(&mut numbers, &mut bytes);
            most = most.most(read(&path, &bytes, &format!("{file}, {what} {copy}")));
        }
    }
    println!("{what}: {} copies of {} files, at most {most:?}", times * files.len(), files.len());
}

#[test]
fn flipped_bits_give_an_answer() {
    each("flipped bits", |numbers, bytes| damage::flip(numbers, bytes));
}

#[test]
fn files_cut_off_anywhere_give_an_answer() {
    each("cut off", damage::cut);
}

#[test]
fn files_cut_off_at_every_block_give_an_answer() {
    const BLOCK: usize = 4 << 10;
    let folder_of_copies = tempfile::tempdir().unwrap();
    let path = folder_of_copies.path().join("damaged.h5");
    for (file, whole) in files() {
        for end in (0..whole.len()).step_by(BLOCK) {
            read(&path, &whole[..end], &format!("{file}, cut off at {end}"));
        }
    }
}

#[test]
fn huge_numbers_give_an_answer() {
    each("huge numbers", |numbers, bytes| damage::huge_word(numbers, bytes));
}

#[test]
fn exchanged_attributes_give_an_answer() {
    each("exchanged attributes", |numbers, bytes| damage::swap_attributes(numbers, bytes));
}

#[test]
fn declared_sizes_far_beyond_the_file_give_an_answer() {
    each("declared sizes", |numbers, bytes| damage::declare(numbers, bytes));
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
        let chunks = if copies().is_some() { 3 } else { 1 };
        for start in starts.into_iter().take(chunks) {
            for position in start..whole.len().min(start + 160) {
                for byte in [0, 0xff, whole[position] ^ 1, whole[position] ^ 0x80] {
                    let mut bytes = whole.clone();
                    bytes[position] = byte;
                    read(&path, &bytes, &format!("{file}, {byte} at {position}"));
                }
            }
        }
    }
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

#[test]
fn links_of_one_long_name_are_not_spelt_out() {
    let folder_of_copies = tempfile::tempdir().unwrap();
    let bytes = links::with_one_name();
    let path = folder_of_copies.path().join("links.h5");
    read(&path, &bytes, "links of one name");
    let error = list_tables(&path).expect_err("names that are not there").to_string();
    assert!(error.contains("links.h5"), "{error}");
}
