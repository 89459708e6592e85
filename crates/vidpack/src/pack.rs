//! Packs: folders of videos with a sidecar, written and read.

mod array;
mod array_writer;
mod check;
mod lossy;
mod measured;
mod open;
mod options;
mod part;
mod pixels;
mod reader;
mod track;
mod verify;
mod writer;

pub use array::PackedArray;
pub use array_writer::ArrayWriter;
pub use measured::{Measured, MeasuredChannel};
pub use open::Pack;
pub use options::{ArrayOptions, OnProgress, PackOptions, Progress, Stage, Verify};
pub(crate) use pixels::Fit;
pub use writer::PackWriter;

/// The axes of a segment of an array: time, and what [`crate::Layout`] knows to do with the others.
///
/// Of more than four axes, those between the first and the last two are counted through as one. An array without axes
/// is one of a single value.
pub(crate) fn folded(shape: &[usize]) -> Vec<usize> {
    match shape {
        [] => vec![1],
        [time, between @ .., height, width, channels] if !between.is_empty() => {
            let rows = between.iter().fold(*height, |rows, axis| rows.saturating_mul(*axis));
            vec![*time, rows, *width, *channels]
        }
        shape => shape.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn what_has_too_many_axes_or_none_is_folded() {
        assert_eq!(folded(&[]), [1]);
        assert_eq!(folded(&[5]), [5]);
        assert_eq!(folded(&[5, 4, 3, 2]), [5, 4, 3, 2]);
        assert_eq!(folded(&[6, 5, 4, 3, 2]), [6, 20, 3, 2]);
        assert_eq!(folded(&[7, 6, 5, 4, 3, 2]), [7, 120, 3, 2]);
    }
}
