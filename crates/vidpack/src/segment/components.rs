//! Segments of which the components are packed.

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use super::Segment;
use crate::array::{Number, with_view};
use crate::layout::Axes;
use crate::mask::Mask;
use crate::pca::{Components, Covariance};
use crate::plan::{Bits, MixedChannel, Mixer, MixturePlan};
use crate::{Above, Array, ArrayView, Contract, Element, Error, Options};

/// Rows of all channels that are taken in together.
const BLOCK: usize = 1024;

/// How many rows are looked at to choose a step.
const SAMPLED_ROWS: usize = 4096;

/// The largest integer that a component becomes.
const MAX_CODE: f64 = (1 << 30) as f64;

impl Segment {
    /// Plans one segment by way of its principal components. Where these cannot keep the contract, it is as
    /// [`Segment::new`].
    ///
    /// # Errors
    ///
    /// As [`Segment::new`]; [`ErrorKind::Components`](crate::ErrorKind::Components) when there are fewer than two channels,
    /// or more than [`Components::MAX_CHANNELS`]; [`ErrorKind::Contract`](crate::ErrorKind::Contract) when nothing may be lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use ndarray::Array;
    /// use vidpack::{Bound, Components, Contract, Options, Segment};
    ///
    /// // Six bands, all of one field.
    /// let field = |t: usize, y: usize, x: usize| (t as f32 * 0.1 + y as f32 * 0.2).sin() + (x as f32 * 0.3).cos();
    /// let bands = Array::from_shape_fn((10, 16, 20, 6), |(t, y, x, band)| field(t, y, x) * (band + 1) as f32);
    /// let contract = Contract::MaxError(Bound::All(0.01));
    /// let view = bands.view().into();
    /// let segment = Segment::with_components(&view, &contract, &Options::default(), Components::default())?;
    ///
    /// assert_eq!(segment.plan().array_shape(), [10, 16, 20, 6]);
    /// // One component is all there is to keep.
    /// assert_eq!(segment.plan().shape, [10, 16, 20, 1]);
    /// # Ok::<(), vidpack::Error>(())
    /// ```
    pub fn with_components(
        view: &ArrayView<'_>,
        contract: &Contract,
        options: &Options,
        components: Components,
    ) -> Result<Self, Error> {
        with_view!(view, view => of(view.view(), contract, options, components))
    }
}

fn of<T: Element>(
    view: ArrayViewD<'_, T>,
    contract: &Contract,
    options: &Options,
    components: Components,
) -> Result<Segment, Error> {
    let shape = view.shape().to_vec();
    let axes = Axes::of(&shape, T::TYPE.bytes())?;
    components.check(if shape.len().is_multiple_of(2) { axes.channels } else { 1 })?;
    contract.check(axes.channels)?;
    if *contract == Contract::Lossless {
        return Err(Error::contract("components lose digits, and nothing may be lost"));
    }
    if axes.is_empty() {
        return Segment::of(view, contract, options);
    }
    let values = view.as_standard_layout();
    let rows = values.as_slice().ok_or_else(|| Error::shape(&shape, "it cannot be brought in order"))?;
    let kept = components.count.unwrap_or(axes.channels).min(axes.channels);
    let mixed = Analysis::of(rows, axes.channels, contract).and_then(|analysis| match *contract {
        Contract::Quality { bits, .. } => analysis.pictures(rows, kept, bits),
        _ => analysis.integers(rows, kept, contract),
    });
    let Some(mixed) = mixed else { return Segment::of(view, contract, options) };
    let mut inner_shape = shape;
    if let Some(last) = inner_shape.last_mut() {
        *last = mixed.count;
    }
    // All side data are of the channels.
    let inner_options = Options { unit: mixed.unit, above: Some(Above::Videos), ..options.clone() };
    let contract = if mixed.unit.is_some() { contract.clone() } else { Contract::Lossless };
    let mut segment =
        Segment::new(&mixed.components.into_shape(&inner_shape)?.view(), &contract, &inner_options)?;
    debug_assert!(segment.side.is_empty(), "components are finite, and integers or in range");
    let failed = |error: std::io::Error| Error::side(format!("zstd: {error}"));
    if !mixed.side.is_empty() {
        segment.side = zstd::bulk::compress(&mixed.side, options.side_level).map_err(failed)?;
    }
    segment.plan.mixture = Some(mixed.plan);
    Ok(segment)
}

