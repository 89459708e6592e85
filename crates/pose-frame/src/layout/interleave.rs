//! The columns of a wide table as one column of the long one.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, Int64Array, PrimitiveArray, StringArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;

use super::gather::MAX_TEXT_BYTES;
use crate::Label;

/// Columns of one length, each of one point: row `r` is point `r % points` of frame `r / points`, and missing where no
/// column is of that point. `None` when it would hold more text than an array can.
pub(super) fn interleave(
    data_type: &DataType,
    columns: &[(usize, ArrayRef)],
    points: usize,
    frames: usize,
) -> Option<ArrayRef> {
    Some(match data_type {
        DataType::Float64 => primitives::<Float64Type>(columns, points, frames, Some(f64::NAN)),
        DataType::Float32 => primitives::<Float32Type>(columns, points, frames, Some(f32::NAN)),
        DataType::Int8 => primitives::<Int8Type>(columns, points, frames, None),
        DataType::Int16 => primitives::<Int16Type>(columns, points, frames, None),
        DataType::Int32 => primitives::<Int32Type>(columns, points, frames, None),
        DataType::Int64 => primitives::<Int64Type>(columns, points, frames, None),
        DataType::UInt8 => primitives::<UInt8Type>(columns, points, frames, None),
        DataType::UInt16 => primitives::<UInt16Type>(columns, points, frames, None),
        DataType::UInt32 => primitives::<UInt32Type>(columns, points, frames, None),
        DataType::UInt64 => primitives::<UInt64Type>(columns, points, frames, None),
        DataType::Boolean => {
            let of_point = by_point(columns, points);
            let mut values = BooleanBuilder::with_capacity(points * frames);
            for frame in 0..frames {
                for column in &of_point {
                    let column = column.map(AsArray::as_boolean).filter(|column| column.is_valid(frame));
                    values.append_option(column.map(|column| column.value(frame)));
                }
            }
            Arc::new(values.finish())
        }
        // Schemas let no other type in.
        _ => {
            let bytes: usize = columns.iter().map(|(_, column)| text_bytes(column.as_string::<i32>())).sum();
            if bytes > MAX_TEXT_BYTES {
                return None;
            }
            let of_point = by_point(columns, points);
            let mut values = StringBuilder::with_capacity(points * frames, bytes);
            for frame in 0..frames {
                for column in &of_point {
                    let column = column.map(AsArray::as_string::<i32>);
                    let column = column.filter(|column| column.is_valid(frame));
                    values.append_option(column.map(|column| column.value(frame)));
                }
            }
            Arc::new(values.finish())
        }
    })
}

fn by_point(columns: &[(usize, ArrayRef)], points: usize) -> Vec<Option<&ArrayRef>> {
    let mut of_point = vec![None; points];
    for (point, column) in columns {
        of_point[*point] = Some(column);
    }
    of_point
}

fn text_bytes(texts: &StringArray) -> usize {
    let offsets = texts.value_offsets();
    let span = offsets.last().copied().unwrap_or(0) - offsets.first().copied().unwrap_or(0);
    usize::try_from(span).unwrap_or(0)
}

fn primitives<T: ArrowPrimitiveType>(
    columns: &[(usize, ArrayRef)],
    points: usize,
    frames: usize,
    missing: Option<T::Native>,
) -> ArrayRef {
    /// So many rows at once that they stay in the processor's cache while one column after the other is put in.
    const ROWS_AT_ONCE: usize = 1 << 14;

    let mut values = vec![missing.unwrap_or_default(); points * frames];
    let columns: Vec<(usize, &PrimitiveArray<T>)> =
        columns.iter().map(|(point, column)| (*point, column.as_primitive::<T>())).collect();
    let frames_at_once = (ROWS_AT_ONCE / points.max(1)).max(1);
    for first in (0..frames).step_by(frames_at_once) {
        let some = first..frames.min(first + frames_at_once);
        for (point, column) in &columns {
            let rows = values[some.start * points..some.end * points].iter_mut().skip(*point).step_by(points);
            rows.zip(&column.values()[some.clone()]).for_each(|(row, value)| *row = *value);
        }
    }
    let all_there = columns.len() == points && columns.iter().all(|(_, column)| column.null_count() == 0);
    let nulls = (missing.is_none() && !all_there).then(|| {
        let mut valid = vec![false; points * frames];
        for (point, column) in &columns {
            let rows = valid.iter_mut().skip(*point).step_by(points).enumerate();
            rows.for_each(|(frame, valid)| *valid = column.is_valid(frame));
        }
        NullBuffer::from(valid)
    });
    Arc::new(PrimitiveArray::<T>::new(ScalarBuffer::from(values), nulls))
}

