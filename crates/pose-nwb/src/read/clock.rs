//! When the frames of a series were taken.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::Float64Array;
use arrow_schema::DataType;
use hdf5_file::read::{Dataset, Group};
use pose_frame::RangeIndex;

use super::source::{Source, Stored};
use super::{Index, Level, objects};
use crate::{NwbError, NwbErrorKind};

/// What a series says about it.
pub(crate) enum Times {
    /// Frames at equal distances.
    Regular { start_seconds: f64, rate_hz: f64 },
    /// A moment for each frame.
    Moments(Arc<Dataset>),
    /// Nothing.
    Unknown,
}

impl Times {
    pub(crate) fn of(series: &Group) -> Result<Self, NwbError> {
        if let Some(moments) = objects::dataset(series, "timestamps")? {
            return Ok(Self::Moments(Arc::new(moments)));
        }
        let Some(start) = objects::dataset(series, "starting_time")? else { return Ok(Self::Unknown) };
        let layout = |found: String| NwbErrorKind::Layout {
            path: series.file().path().to_owned(),
            object: objects::path_of(series, "starting_time"),
            expected: "a number of seconds, with a rate",
            found,
        };
        let seconds: Vec<f64> =
            start.read(0..start.num_rows().min(1)).map_err(|error| layout(error.to_string()))?;
        let rate = start.attributes()?.number::<f64>("rate").ok().flatten();
        match (seconds.first(), rate) {
            (Some(&start_seconds), Some(rate_hz)) => Ok(Self::Regular { start_seconds, rate_hz }),
            _ => Err(layout("something else".to_owned()).into()),
        }
    }

    /// Whether frames were taken at the same times. What says nothing contradicts nothing.
    pub(crate) fn same_as(&self, other: &Self) -> Result<bool, NwbError> {
        Ok(match (self, other) {
            (
                Self::Regular { start_seconds, rate_hz },
                Self::Regular { start_seconds: other_start, rate_hz: other_rate },
            ) => {
                start_seconds.to_bits() == other_start.to_bits() && rate_hz.to_bits() == other_rate.to_bits()
            }
            (Self::Moments(one), Self::Moments(other)) => {
                one.identity() == other.identity() || are_same(one, other)?
            }
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            _ => false,
        })
    }

    /// The labels of the rows of `data`: frames are counted where their times say no more than that, and labelled by the
    /// seconds at which they were taken where they say more. With the rate, where there is one.
    pub(crate) fn labels(&self, data: &Dataset) -> Result<(Index, Option<f64>), NwbError> {
        let rows = data.num_rows();
        let counted = |start| {
            let len = usize::try_from(rows).unwrap_or(usize::MAX);
            Index::Range(RangeIndex { name: None, start, step: 1, len })
        };
        match self {
            Self::Unknown => Ok((counted(0), None)),
            &Self::Regular { start_seconds, rate_hz } => {
                let Some(rate) = (rate_hz.is_finite() && rate_hz > 0.0).then_some(rate_hz) else {
                    return Ok((counted(0), None));
                };
                if let Some(start) = first_frame(start_seconds, rate_hz) {
                    return Ok((counted(start), Some(rate)));
                }
                // What is counted out takes memory: no more than there are values.
                data.check(&(0..rows))?;
                Ok((by_seconds(Source::Seconds { start: start_seconds, rate_hz }), Some(rate)))
            }
            Self::Moments(moments) => {
                if moments.num_rows() == rows && are_counted(moments)? {
                    return Ok((counted(0), None));
                }
                let stored = Stored::numbers(Arc::clone(moments), 0)?;
                if stored.data_type == DataType::Float64 {
                    return Ok((by_seconds(Source::Stored(stored)), None));
                }
                let seconds: Vec<f64> = moments.read(0..moments.num_rows())?;
                Ok((by_seconds(Source::Loaded(Arc::new(Float64Array::from(seconds)))), None))
            }
        }
    }

    /// For how many frames there is a moment, where there is one for each.
    pub(crate) fn num_moments(&self) -> Option<u64> {
        match self {
            Self::Moments(dataset) => Some(dataset.num_rows()),
            Self::Regular { .. } | Self::Unknown => None,
        }
    }
}

fn by_seconds(source: Source) -> Index {
    let level = Level { name: Some("time".into()), data_type: DataType::Float64, source };
    Index::Levels { levels: vec![level], is_multi: false }
}

/// Whether moments are the numbers of frames: DLC2NWB writes these for their times.
#[allow(clippy::cast_precision_loss, reason = "no video has 2^53 frames")]
fn are_counted(moments: &Dataset) -> Result<bool, NwbError> {
    for piece in pieces(moments)? {
        let seconds: Vec<f64> = moments.read(piece.clone())?;
        if piece.zip(seconds).any(|(row, second)| second.to_bits() != (row as f64).to_bits()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether moments are the same, by their bits.
fn are_same(one: &Dataset, other: &Dataset) -> Result<bool, NwbError> {
    if one.num_rows() != other.num_rows() {
        return Ok(false);
    }
    for piece in pieces(one)? {
        let bits = |dataset: &Dataset| -> Result<Vec<u64>, NwbError> {
            let seconds: Vec<f64> = dataset.read(piece.clone())?;
            Ok(seconds.into_iter().map(f64::to_bits).collect())
        };
        if bits(one)? != bits(other)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// All rows, cut into pieces, since there may be more of them than is good for memory; where chunks end, if there are chunks.
fn pieces(dataset: &Dataset) -> Result<Vec<Range<u64>>, NwbError> {
    const PIECE: u64 = 64 << 10;
    let rows = 0..dataset.num_rows();
    dataset.check(&rows)?;
    Ok(dataset.split(&rows, usize::try_from(rows.end.div_ceil(PIECE)).unwrap_or(usize::MAX)))
}

/// The number of the first frame, where that is all that the start says.
fn first_frame(start_seconds: f64, rate_hz: f64) -> Option<i64> {
    const MOST: f64 = 1e15;
    let frame = (start_seconds * rate_hz).round();
    let is_it = frame.abs() < MOST && (frame / rate_hz).to_bits() == start_seconds.to_bits();
    #[allow(clippy::cast_possible_truncation, reason = "it was looked at")]
    is_it.then_some(frame as i64)
}
