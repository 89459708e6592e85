//! Objects in stores: read and written as files are, in requests that are counted.

mod command;
mod fetched;
mod http_servers;
mod written;

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::DataType;
use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use pose_frame::{
    Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, RowIndex, Tolerance, first_difference,
};
use pose_io::parquet::{
    ExistingObject, Object, ParquetTable, StoreOptions, WriteOptions, write_object, write_table,
};
use pose_tests::s3::Bucket;

fn options(bucket: &Bucket) -> StoreOptions {
    bucket.environment().into_iter().collect()
}

fn object(bucket: &Bucket, path: &str) -> Object {
    Object::at(&bucket.url(path), &options(bucket)).expect("it is a URL")
}

fn open(bucket: &Bucket, path: &str) -> ParquetTable {
    ParquetTable::open_object(&object(bucket, path)).expect("it opens")
}

/// Puts a table there, past everything that is tested, and gives its bytes.
fn put(bucket: &Bucket, path: &str, table: &dyn PoseTable, row_group_frames: usize) -> Bytes {
    let mut options = WriteOptions::default();
    options.row_group_frames = row_group_frames;
    let bytes = write_table(table, Vec::new(), &options).expect("it can be written");
    bucket.put(path, &bytes);
    bytes.into()
}

/// Writes a table with the crate's own means.
fn write(
    bucket: &Bucket,
    path: &str,
    table: &dyn PoseTable,
    existing: ExistingObject,
) -> Result<u64, String> {
    let written = write_object(table, &object(bucket, path), existing, &WriteOptions::default());
    written.map(|written| written.num_bytes()).map_err(|error| error.to_string())
}

/// Values that pack badly, so that a table is about as large as it says.
fn noise(num_frames: usize, bodyparts: usize) -> PoseFrame {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        f64::from_bits((state >> 12) | (1023 << 52))
    };
    let keys = (0..bodyparts).flat_map(|part| {
        ["x", "y", "likelihood"].map(|coord| ["net".to_owned(), format!("part{part}"), coord.to_owned()])
    });
    let columns: Vec<Column> = keys
        .map(|key| Column::new(ColumnKey::new(key.map(pose_frame::Label::from)), DataType::Float64))
        .collect();
    let arrays = columns.iter().map(|_| {
        let values: Vec<f64> = (0..num_frames).map(|_| next()).collect();
        Arc::new(Float64Array::from(values)) as ArrayRef
    });
    let arrays = arrays.collect();
    let levels = ["scorer", "bodyparts", "coords"].map(|name| Some(name.into())).to_vec();
    let index = RowIndex::range(num_frames);
    let schema = PoseSchema::new(levels, columns, index.schema()).expect("it is well formed");
    PoseFrame::new(Arc::new(schema), index, arrays).expect("it fits")
}

fn assert_same(left: &dyn PoseTable, right: &dyn PoseTable) {
    let difference = first_difference(left, right, Tolerance::BitForBit).expect("both can be read");
    assert!(difference.is_none(), "{}", difference.expect("there is one"));
}

/// How many bytes these columns have in a row group, as another reader of Parquet says.
fn chunk_bytes(file: &Bytes, row_group: usize, columns: std::ops::Range<usize>) -> usize {
    let reader = SerializedFileReader::new(file.clone()).expect("it is Parquet");
    let group = reader.metadata().row_group(row_group);
    let sizes = columns.map(|column| group.column(column).compressed_size());
    sizes.sum::<i64>().try_into().expect("sizes are not negative")
}
