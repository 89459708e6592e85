//! When frames were taken, in a file.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use hdf5_file::{Attribute, Datatype, FileWriter, Group, bytes_of};
use pose_frame::RowIndex;

use super::objects::Objects;
use super::{NwbWriteError, NwbWriteErrorKind, link};
use crate::timing::Clock;

/// When the frames of a series were taken, as it is written.
#[derive(Clone, Debug)]
pub(super) enum Times {
    /// Frames at equal distances.
    Regular { start_seconds: f64, rate_hz: f64 },
    /// Moments that are in the file, and in no dataset yet.
    Values { address: u64, rows: u64 },
    /// The path of a dataset of moments, to which other series link.
    Dataset(String),
}

/// How many moments are put together at once.
const PIECE: usize = 64 << 10;

const SECOND_BYTES: u64 = 8;

impl Times {
    /// Moments that are known, all of them.
    pub(super) fn of_moments(writer: &mut FileWriter, moments: &[f64]) -> Result<Self, NwbWriteError> {
        let rows = moments.len() as u64;
        let address = writer.reserve(rows.saturating_mul(SECOND_BYTES))?;
        let mut at = address;
        for piece in moments.chunks(PIECE) {
            writer.write_at(at, &bytes_of(piece))?;
            at += piece.len() as u64 * SECOND_BYTES;
        }
        Ok(Self::Values { address, rows })
    }

    /// Says it in a series. Moments are a dataset of the first, and the others link to that.
    pub(super) fn put(
        &mut self,
        objects: &mut Objects<'_>,
        series: &mut Group,
        path: &str,
    ) -> Result<(), NwbWriteError> {
        let seconds = || Attribute::variable_text("unit", "seconds");
        match self {
            Self::Regular { start_seconds, rate_hz } => {
                let attributes = vec![Attribute::number("rate", *rate_hz), seconds()];
                let start = objects.number(*start_seconds)?.with_attributes(attributes);
                series.insert("starting_time", start)?;
            }
            Self::Values { address, rows } => {
                let attributes = vec![Attribute::number("interval", 1i32), seconds()];
                let dataset = Objects::stored(Datatype::F64, &[*rows], *address);
                series.insert("timestamps", dataset.with_attributes(attributes))?;
                *self = Self::Dataset(format!("{path}/timestamps"));
            }
            Self::Dataset(path) => series.insert("timestamps", link(path.as_str()))?,
        }
        Ok(())
    }
}

/// The times of frames that are being read.
pub(super) struct FrameTimes {
    times: Times,
    /// Where moments follow from the numbers of the frames: what they follow by.
    numbered: Option<Numbered>,
}

struct Numbered {
    start_seconds: f64,
    rate_hz: f64,
    /// Where the next moments go.
    next: u64,
    rows: u64,
}

impl FrameTimes {
    /// Takes room for moments, and writes them where they are known.
    pub(super) fn reserve(
        clock: &Clock<'_>,
        rows: u64,
        writer: &mut FileWriter,
    ) -> Result<Self, NwbWriteError> {
        let (times, numbered) = match *clock {
            Clock::Regular { start_seconds, rate_hz } => (Times::Regular { start_seconds, rate_hz }, None),
            Clock::Moments(moments) => (Times::of_moments(writer, moments)?, None),
            Clock::Numbered { start_seconds, rate_hz } => {
                let address = writer.reserve(rows.saturating_mul(SECOND_BYTES))?;
                let numbered = Numbered { start_seconds, rate_hz, next: address, rows: 0 };
                (Times::Values { address, rows }, Some(numbered))
            }
        };
        Ok(Self { times, numbered })
    }

    /// Writes the moments of the next frames, by their labels.
    pub(super) fn write(&mut self, writer: &FileWriter, labels: &RowIndex) -> Result<(), NwbWriteError> {
        let Some(numbered) = &mut self.numbered else { return Ok(()) };
        let levels = labels.to_levels();
        let numbers = levels.first().and_then(|level| level.values.as_primitive_opt::<Int64Type>());
        let Some(numbers) = numbers.filter(|numbers| numbers.null_count() == 0) else {
            let row = usize::try_from(numbered.rows).unwrap_or(usize::MAX);
            return Err(NwbWriteErrorKind::LabelsChanged { row }.into());
        };
        #[allow(clippy::cast_precision_loss, reason = "no video has 2^53 frames")]
        let moment = |&number: &i64| numbered.start_seconds + number as f64 / numbered.rate_hz;
        let moments: Vec<f64> = numbers.values().iter().map(moment).collect();
        writer.write_at(numbered.next, &bytes_of(&moments))?;
        numbered.rows += moments.len() as u64;
        numbered.next += moments.len() as u64 * SECOND_BYTES;
        Ok(())
    }

    pub(super) fn into_times(self) -> Times {
        self.times
    }
}
