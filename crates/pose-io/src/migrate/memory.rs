//! How much memory a table takes while it is migrated.

use pose_frame::{DEFAULT_BATCH_BYTES, PoseTable};
use pose_parquet::{DEFAULT_ROW_GROUP_FRAMES, MAX_ROW_GROUP_BYTES};

use crate::batch::LEAST_BYTES;
use crate::convert::{IN_MEMORY_BYTES, size_in_memory};

/// What converting and comparing a table takes at its peak, about, beside the open source.
pub(super) fn table_bytes(table: &dyn PoseTable) -> u64 {
    // Kept per column and row group until the file is whole, and again when it is read.
    const NOTED_BYTES: usize = 800;
    const PER_COLUMN: usize = 2 * 1024;
    let bytes = size_in_memory(table);
    let columns = table.schema().columns().len();
    let taken = if bytes <= IN_MEMORY_BYTES {
        // The table, its pages, and what is read back of them.
        bytes.saturating_mul(2).saturating_add(bytes.min(DEFAULT_BATCH_BYTES))
    } else {
        let frames = table.num_frames().max(1);
        let row_group = (bytes / frames).saturating_mul(DEFAULT_ROW_GROUP_FRAMES).min(MAX_ROW_GROUP_BYTES);
        let groups = bytes.div_ceil(row_group.max(1));
        row_group
            .saturating_add(2 * DEFAULT_BATCH_BYTES)
            .saturating_add(groups.saturating_mul(columns).saturating_mul(NOTED_BYTES))
    };
    (taken.saturating_add(columns.saturating_mul(PER_COLUMN)) as u64).saturating_add(LEAST_BYTES)
}
