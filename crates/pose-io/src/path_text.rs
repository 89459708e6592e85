//! Paths in JSON. JSON is Unicode and paths need not be: what is not Unicode in a path stands as U+FFFD there.

use std::path::{Path, PathBuf};

use serde::Serializer;

pub(crate) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

#[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
pub(crate) fn serialize_option<S: Serializer>(
    path: &Option<PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serialize(path, serializer),
        None => serializer.serialize_none(),
    }
}
