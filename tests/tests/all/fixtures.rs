//! Every fixture reads as pandas reads it, in every format, bit for bit.

use pose_frame::{PoseTable, Tolerance, first_difference, testing};
use pose_hdf5::{Hdf5Table, OpenOptions};
use pose_parquet::{ParquetTable, WriteOptions, write_table};
use pose_tests::{UNREADABLE, expected_frame, fixtures, fixtures_folder};

#[test]
fn hdf5_reads_as_pandas_reads_it() {
    for fixture in fixtures("h5") {
        for table in &fixture.tables {
            let mut options = OpenOptions::default();
            options.key.clone_from(&table.key);
            let opened = Hdf5Table::open(&fixture.path, &options)
                .unwrap_or_else(|error| panic!("{}: {error}", fixture.path.display()));
            println!("{} {:?}", fixture.path.display(), table.key);
            testing::conformance(&opened, &expected_frame(table));
        }
    }
}

#[test]
fn parquet_of_pandas_reads_as_pandas_reads_it() {
    for fixture in fixtures("parquet") {
        for table in &fixture.tables {
            println!("{}", fixture.path.display());
            let opened = ParquetTable::open(&fixture.path).unwrap_or_else(|error| panic!("{error}"));
            if fixture.path.ends_with("zero_columns.parquet") {
                // pandas wrote five rows into its metadata and finds none of them again. Here they are found.
                assert_eq!((opened.num_frames(), expected_frame(table).num_frames()), (5, 0));
                continue;
            }
            testing::conformance(&opened, &expected_frame(table));
        }
    }
}

#[test]
fn hdf5_comes_back_from_parquet_bit_for_bit() {
    for fixture in fixtures("h5") {
        for table in &fixture.tables {
            println!("{} {:?}", fixture.path.display(), table.key);
            let expected = expected_frame(table);
            let bytes =
                write_table(&expected, Vec::new(), &WriteOptions::default()).expect("it can be written");
            let back = ParquetTable::from_bytes(bytes).expect("it opens");
            let difference = first_difference(&expected, &back, Tolerance::BitForBit).expect("it reads");
            assert_eq!(difference, None);
            assert_eq!(expected.schema().kind(), back.schema().kind());
        }
    }
}

#[test]
fn compression_that_cannot_be_read_is_named() {
    for set in ["pandas-1", "pandas-3"] {
        for (name, compression) in UNREADABLE {
            let path = fixtures_folder().join(set).join("generic").join(name);
            let table = Hdf5Table::open(&path, &OpenOptions::default()).map(|table| table.load());
            let error = match table {
                Ok(loaded) => loaded.expect_err("it cannot be read").to_string(),
                Err(error) => error.to_string(),
            };
            assert!(error.contains(compression) && error.contains(name), "{error}");
        }
    }
}
