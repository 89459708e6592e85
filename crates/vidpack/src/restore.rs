//! A segment, restored from frames.

use ndarray::{Array4, ArrayD, IxDyn, s};

use crate::array::{Number, with_type};
use crate::layout::{Along, Axes, Pictures};
use crate::mask::Marked;
use crate::plan::SegmentPlan;
use crate::transform::predict::{self, History, Line, Range, Way};
use crate::transform::split::Slot;
use crate::{Array, Error, ErrorKind};

/// Restores one segment. Frames of a stream come in their order, streams in any.
#[derive(Debug)]
pub struct Restorer {
    plan: SegmentPlan,
    axes: Axes,
    pictures: Pictures,
    sums: Vec<Sums>,
    frames: Vec<usize>,
}

/// What the frames say of the rests of one channel. Room is taken as frames arrive.
#[derive(Debug)]
enum Sums {
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Restorer {
    /// Begins a segment.
    ///
    /// # Errors
    ///
    /// When the plan contradicts itself.
    pub fn new(plan: SegmentPlan) -> Result<Self, Error> {
        plan.check()?;
        let axes = Axes::of(&plan.shape, plan.element.bytes())?;
        let pictures = plan.layout.pictures(axes)?;
        let sums = plan
            .channels
            .iter()
            .map(|channel| if channel.rest_bits <= 32 { Sums::Narrow(Vec::new()) } else { Sums::Wide(Vec::new()) })
            .collect();
        let frames = vec![0; plan.streams.len()];
        Ok(Self { plan, axes, pictures, sums, frames })
    }

    /// Takes the next frame of a stream.
    ///
    /// # Errors
    ///
    /// When the stream has no more frames, or the frame another size.
    pub fn push(&mut self, stream: usize, frame: &[u8]) -> Result<(), Error> {
        let number = self.frames.get(stream).copied().unwrap_or_default();
        let fail = |what: String| Err(ErrorKind::Frame { stream, frame: number, what }.into());
        let Some(plan) = self.plan.streams.get(stream).filter(|plan| number < plan.frames) else {
            return fail("there is none".to_owned());
        };
        if frame.len() != plan.frame_bytes() {
            return fail(format!("{} bytes where there are {}", frame.len(), plan.frame_bytes()));
        }
        let Pictures { height, width, .. } = self.pictures;
        let plane = frame.len() / usize::from(plan.planes);
        let mut row = vec![0; width];
        for (index, channel) in plan.channels.iter().enumerate() {
            let slot = Slot::new(&self.plan.channels[*channel], plan);
            let start = if plan.planes > 1 { plane * index } else { height * slot.stride() * index };
            let sums = &mut self.sums[*channel];
            sums.reach((number + 1) * height * width);
            for (y, bytes) in frame[start..].chunks_exact(slot.stride()).take(height).enumerate() {
                row.fill(0);
                slot.read(bytes, &mut row);
                sums.add((number * height + y) * width, &row);
            }
        }
        self.frames[stream] += 1;
        Ok(())
    }

    /// The restored array, when all frames are there.
    ///
    /// # Errors
    ///
    /// When frames are missing or the side data are not those of the plan.
    pub fn finish(self, side: &[u8]) -> Result<Array, Error> {
        for (stream, (plan, frames)) in self.plan.streams.iter().zip(&self.frames).enumerate() {
            if *frames < plan.frames {
                let what = format!("it is missing, the stream should have {}", plan.frames);
                return Err(ErrorKind::Frame { stream, frame: *frames, what }.into());
            }
        }
        let own = self.plan.mixture.as_ref().map_or(self.plan.side_bytes, |mixture| mixture.side_bytes);
        let side = decompressed(side, own)?;
        match &self.plan.mixture {
            None => with_type!(self.plan.element, T => self.values::<T>(&side).map(T::array)),
            Some(mixture) => {
                let components = with_type!(self.plan.element, T => self.values::<T>(&[]).map(T::array))?;
                mixture.restore(&components, &side)
            }
        }
    }

    fn values<T: Number>(&self, side: &[u8]) -> Result<ArrayD<T>, Error> {
        let Axes { time, height, width, channels } = self.axes;
        let mut array = Array4::<T>::default((time, height, width, channels));
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
        let (mut codes, mut rests, mut line) = (vec![0; pictures.width], vec![0; pictures.width], Line::default());
        let mut values = Vec::new();
        for picture in 0..pictures.count {
            for (channel, plan) in plans.iter().enumerate() {
                let (earlier, now) = histories.split_at_mut(channel);
                let unbiased = Slot::of_rests(plan);
                for y in 0..pictures.height {
                    let row = self.plan.layout.row(self.axes, picture, y);
                    let length = row.length;
                    self.sums[channel].get((picture * pictures.height + y) * pictures.width, unbiased, &mut rests);
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
                    values.clear();
                    values.resize(length, T::default());
                    plan.scheme.values(&codes[..length], &mut values);
                    marked[channel].apply(places[channel], &mut values);
                    places[channel] += length;
                    if length == 0 {
                        continue;
                    }
                    let mut out = match row.along {
                        Along::Width => array.slice_mut(s![row.time, row.height, row.width..row.width + length, channel]),
                        Along::Time => array.slice_mut(s![row.time..row.time + length, row.height, row.width, channel]),
                    };
                    for (out, value) in out.iter_mut().zip(&values) {
                        *out = *value;
                    }
                }
            }
            histories.iter_mut().for_each(History::turn);
        }
        array.into_shape_with_order(IxDyn(&self.plan.shape)).map_err(|error| Error::plan(error.to_string()))
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
    let side = zstd::bulk::decompress(compressed, expected).map_err(|error| Error::side(error.to_string()))?;
    if side.len() != expected {
        return Err(Error::side(format!("{} bytes where there should be {expected}", side.len())));
    }
    Ok(side)
}

impl Sums {
    fn reach(&mut self, values: usize) {
        match self {
            Self::Narrow(sums) => sums.resize(sums.len().max(values), 0),
            Self::Wide(sums) => sums.resize(sums.len().max(values), 0),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "narrow sums have at most 32 bits")]
    fn add(&mut self, start: usize, row: &[u64]) {
        match self {
            Self::Narrow(sums) => sums[start..].iter_mut().zip(row).for_each(|(sum, part)| *sum |= *part as u32),
            Self::Wide(sums) => sums[start..].iter_mut().zip(row).for_each(|(sum, part)| *sum |= part),
        }
    }

    /// The rests of one row. A channel without a stream has none.
    fn get(&self, start: usize, slot: Slot, rests: &mut [i64]) {
        match self {
            Self::Narrow(sums) if sums.is_empty() => rests.fill(0),
            Self::Wide(sums) if sums.is_empty() => rests.fill(0),
            Self::Narrow(sums) => {
                rests.iter_mut().zip(&sums[start..]).for_each(|(rest, sum)| *rest = slot.rest(u64::from(*sum)));
            }
            Self::Wide(sums) => rests.iter_mut().zip(&sums[start..]).for_each(|(rest, sum)| *rest = slot.rest(*sum)),
        }
    }
}
