//! Damaged packed tables.

use std::fs;

use pose_frame::{PoseTable, testing};
use recipe::{PackOptions, PackedTable, Recipe, pack, verify};

#[test]
fn every_flipped_byte_of_every_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("t");
    let table = testing::predictions(60);
    pack(&table, &Recipe::lossless(&table).unwrap(), &target, &PackOptions::default()).unwrap();
    for entry in fs::read_dir(&target).unwrap() {
        let path = entry.unwrap().path();
        let whole = fs::read(&path).unwrap();
        for at in (0..whole.len()).step_by(7) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            // Between the values of JSON a byte of white space may become another one.
            if verify(&target).is_ok() {
                assert!(whole[at].is_ascii_whitespace(), "{} at {at}", path.display());
                assert_eq!(PackedTable::open(&target).unwrap().load().unwrap().schema(), table.schema());
            }
        }
        for length in (0..whole.len()).step_by(11) {
            fs::write(&path, &whole[..length]).unwrap();
            verify(&target).expect_err("it is cut");
        }
        fs::remove_file(&path).unwrap();
        verify(&target).expect_err("it is gone");
        fs::write(&path, &whole).unwrap();
    }
    verify(&target).unwrap();
}
