//! Whether columns hold all of a table, and nothing twice.

use super::{Holds, LongColumn, labelled_by_frame, misfit};
use crate::{PoseSchema, TableError};

/// What the columns of a layout hold, but for coords.
#[derive(Default)]
pub(super) struct Parts {
    frames: usize,
    times: usize,
    row_labels: Vec<usize>,
    levels: Vec<usize>,
}

impl Parts {
    pub(super) fn of(columns: &[LongColumn]) -> Result<Self, TableError> {
        let mut parts = Self::default();
        for column in columns {
            match column.holds {
                Holds::Frame => parts.frames += 1,
                Holds::Time => parts.times += 1,
                Holds::RowLabel(level) => parts.row_labels.push(level),
                Holds::Level(level) => parts.levels.push(level),
                Holds::Coord(_) => {}
            }
        }
        parts.row_labels.sort_unstable();
        parts.levels.sort_unstable();
        if parts.frames != 1 || parts.times > 1 {
            let reason = format!("{} columns hold the frame, {} its time", parts.frames, parts.times);
            return Err(misfit(reason));
        }
        Ok(parts)
    }

    /// Checks that they are those of a table, and gives its level of coords.
    pub(super) fn check(&self, wide: &PoseSchema) -> Result<usize, TableError> {
        let by_frame = labelled_by_frame(wide.index());
        let row_levels = if by_frame { 0 } else { wide.index().fields().len() };
        if !self.row_labels.iter().copied().eq(0..row_levels) {
            return Err(misfit(format!("its columns do not hold {row_levels} levels of row labels")));
        }
        if self.times > 0 && (!by_frame || wide.metadata().frame_rate_hz.is_none()) {
            return Err(misfit("a column holds times, and there is no frame rate".to_owned()));
        }
        let held = |level: &usize| self.levels.binary_search(level).is_ok();
        let left: Vec<usize> = (0..wide.levels().len()).filter(|level| !held(level)).collect();
        match left.as_slice() {
            [coord_level] if self.levels.len() + 1 == wide.levels().len() => Ok(*coord_level),
            _ => {
                let levels = wide.levels().len();
                Err(misfit(format!("its columns do not hold each of {levels} levels but that of the coords")))
            }
        }
    }
}
