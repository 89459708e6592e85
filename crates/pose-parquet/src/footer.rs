//! The `pose` entry of a file's metadata: see the format page in the crate's documentation.

use std::collections::{BTreeMap, BTreeSet};

use pose_frame::{Metadata, TableKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::layout::LongEntry;
use crate::{ParquetError, ParquetErrorKind};

/// The name of the entry.
pub(crate) const KEY: &str = "pose";

/// The version that is written; files of higher versions are refused.
const VERSION: u64 = 1;

/// What the entry holds.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PoseEntry {
    version: u64,
    /// For readers of the file: here it is told anew from the columns, so one that is not known here does no harm.
    #[serde(skip_deserializing)]
    kind: Option<TableKind>,
    #[serde(default)]
    pub(crate) metadata: Metadata,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    missing: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    narrow: BTreeSet<String>,
    /// The wide table, where the file is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) long: Option<LongEntry>,
}

impl PoseEntry {
    pub(crate) fn new(kind: TableKind, metadata: Metadata) -> Self {
        Self { version: VERSION, kind: Some(kind), metadata, ..Self::default() }
    }

    pub(crate) fn set_missing_bits(&mut self, column: &str, bits: u64) {
        self.missing.insert(column.to_owned(), format!("{bits:x}"));
    }

    pub(crate) fn add_narrow(&mut self, column: &str) {
        self.narrow.insert(column.to_owned());
    }

    /// Whether a column is of float64, wherever it is stored as float32.
    pub(crate) fn is_narrow(&self, column: &str) -> bool {
        self.narrow.contains(column)
    }

    /// The bits that null stands for in a column, where they are not those of `numpy.nan`.
    pub(crate) fn missing_bits(&self, column: &str) -> Result<Option<u64>, ParquetError> {
        let Some(hex) = self.missing.get(column) else { return Ok(None) };
        let bits = u64::from_str_radix(hex, 16)
            .map_err(|_| wrong(format!("the bits {hex:?} of column {column:?} are not hexadecimal")))?;
        Ok(Some(bits))
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("maps with text as keys, and numbers, serialise")
    }

    /// Reads an entry. One without a whole number as `version` is another program's, and read as if it was not there.
    pub(crate) fn from_json(json: &str) -> Result<Self, ParquetError> {
        // The version first: what else a newer one holds may not fit this one's types.
        let Ok(value) = serde_json::from_str::<Value>(json) else { return Ok(Self::default()) };
        let Some(version) = value.get("version").and_then(Value::as_u64) else { return Ok(Self::default()) };
        if version > VERSION {
            return Err(ParquetErrorKind::Version { found: version, known: VERSION }.into());
        }
        serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
    }
}

fn wrong(reason: String) -> ParquetError {
    ParquetErrorKind::Entry { entry: KEY, reason }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `serde_json` reads the nearest float only where it is asked to.
    #[test]
    fn every_bit_of_a_frame_rate_comes_back() {
        for rate in [30_000.0 / 1_001.0, 9.518_518_449_486_999, 10.135_802_395_101_999] {
            let mut metadata = Metadata::default();
            metadata.frame_rate_hz = Some(rate);
            let json = PoseEntry::new(TableKind::Generic, metadata.clone()).to_json();
            assert_eq!(PoseEntry::from_json(&json).expect("it is of this version").metadata, metadata);
        }
    }
}
