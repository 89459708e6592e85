//! Pose tables in NWB files.

mod error;
mod file;
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
