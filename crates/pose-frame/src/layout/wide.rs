//! A long table as a wide one.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};

use super::gather::{Gather, Picks, gather};
use super::pivot::Pivot;
use super::plan::misfit;
use super::{Holds, LayoutErrorKind, LongColumn, LongLayout, LongNames};
use crate::{
    DEFAULT_BATCH_BYTES, IndexLevel, IndexSchema, PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex,
    Selection, TableError,
};

/// A long table as a wide one: a row per frame. See [`layout`](crate::layout).
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use pose_frame::{LongNames, LongTable, Tolerance, WideTable, first_difference, testing};
///
/// let wide = testing::predictions(10);
/// let long = LongTable::new(&wide, &LongNames::default())?;
/// let back = WideTable::restore(&long, long.layout().clone())?;
/// assert_eq!(first_difference(&wide, &back, Tolerance::BitForBit)?, None);
/// # }
/// # Ok::<(), pose_frame::TableError>(())
/// ```
pub struct WideTable<T> {
    long: T,
    plan: Plan,
    num_frames: usize,
}

/// How rows are found.
enum Plan {
    /// By counting.
    Laid { layout: Box<LongLayout>, counted: Option<RangeIndex> },
    /// By what was found when all of them were looked at.
    Sorted(Box<Pivot>),
}

impl<T: PoseTable> WideTable<T> {
    /// Gives back the wide table that was laid out so, bit for bit: a row is found by counting, and only the rows of the
    /// frames that are asked for are read.
    ///
    /// That the rows are in that order is [looked at](LongLayout::check) in the first and the last frame, and taken as
    /// given between. Where the rows of the wide table are counted, the first two frames say from where and in what steps.
    ///
    /// # Errors
    ///
    /// When the long table is of other columns than the layout, or laid out otherwise.
    pub fn restore(long: T, layout: LongLayout) -> Result<Self, TableError> {
        if long.schema().columns() != layout.long().columns()
            || long.schema().levels() != layout.long().levels()
        {
            return Err(misfit("it is one of other columns".to_owned()));
        }
        let num_frames = layout.num_frames(long.num_frames())?;
        let counted = match layout.wide().index() {
            IndexSchema::Range { name } => {
                let (start, step) = counting(&long, &layout, num_frames)?;
                Some(RangeIndex { name: name.clone(), start, step, len: num_frames })
            }
            _ => None,
        };
        layout.check(&long, counted.as_ref())?;
        Ok(Self { long, plan: Plan::Laid { layout: Box::new(layout), counted }, num_frames })
    }

    /// Makes a long table wide whose columns are called so, whoever made it and whatever the order of its rows.
    ///
    /// A row is of the frame in the column `frame`, or where there is none, in `time`. Columns of numbers or booleans
    /// hold a coord each, under the name of the column; columns of text say of which point a row is: `scorer`,
    /// `individual` and `bodypart` are DeepLabCut's levels `scorer`, `individuals` and `bodyparts`, and others are levels of their
    /// own name, or where all rows of a frame have one text, labels of the rows. Times become the frame rate where they
    /// are frames over one, bit for bit; otherwise they are values.
    ///
    /// Frames are in the order of their numbers, points in that of their labels' first rows. A point that a frame does
    /// not have is missing there.
    ///
    /// All columns that are not values are read once, and 12 bytes are kept of each row, three times that while they
    /// are sorted. Reading goes from the first to the last row of the frames that are asked for: in a table that is not
    /// sorted by frames that is most of it.
    ///
    /// # Errors
    ///
    /// When the columns do not say which frame a row is of, or which values it has; a row has no label in one of them;
    /// a frame has a point twice.
    pub fn pivot(long: T, names: &LongNames) -> Result<Self, TableError> {
        let pivot = Pivot::of(&long, names)?;
        let num_frames = pivot.num_frames();
        Ok(Self { long, plan: Plan::Sorted(Box::new(pivot)), num_frames })
    }
}

