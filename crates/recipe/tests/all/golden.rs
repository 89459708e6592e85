//! Packed tables of earlier versions are read as they were when they were written. (That they still are the files that were written then
//! is a test across crates.)

use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use pose_frame::{PoseFrame, PoseTable, testing};
use pose_tests::{expected_frame_from, fixtures_folder};
use recipe::{Contract, PackedTable, verify};

/// The packed tables of every version, with what pandas found in what they were made from.
fn packs() -> Vec<(PathBuf, PoseFrame)> {
    let folders = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    };
    let versions = folders(&fixtures_folder().join("golden")).into_iter();
    let versions = versions.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("pack-"));
    let packs: Vec<(PathBuf, PoseFrame)> = versions
        .flat_map(|version| folders(&version))
        .map(|pack| (pack.clone(), expected_frame_from(&pack.with_extension("json"))))
        .collect();
    assert!(packs.len() >= 2, "there are golden packs");
    packs
}

#[test]
fn golden_packs_are_whole() {
    for (path, _) in packs() {
        verify(path).unwrap();
    }
}

#[test]
fn golden_packs_of_blocks_read_as_pandas_read_their_sources() {
    let mut read = 0;
    for (path, expected) in packs() {
        let packed = PackedTable::open(&path).unwrap();
        if packed.recipe().arrays.iter().all(|array| array.contract == Contract::Lossless) {
            testing::conformance(&packed, &expected);
            read += 1;
        }
    }
    assert!(read >= 1);
}

#[test]
fn golden_packs_of_videos_are_as_near_as_they_promise() {
    let mut read = 0;
    for (path, expected) in packs() {
        let packed = PackedTable::open(&path).unwrap();
        let bound_of = |coord: &str| match coord {
            "likelihood" => 0.0,
            _ => 0.25,
        };
        if packed.recipe().arrays.iter().all(|array| array.contract == Contract::Lossless) {
            continue;
        }
        read += 1;
        let back = packed.load().unwrap();
        assert_eq!(back.schema().columns(), expected.schema().columns());
        assert_eq!(back.index().label_text(1), expected.index().label_text(1));
        let level = expected.schema().coord_level().unwrap();
        let columns = expected.schema().columns().iter().zip(expected.columns()).zip(back.columns());
        for ((column, given), back) in columns {
            let bound = bound_of(&column.key.labels()[level].to_string());
            let (given, back) = (given.as_primitive::<Float64Type>(), back.as_primitive::<Float64Type>());
            assert_eq!(given.values().len(), back.values().len());
            for (given, back) in given.values().iter().zip(back.values()) {
                let is_kept = given.to_bits() == back.to_bits() || (given - back).abs() <= bound;
                assert!(is_kept, "{}: {given} {back}", column.key);
            }
        }
    }
    assert!(read >= 1);
}
