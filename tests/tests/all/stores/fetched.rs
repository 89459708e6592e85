//! What is fetched of an object: what a selection needs, once.

use pose_frame::{PoseTable, Selection, default_batch_frames, testing};
use pose_io::parquet::ParquetTable;
use pose_tests::http::{Exchange, Response};
use pose_tests::s3::{Bucket, forward};

use super::{assert_same, chunk_bytes, noise, object, open, put};

const TAIL: usize = 64 << 10;

/// Requests, and the bytes that were sent.
fn count(bucket: &Bucket) -> (usize, usize) {
    let log = bucket.proxy().take_log();
    (log.len(), log.iter().map(|exchange| exchange.sent).sum())
}

#[test]
fn a_selection_fetches_the_chunks_of_its_columns_and_no_more() {
    let bucket = Bucket::new();
    let table = noise(60_000, 4);
    let file = put(&bucket, "a.parquet", &table, 20_000);
    assert!(file.len() > 10 * TAIL, "{} bytes are many times what is fetched at first", file.len());

    let opened = open(&bucket, "a.parquet");
    assert_eq!(count(&bucket), (1, TAIL), "the end of it, in one request");

    // The three columns of a bodypart stand side by side, in the second row group.
    let part = Selection::all().bodypart("part1").frames(25_000..25_010);
    assert_same(&opened.read(&part).expect("it reads"), &table.read(&part).expect("it reads"));
    assert_eq!(count(&bucket), (1, chunk_bytes(&file, 1, 3..6)));

    // The same row group again: nothing more.
    let next = Selection::all().bodypart("part1").coord("y").frames(25_010..39_999);
    assert_same(&opened.read(&next).expect("it reads"), &table.read(&next).expect("it reads"));
    assert_eq!(count(&bucket), (0, 0));

    // Two columns with another one between, of two row groups: four places.
    let apart = Selection::all().bodypart("part0").coord("x").coord("likelihood").frames(19_000..21_000);
    assert_same(&opened.read(&apart).expect("it reads"), &table.read(&apart).expect("it reads"));
    let bytes = [0, 1].map(|group| chunk_bytes(&file, group, 0..1) + chunk_bytes(&file, group, 2..3));
    assert_eq!(count(&bucket), (4, bytes.iter().sum()));

    // No frames, no columns: nothing.
    opened.read(&Selection::all().frames(7..7)).expect("it reads");
    opened.read(&Selection::all().columns([])).expect("it reads");
    assert_eq!(count(&bucket), (0, 0));
}

#[test]
fn reading_batch_by_batch_fetches_nothing_twice() {
    let bucket = Bucket::new();
    let table = noise(30_000, 4);
    let file = put(&bucket, "a.parquet", &table, 10_000);
    let opened = open(&bucket, "a.parquet");
    count(&bucket);
    for batch in opened.batches(&Selection::all(), 999).expect("batches start") {
        batch.expect("a batch can be read");
    }
    let (requests, bytes) = count(&bucket);
    assert!(bytes <= file.len(), "{bytes} bytes of {}", file.len());
    assert!(requests <= 6, "{requests} requests for three row groups");
}

#[test]
fn a_small_object_is_fetched_whole_when_it_is_opened() {
    let bucket = Bucket::new();
    let table = testing::predictions(100);
    let file = put(&bucket, "a.parquet", &table, 17);
    let opened = open(&bucket, "a.parquet");
    testing::conformance(&opened, &table);
    assert_eq!(count(&bucket), (1, file.len()));
    assert_eq!(opened.num_bytes(), file.len() as u64);
}

#[test]
fn a_long_footer_takes_a_second_request() {
    let bucket = Bucket::new();
    let table = noise(5, 1_000);
    let file = put(&bucket, "a.parquet", &table, 5);
    let footer = u32::from_le_bytes(*file[file.len() - 8..].first_chunk().expect("eight bytes are left"));
    let footer = footer as usize + 8;
    assert!(footer > TAIL, "a footer of {footer} bytes");
    let opened = open(&bucket, "a.parquet");
    assert_eq!(count(&bucket), (2, footer));
    assert_same(&opened, &table);
}

#[test]
fn threads_read_at_once() {
    let bucket = Bucket::new();
    let table = noise(40_000, 4);
    put(&bucket, "a.parquet", &table, 10_000);
    let opened = open(&bucket, "a.parquet");
    std::thread::scope(|scope| {
        for part in 0..4 {
            let (opened, table) = (&opened, &table);
            scope.spawn(move || {
                let selection = Selection::all().bodypart(format!("part{part}"));
                let batches = opened.batches(&selection, default_batch_frames(opened.schema()) / 7);
                let rows: usize =
                    batches.expect("they start").map(|batch| batch.expect("it reads").num_frames()).sum();
                assert_eq!(rows, 40_000);
                let read = opened.read(&selection).expect("it reads");
                assert_same(&read, &table.read(&selection).expect("it reads"));
            });
        }
    });
}

