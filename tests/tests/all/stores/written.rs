//! What is written to a store: whole, once, and nothing that was there before is lost unasked.

use pose_frame::{PoseFrame, PoseSchema, PoseTable, Selection, TableError};
use pose_io::parquet::{ExistingObject, WriteOptions, write_object};
use pose_io::{ConvertOptions, Existing, PoseIoErrorKind, convert};
use pose_tests::http::Response;
use pose_tests::s3::{self, Bucket, forward};
use pose_tests::{FixtureTable, expected_frame, fixtures};

use super::{assert_same, noise, object, open, options, put, write};

/// A table that cannot be read to its end.
struct BreaksOff(PoseFrame);

impl PoseTable for BreaksOff {
    fn schema(&self) -> &PoseSchema {
        self.0.schema()
    }

    fn num_frames(&self) -> usize {
        self.0.num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let frames = selection.resolve(self.schema(), self.num_frames())?.frames;
        if frames.end == self.num_frames() {
            return Err(TableError::read(std::io::Error::other("the disk is gone")));
        }
        self.0.read(selection)
    }
}

#[test]
fn every_fixture_is_in_a_store_what_it_is_in_a_file() {
    let bucket = Bucket::new();
    let scratch = tempfile::tempdir().expect("there is room");
    let mut compared = 0;
    for fixture in fixtures("h5") {
        for table in fixture.tables.iter().filter(|table| FixtureTable::current_pandas_reads_it(table)) {
            let mut how = ConvertOptions::default();
            how.key.clone_from(&table.key);
            how.store = options(&bucket);
            how.existing = Existing::Replace;
            let (url, file) = (bucket.url("a.parquet"), scratch.path().join("a.parquet"));
            let done = convert(&fixture.path, url.as_ref(), &how, &|_| {});
            let done = done.unwrap_or_else(|error| panic!("{error}"));
            convert(&fixture.path, &file, &how, &|_| {}).unwrap_or_else(|error| panic!("{error}"));
            let stored = bucket.content("a.parquet").expect("it is there");
            assert!(stored == std::fs::read(&file).expect("it is there"), "{}", fixture.path.display());
            assert_eq!(done.target_bytes, stored.len() as u64);
            let opening = pose_io::OpenOptions::default().with_store(options(&bucket));
            let opened = pose_io::open(&url, &opening).unwrap_or_else(|error| panic!("{error}"));
            assert_same(opened.table.as_ref(), &expected_frame(table));
            compared += 1;
        }
    }
    assert!(compared > 10, "{compared} tables were compared");
}

#[test]
fn a_large_table_goes_in_parts_and_comes_back() {
    let bucket = Bucket::new();
    let table = noise(200_000, 5);
    let bytes = write(&bucket, "folder/a.parquet", &table, ExistingObject::Keep).expect("it is written");
    assert!(bytes > 2 * (8 << 20), "{bytes} bytes are more than two parts");
    let log = bucket.proxy().take_log();
    let parts = log.iter().filter(|exchange| exchange.request.target.contains("partNumber=")).count();
    assert_eq!(parts as u64, bytes.div_ceil(8 << 20));
    let largest = log.iter().map(|exchange| exchange.request.body.len()).max();
    assert!(largest <= Some(8 << 20), "{largest:?} bytes in one request");
    assert_eq!(bucket.content("folder/a.parquet").map(|content| content.len() as u64), Some(bytes));
    assert_same(&open(&bucket, "folder/a.parquet"), &table);
    assert_eq!(bucket.open_uploads(), 0);
}

#[test]
fn what_is_there_is_kept_unless_it_is_to_be_replaced() {
    let bucket = Bucket::new();
    for table in [noise(100, 1), noise(200_000, 4)] {
        bucket.put("a.parquet", b"what was there");
        let error = write(&bucket, "a.parquet", &table, ExistingObject::Keep).expect_err("it is kept");
        assert_eq!(error, format!("{}: exists already", bucket.url("a.parquet")));
        assert_eq!(bucket.content("a.parquet").as_deref(), Some(&b"what was there"[..]));
        write(&bucket, "a.parquet", &table, ExistingObject::Replace).expect("it is replaced");
        assert_same(&open(&bucket, "a.parquet"), &table);
    }
}

/// Whoever asks first and writes then may have been overtaken: the store itself keeps what is there.
#[test]
fn an_object_that_appears_while_a_small_one_is_written_is_kept() {
    let bucket = Bucket::behind(|request| match request.method.as_str() {
        "HEAD" => Response::status(404),
        _ => forward(request),
    });
    bucket.put("a.parquet", b"what was there");
    let error = write(&bucket, "a.parquet", &noise(100, 1), ExistingObject::Keep).expect_err("it is kept");
    assert!(error.ends_with("exists already"), "{error}");
    assert_eq!(bucket.content("a.parquet").as_deref(), Some(&b"what was there"[..]));
}

