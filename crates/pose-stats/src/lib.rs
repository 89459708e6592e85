//! Statistics of pose tables, as pandas has them, of tables of any size.
//!
//! [`stats`] takes any [`PoseTable`](pose_frame::PoseTable) and gives count, mean, standard deviation, extremes and
//! quantiles: of each column, or of all columns of a bodypart or an individual together.
//!
//! # Memory
//!
//! A table of up to [`StatsOptions::memory_bytes`] is read once and kept. A larger one is read several times in batches:
//! once for counts, means and extremes, then as often as it takes to close in on the quantiles, two or three times mostly.
//! Quantiles are exact all the same: values are counted in ever finer bins, until those around a quantile fit in memory.
//!
//! # Agreement
//!
//! Counts, missing values and extremes are those of pandas bit for bit, but for the sign of zero: here -0.0 is less than
//! 0.0. Means, deviations (with one degree of freedom less than there are values) and quantiles (interpolated linearly) are
//! within a relative 1e-12 of what pandas finds in float64. Columns of float32 are added up in float64, which pandas does
//! not do. A quantile that is a value itself is that value also where the next one is infinite; pandas has NaN there.
//!
//! # Missing values
//!
//! NaN and null count as missing and as nothing else. Infinities are values.
//!
//! # Examples
//!
//! ```
//! use pose_frame::{PoseTable, testing};
//! use pose_stats::{GroupBy, StatsOptions, stats};
//!
//! let table = testing::predictions(1000);
//! let options = StatsOptions::default().by(GroupBy::Bodypart).min_likelihood(0.6);
//! let stats = stats(&table, &options, &|_| {})?;
//! let x = &stats.groups[0];
//! assert_eq!(x.key, ["snout", "x"]);
//! assert_eq!(x.count + x.missing + x.left_out, 1000);
//! assert_eq!(x.quantiles.len(), 3);
//! # Ok::<(), pose_stats::StatsError>(())
//! ```

mod error;
mod group;
mod moments;
mod number;
mod options;
mod ordered;
mod quantiles;
mod scan;
mod stats;

pub use error::{StatsError, StatsErrorKind};
pub use number::Number;
pub use options::{DEFAULT_MEMORY_BYTES, DEFAULT_QUANTILES, GroupBy, StatsOptions, StatsProgress};
pub use stats::{GroupStats, Quantile, Stats, stats};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
