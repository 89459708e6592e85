//! Every fixture, bit for bit.

use pose_frame::{IndexSchema, PoseTable, testing};
use pose_hdf5::{Hdf5File, Hdf5Table, OpenOptions};
use pose_tests::{Fixture, expected_frame, fixtures, fixtures_folder};

fn all() -> Vec<Fixture> {
    fixtures("h5")
}

#[test]
fn every_table_is_what_pandas_finds_and_keeps_the_promises_of_the_trait() {
    for fixture in all() {
        for expected in &fixture.tables {
            println!("{} {:?}", fixture.path.display(), expected.key);
            let options = OpenOptions::default().with_key(expected.key.clone());
            let table = Hdf5Table::open(&fixture.path, &options).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(table.storage().to_string(), expected.storage);
            testing::conformance(&table, &expected_frame(expected));
        }
    }
}

#[test]
fn the_list_names_every_table_and_nothing_else_is_there() {
    for fixture in all() {
        let mut expected: Vec<_> = fixture
            .tables
            .iter()
            .map(|table| (table.key.clone().unwrap_or_default(), table.storage.clone()))
            .collect();
        expected.sort();
        let file = Hdf5File::open(&fixture.path).unwrap_or_else(|error| panic!("{error}"));
        let found = file.tables().unwrap_or_else(|error| panic!("{error}"));
        let found: Vec<_> = found.into_iter().map(|table| (table.key, table.storage.to_string())).collect();
        assert_eq!(found, expected, "{}", fixture.path.display());
        let others = file.other_objects().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(others, Vec::<String>::new(), "{}", fixture.path.display());
    }
}

#[test]
fn what_is_no_table_is_not_listed() {
    let file = Hdf5File::open(fixtures_folder().join("broken/no_pandas_table.h5")).expect("it is HDF5");
    assert_eq!(file.tables().expect("it is whole"), []);
    for name in ["frame_in_meta.h5", "links.h5", "series.h5"] {
        let file = Hdf5File::open(fixtures_folder().join("others").join(name)).expect("it is HDF5");
        assert_eq!(file.tables().expect("it is whole").len(), 1, "{name}");
    }
}

#[test]
fn moments_in_a_level_of_the_rows_keep_their_time_zone() {
    for set in ["pandas-1", "pandas-3"] {
        let path = fixtures_folder().join(set).join("generic/multi_index_tz_table.h5");
        let table = Hdf5Table::open(&path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        let IndexSchema::Multi(levels) = table.schema().index() else { panic!("{set}: one level") };
        let zone = "Timestamp(ns, \"Europe/Berlin\")";
        assert_eq!(levels[1].data_type.to_string(), zone, "{set}");
        assert_eq!(table.load().expect("it reads").num_frames(), 8, "{set}");
    }
}

#[test]
fn texts_without_rows_are_read() {
    for set in ["pandas-1", "pandas-3"] {
        let path = fixtures_folder().join(set).join("generic/zero_rows_text_fixed.h5");
        let table = Hdf5Table::open(&path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        let frame = table.load().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((frame.num_frames(), frame.columns().len()), (0, 8), "{set}");
    }
}

#[test]
fn the_source_is_noted() {
    let nested =
        all().into_iter().find(|fixture| fixture.path.ends_with("nested_key.h5")).expect("it is listed");
    let table = Hdf5Table::open(&nested.path, &OpenOptions::default()).expect("its only table opens");
    let source = table.schema().metadata().source.clone().expect("a source");
    assert_eq!(source.name, "nested_key.h5");
    assert_eq!(source.key, nested.tables[0].key);
    assert_eq!(Some(table.key()), nested.tables[0].key.as_deref());
}