#[test]
fn an_object_that_is_replaced_meanwhile_gives_an_error() {
    let bucket = Bucket::new();
    let table = noise(20_000, 2);
    let file = put(&bucket, "a.parquet", &table, 20_000);
    let opened = open(&bucket, "a.parquet");
    let mut other = file.to_vec();
    other[100] ^= 1;
    bucket.put("a.parquet", &other);
    let error = opened.load().expect_err("it is another one").to_string();
    assert_eq!(error, format!("{}: has changed since it was opened", bucket.url("a.parquet")));
}

/// A server that ignores the condition is found out by what it says of what it sends.
#[test]
fn a_server_that_sends_of_another_object_is_not_believed() {
    let bucket = Bucket::behind(|request| {
        let mut asked = request.clone();
        asked.headers.retain(|(name, _)| name != "if-match");
        forward(&asked)
    });
    let file = put(&bucket, "a.parquet", &noise(20_000, 2), 20_000);
    let opened = open(&bucket, "a.parquet");
    let mut other = file.to_vec();
    other[100] ^= 1;
    bucket.put("a.parquet", &other);
    let error = opened.load().expect_err("it is another one").to_string();
    assert!(error.ends_with("has changed since it was opened"), "{error}");
}

#[test]
fn what_is_not_there_is_named() {
    let bucket = Bucket::new();
    let of = |object: &pose_io::parquet::Object| {
        ParquetTable::open_object(object).expect_err("nothing is there").to_string()
    };
    let absent = object(&bucket, "folder/absent.parquet");
    assert_eq!(of(&absent), format!("{}: no such object", bucket.url("folder/absent.parquet")));
    let url = "s3://no-such-bucket/a.parquet";
    let elsewhere = pose_io::parquet::Object::at(url, &super::options(&bucket)).expect("it is a URL");
    assert_eq!(of(&elsewhere), format!("{url}: no such bucket or container"));
}

#[test]
fn what_is_no_whole_parquet_file_is_refused() {
    let bucket = Bucket::new();
    let whole = put(&bucket, "a.parquet", &noise(9_000, 2), 3_000);
    let refused = |content: &[u8]| {
        bucket.put("bad.parquet", content);
        let error = ParquetTable::open_object(&object(&bucket, "bad.parquet"));
        let error =
            error.map(|table| table.load().map(drop)).map(|read| read.expect_err("it is bad").to_string());
        let error = error.unwrap_or_else(|error| error.to_string());
        assert!(error.starts_with(&bucket.url("bad.parquet")), "{error}");
        error
    };
    let empty = refused(b"");
    assert!(empty.contains("it is empty"), "{empty}");
    assert!(refused(&vec![b'x'; 200_000]).contains("not a whole parquet file"));
    assert!(refused(b"PAR1").contains("not a whole parquet file"));
    for part in 1..16 {
        assert!(refused(&whole[..whole.len() * part / 16]).contains("not a whole parquet file"));
    }
    // A footer that claims to be as long as it can.
    let mut claims = whole.to_vec();
    let length = claims.len();
    claims[length - 8..length - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(refused(&claims).contains("not a whole parquet file"));
}

/// Errors that pass are met with another try, and refusals are not.
#[test]
fn a_server_that_stumbles_is_asked_again() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let asked = AtomicUsize::new(0);
    let bucket = Bucket::behind(move |request| match asked.fetch_add(1, Ordering::Relaxed) {
        0 | 2 => Response::status(503),
        _ => forward(request),
    });
    let table = noise(20_000, 2);
    put(&bucket, "a.parquet", &table, 20_000);
    assert_same(&open(&bucket, "a.parquet"), &table);
    let statuses: Vec<u16> =
        bucket.proxy().take_log().iter().map(|Exchange { status, .. }| *status).collect();
    assert_eq!(statuses[..4], [503, 206, 503, 206]);

    let bucket = Bucket::behind(|_| Response::status(403));
    let denied =
        ParquetTable::open_object(&object(&bucket, "a.parquet")).expect_err("it is denied").to_string();
    assert!(denied.contains("access is denied"), "{denied}");
    assert!(!denied.contains("a secret"), "{denied}");
    assert_eq!(bucket.proxy().take_log().len(), 1);
}
