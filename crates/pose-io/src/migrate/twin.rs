//! The CSV file that DeepLabCut writes beside a table when it is asked to, with the same values as text.
//!
//! People correct one of the two and forget the other, and then labels are in one only. So they are compared, and what
//! differs is reported. The Parquet file is made of the HDF5 file, whatever the CSV says.

use std::path::{Path, PathBuf};

#[cfg(feature = "csv")]
mod comparison;

use serde::{Deserialize, Serialize};

use crate::path_text;

/// The CSV file of the name of a source beside it, and whether it says the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CsvTwin {
    /// The file.
    #[serde(serialize_with = "path_text::serialize")]
    pub path: PathBuf,
    /// Whether it has the rows, columns and values of the source, or of its first table where it holds several. It is
    /// looked at when a Parquet file is written, or before the source is removed, and not where the program was built
    /// without CSV.
    ///
    /// Numbers may differ by a millionth of themselves: pandas wrote and read them less exactly for years. Columns may be in
    /// another order, and `\` stand for `/` in the labels of rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agrees: Option<bool>,
    /// What is in one of them only, or else the first value that differs; or why they could not be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

impl CsvTwin {
    /// The twin of a source, where there is one.
    pub(super) fn of(source: &Path) -> Option<Self> {
        let path = Some(source.with_extension("csv")).filter(|twin| twin.is_file())?;
        Some(Self { path, agrees: None, difference: None })
    }

    /// Whether it is known to say something else than the source.
    pub(super) fn differs(&self) -> bool {
        self.agrees == Some(false)
    }

    /// Compares it with the table of the source.
    #[cfg(feature = "csv")]
    pub(super) fn compare(&mut self, table: &dyn pose_frame::PoseTable) {
        use comparison::{Unknown, difference};
        (self.agrees, self.difference) = match difference(table, &self.path) {
            Ok(difference) => (Some(difference.is_none()), difference),
            Err(Unknown(why)) => (None, Some(format!("it cannot be compared: {why}"))),
        };
    }

    #[cfg(not(feature = "csv"))]
    #[allow(clippy::unused_self, reason = "with the feature `csv` it is used")]
    pub(super) fn compare(&mut self, _table: &dyn pose_frame::PoseTable) {}
}