/// Components of a segment, and the way back.
struct Mixed {
    components: Array,
    count: usize,
    /// The step that all share, where samples of a codec for pictures are made of them.
    unit: Option<Bits>,
    plan: MixturePlan,
    side: Vec<u8>,
}

/// How channels vary together.
struct Analysis<T> {
    lows: Vec<T>,
    highs: Vec<T>,
    /// The mean of each channel, above its least value.
    offsets: Vec<f64>,
    /// What each channel is divided by.
    scales: Vec<f64>,
    directions: Vec<Vec<f64>>,
}

impl<T: Number> Analysis<T> {
    /// None where there is nothing to be found, or no room for errors.
    fn of(rows: &[T], channels: usize, contract: &Contract) -> Option<Self> {
        let mut ranges: Vec<Option<(T, T)>> = vec![None; channels];
        for row in rows.chunks_exact(channels) {
            for (range, value) in ranges.iter_mut().zip(row).filter(|(_, value)| value.finite()) {
                let (low, high) = range.unwrap_or((*value, *value));
                *range = Some((
                    if *value < low { *value } else { low },
                    if *value > high { *value } else { high },
                ));
            }
        }
        let (lows, highs): (Vec<_>, Vec<_>) = ranges.into_iter().map(Option::unwrap_or_default).unzip();
        let scales = (0..channels).map(|channel| scale(contract, channel, lows[channel], highs[channel]));
        let scales = scales.collect::<Option<Vec<_>>>()?;
        let mut analysis = Self { lows, highs, offsets: vec![0.0; channels], scales, directions: Vec::new() };
        analysis.offsets = analysis.means(rows);
        let mut covariance = Covariance::new(channels);
        let mut block = Vec::with_capacity(BLOCK * channels);
        for rows in rows.chunks(BLOCK * channels) {
            block.clear();
            rows.chunks_exact(channels).for_each(|row| block.extend(analysis.apart(row)));
            covariance.merge(&Covariance::of(&block, channels));
        }
        analysis.directions = covariance.directions()?;
        Some(analysis)
    }

    /// The means of what is finite, above the least.
    fn means(&self, rows: &[T]) -> Vec<f64> {
        let mut means = vec![(0.0, 0.0); self.lows.len()];
        for row in rows.chunks_exact(self.lows.len()) {
            for ((mean, low), value) in
                means.iter_mut().zip(&self.lows).zip(row).filter(|(_, value)| value.finite())
            {
                mean.1 += 1.0;
                mean.0 += (value.above(*low) - mean.0) / mean.1;
            }
        }
        means.into_iter().map(|(mean, _)| mean).collect()
    }

    /// How far a row is from the means, scaled. What is not finite is as far as the mean.
    fn apart<'a>(&'a self, row: &'a [T]) -> impl Iterator<Item = f64> + 'a {
        let values = row.iter().zip(&self.lows).zip(self.offsets.iter().zip(&self.scales));
        values.map(
            |((value, low), (offset, scale))| {
                if value.finite() { (value.above(*low) - offset) / scale } else { 0.0 }
            },
        )
    }

    /// The components of a row.
    fn components(&self, row: &[T], apart: &mut Vec<f64>, out: &mut Vec<f64>) {
        apart.clear();
        apart.extend(self.apart(row));
        for direction in &self.directions {
            out.push(direction.iter().zip(&*apart).map(|(entry, apart)| entry * apart).sum());
        }
    }

