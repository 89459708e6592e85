//! A wide table as a long one.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, downcast_integer_array};

use super::gather::{Picks, gather};
use super::interleave::{interleave, tile};
use super::{Holds, LayoutErrorKind, LongLayout, LongNames};
use crate::{PoseFrame, PoseSchema, PoseTable, RangeIndex, RowIndex, Selection, TableError};

/// A wide table as a long one: a row per frame and point. See [`layout`](crate::layout).
///
/// Reading some rows reads the frames that they are of, and of those the columns that are asked for.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use pose_frame::{LongNames, LongTable, PoseTable, Selection, testing};
///
/// let wide = testing::predictions(10);
/// let long = LongTable::new(&wide, &LongNames::default())?;
/// assert_eq!(long.num_frames(), 20, "two bodyparts");
/// let x = long.read(&Selection::all().level_at(0, "x").frames(4..6))?;
/// assert_eq!((x.num_frames(), x.columns().len()), (2, 1));
/// # }
/// # Ok::<(), pose_frame::TableError>(())
/// ```
#[derive(Clone)]
pub struct LongTable<'a> {
    wide: &'a dyn PoseTable,
    layout: Arc<LongLayout>,
    num_rows: usize,
    /// How many frames came before.
    first_frame: usize,
}

impl<'a> LongTable<'a> {
    /// Makes a wide table long, its columns under these names. Reads nothing of it.
    ///
    /// # Errors
    ///
    /// When it cannot be long: see [`LayoutErrorKind`].
    pub fn new(wide: &'a dyn PoseTable, names: &LongNames) -> Result<Self, TableError> {
        Self::with_layout(wide, LongLayout::of(wide.schema(), names)?)
    }

    /// Makes a wide table long in this layout: for one that is of other metadata than the table's, such as a frame rate.
    ///
    /// # Errors
    ///
    /// When the layout is of other columns or row labels, or there would be more rows than can be counted.
    pub fn with_layout(wide: &'a dyn PoseTable, layout: LongLayout) -> Result<Self, TableError> {
        let (given, expected) = (wide.schema(), layout.wide());
        let same = (given.levels(), given.columns(), given.index())
            == (expected.levels(), expected.columns(), expected.index());
        if !same {
            return Err(super::plan::misfit("it is one of other columns or row labels".to_owned()));
        }
        let num_rows = wide.num_frames().checked_mul(layout.num_points());
        let num_rows =
            num_rows.ok_or_else(|| super::plan::misfit("its rows cannot be counted".to_owned()))?;
        Ok(Self { wide, layout: Arc::new(layout), num_rows, first_frame: 0 })
    }

    /// Counts the positions of frames from this one on, for writers that are given a table in pieces.
    #[must_use]
    pub fn starting_at(mut self, frame: usize) -> Self {
        self.first_frame = frame;
        self
    }

    /// Which column holds what.
    #[must_use]
    pub fn layout(&self) -> &LongLayout {
        &self.layout
    }

    /// The long columns of some frames, whole.
    fn columns(&self, columns: &[usize], frames: &Range<usize>) -> Result<Vec<ArrayRef>, TableError> {
        let layout = &*self.layout;
        let mut of_column: Vec<Vec<(usize, usize)>> = vec![Vec::new(); layout.columns().len()];
        let wanted: BTreeSet<usize> = columns.iter().copied().collect();
        let mut wide_columns = Vec::new();
        for (position, place) in layout.places().iter().enumerate() {
            if wanted.contains(&place.column) {
                of_column[place.column].push((place.point, wide_columns.len()));
                wide_columns.push(position);
            }
        }
        let wide = self.wide.read(&Selection::all().columns(wide_columns).frames(frames.clone()))?;
        let first_frame = self.first_frame.saturating_add(frames.start);
        let pieces = Pieces { layout, wide: &wide, first_frame, points: layout.num_points() };
        columns.iter().map(|&column| pieces.column(column, &of_column[column])).collect()
    }
}

