//! What to take statistics of.

use serde::Serialize;

/// How much memory values may take where the caller has no wish: 256 MiB.
pub const DEFAULT_MEMORY_BYTES: usize = 256 << 20;

/// The quantiles where the caller has no wish: the quartiles.
pub const DEFAULT_QUANTILES: [f64; 3] = [0.25, 0.5, 0.75];

/// What to take statistics of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct StatsOptions {
    /// What is taken together.
    pub by: GroupBy,
    /// From which likelihood on a point counts; without it every point does. One whose likelihood is missing does not.
    pub min_likelihood: Option<f64>,
    /// Which quantiles, from 0 to 1.
    pub quantiles: Vec<f64>,
    /// About how much memory values may take.
    pub memory_bytes: usize,
}

impl Default for StatsOptions {
    fn default() -> Self {
        Self {
            by: GroupBy::default(),
            min_likelihood: None,
            quantiles: DEFAULT_QUANTILES.to_vec(),
            memory_bytes: DEFAULT_MEMORY_BYTES,
        }
    }
}

impl StatsOptions {
    /// Takes this together.
    #[must_use]
    pub fn by(mut self, by: GroupBy) -> Self {
        self.by = by;
        self
    }

    /// Takes points of at least this likelihood.
    #[must_use]
    pub fn min_likelihood(mut self, likelihood: f64) -> Self {
        self.min_likelihood = Some(likelihood);
        self
    }

    /// Gives these quantiles.
    #[must_use]
    pub fn quantiles(mut self, quantiles: impl IntoIterator<Item = f64>) -> Self {
        self.quantiles = quantiles.into_iter().collect();
        self
    }

    /// Keeps no more than about this much in memory.
    #[must_use]
    pub fn memory_bytes(mut self, bytes: usize) -> Self {
        self.memory_bytes = bytes;
        self
    }
}

/// What is taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    /// Nothing: each column is by itself.
    #[default]
    Column,
    /// Each coord of a bodypart, of all individuals.
    Bodypart,
    /// Each coord of an individual, of all its bodyparts.
    Individual,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatsProgress {
    /// How often the table was read before.
    pub passes: usize,
    /// Frames that this time is done with.
    pub frames: usize,
    /// Frames of the table.
    pub num_frames: usize,
}
