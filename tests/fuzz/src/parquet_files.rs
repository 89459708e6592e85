//! Parquet files to begin with, and how they are read to their end.

use bytes::Bytes;
use parquet::file::metadata::{
    FileMetaData, KeyValue, ParquetMetaData, ParquetMetaDataReader, ParquetMetaDataWriter,
};
use pose_frame::{LongNames, PoseTable, Selection, WideTable, testing};
use pose_parquet::{Layout, Narrow, ParquetError, ParquetTable, Profile, WriteOptions, write_table};

use crate::seeds;

/// What ends a file: the length of its footer, and a word.
const TAIL_BYTES: usize = 8;

/// Tables with more bytes of values are read in part.
const WHOLE_BYTES: usize = 8 << 20;

/// Lets panics be caught that are: the reader makes errors of those of the decoder, and libfuzzer would end the run
/// before. One that is not caught ends it all the same.
pub fn let_panics_be_caught() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Small files of both layouts, and of the profiles that take little time to write: those that zstd's high levels write
/// are read in the same way.
///
/// # Panics
///
/// When they cannot be written.
#[must_use]
pub fn of_ours() -> Vec<Vec<u8>> {
    let table = testing::predictions(12);
    let written = |mut options: WriteOptions| {
        options.row_group_frames = 5;
        write_table(&table, Vec::new(), &options).expect("it can be written")
    };
    let profiles = [Profile::Fast, Profile::Portable].into_iter();
    let mut files: Vec<Vec<u8>> =
        profiles.map(|profile| written(WriteOptions::default().with_profile(profile))).collect();
    files.push(written(WriteOptions::default().with_narrow(Narrow::WhereExact)));
    files.push(written(WriteOptions::default().with_layout(Layout::Long(LongNames::default()))));
    files
}

/// Those, and the fixtures of pandas.
///
/// # Panics
///
/// When they cannot be written or read.
#[must_use]
pub fn all() -> Vec<Vec<u8>> {
    let whole = |file: &Vec<u8>| ParquetTable::from_bytes(file.clone()).is_ok();
    of_ours().into_iter().chain(seeds::fixtures("parquet").into_iter().filter(whole)).collect()
}

/// What stands between the first word and the tail, and the length of the footer behind it: [`framed`] is the way back.
#[must_use]
pub fn unframed(file: &[u8]) -> Vec<u8> {
    let tail = file.len() - TAIL_BYTES;
    [&file[4..tail], &file[tail..tail + 2]].concat()
}

/// A file of these pages and this footer, whose length are the last two bytes.
#[must_use]
pub fn framed(bytes: &[u8]) -> Vec<u8> {
    let (body, length) = bytes.split_at(bytes.len().saturating_sub(2));
    [b"PAR1", body, length, &[0; 2][..length.len().min(2)], b"PAR1"].concat()
}

/// A file with another value in an entry of its metadata.
///
/// # Panics
///
/// When the file is none.
#[must_use]
pub fn with_entry(file: &[u8], key: &str, value: &str) -> Vec<u8> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::copy_from_slice(file));
    let metadata = metadata.expect("it is whole");
    let old = metadata.file_metadata();
    let mut entries = old.key_value_metadata().cloned().unwrap_or_default();
    entries.retain(|entry| entry.key != key);
    entries.push(KeyValue::new(key.to_owned(), value.to_owned()));
    let (rows, schema) = (old.num_rows(), old.schema_descr_ptr());
    let new = FileMetaData::new(old.version(), rows, None, Some(entries), schema, None);
    let tail = file.len() - TAIL_BYTES;
    let length = u32::from_le_bytes(file[tail..tail + 4].try_into().expect("four bytes"));
    let mut bytes = file[..tail - usize::try_from(length).expect("a length")].to_vec();
    let metadata = ParquetMetaData::new(new, metadata.row_groups().to_vec());
    ParquetMetaDataWriter::new(&mut bytes, &metadata).finish().expect("it can be written");
    bytes
}

/// The value of an entry.
#[must_use]
pub fn entry(file: &[u8], key: &str) -> Option<String> {
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&Bytes::copy_from_slice(file)).ok()?;
    let entries = metadata.file_metadata().key_value_metadata()?;
    entries.iter().find(|entry| entry.key == key)?.value.clone()
}

/// Reads a few frames of a file, and all of it where that is not much.
///
/// # Errors
///
/// When it cannot be read.
///
/// # Panics
///
/// When what is read is not what was asked for.
pub fn read(bytes: Vec<u8>) -> Result<(), ParquetError> {
    let table = ParquetTable::from_bytes(bytes)?;
    let (frames, columns) = (table.num_frames(), table.schema().columns().len());
    let middle = table.read(&Selection::all().frames(frames / 2..frames.min(frames / 2 + 3)))?;
    assert_eq!(middle.num_frames(), frames.min(frames / 2 + 3) - frames / 2);
    if frames.saturating_mul(columns.max(1)).saturating_mul(8) <= WHOLE_BYTES {
        let whole = table.load()?;
        assert_eq!(whole.num_frames(), frames);
        if let Ok(wide) = WideTable::pivot(&whole, &LongNames::default()) {
            wide.load()?;
        }
    }
    Ok(())
}
