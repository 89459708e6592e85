//! Paths as ffmpeg takes them for local files, whatever their names look like.

use std::ffi::OsString;
use std::path::Path;

/// A name with `file:` before it: no dash makes it an option, and no colon a protocol.
pub(super) fn local(path: &Path) -> OsString {
    let mut name = OsString::from("file:");
    name.push(path);
    name
}
