//! What a footer claims, held against the file before anything is decoded or allocated.
//!
//! The decoder takes the footer at its word: it asserts that offsets are not negative and asks for as much memory
//! as they say.

use bytes::Bytes;
use parquet::errors::Result as DecoderResult;
use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use crate::source::Source;
use crate::{ParquetError, ParquetErrorKind, pages, thrift};

/// How many values a file may claim for each of its bytes. Nulls take next to none: of 10,000,000 rows without any
/// value `DuckDB` 2.0 stored 1,572 per byte and Polars 2.1, asked for one row group, 1,873.
const MAX_VALUES_PER_BYTE: u64 = 1 << 14;

/// What stands behind a footer: its length and a word that ends the file.
const TAIL_BYTES: u64 = 8;

/// The source of a footer: walks over it before it is read.
pub(crate) struct CheckedFooter(Source);

impl CheckedFooter {
    pub(crate) fn of(source: &Source) -> Self {
        Self(source.clone())
    }
}

impl Length for CheckedFooter {
    fn len(&self) -> u64 {
        self.0.len()
    }
}

impl ChunkReader for CheckedFooter {
    type T = <Source as ChunkReader>::T;

    fn get_read(&self, start: u64) -> DecoderResult<Self::T> {
        self.0.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> DecoderResult<Bytes> {
        let bytes = self.0.get_bytes(start, length)?;
        if start.saturating_add(bytes.len() as u64).saturating_add(TAIL_BYTES) == self.0.len() {
            thrift::check_footer(&bytes)
                .map_err(|error| parquet::errors::ParquetError::General(format!("its footer {error}")))?;
        }
        Ok(bytes)
    }
}

/// Checks that every column chunk lies within a file of `file_bytes`, and that rows are counted alike everywhere.
/// Gives the number of rows.
pub(crate) fn check(metadata: &ParquetMetaData, file_bytes: u64) -> Result<usize, ParquetError> {
    let mut rows: usize = 0;
    for (group, row_group) in metadata.row_groups().iter().enumerate() {
        let group_rows = check_row_group(row_group, file_bytes)
            .map_err(|reason| wrong(format!("row group {group}: {reason}")))?;
        rows = rows
            .checked_add(group_rows)
            .ok_or_else(|| wrong("its row groups claim too many rows".to_owned()))?;
    }
    check_sums(metadata, rows, file_bytes).map_err(wrong)?;
    let claimed = metadata.file_metadata().num_rows();
    if usize::try_from(claimed) != Ok(rows) {
        return Err(wrong(format!("the footer claims {claimed} rows, its row groups hold {rows}")));
    }
    Ok(rows)
}

fn check_row_group(row_group: &RowGroupMetaData, file_bytes: u64) -> Result<usize, String> {
    let rows = row_group.num_rows();
    let num_rows = usize::try_from(rows).map_err(|_| format!("it claims {rows} rows"))?;
    for column in row_group.columns() {
        let name = || column.column_path().string();
        let start = column.dictionary_page_offset().unwrap_or_else(|| column.data_page_offset());
        let range = (u64::try_from(start), u64::try_from(column.compressed_size()));
        let within = match range {
            (Ok(start), Ok(len)) => start.checked_add(len).is_some_and(|end| end <= file_bytes),
            _ => false,
        };
        if !within {
            let len = column.compressed_size();
            return Err(format!("column {:?} is said to be {len} bytes at {start} of {file_bytes}", name()));
        }
        let (compressed, uncompressed) = (column.compressed_size(), column.uncompressed_size());
        let plausible = match (u64::try_from(compressed), u64::try_from(uncompressed)) {
            (Ok(compressed), Ok(uncompressed)) => pages::is_plausible(uncompressed, compressed),
            _ => false,
        };
        if !plausible {
            return Err(format!("column {:?} is said to hold {uncompressed} bytes in {compressed}", name()));
        }
        // Nested columns hold more values than rows; they are refused by their type.
        if column.column_descr().max_rep_level() == 0 && column.num_values() != rows {
            return Err(format!(
                "column {:?} is said to hold {} values for {rows} rows",
                name(),
                column.num_values()
            ));
        }
    }
    Ok(num_rows)
}

/// Checks that column chunks do not share bytes, and that there are not more values than bytes can be of.
fn check_sums(metadata: &ParquetMetaData, rows: usize, file_bytes: u64) -> Result<(), String> {
    let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    let stored = chunks.map(|chunk| u64::try_from(chunk.compressed_size()).unwrap_or(u64::MAX));
    let stored = stored.fold(0, u64::saturating_add);
    if stored > file_bytes {
        return Err(format!("its column chunks are said to be {stored} bytes together, of {file_bytes}"));
    }
    let columns = metadata.file_metadata().schema_descr().num_columns();
    let values = (rows as u64).saturating_mul(columns as u64);
    if values > file_bytes.saturating_mul(MAX_VALUES_PER_BYTE) {
        return Err(format!(
            "it claims {rows} rows of {columns} columns, more than {MAX_VALUES_PER_BYTE} values for each of its {file_bytes} bytes"
        ));
    }
    Ok(())
}

fn wrong(reason: String) -> ParquetError {
    ParquetErrorKind::Format { source: reason.into() }.into()
}
