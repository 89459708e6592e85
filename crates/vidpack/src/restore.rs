//! A segment, restored from frames.

use std::borrow::Borrow;

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use crate::array::{Number, with_type};
use crate::layout::{Axes, Pictures, Row};
use crate::mask::{self, Marked};
use crate::plan::SegmentPlan;
use crate::transform::predict::{self, History, Line, Range, Way};
use crate::transform::split::{self, Slot};
use crate::{Array, ArrayView, Error, ErrorKind, Layout};

/// Restores one segment. Frames of a stream come in their order, streams in any.
#[derive(Debug)]
pub struct Restorer {
    segment: Restored,
    /// The frames of each stream. Room is taken as they arrive.
    frames: Vec<Vec<u8>>,
}

impl Restorer {
    /// Begins a segment.
    ///
    /// # Errors
    ///
    /// When the plan contradicts itself.
    pub fn new(plan: SegmentPlan) -> Result<Self, Error> {
        let frames = vec![Vec::new(); plan.streams.len()];
        Ok(Self { segment: Restored::new(plan)?, frames })
    }

    /// Takes the next frame of a stream.
    ///
    /// # Errors
    ///
    /// When the stream has no more frames, or the frame another size.
    pub fn push(&mut self, stream: usize, frame: &[u8]) -> Result<(), Error> {
        let taken = self.frames.get(stream).zip(self.segment.plan.streams.get(stream));
        let number = taken.map_or(0, |(frames, plan)| frames.len() / plan.frame_bytes().max(1));
        let fail = |what: String| Err(ErrorKind::Frame { stream, frame: number, what }.into());
        let Some((_, plan)) = taken.filter(|(_, plan)| number < plan.frames) else {
            return fail("there is none".to_owned());
        };
        if frame.len() != plan.frame_bytes() {
            return fail(format!("{} bytes where there are {}", frame.len(), plan.frame_bytes()));
        }
        self.frames[stream].extend_from_slice(frame);
        Ok(())
    }

    /// The restored array, when all frames are there.
    ///
    /// # Errors
    ///
    /// When frames are missing or the side data are not those of the plan.
    pub fn finish(self, side: &[u8]) -> Result<Array, Error> {
        self.segment.array(&self.frames, side)
    }
}

/// The array of a segment, from the frames of each of its streams, one after the other.
pub(crate) fn restore<F: Borrow<Vec<u8>>>(
    plan: SegmentPlan,
    frames: &[F],
    side: &[u8],
) -> Result<Array, Error> {
    Restored::new(plan)?.array(frames, side)
}

/// The same piece by piece: some time steps and the number of the first, in order. Each piece is looked at while it is in the
/// processor's cache, and the whole is never in memory.
pub(crate) fn restore_pieces<F: Borrow<Vec<u8>>>(
    plan: SegmentPlan,
    frames: &[F],
    side: &[u8],
    visitor: &mut dyn FnMut(usize, &ArrayView<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let restored = Restored::new(plan)?;
    if restored.plan.mixture.is_some() {
        return visitor(0, &restored.array(frames, side)?.view());
    }
    let side = restored.given(frames, side)?;
    let sources = restored.sources(frames, &side);
    let mut shape = restored.plan.shape.clone();
    with_type!(restored.plan.element, T => restored.pieces::<T>(&sources, &side, &mut |first, steps, values| {
        shape[0] = steps;
        let view = ArrayViewD::from_shape(IxDyn(&shape), values).map_err(|error| Error::plan(error.to_string()))?;
        visitor(first, &T::view(view))
    }))
}

/// Takes some time steps: the number of the first, how many there are, and their values in order.
type Visitor<'v, T> = &'v mut dyn FnMut(usize, usize, &[T]) -> Result<(), Error>;

#[derive(Debug)]
struct Restored {
    plan: SegmentPlan,
    axes: Axes,
    pictures: Pictures,
}

/// Where the rests of a channel stand in a stream.
struct Source<'f> {
    frames: &'f [u8],
    frame_bytes: usize,
    start: usize,
    slot: Slot,
}

