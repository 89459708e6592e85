//! What pandas wrote, and real recordings, in every contract. Whether it comes back is judged here, and by nothing of the crate.

use std::collections::HashSet;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::DataType;
use pose_frame::{PoseFrame, PoseTable, RowIndex};
use pose_hdf5::{Hdf5Table, OpenOptions};
use pose_tests::{expected_frame, fixtures, fixtures_folder, real_data};
use recipe::{Codec, Contract, Encoder, PackOptions, PackedTable, Recipe, pack, verify};
use vidpack::Ffmpeg;

/// How far values may be from what they were.
#[derive(Clone, Copy, Debug)]
enum Far {
    Nowhere,
    By(f64),
    /// The root of the mean squared difference of all floats, each in units of the range of its column.
    OnAverage(f64),
}

/// Every table that pandas found in the fixtures, each once.
fn tables() -> Vec<(String, PoseFrame)> {
    let mut seen = HashSet::new();
    let mut tables = Vec::new();
    for fixture in ["h5", "parquet"].into_iter().flat_map(fixtures) {
        for table in &fixture.tables {
            if seen.insert(std::fs::read(fixtures_folder().join(&table.oracle)).unwrap()) {
                tables.push((format!("{} {:?}", fixture.path.display(), table.key), expected_frame(table)));
            }
        }
    }
    assert!(tables.len() > 40, "{}", tables.len());
    tables
}

fn real_tables() -> Vec<(String, PoseFrame)> {
    let Some(folder) = real_data() else { return Vec::new() };
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|extension| extension == "h5"));
    let load = |path: &Path| Hdf5Table::open(path, &OpenOptions::default()).unwrap().load().unwrap();
    let tables: Vec<(String, PoseFrame)> =
        files.map(|path| (path.display().to_string(), load(&path))).collect();
    assert!(!tables.is_empty(), "there are real files");
    tables
}

fn every_table_comes_back(recipe_of: impl Fn(&PoseFrame) -> Recipe, far: Far) {
    for (name, table) in tables().into_iter().chain(real_tables()) {
        println!("{name}");
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("t");
        pack(&table, &recipe_of(&table), &target, &PackOptions::default()).unwrap();
        let packed = PackedTable::open(&target).unwrap();
        comes_back(&name, &table, &packed, far);
        verify(&target).unwrap();
    }
}

/// The same of recipes with videos: one ffmpeg is asked once what it can do, and of tables whose numbers are the same to the bit one is
/// taken. Labels and names are not in a video; with blocks, every table has its turn.
fn every_table_comes_back_from_videos(recipe_of: impl Fn(&PoseFrame) -> Recipe, far: Far) {
    let ffmpeg = Ffmpeg::find().expect("this test needs ffmpeg (Debian and Ubuntu: apt-get install ffmpeg)");
    let options = PackOptions::default().with_ffmpeg(ffmpeg.clone());
    let mut seen = HashSet::new();
    for (name, table) in tables().into_iter().chain(real_tables()) {
        if !seen.insert(numbers(&table)) {
            continue;
        }
        println!("{name}");
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("t");
        pack(&table, &recipe_of(&table), &target, &options).unwrap();
        // Everything is decoded: that it also can be verified is shown where damage is looked for.
        comes_back(&name, &table, &PackedTable::open_with(&target, &ffmpeg).unwrap(), far);
    }
    assert!(seen.len() > 10, "{}", seen.len());
}

/// The types and the bytes of the columns that hold numbers.
fn numbers(table: &PoseFrame) -> Vec<(DataType, usize, Vec<Vec<u8>>)> {
    let columns = table.columns().iter().filter(|column| column.data_type().is_numeric());
    let of = |column: &ArrayRef| {
        let data = column.to_data();
        let bytes = data.buffers().iter().map(|buffer| buffer.as_slice().to_vec());
        (column.data_type().clone(), column.null_count(), bytes.collect())
    };
    columns.map(of).collect()
}

fn comes_back(name: &str, table: &PoseFrame, packed: &PackedTable, far: Far) {
    assert_eq!(packed.schema(), table.schema(), "{name}");
    judge(name, table, &packed.load().unwrap(), far);
}

