//! What a table is.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::schema::Role;
use crate::{Column, Label, LevelName};

/// What a table is, told from its levels and its coords, never from its file name or key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TableKind {
    /// Coordinates with a likelihood, as a network predicted them.
    Predictions,
    /// Coordinates without a likelihood, as a person set them.
    Labels,
    /// Triangulated coordinates x, y and z.
    ThreeD,
    /// Length, orientation and likelihood of bones.
    Skeleton,
    /// Figures about a track, not positions: DeepLabCut's `stats` level.
    Statistics,
    /// Anything else.
    #[default]
    Generic,
}

impl TableKind {
    /// Tells the kind of a table with these levels and columns.
    pub(crate) fn classify(levels: &[LevelName], columns: &[Column]) -> Self {
        let last_name = levels.last().and_then(Option::as_deref);
        if last_name == Some("stats") {
            return Self::Statistics;
        }
        // A level that holds bodyparts, animals or scorers holds no coords, whatever they are called.
        let last_role = last_name.and_then(Role::of_level_name);
        if last_role.is_some_and(|role| role != Role::Coord) {
            return Self::Generic;
        }
        let innermost =
            || columns.iter().filter_map(|column| column.key.labels().last().and_then(Label::as_text));
        let has = |wanted: &[&str]| innermost().any(|label| wanted.contains(&label));
        if has(&["length"]) && has(&["orientation"]) {
            return Self::Skeleton;
        }
        // An unnamed innermost level still holds coords when its labels say so; named otherwise, it does not.
        if last_name.is_some() && last_role.is_none() && levels.len() > 1 {
            return Self::Generic;
        }
        match (has(&["x"]) && has(&["y"]), has(&["z"]), has(&["likelihood", "conf"])) {
            (true, true, _) => Self::ThreeD,
            (true, false, true) => Self::Predictions,
            (true, false, false) => Self::Labels,
            (false, ..) => Self::Generic,
        }
    }
}

impl fmt::Display for TableKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Predictions => "predictions",
            Self::Labels => "labels",
            Self::ThreeD => "3D",
            Self::Skeleton => "skeleton",
            Self::Statistics => "statistics",
            Self::Generic => "generic",
        })
    }
}
