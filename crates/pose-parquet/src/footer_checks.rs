//! What a footer claims, held against the file before anything is decoded or allocated.
//!
//! The decoder takes the footer at its word: it asserts that offsets are not negative and asks for as much memory
//! as they say.

use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use crate::{ParquetError, ParquetErrorKind, pages};

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

fn wrong(reason: String) -> ParquetError {
    ParquetErrorKind::Format { source: reason.into() }.into()
}
