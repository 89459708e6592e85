//! Pose tables: where each body part of each animal was in each video frame.
//!
//! A table is T rows (frames) by K columns. A column has a key of one label per level (scorer, individual,
//! bodypart, coord, or any other levels, named or not) and a type; rows have an index. This crate holds that
//! model and nothing about files:
//!
//! - [`PoseTable`] is the small trait through which everything composes: a Parquet file, an HDF5 file and a
//!   [`PoseFrame`] in memory are read alike, piece by piece.
//! - [`PoseSchema`] says which columns there are, what their levels are called, what the rows are labelled by
//!   and what the table [is](TableKind).
//! - [`Selection`] says which columns of which frames to read, in the field's terms.
//! - [`layout`] makes wide tables long, a row per frame and point, and long ones wide.
//! - [`FilteredTable`] is what is left of a table: some columns, some frames, and no points that are unlikely.
//! - [`first_difference`] compares two tables bit for bit, which is how a conversion is verified.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | what it adds | crates |
//! |---|---|---|
//! | `polars` | `PoseFrame::to_polars` and `PoseFrame::from_polars`: data frames of Polars 0.55 that share the numbers of a table | 144 |
//! | `arrow2` | `PoseFrame::to_arrow2` and `PoseFrame::from_arrow2`: arrays of arrow2 0.18 that share the memory of a table | 13 |
//! | `testing` | `testing`: the conformance suite and the sample tables that every implementor of `PoseTable` tests itself with | |
//!
//! `polars` needs a newer Rust than the rest, since Polars does: 1.94 at least; 1.95 was tried.
//!
//! # Missing values
//!
//! A missing float is NaN, with the bits that its source had. Strings, integers and booleans may be null in
//! the sense of Arrow.
//!
//! # Examples
//!
//! ```
//! use std::sync::Arc;
//! use arrow_array::Float64Array;
//! use arrow_schema::DataType;
//! use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, RowIndex, Selection};
//!
//! let columns = ["x", "y", "likelihood"]
//!     .map(|coord| Column::new(ColumnKey::new(["DLC", "snout", coord]), DataType::Float64));
//! let index = RowIndex::range(2);
//! let schema = PoseSchema::new(
//!     vec![Some("scorer".into()), Some("bodyparts".into()), Some("coords".into())],
//!     columns.to_vec(),
//!     index.schema(),
//! )?;
//! let frame = PoseFrame::new(
//!     Arc::new(schema),
//!     index,
//!     vec![
//!         Arc::new(Float64Array::from(vec![10.0, 11.0])),
//!         Arc::new(Float64Array::from(vec![20.0, f64::NAN])),
//!         Arc::new(Float64Array::from(vec![0.9, 0.1])),
//!     ],
//! )?;
//!
//! let x = frame.read(&Selection::all().bodypart("snout").coord("x").frames(1..2))?;
//! assert_eq!((x.num_frames(), x.columns().len()), (1, 1));
//! # Ok::<(), pose_frame::TableError>(())
//! ```

#[cfg(feature = "arrow2")]
pub mod arrow2_arrays;
mod batches;
mod compare;
mod error;
mod filter;
mod flat;
#[cfg(any(feature = "polars", feature = "arrow2"))]
#[allow(
    unsafe_code,
    reason = "memory is shared with other implementations of Arrow, which trust what they are given"
)]
mod foreign;
mod frame;
mod index;
mod key;
mod kind;
pub mod layout;
mod metadata;
mod point;
#[cfg(feature = "polars")]
pub mod polars;
mod schema;
mod selection;
mod table;
#[cfg(feature = "testing")]
pub mod testing;
mod value;

pub use batches::{Batches, DEFAULT_BATCH_BYTES, DEFAULT_BATCH_FRAMES, default_batch_frames};
pub use compare::{Difference, Tolerance, first_difference};
pub use error::{TableError, TableErrorKind};
pub use filter::{DropWhen, Filter, FilteredTable, Unlikely};
#[cfg(any(feature = "polars", feature = "arrow2"))]
pub use flat::RowColumns;
pub use flat::{FlatErrorKind, FlatNames};
pub use frame::PoseFrame;
pub use index::{IndexField, IndexLevel, IndexSchema, RangeIndex, RowIndex};
pub use key::{ColumnKey, Label};
pub use kind::TableKind;
pub use layout::{Holds, LayoutErrorKind, LongColumn, LongLayout, LongNames, LongTable, WideTable};
pub use metadata::{Crop, FrameSize, Metadata, Project, SourceFile};
pub use point::Point;
#[cfg(feature = "polars")]
pub use polars::{MissingFloats, PolarsOptions};
pub use schema::{Column, LevelName, PoseSchema, Role, UNIQUE};
pub use selection::{ResolvedSelection, Selection};
pub use table::PoseTable;
pub use value::count_missing;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
