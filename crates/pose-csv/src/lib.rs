//! stub
#![allow(missing_docs)]
pub mod format {}
mod cell;
mod columns;
mod error;
mod header;
mod inference;
mod rows;
mod scan;
mod shape;
mod source;
mod table;

pub use error::{CsvError, CsvErrorKind};
pub use shape::{NamesRow, Shape};
pub use table::{CsvTable, OpenOptions};
