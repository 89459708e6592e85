//! Where the bytes of columns are in a file.

use std::ops::Range;

use parquet::file::metadata::ParquetMetaData;

/// The byte ranges of these columns in these row groups, in the order of the file where its writer kept to that. Columns
/// have the positions of the schema's fields; a pose table has no nested ones.
pub(super) fn ranges(
    metadata: &ParquetMetaData,
    row_groups: &[usize],
    positions: &[usize],
) -> Vec<Range<u64>> {
    let groups = row_groups.iter().map(|&group| metadata.row_group(group));
    groups
        .flat_map(|group| positions.iter().map(|&position| group.column(position).byte_range()))
        // Checked when the file was opened: they lie within it.
        .map(|(start, len)| start..start.saturating_add(len))
        .collect()
}
