//! A segment, row by row of its pictures.

use ndarray::{ArrayView4, ArrayViewD, Axis, s};

use super::Known;
use crate::array::Number;
use crate::layout::{Along, Axes, Pictures, Row};
use crate::{Error, Layout};

/// An array with its layout.
pub(super) struct Grid<'a, T> {
    pub(super) view: ArrayView4<'a, T>,
    pub(super) axes: Axes,
    pub(super) layout: Layout,
    pub(super) pictures: Pictures,
    /// What was found out for the segment before, which has as many channels.
    pub(super) before: Option<&'a Known>,
}

impl<T: Number> Grid<'_, T> {
    pub(super) fn pictures(&self) -> Pictures {
        self.pictures
    }

    /// The values of one row of a picture.
    pub(super) fn row(&self, channel: usize, picture: usize, y: usize, out: &mut Vec<T>) {
        out.clear();
        let Row { time, height, width, length, along } = self.layout.row(self.axes, picture, y);
        if length == 0 {
            return;
        }
        if let Some(values) = self.view.as_slice() {
            let (start, stride) = self.axes.place(self.layout.row(self.axes, picture, y), channel);
            if stride == 1 {
                out.extend_from_slice(&values[start..start + length]);
            } else {
                // Strides of many a picture's channels, for which the compiler has instructions.
                let values = &values[start..];
                match stride {
                    2 => out.extend(every::<2, T>(values, length)),
                    3 => out.extend(every::<3, T>(values, length)),
                    4 => out.extend(every::<4, T>(values, length)),
                    _ => out.extend(values.iter().step_by(stride).take(length)),
                }
            }
            return;
        }
        let row = match along {
            Along::Width => self.view.slice(s![time, height, width..width + length, channel]),
            Along::Time => self.view.slice(s![time..time + length, height, width, channel]),
        };
        out.extend(row.iter().copied());
    }
}

/// The first of each so many values, of which the last may have none behind it.
fn every<const STRIDE: usize, T: Number>(values: &[T], length: usize) -> impl Iterator<Item = &T> {
    let (whole, rest) = values.as_chunks::<STRIDE>();
    let first = whole.iter().map(|values| &values[0]);
    first.chain(rest.first()).take(length)
}

/// An array with the four axes that a layout knows.
pub(super) fn folded<T: Number>(
    view: ArrayViewD<'_, T>,
    axes: Axes,
) -> Result<ndarray::CowArray<'_, T, ndarray::Ix4>, Error> {
    let shape = (axes.time, axes.height, axes.width, axes.channels);
    let given = view.shape().to_vec();
    let unfolded = given.last().is_some_and(|channels| *channels == axes.channels) || given.len() % 2 == 1;
    let fail = |_| Error::shape(&given, "it cannot be folded");
    if !unfolded {
        return match view.to_shape(shape) {
            Ok(array) => Ok(array.into_owned().into()),
            Err(error) => Err(fail(error)),
        };
    }
    let array = match given.len() {
        1 => view.insert_axis(Axis(1)).insert_axis(Axis(1)).insert_axis(Axis(1)),
        2 => view.insert_axis(Axis(1)).insert_axis(Axis(1)),
        3 => view.insert_axis(Axis(3)),
        _ => view,
    };
    array.into_dimensionality().map(Into::into).map_err(fail)
}
