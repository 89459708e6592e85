//! What a converted file notes of the file that it was made from.

use std::fs::File;
use std::path::Path;

use pose_frame::{Metadata, SourceFile};

use crate::{Format, PoseIoError};

/// Notes the file that a table is read from, and the hash of its bytes. A Parquet file may have been made from another
/// one: then that stays noted.
pub(crate) fn note(metadata: &mut Metadata, path: &Path, format: Format) -> Result<(), PoseIoError> {
    if format == Format::Parquet && metadata.source.is_some() {
        return Ok(());
    }
    note_hash(&mut metadata.source, path, Some(hash(path)?));
    Ok(())
}

/// Notes the hash of the file that a table is read from, where that is known already.
pub(crate) fn note_hash(source: &mut Option<SourceFile>, path: &Path, hash: Option<String>) {
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    source.get_or_insert_with(|| SourceFile { name: name(), key: None, blake3: None }).blake3 = hash;
}

/// The BLAKE3 hash of a file, in hexadecimal.
pub(crate) fn hash(path: &Path) -> Result<String, PoseIoError> {
    let failed = PoseIoError::io("cannot be read", path);
    let mut hasher = blake3::Hasher::new();
    match File::open(path).and_then(|file| hasher.update_reader(file).map(drop)) {
        Ok(()) => Ok(hasher.finalize().to_hex().to_string()),
        Err(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_that_of_b3sum() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("empty");
        std::fs::write(&path, b"")?;
        assert_eq!(hash(&path)?, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
        assert!(hash(&folder.path().join("absent")).is_err());
        Ok(())
    }

    #[test]
    fn what_a_parquet_file_was_made_from_stays_noted() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("poses.parquet");
        std::fs::write(&path, b"bytes")?;
        let before = SourceFile { name: "poses.h5".to_owned(), key: Some("k".to_owned()), blake3: None };
        let mut metadata = Metadata::default();
        note(&mut metadata, &path, Format::Parquet)?;
        let noted = metadata.source.take().ok_or("it is noted")?;
        assert_eq!((noted.name.as_str(), noted.blake3.map(|hash| hash.len())), ("poses.parquet", Some(64)));
        metadata.source = Some(before.clone());
        note(&mut metadata, &path, Format::Parquet)?;
        assert_eq!(metadata.source, Some(before));
        Ok(())
    }
}
