//! Real files, where there are some: the folder that the variable `POSE_REAL_DATA` names.

use std::path::PathBuf;

use pose_frame::{PoseTable, TableKind, testing};
use pose_hdf5::{Hdf5File, Hdf5Table, OpenOptions};
use pose_tests::real_data;

fn files() -> Vec<PathBuf> {
    let Some(folder) = real_data() else { return Vec::new() };
    let entries = std::fs::read_dir(&folder).expect("the folder that POSE_REAL_DATA names lists");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "h5"));
    assert!(!files.is_empty(), "the folder that POSE_REAL_DATA names has .h5 files");
    files
}

#[test]
fn real_files_are_tables() {
    for path in files() {
        let table = Hdf5Table::open(&path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_ne!(table.schema().kind(), TableKind::Generic, "{}", path.display());
        let whole = table.load().unwrap_or_else(|error| panic!("{error}"));
        assert!(whole.num_frames() > 0, "{}", path.display());
        testing::conformance(&table, &whole);
    }
}

#[test]
fn real_files_hold_nothing_but_tables() {
    for path in files() {
        let file = Hdf5File::open(&path).unwrap_or_else(|error| panic!("{error}"));
        let others = file.other_objects().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(others, Vec::<String>::new(), "{}", path.display());
    }
}
