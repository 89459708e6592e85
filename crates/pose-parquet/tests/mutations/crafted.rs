//! Pages made by hand: of one column, with headers and levels that cannot be.

use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, ParquetMetaData, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::SchemaDescriptor;
use pose_frame::{PoseTable, Selection};
use pose_parquet::{ParquetError, ParquetTable};

use crate::damage::varint;
use crate::memory::bounded;

const V1: i64 = 0;
const DICTIONARY: i64 = 2;
const V2: i64 = 3;

const PLAIN: i64 = 0;
const RLE: i64 = 3;
const DELTA_BINARY_PACKED: i64 = 5;
const BYTE_STREAM_SPLIT: i64 = 9;
const RLE_DICTIONARY: i64 = 8;

/// A struct of numbers, from this field on.
fn numbers(first: u8, values: &[i64]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (position, value) in values.iter().enumerate() {
        bytes.push(if position == 0 { first << 4 | 5 } else { 0x15 });
        bytes.extend(varint((value << 1 ^ value >> 63).cast_unsigned()));
    }
    bytes
}

/// A page of this type whose header says this of it, and of its sizes what is true.
fn page(kind: i64, said: &[i64], body: &[u8]) -> Vec<u8> {
    let length = i64::try_from(body.len()).expect("it is small");
    sized(kind, said, body, length)
}

fn sized(kind: i64, said: &[i64], body: &[u8], uncompressed: i64) -> Vec<u8> {
    let stored = i64::try_from(body.len()).expect("it is small");
    // The header of its type is field 5, 7 or 8, behind field 3.
    let field = match kind {
        V1 => 0x2c,
        DICTIONARY => 0x4c,
        _ => 0x5c,
    };
    [numbers(1, &[kind, uncompressed, stored]), vec![field], numbers(1, said), vec![0, 0], body.to_vec()]
        .concat()
}

/// Levels with their length before them, and values.
fn body(levels: &[u8], values: &[u8]) -> Vec<u8> {
    let length = u32::try_from(levels.len()).expect("it is small").to_le_bytes();
    [&length[..], levels, values].concat()
}

/// A file of one column of this type.
fn file(column: &str, rows: i64, compression: Compression, pages: &[Vec<u8>]) -> Vec<u8> {
    file_in(
        vec![Encoding::PLAIN, Encoding::BYTE_STREAM_SPLIT, Encoding::RLE],
        column,
        rows,
        compression,
        pages,
    )
}

/// One whose footer names these encodings.
fn file_in(
    encodings: Vec<Encoding>,
    column: &str,
    rows: i64,
    compression: Compression,
    pages: &[Vec<u8>],
) -> Vec<u8> {
    let mut bytes = b"PAR1".to_vec();
    bytes.extend(pages.concat());
    let size = i64::try_from(bytes.len() - 4).expect("it is small");
    let schema = parse_message_type(&format!("message schema {{ {column}; }}")).expect("it is a schema");
    let schema = Arc::new(SchemaDescriptor::new(Arc::new(schema)));
    let chunk = ColumnChunkMetaData::builder(schema.column(0))
        .set_encodings(encodings)
        .set_compression(compression)
        .set_num_values(rows)
        .set_total_compressed_size(size)
        // As much as may come out of it.
        .set_total_uncompressed_size(size * 64)
        .set_data_page_offset(4)
        .build();
    let group = RowGroupMetaData::builder(Arc::clone(&schema)).set_num_rows(rows).set_total_byte_size(size);
    let group = group.set_column_metadata(vec![chunk.expect("it is built")]).build().expect("it is built");
    let metadata = ParquetMetaData::new(FileMetaData::new(1, rows, None, None, schema, None), vec![group]);
    ParquetMetaDataWriter::new(&mut bytes, &metadata).finish().expect("it can be written");
    bytes
}

fn load(bytes: Vec<u8>) -> Result<usize, ParquetError> {
    let mut loaded = None;
    bounded("made by hand", bytes.len(), || {
        let load = || Ok(ParquetTable::from_bytes(bytes)?.load()?.num_frames());
        loaded = Some(load());
    });
    loaded.expect("it was read")
}

/// Four levels that are all 1, in a run.
const FOUR: [u8; 2] = [4 << 1, 1];

