//! What we note beside a table: an attribute `pose` of its group, which pandas passes over.

use pose_frame::{Metadata, PoseTable, TableKind};
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
}

impl Entry {
    /// The attribute that holds it.
    pub(crate) const ATTRIBUTE: &str = "pose";

    /// What is to be noted of a table.
    pub(crate) fn of(table: &dyn PoseTable, metadata: &Metadata) -> Self {
        Self { version: VERSION, kind: Some(table.schema().kind()), metadata: metadata.clone() }
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers serialise")
    }

    /// Reads a note. One that is not ours, or newer, is passed over: everything that pandas knows stands beside it.
    pub(crate) fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok().filter(|entry: &Self| entry.version == VERSION)
    }
}
