//! Pose tables in NWB files.

mod session;

pub use session::{
    MAX_SESSION_BYTES, Moment, MomentError, Session, SessionError, SessionErrorKind, SessionFormat, Subject,
};
