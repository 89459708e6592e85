//! Weights that predict a sample of the codes best.

use nalgebra::{DMatrix, DVector};

use super::predict::{MAX_WEIGHT, Predictor, Source, Tap, WEIGHT_BITS, taps};
use crate::Layout;

/// A few rows of two successive pictures of one channel, as codes.
#[derive(Debug, Clone)]
pub(crate) struct Patch {
    pub(crate) width: usize,
    pub(crate) now: Vec<f64>,
    /// Empty in the first picture.
    pub(crate) before: Vec<f64>,
    /// Whether each code of `now` stands for a value.
    pub(crate) kept: Vec<bool>,
}

impl Patch {
    pub(crate) fn height(&self) -> usize {
        self.now.len() / self.width.max(1)
    }

    pub(crate) fn at(&self, picture: usize, y: isize, x: isize) -> Option<f64> {
        let (plane, y) = match picture {
            0 if y >= 0 => (&self.now, y),
            _ => (&self.before, y.clamp(0, self.height().cast_signed() - 1)),
        };
        let x = x.clamp(0, self.width.cast_signed() - 1);
        plane.get(y.cast_unsigned() * self.width + x.cast_unsigned()).copied()
    }
}

/// The predictor of one channel that leaves the smallest squares, and what it leaves in the sample.
pub(crate) fn fit(layout: Layout, patches: &[Patch], before: Option<&[Patch]>) -> (Predictor, Vec<f64>) {
    let taps = taps(layout);
    let channel = usize::from(before.is_some());
    let mut later = Sums::new(taps, channel, false);
    visit(patches, before, taps, |first, target, neighbours| {
        if !first {
            later.add(target, neighbours);
        }
    });
    // The first picture has no other before it, but its neighbours in space are those of all.
    let mut space = Sums::new(taps, channel, true);
    visit(patches, before, taps, |_, target, neighbours| space.add(target, neighbours));
    let first = space.solve(taps.len());
    let rest = later.solve(taps.len());
    let mut left = Vec::new();
    visit(patches, before, taps, |is_first, target, neighbours| {
        let weights = if is_first { &first } else { &rest };
        let sum: f64 = weights.iter().zip(neighbours).map(|(weight, value)| f64::from(*weight) * value).sum();
        left.push(target - sum / f64::from(1 << WEIGHT_BITS));
    });
    (Predictor::Weighted { first, rest }, left)
}

fn visit(patches: &[Patch], before: Option<&[Patch]>, taps: &[Tap], mut look: impl FnMut(bool, f64, &[f64])) {
    let mut neighbours = vec![0.0; taps.len()];
    for (index, patch) in patches.iter().enumerate() {
        let other = before.and_then(|before| before.get(index));
        let first = patch.before.is_empty();
        let top = patch.height().saturating_sub(1).min(2);
        for y in top..patch.height() {
            for x in 2..patch.width.saturating_sub(2) {
                if !patch.kept[y * patch.width + x] {
                    continue;
                }
                let (y, x) = (y.cast_signed(), x.cast_signed());
                for (tap, value) in taps.iter().zip(&mut neighbours) {
                    let source = if tap.channel == Source::This { Some(patch) } else { other };
                    *value = source
                        .and_then(|source| source.at(tap.picture, y - tap.above, x - tap.left))
                        .unwrap_or_default();
                }
                look(first, patch.now[y.cast_unsigned() * patch.width + x.cast_unsigned()], &neighbours);
            }
        }
    }
}

/// Sums of the products of neighbours, with each other and with the target.
struct Sums {
    usable: Vec<usize>,
    products: DMatrix<f64>,
    targets: DVector<f64>,
    row: Vec<f64>,
    count: usize,
}

impl Sums {
    fn new(taps: &[Tap], channel: usize, first: bool) -> Self {
        let usable: Vec<_> = (0..taps.len()).filter(|index| taps[*index].usable(channel, first)).collect();
        let size = usable.len();
        Self { usable, products: DMatrix::zeros(size, size), targets: DVector::zeros(size), row: vec![0.0; size], count: 0 }
    }

    fn add(&mut self, target: f64, neighbours: &[f64]) {
        for (value, index) in self.row.iter_mut().zip(&self.usable) {
            *value = neighbours[*index];
        }
        for (column, value) in self.row.iter().enumerate() {
            self.targets[column] += value * target;
            for (row, other) in self.row[..=column].iter().enumerate() {
                self.products[(row, column)] += value * other;
            }
        }
        self.count += 1;
    }

    fn solve(&mut self, taps: usize) -> Vec<i32> {
        let this = self;
        let mut weights = vec![0; taps];
        let size = this.usable.len();
        for column in 0..size {
            for row in column + 1..size {
                this.products[(row, column)] = this.products[(column, row)];
            }
        }
        let scale = (0..size).map(|index| this.products[(index, index)]).fold(0.0, f64::max);
        if this.count == 0 || !scale.is_finite() || scale <= 0.0 {
            return weights;
        }
        for index in 0..size {
            this.products[(index, index)] += scale * 1e-12;
        }
        let Some(solved) = this.products.clone().cholesky().map(|cholesky| cholesky.solve(&this.targets)) else {
            return weights;
        };
        let most = f64::from(MAX_WEIGHT);
        for (weight, index) in solved.iter().zip(&this.usable) {
            weights[*index] = rounded((weight * f64::from(1 << WEIGHT_BITS)).clamp(-most, most));
        }
        weights
    }
}

#[expect(clippy::cast_possible_truncation, reason = "held within the range before; NaN becomes zero")]
fn rounded(value: f64) -> i32 {
    value.round() as i32
}
