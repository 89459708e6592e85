//! Every fixture, bit for bit.

use arrow_array::StringArray;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use pose_frame::{ColumnKey, IndexSchema, Label, PoseTable, testing};
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
        let mut others = file.other_objects().unwrap_or_else(|error| panic!("{error}"));
        // Of some tables the values are categories, which are named for what does not come along.
        others.retain(|other| !other.ends_with(" (categories)"));
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
fn a_series_is_read_as_one_column_when_it_is_named() {
    let path = fixtures_folder().join("others/series.h5");
    let options = OpenOptions::default().with_key(Some("times".to_owned()));
    let series = Hdf5Table::open(&path, &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        series.schema().columns()[0].key.labels(),
        [Label::Integer(0)],
        "as pandas calls it in a frame"
    );
    let frame = series.load().expect("it reads");
    assert_eq!(frame.columns()[0].as_primitive::<Float64Type>().values(), &[0.0, 0.5]);
    let unnamed = Hdf5Table::open(&path, &OpenOptions::default()).expect("the only table");
    assert_eq!(unnamed.key(), "df_with_missing");
}

#[test]
fn categories_are_read_as_what_they_stand_for() {
    let path = fixtures_folder().join("others/categories.h5");
    let table = Hdf5Table::open(&path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
    let behaviour = table.column(&ColumnKey::new(["behaviour"])).expect("it reads");
    let expected = StringArray::from(["rest", "groom"].repeat(4));
    assert_eq!(*behaviour.as_string::<i32>(), expected);
    // Where the categories are damaged, that is said of them, and only when they are asked for.
    let mut bytes = std::fs::read(&path).expect("it is there");
    let places: Vec<usize> = (0..bytes.len() - 5).filter(|&at| bytes[at..at + 5] == *b"groom").collect();
    assert!(!places.is_empty(), "the categories are in the file as they are");
    for at in places {
        bytes[at] = 0xff;
    }
    let folder = tempfile::tempdir().expect("there is room");
    let damaged = folder.path().join("damaged.h5");
    std::fs::write(&damaged, bytes).expect("there is room");
    let table = Hdf5Table::open(&damaged, &OpenOptions::default()).expect("opening reads no categories");
    let error = table.load().expect_err("a category that is no text").to_string();
    assert!(error.contains("meta/behaviour/meta/table is not UTF-8"), "{error}");
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
