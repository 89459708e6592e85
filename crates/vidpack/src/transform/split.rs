//! What is left of the codes as samples of frames, and back.
//!
//! The lowest bits of a rest may be noise: no codec makes them smaller, and FFV1 makes 8 bits of noise 8.56. They are
//! packed without gaps. What is above is shifted to the middle of its range, so that small rests of either sign leave all
//! higher samples zero.

use super::vectors::with_widest;
use crate::layout::{MIN_SIDE, Pictures};
use crate::{Above, ChannelPlan, Content, Error, Predictor, StreamPlan};

/// The most pixels of a plane: what ffmpeg takes, less a margin.
pub(crate) const MAX_PIXELS: usize = 1 << 27;

/// One sample of a rest: its lowest bit, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    from: u8,
    bits: u8,
}

/// The videos of these channels.
pub(crate) fn streams(
    channels: &[ChannelPlan],
    pictures: Pictures,
    planes: u8,
) -> Result<Vec<StreamPlan>, Error> {
    let mut streams: Vec<StreamPlan> = Vec::new();
    for (index, channel) in channels.iter().enumerate() {
        for (content, bits) in contents(channel) {
            let width = match content {
                Content::Noise => {
                    (pictures.width * usize::from(channel.noise_bits)).div_ceil(8).max(MIN_SIDE)
                }
                Content::Samples { .. } => pictures.width.max(MIN_SIDE),
            };
            let open = streams.iter_mut().find(|stream| {
                let more = stream.channels.len() + 1;
                let room = match planes {
                    3 => more <= 3,
                    _ => more.saturating_mul(pictures.height).saturating_mul(width) <= MAX_PIXELS,
                };
                stream.content == content && stream.bits == bits && stream.width == width && room
            });
            if let Some(stream) = open {
                stream.channels.push(index);
                continue;
            }
            if pictures.height.saturating_mul(width) > 2 * MAX_PIXELS {
                return Err(Error::plan("a picture is larger than ffmpeg takes"));
            }
            let frames = pictures.count;
            streams.push(StreamPlan {
                content,
                channels: vec![index],
                planes,
                bits,
                width,
                height: 0,
                frames,
            });
        }
    }
    for stream in &mut streams {
        let below = if planes == 3 { 1 } else { stream.channels.len() };
        stream.height = (below * pictures.height).max(MIN_SIDE);
    }
    Ok(streams)
}

fn contents(channel: &ChannelPlan) -> impl Iterator<Item = (Content, u8)> + '_ {
    let noise = (channel.noise_bits > 0).then_some((Content::Noise, 8));
    let count = if channel.above == Above::Side { 1 } else { usize::MAX };
    let samples = parts(channel).zip(0..).take(count);
    let samples = samples.map(|(part, index)| (Content::Samples { part: index }, depth(part.bits)));
    noise.into_iter().chain(samples)
}

/// What would be streams of a channel, and stands in the side data instead.
pub(crate) fn above(
    channel: &ChannelPlan,
    index: usize,
    pictures: Pictures,
) -> impl Iterator<Item = StreamPlan> {
    let count = if channel.above == Above::Side { usize::MAX } else { 0 };
    let Pictures { count: frames, height, width } = pictures;
    // Their bits are 8 at most.
    parts(channel).zip(0..).take(count).skip(1).map(move |(_, part)| StreamPlan {
        content: Content::Samples { part },
        channels: vec![index],
        planes: 1,
        bits: 8,
        width,
        height,
        frames,
    })
}

/// The least depth of pixels that holds so many bits.
fn depth(bits: u8) -> u8 {
    match bits {
        0..=8 => 8,
        9..=10 => 10,
        11..=12 => 12,
        _ => 16,
    }
}

fn parts(channel: &ChannelPlan) -> impl Iterator<Item = Part> + '_ {
    let mut from = channel.noise_bits;
    std::iter::from_fn(move || {
        let left = channel.rest_bits.saturating_sub(from);
        let most = if from == channel.noise_bits { channel.sample_bits } else { 8 };
        let part = Part { from, bits: left.min(most) };
        from += part.bits;
        (left > 0).then_some(part)
    })
}

/// As many bits as fill the samples of a rest, and those that the segment before had: what is not needed is zero and costs
/// next to nothing, and the next segment may have it.
pub(crate) fn filled(rest_bits: u8, noise_bits: u8, sample_bits: u8, before: Option<&ChannelPlan>) -> u8 {
    if rest_bits <= noise_bits {
        return rest_bits;
    }
    let full = match rest_bits - noise_bits {
        above if above > sample_bits => noise_bits + sample_bits + (above - sample_bits).next_multiple_of(8),
        above => noise_bits + above.max(depth(above)).min(sample_bits),
    };
    let same = before.filter(|plan| plan.noise_bits == noise_bits && plan.sample_bits == sample_bits);
    // Where bits are dropped, no more are taken back.
    full.max(same.map_or(0, |plan| plan.rest_bits)).min(62).max(rest_bits)
}

/// What is added to the rests of a channel.
fn bias(channel: &ChannelPlan) -> u64 {
    if channel.predictor == Predictor::None {
        return 0;
    }
    parts(channel).next().map_or(0, |part| 1 << (part.from + part.bits - 1))
}

