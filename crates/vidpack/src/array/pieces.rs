//! Arrays cut along time, put together along time, and folded.

use ndarray::{ArrayD, Axis, IxDyn, Slice};
use std::ops::Range;

use super::{Array, ArrayView, Number, with_type, with_view};
use crate::sidecar::Hasher;
use crate::{ElementType, Error, ErrorKind, Result};

/// An array under another shape: borrowed where its values stand in order, otherwise a copy.
pub(crate) enum Reshaped<'a> {
    View(ArrayView<'a>),
    Copy(Array),
}

impl Reshaped<'_> {
    pub(crate) fn view(&self) -> ArrayView<'_> {
        match self {
            Self::View(view) => view.reborrow(),
            Self::Copy(array) => array.view(),
        }
    }
}

impl<'a> ArrayView<'a> {
    /// Some of the time steps: positions on the first axis.
    pub(crate) fn steps(&self, steps: Range<usize>) -> ArrayView<'_> {
        with_view!(self, view => view.slice_axis(Axis(0), Slice::from(steps)).into())
    }

    /// The same view, borrowed for less long.
    pub(crate) fn reborrow(&self) -> ArrayView<'_> {
        with_view!(self, view => view.view().into())
    }

    /// The same values under another shape with as many.
    pub(crate) fn reshaped(self, shape: &[usize]) -> Result<Reshaped<'a>> {
        if self.shape() == shape {
            return Ok(Reshaped::View(self));
        }
        with_view!(self, view => {
            let given = view.shape().to_vec();
            let fail = |_| Error::shape(&given, "it cannot be folded");
            if view.is_standard_layout() {
                return Ok(Reshaped::View(view.into_shape_with_order(IxDyn(shape)).map_err(fail)?.into()));
            }
            let copy = view.as_standard_layout().into_owned();
            Ok(Reshaped::Copy(copy.into_shape_with_order(IxDyn(shape)).map_err(fail)?.into()))
        })
    }

    /// Adds the elements to a checksum: little-endian, the last axis fastest.
    pub(crate) fn hash(&self, hasher: &mut Hasher) {
        /// Elements that are put together before they are hashed.
        const AT_ONCE: usize = 8192;
        let mut bytes = Vec::new();
        with_view!(self, view => match view.as_slice() {
            Some(values) => for some in values.chunks(AT_ONCE) {
                bytes.clear();
                Number::put(some, &mut bytes);
                hasher.update(&bytes);
            },
            None => for value in view {
                Number::put(std::slice::from_ref(value), &mut bytes);
                if bytes.len() >= AT_ONCE {
                    hasher.update(&bytes);
                    bytes.clear();
                }
            },
        });
        // What is left of values out of order; of those in order, all was taken in.
        if with_view!(self, view => !view.is_standard_layout()) {
            hasher.update(&bytes);
        }
    }
}

impl Array {
    /// An array of zeros, when there is memory for it.
    pub(crate) fn zeros(element: ElementType, shape: &[usize]) -> Result<Self> {
        with_type!(element, T => zeros::<T>(shape).map(Self::from))
    }

    /// Puts more time steps behind.
    pub(crate) fn append(&mut self, steps: &ArrayView<'_>) -> Result<()> {
        macro_rules! append {
            ($($variant:ident),*) => {
                match (self, steps) {
                    $((Self::$variant(array), ArrayView::$variant(steps)) => {
                        let given = steps.shape().to_vec();
                        array.append(Axis(0), steps.view()).map_err(|_| Error::shape(&given, "its time steps are of another shape"))
                    })*
                    (array, steps) => Err(ErrorKind::Mismatch {
                        expected: array.element_type(),
                        expected_shape: array.shape().to_vec(),
                        found: steps.element_type(),
                        found_shape: steps.shape().to_vec(),
                    }
                    .into()),
                }
            };
        }
        append!(Bool, I8, I16, I32, I64, U8, U16, U32, U64, F32, F64)
    }

    /// Without its time steps, but with their room.
    pub(crate) fn emptied(self) -> Result<Self> {
        macro_rules! emptied {
            ($($variant:ident),*) => {
                match self {
                    $(Self::$variant(array) => {
                        let mut shape = array.shape().to_vec();
                        shape[0] = 0;
                        let mut values = array.into_raw_vec_and_offset().0;
                        values.clear();
                        let fail = |_| Error::shape(&shape, "it cannot be emptied");
                        Ok(Self::$variant(ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(fail)?))
                    })*
                }
            };
        }
        emptied!(Bool, I8, I16, I32, I64, U8, U16, U32, U64, F32, F64)
    }

    /// The same values under another shape with as many.
    pub(crate) fn into_shape(self, shape: &[usize]) -> Result<Self> {
        macro_rules! reshape {
            ($($variant:ident),*) => {
                match self {
                    $(Self::$variant(array) => {
                        let given = array.shape().to_vec();
                        let array = array.into_shape_with_order(IxDyn(shape));
                        Ok(array.map_err(|_| Error::shape(&given, "it cannot be unfolded"))?.into())
                    })*
                }
            };
        }
        reshape!(Bool, I8, I16, I32, I64, U8, U16, U32, U64, F32, F64)
    }
}

fn zeros<T: Number>(shape: &[usize]) -> Result<ArrayD<T>> {
    let bytes =
        || shape.iter().fold(T::TYPE.bytes() as u64, |bytes, axis| bytes.saturating_mul(*axis as u64));
    let fail = || Error::from(ErrorKind::Memory { bytes: bytes() });
    let count = shape.iter().try_fold(1_usize, |count, axis| count.checked_mul(*axis)).ok_or_else(fail)?;
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| fail())?;
    values.resize(count, T::default());
    ArrayD::from_shape_vec(IxDyn(shape), values).map_err(|_| fail())
}
