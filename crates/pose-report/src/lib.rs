//! A folder of pose tables as one page.
//!
//! [`survey`] looks at every file below a folder, and [`page`] makes a page of what it found: for each file its kind, frames,
//! duration, how likely its points are, what is missing, and a small picture of where they went. Files that cannot be read are
//! listed with the reason.
//!
//! The page is one file that loads nothing from anywhere, and forbids itself to. It is a table that screen readers read as
//! one, is sorted by its heads (also by keyboard, or by `#sort=frames` in its address), is readable on a phone, and dark where
//! its reader's system is.
//!
//! # Memory
//!
//! A table of up to 64 MiB is kept while it is looked at; larger ones are read in batches. Several files are looked at at once.
//!
//! # Examples
//!
//! ```
//! use pose_report::{ReportOptions, page, survey};
//!
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pandas-3/labeled-data");
//! let survey = survey(folder.as_ref(), &ReportOptions::default(), &|_| {})?;
//! assert!(survey.files.iter().all(|file| file.table.is_ok()));
//! assert!(page(&survey).starts_with("<!doctype html>"));
//! # Ok::<(), pose_report::ReportError>(())
//! ```

mod error;
mod page;
mod survey;
mod text;

pub use error::{ReportError, ReportErrorKind};
pub use page::page;
pub use survey::{FileFound, ReportOptions, ReportProgress, Survey, TableFound, Weakest, survey};
pub use text::{count, counted};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
