//! A table while it is packed.

use std::sync::atomic::{AtomicUsize, Ordering};

use pose_frame::{Metadata, PoseFrame, PoseSchema, PoseTable, Selection, TableError};

use crate::PoseIoError;
use crate::progress::{ConvertProgress, OnProgress, Stage};

/// A table with other metadata. Its reads tell how far packing is, and may keep it from going on.
///
/// Packing reads each value once to encode it and once to compare it, some columns at a time: so progress is counted in values.
pub(super) struct Watched<'a> {
    table: &'a dyn PoseTable,
    schema: PoseSchema,
    /// Asked before each read.
    may_go_on: &'a (dyn Fn() -> Result<(), PoseIoError> + Sync),
    progress: OnProgress<'a>,
    /// Values that were read.
    read: AtomicUsize,
}

impl<'a> Watched<'a> {
    pub(super) fn new(
        table: &'a dyn PoseTable,
        metadata: Metadata,
        may_go_on: &'a (dyn Fn() -> Result<(), PoseIoError> + Sync),
        progress: OnProgress<'a>,
    ) -> Self {
        let schema = table.schema().clone().with_metadata(metadata);
        Self { table, schema, may_go_on, progress, read: AtomicUsize::new(0) }
    }

    fn tell(&self, values: usize) {
        let num_frames = self.num_frames();
        let columns = self.schema.columns().len().max(1);
        let whole = num_frames.saturating_mul(columns);
        let read = self.read.fetch_add(values, Ordering::Relaxed).saturating_add(values);
        let (stage, of_stage) =
            if read <= whole { (Stage::Writing, read) } else { (Stage::Verifying, read - whole) };
        let frames = (of_stage / columns).min(num_frames);
        (self.progress)(ConvertProgress { stage, frames, num_frames });
    }
}

impl PoseTable for Watched<'_> {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.table.num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        (self.may_go_on)().map_err(TableError::read)?;
        let frame = self.table.read(selection)?;
        self.tell(frame.num_frames().saturating_mul(frame.columns().len()));
        let schema = frame.schema().clone().with_metadata(self.schema.metadata().clone());
        PoseFrame::new(schema.into(), frame.index().clone(), frame.columns().to_vec())
    }
}
