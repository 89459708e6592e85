//! Whether a file is the one that it was.

use std::fs::Metadata;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::{PoseIoError, PoseIoErrorKind, origin};

/// What tells a file from another one that took its name, or from itself after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    bytes: u64,
    modified: Option<SystemTime>,
    /// Device and number of the file there.
    #[cfg(unix)]
    node: (u64, u64),
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            #[cfg(unix)]
            node: {
                use std::os::unix::fs::MetadataExt;
                (metadata.dev(), metadata.ino())
            },
        }
    }

    /// Whether a change could go without a trace in the time of the last one: clocks of file systems tick every few
    /// milliseconds, or every two seconds.
    fn is_fresh(&self) -> bool {
        const TICK: Duration = Duration::from_secs(3);
        self.modified.is_none_or(|modified| modified.elapsed().map_or(true, |age| age < TICK))
    }
}

/// A source as it was when work on it began.
pub(crate) struct Witness<'a> {
    path: &'a Path,
    pub(crate) identity: Identity,
    is_fresh: bool,
    /// The BLAKE3 hash of its bytes, where they were read.
    pub(crate) hash: Option<String>,
}

impl<'a> Witness<'a> {
    /// Looks at a source, and reads it through, before anything else is read of it.
    pub(crate) fn of(path: &'a Path) -> Result<Self, PoseIoError> {
        let unread = Self::unread(path)?;
        Ok(Self { hash: Some(origin::hash(path)?), ..unread })
    }

    /// Looks at a source from outside.
    pub(crate) fn unread(path: &'a Path) -> Result<Self, PoseIoError> {
        let metadata = path.metadata().map_err(PoseIoError::io("cannot be read", path))?;
        let identity = Identity::of(&metadata);
        Ok(Self { path, is_fresh: identity.is_fresh(), identity, hash: None })
    }

    /// Checks that the source still is what it was, as far as its size, time and number say so: quickly, and often.
    #[cfg(feature = "recipe")]
    pub(crate) fn check_identity(&self) -> Result<(), PoseIoError> {
        let metadata = self.path.metadata().map_err(PoseIoError::io("cannot be read", self.path))?;
        let same = Identity::of(&metadata) == self.identity;
        if same { Ok(()) } else { Err(PoseIoErrorKind::Changed { path: self.path.to_owned() }.into()) }
    }

    /// Checks that the source still is what it was. Its size, time and number say so, and its bytes where those may not.
    pub(crate) fn check(&self) -> Result<(), PoseIoError> {
        self.check_by(self.is_fresh)
    }

    /// Checks its bytes, whatever its size and time say.
    pub(crate) fn check_bytes(&self) -> Result<(), PoseIoError> {
        self.check_by(true)
    }

    fn check_by(&self, with_bytes: bool) -> Result<(), PoseIoError> {
        let metadata = self.path.metadata().map_err(PoseIoError::io("cannot be read", self.path))?;
        let mut same = Identity::of(&metadata) == self.identity;
        if let Some(hash) = self.hash.as_ref().filter(|_| same && with_bytes) {
            same = origin::hash(self.path)? == *hash;
        }
        if same { Ok(()) } else { Err(PoseIoErrorKind::Changed { path: self.path.to_owned() }.into()) }
    }
}

/// Whether there is no file of this name any more.
pub(crate) fn is_gone(path: &Path) -> bool {
    path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_found_even_where_size_and_time_hide_it() {
        let scratch = tempfile::tempdir().expect("there is room");
        let path = scratch.path().join("a.h5");
        std::fs::write(&path, "one").expect("it can be written");
        let file = std::fs::File::options().write(true).open(&path).expect("it opens");
        let now = SystemTime::now();
        file.set_modified(now).expect("it can be set");
        let witness = Witness::of(&path).expect("it is there");
        witness.check().expect("it is the same");
        std::fs::write(&path, "two").expect("it can be written");
        file.set_modified(now).expect("it can be set");
        assert_eq!(Identity::of(&path.metadata().expect("it is there")), witness.identity);
        assert!(matches!(witness.check().expect_err("it changed").kind(), PoseIoErrorKind::Changed { .. }));

        // Long ago: its time would have moved.
        let long_ago = now - Duration::from_secs(3600);
        file.set_modified(long_ago).expect("it can be set");
        let witness = Witness::of(&path).expect("it is there");
        std::fs::write(&path, "six").expect("it can be written");
        assert!(witness.check().is_err());
        file.set_modified(long_ago).expect("it can be set");
        witness.check().expect("nothing shows");
        assert!(witness.check_bytes().is_err(), "its bytes do");
    }
}
