//! How far what comes back is from what was given.

use serde::{Deserialize, Serialize};

/// How far what comes back is from what was given, where a contract lets it differ.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Measured {
    /// The largest difference of a finite value.
    pub max_error: f64,
}
