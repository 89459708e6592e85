//! Reading: what is in a file, and how it becomes a table.

pub(crate) mod clock;
pub(crate) mod estimates;
pub(crate) mod noted;
pub(crate) mod objects;
pub(crate) mod plain;
pub(crate) mod source;
pub(crate) mod training;

use pose_frame::{Column, LevelName, Metadata, RangeIndex};

use source::Source;

/// A table as it was found: what it is made of, but for its values.
pub(crate) struct Found {
    pub(crate) levels: Vec<LevelName>,
    pub(crate) columns: Vec<Column>,
    pub(crate) sources: Vec<Source>,
    pub(crate) index: Index,
    pub(crate) rows: u64,
    pub(crate) metadata: Metadata,
    /// What its user may want to know.
    pub(crate) notes: Vec<String>,
}

/// What the rows are labelled by.
pub(crate) enum Index {
    /// Rows counted in equal steps.
    Range(RangeIndex),
    /// Labels, which are read as rows are: a table may have as many of them as values.
    Levels { levels: Vec<Level>, is_multi: bool },
}

/// A level of labels.
pub(crate) struct Level {
    pub(crate) name: LevelName,
    pub(crate) data_type: arrow_schema::DataType,
    pub(crate) source: Source,
}
