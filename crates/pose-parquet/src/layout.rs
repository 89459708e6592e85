//! The layout of a table in a file: wide, or long.
//!
//! A long file is a flat table for every reader but this one, which finds in the `pose` entry how to make it wide again.

mod entry;
mod write;

use pose_frame::{
    LongLayout, LongNames, PoseFrame, PoseSchema, PoseTable, RangeIndex, Selection, TableError,
    TableErrorKind,
};

use crate::{ParquetError, ParquetErrorKind};

pub(crate) use entry::LongEntry;
pub(crate) use write::LongWriter;

/// How a table is laid out in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "there is one for each file that is written")]
pub enum Layout {
    /// A row per frame and a column per column, as pandas writes it.
    #[default]
    Wide,
    /// A row per frame and point, in columns of these names: see [`pose_frame::layout`].
    Long(LongNames),
}

/// Who wrote a file: others may have kept the entry of this crate, and sorted the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrittenBy {
    ThisCrate,
    Others,
}

impl WrittenBy {
    /// By what the footer says.
    pub(crate) fn of(created_by: Option<&str>) -> Self {
        let is_ours = created_by.is_some_and(|name| name.starts_with(concat!(env!("CARGO_PKG_NAME"), " ")));
        if is_ours { Self::ThisCrate } else { Self::Others }
    }
}

/// How the wide table is found in a long file.
pub(crate) struct Restored {
    pub(crate) layout: LongLayout,
    /// The labels of its rows, where they are counted.
    counted: Option<RangeIndex>,
    num_frames: usize,
}

impl Restored {
    /// Finds the wide table in the one that is stored, of which the entry says how.
    pub(crate) fn of(
        entry: &LongEntry,
        stored: &dyn PoseTable,
        written_by: WrittenBy,
    ) -> Result<Self, ParquetError> {
        Self::find(entry, stored, written_by).map_err(|error| match error.kind() {
            TableErrorKind::Read { .. } => error.into(),
            _ => ParquetErrorKind::Layout { source: error }.into(),
        })
    }

    fn find(entry: &LongEntry, stored: &dyn PoseTable, written_by: WrittenBy) -> Result<Self, TableError> {
        let (layout, counted) = entry.layout(stored.schema(), stored.num_frames())?;
        let num_frames = layout.num_frames(stored.num_frames())?;
        match written_by {
            WrittenBy::ThisCrate => layout.check(stored, counted.as_ref())?,
            WrittenBy::Others => layout.check_all(stored, counted.as_ref())?,
        }
        Ok(Self { layout, counted, num_frames })
    }

    pub(crate) fn schema(&self) -> &PoseSchema {
        self.layout.wide()
    }

    pub(crate) fn num_frames(&self) -> usize {
        self.num_frames
    }

    pub(crate) fn read(
        &self,
        stored: &dyn PoseTable,
        selection: &Selection,
    ) -> Result<PoseFrame, TableError> {
        self.layout.read_wide(stored, self.counted.as_ref(), selection)
    }
}
