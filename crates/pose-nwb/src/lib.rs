//! Pose tables in NWB files, with the types of ndx-pose: written and read without Python and without libhdf5.
//!
//! [`write_table`] writes a table as a whole NWB file, which pynwb validates and the DANDI archive takes, and [`append_table`]
//! adds one to a file that is there. [`NwbTable`] is a [`PoseTable`](pose_frame::PoseTable) over poses in a file that any
//! program wrote; [`NwbFile`] and [`list_tables`] say which there are. [`lint`] says before writing what nwbinspector would
//! object to, and [`mod@format`] what a file of ours holds.
//!
//! Other programs see a plain file of ndx-pose. What NWB has no place for is noted beside, so that a table that was written here
//! comes back bit for bit.
//!
//! # Session and subject
//!
//! NWB files are about a session, and archives want to know who was recorded. [`Session`] takes that from a small file or from the
//! caller. Nothing is made up: without the start of the session no file is written, and without a frame rate or timestamps only
//! labels of images are.
//!
//! # Files from elsewhere
//!
//! A file may be damaged, or made to do harm. What it declares is held against what it has before memory is taken for it:
//! [`hdf5_file::read`] does that.
//!
//! # Examples
//!
//! ```
//! use pose_frame::{PoseTable, testing::predictions};
//! use pose_nwb::{NwbTable, SessionFormat, Timing, WriteOptions, write_table};
//!
//! let mut options = WriteOptions::default().with_timing(Timing::rate(30.0));
//! let about = "session_start_time: 2023-10-30T14:05:00+01:00\nsubject_id: m3\nspecies: Mus musculus\nsex: F\nage: P90D\n";
//! options.session.merge(about, SessionFormat::Yaml, "session.yaml")?;
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("mouse.nwb");
//! let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path)?;
//! write_table(&predictions(100), file, &options)?;
//!
//! let table = NwbTable::open(&path, None)?;
//! assert_eq!((table.num_frames(), table.schema().metadata().frame_rate_hz), (100, Some(30.0)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[doc = include_str!("../FORMAT.md")]
pub mod format {}

mod error;
mod file;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod identity;
mod lint;
mod names;
mod note;
mod plan;
mod read;
mod session;
mod specifications;
mod table;
mod timing;
mod version;
mod write;

pub use error::{NwbError, NwbErrorKind};
pub use file::{NwbFile, TableEntry, TableForm, first_lost, is_nwb, list_tables};
pub use identity::ObjectIds;
pub use lint::{Finding, Importance, lint};
pub use session::{
    MAX_SESSION_BYTES, Moment, MomentError, Session, SessionError, SessionErrorKind, SessionFormat, Subject,
};
pub use table::NwbTable;
pub use timing::Timing;
pub use version::{NdxPose, UnknownVersion};
pub use write::{
    Form, NwbWriteError, NwbWriteErrorKind, SourceVideo, USUAL_KEY, WriteOptions, append_table, write_table,
};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
