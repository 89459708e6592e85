//! One segment of an array, planned and turned into frames.

mod choice;
mod components;
mod grid;
mod rests;
mod sample;

use choice::{Choice, choose};
use grid::{Grid, folded};
pub(crate) use rests::Rests;

use ndarray::ArrayViewD;

use crate::array::{Number, with_view};
use crate::layout::{Axes, Pictures};
use crate::mask::Mask;
use crate::transform::predict::{self, History, Line, Way};
use crate::transform::split::{self, MAX_PIXELS, Slot};
use crate::transform::vectors::with_widest;
use crate::{
    ArrayView, ChannelPlan, Contract, Element, Error, ErrorKind, Layout, Options, Planes, SegmentPlan,
    StreamPlan,
};

/// A run of whole time steps, ready to be written: its plan, its side data, and the frames of its streams.
///
/// Nothing of another segment is needed to restore it. In memory it takes four or eight bytes for each value.
///
/// # Examples
///
/// ```
/// use ndarray::Array;
/// use vidpack::{Contract, Options, Restorer, Segment};
///
/// let values = Array::from_shape_fn((40, 16, 20), |(t, y, x)| (t + 2 * y + 3 * x) as f32 * 0.25).into_dyn();
/// let segment = Segment::new(&values.view().into(), &Contract::Lossless, &Options::default())?;
///
/// let mut restorer = Restorer::new(segment.plan().clone())?;
/// let mut frame = Vec::new();
/// for (index, stream) in segment.plan().streams.iter().enumerate() {
///     for number in 0..stream.frames {
///         segment.frame(index, number, &mut frame)?;
///         restorer.push(index, &frame)?;
///     }
/// }
/// let vidpack::Array::F32(back) = restorer.finish(segment.side())? else { panic!() };
/// assert_eq!(back, values);
/// # Ok::<(), vidpack::Error>(())
/// ```
#[derive(Debug)]
pub struct Segment {
    plan: SegmentPlan,
    pictures: Pictures,
    rests: Vec<Rests>,
    side: Vec<u8>,
    /// What each channel was expected to cost when its predictor was fitted.
    costs: Vec<f64>,
}

/// What was found out for a segment, for the next one.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    plan: SegmentPlan,
    costs: Vec<f64>,
}

impl Segment {
    /// Plans one segment and takes it apart.
    ///
    /// # Errors
    ///
    /// When the shape has no layout, or the contract makes no sense for it.
    pub fn new(view: &ArrayView<'_>, contract: &Contract, options: &Options) -> Result<Self, Error> {
        Self::after(None, view, contract, options)
    }

    /// Plans one segment so that its frames are of the same kinds as those of the one before, where that costs next to
    /// nothing: then they go into the same videos. Nothing of the other is needed to restore it.
    ///
    /// # Errors
    ///
    /// As [`Segment::new`].
    pub fn after(
        before: Option<&SegmentPlan>,
        view: &ArrayView<'_>,
        contract: &Contract,
        options: &Options,
    ) -> Result<Self, Error> {
        let known = before.map(|plan| Known { plan: plan.clone(), costs: Vec::new() });
        Self::knowing(known.as_ref(), view, contract, options)
    }

    /// The same where it is known what the plan before was made of. What was fitted then serves again as long as it serves well.
    pub(crate) fn knowing(
        before: Option<&Known>,
        view: &ArrayView<'_>,
        contract: &Contract,
        options: &Options,
    ) -> Result<Self, Error> {
        with_view!(view, view => Self::planned(before, view.view(), contract, options))
    }

    /// What the next segment may know of this one.
    pub(crate) fn known(&self) -> Known {
        Known { plan: self.plan.clone(), costs: self.costs.clone() }
    }

    /// The same for an array whose type is known.
    ///
    /// # Errors
    ///
    /// As [`Segment::new`].
    pub fn of<T: Element>(
        view: ArrayViewD<'_, T>,
        contract: &Contract,
        options: &Options,
    ) -> Result<Self, Error> {
        Self::planned(None, view, contract, options)
    }

