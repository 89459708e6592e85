//! What has to come back of an array.

use std::collections::BTreeMap;

use pose_frame::PoseSchema;
use serde::{Deserialize, Serialize};

use super::NumberType;
use crate::{Error, Result};

/// What has to come back of an array.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Contract {
    /// Every bit.
    #[default]
    Lossless,
    /// Every finite float to within a bound, everything else bit for bit.
    MaxError {
        /// The bound.
        bound: f64,
        /// Other bounds for some coords, in the units of each: such as pixels for `x`, and none for `likelihood`.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        coords: BTreeMap<String, f64>,
    },
    /// What is left by a codec for pictures; values that are not finite bit for bit.
    Quality {
        /// The least signal-to-noise ratio in dB, of each array as a whole; see [`crate::Measured::psnr`].
        min_psnr: f64,
    },
}

impl Contract {
    /// The same contract for some columns of a table: without bounds for coords that others have.
    pub(crate) fn of_columns(&self, schema: &PoseSchema, columns: &[usize]) -> Self {
        let Self::MaxError { bound, coords } = self else { return self.clone() };
        let own =
            coords.iter().filter(|(coord, _)| columns.iter().any(|column| is_of(schema, *column, coord)));
        Self::MaxError { bound: *bound, coords: own.map(|(coord, bound)| (coord.clone(), *bound)).collect() }
    }
}

/// Whether a table has floats of all these coords. A bound for what it has not is a mistake, and is not passed over.
pub(crate) fn check_coords(coords: &BTreeMap<String, f64>, schema: &PoseSchema, field: &str) -> Result<()> {
    let is_float = |column: &usize| {
        NumberType::of(&schema.columns()[*column].data_type).is_some_and(NumberType::is_float)
    };
    let floats: Vec<usize> = (0..schema.columns().len()).filter(is_float).collect();
    match coords.keys().find(|coord| !floats.iter().any(|column| is_of(schema, *column, coord))) {
        Some(coord) => Err(Error::recipe(format!("{field}.coords.{coord}"), "the table has no such coord")),
        None => Ok(()),
    }
}

/// Whether a column is of a coord.
fn is_of(schema: &PoseSchema, column: usize, coord: &str) -> bool {
    schema
        .coord_level()
        .is_some_and(|level| schema.columns()[column].key.labels()[level].to_string() == coord)
}
