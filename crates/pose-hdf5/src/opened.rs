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

impl<F> Opened<F> {
    /// The same with something else that reads the values.
    pub(crate) fn map<G>(self, wrap: impl FnOnce(F) -> G) -> Opened<G> {
        let Self { levels, columns, index, num_rows, format } = self;
        Opened { levels, columns, index, num_rows, format: wrap(format) }
    }
}
