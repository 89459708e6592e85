//! Pose tables in the CSV files that DeepLabCut, pandas and people write.
//!
//! [`CsvTable`] is a [`PoseTable`](pose_frame::PoseTable) over such a file: what its columns are is told once, when it is
//! opened, and then frames are read piece by piece. [`write_table`] writes a table byte for byte as pandas does, and
//! [`CsvForm`] says beforehand what comes back of it: CSV has no types, no names for some levels, and one text for all that
//! is missing.
//!
//! | of | read | written |
//! |---|---|---|
//! | header | the three or four rows of DeepLabCut; unnamed levels; one row; any number when [told](Shape) | one row for each level |
//! | row labels | one column, several, none; with names below the header | the same |
//! | values | floats, whole numbers, truth values, text; each column of the type that pandas gives it | these, and moments as labels of rows |
//! | refused | rows of another length, text that is not UTF-8, quotes that stay open, two columns of one name | spans of time, moments of a named time zone, and values that would come back as others |
//!
//! [`mod@format`] is the format page: which rows are a header, what comes back, and where pandas differs.
//!
//! # Missing values
//!
//! An empty cell, and every text that pandas takes for a missing value. In columns of floats it is NaN, of the plain bits;
//! written, every NaN is an empty cell.
//!
//! # Files from elsewhere
//!
//! A row takes at most 16 MiB, and nothing that a file says makes it take more memory than a multiple of what is in it.

#[doc = include_str!("../FORMAT.md")]
pub mod format {}

mod cell;
mod columns;
mod error;
mod form;
mod header;
mod inference;
mod rows;
mod scan;
mod shape;
mod source;
mod table;
mod write;

pub use error::{CsvError, CsvErrorKind};
pub use form::{CsvForm, Loss};
pub use shape::{NamesRow, Shape};
pub use table::{CsvTable, OpenOptions};
pub use write::{CsvWriteError, CsvWriteErrorKind, write_table};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
