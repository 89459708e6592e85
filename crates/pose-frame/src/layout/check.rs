//! Whether a long table is laid out as it is said to be, as far as its first and its last frame show.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};

use super::interleave::tile;
use super::plan::misfit;
use super::{Holds, LongLayout};
use crate::value::text;
use crate::{IndexSchema, PoseTable, RangeIndex, Selection, TableError};

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
        self.check_frame(long, 0, counted)?;
        if last > 0 { self.check_frame(long, last, counted) } else { Ok(()) }
    }

    fn check_frame(
        &self,
        long: &dyn PoseTable,
        frame: usize,
        counted: Option<&RangeIndex>,
    ) -> Result<(), TableError> {
        let says_which = |holds: &Holds| matches!(holds, Holds::Frame | Holds::Level(_));
        let columns = self.columns().iter().enumerate();
        let columns: Vec<usize> =
            columns.filter(|(_, column)| says_which(&column.holds)).map(|(position, _)| position).collect();
        let first_row = frame * self.num_points();
        let rows = first_row..first_row + self.num_points();
        let read = long.read(&Selection::all().columns(columns.iter().copied()).frames(rows))?;
        for (&column, array) in columns.iter().zip(read.columns()) {
            let unequal = match &self.columns()[column].holds {
                Holds::Level(level) => {
                    let expected = tile(self.labels_of_points(*level), 1);
                    expected.and_then(|expected| {
                        (0..array.len())
                            .find(|&row| array.slice(row, 1).as_ref() != expected.slice(row, 1).as_ref())
                    })
                }
                _ => self.unequal_frame(array, frame, counted),
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

    /// The first row that is of another frame.
    fn unequal_frame(&self, array: &ArrayRef, frame: usize, counted: Option<&RangeIndex>) -> Option<usize> {
        let offset = i64::try_from(frame).unwrap_or(i64::MAX);
        let expected = match (self.wide().index(), counted) {
            (IndexSchema::Range { .. }, Some(range)) => {
                Some(range.start.wrapping_add(range.step.wrapping_mul(offset)))
            }
            _ if self.labelled_by_frame() => None,
            _ => Some(offset),
        };
        match expected {
            Some(number) => {
                let numbers = array.as_primitive::<Int64Type>();
                (0..numbers.len()).find(|&row| numbers.is_null(row) || numbers.value(row) != number)
            }
            None => (1..array.len()).find(|&row| array.slice(row, 1).as_ref() != array.slice(0, 1).as_ref()),
        }
    }
}