/// The labels of the points, over and over for so many frames. `None` when that is more text than an array can hold.
pub(super) fn tile<'a>(labels: impl Iterator<Item = &'a Label>, frames: usize) -> Option<ArrayRef> {
    let labels: Vec<&Label> = labels.collect();
    if labels.iter().all(|label| label.as_text().is_none()) {
        let numbers: Vec<i64> = labels
            .iter()
            .map(|label| match label {
                Label::Integer(number) => *number,
                Label::Text(_) => 0,
            })
            .collect();
        return Some(Arc::new(Int64Array::from(numbers.repeat(frames))));
    }
    let texts: String = labels.iter().filter_map(|label| label.as_text()).collect();
    if texts.len().checked_mul(frames)? > MAX_TEXT_BYTES {
        return None;
    }
    let lengths = labels.iter().map(|label| label.as_text().map_or(0, str::len));
    let lengths: Vec<usize> = lengths.collect();
    let offsets = OffsetBuffer::<i32>::from_lengths(lengths.repeat(frames));
    let values = Buffer::from_vec(texts.repeat(frames).into_bytes());
    StringArray::try_new(offsets, values, None).ok().map(|array| Arc::new(array) as ArrayRef)
}

#[cfg(test)]
mod tests {
    use arrow_array::{BooleanArray, Float64Array};

    use super::*;

    #[test]
    fn points_take_turns_and_one_without_a_column_is_missing() {
        let column = |values: Vec<f64>| Arc::new(Float64Array::from(values)) as ArrayRef;
        let columns = [(0, column(vec![1.0, 2.0])), (2, column(vec![10.0, 20.0]))];
        let long = interleave(&DataType::Float64, &columns, 3, 2).expect("it fits");
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        let found = long.as_primitive::<Float64Type>().values();
        assert_eq!(bits(found), bits(&[1.0, f64::NAN, 10.0, 2.0, f64::NAN, 20.0]));
        assert_eq!(long.null_count(), 0);
    }

    #[test]
    fn what_is_no_float_is_null_where_it_is_missing() {
        let integers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
        let long = interleave(&DataType::Int64, &[(1, integers)], 2, 2).expect("it fits");
        assert_eq!(&long, &(Arc::new(Int64Array::from(vec![None, Some(1), None, None])) as ArrayRef));
        let booleans: ArrayRef = Arc::new(BooleanArray::from(vec![Some(true), None]));
        let long = interleave(&DataType::Boolean, &[(1, booleans)], 2, 2).expect("it fits");
        assert_eq!(&long, &(Arc::new(BooleanArray::from(vec![None, Some(true), None, None])) as ArrayRef));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
        let long = interleave(&DataType::Utf8, &[(0, texts)], 2, 2).expect("it fits");
        assert_eq!(&long, &(Arc::new(StringArray::from(vec![Some("a"), None, None, None])) as ArrayRef));
    }

    #[test]
    fn labels_are_tiled_as_text_or_as_numbers() {
        let texts = tile([Label::from("it"), Label::from("")].iter(), 2).expect("it fits");
        assert_eq!(&texts, &(Arc::new(StringArray::from(vec!["it", "", "it", ""])) as ArrayRef));
        let numbers = tile([Label::from(7), Label::from(-7)].iter(), 2).expect("it fits");
        assert_eq!(&numbers, &(Arc::new(Int64Array::from(vec![7, -7, 7, -7])) as ArrayRef));
        assert!(tile([Label::from("much")].iter(), MAX_TEXT_BYTES / 4 + 1).is_none());
    }
}