/// The word that fewer than eight bytes begin.
fn short(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

fn mask(bits: u8) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// How one channel's rests become samples of one stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    bias: u64,
    all: u64,
    rest_bits: u8,
    signed: bool,
    part: Part,
    noise: bool,
    wide: bool,
    stride: usize,
}

impl Slot {
    pub(crate) fn new(channel: &ChannelPlan, stream: &StreamPlan) -> Self {
        let (part, noise) = match stream.content {
            Content::Noise => (Some(Part { from: 0, bits: channel.noise_bits }), true),
            Content::Samples { part } => (parts(channel).nth(usize::from(part)), false),
        };
        let wide = stream.bits > 8;
        Self {
            bias: bias(channel),
            all: mask(channel.rest_bits),
            rest_bits: channel.rest_bits,
            signed: channel.predictor != Predictor::None,
            part: part.unwrap_or(Part { from: 0, bits: 0 }),
            noise,
            wide,
            stride: stream.width * if wide { 2 } else { 1 },
        }
    }

    /// What is needed to take rests back from their sums.
    pub(crate) fn of_rests(channel: &ChannelPlan) -> Self {
        Self {
            bias: bias(channel),
            all: mask(channel.rest_bits),
            rest_bits: channel.rest_bits,
            signed: channel.predictor != Predictor::None,
            part: Part { from: 0, bits: 0 },
            noise: false,
            wide: false,
            stride: 0,
        }
    }

    /// Appends one row of samples, padded by its last.
    pub(crate) fn write<R: Copy + Into<i64>>(self, rests: &[R], out: &mut Vec<u8>) {
        with_widest(
            #[inline(always)]
            || self.write_samples(rests, out),
        );
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn write_samples<R: Copy + Into<i64>>(self, rests: &[R], out: &mut Vec<u8>) {
        let end = out.len() + self.stride;
        let Part { from, bits } = self.part;
        let (bias, all, low) = (self.bias, self.all, mask(bits));
        let samples = rests
            .iter()
            .map(|rest| (((*rest).into().cast_unsigned().wrapping_add(bias) & all) >> from) & low);
        if self.noise {
            let mut at = out.len();
            // Whole words are written, so that the last one needs room.
            out.resize(end + 8, 0);
            // At most 7 bits wait, and at most 56 come.
            let (mut held, mut count) = (0_u64, 0);
            for sample in samples {
                held |= sample << count;
                count += bits;
                if let Some(word) = out[at..].first_chunk_mut() {
                    *word = held.to_le_bytes();
                }
                at += usize::from(count / 8);
                held >>= count & !7;
                count &= 7;
            }
            if count > 0 {
                out[at] = (held & 0xff) as u8;
                at += 1;
            }
            out.truncate(at);
            out.resize(end, 0);
        } else if self.wide {
            let start = out.len();
            out.resize(end, 0);
            let (row, _) = out[start..].as_chunks_mut::<2>();
            for (out, sample) in row.iter_mut().zip(samples) {
                *out = ((sample & 0xffff) as u16).to_le_bytes();
            }
            if let Some(last) = rests.len().checked_sub(1).and_then(|last| row.get(last).copied()) {
                row[rests.len()..].fill(last);
            }
        } else {
            out.extend(samples.map(|sample| (sample & 0xff) as u8));
            let last = out.last().copied().unwrap_or_default();
            out.resize(end, last);
        }
    }

    /// Adds what one row of samples says of the rests.
    pub(crate) fn read(self, row: &[u8], rests: &mut [u64]) {
        with_widest(
            #[inline(always)]
            || self.read_samples(row, rests),
        );
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn read_samples(self, row: &[u8], rests: &mut [u64]) {
        let Part { from, bits } = self.part;
        let low = mask(bits);
        if self.noise {
            let (mut at, bits) = (0, usize::from(bits));
            for rest in rests {
                let bytes = row.get(at / 8..).unwrap_or_default();
                let word = bytes.first_chunk().map_or_else(|| short(bytes), |word| u64::from_le_bytes(*word));
                *rest |= (word >> (at % 8)) & low;
                at += bits;
            }
        } else if self.wide {
            for (rest, sample) in rests.iter_mut().zip(row.as_chunks::<2>().0) {
                *rest |= (u64::from(u16::from_le_bytes(*sample)) & low) << from;
            }
        } else {
            for (rest, sample) in rests.iter_mut().zip(row) {
                *rest |= (u64::from(*sample) & low) << from;
            }
        }
    }

    /// The rests whose parts were added up.
    pub(crate) fn rests(self, sums: &[u64], rests: &mut [i64]) {
        with_widest(
            #[inline(always)]
            || self.rests_of(sums, rests),
        );
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "see `with_widest`")]
    fn rests_of(self, sums: &[u64], rests: &mut [i64]) {
        let rests = rests.iter_mut().zip(sums);
        let bias = self.bias;
        match self.rest_bits {
            0 => rests.for_each(|(rest, _)| *rest = 0),
            own if self.signed => {
                let above = 64 - own;
                rests
                    .for_each(|(rest, sum)| *rest = (sum.wrapping_sub(bias) << above).cast_signed() >> above);
            }
            _ => rests.for_each(|(rest, sum)| *rest = sum.wrapping_sub(bias).cast_signed()),
        }
    }

    pub(crate) fn stride(self) -> usize {
        self.stride
    }
}