    /// Components for a codec that may lose some of them.
    fn pictures(mut self, rows: &[T], kept: usize, bits: u8) -> Option<Mixed> {
        self.directions.truncate(kept);
        let channels = self.lows.len();
        let (mut apart, mut all) = (Vec::new(), Vec::new());
        rows.chunks_exact(channels).for_each(|row| self.components(row, &mut apart, &mut all));
        let ranges: Vec<f64> = (0..kept)
            .map(|component| {
                let of_component = || all.iter().skip(component).step_by(kept).copied();
                of_component().fold(f64::MIN, f64::max) - of_component().fold(f64::MAX, f64::min)
            })
            .collect();
        let unit = ranges.iter().copied().fold(0.0, f64::max) / f64::from((1_u32 << bits) - 1);
        if !(unit.is_normal() && (1.0 / unit).is_finite()) {
            return None;
        }
        let count = ranges.iter().rposition(|range| *range >= unit).map_or(1, |last| last + 1);
        let components: Vec<f64> =
            all.chunks_exact(kept).flat_map(|row| row[..count].iter().copied()).collect();
        let plan = self.plan(count, 1.0);
        let (plan, side) = with_exceptions(plan, rows, &components, count, |value, _, _| value.finite());
        let components = ArrayD::from_shape_vec(IxDyn(&[components.len()]), components).ok()?;
        Some(Mixed { components: components.into(), count, unit: Some(Bits::of_f64(unit)), plan, side })
    }

    /// Components as integers that bring every value back to within its bound, but for exceptions.
    fn integers(mut self, rows: &[T], kept: usize, contract: &Contract) -> Option<Mixed> {
        self.directions.truncate(kept);
        let channels = self.lows.len();
        let bounds: Vec<f64> = (0..channels).map(|channel| contract.bound(channel).unwrap_or(0.0)).collect();
        let within = |value: T, back: T, channel: usize| {
            value.finite() && back.finite() && value.within(back, bounds[channel])
        };
        let step = self.step(rows, &within)?;
        let (mut apart, mut row_of_all, mut codes) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows.chunks_exact(channels) {
            row_of_all.clear();
            self.components(row, &mut apart, &mut row_of_all);
            for component in &row_of_all {
                codes.push(code(*component, step)?);
            }
        }
        let count = (0..kept)
            .rev()
            .find(|component| codes.iter().skip(*component).step_by(kept).any(|code| *code != 0));
        let count = count.map_or(1, |last| last + 1);
        let codes: Vec<i32> = codes.chunks_exact(kept).flat_map(|row| row[..count].iter().copied()).collect();
        let plan = self.plan(count, step);
        let (plan, side) = with_exceptions(plan, rows, &codes, count, within);
        let unwanted = plan.channels.iter().map(|channel| channel.exceptions).sum::<u64>();
        let missing = rows.iter().filter(|value| !value.finite()).count() as u64;
        if (unwanted - missing) * 20 > rows.len() as u64 {
            return None;
        }
        let components = ArrayD::from_shape_vec(IxDyn(&[codes.len()]), codes).ok()?;
        Some(Mixed { components: components.into(), count, unit: None, plan, side })
    }

