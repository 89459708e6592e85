//! Objects in a store that the caller has.

use std::sync::Arc;

use pose_frame::testing;
use pose_parquet::object_store::memory::InMemory;
use pose_parquet::{
    ExistingObject, Object, ObjectError, ParquetErrorKind, ParquetTable, WriteOptions, write_object,
};

fn object(store: &Arc<InMemory>, path: &str) -> Object {
    Object::in_store(Arc::clone(store) as _, path, &format!("memory://{path}")).expect("it is a path")
}

#[test]
fn a_table_in_a_store_keeps_the_promises_of_tables() {
    let object = object(&Arc::default(), "lab/a.parquet");
    for table in [testing::predictions(5_000), testing::labels(40)] {
        let mut options = WriteOptions::default();
        options.row_group_frames = 1_700;
        write_object(&table, &object, ExistingObject::Replace, &options).expect("it is written");
        testing::conformance(&ParquetTable::open_object(&object).expect("it opens"), &table);
    }
}

#[test]
fn what_goes_wrong_is_told_by_kind_and_place() {
    let store = Arc::default();
    let (there, absent) = (object(&store, "a.parquet"), object(&store, "absent.parquet"));
    let table = testing::predictions(10);
    let write = || write_object(&table, &there, ExistingObject::Keep, &WriteOptions::default());
    write().expect("it is written");
    let error = write().expect_err("it is there");
    assert!(matches!(error.kind(), ParquetErrorKind::Object { source: ObjectError::Exists }), "{error}");
    assert_eq!(error.to_string(), "memory://a.parquet: exists already");
    let error = ParquetTable::open_object(&absent).expect_err("it is not there");
    assert!(matches!(error.kind(), ParquetErrorKind::Object { source: ObjectError::NotFound }), "{error}");
    assert!(Object::in_store(store, "a//b", "memory://a//b").is_err());
}

/// A program with a runtime of its own may call from within it.
#[test]
fn objects_are_read_from_within_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it starts");
    runtime.block_on(async {
        let object = object(&Arc::default(), "a.parquet");
        let table = testing::predictions(10);
        write_object(&table, &object, ExistingObject::Keep, &WriteOptions::default()).expect("it is written");
        let opened = ParquetTable::open_object(&object).expect("it opens");
        testing::conformance(&opened, &table);
    });
}
