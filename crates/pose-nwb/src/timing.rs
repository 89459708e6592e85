//! When frames were taken.

use arrow_buffer::ScalarBuffer;
use pose_frame::{IndexSchema, PoseTable, RowIndex, Selection, TableError, default_batch_frames};

/// When the frames of a table were taken, in seconds since the start of the session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Timing {
    /// So many frames per second. Rows that are labelled by whole numbers are frames of these numbers; others are counted.
    Rate {
        /// Frames per second.
        hz: f64,
        /// When frame 0 was taken.
        start_seconds: f64,
    },
    /// The moment of each frame, one for each row. A clone has the same memory.
    Timestamps(ScalarBuffer<f64>),
}

impl Timing {
    /// So many frames per second, the first of them at the start of the session.
    #[must_use]
    pub fn rate(hz: f64) -> Self {
        Self::Rate { hz, start_seconds: 0.0 }
    }

    /// The moment of each frame, in seconds, one for each row.
    #[must_use]
    pub fn timestamps(moments: impl Into<ScalarBuffer<f64>>) -> Self {
        Self::Timestamps(moments.into())
    }
}

/// What is written about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Clock<'a> {
    /// Frames at equal distances.
    Regular { start_seconds: f64, rate_hz: f64 },
    /// A moment for each frame.
    Moments(&'a [f64]),
    /// Frames of the numbers that label them, so many a second: their moments are told as they are read.
    Numbered { start_seconds: f64, rate_hz: f64 },
}

/// The labels of the rows of a table, looked through once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Numbering {
    /// Whole numbers in equal steps.
    Steps { start: i64, step: i64 },
    /// Other whole numbers.
    Numbers,
    /// Something else.
    None,
}

impl Numbering {
    pub(crate) fn of(table: &dyn PoseTable) -> Result<Self, TableError> {
        let by_numbers = match table.schema().index() {
            IndexSchema::Range { .. } => true,
            IndexSchema::Labels(field) => field.data_type == arrow_schema::DataType::Int64,
            IndexSchema::Multi(_) => false,
        };
        if !by_numbers {
            return Ok(Self::None);
        }
        let labels = Selection::all().columns([]);
        let mut found = Self::Steps { start: 0, step: 1 };
        let mut seen = 0;
        for batch in table.batches(&labels, default_batch_frames(table.schema()))? {
            let batch = batch?;
            let levels = match batch.index() {
                // Every batch of a range goes on where the last one ended, and a file may claim any number of them.
                RowIndex::Range(range) => {
                    return Ok(Self::Steps { start: range.start, step: range.step });
                }
                index => index.to_levels(),
            };
            let Some(numbers) = levels.first().and_then(|level| numbers_of(&level.values)) else {
                return Ok(Self::None);
            };
            for &number in numbers {
                found.push(number, seen);
                seen += 1;
            }
        }
        Ok(found)
    }

    /// Takes note of the label of the next row.
    fn push(&mut self, number: i64, row: usize) {
        match self {
            Self::Steps { start, .. } if row == 0 => *start = number,
            Self::Steps { start, step } if row == 1 => *step = number.wrapping_sub(*start),
            Self::Steps { start, step } => {
                let row = i64::try_from(row).unwrap_or(i64::MAX);
                if number != start.wrapping_add(step.wrapping_mul(row)) {
                    *self = Self::Numbers;
                }
            }
            Self::Numbers | Self::None => {}
        }
    }
}

/// The values of a level of whole numbers of which none is missing.
fn numbers_of(values: &arrow_array::ArrayRef) -> Option<&[i64]> {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    let numbers = values.as_primitive_opt::<Int64Type>()?;
    (arrow_array::Array::null_count(numbers) == 0).then(|| &numbers.values()[..])
}

impl Clock<'static> {
    /// Of frames at a rate, in a table whose rows are numbered so.
    #[allow(clippy::cast_precision_loss, reason = "no video has 2^53 frames")]
    pub(crate) fn of_rate(rate_hz: f64, start_seconds: f64, numbering: Numbering) -> Self {
        match numbering {
            Numbering::Steps { start, step } if step > 0 => Self::Regular {
                start_seconds: start_seconds + start as f64 / rate_hz,
                rate_hz: rate_hz / step as f64,
            },
            Numbering::Numbers => Self::Numbered { start_seconds, rate_hz },
            Numbering::Steps { .. } | Numbering::None => Self::Regular { start_seconds, rate_hz },
        }
    }
}

impl<'a> Clock<'a> {
    /// Of a moment for each frame.
    pub(crate) fn of_moments(moments: &'a [f64]) -> Self {
        match rate_of(moments) {
            Some(rate_hz) => Self::Regular { start_seconds: moments[0], rate_hz },
            None => Self::Moments(moments),
        }
    }
}

/// The rate of moments at equal distances: nwbinspector takes them for that when their differences are the same in
/// nanoseconds, and wants the rate to be written instead.
#[allow(clippy::cast_precision_loss, reason = "no video has 2^53 frames")]
fn rate_of(moments: &[f64]) -> Option<f64> {
    const PER_SECOND: f64 = 1e9;
    let [first, .., last] = moments else { return None };
    if moments.len() < 3 {
        return None;
    }
    let nanoseconds = |pair: &[f64]| ((pair[1] - pair[0]) * PER_SECOND).round_ties_even();
    let step = nanoseconds(&moments[..2]);
    let is_regular =
        step > 0.0 && moments.windows(2).all(|pair| nanoseconds(pair).to_bits() == step.to_bits());
    is_regular.then(|| (moments.len() - 1) as f64 / (last - first))
}

#[cfg(test)]
mod tests {
    use pose_frame::testing::predictions;

    use super::*;

    #[test]
    fn frames_with_numbers_are_taken_at_them() {
        let numbering = Numbering::of(&predictions(200_000)).unwrap();
        assert_eq!(numbering, Numbering::Steps { start: 5, step: 1 });
        let clock = Clock::of_rate(50.0, 2.0, numbering);
        assert_eq!(clock, Clock::Regular { start_seconds: 2.1, rate_hz: 50.0 });
        let clock = Clock::of_rate(2.0, 0.0, Numbering::Numbers);
        assert_eq!(clock, Clock::Numbered { start_seconds: 0.0, rate_hz: 2.0 });
        let clock = Clock::of_rate(2.0, 0.0, Numbering::None);
        assert_eq!(clock, Clock::Regular { start_seconds: 0.0, rate_hz: 2.0 });
    }

    #[test]
    fn numbers_out_of_step_are_no_steps() {
        let mut numbering = Numbering::Steps { start: 0, step: 1 };
        for (row, number) in [7, 9, 11, 12, 3].into_iter().enumerate() {
            numbering.push(number, row);
        }
        assert_eq!(numbering, Numbering::Numbers);
    }

    #[test]
    fn regular_moments_are_a_rate() {
        let moments: Vec<f64> = (0..100).map(|frame| 0.5 + f64::from(frame) / 30.0).collect();
        let Clock::Regular { start_seconds, rate_hz } = Clock::of_moments(&moments) else {
            panic!("they are regular");
        };
        assert!(start_seconds.to_bits() == 0.5f64.to_bits() && (rate_hz - 30.0).abs() < 1e-9);
        for moments in [vec![0.0, 1.0], vec![0.0, 1.0, 2.1], vec![1.0, 1.0, 1.0], vec![2.0, 1.0, 0.0], vec![]]
        {
            assert_eq!(Clock::of_moments(&moments), Clock::Moments(&moments));
        }
    }
}
