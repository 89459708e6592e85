//! What has to come back of an array.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
