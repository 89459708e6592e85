//! stub
#![allow(missing_docs)]
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
