//! Rows that are predicted from one neighbour, or not at all.

use super::{History, MARGIN, Predictor, Range, Way};
use crate::Layout;

/// Takes one row of a channel forth or back.
#[expect(clippy::too_many_arguments, reason = "all of it changes from row to row")]
pub(super) fn plain_row(
    predictor: &Predictor,
    layout: Layout,
    range: Range,
    history: &mut History,
    y: usize,
    codes: &mut [i64],
    rests: &mut [i64],
    way: &Way<'_>,
) {
    let previous = *predictor == Predictor::Previous;
    let in_time = layout == Layout::Picture && history.pictures > 0;
    let pixels = history.stride - 2 * MARGIN;
    let exact = &mut history.exact[y * pixels..y * pixels + codes.len()];
    let mask = range.mask();
    match way {
        Way::Forth { kept } if range.dropped == 0 && kept.iter().all(|kept| *kept) => {
            match (previous, in_time) {
                (true, true) => {
                    for ((code, rest), before) in codes.iter().zip(rests).zip(exact.iter()) {
                        *rest = range.wrap(code.wrapping_sub(*before));
                    }
                }
                (true, false) => {
                    let before = std::iter::once(&0).chain(codes.iter());
                    for ((code, rest), before) in codes.iter().zip(rests).zip(before) {
                        *rest = range.wrap(code.wrapping_sub(*before));
                    }
                }
                (false, _) => {
                    rests.iter_mut().zip(codes.iter()).for_each(|(rest, code)| *rest = range.wrap(*code));
                }
            }
            exact.copy_from_slice(codes);
        }
        Way::Forth { kept } => {
            let mut left = 0;
            for (((code, rest), exact), kept) in codes.iter_mut().zip(rests).zip(exact).zip(*kept) {
                let likely = if in_time { *exact } else { left };
                let expected = if previous { likely } else { 0 };
                // What codes best: in the prediction's place, or for a codec, what was there before.
                (*rest, *code) = match (kept, previous) {
                    (true, _) => range.split(*code, expected),
                    (false, true) => (0, expected),
                    (false, false) => range.split(likely, expected),
                };
                left = *code;
                *exact = left;
            }
        }
        Way::Back => {
            let (mask, dropped) = if range.dropped == 0 { (mask, 0) } else { (-1, range.dropped) };
            match (previous, in_time) {
                (true, true) => {
                    for ((code, rest), before) in codes.iter_mut().zip(rests).zip(exact.iter()) {
                        *code = before.wrapping_add(*rest << dropped) & mask;
                    }
                }
                (true, false) => {
                    let mut left = 0_i64;
                    for (code, rest) in codes.iter_mut().zip(rests) {
                        left = left.wrapping_add(*rest << dropped) & mask;
                        *code = left;
                    }
                }
                (false, _) => {
                    codes.iter_mut().zip(rests).for_each(|(code, rest)| *code = (*rest << dropped) & mask);
                }
            }
            exact.copy_from_slice(codes);
        }
    }
}
