//! Principal components: directions along which channels vary together.

use nalgebra::{DMatrix, SymmetricEigen};
use serde::{Deserialize, Serialize};

use crate::{Error, ErrorKind};

/// Channels are packed as their principal components: channels that say nearly the same then cost little more than one.
///
/// Fitted anew for each segment, so that segments stand alone and arrays may come piece by piece; mean and matrix stand in the
/// plan, bit for bit. What the restored values are does not depend on how components were found: the sums that make them
/// are in the plan, in a fixed order of plain multiplications and additions of `f64`.
///
/// - Under [`Contract::Quality`](crate::Contract) channels are scaled to the same range before, and all components share one
///   step, of which the first, the widest, has as many as the contract gives it bits for. The others have fewer.
/// - Under [`Contract::MaxError`](crate::Contract) channels are scaled by their bounds before. Components become integers,
///   which are kept without loss; the step is the one that a sample says costs least. Every value is restored and compared,
///   and is kept exactly where it would lie beyond the bound. Where too many would, as with a bound near to what the type can
///   tell apart, and with integers bound to less than 1, the segment is packed without components.
///
/// # Missing values
///
/// What is not finite comes back bit for bit. In the fit it counts as the mean of its channel.
///
/// # Shape
///
/// Channels stand on the last of two or four axes; 2 to [`MAX_CHANNELS`](Self::MAX_CHANNELS) of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Components {
    /// The most that are kept: those with the largest variance. None: all that make a difference of a step.
    pub count: Option<usize>,
}

impl Components {
    /// The most channels that are analysed: the matrix of a segment has the square of it.
    pub const MAX_CHANNELS: usize = 256;

    /// At most so many.
    #[must_use]
    pub fn at_most(count: usize) -> Self {
        Self { count: Some(count) }
    }

    pub(crate) fn check(self, channels: usize) -> Result<(), Error> {
        let refuse = |why| Err(ErrorKind::Components { why }.into());
        match (self.count, channels) {
            (Some(0), _) => refuse("none are to be kept"),
            (_, 0 | 1) => refuse("there is one channel; channels stand on the last of two or four axes"),
            (_, 2..=Self::MAX_CHANNELS) => Ok(()),
            _ => refuse("there are more than 256 channels"),
        }
    }
}

/// Means and products of deviations, which are added up block by block without losing digits (Chan and others, 1983).
#[derive(Debug, Clone)]
pub(crate) struct Covariance {
    count: f64,
    means: Vec<f64>,
    /// Row after row.
    products: Vec<f64>,
}

impl Covariance {
    pub(crate) fn new(channels: usize) -> Self {
        Self { count: 0.0, means: vec![0.0; channels], products: vec![0.0; channels * channels] }
    }

    /// Of a block of rows of all channels. It should be short: within it sums are plain.
    #[expect(clippy::cast_precision_loss, reason = "blocks have fewer rows than 2^53")]
    pub(crate) fn of(rows: &[f64], channels: usize) -> Self {
        let mut block = Self::new(channels);
        block.count = (rows.len() / channels) as f64;
        for row in rows.chunks_exact(channels) {
            block.means.iter_mut().zip(row).for_each(|(mean, value)| *mean += value);
        }
        block.means.iter_mut().for_each(|mean| *mean /= block.count.max(1.0));
        let mut apart = vec![0.0; channels];
        for row in rows.chunks_exact(channels) {
            apart
                .iter_mut()
                .zip(row)
                .zip(&block.means)
                .for_each(|((apart, value), mean)| *apart = value - mean);
            for (one, products) in apart.iter().zip(block.products.chunks_exact_mut(channels)) {
                products.iter_mut().zip(&apart).for_each(|(product, other)| *product += one * other);
            }
        }
        block
    }

    /// Takes in what another block has.
    pub(crate) fn merge(&mut self, other: &Self) {
        let count = self.count + other.count;
        if other.count == 0.0 {
            return;
        }
        let apart: Vec<_> = other.means.iter().zip(&self.means).map(|(other, own)| other - own).collect();
        let weight = self.count * other.count / count;
        let rows = self.products.chunks_exact_mut(apart.len()).zip(other.products.chunks_exact(apart.len()));
        for ((own, other), one) in rows.zip(&apart) {
            for ((own, other), two) in own.iter_mut().zip(other).zip(&apart) {
                *own += other + one * two * weight;
            }
        }
        self.means.iter_mut().zip(&apart).for_each(|(mean, apart)| *mean += apart * other.count / count);
        self.count = count;
    }

