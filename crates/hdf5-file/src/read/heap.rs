//! Texts of any length, which stand in heaps of their own.

use super::{File, ReaderError};
use crate::{ReadError, ReadErrorKind};

/// What all texts that are read at once may have beyond the bytes of the file.
const SLACK_BYTES: u64 = 1 << 20;

/// Takes texts of any length out of the heaps of a file.
///
/// Every text has its own bytes in the file, so that all texts of a dataset have no more than the file. One that refers
/// to the same bytes again and again is refused once it has had as many.
pub(super) struct HeapTexts<'a> {
    file: &'a File,
    object: &'a str,
    left: u64,
}

impl<'a> HeapTexts<'a> {
    pub(super) fn new(file: &'a File, object: &'a str) -> Self {
        Self { file, object, left: Self::limit(file) }
    }

    /// The text that an element stands for.
    pub(super) fn text(&mut self, element: &[u8]) -> Result<String, ReadError> {
        let length = element.first_chunk().map_or(0, |bytes| u64::from(u32::from_le_bytes(*bytes)));
        let Some(left) = self.left.checked_sub(length) else {
            let (path, object) = (self.file.path().to_owned(), self.object.to_owned());
            let limit = Self::limit(self.file);
            let found = limit.saturating_add(length - self.left);
            return Err(ReadErrorKind::TooLarge { path, object, limit, found }.into());
        };
        self.left = left;
        let mut bytes = self.resolve(element).map_err(|error| self.file.damaged(self.object, error))?;
        // A text ends with its first zero; some programs count it.
        bytes.truncate(bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len()));
        String::from_utf8(bytes).map_err(|_| not_utf8(self.file, self.object))
    }

    fn resolve(&self, element: &[u8]) -> Result<Vec<u8>, ReaderError> {
        // Of an empty text some programs store no place, or one of zeros.
        if element.len() < 4 || element.iter().all(|&byte| byte == 0) {
            return Ok(Vec::new());
        }
        self.file.0.file.root_group()?.resolve_vlen_reference_bytes(element, 1)
    }

    fn limit(file: &File) -> u64 {
        file.0.source.len().saturating_add(SLACK_BYTES)
    }
}

/// An error: a text that is none.
pub(super) fn not_utf8(file: &File, object: &str) -> ReadError {
    super::unexpected(file, object, "text in UTF-8", "other bytes")
}
