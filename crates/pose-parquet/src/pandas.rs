//! The `pandas` entry of a file's metadata, as pyarrow documents it: how a frame's column levels and row index are
//! to be restored from plain columns. Checked against pandas 3.1.1 with pyarrow 26.0.1.

mod read;
mod write;

use arrow_array::Int64Array;
use arrow_schema::TimeUnit;

pub(crate) use read::{IndexColumn, PandasEntry, Place};
pub(crate) use write::{FileNames, to_json};

/// The name of the entry.
pub(crate) const KEY: &str = "pandas";

/// A counted range of rows, where a table has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: i64,
    pub(crate) step: i64,
}

impl Range {
    /// The labels of these rows. Labels past the ends of `i64` wrap around.
    pub(crate) fn labels(self, rows: std::ops::Range<usize>) -> Int64Array {
        let label = |row: usize| {
            self.start.wrapping_add(self.step.wrapping_mul(i64::try_from(row).unwrap_or(i64::MAX)))
        };
        rows.map(label).collect::<Vec<_>>().into()
    }
}

/// Numpy's name for a unit of time.
fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}
