//! What we note beside a table: an attribute `pose` of its group, which pandas passes over.

use pose_frame::{IndexSchema, Metadata, PoseTable, RowIndex, Selection, TableError, TableKind};
use serde::{Deserialize, Serialize};

/// The version that is written.
const VERSION: u64 = 1;

/// The note.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Entry {
    version: u64,
    /// For readers of the file: here it is told anew from the columns.
    #[serde(skip_deserializing)]
    kind: Option<TableKind>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    /// Rows that are counted, and not labelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) range: Option<Counted>,
}

/// A range that counts the rows. In the file they are labelled by integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) start: i64,
    pub(crate) step: i64,
    /// How many rows there were, which tells whether pandas has added or removed any since.
    pub(crate) len: u64,
}

impl Counted {
    /// The label of a row.
    pub(crate) fn label(self, row: u64) -> i64 {
        self.start.wrapping_add(self.step.wrapping_mul(row.cast_signed()))
    }
}

impl Entry {
    /// The attribute that holds it.
    pub(crate) const ATTRIBUTE: &str = "pose";

    /// What is to be noted of a table.
    pub(crate) fn of(table: &dyn PoseTable, metadata: &Metadata) -> Result<Self, TableError> {
        let mut range = None;
        if let IndexSchema::Range { .. } = table.schema().index()
            && let RowIndex::Range(counted) = table.read(&Selection::all().columns([]).frames(0..0))?.index()
        {
            range =
                Some(Counted { start: counted.start, step: counted.step, len: table.num_frames() as u64 });
        }
        Ok(Self { version: VERSION, kind: Some(table.schema().kind()), metadata: metadata.clone(), range })
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers serialise")
    }

    /// Reads a note. One that is not ours, or newer, is passed over: everything that pandas knows stands beside it.
    pub(crate) fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().filter(|entry: &Self| entry.version == VERSION)
    }
}