    /// The step of the integers that a sample says costs least, in bounds. Errors of several components add up, so that the
    /// widest step, of two bounds, makes many exceptions, and a finer one more bits.
    #[expect(clippy::cast_precision_loss, reason = "it is a sample: what is lost changes no value")]
    fn step(&self, rows: &[T], within: &dyn Fn(T, T, usize) -> bool) -> Option<f64> {
        /// Steps of 2, √2, 1, … bounds.
        const STEPS: i32 = 12;
        let channels = self.lows.len();
        let every = (rows.len() / channels).div_ceil(SAMPLED_ROWS).max(1);
        let sample: Vec<&[T]> = rows.chunks_exact(channels).step_by(every).collect();
        let (mut apart, mut components) = (Vec::new(), Vec::new());
        for row in &sample {
            self.components(row, &mut apart, &mut components);
        }
        let count = self.directions.len();
        let mut best = None;
        for step in (0..STEPS).map(|power| 2.0 * 0.5_f64.powf(f64::from(power) / 2.0)) {
            let Some(codes) =
                components.iter().map(|component| code(*component, step)).collect::<Option<Vec<i32>>>()
            else {
                continue;
            };
            let plan = self.plan(count, step);
            let mixers: Vec<Mixer<T>> = plan.channels.iter().map(Mixer::new).collect();
            let beyond = sample.iter().zip(codes.chunks_exact(count)).flat_map(|(row, codes)| {
                let values = row.iter().zip(&mixers).enumerate();
                values.filter(|(channel, (value, mixer))| {
                    value.finite() && !within(**value, mixer.value(codes), *channel)
                })
            });
            // An exception has its bits, and its place.
            let exceptions = beyond.count() as f64 * (8.0 * T::TYPE.bytes() as f64 + 10.0);
            let bits = (0..count).map(|component| {
                let squares =
                    codes.iter().skip(component).step_by(count).map(|code| f64::from(*code).powi(2));
                // The entropy of a normal distribution in whole numbers, and nothing for nothing.
                0.5 * (1.0 + 12.0 * squares.sum::<f64>() / sample.len() as f64).log2()
            });
            let cost = exceptions + bits.sum::<f64>() * sample.len() as f64;
            if best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, step));
            }
        }
        best.map(|(_, step)| step)
    }

    /// The way back from components in some step.
    fn plan(&self, count: usize, step: f64) -> MixturePlan {
        let channels = (0..self.lows.len()).map(|channel| {
            let weight =
                |direction: &Vec<f64>| Bits::of_f64(direction[channel] * self.scales[channel] * step);
            MixedChannel {
                low: Bits(self.lows[channel].bits()),
                high: Bits(self.highs[channel].bits()),
                offset: Bits::of_f64(self.offsets[channel]),
                weights: self.directions[..count].iter().map(weight).collect(),
                exceptions: 0,
            }
        });
        MixturePlan { element: T::TYPE, channels: channels.collect(), side_bytes: 0 }
    }
}

/// What a channel is divided by, so that errors of all weigh the same. None where there is no room for errors.
fn scale<T: Number>(contract: &Contract, channel: usize, low: T, high: T) -> Option<f64> {
    let range = high.above(low);
    let Some(bound) = contract.bound(channel) else {
        return Some(if range > 0.0 { range } else { 1.0 }).filter(|range| range.is_finite());
    };
    let room = if T::TYPE.is_float() {
        // What rounding to the type may add.
        let half = if T::TYPE.bytes() == 4 { 2_f64.powi(-24) } else { 2_f64.powi(-52) };
        let room = bound - low.to_f64().abs().max(high.to_f64().abs()) * half;
        Some(room).filter(|room| *room >= bound * 0.5)
    } else {
        // Rounding to integers takes what a bound has beyond one.
        (bound >= 1.0).then(|| bound.floor().min(range.max(1.0)) + 0.5)
    };
    room.filter(|room| room.is_normal() && range.is_finite())
}

/// A component as an integer.
#[expect(clippy::cast_possible_truncation, reason = "held within the range before")]
fn code(component: f64, step: f64) -> Option<i32> {
    let code = (component / step).round();
    (code.abs() <= MAX_CODE).then_some(code as i32)
}

/// Marks what does not come back well enough.
fn with_exceptions<T: Number, S: Copy + Into<f64>>(
    mut plan: MixturePlan,
    rows: &[T],
    components: &[S],
    count: usize,
    enough: impl Fn(T, T, usize) -> bool,
) -> (MixturePlan, Vec<u8>) {
    let channels = plan.channels.len();
    let mut side = Vec::new();
    for (channel, plan) in plan.channels.iter_mut().enumerate() {
        let mixer: Mixer<T> = Mixer::new(plan);
        let mut mask = Mask::default();
        let values = rows.iter().skip(channel).step_by(channels).copied();
        for (place, (value, components)) in values.zip(components.chunks_exact(count)).enumerate() {
            if !enough(value, mixer.value(components), channel) {
                mask.mark(place, value);
            }
        }
        plan.exceptions = mask.count();
        mask.write(rows.len() / channels, &mut side);
    }
    plan.side_bytes = side.len() as u64;
    (plan, side)
}
