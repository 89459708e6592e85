//! Footers that claim what is not there.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnChunkMetaDataBuilder, FileMetaData, ParquetMetaData, ParquetMetaDataReader,
    ParquetMetaDataWriter, RowGroupMetaData,
};
use pose_frame::PoseTable;
use pose_parquet::ParquetTable;

use crate::damage::{footer, varint};
use crate::files;
use crate::memory::bounded;

/// What is made of a file by a footer that says something else.
struct Claims<'a> {
    rows: &'a dyn Fn(i64) -> i64,
    group_rows: &'a dyn Fn(i64) -> i64,
    chunk: &'a dyn Fn(&ColumnChunkMetaData, ColumnChunkMetaDataBuilder) -> ColumnChunkMetaDataBuilder,
}

impl Default for Claims<'_> {
    fn default() -> Self {
        Self { rows: &|rows| rows, group_rows: &|rows| rows, chunk: &|_, builder| builder }
    }
}

impl Claims<'_> {
    fn made_of(&self, whole: &[u8]) -> Vec<u8> {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::copy_from_slice(whole));
        let metadata = metadata.expect("it is whole");
        let file = metadata.file_metadata();
        let said = file.num_rows();
        let file = FileMetaData::new(
            file.version(),
            said,
            None,
            file.key_value_metadata().cloned(),
            file.schema_descr_ptr(),
            None,
        );
        let groups = metadata.row_groups().iter().map(|group| {
            let columns = group
                .columns()
                .iter()
                .map(|chunk| (self.chunk)(chunk, chunk.clone().into_builder()).build().expect("it is built"));
            let columns = columns.collect();
            let rows = (self.group_rows)(group.num_rows());
            group
                .clone()
                .into_builder()
                .set_num_rows(rows)
                .set_column_metadata(columns)
                .build()
                .expect("it is built")
        });
        let metadata = ParquetMetaData::new(file, groups.collect());
        let counted = metadata.row_groups().iter().map(RowGroupMetaData::num_rows).fold(0, i64::wrapping_add);
        let mut bytes = whole[..footer(whole).start].to_vec();
        ParquetMetaDataWriter::new(&mut bytes, &metadata).finish().expect("it can be written");
        // Writing counts the rows of the footer itself: they are field 3, behind the list of columns.
        let number = |rows: i64| [vec![0x16], varint((rows << 1 ^ rows >> 63).cast_unsigned())].concat();
        let (old, new) = (number(counted), number((self.rows)(said)));
        let footer = footer(&bytes);
        let position = bytes[footer.clone()].windows(old.len()).position(|bytes| bytes == old);
        let position = footer.start + position.expect("it says its rows");
        bytes.splice(position..position + old.len(), new.iter().copied());
        let length = u32::try_from(footer.len() + new.len() - old.len()).expect("a length");
        let end = bytes.len() - 8;
        bytes[end..end + 4].copy_from_slice(&length.to_le_bytes());
        bytes
    }
}

/// Opens and loads what the claims make of each small file, and says what is wrong with it.
fn refused(what: &str, claims: &Claims<'_>) {
    for (file, whole) in files::small() {
        let bytes = claims.made_of(&whole);
        let mut outcome = None;
        bounded(&format!("{file}, {what}"), bytes.len(), || {
            let opened = ParquetTable::from_bytes(bytes.clone());
            outcome = Some(opened.and_then(|table| Ok(table.load()?.num_frames())));
        });
        let error = outcome.expect("it was read").expect_err(what).to_string();
        assert!(error.len() > 20, "{file}, {what}: {error}");
    }
}