impl<T: PoseTable> PoseTable for WideTable<T> {
    fn schema(&self) -> &PoseSchema {
        match &self.plan {
            Plan::Laid { layout, .. } => layout.wide(),
            Plan::Sorted(pivot) => pivot.schema(),
        }
    }

    fn num_frames(&self) -> usize {
        self.num_frames
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        match &self.plan {
            Plan::Laid { layout, counted } => layout.read_wide(&self.long, counted.as_ref(), selection),
            Plan::Sorted(pivot) => pivot.read(&self.long, selection),
        }
    }
}

/// From where, and in what steps, rows are counted.
fn counting(long: &dyn PoseTable, layout: &LongLayout, num_frames: usize) -> Result<(i64, i64), TableError> {
    let Some(column) = layout.column_of(&Holds::Frame) else { return Ok((0, 1)) };
    let label = |frame: usize| {
        let row = frame * layout.num_points();
        let read = long.read(&Selection::all().columns([column]).frames(row..row + 1))?;
        let labels = read.columns()[0].as_primitive::<Int64Type>();
        if labels.is_null(0) {
            return Err(
                LayoutErrorKind::NoLabel { column: layout.columns()[column].name.clone(), row }.into()
            );
        }
        Ok::<_, TableError>(labels.value(0))
    };
    let start = if num_frames > 0 { label(0)? } else { 0 };
    let step = if num_frames > 1 { label(1)?.wrapping_sub(start) } else { 1 };
    Ok((start, step))
}

impl LongLayout {
    /// How many frames a long table of so many rows has.
    ///
    /// # Errors
    ///
    /// When the last frame would not have all points.
    pub fn num_frames(&self, rows: usize) -> Result<usize, TableError> {
        let points = self.num_points();
        if rows.is_multiple_of(points) {
            return Ok(rows / points);
        }
        Err(misfit(format!("{rows} rows are not frames of {points} points each")))
    }

    /// Reads what is selected of the wide table from the long one that is laid out so. `counted` are its row labels where
    /// they are counted. For implementors of [`PoseTable`] that keep the long table themselves; otherwise take
    /// [`WideTable::restore`].
    ///
    /// The columns that are selected, and the frame or the row labels where rows are not counted, are read of the rows
    /// of the selected frames, 32 MiB at a time.
    ///
    /// # Errors
    ///
    /// When the selection does not resolve, the long table is not laid out so or cannot be read, or `counted` is not
    /// what the wide table's schema says or shorter than the table.
    pub fn read_wide(
        &self,
        long: &dyn PoseTable,
        counted: Option<&RangeIndex>,
        selection: &Selection,
    ) -> Result<PoseFrame, TableError> {
        let num_frames = self.num_frames(long.num_frames())?;
        let resolved = selection.resolve(self.wide(), num_frames)?;
        let labels = self.label_columns();
        let mut read = Reading::new(self, &resolved.columns, &labels, resolved.frames.len());
        for frames in read.pieces(resolved.frames.clone()) {
            read.add(long, frames)?;
        }
        let (values, labels) = read.finish()?;
        let index = match self.wide().index() {
            IndexSchema::Range { .. } => {
                let counted = counted.filter(|range| range.len == num_frames);
                let counted = counted.ok_or_else(|| misfit("its rows are not counted".to_owned()))?;
                RowIndex::Range(counted.clone()).slice(resolved.frames)
            }
            IndexSchema::Labels(field) => {
                let values = labels.into_iter().next();
                let values = values.ok_or_else(|| misfit("no column holds its row labels".to_owned()))?;
                RowIndex::Labels(IndexLevel::new(field.name.clone(), values))
            }
            IndexSchema::Multi(fields) => {
                let levels = fields.iter().zip(labels);
                RowIndex::Multi(
                    levels.map(|(field, values)| IndexLevel::new(field.name.clone(), values)).collect(),
                )
            }
        };
        PoseFrame::new(Arc::new(self.wide().project(&resolved.columns)), index, values)
    }