fn judge(name: &str, given: &PoseFrame, back: &PoseFrame, far: Far) {
    match (given.index(), back.index()) {
        (RowIndex::Range(given), RowIndex::Range(back)) => assert_eq!(given, back, "{name}"),
        (given, back) => {
            let (given, back) = (given.to_levels(), back.to_levels());
            assert_eq!(given.len(), back.len(), "{name}");
            for (given, back) in given.iter().zip(&back) {
                assert_eq!(
                    (&given.name, given.values.to_data()),
                    (&back.name, back.values.to_data()),
                    "{name}"
                );
            }
        }
    }
    assert_eq!(given.columns().len(), back.columns().len(), "{name}");
    let (mut noise, mut count) = (0.0, 0.0);
    for (number, (given, back)) in given.columns().iter().zip(back.columns()).enumerate() {
        let Some((given_floats, back_floats)) = floats(given).zip(floats(back)) else {
            // Of integers, truth values and text every bit, and what is missing.
            assert_eq!(given.to_data(), back.to_data(), "{name}: column {number}");
            continue;
        };
        let finite = || given_floats.iter().map(|(value, _)| *value).filter(|value| value.is_finite());
        let (low, high) =
            (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
        // The range of enormous floats is none; that of their quarters is.
        let unit = if low < high && (high - low).is_infinite() { 0.25 } else { 1.0 };
        let range = if high > low { high * unit - low * unit } else { 1.0 };
        for (row, ((value, bits), (found, found_bits))) in given_floats.iter().zip(&back_floats).enumerate() {
            let is_kept = match far {
                _ if !value.is_finite() => bits == found_bits,
                Far::Nowhere => bits == found_bits,
                Far::By(bound) => (value - found).abs() <= bound,
                Far::OnAverage(_) => found.is_finite(),
            };
            assert!(is_kept, "{name}: column {number}, row {row}: {value:?} came back as {found:?}, {far:?}");
            if value.is_finite() {
                noise += ((value * unit - found * unit) / range).powi(2);
                count += 1.0;
            }
        }
        assert_eq!(given_floats.len(), back_floats.len(), "{name}: column {number}");
    }
    if let Far::OnAverage(most) = far
        && count > 0.0
    {
        let found = f64::sqrt(noise / count);
        assert!(found <= most, "{name}: {found}");
    }
}

/// Values and their bits, of a column of floats.
fn floats(array: &ArrayRef) -> Option<Vec<(f64, u64)>> {
    match array.data_type() {
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().values();
            Some(values.iter().map(|value| ((*value).into(), value.to_bits().into())).collect())
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().values();
            Some(values.iter().map(|value| (*value, value.to_bits())).collect())
        }
        _ => None,
    }
}

fn within(bound: f64) -> Contract {
    Contract::MaxError { bound, coords: [].into() }
}

/// The same arrays as videos.
fn filmed(mut recipe: Recipe) -> Recipe {
    recipe.arrays.iter_mut().for_each(|array| array.codec = Codec::Ffv1 {});
    recipe
}

#[test]
fn blocks_lose_nothing() {
    every_table_comes_back(|table| Recipe::lossless(table).unwrap(), Far::Nowhere);
}

#[test]
fn videos_lose_nothing() {
    every_table_comes_back_from_videos(|table| filmed(Recipe::lossless(table).unwrap()), Far::Nowhere);
}

#[test]
fn blocks_keep_a_bound() {
    every_table_comes_back(|table| Recipe::within(table, &within(0.25)).unwrap(), Far::By(0.25));
}

#[test]
fn videos_keep_a_bound() {
    every_table_comes_back_from_videos(
        |table| filmed(Recipe::within(table, &within(0.25)).unwrap()),
        Far::By(0.25),
    );
}

#[test]
fn codecs_for_pictures_keep_a_ratio() {
    const MIN_PSNR: f64 = 30.0;
    let of = |table: &PoseFrame| {
        let mut recipe = Recipe::lossless(table).unwrap();
        for array in recipe.arrays.iter_mut().filter(|array| array.name.starts_with("float")) {
            array.codec = Codec::Lossy { encoder: Encoder::X265, crf: Some(2.0), preset: None };
            array.contract = Contract::Quality { min_psnr: MIN_PSNR };
        }
        recipe
    };
    every_table_comes_back_from_videos(of, Far::OnAverage(10_f64.powf(-MIN_PSNR / 20.0)));
}
