//! What `pose stats` takes.

use std::path::PathBuf;

use clap::ValueEnum;
use pose_stats::GroupBy;

use super::likelihood;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose stats mouse1.h5
  pose stats mouse1.h5 --by bodypart --min-likelihood 0.9
  pose stats mouse1.h5 --quantile 0.05 --quantile 0.95 --json

Quantiles are exact and interpolated linearly, the deviation has one degree of freedom less than there are values: as pandas
has them. A point whose likelihood is missing is left out as an unlikely one is.")]
pub(crate) struct StatsArgs {
    /// The file, or the URL of an object in a store.
    pub(crate) file: PathBuf,
    /// Which table, where the file holds several.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// What is taken together: the values of a column, of each coord of a bodypart, or of each coord of an individual.
    #[arg(long, value_enum, default_value = "column")]
    pub(crate) by: StatsBy,
    /// Take points of at least this likelihood, from 0 to 1.
    #[arg(long, value_name = "P", value_parser = likelihood)]
    pub(crate) min_likelihood: Option<f64>,
    /// Which quantile to give, from 0 to 1; can be given several times. The quartiles by default.
    #[arg(long, value_name = "Q", value_parser = likelihood)]
    pub(crate) quantile: Vec<f64>,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What statistics are taken of.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum StatsBy {
    Column,
    Bodypart,
    Individual,
}

impl From<StatsBy> for GroupBy {
    fn from(by: StatsBy) -> Self {
        match by {
            StatsBy::Column => Self::Column,
            StatsBy::Bodypart => Self::Bodypart,
            StatsBy::Individual => Self::Individual,
        }
    }
}
