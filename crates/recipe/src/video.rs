//! Columns as arrays of `vidpack`, and back.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, PrimitiveArray};
use ndarray::{ArrayD, IxDyn};
use vidpack::{Array, ArrayView, ElementType};

use crate::{Error, ErrorKind, NumberType, Result};

/// The folder of the videos in that of the table.
pub(crate) const FOLDER: &str = "videos";

/// What `vidpack` calls a type.
pub(crate) fn element(number: NumberType) -> ElementType {
    match number {
        NumberType::Int8 => ElementType::I8,
        NumberType::Int16 => ElementType::I16,
        NumberType::Int32 => ElementType::I32,
        NumberType::Int64 => ElementType::I64,
        NumberType::UInt8 => ElementType::U8,
        NumberType::UInt16 => ElementType::U16,
        NumberType::UInt32 => ElementType::U32,
        NumberType::UInt64 => ElementType::U64,
        NumberType::Float32 => ElementType::F32,
        NumberType::Float64 => ElementType::F64,
    }
}

/// Rows of columns as time steps of an array.
pub(crate) fn to_array(columns: &[ArrayRef], number: NumberType, shape: &[usize]) -> Result<Array> {
    macro_rules! of {
        ($($name:ident $type:ident),*) => {
            match number { $(NumberType::$name => {
                let columns: Vec<_> =
                    columns.iter().map(|column| column.as_primitive::<arrow_array::types::$type>().values()).collect();
                let rows = columns.first().map_or(0, |column| column.len());
                let values = (0..rows).flat_map(|row| columns.iter().map(move |column| column[row])).collect();
                let shape = [&[rows], shape].concat();
                let array = ArrayD::from_shape_vec(IxDyn(&shape), values);
                array.map(Array::from).map_err(|error| ErrorKind::Encode { what: error.to_string() }.into())
            })* }
        };
    }
    of!(Int8 Int8Type, Int16 Int16Type, Int32 Int32Type, Int64 Int64Type, UInt8 UInt8Type, UInt16 UInt16Type,
        UInt32 UInt32Type, UInt64 UInt64Type, Float32 Float32Type, Float64 Float64Type)
}

/// Some columns of an array.
pub(crate) fn to_columns(
    array: &ArrayView<'_>,
    number: NumberType,
    columns: usize,
    places: &[usize],
) -> Result<Vec<ArrayRef>> {
    macro_rules! of {
        ($($name:ident $type:ident $variant:ident),*) => {
            match (number, array) {
                $((NumberType::$name, ArrayView::$variant(array)) => {
                    let mut out = vec![Vec::with_capacity(array.len() / columns.max(1)); places.len()];
                    let values = array.as_standard_layout();
                    let values = values.as_slice().unwrap_or_default();
                    for row in values.chunks_exact(columns.max(1)) {
                        out.iter_mut().zip(places).for_each(|(out, place)| out.push(row[*place]));
                    }
                    let array = |values| Arc::new(PrimitiveArray::<arrow_array::types::$type>::from(values)) as ArrayRef;
                    Ok(out.into_iter().map(|values: Vec<_>| array(values)).collect())
                })*
                _ => Err(Error::damaged(FOLDER, format!("an array is not of {}", number.name()))),
            }
        };
    }
    of!(Int8 Int8Type I8, Int16 Int16Type I16, Int32 Int32Type I32, Int64 Int64Type I64, UInt8 UInt8Type U8,
        UInt16 UInt16Type U16, UInt32 UInt32Type U32, UInt64 UInt64Type U64, Float32 Float32Type F32,
        Float64 Float64Type F64)
}