impl PoseTable for LongTable<'_> {
    fn schema(&self) -> &PoseSchema {
        self.layout.long()
    }

    fn num_frames(&self) -> usize {
        self.num_rows
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(self.schema(), self.num_rows)?;
        let (rows, points) = (resolved.frames, self.layout.num_points());
        let frames = rows.start / points..rows.end.div_ceil(points);
        let frames = if rows.is_empty() { frames.start..frames.start } else { frames };
        let columns =
            if resolved.columns.is_empty() { Vec::new() } else { self.columns(&resolved.columns, &frames)? };
        let skipped = rows.start - frames.start * points;
        let cut = |column: ArrayRef| if rows.is_empty() { column } else { column.slice(skipped, rows.len()) };
        let columns = columns.into_iter().map(cut).collect();
        let start = i64::try_from(rows.start).unwrap_or(i64::MAX);
        let index = RowIndex::Range(RangeIndex { name: None, start, step: 1, len: rows.len() });
        PoseFrame::new(Arc::new(self.schema().project(&resolved.columns)), index, columns)
    }
}

/// Some frames of the wide table, of which columns of the long one are made.
struct Pieces<'a> {
    layout: &'a LongLayout,
    wide: &'a PoseFrame,
    first_frame: usize,
    points: usize,
}

impl Pieces<'_> {
    /// A column, of the columns of the wide table that are of these points.
    fn column(&self, column: usize, of_points: &[(usize, usize)]) -> Result<ArrayRef, TableError> {
        let frames = self.wide.num_frames();
        let array = match &self.layout.columns()[column].holds {
            Holds::Frame => Some(self.repeated(&self.frame_numbers())?),
            Holds::Time => Some(self.repeated(&self.times())?),
            Holds::RowLabel(level) => {
                let levels = self.wide.index().to_levels();
                Some(self.repeated(&levels[*level].values)?)
            }
            Holds::Level(level) => tile(self.layout.labels_of_points(*level), frames),
            Holds::Coord(_) => {
                let sources = of_points
                    .iter()
                    .map(|&(point, position)| (point, Arc::clone(&self.wide.columns()[position])));
                let data_type = &self.layout.long().columns()[column].data_type;
                interleave(data_type, &sources.collect::<Vec<_>>(), self.points, frames)
            }
        };
        array.ok_or_else(|| self.too_much_text())
    }

    /// The label of each row, or its position.
    fn frame_numbers(&self) -> ArrayRef {
        if self.layout.labelled_by_frame() {
            return Arc::clone(&self.wide.index().to_levels()[0].values);
        }
        let numbers = self.first_frame..self.first_frame + self.wide.num_frames();
        let numbers = numbers.map(|frame| i64::try_from(frame).unwrap_or(i64::MAX));
        Arc::new(Int64Array::from_iter_values(numbers))
    }

    fn times(&self) -> ArrayRef {
        let rate = self.layout.wide().metadata().frame_rate_hz.unwrap_or(f64::NAN);
        let numbers = self.frame_numbers();
        let numbers = numbers.as_ref();
        Arc::new(downcast_integer_array!(
            numbers => Float64Array::from_iter_values(
                numbers.iter().map(|number| number.map_or(f64::NAN, |number| seconds(number.into(), rate)))
            ),
            // Frames are whole numbers.
            _ => numbers.as_primitive::<Float64Type>().clone()
        ))
    }

    fn repeated(&self, array: &ArrayRef) -> Result<ArrayRef, TableError> {
        let count = array.len();
        let mut repeated = gather(array.data_type(), count * self.points);
        repeated.add(array, Picks::Repeated { times: self.points, count });
        repeated.finish().ok_or_else(|| self.too_much_text())
    }

    fn too_much_text(&self) -> TableError {
        LayoutErrorKind::TooMuchText { rows: self.wide.num_frames(), points: self.points }.into()
    }
}

/// When a frame is.
#[allow(clippy::cast_precision_loss, reason = "no video has so many frames")]
pub(super) fn seconds(frame: i128, frame_rate_hz: f64) -> f64 {
    frame as f64 / frame_rate_hz
}
