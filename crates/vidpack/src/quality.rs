//! How near what comes back is to what was given: measured segment by segment, in the memory of one picture.
//!
//! [`crate::Measured`] says what each figure means.

#![expect(clippy::cast_precision_loss, reason = "counts only divide sums of floats")]

mod similarity;

use ndarray::ArrayViewD;

use similarity::Similarity;

use crate::array::Number;
use crate::layout::Axes;
use crate::transform::scheme::power_of_two;
use crate::{ArrayView, Layout, Measured, MeasuredChannel, Result};

/// Figures of an array, or of some of its segments.
#[derive(Debug, Clone)]
pub(crate) struct Meter {
    channels: Vec<Channel>,
    /// Of pictures, when it is wanted.
    similarity: Option<Similarity>,
}

/// Whether structural similarity is measured: it takes longer than all the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Similar {
    Measure,
    Skip,
}

impl Meter {
    /// For segments of this folded shape.
    pub(crate) fn new(shape: &[usize], element_bytes: usize, similar: Similar) -> Result<Self> {
        // How many time steps a segment has does not matter here, and those of an array may be more.
        let mut shape = shape.to_vec();
        shape[0] = 1;
        let axes = Axes::of(&shape, element_bytes)?;
        let pictures = similar == Similar::Measure && Layout::choose(axes) == Layout::Picture;
        let similarity = pictures.then(|| Similarity::new(axes));
        Ok(Self { channels: vec![Channel::default(); axes.channels.max(1)], similarity })
    }

    /// Takes in what was given and what came back of some time steps.
    pub(crate) fn add(&mut self, given: &ArrayView<'_>, restored: &ArrayView<'_>) {
        macro_rules! add {
            ($($variant:ident),*) => {
                match (given, restored) {
                    $((ArrayView::$variant(given), ArrayView::$variant(restored)) => self.pairs(given, restored),)*
                    // Arrays of two types never get here: they are no segment and what it was restored to.
                    _ => {}
                }
            };
        }
        add!(Bool, I8, I16, I32, I64, U8, U16, U32, U64, F32, F64);
    }

    /// Takes in what another one measured.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.channels.iter_mut().zip(&other.channels).for_each(|(channel, other)| channel.merge(other));
        if let (Some(similarity), Some(other)) = (&mut self.similarity, &other.similarity) {
            similarity.merge(other);
        }
    }

    /// Counts what another one saw among the range of each channel, but none of its differences.
    pub(crate) fn widen(&mut self, other: &Self) {
        for (channel, other) in self.channels.iter_mut().zip(&other.channels) {
            channel.range = joined(channel.range, other.range);
        }
    }

    /// As [`Measured::psnr_db`].
    pub(crate) fn psnr_db(&self) -> Option<f64> {
        let scaled = self.channels.iter().filter(|channel| channel.span() > 0.0);
        let (squares, values) = scaled.fold((0.0, 0.0), |(squares, values), channel| {
            let relative = channel.rmse() / channel.span();
            (squares + relative * relative * channel.values as f64, values + channel.values as f64)
        });
        // Squares vanish where errors are below 1e-154 of the range: nobody hears of more than 3000 dB.
        (squares > 0.0).then(|| -10.0 * (squares / values).log10())
    }

    /// What is to be told of it, of an array that takes so many bytes.
    pub(crate) fn finish(&self, bytes: u64, target_psnr_db: Option<f64>) -> Measured {
        let similarity = |index: usize| self.similarity.as_ref().and_then(|similarity| similarity.of(index));
        let channels: Vec<_> = self
            .channels
            .iter()
            .enumerate()
            .map(|(index, channel)| MeasuredChannel {
                values: channel.values,
                range: channel.span(),
                max_error: channel.max_error,
                rmse: channel.rmse(),
                psnr_db: channel.psnr_db(),
                ssim: similarity(index),
            })
            .collect();
        let known: Vec<f64> = channels.iter().filter_map(|channel| channel.ssim).collect();
        let all = self.channels.iter().map(|channel| channel.all).sum::<u64>();
        Measured {
            max_error: channels.iter().map(|channel| channel.max_error).fold(0.0, f64::max),
            psnr_db: self.psnr_db(),
            target_psnr_db,
            ssim: (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64),
            bits_per_value: (all > 0).then(|| bytes as f64 * 8.0 / all as f64),
            channels,
        }
    }

    fn pairs<T: Number>(&mut self, given: &ArrayViewD<'_, T>, restored: &ArrayViewD<'_, T>) {
        // The channel is the last axis, or there is one: in order of the axes, channels take turns.
        let count = self.channels.len();
        let (given_in_order, restored_in_order) = (given.as_standard_layout(), restored.as_standard_layout());
        if let (Some(given), Some(restored)) = (given_in_order.as_slice(), restored_in_order.as_slice()) {
            let (mut one, mut other) = (Vec::<T>::new(), Vec::<T>::new());
            for (given, restored) in given.chunks(BLOCK * count).zip(restored.chunks(BLOCK * count)) {
                for (index, channel) in self.channels.iter_mut().enumerate() {
                    for (out, values) in [(&mut one, given), (&mut other, restored)] {
                        out.clear();
                        out.extend(values.iter().skip(index).step_by(count));
                    }
                    channel.add(&one, &other);
                }
            }
        }
        if let Some(similarity) = &mut self.similarity {
            similarity.add(given, restored);
        }
    }
}