#[test]
fn what_is_written_anew_is_the_same_table() {
    let _alone = crate::memory::alone();
    for (file, whole) in files::small() {
        let bytes = Claims::default().made_of(&whole);
        ParquetTable::from_bytes(bytes)
            .and_then(|table| Ok(table.load()?))
            .unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

#[test]
fn rows_that_are_not_there_are_refused() {
    let _alone = crate::memory::alone();
    for claimed in [1 << 40, 1 << 60, -1, -(1 << 40), 1 << 31] {
        let rows = move |_: i64| claimed;
        refused("rows of the footer", &Claims { rows: &rows, ..Claims::default() });
        refused("rows of row groups", &Claims { group_rows: &rows, ..Claims::default() });
        let chunk = |_: &_, builder: ColumnChunkMetaDataBuilder| builder.set_num_values(claimed);
        refused("values of chunks", &Claims { chunk: &chunk, ..Claims::default() });
        refused(
            "rows of row groups and chunks",
            &Claims { group_rows: &rows, chunk: &chunk, ..Claims::default() },
        );
    }
}

#[test]
fn rows_on_which_all_of_a_footer_agrees_are_refused_where_they_are_too_many() {
    let _alone = crate::memory::alone();
    for (file, whole) in files::small() {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::from(whole.clone())).unwrap();
        let groups = i64::try_from(metadata.num_row_groups()).unwrap();
        for claimed in [1_i64 << 31, 1 << 40, i64::MAX / 64] {
            let claims = Claims {
                rows: &|_| claimed * groups,
                group_rows: &|_| claimed,
                chunk: &|_, builder| builder.set_num_values(claimed),
            };
            let error = ParquetTable::from_bytes(claims.made_of(&whole)).expect_err("too many").to_string();
            assert!(error.contains("values for each of its"), "{file}: {error}");
        }
        // As many as a file may have: they are not there, and no memory is taken for them.
        let claimed = 1000;
        let claims = Claims {
            rows: &|_| claimed * groups,
            group_rows: &|_| claimed,
            chunk: &|_, builder| builder.set_num_values(claimed),
        };
        let bytes = claims.made_of(&whole);
        bounded(&file, bytes.len(), || {
            assert!(ParquetTable::from_bytes(bytes.clone()).and_then(|table| Ok(table.load()?)).is_err());
        });
    }
}

#[test]
fn chunks_that_are_not_in_the_file_are_refused() {
    let _alone = crate::memory::alone();
    for offset in [-1, i64::MIN, i64::MAX, 1 << 40] {
        refused(
            "offsets of pages",
            &Claims {
                chunk: &|_, builder| builder.set_data_page_offset(offset).set_dictionary_page_offset(None),
                ..Claims::default()
            },
        );
        refused(
            "offsets of dictionaries",
            &Claims {
                chunk: &|_, builder| builder.set_dictionary_page_offset(Some(offset)),
                ..Claims::default()
            },
        );
    }
    // Writing sums them up: of 2^63 there can be one.
    for size in [-1, -(1 << 40), 1 << 50, 1 << 40] {
        refused(
            "stored sizes",
            &Claims { chunk: &|_, builder| builder.set_total_compressed_size(size), ..Claims::default() },
        );
        refused(
            "decoded sizes",
            &Claims { chunk: &|_, builder| builder.set_total_uncompressed_size(size), ..Claims::default() },
        );
    }
}

#[test]
fn chunks_that_share_their_bytes_are_refused() {
    let _alone = crate::memory::alone();
    for (file, whole) in files::large() {
        let length = i64::try_from(whole.len()).unwrap();
        let claims = Claims {
            chunk: &|_, builder| {
                builder
                    .set_data_page_offset(4)
                    .set_dictionary_page_offset(None)
                    .set_total_compressed_size(length / 5)
            },
            ..Claims::default()
        };
        let error = ParquetTable::from_bytes(claims.made_of(&whole)).expect_err("ten fifths").to_string();
        assert!(error.contains("bytes together"), "{file}: {error}");
    }
}

#[test]
fn other_dictionaries_and_encodings_than_a_footer_says_give_an_answer() {
    let _alone = crate::memory::alone();
    for (file, whole) in files::small() {
        let no_dictionary =
            |_: &_, builder: ColumnChunkMetaDataBuilder| builder.set_dictionary_page_offset(None);
        let dictionary = |chunk: &ColumnChunkMetaData, builder: ColumnChunkMetaDataBuilder| {
            builder.set_dictionary_page_offset(Some(chunk.data_page_offset()))
        };
        let plain = |_: &_, builder: ColumnChunkMetaDataBuilder| builder.set_encodings(vec![Encoding::PLAIN]);
        let read = |claims: Claims<'_>| crate::read(&claims.made_of(&whole), &file);
        read(Claims { chunk: &no_dictionary, ..Claims::default() });
        read(Claims { chunk: &dictionary, ..Claims::default() });
        read(Claims { chunk: &plain, ..Claims::default() });
    }
}

#[test]
fn claimed_children_lists_and_depths_are_refused_without_memory_or_time_for_them() {
    let _alone = crate::memory::alone();
    let group = |children: &[u8]| [&[0x48, 1, b'a', 0x15][..], children, &[0]].concat();
    let billion = group(&[0xfe, 0xff, 0xff, 0xff, 0x0f]);
    let deep = (0..100_000).flat_map(|_| group(&[2])).collect::<Vec<u8>>();
    let list = |count: &[u8], elements: &[u8]| [&[0x15, 2, 0x19, 0xfc][..], count, elements].concat();
    let footers = [
        list(&[1], &billion),
        list(&[0xff, 0xff, 0xff, 0xff, 0x07], &billion),
        list(&[0xa0, 0x8d, 6], &deep),
        // Lists of lists of booleans, which take no bytes.
        [&[0xf9, 0x79][..], &[0xf1, 0xff, 0xff, 0xff, 0xff, 7].repeat(7), &[0]].concat(),
    ];
    for footer in footers {
        let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
        let bytes = [b"PAR1", &footer[..], &length, b"PAR1"].concat();
        bounded("claims", bytes.len(), || {
            let error = ParquetTable::from_bytes(bytes.clone()).expect_err("it claims too much").to_string();
            assert!(error.contains("its footer"), "{error}");
        });
    }
}