    fn planned<T: Element>(
        before: Option<&Known>,
        view: ArrayViewD<'_, T>,
        contract: &Contract,
        options: &Options,
    ) -> Result<Self, Error> {
        let shape = view.shape().to_vec();
        let axes = Axes::of(&shape, T::TYPE.bytes())?;
        contract.check(axes.channels)?;
        let layout = Layout::choose(axes);
        let pictures = layout.pictures(axes)?;
        if pictures.pixels() > MAX_PIXELS / 2 {
            return Err(Error::shape(&shape, "one time step is larger than ffmpeg takes"));
        }
        let mut parts = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        if !axes.is_empty() {
            let folded = folded(view, axes)?;
            // Of an array with other channels there is nothing to keep.
            let before = before.filter(|before| before.plan.channels.len() == axes.channels);
            let grid = Grid { view: folded.view(), axes, layout, pictures, before };
            let mut exact = vec![false; axes.channels];
            // A bound too near to what the type can tell apart makes more exceptions than values: then all are kept.
            loop {
                let (plans, rests, side, costs, broken) = take_apart(&grid, contract, options, &exact)?;
                parts = (plans, rests, side, costs);
                if broken.is_empty() {
                    break;
                }
                for channel in broken {
                    exact[channel] = true;
                }
            }
        }
        let (channels, rests, side, costs) = parts;
        let planes = match contract {
            Contract::Quality { planes: Planes::Three, .. } => 3,
            _ => 1,
        };
        let streams = split::streams(&channels, pictures, planes)?;
        let side_bytes = side.len() as u64;
        let failed = |error: std::io::Error| Error::side(format!("zstd: {error}"));
        let side = if side.is_empty() {
            side
        } else {
            zstd::bulk::compress(&side, options.side_level).map_err(failed)?
        };
        let plan =
            SegmentPlan { element: T::TYPE, shape, layout, channels, streams, side_bytes, mixture: None };
        Ok(Self { plan, pictures, rests, side, costs })
    }

    /// What it takes to restore the segment, besides the frames and the side data.
    #[must_use]
    pub fn plan(&self) -> &SegmentPlan {
        &self.plan
    }

    /// The values that no frame holds, compressed. Empty when there are none.
    #[must_use]
    pub fn side(&self) -> &[u8] {
        &self.side
    }

    /// Takes out all frames of each stream, one after the other. What they were made of goes.
    pub(crate) fn take_frames(&mut self) -> Vec<Vec<u8>> {
        let mut streams = Vec::new();
        for plan in &self.plan.streams {
            let mut frames = Vec::with_capacity(plan.frames * plan.frame_bytes());
            (0..plan.frames).for_each(|number| self.append_frame(plan, number, &mut frames));
            streams.push(frames);
        }
        self.rests.clear();
        streams
    }

    /// The plan and the compressed side data, which together with the frames are all there is.
    pub(crate) fn into_parts(self) -> (SegmentPlan, Vec<u8>) {
        (self.plan, self.side)
    }

    /// Puts one frame of a stream into `out`, as ffmpeg takes it: plane after plane, samples above 8 bits in two
    /// bytes, little-endian.
    ///
    /// # Errors
    ///
    /// When there is no such frame.
    pub fn frame(&self, stream: usize, number: usize, out: &mut Vec<u8>) -> Result<(), Error> {
        out.clear();
        let Some(plan) = self.plan.streams.get(stream).filter(|plan| number < plan.frames) else {
            let what = "there is none".to_owned();
            return Err(ErrorKind::Frame { stream, frame: number, what }.into());
        };
        self.append_frame(plan, number, out);
        Ok(())
    }

    fn append_frame(&self, plan: &StreamPlan, number: usize, out: &mut Vec<u8>) {
        let Pictures { height, width, .. } = self.pictures;
        let (start, bytes) = (out.len(), plan.frame_bytes() / usize::from(plan.planes));
        out.reserve(bytes * usize::from(plan.planes));
        let mut plane = 0;
        for channel in &plan.channels {
            let slot = Slot::new(&self.plan.channels[*channel], plan);
            let pixels = number * height * width..(number + 1) * height * width;
            match &self.rests[*channel] {
                Rests::Narrow(rests) => {
                    rests[pixels].chunks_exact(width).for_each(|row| slot.write(row, out));
                }
                Rests::Wide(rests) => rests[pixels].chunks_exact(width).for_each(|row| slot.write(row, out)),
            }
            if plan.planes > 1 {
                plane += 1;
                pad(out, start + bytes * plane, slot.stride());
            }
        }
        let stride = bytes / plan.height;
        for plane in plane.max(1)..=usize::from(plan.planes) {
            if plan.planes > 1 && plane < usize::from(plan.planes) {
                out.extend_from_within(start + bytes * (plane - 1)..);
            } else {
                pad(out, start + bytes * plane, stride);
            }
        }
    }
}

