//! Whether a long table is laid out as it is said to be: in its first and its last frame, or in all of them.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};

use super::interleave::tile;
use super::plan::misfit;
use super::{Holds, LongLayout};
use crate::value::text;
use crate::{IndexSchema, PoseTable, RangeIndex, Selection, TableError, default_batch_frames};

impl LongLayout {
    /// Checks that the first and the last frame of a long table have their points where this layout has them, which a
    /// table that another program sorted or cut mostly has not. `counted` are the row labels of the wide table, where they are
    /// counted. Reads the rows of those two frames.
    ///
    /// # Errors
    ///
    /// When they have not, or the table cannot be read.
    pub fn check(&self, long: &dyn PoseTable, counted: Option<&RangeIndex>) -> Result<(), TableError> {
        let num_frames = self.num_frames(long.num_frames())?;
        let Some(last) = num_frames.checked_sub(1) else { return Ok(()) };
        self.check_frames(long, 0..1, counted)?;
        if last > 0 { self.check_frames(long, last..last + 1, counted) } else { Ok(()) }
    }

    /// As [`check`](Self::check), of every frame: for a table that another program may have sorted. Reads the columns that say
    /// which row is of what, in batches.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn check_all(&self, long: &dyn PoseTable, counted: Option<&RangeIndex>) -> Result<(), TableError> {
        let num_frames = self.num_frames(long.num_frames())?;
        let at_once = (default_batch_frames(self.long()) / self.num_points()).max(1);
        for first in (0..num_frames).step_by(at_once) {
            self.check_frames(long, first..num_frames.min(first.saturating_add(at_once)), counted)?;
        }
        Ok(())
    }

    fn check_frames(
        &self,
        long: &dyn PoseTable,
        frames: Range<usize>,
        counted: Option<&RangeIndex>,
    ) -> Result<(), TableError> {
        let says_which = |holds: &Holds| matches!(holds, Holds::Frame | Holds::Level(_));
        let columns = self.columns().iter().enumerate();
        let columns: Vec<usize> =
            columns.filter(|(_, column)| says_which(&column.holds)).map(|(position, _)| position).collect();
        let first_row = frames.start * self.num_points();
        let rows = first_row..frames.end * self.num_points();
        let read = long.read(&Selection::all().columns(columns.iter().copied()).frames(rows))?;
        for (&column, array) in columns.iter().zip(read.columns()) {
            let unequal = match &self.columns()[column].holds {
                Holds::Level(level) => {
                    let expected = tile(self.labels_of_points(*level), frames.len());
                    expected.filter(|expected| expected != array).and_then(|expected| {
                        (0..array.len())
                            .find(|&row| array.slice(row, 1).as_ref() != expected.slice(row, 1).as_ref())
                    })
                }
                _ => self.unequal_frame(array, frames.start, counted),
            };
            if let Some(row) = unequal {
                let (name, found) = (&self.columns()[column].name, text(array, row));
                let row = first_row + row;
                return Err(misfit(format!(
                    "row {row} is of another frame or point: its {name:?} is {found}"
                )));
            }
        }
        Ok(())
    }

    /// The first row that is of another frame, where the first is of this one.
    fn unequal_frame(&self, array: &ArrayRef, first: usize, counted: Option<&RangeIndex>) -> Option<usize> {
        let points = self.num_points();
        let (start, step) = match (self.wide().index(), counted) {
            (IndexSchema::Range { .. }, Some(range)) => (range.start, range.step),
            _ if self.labelled_by_frame() => {
                let is_other = |row: &usize| {
                    let of_frame = row - row % points;
                    array.slice(*row, 1).as_ref() != array.slice(of_frame, 1).as_ref()
                };
                return (0..array.len()).find(is_other);
            }
            _ => (0, 1),
        };
        let numbers = array.as_primitive::<Int64Type>();
        let expected = |row: usize| {
            let frame = i64::try_from(first + row / points).unwrap_or(i64::MAX);
            start.wrapping_add(step.wrapping_mul(frame))
        };
        (0..numbers.len()).find(|&row| numbers.is_null(row) || numbers.value(row) != expected(row))
    }
}