#[test]
fn pages_that_are_right_are_read() {
    let _alone = crate::memory::alone();
    let v1 = page(V1, &[4, PLAIN, RLE, RLE], &body(&FOUR, &[0; 32]));
    let v2 = page(V2, &[4, 0, 4, BYTE_STREAM_SPLIT, 2, 0], &[&FOUR[..], &[0; 32]].concat());
    // A run may be longer than its page: the rest of it means nothing.
    let long_run = page(V1, &[4, PLAIN, RLE, RLE], &body(&[0xfe, 0xff, 0xff, 0xff, 0x0f, 1], &[0; 32]));
    for page in [v1, v2, long_run] {
        assert_eq!(load(file("OPTIONAL DOUBLE x", 4, Compression::UNCOMPRESSED, &[page])).unwrap(), 4);
    }
}

#[test]
fn pages_that_cannot_be_are_refused() {
    let _alone = crate::memory::alone();
    let levels =
        |levels: &[u8], values: usize| page(V1, &[4, PLAIN, RLE, RLE], &body(levels, &vec![0; values]));
    let v1 = |values: i64, encoding: i64| page(V1, &[values, encoding, RLE, RLE], &body(&FOUR, &[0; 32]));
    let v2 = |said: &[i64]| page(V2, said, &[&FOUR[..], &[0; 32]].concat());
    let billion = i64::from(i32::MAX);
    let pages = [
        v1(billion, PLAIN),
        v1(-1, PLAIN),
        v1(i64::from(i32::MIN), PLAIN),
        v1(5, PLAIN),
        v1(3, PLAIN),
        v1(0, PLAIN),
        v1(4, DELTA_BINARY_PACKED),
        v1(4, RLE_DICTIONARY),
        v1(4, 77),
        page(V1, &[4, PLAIN, 4, 4], &body(&FOUR, &[0; 32])),
        levels(&FOUR, 15),
        // Behind plain values fastparquet leaves bytes; split ones say by their length where each is.
        page(V1, &[4, BYTE_STREAM_SPLIT, RLE, RLE], &body(&FOUR, &[0; 40])),
        page(V1, &[4, BYTE_STREAM_SPLIT, RLE, RLE], &body(&FOUR, &[0; 31])),
        levels(&FOUR, 0),
        levels(&[], 32),
        levels(&[4 << 1], 32),
        levels(&[4 << 1, 2], 32),
        levels(&[0, 1], 32),
        levels(&[1, 0xff], 32),
        levels(&[0xff; 12], 32),
        levels(&[3], 32),
        // Levels that say that they are longer than the page.
        page(V1, &[4, PLAIN, RLE, RLE], &[0xff; 40]),
        page(V1, &[4, PLAIN, RLE, RLE], &[2, 0]),
        page(V1, &[4, PLAIN, RLE, RLE], &[]),
        v2(&[4, 0, 4, PLAIN, 35, 0]),
        v2(&[4, 0, 4, PLAIN, -1, 0]),
        v2(&[4, 0, 4, PLAIN, billion, billion]),
        v2(&[4, 0, 4, PLAIN, 0, 2]),
        v2(&[4, 0, 4, PLAIN, 1, 1]),
        v2(&[billion, 0, billion, PLAIN, 2, 0]),
        v2(&[-4, 0, 4, PLAIN, 2, 0]),
        v2(&[4, 0, 4, DELTA_BINARY_PACKED, 2, 0]),
        page(DICTIONARY, &[4, PLAIN], &[0; 32]),
        page(DICTIONARY, &[billion, PLAIN], &[0; 32]),
        page(7, &[4, PLAIN], &[0; 32]),
        sized(V1, &[4, PLAIN, RLE, RLE], &body(&FOUR, &[0; 32]), -1),
        sized(V1, &[4, PLAIN, RLE, RLE], &body(&FOUR, &[0; 32]), billion),
    ];
    for (position, page) in pages.into_iter().enumerate() {
        for column in ["OPTIONAL DOUBLE x", "OPTIONAL FLOAT x"] {
            let bytes = file(column, 4, Compression::UNCOMPRESSED, std::slice::from_ref(&page));
            let outcome = load(bytes);
            assert!(outcome.is_err(), "page {position} of {column}");
        }
        // Others are decoded by a crate that may read what means nothing.
        for column in [
            "OPTIONAL INT64 x",
            "OPTIONAL BINARY x (STRING)",
            "OPTIONAL BOOLEAN x",
            "OPTIONAL INT96 x",
            "REQUIRED DOUBLE x",
            "REQUIRED INT32 x",
        ] {
            let _ = load(file(column, 4, Compression::UNCOMPRESSED, std::slice::from_ref(&page)));
        }
    }
}

