//! What a caller asks for.

use serde::{Deserialize, Serialize};

use crate::{Above, Bits, Error};

/// What has to come back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Contract {
    /// Every bit.
    Lossless,
    /// Every finite value to within a bound, whether the difference is taken in the type of the elements or in `f64`; every other
    /// value bit for bit.
    MaxError(Bound),
    /// What a codec for pictures leaves of values that were scaled to integers of so many bits (1 to 16, usually 8, 10 or
    /// 12), channel by channel. Values that are not finite come back bit for bit.
    Quality {
        /// Bits of a sample.
        bits: u8,
        /// How channels share a stream.
        planes: Planes,
    },
}

/// How far a restored value may lie from the original: finite and more than zero.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Bound {
    /// The same for all channels.
    All(f64),
    /// One for each channel, that is, for each position on the last of two or four axes.
    Channels(Vec<f64>),
}

/// How channels share a stream of a codec for pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Planes {
    /// Below each other in one plane of luminance.
    #[default]
    Stacked,
    /// Three channels are the three planes of a frame. The last frame repeats its last channel where there are fewer.
    Three,
}

/// How much is done for a smaller file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// How many values are looked at to choose. More cost time and seldom find anything else.
    pub sampled_values: usize,
    /// The level of zstd for the side data.
    pub side_level: i32,
    /// The step of samples for a codec for pictures, where all channels share one.
    pub(crate) unit: Option<Bits>,
    /// Where the bits above the first samples have to be, where that is not to be chosen.
    pub(crate) above: Option<Above>,
}

impl Default for Options {
    fn default() -> Self {
        Self { sampled_values: 1 << 15, side_level: 3, unit: None, above: None }
    }
}

impl Contract {
    /// The bound of a channel, if there is one.
    pub(crate) fn bound(&self, channel: usize) -> Option<f64> {
        match self {
            Self::MaxError(Bound::All(bound)) => Some(*bound),
            Self::MaxError(Bound::Channels(bounds)) => bounds.get(channel).copied(),
            _ => None,
        }
    }

    pub(crate) fn check(&self, channels: usize) -> Result<(), Error> {
        match self {
            Self::Lossless => Ok(()),
            Self::MaxError(bound) => {
                let bounds = match bound {
                    Bound::All(bound) => std::slice::from_ref(bound),
                    Bound::Channels(bounds) if bounds.len() == channels => bounds,
                    Bound::Channels(bounds) => {
                        return Err(Error::contract(format!(
                            "{} bounds for {channels} channels",
                            bounds.len()
                        )));
                    }
                };
                match bounds.iter().find(|bound| !(bound.is_finite() && **bound > 0.0)) {
                    Some(bound) => Err(Error::contract(format!(
                        "a bound of {bound}; it has to be finite and more than zero"
                    ))),
                    None => Ok(()),
                }
            }
            Self::Quality { bits, .. } if (1..=16).contains(bits) => Ok(()),
            Self::Quality { bits, .. } => Err(Error::contract(format!("{bits} bits; samples have 1 to 16"))),
        }
    }
}