/// Repeats the last row of a plane until it is full.
fn pad(out: &mut Vec<u8>, end: usize, stride: usize) {
    while out.len() < end {
        out.extend_from_within(out.len() - stride..);
    }
}

/// Keeps what came back within a bound, and counts what would have been kept else.
fn keep_within<T: Number>(bound: f64, row: &[T], back: &[T], kept: &mut [bool]) -> usize {
    with_widest(
        #[inline(always)]
        || {
            // Mostly all did, and that is seen sooner.
            let all = row.iter().zip(back).fold(true, |all, (value, back)| all & value.within(*back, bound));
            if all {
                return 0;
            }
            let mut broken = 0;
            for ((kept, value), back) in kept.iter_mut().zip(row).zip(back) {
                let within = value.within(*back, bound);
                broken += usize::from(*kept && !within);
                *kept &= within;
            }
            broken
        },
    )
}

/// Plans, rests, side data, costs, and the channels in which a bound makes too many exceptions.
type Parts = (Vec<ChannelPlan>, Vec<Rests>, Vec<u8>, Vec<f64>, Vec<usize>);

/// Chooses what is done with each channel, and does it.
fn take_apart<T: Number>(
    grid: &Grid<'_, T>,
    contract: &Contract,
    options: &Options,
    exact: &[bool],
) -> Result<Parts, Error> {
    let Pictures { count, height, width } = grid.pictures;
    let values = grid.axes.time * grid.axes.height * grid.axes.width;
    let mut choices: Vec<Choice> = Vec::new();
    for (channel, exact) in exact.iter().enumerate() {
        let bound = contract.bound(channel).filter(|_| !exact);
        let before = choices.last();
        let choice = choose(grid, channel, contract, bound, before, options)?;
        choices.push(choice);
    }
    let mut histories: Vec<_> =
        choices.iter().map(|choice| History::new(grid.pictures, &choice.predictor, choice.range)).collect();
    let mut rests: Vec<_> =
        choices.iter().map(|choice| Rests::new(choice.range, count * height * width)).collect();
    let mut masks: Vec<_> = choices.iter().map(|_| Mask::default()).collect();
    let mut broken = vec![0_usize; choices.len()];
    let mut places = vec![0_usize; choices.len()];
    let (mut row, mut back) = (Vec::new(), Vec::new());
    let (mut codes, mut kept, mut left, mut line) =
        (vec![0; width], vec![true; width], vec![0; width], Line::default());
    for picture in 0..count {
        for (channel, choice) in choices.iter().enumerate() {
            let (earlier, now) = histories.split_at_mut(channel);
            for y in 0..height {
                grid.row(channel, picture, y, &mut row);
                let length = row.len();
                choice.scheme.codes(&row, &mut codes, &mut kept);
                predict::row(
                    &choice.predictor,
                    grid.layout,
                    choice.range,
                    (&mut now[0], earlier.last()),
                    y,
                    &mut codes[..length],
                    &mut left[..length],
                    &Way::Forth { kept: &kept[..length] },
                    &mut line,
                );
                left[length..].fill(0);
                rests[channel].extend(&left);
                let place = places[channel];
                places[channel] += length;
                if let Some(bound) = choice.bound {
                    back.clear();
                    back.resize(length, T::default());
                    choice.scheme.values(&codes[..length], &mut back);
                    broken[channel] += keep_within(bound, &row, &back, &mut kept);
                }
                if !kept[..length].iter().all(|kept| *kept) {
                    for (x, value) in row.iter().enumerate().filter(|(x, _)| !kept[*x]) {
                        masks[channel].mark(place + x, *value);
                    }
                }
            }
        }
        histories.iter_mut().for_each(History::turn);
    }
    let mut side = Vec::new();
    let mut plans = Vec::new();
    let costs = choices.iter().map(|choice| choice.fitted_cost).collect();
    for (channel, ((choice, rests), mask)) in choices.into_iter().zip(&rests).zip(masks).enumerate() {
        let exceptions = mask.count();
        mask.write(values, &mut side);
        let before = grid.before.and_then(|before| before.plan.channels.get(channel));
        plans.push(choice.plan(rests, exceptions, grid.pictures, before, options));
    }
    for (channel, (plan, rests)) in plans.iter().zip(&rests).enumerate() {
        for stream in split::above(plan, channel, grid.pictures) {
            rests.write(Slot::new(plan, &stream), width, &mut side);
        }
    }
    let broken = (0..plans.len()).filter(|channel| broken[*channel] * 20 > values).collect();
    Ok((plans, rests, side, costs, broken))
}
