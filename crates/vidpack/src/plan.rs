//! What it takes to restore a segment: a plan, as data.

mod mixture;
mod number;

pub(crate) use mixture::Mixer;
pub use mixture::{MixedChannel, MixturePlan};
pub use number::Bits;

use serde::{Deserialize, Serialize};

use crate::layout::Axes;
use crate::transform::split;
use crate::transform::{Predictor, Scheme};
use crate::{ElementType, Error, Layout, MAX_SEGMENT_BYTES};

/// Everything that is needed to restore one segment from the frames of its streams and its side data.
///
/// What is in it is held against itself before anything is restored, so that it may come from anywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SegmentPlan {
    /// The type of the elements: those of the array, or of its components.
    pub element: ElementType,
    /// The shape of the segment, as the caller gave it; with components on its last axis where there are some.
    pub shape: Vec<usize>,
    /// How values become pictures.
    pub layout: Layout,
    /// What is done with each channel.
    pub channels: Vec<ChannelPlan>,
    /// The videos of this segment.
    pub streams: Vec<StreamPlan>,
    /// How many bytes the side data have when they are no longer compressed.
    pub side_bytes: u64,
    /// How the array comes back from components, where they are what is packed. All side data are then its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mixture: Option<MixturePlan>,
}

/// What is done with one channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChannelPlan {
    /// How values become integers.
    pub scheme: Scheme,
    /// How many bits these integers have. Zero: all are the same, and no video is needed.
    pub bits: u8,
    /// How many of the lowest bits of each integer are not kept.
    pub dropped: u8,
    /// What is predicted, so that only the rest is kept.
    pub predictor: Predictor,
    /// How many bits the rest has.
    pub rest_bits: u8,
    /// How many of these are noise, and kept apart.
    pub noise_bits: u8,
    /// How many bits above the noise stand in the first samples. What is above is zero, but for outliers.
    pub sample_bits: u8,
    /// How many values are kept exactly in the side data instead.
    pub exceptions: u64,
    /// Where the bits above the first samples are.
    #[serde(default, skip_serializing_if = "Above::is_in_videos")]
    pub above: Above,
}

/// Where the bits above the first samples are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Above {
    /// In streams of their own.
    #[default]
    Videos,
    /// In the side data, behind the exceptions of all channels: a byte for each value, picture after picture. So few are not zero
    /// that no video comes as near to nothing.
    Side,
}

impl Above {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
    fn is_in_videos(&self) -> bool {
        *self == Self::Videos
    }
}

/// One video of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StreamPlan {
    /// What the frames hold.
    pub content: Content,
    /// The channels in this stream: below each other in one plane, or one in each plane.
    pub channels: Vec<usize>,
    /// Planes of a frame.
    pub planes: u8,
    /// Bits of a sample: 8, or 9 to 16 in two bytes, little-endian.
    pub bits: u8,
    /// Samples in a row.
    pub width: usize,
    /// Rows of a plane.
    pub height: usize,
    /// How many frames there are.
    pub frames: usize,
}

/// What the frames of a stream hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Content {
    /// Samples that a codec makes smaller.
    Samples {
        /// Which of the channels' samples: 0 stands above the noise, 1 above that, and so on.
        part: u8,
    },
    /// Bits that no codec makes smaller, packed without gaps. Any lossless codec will do; the fastest is raw video.
    Noise,
}

impl StreamPlan {
    /// How many bytes one frame has.
    #[must_use]
    pub fn frame_bytes(&self) -> usize {
        self.width * self.height * usize::from(self.planes) * if self.bits > 8 { 2 } else { 1 }
    }
}

impl SegmentPlan {
    /// The type of the elements of the array.
    #[must_use]
    pub fn array_element(&self) -> ElementType {
        self.mixture.as_ref().map_or(self.element, |mixture| mixture.element)
    }

    /// The shape of the segment of the array.
    #[must_use]
    pub fn array_shape(&self) -> Vec<usize> {
        self.mixture.as_ref().map_or_else(|| self.shape.clone(), |mixture| mixture.shape(&self.shape))
    }

    /// Holds the plan against itself.
    ///
    /// # Errors
    ///
    /// When a part contradicts another, or the plan speaks of more than a segment may have.
    pub fn check(&self) -> Result<(), Error> {
        let axes = Axes::of(&self.shape, self.element.bytes())?;
        let pictures = self.layout.pictures(axes)?;
        if self.layout == Layout::Picture && Layout::choose(axes) != Layout::Picture {
            return Err(Error::plan("the pictures are too small to stand alone"));
        }
        let expected = if axes.is_empty() { 0 } else { axes.channels };
        if self.channels.len() != expected {
            return Err(Error::plan(format!("{} channels where there are {expected}", self.channels.len())));
        }
        let values = axes.time * axes.height * axes.width;
        let mut side = 0_u64;
        for (index, channel) in self.channels.iter().enumerate() {
            channel.check(self.element, index, self.layout, values)?;
            side = side.saturating_add(crate::mask::bytes(values, channel.exceptions, self.element));
            let above = split::above(channel, index, pictures);
            side =
                above.fold(side, |side, plan| side.saturating_add((plan.frames * plan.frame_bytes()) as u64));
        }
        if side > 2 * MAX_SEGMENT_BYTES as u64 {
            return Err(Error::plan(format!("{side} bytes of side data")));
        }
        if side != self.side_bytes {
            return Err(Error::plan(format!(
                "{} bytes of side data where there are {side}",
                self.side_bytes
            )));
        }
        if let Some(mixture) = &self.mixture {
            mixture.check(self.element, &self.shape)?;
            if side > 0 {
                return Err(Error::plan("components have no exceptions of their own"));
            }
        }
        let planes = self.streams.iter().map(|stream| stream.planes).max().unwrap_or(1);
        if self.streams != split::streams(&self.channels, pictures, planes)? {
            return Err(Error::plan("the streams are not those of the channels"));
        }
        Ok(())
    }
}

impl ChannelPlan {
    fn check(&self, element: ElementType, index: usize, layout: Layout, values: usize) -> Result<(), Error> {
        let refuse = |what: &str| Err(Error::plan(format!("channel {index}: {what}")));
        self.scheme.check(element).or_else(|what| refuse(&what))?;
        self.predictor.check(index, layout).or_else(|what| refuse(&what))?;
        let Self { bits, dropped, rest_bits, noise_bits, sample_bits, .. } = *self;
        if bits > 64 || rest_bits > 64 || dropped > bits || noise_bits > rest_bits || noise_bits > 56 {
            return refuse("more bits than there are");
        }
        if (dropped > 0) && (bits > 62 || rest_bits > 62) {
            return refuse("bits are dropped from integers that are too wide");
        }
        if bits == 0 && rest_bits > 0 {
            return refuse("a rest of nothing");
        }
        if !(1..=16).contains(&sample_bits) {
            return refuse("samples have 1 to 16 bits");
        }
        if self.exceptions > values as u64 {
            return refuse("more exceptions than values");
        }
        Ok(())
    }
}