impl Restored {
    fn new(plan: SegmentPlan) -> Result<Self, Error> {
        plan.check()?;
        let axes = Axes::of(&plan.shape, plan.element.bytes())?;
        let pictures = plan.layout.pictures(axes)?;
        Ok(Self { plan, axes, pictures })
    }

    fn array<F: Borrow<Vec<u8>>>(&self, frames: &[F], side: &[u8]) -> Result<Array, Error> {
        let side = self.given(frames, side)?;
        let sources = self.sources(frames, &side);
        match &self.plan.mixture {
            None => with_type!(self.plan.element, T => self.values::<T>(&sources, &side).map(T::array)),
            Some(mixture) => {
                let components =
                    with_type!(self.plan.element, T => self.values::<T>(&sources, &[]).map(T::array))?;
                mixture.restore(&components, &side)
            }
        }
    }

    /// Holds what was given against the plan, and gives the side data as they were before they were compressed.
    fn given<F: Borrow<Vec<u8>>>(&self, frames: &[F], side: &[u8]) -> Result<Vec<u8>, Error> {
        for (stream, plan) in self.plan.streams.iter().enumerate() {
            let bytes = frames.get(stream).map_or(0, |frames| frames.borrow().len());
            if bytes != plan.frames * plan.frame_bytes() {
                let what = format!("it is missing or too much, the stream should have {}", plan.frames);
                return Err(
                    ErrorKind::Frame { stream, frame: bytes / plan.frame_bytes().max(1), what }.into()
                );
            }
        }
        let own = self.plan.mixture.as_ref().map_or(self.plan.side_bytes, |mixture| mixture.side_bytes);
        decompressed(side, own)
    }

    /// The sources of each channel.
    fn sources<'f, F: Borrow<Vec<u8>>>(&self, frames: &'f [F], side: &'f [u8]) -> Vec<Vec<Source<'f>>> {
        let mut sources: Vec<_> = self.plan.channels.iter().map(|_| Vec::new()).collect();
        for (plan, frames) in self.plan.streams.iter().zip(frames) {
            let (frames, frame_bytes) = (frames.borrow().as_slice(), plan.frame_bytes());
            let plane = frame_bytes / usize::from(plan.planes);
            for (index, channel) in plan.channels.iter().enumerate() {
                let slot = Slot::new(&self.plan.channels[*channel], plan);
                let start = if plan.planes > 1 {
                    plane * index
                } else {
                    self.pictures.height * slot.stride() * index
                };
                sources[*channel].push(Source { frames, frame_bytes, start, slot });
            }
        }
        // Behind the exceptions of all channels. The plan was held against itself: it is as long as it says.
        let values = self.axes.time * self.axes.height * self.axes.width;
        let exceptions =
            self.plan.channels.iter().map(|plan| mask::bytes(values, plan.exceptions, self.plan.element));
        let mut rest =
            usize::try_from(exceptions.sum::<u64>()).ok().and_then(|at| side.get(at..)).unwrap_or_default();
        for (index, channel) in self.plan.channels.iter().enumerate() {
            for plan in split::above(channel, index, self.pictures) {
                let frame_bytes = plan.frame_bytes();
                let (frames, after) = rest.split_at(rest.len().min(plan.frames * frame_bytes));
                let slot = Slot::new(channel, &plan);
                sources[index].push(Source { frames, frame_bytes, start: 0, slot });
                rest = after;
            }
        }
        sources
    }

