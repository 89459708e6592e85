//! The trait that everything composes through.

use arrow_array::ArrayRef;

use crate::{Batches, ColumnKey, PoseFrame, PoseSchema, Selection, TableError, TableErrorKind};

/// A table of poses that can be read piece by piece.
///
/// A file of any format and a [`PoseFrame`] in memory implement it, and every writer, converter and comparison
/// takes it as `&dyn PoseTable`. So there are only three methods to write, and everything else follows from
/// them. To try an implementation of your own, call [`testing::conformance`](crate::testing::conformance)
/// (feature `testing`).
///
/// # Why not an iterator, or an async stream?
///
/// Because the same table is often read several times and in parallel: a conversion reads it once to write and
/// once to verify, a projection reads some of its columns. `read` takes `&self`, keeps no position, and two
/// threads may call it at once.
pub trait PoseTable: Send + Sync {
    /// Which columns there are and what the rows are labelled by. Costs nothing: known since opening.
    fn schema(&self) -> &PoseSchema;

    /// How many rows there are. Costs nothing: known since opening.
    fn num_frames(&self) -> usize;

    /// Reads the selected columns of the selected frames.
    ///
    /// Costs time and memory in proportion to what is selected, as far as the format allows; an implementor
    /// says where it does not.
    ///
    /// # Missing values
    ///
    /// As in every [`PoseFrame`]: a missing float is NaN, with the bits of its source; others are null.
    ///
    /// # Errors
    ///
    /// When the selection does not [resolve](Selection::resolve) or the source cannot be read.
    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError>;

    /// Reads everything into memory.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    fn load(&self) -> Result<PoseFrame, TableError> {
        self.read(&Selection::all())
    }

    /// Reads one column, whole.
    ///
    /// # Errors
    ///
    /// When there is no such column, and as [`read`](Self::read).
    fn column(&self, key: &ColumnKey) -> Result<ArrayRef, TableError> {
        let frame = self.read(&Selection::all().key(key.clone()))?;
        let column = frame.columns().first().cloned();
        column.ok_or_else(|| TableErrorKind::UnknownColumn { key: key.clone() }.into())
    }

    /// Reads the selection in pieces of at most `frames_per_batch` frames (0 counts as 1), so that memory stays
    /// bounded by the piece. [`default_batch_frames`](crate::default_batch_frames) suits most uses.
    ///
    /// A selection without frames still gives one batch, of no rows, so that types and names are there.
    ///
    /// # Errors
    ///
    /// When the selection does not [resolve](Selection::resolve).
    fn batches<'a>(
        &'a self,
        selection: &Selection,
        frames_per_batch: usize,
    ) -> Result<Batches<'a>, TableError> {
        let resolved = selection.resolve(self.schema(), self.num_frames())?;
        Ok(Batches::new(resolved, frames_per_batch, Box::new(move |selection| self.read(selection))))
    }
}

impl<T: PoseTable + ?Sized> PoseTable for &T {
    fn schema(&self) -> &PoseSchema {
        (**self).schema()
    }

    fn num_frames(&self) -> usize {
        (**self).num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        (**self).read(selection)
    }
}

impl<T: PoseTable + ?Sized> PoseTable for Box<T> {
    fn schema(&self) -> &PoseSchema {
        (**self).schema()
    }

    fn num_frames(&self) -> usize {
        (**self).num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        (**self).read(selection)
    }
}
