//! How far a conversion is.

use pose_frame::{PoseFrame, PoseSchema, PoseTable, Selection, TableError};

/// How far a conversion is, in frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConvertProgress {
    /// What is being done.
    pub stage: Stage,
    /// Frames that this stage is done with.
    pub frames: usize,
    /// Frames of the table.
    pub num_frames: usize,
}

impl ConvertProgress {
    /// How much of the whole conversion is done, from 0 to 1: half of it is writing, half verifying.
    #[must_use]
    pub fn fraction(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "to draw a bar")]
        let of_stage = if self.num_frames == 0 { 1.0 } else { self.frames as f64 / self.num_frames as f64 };
        match self.stage {
            Stage::Copying { .. } => 0.0,
            Stage::Writing => of_stage / 2.0,
            Stage::Verifying => f64::midpoint(1.0, of_stage),
        }
    }
}

/// What a conversion is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Copying the file that the table is added to.
    Copying {
        /// What was copied of it.
        bytes: u64,
        /// How large it is.
        num_bytes: u64,
    },
    /// Reading the source and writing the target.
    Writing,
    /// Reading both and comparing them.
    Verifying,
}

/// What is told how far a conversion is, as often as a batch is read.
pub(crate) type OnProgress<'a> = &'a (dyn Fn(ConvertProgress) + Sync);

/// Passes reads on, and tells how far they got.
pub(crate) struct Reporting<'a> {
    pub(crate) table: &'a dyn PoseTable,
    pub(crate) stage: Stage,
    pub(crate) progress: OnProgress<'a>,
}

impl PoseTable for Reporting<'_> {
    fn schema(&self) -> &PoseSchema {
        self.table.schema()
    }

    fn num_frames(&self) -> usize {
        self.table.num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let frame = self.table.read(selection)?;
        let num_frames = self.num_frames();
        let frames = selection.resolve(self.schema(), num_frames)?.frames.end;
        (self.progress)(ConvertProgress { stage: self.stage, frames, num_frames });
        Ok(frame)
    }
}