    fn values<T: Number>(&self, sources: &[Vec<Source<'_>>], side: &[u8]) -> Result<ArrayD<T>, Error> {
        let Axes { time, height, width, channels } = self.axes;
        let mut array = Vec::with_capacity(time * height * width * channels);
        self.pieces::<T>(sources, side, &mut |_, _, values| {
            array.extend_from_slice(values);
            Ok(())
        })?;
        ArrayD::from_shape_vec(IxDyn(&self.plan.shape), array).map_err(|error| Error::plan(error.to_string()))
    }

    /// Passes on the time steps of each picture.
    fn pieces<T: Number>(
        &self,
        sources: &[Vec<Source<'_>>],
        side: &[u8],
        visitor: Visitor<'_, T>,
    ) -> Result<(), Error> {
        let Axes { time, height, width, channels } = self.axes;
        let steps = match self.plan.layout {
            Layout::Picture => 1,
            Layout::Runs { run, stacked } => run.saturating_mul(stacked),
        };
        let mut piece = Vec::new();
        let plans = &self.plan.channels;
        let mut side = side;
        let mut marked = Vec::new();
        for plan in plans {
            marked.push(Marked::take(&mut side, time * height * width, plan.exceptions, self.plan.element)?);
        }
        let range = |index: usize| Range { bits: plans[index].bits, dropped: plans[index].dropped };
        let mut histories: Vec<_> = (0..plans.len())
            .map(|index| History::new(self.pictures, &plans[index].predictor, range(index)))
            .collect();
        let mut places = vec![0; plans.len()];
        let pictures = self.pictures;
        let (mut codes, mut rests, mut line) =
            (vec![0; pictures.width], vec![0; pictures.width], Line::default());
        let (mut values, mut sums) = (vec![T::default(); pictures.width], vec![0; pictures.width]);
        for picture in 0..pictures.count {
            let first = picture * steps;
            let steps = steps.min(time - first);
            piece.resize(steps * height * width * channels, T::default());
            for (channel, plan) in plans.iter().enumerate() {
                let (earlier, now) = histories.split_at_mut(channel);
                let rest = Slot::of_rests(plan);
                for y in 0..pictures.height {
                    let row = self.plan.layout.row(self.axes, picture, y);
                    let length = row.length;
                    if length == 0 {
                        continue;
                    }
                    // A channel without a stream has no rests.
                    sums.fill(0);
                    for source in &sources[channel] {
                        source.add(picture, y, &mut sums);
                    }
                    if sources[channel].is_empty() {
                        rests.fill(0);
                    } else {
                        rest.rests(&sums, &mut rests);
                    }
                    predict::row(
                        &plan.predictor,
                        self.plan.layout,
                        range(channel),
                        (&mut now[0], earlier.last()),
                        y,
                        &mut codes[..length],
                        &mut rests[..length],
                        &Way::Back,
                        &mut line,
                    );
                    let values = &mut values[..length];
                    plan.scheme.values(&codes[..length], values);
                    marked[channel].apply(places[channel], values);
                    places[channel] += length;
                    let (start, stride) = self.axes.place(Row { time: row.time - first, ..row }, channel);
                    if stride == 1 {
                        piece[start..start + length].copy_from_slice(values);
                    } else {
                        piece[start..]
                            .iter_mut()
                            .step_by(stride)
                            .zip(values)
                            .for_each(|(out, value)| *out = *value);
                    }
                }
            }
            histories.iter_mut().for_each(History::turn);
            visitor(first, steps, &piece)?;
        }
        Ok(())
    }
}

impl Source<'_> {
    /// Adds what this stream says of a row.
    fn add(&self, picture: usize, y: usize, sums: &mut [u64]) {
        let start = picture * self.frame_bytes + self.start + y * self.slot.stride();
        let row = self.frames.get(start..start + self.slot.stride());
        self.slot.read(row.unwrap_or_default(), sums);
    }
}

/// Side data, which have to be so many bytes.
fn decompressed(compressed: &[u8], bytes: u64) -> Result<Vec<u8>, Error> {
    let expected = usize::try_from(bytes).map_err(|_| Error::plan("side data beyond memory"))?;
    if expected == 0 {
        let empty = compressed.is_empty().then(Vec::new);
        return empty.ok_or_else(|| Error::side("there should be none"));
    }
    // Zstandard makes at most 2^17 bytes of a few; what claims more is not believed.
    if expected / (1 << 17) > compressed.len() {
        return Err(Error::side("they are too short"));
    }
    let side =
        zstd::bulk::decompress(compressed, expected).map_err(|error| Error::side(error.to_string()))?;
    if side.len() != expected {
        return Err(Error::side(format!("{} bytes where there should be {expected}", side.len())));
    }
    Ok(side)
}
