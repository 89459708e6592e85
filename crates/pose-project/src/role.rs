//! What a file is for in a project.

use std::path::Path;

use pose_frame::TableKind;
use serde::{Deserialize, Serialize};

/// What a file is for in a project of DeepLabCut: told from what its table is, and where that is not enough, from the name
/// that DeepLabCut gives such files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FileRole {
    /// What a person labelled: `CollectedData_….h5`.
    Labels,
    /// What a network labelled for a person to correct: `machinelabels-iter….h5`.
    MachineLabels,
    /// What a network predicted, tracks of several animals included.
    Predictions,
    /// Predictions, filtered: `…_filtered.h5`.
    Filtered,
    /// Positions in space.
    #[serde(rename = "3d")]
    ThreeD,
    /// Bones: `…_skeleton.h5`.
    Skeleton,
    /// Figures about tracks.
    Statistics,
    /// Nothing of the kind.
    Other,
}

impl FileRole {
    /// The role of a file whose table is of a kind.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::path::Path;
    ///
    /// use pose_frame::TableKind;
    /// use pose_project::FileRole;
    ///
    /// let role = |name: &str, kind| FileRole::of(Path::new(name), kind);
    /// assert_eq!(role("m1DLC_resnet50.h5", TableKind::Predictions), FileRole::Predictions);
    /// assert_eq!(role("m1DLC_resnet50_el_filtered.h5", TableKind::Predictions), FileRole::Filtered);
    /// assert_eq!(role("machinelabels-iter0.h5", TableKind::Predictions), FileRole::MachineLabels);
    /// assert_eq!(role("anything.h5", TableKind::ThreeD), FileRole::ThreeD);
    /// ```
    #[must_use]
    pub fn of(file: &Path, kind: TableKind) -> Self {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        match kind {
            TableKind::Predictions if stem.ends_with("_filtered") => Self::Filtered,
            TableKind::Predictions if stem.starts_with("machinelabels") => Self::MachineLabels,
            TableKind::Predictions => Self::Predictions,
            TableKind::Labels => Self::Labels,
            TableKind::ThreeD => Self::ThreeD,
            TableKind::Skeleton => Self::Skeleton,
            TableKind::Statistics => Self::Statistics,
            _ => Self::Other,
        }
    }
}