#[test]
fn an_object_that_appears_while_a_large_one_is_written_is_kept() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let appeared = AtomicBool::new(false);
    let bucket = Bucket::behind(move |request| {
        if request.target.contains("partNumber=2") && !appeared.swap(true, Ordering::SeqCst) {
            let path = request.target.split('?').next().unwrap_or_default();
            s3::put(path, b"what appeared");
        }
        forward(request)
    });
    let error =
        write(&bucket, "a.parquet", &noise(200_000, 4), ExistingObject::Keep).expect_err("it is kept");
    assert!(error.ends_with("exists already"), "{error}");
    assert_eq!(bucket.content("a.parquet").as_deref(), Some(&b"what appeared"[..]));
    assert_eq!(bucket.open_uploads(), 0);
}

#[test]
fn a_table_that_breaks_off_leaves_nothing_in_the_store() {
    let bucket = Bucket::new();
    let table = BreaksOff(noise(600_000, 3));
    let error = write(&bucket, "a.parquet", &table, ExistingObject::Keep).expect_err("it breaks off");
    assert!(error.contains("the disk is gone"), "{error}");
    let log = bucket.proxy().take_log();
    assert!(log.iter().any(|exchange| exchange.request.target.contains("partNumber=1")), "parts were sent");
    assert_eq!(bucket.content("a.parquet"), None);
    assert_eq!(bucket.open_uploads(), 0);
}

#[test]
fn a_store_that_refuses_a_part_leaves_nothing_and_is_told_of() {
    let bucket = Bucket::behind(|request| {
        let refuse = request.target.contains("partNumber=2");
        if refuse { Response::status(403) } else { forward(request) }
    });
    let error =
        write(&bucket, "a.parquet", &noise(400_000, 4), ExistingObject::Keep).expect_err("it is refused");
    assert!(error.starts_with(&format!("{}: access is denied", bucket.url("a.parquet"))), "{error}");
    assert_eq!(bucket.content("a.parquet"), None);
    assert_eq!(bucket.open_uploads(), 0);
}

#[test]
fn a_wrong_bucket_is_named_when_it_is_written_to() {
    let bucket = Bucket::new();
    let url = "s3://no-such-bucket/a.parquet";
    let object = pose_io::parquet::Object::at(url, &options(&bucket)).expect("it is a URL");
    let written = write_object(&noise(10, 1), &object, ExistingObject::Keep, &WriteOptions::default());
    let error = written.expect_err("there is no bucket").to_string();
    assert_eq!(error, format!("{url}: no such bucket or container"));
}

#[test]
fn what_was_written_can_be_removed_again_unless_it_is_another_by_then() {
    let bucket = Bucket::new();
    let put = || {
        let object = object(&bucket, "a.parquet");
        write_object(&noise(10, 1), &object, ExistingObject::Replace, &WriteOptions::default())
    };
    put().expect("it is written").remove().expect("it is removed");
    assert_eq!(bucket.content("a.parquet"), None);
    let written = put().expect("it is written");
    bucket.put("a.parquet", b"another");
    written.remove().expect_err("it is another one");
    assert_eq!(bucket.content("a.parquet").as_deref(), Some(&b"another"[..]));
}

/// A store that spoils what it is given is found out, and the spoilt object is not left under its name.
#[test]
fn what_a_store_spoils_is_found_when_it_is_read_back() {
    let bucket = Bucket::behind(|request| {
        let mut request = request.clone();
        if request.method == "PUT" {
            // A bit of a value: the first pages follow the four bytes at the beginning.
            request.body[200] ^= 1;
        }
        forward(&request)
    });
    let source = tempfile::tempdir().expect("there is room");
    let file = source.path().join("a.parquet");
    let bytes = pose_io::parquet::write_table(&noise(1_000, 2), Vec::new(), &WriteOptions::default());
    std::fs::write(&file, bytes.expect("it can be written")).expect("there is room");
    let mut how = ConvertOptions::default();
    how.store = options(&bucket);
    let error = convert(&file, bucket.url("b.parquet").as_ref(), &how, &|_| {}).expect_err("it is spoilt");
    assert!(error.to_string().contains(&bucket.url("b.parquet")), "{error}");
    assert_eq!(bucket.content("b.parquet"), None);
}

/// The object would be replaced while it is read, found changed when it is compared, and removed.
#[test]
fn an_object_is_not_converted_onto_itself_however_its_url_is_written() {
    let bucket = Bucket::new();
    // More than is kept in memory for the comparison.
    let bytes = put(&bucket, "my%20mouse.parquet", &noise(700_000, 5), 100_000);
    let mut how = ConvertOptions::default();
    how.store = options(&bucket);
    how.existing = Existing::Replace;
    let url = bucket.url("my mouse.parquet");
    for target in [url.clone(), url.replacen("s3://", "S3A://", 1), bucket.url("my%20mouse.parquet")] {
        let error = convert(url.as_ref(), target.as_ref(), &how, &|_| {}).expect_err("it is the same");
        assert!(bucket.content("my%20mouse.parquet").as_deref() == Some(&bytes[..]), "{target}: it is gone");
        assert!(matches!(error.kind(), PoseIoErrorKind::SameFile { .. }), "{target}: {error}");
    }
}
