//! How channels come back from components.

use ndarray::{ArrayD, IxDyn};
use serde::{Deserialize, Serialize};

use super::Bits;
use crate::array::{Number, with_type};
use crate::layout::Axes;
use crate::mask::{self, Marked};
use crate::{Array, ElementType, Error};

/// How the channels of an array come back from components, which are what the plan around it restores.
///
/// Components are integers (`i32`) or `f64`, on the last axis. A value of a channel is `low + by`, with
/// `by = offset + weights[0] × component[0] + weights[1] × component[1] + …`, added up in this order, each product and each sum
/// rounded to an `f64`; `low` where `by` is not above zero, `high` where it is at least what lies between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MixturePlan {
    /// The type of the array's elements.
    pub element: ElementType,
    /// Its channels.
    pub channels: Vec<MixedChannel>,
    /// How many bytes the side data have when they are no longer compressed: exceptions, channel after channel.
    pub side_bytes: u64,
}

/// How one channel comes back from components.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MixedChannel {
    /// The bits of the least finite value, in the element type.
    pub low: Bits,
    /// The bits of the greatest.
    pub high: Bits,
    /// Where all components are zero, an `f64` above `low`.
    pub offset: Bits,
    /// What each component adds, an `f64`.
    pub weights: Vec<Bits>,
    /// How many values are kept exactly in the side data instead.
    pub exceptions: u64,
}

/// A channel, ready to be restored.
pub(crate) struct Mixer<T> {
    low: T,
    high: T,
    range: f64,
    offset: f64,
    weights: Vec<f64>,
}

impl<T: Number> Mixer<T> {
    pub(crate) fn new(channel: &MixedChannel) -> Self {
        let (low, high) = (T::of_bits(channel.low.0), T::of_bits(channel.high.0));
        let weights = channel.weights.iter().map(|weight| weight.to_f64()).collect();
        Self { low, high, range: high.above(low), offset: channel.offset.to_f64(), weights }
    }

    /// The value of some components.
    pub(crate) fn value<S: Copy + Into<f64>>(&self, components: &[S]) -> T {
        let mut by = self.offset;
        for (weight, component) in self.weights.iter().zip(components) {
            // Two roundings, here and everywhere: fused they would give other values.
            let product = weight * (*component).into();
            by += product;
        }
        if by >= self.range {
            self.high
        } else if by > 0.0 {
            T::raised(self.low, by)
        } else {
            self.low
        }
    }
}

impl MixturePlan {
    /// The shape of the array whose components have this one.
    pub(crate) fn shape(&self, components: &[usize]) -> Vec<usize> {
        let mut shape = components.to_vec();
        if let Some(last) = shape.last_mut() {
            *last = self.channels.len();
        }
        shape
    }

    /// Holds it against the components that it speaks of.
    pub(crate) fn check(&self, element: ElementType, components: &[usize]) -> Result<(), Error> {
        let count = components.last().copied().unwrap_or(0);
        if !matches!(element, ElementType::I32 | ElementType::F64) || !matches!(components.len(), 2 | 4) {
            return Err(Error::plan(format!("components of {element} and shape {components:?}")));
        }
        if self.channels.len() < count || self.channels.len() > crate::Components::MAX_CHANNELS {
            return Err(Error::plan(format!("{} channels of {count} components", self.channels.len())));
        }
        let axes = Axes::of(&self.shape(components), self.element.bytes())?;
        let values = axes.time * axes.height * axes.width;
        let mut side = 0_u64;
        for (index, channel) in self.channels.iter().enumerate() {
            if channel.weights.len() != count || channel.exceptions > values as u64 {
                return Err(Error::plan(format!("channel {index} is not mixed from {count} components")));
            }
            side = side.saturating_add(mask::bytes(values, channel.exceptions, self.element));
        }
        if side != self.side_bytes {
            return Err(Error::plan(format!(
                "{} bytes beside the components where there are {side}",
                self.side_bytes
            )));
        }
        Ok(())
    }

    /// The array of some components.
    pub(crate) fn restore(&self, components: &Array, side: &[u8]) -> Result<Array, Error> {
        with_type!(self.element, T => match components {
            Array::I32(components) => self.values::<T, i32>(components, side).map(T::array),
            Array::F64(components) => self.values::<T, f64>(components, side).map(T::array),
            other => Err(Error::plan(format!("components of {}", other.element_type()))),
        })
    }

    fn values<T: Number, S: Copy + Into<f64>>(
        &self,
        components: &ArrayD<S>,
        side: &[u8],
    ) -> Result<ArrayD<T>, Error> {
        /// Values of a channel that are restored together.
        const AT_ONCE: usize = 4096;
        let count = components.shape().last().copied().unwrap_or(0).max(1);
        let components_in_order =
            components.as_slice().ok_or_else(|| Error::plan("components out of order"))?;
        let (values, channels) = (components_in_order.len() / count, self.channels.len());
        let mixers: Vec<Mixer<T>> = self.channels.iter().map(Mixer::new).collect();
        let mut side = side;
        let mut marked = Vec::new();
        for channel in &self.channels {
            marked.push(Marked::take(&mut side, values, channel.exceptions, self.element)?);
        }
        let mut out = vec![T::default(); values * channels];
        let mut column = Vec::new();
        let blocks = out.chunks_mut(AT_ONCE * channels).zip(components_in_order.chunks(AT_ONCE * count));
        for (block, (out, components)) in blocks.enumerate() {
            for (channel, (mixer, marked)) in mixers.iter().zip(&mut marked).enumerate() {
                column.clear();
                column.extend(components.chunks_exact(count).map(|components| mixer.value(components)));
                marked.apply(block * AT_ONCE, &mut column);
                out.iter_mut()
                    .skip(channel)
                    .step_by(channels)
                    .zip(&column)
                    .for_each(|(out, value)| *out = *value);
            }
        }
        let shape = self.shape(components.shape());
        ArrayD::from_shape_vec(IxDyn(&shape), out).map_err(|error| Error::plan(error.to_string()))
    }
}
