//! Pose tables in NWB files.

mod identity;
mod names;
mod note;
mod plan;
mod session;
mod specifications;
mod timing;
mod version;
mod write;

pub use identity::ObjectIds;
pub use session::{
    MAX_SESSION_BYTES, Moment, MomentError, Session, SessionError, SessionErrorKind, SessionFormat, Subject,
};
pub use timing::Timing;
pub use version::{NdxPose, UnknownVersion};
pub use write::{
    Form, NwbWriteError, NwbWriteErrorKind, SourceVideo, USUAL_KEY, WriteOptions, append_table, write_table,
};
