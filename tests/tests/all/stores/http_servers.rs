//! Files of plain HTTP servers: read by ranges, where the server knows them.

use std::sync::Arc;

use pose_frame::{PoseTable, Selection};
use pose_io::parquet::{
    ExistingObject, Object, ParquetTable, StoreOptions, WriteOptions, write_object, write_table,
};
use pose_tests::http::{Request, Response, Server};

use super::{assert_same, noise};

fn file() -> Arc<[u8]> {
    let mut options = WriteOptions::default();
    options.row_group_frames = 10_000;
    write_table(&noise(30_000, 3), Vec::new(), &options).expect("it can be written").into()
}

fn open(url: &str) -> Result<ParquetTable, String> {
    let object = Object::at(url, &StoreOptions::new()).map_err(|error| error.to_string())?;
    ParquetTable::open_object(&object).map_err(|error| error.to_string())
}

/// A server of one file, with a tag of this kind.
fn serving(file: &Arc<[u8]>, tag: &'static str) -> Server {
    let file = Arc::clone(file);
    Server::start(move |request| match request.target.split('?').next() {
        Some("/lab/a%20b.parquet") => Response::of_file(request, &file, tag),
        _ => Response::status(404),
    })
}

#[test]
fn a_file_of_a_server_is_read_by_ranges() {
    let (file, table) = (file(), noise(30_000, 3));
    for tag in ["\"strong\"", "W/\"weak\""] {
        let server = serving(&file, tag);
        let opened = open(&server.url("/lab/a%20b.parquet")).expect("it opens");
        let part = Selection::all().bodypart("part2").frames(100..200);
        assert_same(&opened.read(&part).expect("it reads"), &table.read(&part).expect("it reads"));
        let log = server.take_log();
        let sent: usize = log.iter().map(|exchange| exchange.sent).sum();
        let chunks = super::chunk_bytes(&file.to_vec().into(), 0, 6..9);
        assert_eq!((log.len(), sent), (2, (64 << 10) + chunks));
        assert_same(&opened, &table);
    }
    let server = serving(&file, "\"strong\"");
    let url = server.url("/lab/absent.parquet");
    assert_eq!(open(&url).expect_err("it is not there"), format!("{url}: no such object"));
}

#[test]
fn a_signature_is_sent_and_not_shown() {
    let file = file();
    let seen = Arc::clone(&file);
    let server = Server::start(move |request| {
        let signed = request.target.ends_with("?X-Amz-Signature=0123abcd");
        if signed { Response::of_file(request, &seen, "\"a\"") } else { Response::status(403) }
    });
    let opened = open(&server.url("/a.parquet?X-Amz-Signature=0123abcd")).expect("it opens");
    assert_same(&opened, &noise(30_000, 3));
    assert!(!format!("{opened:?}").contains("0123abcd"));
    let error = open(&server.url("/a.parquet?X-Amz-Signature=wrong")).expect_err("it is denied");
    assert!(error.starts_with(&format!("{}: access is denied", server.url("/a.parquet"))), "{error}");
    assert!(!error.contains("wrong"), "{error}");
}

#[test]
fn a_server_without_ranges_is_named() {
    let file = file();
    let whole = Server::start(move |_| Response { body: file.to_vec(), ..Response::status(200) });
    let error = open(&whole.url("/a.parquet")).expect_err("it sends the whole file");
    assert!(error.ends_with("the server sends whole files only, and no ranges of them"), "{error}");
}

/// Some servers know ranges, but not those that are counted from the end.
#[test]
fn a_server_that_knows_no_ranges_from_the_end_is_asked_for_the_size() {
    let file = file();
    let content = Arc::clone(&file);
    let server = Server::start(move |request| {
        let mut asked = request.clone();
        asked.headers.retain(|(name, value)| name != "range" || !value.starts_with("bytes=-"));
        Response::of_file(&asked, &content, "\"a\"")
    });
    let opened = open(&server.url("/a.parquet")).expect("it opens");
    assert_eq!(opened.num_bytes(), file.len() as u64);
    assert_same(&opened, &noise(30_000, 3));
}

#[test]
fn what_a_server_claims_is_not_believed() {
    type Lie = fn(&Request, Response) -> Response;
    let lies: [(&str, Lie); 4] = [
        ("a size beyond all measure", |_, answer| {
            let ranges = |(name, value): (String, String)| match value.split_once('/') {
                Some((range, _)) if name == "content-range" => (name, format!("{range}/{}", u64::MAX)),
                _ => (name, value),
            };
            Response { headers: answer.headers.into_iter().map(ranges).collect(), ..answer }
        }),
        ("more than asked for", |_, answer| Response { body: vec![0; 10 << 20], ..answer }),
        ("less than asked for", |_, mut answer| {
            answer.body.truncate(100);
            answer
        }),
        ("nothing", |_, answer| Response { body: Vec::new(), ..answer }),
    ];
    let file = file();
    for (what, lie) in lies {
        let content = Arc::clone(&file);
        let server =
            Server::start(move |request| lie(request, Response::of_file(request, &content, "\"a\"")));
        let url = server.url("/a.parquet");
        let error = open(&url).expect_err(what);
        assert!(error.starts_with(&url), "{what}: {error}");
    }
}

#[test]
fn nothing_is_written_to_plain_servers() {
    let server = Server::start(|_| Response::status(200));
    let object = Object::at(&server.url("/a.parquet"), &StoreOptions::new()).expect("it is a URL");
    let written = write_object(&noise(10, 1), &object, ExistingObject::Replace, &WriteOptions::default());
    let error = written.expect_err("it is for reading").to_string();
    assert!(error.ends_with("http and https are for reading"), "{error}");
    assert!(server.take_log().is_empty());
}

/// A server that is not there is given up on, after some tries.
#[test]
fn a_server_that_is_gone_is_an_error() {
    let server = Server::start(|_| Response::status(200));
    let url = server.url("/a.parquet");
    drop(server);
    let start = std::time::Instant::now();
    let error = open(&url).expect_err("nobody answers");
    assert!(error.starts_with(&url), "{error}");
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
