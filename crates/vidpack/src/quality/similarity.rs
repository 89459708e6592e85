//! Structural similarity of pictures.

use ndarray::{ArrayViewD, Axis};

use crate::array::Number;
use crate::layout::Axes;

/// The side of a window, and how far it is from one to the next.
const SIDE: usize = 8;
const STEP: usize = 4;

/// What keeps quotients of small numbers quiet, for values from 0 to 1: those of Wang and others, 2004.
const LUMINANCE: f64 = 0.01 * 0.01;
const CONTRAST: f64 = 0.03 * 0.03;

/// The mean similarity of the pictures of each channel.
#[derive(Debug, Clone)]
pub(super) struct Similarity {
    height: usize,
    width: usize,
    means: Vec<Mean>,
}

#[derive(Debug, Clone, Default)]
struct Mean {
    sum: f64,
    pictures: u64,
}

impl Similarity {
    /// Pictures are at least as large as a window: others are not laid out as pictures.
    pub(super) fn new(axes: Axes) -> Self {
        Self { height: axes.height, width: axes.width, means: vec![Mean::default(); axes.channels] }
    }

    /// Takes in the pictures of some time steps.
    pub(super) fn add<T: Number>(&mut self, given: &ArrayViewD<'_, T>, restored: &ArrayViewD<'_, T>) {
        let channels = self.means.len();
        let mut ranges: Vec<Option<(T, T)>> = vec![None; channels];
        for (position, value) in given.iter().copied().enumerate().filter(|(_, value)| value.finite()) {
            let range = &mut ranges[position % channels];
            let (low, high) = range.unwrap_or((value, value));
            *range = Some((if value < low { value } else { low }, if value > high { value } else { high }));
        }
        let pixels = self.height * self.width;
        let mut planes = [vec![0.0; pixels], vec![0.0; pixels]];
        for (given, restored) in given.axis_iter(Axis(0)).zip(restored.axis_iter(Axis(0))) {
            for (channel, range) in ranges.iter().enumerate() {
                let Some((low, high)) = *range else { continue };
                let span = high.above(low);
                if !(span > 0.0 && span.is_finite()) {
                    continue;
                }
                let scaled = |value: T| {
                    let from_low = if value >= low { value.above(low) } else { -low.above(value) };
                    if value.finite() { from_low / span } else { f64::NAN }
                };
                for (plane, values) in planes.iter_mut().zip([&given, &restored]) {
                    let values = values.iter().skip(channel).step_by(channels);
                    plane.iter_mut().zip(values).for_each(|(plane, value)| *plane = scaled(*value));
                }
                if let Some(similarity) = similarity(&planes, self.height, self.width) {
                    self.means[channel].sum += similarity;
                    self.means[channel].pictures += 1;
                }
            }
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (mean, other) in self.means.iter_mut().zip(&other.means) {
            mean.sum += other.sum;
            mean.pictures += other.pictures;
        }
    }

    /// That of one channel, if it has a window without gaps.
    pub(super) fn of(&self, channel: usize) -> Option<f64> {
        let mean = self.means.get(channel).filter(|mean| mean.pictures > 0)?;
        Some(mean.sum / mean.pictures as f64)
    }
}

/// The mean over the windows of a picture that have no gaps.
fn similarity(planes: &[Vec<f64>; 2], height: usize, width: usize) -> Option<f64> {
    let (mut sum, mut windows) = (0.0, 0_u32);
    for top in starts(height) {
        for left in starts(width) {
            let of_window = window(planes, width, top, left);
            // A gap makes every sum of its window NaN.
            if !of_window.is_nan() {
                sum += of_window;
                windows += 1;
            }
        }
    }
    (windows > 0).then(|| sum / f64::from(windows))
}

/// Where windows start: the last touches the end.
fn starts(length: usize) -> impl Iterator<Item = usize> {
    let last = length.saturating_sub(SIDE);
    (0..last).step_by(STEP).chain([last])
}

fn window(planes: &[Vec<f64>; 2], width: usize, top: usize, left: usize) -> f64 {
    let (mut one, mut other, mut squares, mut products) = (0.0, 0.0, 0.0, 0.0);
    for y in top..top + SIDE {
        let row = y * width + left..y * width + left + SIDE;
        for (a, b) in planes[0][row.clone()].iter().zip(&planes[1][row]) {
            one += a;
            other += b;
            squares += a * a + b * b;
            products += a * b;
        }
    }
    let count = (SIDE * SIDE) as f64;
    let (one, other) = (one / count, other / count);
    let variances = squares / count - one * one - other * other;
    let covariance = products / count - one * other;
    let luminance = (2.0 * one * other + LUMINANCE) / (one * one + other * other + LUMINANCE);
    luminance * (2.0 * covariance + CONTRAST) / (variances + CONTRAST)
}
