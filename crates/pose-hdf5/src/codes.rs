//! Labels that are stored once each, and a code per row that says which of them it has.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, Float32Array, Float64Array, Int64Array, downcast_integer_array};
use arrow_schema::DataType;
use arrow_select::take::take;

/// A code for which there is no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WrongCode {
    pub(crate) code: i64,
    /// How many labels there are.
    pub(crate) count: usize,
}

/// The labels that whole numbers stand for; -1 stands for a missing one.
pub(crate) fn decode(codes: &ArrayRef, labels: &ArrayRef) -> Result<ArrayRef, WrongCode> {
    let codes = codes.as_ref();
    let count = i64::try_from(labels.len()).unwrap_or(i64::MAX);
    let positions: Vec<i64> = downcast_integer_array!(
        codes => codes.values().iter().map(|&code| i64::try_from(i128::from(code)).unwrap_or(i64::MAX)).collect(),
        _ => Vec::new()
    );
    if let Some(&code) = positions.iter().find(|&&code| !(-1..count).contains(&code)) {
        return Err(WrongCode { code, count: labels.len() });
    }
    let positions: Int64Array =
        positions.into_iter().map(|code| Some(code).filter(|&code| code >= 0)).collect();
    let taken = take(labels.as_ref(), &positions, None).expect("codes are below the number of labels");
    Ok(nulls_as_nan(taken))
}

/// Missing floats are NaN in memory.
fn nulls_as_nan(array: ArrayRef) -> ArrayRef {
    if array.null_count() == 0 {
        return array;
    }
    match array.data_type() {
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>().iter().map(|value| value.unwrap_or(f64::NAN));
            Arc::new(Float64Array::from_iter_values(values))
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().iter().map(|value| value.unwrap_or(f32::NAN));
            Arc::new(Float32Array::from_iter_values(values))
        }
        _ => array,
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::{Int8Array, StringArray, UInt8Array};

    use super::*;

    #[test]
    fn a_code_is_a_position_and_minus_one_is_missing() {
        let labels: ArrayRef = Arc::new(StringArray::from(vec!["rest", "groom"]));
        let found = decode(&(Arc::new(Int8Array::from(vec![1, -1, 0])) as ArrayRef), &labels).unwrap();
        assert_eq!(*found.as_string::<i32>(), StringArray::from(vec![Some("groom"), None, Some("rest")]));
        for (codes, code) in [
            (Arc::new(Int8Array::from(vec![0, 2])) as ArrayRef, 2),
            (Arc::new(Int8Array::from(vec![-2])), -2),
            (Arc::new(UInt8Array::from(vec![255])), 255),
        ] {
            assert_eq!(decode(&codes, &labels), Err(WrongCode { code, count: 2 }));
        }
    }

    #[test]
    fn a_missing_float_is_nan() {
        let labels: ArrayRef = Arc::new(Float64Array::from(vec![0.5]));
        let found = decode(&(Arc::new(Int8Array::from(vec![-1, 0])) as ArrayRef), &labels).unwrap();
        assert_eq!(found.null_count(), 0);
        assert!(found.as_primitive::<Float64Type>().value(0).is_nan());
    }
}
