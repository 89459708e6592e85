//! A table in pieces.

use std::iter::FusedIterator;
use std::ops::Range;

use crate::{PoseFrame, PoseSchema, ResolvedSelection, Selection, TableError};

/// How many frames a batch has at most where the caller has no wish: 65,536, which for 36 columns of f64 is 19 MB.
pub const DEFAULT_BATCH_FRAMES: usize = 65_536;

/// How many bytes of values a batch has at most where the caller has no wish: 32 MiB. Tables of more than 64 columns
/// of f64 have shorter batches for it.
pub const DEFAULT_BATCH_BYTES: usize = 32 << 20;

/// How many frames a batch of a table has where the caller has no wish: as many as [`DEFAULT_BATCH_BYTES`] hold, up to
/// [`DEFAULT_BATCH_FRAMES`].
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use pose_frame::{DEFAULT_BATCH_FRAMES, PoseTable, default_batch_frames, testing};
///
/// let narrow = testing::predictions(10);
/// assert_eq!(default_batch_frames(narrow.schema()), DEFAULT_BATCH_FRAMES);
/// # }
/// ```
#[must_use]
pub fn default_batch_frames(schema: &PoseSchema) -> usize {
    (DEFAULT_BATCH_BYTES / schema.row_bytes().max(1)).clamp(1, DEFAULT_BATCH_FRAMES)
}

type ReadSelection<'a> = Box<dyn Fn(&Selection) -> Result<PoseFrame, TableError> + Send + 'a>;

/// The pieces of a table, in order: see [`PoseTable::batches`](crate::PoseTable::batches).
///
/// After an error there are no more pieces.
pub struct Batches<'a> {
    read: ReadSelection<'a>,
    columns: Vec<usize>,
    frames: Range<usize>,
    frames_per_batch: usize,
    first: bool,
}

impl<'a> Batches<'a> {
    pub(crate) fn new(resolved: ResolvedSelection, frames_per_batch: usize, read: ReadSelection<'a>) -> Self {
        let ResolvedSelection { columns, frames } = resolved;
        Self { read, columns, frames, frames_per_batch: frames_per_batch.max(1), first: true }
    }
}

impl Iterator for Batches<'_> {
    type Item = Result<PoseFrame, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.frames.is_empty() && !self.first {
            return None;
        }
        self.first = false;
        let end = self.frames.end.min(self.frames.start.saturating_add(self.frames_per_batch));
        let batch = self.frames.start..end;
        self.frames.start = end;
        let selection = Selection::all().columns(self.columns.iter().copied()).frames(batch);
        let frame = (self.read)(&selection);
        if frame.is_err() {
            self.frames.start = self.frames.end;
        }
        Some(frame)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.frames.len().div_ceil(self.frames_per_batch).max(usize::from(self.first));
        (0, Some(left))
    }
}

impl FusedIterator for Batches<'_> {}

#[cfg(test)]
mod tests {
    use arrow_schema::DataType;

    use super::*;
    use crate::{Column, ColumnKey, IndexSchema};

    #[test]
    fn wide_tables_have_short_batches() {
        let frames = |columns: i64, data_type: &DataType| {
            let column = |number| Column::new(ColumnKey::new([number]), data_type.clone());
            let index = IndexSchema::Range { name: None };
            let schema = PoseSchema::new(vec![None], (0..columns).map(column).collect(), index);
            default_batch_frames(&schema.expect("it is well formed"))
        };
        assert_eq!(frames(36, &DataType::Float64), DEFAULT_BATCH_FRAMES);
        assert_eq!(frames(3_000, &DataType::Float64), (32 << 20) / 24_008);
        assert_eq!(frames(3_000, &DataType::Float32), (32 << 20) / 12_008);
        assert!(frames(3_000, &DataType::Utf8) < frames(3_000, &DataType::Float64), "texts are longer");
        assert_eq!(frames(0, &DataType::Float64), DEFAULT_BATCH_FRAMES);
        assert_eq!(frames(1 << 20, &DataType::Utf8), 1, "at least one");
    }
}
