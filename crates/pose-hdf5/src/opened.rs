//! What opening a table of either format gives.

use pose_frame::{Column, IndexSchema, LevelName};

/// A table whose description has been read.
pub(crate) struct Opened<F> {
    /// The names of the column levels.
    pub(crate) levels: Vec<LevelName>,
    /// The columns, in their order.
    pub(crate) columns: Vec<Column>,
    /// What rows are labelled by.
    pub(crate) index: IndexSchema,
    /// How many rows there are.
    pub(crate) num_rows: u64,
    /// What reads the values.
    pub(crate) format: F,
}