    /// The directions of the largest variance, one after the other: each of length 1, and its largest entry positive.
    ///
    /// None when something is too large for an `f64`, or the directions are not found.
    pub(crate) fn directions(&self) -> Option<Vec<Vec<f64>>> {
        /// More than any matrix was seen to need.
        const MOST_ROUNDS: usize = 10_000;
        let channels = self.means.len();
        // Variances near the limits of an f64 are not squared as they are.
        let largest = (0..channels).map(|index| self.products[index * channels + index]).fold(0.0, f64::max);
        if !self.products.iter().all(|product| product.is_finite()) || largest <= 0.0 {
            return None;
        }
        let scaled = self.products.iter().map(|product| product / largest);
        let matrix = DMatrix::from_iterator(channels, channels, scaled);
        let eigen = SymmetricEigen::try_new(matrix, f64::EPSILON, MOST_ROUNDS)?;
        let mut order: Vec<_> = (0..channels).collect();
        order.sort_by(|one, other| eigen.eigenvalues[*other].total_cmp(&eigen.eigenvalues[*one]));
        let directions = order.into_iter().map(|index| {
            let direction: Vec<f64> = eigen.eigenvectors.column(index).iter().copied().collect();
            let mut largest = 0.0_f64;
            for entry in &direction {
                // The first of several that are as large.
                if entry.abs() > largest.abs() {
                    largest = *entry;
                }
            }
            direction.into_iter().map(|entry| if largest < 0.0 { -entry } else { entry }).collect::<Vec<_>>()
        });
        let directions: Vec<_> = directions.collect();
        directions.iter().flatten().all(|entry| entry.is_finite()).then_some(directions)
    }
}

#[cfg(test)]
mod tests {
    use super::Covariance;

    fn rows(count: u32) -> Vec<f64> {
        let value = |index: u32, salt: f64| (f64::from(index) * salt).sin();
        (0..count)
            .flat_map(|index| {
                let (one, other) = (value(index, 0.7), value(index, 1.9));
                [1e8 + 3.0 * one, 2.0 * one + 0.1 * other, -one, 5.0]
            })
            .collect()
    }

    #[test]
    fn blocks_add_up_to_what_all_rows_have() {
        let rows = rows(1000);
        let mut merged = Covariance::new(4);
        for block in rows.chunks(4 * 37) {
            merged.merge(&Covariance::of(block, 4));
        }
        merged.merge(&Covariance::of(&[], 4));
        for one in 0..4 {
            for other in 0..4 {
                let column = |channel: usize| rows.iter().skip(channel).step_by(4);
                let mean = |channel: usize| {
                    column(channel).map(|value| value - rows[channel]).sum::<f64>() / 1000.0 + rows[channel]
                };
                let (a, b) = (mean(one), mean(other));
                let product: f64 =
                    column(one).zip(column(other)).map(|(one, other)| (one - a) * (other - b)).sum();
                let found = merged.products[one * 4 + other];
                assert!((found - product).abs() < 1e-4, "{one} {other}: {found} {product}");
            }
        }
    }

    #[test]
    fn directions_stand_apart_and_are_sorted() {
        let covariance = Covariance::of(&rows(500), 4);
        let directions = covariance.directions().unwrap();
        let variance = |direction: &[f64]| -> f64 {
            let pairs = (0..16).map(|at| direction[at / 4] * covariance.products[at] * direction[at % 4]);
            pairs.sum()
        };
        for (place, one) in directions.iter().enumerate() {
            for (other_place, other) in directions.iter().enumerate() {
                let dot: f64 = one.iter().zip(other).map(|(one, other)| one * other).sum();
                assert!((dot - if place == other_place { 1.0 } else { 0.0 }).abs() < 1e-9);
            }
            let largest = one.iter().copied().max_by(|one, other| one.abs().total_cmp(&other.abs())).unwrap();
            assert!(largest > 0.0);
        }
        assert!(directions.windows(2).all(|pair| variance(&pair[0]) >= variance(&pair[1]) - 1e-9));
        assert!(Covariance::of(&[1.0, f64::MAX, 1.0, -f64::MAX], 2).directions().is_none());
        assert!(Covariance::of(&[1.0, 2.0, 1.0, 2.0], 2).directions().is_none());
    }
}
