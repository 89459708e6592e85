//! A table in pieces.

use std::iter::FusedIterator;
use std::ops::Range;

use crate::{PoseFrame, ResolvedSelection, Selection, TableError};

/// How many frames a batch has where the caller has no wish: 65,536, which for 36 columns of f64 is 19 MB.
pub const DEFAULT_BATCH_FRAMES: usize = 65_536;

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