#[test]
fn frames_of_zstd_that_claim_too_much_or_are_damaged_are_refused() {
    let _alone = crate::memory::alone();
    let body = body(&FOUR, &[7; 32]);
    let length = i64::try_from(body.len()).unwrap();
    let compressed = zstd::bulk::compress(&body, 1).unwrap();
    let said = [4, PLAIN, RLE, RLE];
    let of = |frame: &[u8]| {
        let page = sized(V1, &said, frame, length);
        load(file("OPTIONAL DOUBLE x", 4, Compression::ZSTD(ZstdLevel::default()), &[page]))
    };
    assert_eq!(of(&compressed).unwrap(), 4);
    // A frame that says that it holds 2^40 bytes, and a window of as much.
    let mut huge = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
    huge.extend((1_u64 << 40).to_le_bytes());
    huge.extend(&compressed[6..]);
    assert!(of(&huge).is_err());
    let mut window = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8];
    window.extend(&compressed[6..]);
    assert!(of(&window).is_err());
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.include_checksum(true).unwrap();
    std::io::Write::write_all(&mut encoder, &body).unwrap();
    let mut checked = encoder.finish().unwrap();
    assert_eq!(of(&checked).unwrap(), 4);
    *checked.last_mut().unwrap() ^= 1;
    assert!(of(&checked).is_err());
    for end in 0..compressed.len() {
        assert!(of(&compressed[..end]).is_err(), "cut off at {end}");
    }
}

#[test]
fn a_run_of_nulls_is_bounded_by_the_size_of_its_file() {
    let _alone = crate::memory::alone();
    let nulls = |rows: i64| {
        let run = [varint(rows.cast_unsigned() << 1), vec![0]].concat();
        file(
            "OPTIONAL DOUBLE x",
            rows,
            Compression::UNCOMPRESSED,
            &[page(V1, &[rows, PLAIN, RLE, RLE], &body(&run, &[]))],
        )
    };
    for rows in [1 << 30, 1 << 26, 20_000_000] {
        let error = load(nulls(rows)).expect_err("there are fewer").to_string();
        assert!(error.contains("16384 values for each of its"), "{error}");
    }
    // What is left is not much more than the values of one batch while it is read in batches.
    let rows = 1_900_000;
    let bytes = nulls(rows);
    bounded("a run of nulls", bytes.len(), || {
        let table = ParquetTable::from_bytes(bytes.clone()).unwrap();
        let batches = table.batches(&Selection::all(), 1 << 16).unwrap();
        let read: usize = batches.map(|batch| batch.unwrap().num_frames()).sum();
        assert_eq!(i64::try_from(read), Ok(rows));
    });
}

#[test]
fn texts_that_are_counted_and_not_there_are_refused_without_memory_for_them() {
    const DELTA_LENGTH: i64 = 6;
    const DELTA: i64 = 7;
    let _alone = crate::memory::alone();
    let counted =
        |block: u64, count: u64| [varint(block), vec![4], varint(count), vec![0, 0, 0, 0, 0, 0]].concat();
    for encoding in [DELTA_LENGTH, DELTA] {
        for (block, count) in
            [(128, 1 << 45), (1 << 40, 1 << 30), (128, u64::MAX >> 1), (1 << 62, 1 << 45), (128, 5)]
        {
            let page = page(V1, &[4, encoding, RLE, RLE], &body(&FOUR, &counted(block, count)));
            for named in [false, true] {
                let column = "OPTIONAL BINARY x (STRING)";
                let mut encodings = vec![Encoding::PLAIN, Encoding::RLE];
                encodings.extend(named.then_some(Encoding::DELTA_LENGTH_BYTE_ARRAY));
                let file =
                    file_in(encodings, column, 4, Compression::UNCOMPRESSED, std::slice::from_ref(&page));
                let error = load(file).expect_err("it is not there").to_string();
                let expected = if named { "lengths of texts" } else { "encoding that the footer does not" };
                assert!(error.contains(expected), "{count} in {block}: {error}");
            }
        }
    }
}
