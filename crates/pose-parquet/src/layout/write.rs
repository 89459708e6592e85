//! Frames of a wide table as rows of a long file.

use pose_frame::{
    LongLayout, LongNames, LongTable, PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex, Selection,
};

use super::{Layout, LongEntry};
use crate::{ParquetError, ParquetErrorKind, WriteOptions};

/// Makes rows of frames.
pub(crate) struct LongWriter {
    layout: LongLayout,
    /// The label of the first row and the step, where rows are counted.
    counted: Option<RangeIndex>,
    num_frames: usize,
}

impl LongWriter {
    /// What makes rows of tables of this schema, if they are to be long.
    pub(crate) fn of(schema: &PoseSchema, options: &WriteOptions) -> Result<Option<Self>, ParquetError> {
        let Layout::Long(names) = &options.layout else { return Ok(None) };
        let layout = Self::layout_of(schema, names, options)?;
        Ok(Some(Self { layout, counted: None, num_frames: 0 }))
    }

    /// How tables of this schema are laid out in a file of the metadata that the options say.
    pub(crate) fn layout_of(
        schema: &PoseSchema,
        names: &LongNames,
        options: &WriteOptions,
    ) -> Result<LongLayout, ParquetError> {
        let metadata = options.metadata.clone().unwrap_or_else(|| schema.metadata().clone());
        Ok(LongLayout::of(&schema.clone().with_metadata(metadata), names)?)
    }

    /// The schema of the rows.
    pub(crate) fn schema(&self) -> &PoseSchema {
        self.layout.long()
    }

    pub(crate) fn layout(&self) -> &LongLayout {
        &self.layout
    }

    /// Makes rows of the next frames, and calls with at most so many at a time, in whole frames.
    pub(crate) fn rows(
        &mut self,
        frame: &PoseFrame,
        at_once: usize,
        mut write: impl FnMut(&PoseFrame) -> Result<(), ParquetError>,
    ) -> Result<(), ParquetError> {
        self.check(frame)?;
        let frame = &self.counted_on(frame)?;
        let long = LongTable::with_layout(frame, self.layout.clone())?.starting_at(self.num_frames);
        let points = self.layout.num_points();
        let whole_frames = (at_once / points).max(1) * points;
        for rows in long.batches(&Selection::all(), whole_frames)? {
            write(&rows?)?;
        }
        self.num_frames += frame.num_frames();
        Ok(())
    }

    /// The frames with rows that are counted on from those before, where they are counted: pieces may each begin anew, as in
    /// a wide file.
    fn counted_on(&mut self, frame: &PoseFrame) -> Result<PoseFrame, ParquetError> {
        let RowIndex::Range(range) = frame.index() else { return Ok(frame.clone()) };
        if self.counted.is_none() && range.len > 0 {
            self.counted = Some(range.clone());
        }
        let first = self.counted.as_ref().unwrap_or(range);
        let offset = i64::try_from(self.num_frames).unwrap_or(i64::MAX).wrapping_mul(first.step);
        let range = RangeIndex { start: first.start.wrapping_add(offset), len: range.len, ..first.clone() };
        let (schema, columns) = (frame.shared_schema().clone(), frame.columns().to_vec());
        Ok(PoseFrame::new(schema, RowIndex::Range(range), columns)?)
    }

    /// Checks that frames are of the schema that the file was started with.
    fn check(&self, frame: &PoseFrame) -> Result<(), ParquetError> {
        let (found, expected) = (frame.schema(), self.layout.wide());
        let what = if (found.levels(), found.columns()) != (expected.levels(), expected.columns()) {
            "its columns"
        } else if found.index() != expected.index() {
            "its row index"
        } else {
            return Ok(());
        };
        Err(ParquetErrorKind::BatchSchema { what }.into())
    }

    /// What the file is to say of its layout.
    pub(crate) fn entry(&self) -> LongEntry {
        LongEntry::of(&self.layout, self.counted.as_ref(), self.num_frames)
    }
}
