//! What a picture needs to know of a table, in memory that does not grow with it.

use pose_frame::{PoseFrame, PoseTable, Selection, TableError, default_batch_frames};

use crate::extent::Extent;
use crate::series::{Places, Series, SeriesList, floats};
use crate::trail::{Plane, Trail};
use crate::{PlotOptions, PlotProgress};

/// The frames of one pixel along the axis of time, of one series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bin {
    pub(crate) frames: u32,
    pub(crate) missing: u32,
    pub(crate) unlikely: u32,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
    sum: f64,
    likelihoods: u32,
}

impl Bin {
    const EMPTY: Self = Self {
        frames: 0,
        missing: 0,
        unlikely: 0,
        least: f64::INFINITY,
        greatest: f64::NEG_INFINITY,
        sum: 0.0,
        likelihoods: 0,
    };

    /// The mean likelihood, where there is one.
    pub(crate) fn mean(&self) -> Option<f64> {
        (self.likelihoods > 0).then(|| self.sum / f64::from(self.likelihoods))
    }
}

/// What is known of a series.
pub(crate) struct Sample {
    pub(crate) bins: Vec<Bin>,
    pub(crate) trail: Option<Trail>,
    pub(crate) missing: usize,
    pub(crate) unlikely: usize,
}

/// A table that is read for a picture.
pub(crate) struct Sampling<'a> {
    pub(crate) table: &'a dyn PoseTable,
    pub(crate) list: &'a SeriesList,
    pub(crate) options: &'a PlotOptions,
    pub(crate) frames: std::ops::Range<usize>,
    pub(crate) progress: &'a (dyn Fn(PlotProgress) + Sync),
}

/// What a point is in a frame.
enum Seen {
    At(f64, f64),
    /// It is there, but has no place, or is not likely enough.
    Nowhere {
        missing: bool,
        unlikely: bool,
    },
}

impl Sampling<'_> {
    /// The part of the plane where points are that are drawn.
    pub(crate) fn extent(&self) -> Result<Extent, TableError> {
        let mut extent = Extent::NONE;
        if self.list.series.iter().any(|series| series.place.is_some()) {
            self.each_batch(0, |batch| {
                for series in &self.list.series {
                    let values = Values::of(series, batch);
                    for row in 0..batch.num_rows {
                        if let Seen::At(x, y) = values.seen(row, self.options.min_likelihood) {
                            extent.include(x, y);
                        }
                    }
                }
            })?;
        }
        Ok(extent)
    }

    /// A sample of every series, of so many pixels along time.
    pub(crate) fn samples(
        &self,
        num_bins: usize,
        plane_of: &dyn Fn(&Series) -> Option<Plane>,
        max_steps: usize,
    ) -> Result<Vec<Sample>, TableError> {
        let of = |series: &Series| Sample {
            bins: vec![Bin::EMPTY; num_bins],
            trail: plane_of(series)
                .filter(|_| series.place.is_some())
                .map(|plane| Trail::new(plane, max_steps)),
            missing: 0,
            unlikely: 0,
        };
        let mut samples: Vec<Sample> = self.list.series.iter().map(of).collect();
        let num_frames = self.frames.len();
        self.each_batch(num_frames, |batch| {
            for (series, sample) in self.list.series.iter().zip(&mut samples) {
                let values = Values::of(series, batch);
                for row in 0..batch.num_rows {
                    let bin = bin_of(batch.first + row, num_frames, num_bins);
                    sample.add(&values, row, bin, self.options.min_likelihood);
                    if let (Places::Apart, Some(trail)) = (self.list.places, &mut sample.trail) {
                        trail.push(None);
                    }
                }
            }
        })?;
        Ok(samples)
    }

    fn each_batch(&self, read_before: usize, mut visit: impl FnMut(&Batch)) -> Result<(), TableError> {
        let columns = self.list.columns();
        let selection = Selection::all().columns(columns.iter().copied()).frames(self.frames.clone());
        let batch_frames = default_batch_frames(&self.table.schema().project(&columns));
        let mut first = 0;
        for frame in self.table.batches(&selection, batch_frames)? {
            let frame: PoseFrame = frame?;
            let values = frame.columns().iter().map(floats).collect();
            let batch = Batch { columns: &columns, values, first, num_rows: frame.num_frames() };
            visit(&batch);
            first += batch.num_rows;
            (self.progress)(PlotProgress { frames: read_before + first, num_frames: self.frames.len() * 2 });
        }
        Ok(())
    }
}

/// The bin of a frame.
fn bin_of(frame: usize, num_frames: usize, num_bins: usize) -> usize {
    let bin = frame as u128 * num_bins as u128 / num_frames.max(1) as u128;
    usize::try_from(bin).unwrap_or(0).min(num_bins.saturating_sub(1))
}

/// Some frames, as floats.
struct Batch<'a> {
    columns: &'a [usize],
    values: Vec<Vec<f64>>,
    first: usize,
    num_rows: usize,
}

/// The values of a series in a batch.
struct Values<'a> {
    place: Option<(&'a [f64], &'a [f64])>,
    likelihood: Option<&'a [f64]>,
    columns: Vec<&'a [f64]>,
}

impl<'a> Values<'a> {
    fn of(series: &Series, batch: &'a Batch<'_>) -> Self {
        let read =
            |column: usize| batch.values[batch.columns.partition_point(|other| *other < column)].as_slice();
        Self {
            place: series.place.map(|(x, y)| (read(x), read(y))),
            likelihood: series.likelihood.map(read),
            columns: series.values.iter().map(|column| read(*column)).collect(),
        }
    }

    fn seen(&self, row: usize, min_likelihood: f64) -> Seen {
        let missing = self.columns.iter().any(|values| values[row].is_nan());
        let unlikely = self.likelihood.is_some_and(|likelihood| {
            let likelihood = likelihood[row];
            likelihood.is_nan() || likelihood < min_likelihood
        });
        match self.place.map(|(x, y)| (x[row], y[row])) {
            Some((x, y)) if !missing && !unlikely && x.is_finite() && y.is_finite() => Seen::At(x, y),
            _ => Seen::Nowhere { missing, unlikely },
        }
    }
}

impl Sample {
    fn add(&mut self, values: &Values<'_>, row: usize, bin: usize, min_likelihood: f64) {
        let seen = values.seen(row, min_likelihood);
        if let Some(trail) = &mut self.trail {
            trail.push(if let Seen::At(x, y) = seen { Some((x, y)) } else { None });
        }
        let Some(bin) = self.bins.get_mut(bin) else { return };
        bin.frames = bin.frames.saturating_add(1);
        if let Seen::Nowhere { missing, unlikely } = seen {
            bin.missing += u32::from(missing);
            bin.unlikely += u32::from(unlikely && !missing);
            self.missing += usize::from(missing);
            self.unlikely += usize::from(unlikely && !missing);
        }
        if let Some(likelihood) = values.likelihood.map(|values| values[row]).filter(|value| !value.is_nan())
        {
            bin.least = bin.least.min(likelihood);
            bin.greatest = bin.greatest.max(likelihood);
            bin.sum += likelihood;
            bin.likelihoods += 1;
        }
    }
}
