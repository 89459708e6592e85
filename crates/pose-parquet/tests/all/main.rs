//! What the crate promises, through its public interface.

mod entries;
mod foreign;
mod long;
#[cfg(feature = "object-store")]
mod objects;
mod profiles;
mod roundtrip;

use std::sync::Arc;

use arrow_array::ArrayRef;
use pose_frame::{Column, ColumnKey, Label, PoseFrame, PoseSchema, RowIndex};
use pose_parquet::{ParquetTable, WriteOptions, write_table};

fn roundtrip(frame: &PoseFrame) -> ParquetTable {
    let mut options = WriteOptions::default();
    options.row_group_frames = 17;
    let bytes = write_table(frame, Vec::new(), &options).expect("the table can be written");
    ParquetTable::from_bytes(bytes).expect("what was written opens")
}

fn frame(levels: &[Option<&str>], columns: Vec<(Vec<Label>, ArrayRef)>, index: RowIndex) -> PoseFrame {
    let described = columns
        .iter()
        .map(|(key, array)| Column::new(ColumnKey::new(key.clone()), array.data_type().clone()));
    let levels = levels.iter().map(|name| name.map(Into::into)).collect();
    let schema =
        PoseSchema::new(levels, described.collect(), index.schema()).expect("the schema is well formed");
    PoseFrame::new(Arc::new(schema), index, columns.into_iter().map(|(_, array)| array).collect())
        .expect("fits")
}

fn flat(name: &str, array: ArrayRef) -> (Vec<Label>, ArrayRef) {
    (vec![name.into()], array)
}
