//! Weights that predict a sample of the codes best.

use nalgebra::{DMatrix, DVector};

use super::neighbours::{Source, Tap, taps};
use super::predict::{MAX_WEIGHT, MAX_WEIGHTS, Predictor, WEIGHT_BITS, total};
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

    /// A row of this picture, or of the one before. Above this picture stands the one before.
    fn row(&self, picture: usize, y: isize) -> Option<&[f64]> {
        let (plane, y) = match picture {
            0 if y >= 0 => (&self.now, y),
            _ => (&self.before, y.clamp(0, self.height().cast_signed() - 1)),
        };
        let start = y.cast_unsigned() * self.width;
        plane.get(start..start + self.width)
    }
}

/// The predictor of one channel that leaves the smallest squares, and what it leaves in the sample.
///
/// Where bits are dropped, it will see neighbours that are restored without them: weights that make much of small
/// differences would make much of that too.
pub(crate) fn fit(
    layout: Layout,
    patches: &[Patch],
    before: Option<&[Patch]>,
    dropped: u8,
) -> (Predictor, Vec<f64>) {
    let taps = taps(layout);
    let channel = usize::from(before.is_some());
    let looks = looks(patches, before, taps, dropped);
    let (mut early, mut later) = (Sums::default(), Sums::default());
    for look in &looks {
        if look.first { early.add(look) } else { later.add(look) }
    }
    // The first picture has no other before it, but its neighbours in space are those of all.
    early.join(&later);
    let first = early.solve(taps, channel, true);
    let rest = later.solve(taps, channel, false);
    let left = differences(&looks, &first, &rest);
    (Predictor::Weighted { first, rest }, left)
}

/// What weights leave that were fitted to another sample.
pub(crate) fn left(
    layout: Layout,
    patches: &[Patch],
    before: Option<&[Patch]>,
    dropped: u8,
    (first, rest): (&[i32], &[i32]),
) -> Vec<f64> {
    differences(&looks(patches, before, taps(layout), dropped), first, rest)
}

fn differences(looks: &[Look], first: &[i32], rest: &[i32]) -> Vec<f64> {
    let unit = f64::from(1 << WEIGHT_BITS);
    let [first, rest] = [first, rest].map(|weights| {
        let mut row = [0.0; ROOM];
        row.iter_mut().zip(weights).for_each(|(out, weight)| *out = f64::from(*weight) / unit);
        row
    });
    let left = looks.iter().map(|look| {
        let weights = if look.first { &first } else { &rest };
        look.target - weights.iter().zip(&look.neighbours).map(|(weight, value)| weight * value).sum::<f64>()
    });
    left.collect()
}

/// More neighbours than there are, for whole registers.
const ROOM: usize = 24;

/// Sums that are added to at a time.
const LANES: usize = 8;

/// One value of the sample with its neighbours.
struct Look {
    first: bool,
    target: f64,
    neighbours: [f64; ROOM],
}

/// Every value of the sample with its neighbours as they may be restored.
fn looks(patches: &[Patch], before: Option<&[Patch]>, taps: &[Tap], dropped: u8) -> Vec<Look> {
    let mut looks = Vec::with_capacity(patches.iter().map(|patch| patch.now.len()).sum());
    let mut rows: Vec<Option<(&[f64], isize)>> = Vec::with_capacity(taps.len());
    for (index, patch) in patches.iter().enumerate() {
        let other = before.and_then(|before| before.get(index));
        let first = patch.before.is_empty();
        let top = patch.height().saturating_sub(1).min(2);
        for y in top..patch.height() {
            rows.clear();
            rows.extend(taps.iter().map(|tap| {
                let source = if tap.channel == Source::This { Some(patch) } else { other };
                Some((source?.row(tap.picture, y.cast_signed() - tap.above)?, tap.left))
            }));
            let start = y * patch.width;
            // Neighbours are at most two columns away.
            for x in 2..patch.width.saturating_sub(2) {
                if !patch.kept[start + x] {
                    continue;
                }
                let mut neighbours = [0.0; ROOM];
                for (value, row) in neighbours.iter_mut().zip(&rows) {
                    *value = row
                        .and_then(|(row, left)| row.get(x.wrapping_add_signed(-left)))
                        .copied()
                        .unwrap_or_default();
                }
                looks.push(Look { first, target: patch.now[start + x], neighbours });
            }
        }
    }
    if dropped > 0 {
        blur(&mut looks, dropped);
    }
    looks
}

/// Neighbours as they may be restored: anywhere within a step.
fn blur(looks: &mut [Look], dropped: u8) {
    let step = 2_f64.powi(i32::from(dropped) - 31);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for value in looks.iter_mut().flat_map(|look| &mut look.neighbours) {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // 31 bits, about zero.
        let by = f64::from((state >> 33) as u32) - 2_f64.powi(30);
        // What is not there stays zero.
        *value += if *value == 0.0 { 0.0 } else { by * step };
    }
}

/// Sums of the products of neighbours, with each other and with the target.
#[derive(Default)]
struct Sums {
    products: [[f64; ROOM]; ROOM],
    targets: [f64; ROOM],
    count: usize,
}

impl Sums {
    fn add(&mut self, look: &Look) {
        let rows = self.products.iter_mut().zip(&mut self.targets);
        for (index, (value, (row, target))) in look.neighbours.iter().zip(rows).enumerate() {
            *target += value * look.target;
            // The other half is the same.
            let upper = index / LANES * LANES;
            for (sum, other) in row[upper..].iter_mut().zip(&look.neighbours[upper..]) {
                *sum += value * other;
            }
        }
        self.count += 1;
    }

    fn join(&mut self, other: &Self) {
        let own = self.products.iter_mut().flatten().chain(&mut self.targets);
        own.zip(other.products.iter().flatten().chain(&other.targets)).for_each(|(sum, other)| *sum += other);
        self.count += other.count;
    }

    fn solve(&self, taps: &[Tap], channel: usize, first: bool) -> Vec<i32> {
        let mut weights = vec![0; taps.len()];
        let usable: Vec<_> = (0..taps.len()).filter(|index| taps[*index].usable(channel, first)).collect();
        let size = usable.len();
        let mut products = DMatrix::from_fn(size, size, |row, column| {
            let (low, high) = (row.min(column), row.max(column));
            self.products[usable[low]][usable[high]]
        });
        let targets = DVector::from_fn(size, |row, _| self.targets[usable[row]]);
        let scale = products.diagonal().iter().copied().fold(0.0, f64::max);
        if self.count == 0 || !scale.is_finite() || scale <= 0.0 {
            return weights;
        }
        for index in 0..size {
            products[(index, index)] += scale * 1e-12;
        }
        let Some(solved) = products.cholesky().map(|cholesky| cholesky.solve(&targets)) else {
            return weights;
        };
        let most = f64::from(MAX_WEIGHT);
        for (weight, index) in solved.iter().zip(&usable) {
            weights[*index] = rounded((weight * f64::from(1 << WEIGHT_BITS)).clamp(-most, most));
        }
        if total(&weights) > u64::from(MAX_WEIGHTS) {
            weights.fill(0);
        }
        weights
    }
}

#[expect(clippy::cast_possible_truncation, reason = "held within the range before; NaN becomes zero")]
fn rounded(value: f64) -> i32 {
    value.round() as i32
}
