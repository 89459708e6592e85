//! Single values: as text for people, and whether they are there.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, downcast_integer_array};
use arrow_schema::DataType;

/// How many values of a column are missing: null, or NaN in a column of floats.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Float64Array};
///
/// let x: ArrayRef = Arc::new(Float64Array::from(vec![0.5, f64::NAN, f64::INFINITY]));
/// assert_eq!(pose_frame::count_missing(&x), 1);
/// ```
#[must_use]
pub fn count_missing(column: &ArrayRef) -> usize {
    match column.data_type() {
        DataType::Float64 => {
            column.as_primitive::<Float64Type>().values().iter().filter(|x| x.is_nan()).count()
        }
        DataType::Float32 => {
            column.as_primitive::<Float32Type>().values().iter().filter(|x| x.is_nan()).count()
        }
        _ => column.null_count(),
    }
}

/// A value as text for people: floats in the shortest form that reads back, text in quotes.
pub(crate) fn text(array: &ArrayRef, row: usize) -> String {
    if array.is_null(row) {
        return "missing".to_owned();
    }
    let array = array.as_ref();
    downcast_integer_array!(
        array => format!("{}", array.value(row)),
        DataType::Float32 => format!("{:?}", array.as_primitive::<Float32Type>().value(row)),
        DataType::Float64 => format!("{:?}", array.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => array.as_boolean().value(row).to_string(),
        DataType::Utf8 => format!("{:?}", array.as_string::<i32>().value(row)),
        DataType::Timestamp(..) | DataType::Duration(_) => temporal_text(array, row),
        _ => format!("{:?}", array.slice(row, 1))
    )
}

/// The count since the epoch with its unit: what is stored, whatever the calendar makes of it.
fn temporal_text(array: &dyn Array, row: usize) -> String {
    let data = array.slice(row, 1).to_data();
    let count = data.buffer::<i64>(0).first().copied().unwrap_or(0);
    let unit = match array.data_type() {
        DataType::Timestamp(unit, _) | DataType::Duration(unit) => format!("{unit:?}").to_lowercase(),
        _ => String::new(),
    };
    format!("{count} {unit}s")
}
