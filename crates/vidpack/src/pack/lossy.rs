//! Segments that go to a codec for pictures: encoded, decoded, measured, and encoded again until they are near enough.

use std::path::Path;
use std::sync::Arc;

use super::part::{FinishedPart, Part};
use super::reader::PartReader;
use crate::array::with_view;
use crate::quality::{Meter, Similar};
use crate::segment::Known;
use crate::{
    Array, ArrayOptions, ArrayView, Checksum, Codec, ErrorKind, Ffmpeg, Layout, Quality, Result, Segment,
};

/// How a segment is encoded.
pub(super) struct Lossy<'p> {
    pub(super) ffmpeg: &'p Ffmpeg,
    pub(super) folder: &'p Path,
    /// What the files of the part are called.
    pub(super) stem: String,
    /// What the array is called, and where in it the segment begins: for errors.
    pub(super) name: &'p str,
    pub(super) start: usize,
    pub(super) options: &'p ArrayOptions,
}

/// A part of one segment, what it restores to, and how near that is.
type Packed = (FinishedPart, Array, Meter);

/// How many runs of successive pictures of a segment are encoded to find a rate factor, and how many pictures a run has. Codecs
/// predict from one picture to the next, so single ones would not do.
const SAMPLED_RUNS: usize = 3;
const RUN_STEPS: usize = 8;

impl Lossy<'_> {
    /// Encodes a segment, as near as the options ask for. `before` is of the segments before.
    pub(super) fn pack(
        &self,
        view: &ArrayView<'_>,
        segment: &Segment,
        streams: &[Vec<u8>],
        before: &Meter,
    ) -> Result<Packed> {
        let all = Frames { view, segment, streams };
        match self.options.target_psnr_db {
            None => self.encode(&all, &self.options.codec, before),
            Some(target) => self.reach(&all, target, before),
        }
    }

    /// The smallest that is near enough.
    fn reach(&self, all: &Frames<'_, '_>, target: f64, before: &Meter) -> Result<Packed> {
        let codecs = from_best(&self.options.codec);
        let reached = |psnr: Option<f64>| psnr.is_none_or(|psnr| psnr >= target);
        let (mut good, mut bad) = (0, codecs.len());
        let sample = sample(all.view, all.segment.plan().layout);
        let mut segment = segment(None, &sample.view(), self.options)?;
        let streams = segment.take_frames();
        let sample = Frames { view: &sample.view(), segment: &segment, streams: &streams };
        // How near the sample is says where to begin. Nothing rests on it.
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            let (part, _, measured) = self.encode(&sample, &codecs[middle], before)?;
            part.remove(self.folder)?;
            if reached(measured.psnr_db()) { good = middle } else { bad = middle }
        }
        let mut back = 1;
        loop {
            let packed = self.encode(all, &codecs[good], before)?;
            let psnr = packed.2.psnr_db();
            if reached(psnr) {
                return Ok(packed);
            }
            packed.0.remove(self.folder)?;
            if good == 0 {
                let (name, start, best_db) = (self.name.to_owned(), self.start, psnr.unwrap_or(0.0));
                return Err(ErrorKind::Psnr { name, start, target_db: target, best_db }.into());
            }
            good = good.saturating_sub(back);
            back *= 2;
        }
    }

    fn encode(&self, frames: &Frames<'_, '_>, codec: &Codec, before: &Meter) -> Result<Packed> {
        let plan = frames.segment.plan();
        let options = ArrayOptions { codec: codec.clone(), ..self.options.clone() };
        let mut part = Part::create(self.ffmpeg, self.folder, self.stem.clone(), &plan.streams, &options)?;
        let streams: Vec<_> = frames.streams.iter().cloned().map(Arc::new).collect();
        part.push(frames.segment, &streams)?;
        drop(streams);
        let mut part = part.finish()?;
        let mut segments = part.entry.segments.clone();
        let mut reader = PartReader::of(self.ffmpeg, self.folder, &part.entry, part.sources(), 0..1)?;
        let decoded = reader.next_unchecked()?;
        let restored = reader.restore(&decoded)?;
        drop(reader);
        for segment in &mut segments {
            segment.frames = decoded.iter().map(|frames| Checksum::of(frames)).collect();
        }
        part.entry.segments = segments;
        let view = frames.view;
        let mut meter = Meter::new(view.shape(), view.element_type().bytes(), Similar::Measure)?;
        meter.add(view, &restored.view());
        meter.widen(before);
        Ok((part, restored, meter))
    }
}

/// A segment as it goes to the encoders.
struct Frames<'f, 'v> {
    view: &'f ArrayView<'v>,
    segment: &'f Segment,
    streams: &'f [Vec<u8>],
}

/// A segment of an array, as its options say.
///
/// One that knows what was found for the one before it keeps the kinds of its streams, where that costs little.
pub(super) fn segment(
    before: Option<&Known>,
    view: &ArrayView<'_>,
    options: &ArrayOptions,
) -> Result<Segment> {
    match options.components {
        Some(components) => Segment::with_components(view, &options.contract, &options.options, components),
        None => Segment::knowing(before, view, &options.contract, &options.options),
    }
}

/// A codec with every rate factor that it takes, the best first: that is its lossless way, if it has one.
fn from_best(codec: &Codec) -> Vec<Codec> {
    let (make, lossy): (fn(crate::Lossy) -> Codec, _) = match codec {
        Codec::X264(lossy) => (Codec::X264, lossy),
        Codec::X265(lossy) => (Codec::X265, lossy),
        Codec::Vp9(lossy) => (Codec::Vp9, lossy),
        Codec::AomAv1(lossy) => (Codec::AomAv1, lossy),
        Codec::SvtAv1(lossy) => (Codec::SvtAv1, lossy),
        // These have none: they are near enough as they are, or not.
        Codec::Ffv1(_) | Codec::Other { .. } => return vec![codec.clone()],
    };
    let qualities = match codec {
        // To SVT-AV1 a factor of 0 is none, and it has no lossless way.
        Codec::SvtAv1(_) => 1..=63,
        Codec::X264(_) | Codec::X265(_) => 0..=51,
        _ => 0..=63,
    };
    let lossless = (!matches!(codec, Codec::SvtAv1(_))).then_some(Quality::Lossless);
    let qualities = lossless.into_iter().chain(qualities.map(|factor: u8| Quality::Crf(f32::from(factor))));
    qualities.map(|quality| make(crate::Lossy { quality, ..lossy.clone() })).collect()
}

/// A few runs of pictures, spread evenly; all, where there are few, or where time does not run from picture to picture.
fn sample(view: &ArrayView<'_>, layout: Layout) -> Array {
    let steps = view.shape().first().copied().unwrap_or(0);
    let runs: Vec<_> = if layout == Layout::Picture && steps > SAMPLED_RUNS * RUN_STEPS {
        let last = steps - RUN_STEPS;
        (0..SAMPLED_RUNS)
            .map(|run| run * last / (SAMPLED_RUNS - 1))
            .flat_map(|start| start..start + RUN_STEPS)
            .collect()
    } else {
        (0..steps).collect()
    };
    with_view!(view, view => view.select(ndarray::Axis(0), &runs).into())
}