    /// The columns of the long table that hold the row labels, level by level; none where rows are counted.
    fn label_columns(&self) -> Vec<usize> {
        match self.wide().index() {
            IndexSchema::Range { .. } => Vec::new(),
            _ if self.labelled_by_frame() => self.column_of(&Holds::Frame).into_iter().collect(),
            _ => {
                let columns = self.columns().iter().enumerate();
                let levels = columns.filter_map(|(column, LongColumn { holds, .. })| match holds {
                    Holds::RowLabel(level) => Some((*level, column)),
                    _ => None,
                });
                let mut levels: Vec<(usize, usize)> = levels.collect();
                levels.sort_unstable();
                levels.into_iter().map(|(_, column)| column).collect()
            }
        }
    }
}

/// Columns of the wide table while they are read.
struct Reading {
    points: usize,
    /// The columns of the long table that are read.
    long_columns: Vec<usize>,
    /// How many frames are read at once, so that their rows are not much.
    at_once: usize,
    /// For each column and then each level of row labels: which of `long_columns` it is from, its point, and what is
    /// there of it.
    parts: Vec<(usize, usize, Box<dyn Gather>)>,
    num_columns: usize,
}

impl Reading {
    fn new(layout: &LongLayout, columns: &[usize], labels: &[usize], frames: usize) -> Self {
        let places =
            columns.iter().map(|&column| (layout.places()[column].column, layout.places()[column].point));
        let wanted: Vec<(usize, usize)> = places.chain(labels.iter().map(|&column| (column, 0))).collect();
        let mut long_columns: Vec<usize> = wanted.iter().map(|(column, _)| *column).collect();
        long_columns.sort_unstable();
        long_columns.dedup();
        let points = layout.num_points();
        let row_bytes = layout.long().project(&long_columns).row_bytes();
        let at_once = (DEFAULT_BATCH_BYTES / row_bytes.max(1) / points).max(1);
        let data_type = |column: usize| &layout.long().columns()[column].data_type;
        let parts = wanted.iter().map(|(column, point)| {
            let source = long_columns.partition_point(|other| other < column);
            // Room for what is read at once: how many frames there are may be a claim.
            (source, *point, gather(data_type(*column), frames.min(at_once)))
        });
        let parts = parts.collect();
        Self { points, long_columns, at_once, parts, num_columns: columns.len() }
    }

    fn pieces(&self, frames: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
        let (at_once, end) = (self.at_once, frames.end);
        let start = if self.parts.is_empty() { end } else { frames.start };
        (start..end).step_by(at_once).map(move |first| first..end.min(first.saturating_add(at_once)))
    }

    fn add(&mut self, long: &dyn PoseTable, frames: Range<usize>) -> Result<(), TableError> {
        let rows = frames.start * self.points..frames.end * self.points;
        let read = long.read(&Selection::all().columns(self.long_columns.iter().copied()).frames(rows))?;
        for (source, point, gathered) in &mut self.parts {
            let picks = Picks::Every { first: *point, step: self.points, count: frames.len() };
            gathered.add(&read.columns()[*source], picks);
        }
        Ok(())
    }

    /// The columns, and the row labels.
    fn finish(self) -> Result<(Vec<ArrayRef>, Vec<ArrayRef>), TableError> {
        let Self { parts, num_columns, points, .. } = self;
        let arrays = parts.into_iter().map(|(_, _, mut gathered)| gathered.finish());
        let too_much = || LayoutErrorKind::TooMuchText { rows: 1, points }.into();
        let mut arrays =
            arrays.map(|array| array.ok_or_else(too_much)).collect::<Result<Vec<_>, TableError>>()?;
        let labels = arrays.split_off(num_columns);
        Ok((arrays, labels))
    }
}
