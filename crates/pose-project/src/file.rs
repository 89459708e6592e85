//! Reading a small file whole.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::ProjectError;

/// The content of a file of at most `limit` bytes; none when there is no such file.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Option<Vec<u8>>, ProjectError> {
    let failed = |error: io::Error| ProjectError::Io { path: path.to_owned(), kind: error.kind() };
    let too_large = || ProjectError::TooLarge { path: path.to_owned(), limit };
    // Before the file is opened: that waits, on a pipe, for someone who writes to it.
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    if !metadata.is_file() {
        return Err(ProjectError::NotAFile { path: path.to_owned() });
    }
    if metadata.len() > limit {
        return Err(too_large());
    }
    let file = File::open(path).map_err(failed)?;
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(failed)?;
    // It may have grown since.
    if bytes.len() as u64 > limit { Err(too_large()) } else { Ok(Some(bytes)) }
}