/// Values of a channel that are measured together.
const BLOCK: usize = 1024;

/// So many are compared, or added up, side by side: one after the other, each would wait for the last.
const LANES: usize = 8;

/// The number that is better than all others.
fn best(numbers: &[f64], start: f64, better: impl Fn(f64, f64) -> bool) -> f64 {
    let mut lanes = [start; LANES];
    let (whole, rest) = numbers.as_chunks::<LANES>();
    let pick = |best: &mut f64, number: &f64| *best = if better(*number, *best) { *number } else { *best };
    for numbers in whole {
        lanes.iter_mut().zip(numbers).for_each(|(best, number)| pick(best, number));
    }
    let mut all = start;
    lanes.iter().chain(rest).for_each(|number| pick(&mut all, number));
    all
}

/// How far two finite values lie from each other.
fn difference<T: Number>(one: T, other: T) -> f64 {
    let difference = if one >= other { one.above(other) } else { other.above(one) };
    // Two of the largest floats lie further apart than a float can say, and JSON knows no infinity.
    difference.min(f64::MAX)
}

#[derive(Debug, Clone, Default)]
struct Channel {
    /// Finite ones, of which all the rest is.
    values: u64,
    all: u64,
    max_error: f64,
    squares: Squares,
    range: Option<(f64, f64)>,
}

impl Channel {
    /// Takes in some values: at most so many that no figure of them is far from what adding them one by one gives.
    fn add<T: Number>(&mut self, given: &[T], restored: &[T]) {
        self.all += given.len() as u64;
        let (mut differences, mut values, mut count) = ([0.0; BLOCK], [0.0; BLOCK], 0_u64);
        let Some(finite) = given.iter().copied().find(|value| value.finite()) else { return };
        let pairs = given.iter().zip(restored).zip(differences.iter_mut().zip(&mut values));
        for ((given, restored), (difference, value)) in pairs {
            let counts = given.finite() & restored.finite();
            count += u64::from(counts);
            // What does not count is no difference, of a value that is there.
            *difference = if counts { self::difference(*given, *restored) } else { 0.0 };
            *value = if given.finite() { *given } else { finite }.to_f64();
        }
        self.values += count;
        let (differences, values) = (&differences[..given.len()], &values[..given.len()]);
        let start = finite.to_f64();
        let low = best(values, start, |one, other| one < other);
        let high = best(values, start, |one, other| one > other);
        self.range = joined(self.range, Some((low, high)));
        let worst = best(differences, 0.0, |one, other| one > other);
        self.max_error = self.max_error.max(worst);
        self.squares.add(differences, worst);
    }

