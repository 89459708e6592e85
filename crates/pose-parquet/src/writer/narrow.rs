//! float64 that is exactly float32, stored as that.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{ArrayRef, PrimitiveArray};
use arrow_schema::DataType;
use pose_frame::{PoseTable, Selection, TableError, default_batch_frames};
use rayon::prelude::*;

/// Which columns of float64 are stored as float32, and come back here as float64.
///
/// `DeepLabCut`'s networks give float32, which its tables hold as float64. Stored as float32 they take half the memory
/// in other programs, which see float32.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Narrow {
    /// None: the type in the file is the type of the table. The default.
    #[default]
    Never,
    /// Those whose every value is exactly a float32. [`write_table`](crate::write_table) reads the table twice for it: once to
    /// look at the values, once to write them. A [`TableWriter`](crate::TableWriter) cannot look ahead, and refuses this.
    WhereExact,
    /// Those at these positions among the columns of the table. A value that is not exactly a float32 is an error.
    Columns(Vec<usize>),
}

/// The columns of a table whose every value is exactly a float32.
pub(super) fn exact_columns(table: &dyn PoseTable) -> Result<Vec<usize>, TableError> {
    let columns = table.schema().columns().iter().enumerate();
    let mut candidates: Vec<(usize, Narrowing)> = columns
        .filter(|(_, column)| column.data_type == DataType::Float64)
        .map(|(position, _)| (position, Narrowing::default()))
        .collect();
    let mut start = 0;
    while start < table.num_frames() && !candidates.is_empty() {
        let end = table.num_frames().min(start + default_batch_frames(table.schema()));
        // Only what may still be narrowed is read.
        let positions = candidates.iter().map(|(position, _)| *position);
        let frame = table.read(&Selection::all().columns(positions).frames(start..end))?;
        let columns = frame.columns().par_iter();
        let look = |(values, mut candidate): (&ArrayRef, (usize, Narrowing))| {
            candidate.1.check(values.as_primitive::<Float64Type>().values()).is_ok().then_some(candidate)
        };
        candidates = columns.zip(candidates).filter_map(look).collect();
        start = end;
    }
    Ok(candidates.into_iter().map(|(position, _)| position).collect())
}

/// A column that is being narrowed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Narrowing {
    /// The bits of the first NaN. Others have no place in a float32.
    pub(super) missing: Option<u64>,
}

/// The first value that is not exactly a float32.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NotExact {
    pub(super) row: usize,
    pub(super) value: f64,
}

impl Narrowing {
    /// Makes float32 of float64.
    pub(super) fn narrow(&mut self, values: &ArrayRef) -> Result<ArrayRef, NotExact> {
        let values = values.as_primitive::<Float64Type>().values();
        self.check(values)?;
        let narrow = values.iter().map(|&value| if value.is_nan() { f32::NAN } else { rounded(value) });
        let narrow: Vec<f32> = narrow.collect();
        Ok(Arc::new(PrimitiveArray::<Float32Type>::new(narrow.into(), None)))
    }

    fn check(&mut self, values: &[f64]) -> Result<(), NotExact> {
        // Usually all are, and none is NaN: that is told by vectors.
        if !values.iter().all(|&value| f64::from(rounded(value)).eq(&value)) {
            for (row, &value) in values.iter().enumerate() {
                let is_exact = if value.is_nan() {
                    value.to_bits() == *self.missing.get_or_insert(value.to_bits())
                } else {
                    f64::from(rounded(value)).eq(&value)
                };
                if !is_exact {
                    return Err(NotExact { row, value });
                }
            }
        }
        Ok(())
    }
}

#[allow(clippy::cast_possible_truncation, reason = "what is lost is looked for")]
fn rounded(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use arrow_array::Float64Array;

    use super::*;

    #[test]
    fn what_is_exact_is_narrowed_and_the_rest_is_named() {
        let narrow = |values: &[f64]| {
            let mut narrowing = Narrowing::default();
            let array: ArrayRef = Arc::new(Float64Array::from(values.to_vec()));
            narrowing.narrow(&array).map_err(|not_exact| not_exact.row)
        };
        let smallest = f64::from(f32::from_bits(1));
        let exact = [0.5, -0.0, f64::INFINITY, smallest, -f64::NAN, f64::from(0.1_f32), -f64::NAN];
        let narrowed = narrow(&exact).unwrap();
        let narrowed = narrowed.as_primitive::<Float32Type>().values();
        for (found, expected) in narrowed.iter().zip(exact) {
            assert!(found.is_nan() && expected.is_nan() || f64::from(*found).to_bits() == expected.to_bits());
        }
        assert_eq!(narrow(&[0.5, 0.1]), Err(1));
        assert_eq!(narrow(&[1e300]), Err(0));
        assert_eq!(narrow(&[smallest / 2.0]), Err(0));
        assert_eq!(narrow(&[f64::NAN, 1.0, -f64::NAN]), Err(2), "two patterns of NaN");
    }
}
