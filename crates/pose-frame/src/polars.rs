//! Tables as data frames of Polars, and back (feature `polars`).
//!
//! The data frame is that of the crate `polars-core` 0.55, which `polars` 0.55 hands on as its own.
//!
//! # Shape
//!
//! A row per row of the table. The labels of the rows come first, a column per level, then the columns of the table, called
//! as [`FlatNames`](crate::FlatNames) says: `('DLC', 'snout', 'x')` where there are several levels, the label where there is
//! one. So pandas calls them in Parquet too. [`RowColumns`] says when row labels are columns.
//!
//! # What is copied
//!
//! Numbers and booleans are not: both sides look at the same memory, which is let go when the last one is. Copied are
//! text, which Polars keeps in a form of its own, moments and spans of time in seconds, which become milliseconds, and on the
//! way back what lies in several chunks, and floats where Polars has null over something else than NaN.
//!
//! # Missing values
//!
//! A missing float is NaN, in Polars as here, unless [`MissingFloats::Null`] is asked for. Polars tells the two apart: NaN is
//! the largest number there, so `filter(col("likelihood").gt(0.9))` keeps it, and a mean over NaN is NaN, while null is left
//! out by both. Row labels stay as they are. On the way back null and NaN are NaN, with the bits that it had where those are still there.
//!
//! # Examples
//!
//! ```
//! # #[cfg(feature = "testing")] {
//! use pose_frame::{MissingFloats, PolarsOptions, PoseFrame, Tolerance, first_difference, testing};
//!
//! let table = testing::predictions(100);
//! let options = PolarsOptions::default().missing(MissingFloats::Null);
//! let data_frame = table.to_polars_with(options)?;
//! assert_eq!(data_frame.shape(), (100, 1 + 6));
//!
//! let back = PoseFrame::from_polars(&data_frame, table.shared_schema())?;
//! assert_eq!(first_difference(&table, &back, Tolerance::BitForBit)?, None);
//! # }
//! # Ok::<(), pose_frame::TableError>(())
//! ```

mod from;
mod to;

use std::sync::Arc;

use polars_core::frame::DataFrame;

use crate::flat::FlatColumns;
use crate::{PoseFrame, PoseSchema, RowColumns, TableError};

/// What stands for a missing float in Polars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MissingFloats {
    /// NaN, as in a table: nothing is looked at.
    #[default]
    Nan,
    /// Null: every NaN is marked as one in a mask of a bit per value. The values are still those of the table, so that its NaN
    /// come back bit for bit.
    Null,
}

/// How a table becomes a data frame of Polars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolarsOptions {
    missing: MissingFloats,
    rows: RowColumns,
}

impl PolarsOptions {
    /// What stands for a missing float.
    #[must_use]
    pub fn missing(mut self, missing: MissingFloats) -> Self {
        self.missing = missing;
        self
    }

    /// When the labels of rows become columns.
    #[must_use]
    pub fn rows(mut self, rows: RowColumns) -> Self {
        self.rows = rows;
        self
    }
}

/// To Polars and back (feature `polars`).
impl PoseFrame {
    /// The table as a data frame of Polars, which looks at the same numbers. See [`polars`](crate::polars).
    ///
    /// # Errors
    ///
    /// As [`to_polars_with`](Self::to_polars_with).
    pub fn to_polars(&self) -> Result<DataFrame, TableError> {
        self.to_polars_with(PolarsOptions::default())
    }

    /// The table as a data frame of Polars, made to order. See [`polars`](crate::polars).
    ///
    /// # Errors
    ///
    /// When two columns have one name, there are more rows than Polars counts (about 4,300,000,000), a row label in seconds has no
    /// count of milliseconds, or Polars does not know a time zone.
    pub fn to_polars_with(&self, options: PolarsOptions) -> Result<DataFrame, TableError> {
        let flat = FlatColumns::of(self, options.rows)?;
        let num_labels = flat.columns.len() - self.columns().len();
        to::data_frame(&flat, num_labels, options.missing)
    }

    /// The table of this schema that a data frame holds, whatever the order of its columns; of a data frame that
    /// [`to_polars`](Self::to_polars) made, the same table bit for bit: level names, keys, types, row labels, kind and metadata.
    /// See [`polars`](crate::polars).
    ///
    /// Where the schema counts its rows, they are counted from 0, unless their labels are in a column of the data frame.
    /// When those are no longer in equal steps, since some were filtered out, the rows of the table are labelled by
    /// them one by one. The step of a range of less than two rows is 1.
    ///
    /// # Errors
    ///
    /// When a column is not there, is of another type than the schema says, or is not in the schema.
    pub fn from_polars(data_frame: &DataFrame, schema: &Arc<PoseSchema>) -> Result<Self, TableError> {
        from::columns(data_frame)?.into_frame(schema)
    }

    /// Any data frame as a table of one unnamed level, its rows counted from 0. See [`polars`](crate::polars).
    ///
    /// # Errors
    ///
    /// When a column is of a type that a table cannot hold: neither number, boolean nor text.
    pub fn from_polars_flat(data_frame: &DataFrame) -> Result<Self, TableError> {
        from::columns(data_frame)?.into_flat_frame()
    }
}
