//! Every fixture, bit for bit.

use std::collections::BTreeMap;

use pose_frame::{PoseTable, Tolerance, first_difference, testing};
use pose_hdf5::{Hdf5Table, OpenOptions, list_tables};

use crate::oracle::{Oracle, oracles};

/// Compressions that cannot be undone yet, with the name that the error must say.
const COMPRESSED: [(&str, &str); 2] = [("bzip2_table.h5", "bzip2"), ("blosc_lz4_table.h5", "blosc")];

fn refused(oracle: &Oracle) -> Option<&'static str> {
    let name = oracle.file.file_name()?.to_str()?;
    COMPRESSED.iter().find(|(file, _)| *file == name).map(|(_, filter)| *filter)
}

fn open(oracle: &Oracle) -> Hdf5Table {
    let options = OpenOptions { key: Some(oracle.key.clone()) };
    Hdf5Table::open(&oracle.file, &options)
        .unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}

fn every_table_is_what_pandas_finds(set: &str) {
    for oracle in oracles(set) {
        if let Some(filter) = refused(&oracle) {
            let options = OpenOptions { key: Some(oracle.key.clone()) };
            let error = Hdf5Table::open(&oracle.file, &options).expect_err("a filter that is not there");
            assert!(error.to_string().contains(filter), "{error}");
            continue;
        }
        let table = open(&oracle);
        assert_eq!(table.storage().to_string(), oracle.storage, "{}", oracle.file.display());
        let difference = first_difference(&table, &oracle.frame, Tolerance::BitForBit);
        let difference = difference.unwrap_or_else(|error| panic!("{error}"));
        assert!(difference.is_none(), "{} {}: {}", oracle.file.display(), oracle.key, difference.unwrap());
    }
}

#[test]
fn tables_of_pandas_3_are_what_pandas_finds() {
    every_table_is_what_pandas_finds("pandas-3");
}

#[test]
fn tables_of_pandas_1_are_what_pandas_finds() {
    every_table_is_what_pandas_finds("pandas-1");
}

#[test]
fn every_table_keeps_the_promises_of_the_trait() {
    for oracle in oracles("pandas-3").iter().filter(|oracle| refused(oracle).is_none()) {
        println!("{} {}", oracle.file.display(), oracle.key);
        testing::conformance(&open(oracle), &oracle.frame);
    }
}

#[test]
fn the_list_names_every_table() {
    let mut expected: BTreeMap<_, Vec<(String, String)>> = BTreeMap::new();
    for oracle in oracles("pandas-3") {
        expected.entry(oracle.file).or_default().push((oracle.key, oracle.storage));
    }
    for (file, mut expected) in expected {
        expected.sort();
        let found = list_tables(&file).unwrap_or_else(|error| panic!("{error}"));
        let found: Vec<_> = found.into_iter().map(|table| (table.key, table.storage.to_string())).collect();
        assert_eq!(found, expected, "{}", file.display());
    }
}

#[test]
fn the_source_is_noted() {
    let oracle =
        oracles("pandas-3").into_iter().find(|oracle| oracle.key.contains('/')).expect("a nested key");
    let table = open(&oracle);
    let source = table.schema().metadata().source.clone().expect("a source");
    assert_eq!(source.name, oracle.file.file_name().unwrap().to_str().unwrap());
    assert_eq!(source.key.as_deref(), Some(oracle.key.as_str()));
    assert_eq!(table.key(), oracle.key);
}
