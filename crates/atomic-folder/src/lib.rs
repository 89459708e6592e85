//! Folders that appear whole or not at all.
//!
//! An [`AtomicFolder`] is filled beside its target under a temporary name. [Committed](AtomicFolder::commit), everything in it is
//! brought to disk, and it gets its name; dropped before, it is removed again.
//!
//! # Examples
//!
//! ```
//! use atomic_folder::{AtomicFolder, Existing};
//!
//! let place = tempfile::tempdir()?;
//! let target = place.path().join("report");
//! let folder = AtomicFolder::create(&target, "report", Existing::Keep, |_| false)?;
//! std::fs::write(folder.path().join("page.html"), "<p>done</p>")?;
//! assert!(!target.exists());
//! folder.commit()?;
//! assert!(target.join("page.html").is_file());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod disk;
mod error;
mod folder;
mod left;

pub use error::{Error, ErrorKind, Result};
pub use folder::{AtomicFolder, Existing};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
