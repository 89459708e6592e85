//! A part of a table that stands for all of it.

use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_select::concat::concat;
use pose_frame::{IndexLevel, PoseFrame, PoseTable, RangeIndex, RowIndex, Selection, TableError};

use crate::Result;

/// How many stretches a sample has: as many as there may be, each of at least so many frames.
const MOST_STRETCHES: usize = 16;
const LEAST_STRETCHES: usize = 3;
const LEAST_FRAMES: usize = 128;

/// Stretches of a table, from its first frame to its last.
pub(super) struct Sample {
    pub(super) frame: PoseFrame,
    /// How many frames each stretch has.
    stretch: usize,
    /// How many frames the table has.
    pub(super) all: usize,
}

impl Sample {
    /// About so many bytes of a table, in memory.
    pub(super) fn of(table: &dyn PoseTable, bytes: usize) -> Result<Self> {
        let all = table.num_frames();
        let wanted = (bytes / table.schema().row_bytes().max(1)).max(LEAST_FRAMES);
        if wanted >= all {
            return Ok(Self { frame: table.load()?, stretch: all, all });
        }
        let stretches = (wanted / LEAST_FRAMES).clamp(LEAST_STRETCHES, MOST_STRETCHES);
        let frames = (wanted / stretches).max(1);
        let read = |number: usize| {
            let start = (all - frames) * number / (stretches - 1);
            table.read(&Selection::all().frames(start..start + frames))
        };
        let pieces = (0..stretches).map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { frame: joined(&pieces)?, stretch: frames, all })
    }

    /// Whether it is the whole table.
    pub(super) fn is_whole(&self) -> bool {
        self.frame.num_frames() == self.all
    }

    /// The first half of each stretch.
    pub(super) fn halves(&self) -> Result<PoseFrame> {
        let starts = (0..self.frame.num_frames()).step_by(self.stretch.max(1));
        let half =
            |start: usize| self.frame.read(&Selection::all().frames(start..start + self.stretch.div_ceil(2)));
        joined(&starts.map(half).collect::<Result<Vec<_>, _>>()?)
    }
}

fn joined(pieces: &[PoseFrame]) -> Result<PoseFrame> {
    let join = |arrays: Vec<&ArrayRef>| -> Result<ArrayRef> {
        let arrays: Vec<&dyn arrow_array::Array> = arrays.into_iter().map(AsRef::as_ref).collect();
        Ok(concat(&arrays).map_err(TableError::read)?)
    };
    let columns = (0..pieces[0].columns().len())
        .map(|column| join(pieces.iter().map(|piece| &piece.columns()[column]).collect()));
    let columns = columns.collect::<Result<Vec<_>>>()?;
    let len = pieces.iter().map(PoseTable::num_frames).sum();
    let levels: Vec<Vec<IndexLevel>> = pieces
        .iter()
        .map(|piece| match piece.index() {
            // Counted rows cost nothing, wherever they begin.
            RowIndex::Range(_) => Vec::new(),
            index => index.to_levels(),
        })
        .collect();
    let level = |number: usize| -> Result<IndexLevel> {
        let values = join(levels.iter().map(|levels| &levels[number].values).collect())?;
        Ok(IndexLevel::new(levels[0][number].name.clone(), values))
    };
    let index = match pieces[0].index() {
        RowIndex::Range(range) => RowIndex::Range(RangeIndex { len, ..range.clone() }),
        RowIndex::Labels(_) => RowIndex::Labels(level(0)?),
        RowIndex::Multi(_) => RowIndex::Multi((0..levels[0].len()).map(level).collect::<Result<_>>()?),
    };
    Ok(PoseFrame::new(Arc::clone(pieces[0].shared_schema()), index, columns)?)
}
