//! The parts of a channel that are looked at.

use super::Grid;
use crate::array::Number;
use crate::transform::Scheme;
use crate::transform::fit::Patch;

/// Rows of a spot.
const ROWS: usize = 18;
/// Columns of a spot.
const COLUMNS: usize = 132;

/// A few rows of two successive pictures, as values.
pub(crate) struct Spot<T> {
    width: usize,
    now: Vec<T>,
    before: Vec<T>,
}

/// Spots spread over the pictures of a channel, the same each time.
pub(crate) fn spots<T: Number>(grid: &Grid<'_, T>, channel: usize, values: usize) -> Vec<Spot<T>> {
    let pictures = grid.pictures();
    let (rows, columns) = (pictures.height.min(ROWS), pictures.width.min(COLUMNS));
    // Never more than there is.
    let there = pictures.count * pictures.pixels();
    let wanted = values.min(there).div_ceil((rows * columns).max(1)).max(1);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below.max(1)
    };
    let mut row = Vec::new();
    let mut spots = Vec::new();
    for index in 0..wanted {
        let picture = match pictures.count {
            1 => 0,
            count => (1 + index * (count - 1) / wanted).min(count - 1),
        };
        let (y, x) = (next(pictures.height - rows + 1), next(pictures.width - columns + 1));
        let mut read = |picture: usize| {
            let mut plane = Vec::with_capacity(rows * columns);
            for y in y..y + rows {
                grid.row(channel, picture, y, &mut row);
                let part = row.get(x..).unwrap_or_default();
                plane.extend_from_slice(&part[..part.len().min(columns)]);
                if plane.len() % columns != 0 {
                    // The end of the last run. What is in a spot has the same rows throughout.
                    plane.truncate(plane.len() / columns * columns);
                    break;
                }
            }
            plane
        };
        let now = read(picture);
        let before = if picture > 0 { read(picture - 1) } else { Vec::new() };
        if !now.is_empty() {
            spots.push(Spot {
                width: columns,
                before: if before.len() >= now.len() { before } else { Vec::new() },
                now,
            });
        }
    }
    spots
}

impl<T: Number> Spot<T> {
    pub(crate) fn values(&self) -> &[T] {
        &self.now
    }

    /// The codes of a scheme. What has none repeats its neighbour.
    pub(crate) fn codes(&self, scheme: &Scheme) -> Patch {
        let (now, kept) = codes(scheme, &self.now);
        let (before, _) = codes(scheme, &self.before);
        Patch { width: self.width, now, before, kept }
    }
}

#[expect(clippy::cast_precision_loss, reason = "it is a sample: what is lost changes no value")]
fn codes<T: Number>(scheme: &Scheme, values: &[T]) -> (Vec<f64>, Vec<bool>) {
    let (mut codes, mut kept) = (vec![0; values.len()], vec![false; values.len()]);
    scheme.codes(values, &mut codes, &mut kept);
    let mut last = 0.0;
    let codes = codes.iter().zip(&kept).map(|(code, kept)| {
        if *kept {
            last = *code as f64;
        }
        last
    });
    (codes.collect(), kept)
}
