#![doc = include_str!("../FORMAT.md")]
//!
//! # Examples
//!
//! ```
//! use pose_frame::{PoseTable, Selection, testing};
//! use pose_parquet::{ParquetTable, WriteOptions, write_table};
//!
//! let table = testing::predictions(100);
//! let file = write_table(&table, Vec::new(), &WriteOptions::default())?;
//!
//! let back = ParquetTable::from_bytes(file)?;
//! let snout = back.read(&Selection::all().bodypart("snout").frames(10..20))?;
//! assert_eq!((snout.num_frames(), snout.columns().len()), (10, 3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | by default | gives |
//! |---|---|---|
//! | `object-store` | no | tables in stores: `Object`, `ParquetTable::open_object`, `write_object` |
//!
#![cfg_attr(feature = "object-store", doc = include_str!("../OBJECTS.md"))]

mod error;
mod float;
mod footer;
mod footer_checks;
#[cfg(fuzzing)]
#[allow(missing_docs, reason = "for fuzz targets alone")]
pub mod fuzzing;
mod guard;
mod labels;
mod layout;
mod missing;
#[cfg(feature = "object-store")]
mod object;
mod pages;
mod pandas;
mod profile;
mod reader;
mod source;
mod thrift;
mod writer;

#[doc = include_str!("../READERS.md")]
pub mod readers {}

pub use error::{ParquetError, ParquetErrorKind};
pub use layout::Layout;
#[cfg(feature = "object-store")]
pub use object::{ExistingObject, Object, ObjectError, StoreOptions, WrittenObject, write_object};
pub use profile::Profile;
pub use reader::ParquetTable;
pub use writer::{
    DEFAULT_ROW_GROUP_FRAMES, MAX_ROW_GROUP_BYTES, Narrow, TableWriter, WriteOptions, write_table,
};

/// The crate of stores, for those who have one that is set up already: [`Object::in_store`].
#[cfg(feature = "object-store")]
pub use object_store;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
