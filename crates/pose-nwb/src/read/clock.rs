//! When the frames of a series were taken.

use std::sync::Arc;

use arrow_array::Float64Array;
use hdf5_file::read::{Dataset, Group};
use pose_frame::{IndexLevel, RangeIndex, RowIndex};

use super::objects;
use crate::{NwbError, NwbErrorKind};

/// What a series says about it.
pub(crate) enum Times {
    /// Frames at equal distances.
    Regular { start_seconds: f64, rate_hz: f64 },
    /// A moment for each frame.
    Moments(Box<Dataset>),
    /// Nothing.
    Unknown,
}

impl Times {
    pub(crate) fn of(series: &Group) -> Result<Self, NwbError> {
        if let Some(moments) = objects::dataset(series, "timestamps")? {
            return Ok(Self::Moments(Box::new(moments)));
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
                one.identity() == other.identity() || moments(one)? == moments(other)?
            }
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            _ => false,
        })
    }

    /// The labels of so many rows: frames are counted where their times say no more than that, and labelled by the seconds
    /// at which they were taken where they say more. With the rate, where there is one.
    pub(crate) fn labels(&self, rows: usize) -> Result<(RowIndex, Option<f64>), NwbError> {
        match self {
            Self::Unknown => Ok((RowIndex::range(rows), None)),
            &Self::Regular { start_seconds, rate_hz } => {
                let Some(rate) = (rate_hz.is_finite() && rate_hz > 0.0).then_some(rate_hz) else {
                    return Ok((RowIndex::range(rows), None));
                };
                let Some(start) = first_frame(start_seconds, rate_hz) else {
                    #[allow(clippy::cast_precision_loss, reason = "no video has 2^53 frames")]
                    let seconds = (0..rows).map(|row| start_seconds + row as f64 / rate_hz);
                    return Ok((by_seconds(seconds.collect()), Some(rate)));
                };
                Ok((RowIndex::Range(RangeIndex { name: None, start, step: 1, len: rows }), Some(rate)))
            }
            Self::Moments(dataset) => {
                let seconds: Vec<f64> = dataset.read(0..dataset.num_rows())?;
                // DLC2NWB writes the numbers of frames for their times.
                #[allow(clippy::cast_precision_loss, reason = "no video has 2^53 frames")]
                let counted = seconds
                    .iter()
                    .enumerate()
                    .all(|(row, &second)| second.to_bits() == (row as f64).to_bits());
                if counted && seconds.len() == rows {
                    return Ok((RowIndex::range(rows), None));
                }
                Ok((by_seconds(seconds), None))
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

fn by_seconds(seconds: Vec<f64>) -> RowIndex {
    RowIndex::Labels(IndexLevel::new(Some("time".into()), Arc::new(Float64Array::from(seconds))))
}

/// The number of the first frame, where that is all that the start says.
fn first_frame(start_seconds: f64, rate_hz: f64) -> Option<i64> {
    const MOST: f64 = 1e15;
    let frame = (start_seconds * rate_hz).round();
    let is_it = frame.abs() < MOST && (frame / rate_hz).to_bits() == start_seconds.to_bits();
    #[allow(clippy::cast_possible_truncation, reason = "it was looked at")]
    is_it.then_some(frame as i64)
}

/// The moments by their bits.
fn moments(dataset: &Dataset) -> Result<Vec<u64>, NwbError> {
    let seconds: Vec<f64> = dataset.read(0..dataset.num_rows())?;
    Ok(seconds.into_iter().map(f64::to_bits).collect())
}
