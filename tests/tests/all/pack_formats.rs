//! Tables of every format that is read, packed and read again. Those of HDF5 and Parquet have a judge of their own, in `recipe`.

use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_schema::DataType;
use pose_frame::{PoseFrame, PoseTable, Tolerance, first_difference};
use pose_io::recipe::{Contract, Recipe};
use pose_io::{ConvertOptions, OpenOptions, PackTableOptions, convert, open, pack};
use pose_tests::{fixtures_folder, real_data};

/// The bound of what may be lost.
const BOUND: f64 = 0.25;

fn files_of(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("it lists").map(|entry| entry.expect("it lists").path());
    let is_one = |path: &PathBuf| {
        path.extension().is_some_and(|own| extensions.iter().any(|extension| *own == **extension))
    };
    let mut files: Vec<_> = entries.filter(is_one).collect();
    files.sort();
    files
}

/// Packs a file by a recipe, and gives what was packed and what came back.
fn packed(path: &Path, scratch: &Path, recipe: impl Fn(&dyn PoseTable) -> Recipe) -> (PoseFrame, PoseFrame) {
    let target = scratch.join("packed");
    let opened = open(path, &OpenOptions::default()).expect("it was opened before");
    let recipe = recipe(opened.table.as_ref());
    let mut options = PackTableOptions::default();
    options.existing = pose_io::Existing::Replace;
    pack(path, &target, &recipe, &options, &|_| {})
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let back = open(&target, &OpenOptions::default()).expect("it was packed");
    (opened.table.load().expect("it reads"), back.table.load().expect("it reads"))
}

fn comes_back(path: &Path) {
    let scratch = tempfile::tempdir().expect("there is room");
    let exact = |table: &dyn PoseTable| Recipe::lossless(table).expect("it can be packed");
    let (given, back) = packed(path, scratch.path(), exact);
    let difference = first_difference(&given, &back, Tolerance::BitForBit).expect("both are in memory");
    assert_eq!(difference, None, "{}", path.display());
    let contract = Contract::MaxError { bound: BOUND, coords: [].into() };
    let near = |table: &dyn PoseTable| Recipe::within(table, &contract).expect("it can be packed");
    let (given, back) = packed(path, scratch.path(), near);
    for (column, (given, back)) in given.columns().iter().zip(back.columns()).enumerate() {
        // Floats of 32 bits are in none of these files.
        if *given.data_type() != DataType::Float64 {
            assert_eq!(given.to_data(), back.to_data(), "{}: column {column}", path.display());
            continue;
        }
        let (given, back) = (given.as_primitive::<Float64Type>(), back.as_primitive::<Float64Type>());
        assert_eq!(given.len(), back.len(), "{}: column {column}", path.display());
        for (given, back) in given.values().iter().zip(back.values()) {
            let is_kept = if given.is_finite() {
                (given - back).abs() <= BOUND
            } else {
                given.to_bits() == back.to_bits()
            };
            assert!(is_kept, "{}: column {column}: {given:?} came back as {back:?}", path.display());
        }
    }
}

#[test]
fn nwb_and_csv_are_packed_as_all_else_is() {
    let nwb = files_of(&fixtures_folder().join("nwb"), &["nwb"]);
    // Some of them hold no poses, or none that make one table.
    let tables: Vec<_> = nwb.iter().filter(|path| open(path, &OpenOptions::default()).is_ok()).collect();
    assert!(tables.len() >= 7, "{} of {} open", tables.len(), nwb.len());
    for path in tables {
        comes_back(path);
    }

    let scratch = tempfile::tempdir().expect("there is room");
    let labels = files_of(&fixtures_folder().join("pandas-3"), &["h5"]);
    let mut csv = 0;
    for (number, path) in labels.iter().enumerate() {
        let target = scratch.path().join(format!("{number}.csv"));
        if convert(path, &target, &ConvertOptions::default(), &|_| {}).is_ok() {
            comes_back(&target);
            csv += 1;
        }
    }
    assert!(csv >= 3, "{csv} of {} have a CSV", labels.len());
}

#[test]
fn real_files_of_every_format_are_packed() {
    // `cargo xtask test` says when there are none.
    let Some(folder) = real_data() else { return };
    let files = files_of(&folder, &["h5", "nwb", "csv"]);
    assert!(files.len() >= 3, "{}", files.len());
    for path in &files {
        comes_back(path);
    }
}
