//! Every fixture reads from Parquet as pandas reads it, bit for bit. (The tests of pose-hdf5 say the same of HDF5.)

use arrow_schema::{DataType, TimeUnit};
use pose_frame::{PoseTable, Tolerance, first_difference, testing};
use pose_parquet::{ParquetTable, WriteOptions, write_table};
use pose_tests::{expected_frame, fixtures};

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
            if fixture.path.ends_with("datetime_s_index.parquet") {
                // Parquet has no seconds. pandas stores milliseconds, notes that they were seconds, and does not look.
                let seconds = DataType::Timestamp(TimeUnit::Second, None);
                assert_eq!(opened.schema().index().fields()[0].data_type, seconds);
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