    fn merge(&mut self, other: &Self) {
        self.values += other.values;
        self.all += other.all;
        self.max_error = self.max_error.max(other.max_error);
        self.squares.merge(&other.squares);
        self.range = joined(self.range, other.range);
    }

    fn span(&self) -> f64 {
        self.range.map_or(0.0, |(low, high)| (high - low).min(f64::MAX))
    }

    fn rmse(&self) -> f64 {
        // Rounding may take it above what no difference exceeds.
        self.squares.root_mean(self.values).min(self.max_error)
    }

    fn psnr_db(&self) -> Option<f64> {
        let (span, rmse) = (self.span(), self.rmse());
        (span > 0.0 && rmse > 0.0).then(|| 20.0 * (span.log10() - rmse.log10()))
    }
}

fn joined(one: Option<(f64, f64)>, other: Option<(f64, f64)>) -> Option<(f64, f64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

/// A sum of squares that neither overflows nor vanishes: of numbers times a power of two.
#[derive(Debug, Clone, Default)]
struct Squares {
    /// The power of two; zero while there was nothing but zeros.
    scale: f64,
    sum: f64,
}

impl Squares {
    /// What scaled numbers stay below.
    const LARGE: f64 = 1e100;

    /// Adds some numbers, of which none is greater than `most`.
    fn add(&mut self, numbers: &[f64], most: f64) {
        if most > 0.0 {
            self.fit(most);
            let mut lanes = [0.0; LANES];
            let (whole, rest) = numbers.as_chunks::<LANES>();
            let square = |number: &f64| (number * self.scale) * (number * self.scale);
            for numbers in whole {
                lanes.iter_mut().zip(numbers).for_each(|(sum, number)| *sum += square(number));
            }
            self.sum += lanes.iter().sum::<f64>() + rest.iter().map(square).sum::<f64>();
        }
    }

    fn merge(&mut self, other: &Self) {
        if other.scale == 0.0 {
            return;
        }
        // The mean is not known here, but what counts of a sum of squares is not below its root's size.
        self.fit(other.sum.sqrt() / other.scale);
        let ratio = self.scale / other.scale;
        self.sum += other.sum * ratio * ratio;
    }

    fn root_mean(&self, count: u64) -> f64 {
        if self.scale == 0.0 || count == 0 { 0.0 } else { (self.sum / count as f64).sqrt() / self.scale }
    }

    fn fit(&mut self, number: f64) {
        if self.scale > 0.0 && number * self.scale < Self::LARGE {
            return;
        }
        let exponent = ((number.to_bits() >> 52) & 0x7ff) as i16 - 1023;
        let scale = power_of_two(-exponent.clamp(-1000, 1000));
        if self.scale > 0.0 {
            let ratio = scale / self.scale;
            self.sum *= ratio * ratio;
        }
        self.scale = scale;
    }
}

#[cfg(test)]
mod tests {
    use super::Squares;

    #[test]
    fn squares_of_any_size_are_added() {
        for size in [f64::MAX, 1e200, 3.0, 1e-200, f64::MIN_POSITIVE, 5e-324] {
            let (mut all, mut half) = (Squares::default(), Squares::default());
            all.add(&[size, 0.0], size);
            half.add(&[0.0], 0.0);
            half.add(&[0.0, size], size);
            all.merge(&half);
            let root = all.root_mean(2);
            assert!((root / size - 1.0).abs() < 1e-12, "{size:e} {root:e}");
        }
    }

    #[test]
    fn what_is_large_comes_after_what_is_small_and_before() {
        for numbers in [[1e-300, 1e300], [1e300, 1e-300]] {
            let (mut one, mut two) = (Squares::default(), Squares::default());
            one.add(&numbers[..1], numbers[0]);
            two.add(&numbers[1..], numbers[1]);
            one.merge(&two);
            assert!((one.root_mean(1) / 1e300 - 1.0).abs() < 1e-12);
        }
    }
}
