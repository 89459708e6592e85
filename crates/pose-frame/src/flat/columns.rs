//! A table as named columns, the labels of its rows first, and back.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, PrimitiveArray};
use arrow_schema::DataType;

use super::labels::labels_of_type;
use super::{FlatErrorKind, FlatNames};
use crate::{
    Column, ColumnKey, IndexLevel, IndexSchema, PoseFrame, PoseSchema, PoseTable as _, RangeIndex, RowIndex,
    TableError,
};

/// When the labels of rows become columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RowColumns {
    /// Except where rows are counted 0, 1, 2, … under no name, as every library counts them anyway.
    #[default]
    UnlessCounted,
    /// Always: so that a row says which frame it is of after others were filtered out.
    Always,
}

/// Named columns of one length.
pub(crate) struct FlatColumns {
    pub(crate) columns: Vec<(String, ArrayRef)>,
    /// Known also where there are no columns.
    pub(crate) num_rows: usize,
}

impl FlatColumns {
    /// The columns of a table, the labels of its rows first. Copies no values.
    pub(crate) fn of(frame: &PoseFrame, rows: RowColumns) -> Result<Self, TableError> {
        let FlatNames { columns, index } = FlatNames::of(frame.schema());
        let mut named: Vec<(String, ArrayRef)> = Vec::with_capacity(columns.len() + index.len());
        if rows == RowColumns::Always || !is_counted(frame.index()) {
            let labels = frame.index().to_levels().into_iter().map(|level| level.values);
            named.extend(index.into_iter().zip(labels));
        }
        named.extend(columns.into_iter().zip(frame.columns().iter().cloned()));
        let mut seen = HashSet::with_capacity(named.len());
        if let Some((name, _)) = named.iter().find(|(name, _)| !seen.insert(name.as_str())) {
            return Err(FlatErrorKind::NameClash { column: name.clone() }.into());
        }
        Ok(Self { columns: named, num_rows: frame.num_frames() })
    }

    /// The table of this schema that these are the columns of, in whatever order they come.
    pub(crate) fn into_frame(self, schema: &Arc<PoseSchema>) -> Result<PoseFrame, TableError> {
        let names = FlatNames::of(schema);
        let order: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let mut arrays = HashMap::with_capacity(self.columns.len());
        for (name, array) in self.columns {
            if arrays.insert(name.clone(), array).is_some() {
                return Err(FlatErrorKind::NameClash { column: name }.into());
            }
        }
        let index = take_index(schema.index(), names.index, &mut arrays, self.num_rows)?;
        let schema = if index.schema() == *schema.index() {
            Arc::clone(schema)
        } else {
            Arc::new(PoseSchema::clone(schema).with_index(index.schema()))
        };
        let mut columns = Vec::with_capacity(names.columns.len());
        for (column, name) in schema.columns().iter().zip(names.columns) {
            let Some(array) = arrays.remove(&name) else {
                return Err(FlatErrorKind::NoColumn { column: name }.into());
            };
            if *array.data_type() != column.data_type {
                let (expected, found) = (column.data_type.clone(), array.data_type().clone());
                return Err(FlatErrorKind::Type { column: name, expected, found }.into());
            }
            columns.push(missing_as_nan(array));
        }
        if let Some(column) = order.into_iter().find(|name| arrays.contains_key(name)) {
            return Err(FlatErrorKind::LeftOver { column }.into());
        }
        PoseFrame::new(schema, index, columns)
    }

    /// A table of one unnamed level, its rows counted.
    pub(crate) fn into_flat_frame(self) -> Result<PoseFrame, TableError> {
        let index = RowIndex::range(self.num_rows);
        let mut columns = Vec::with_capacity(self.columns.len());
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (column, array) in self.columns {
            let data_type = array.data_type().clone();
            if !Column::can_hold(&data_type) {
                return Err(FlatErrorKind::UnsupportedType { column, found: data_type.to_string() }.into());
            }
            columns.push(Column::new(ColumnKey::new([column]), data_type));
            arrays.push(missing_as_nan(array));
        }
        let schema = PoseSchema::new(vec![None], columns, index.schema())?;
        PoseFrame::new(Arc::new(schema), index, arrays)
    }
}

/// The labels of the rows, out of the columns. Where the schema counts the rows and their labels are no longer in equal
/// steps, they are labelled by them one by one.
fn take_index(
    schema: &IndexSchema,
    names: Vec<String>,
    arrays: &mut HashMap<String, ArrayRef>,
    num_rows: usize,
) -> Result<RowIndex, FlatErrorKind> {
    let mut levels = Vec::with_capacity(names.len());
    for (field, column) in schema.fields().into_iter().zip(names) {
        match (arrays.remove(&column), schema) {
            (Some(labels), _) => {
                let labels = labels_of_type(missing_as_nan(labels), &field.data_type, &column)?;
                levels.push(IndexLevel::new(field.name, labels));
            }
            (None, IndexSchema::Range { name }) => {
                let range = RangeIndex { name: name.clone(), start: 0, step: 1, len: num_rows };
                return Ok(RowIndex::Range(range));
            }
            (None, _) => return Err(FlatErrorKind::NoColumn { column }),
        }
    }
    match (schema, levels.pop()) {
        (IndexSchema::Range { .. }, Some(level)) => Ok(match counted(&level.values) {
            Some((start, step)) => {
                RowIndex::Range(RangeIndex { name: level.name, start, step, len: num_rows })
            }
            None => RowIndex::Labels(level),
        }),
        (IndexSchema::Labels(_), Some(level)) => Ok(RowIndex::Labels(level)),
        (_, last) => Ok(RowIndex::Multi(levels.into_iter().chain(last).collect())),
    }
}

fn is_counted(index: &RowIndex) -> bool {
    matches!(index, RowIndex::Range(RangeIndex { name: None, start: 0, step: 1, .. }))
}

/// Start and step of labels that are a range; none where they are not.
fn counted(labels: &ArrayRef) -> Option<(i64, i64)> {
    let labels = labels.as_primitive_opt::<Int64Type>().filter(|labels| labels.null_count() == 0)?.values();
    let (start, step) = match **labels {
        [] => (0, 1),
        [only] => (only, 1),
        [first, second, ..] => (first, second.wrapping_sub(first)),
    };
    let even = labels.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    (even && step != 0).then_some((start, step))
}

/// A column, or labels, whose missing floats are NaN. Copied only where a null does not stand for a NaN that is there anyway.
fn missing_as_nan(array: ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float64 if array.null_count() > 0 => floats(array.as_primitive::<Float64Type>(), f64::NAN),
        DataType::Float32 if array.null_count() > 0 => floats(array.as_primitive::<Float32Type>(), f32::NAN),
        _ => array,
    }
}

fn floats<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, nan: T::Native) -> ArrayRef {
    // Nothing but NaN differs from itself.
    let is_nan = |value: T::Native| value.partial_cmp(&value).is_none();
    let values = array.values();
    let shared = (0..array.len()).all(|row| !array.is_null(row) || is_nan(values[row]));
    if shared {
        return Arc::new(PrimitiveArray::<T>::new(values.clone(), None));
    }
    let value = |row: usize| if array.is_null(row) { nan } else { values[row] };
    Arc::new(PrimitiveArray::<T>::from_iter_values((0..array.len()).map(value)))
}

#[cfg(test)]
mod tests {
    use arrow_array::{Float64Array, Int64Array};
    use arrow_buffer::NullBuffer;

    use super::*;

    #[test]
    fn labels_in_equal_steps_are_a_range() {
        let range = |labels: &[i64]| counted(&(Arc::new(Int64Array::from(labels.to_vec())) as ArrayRef));
        assert_eq!(range(&[]), Some((0, 1)));
        assert_eq!(range(&[7]), Some((7, 1)));
        assert_eq!(range(&[3, 1, -1]), Some((3, -2)));
        assert_eq!(range(&[i64::MAX, i64::MIN]), Some((i64::MAX, 1)));
        assert_eq!(range(&[0, 1, 3]), None);
        assert_eq!(range(&[5, 5, 5]), None, "no step at all is no count");
        let with_null: ArrayRef = Arc::new(Int64Array::from(vec![Some(0), None, Some(2)]));
        assert_eq!(counted(&with_null), None);
    }

    #[test]
    fn missing_labels_that_are_floats_are_nan() {
        let seconds = |values: Vec<Option<f64>>| Arc::new(Float64Array::from(values)) as ArrayRef;
        let index = RowIndex::Labels(IndexLevel::new(Some("seconds".into()), seconds(vec![Some(0.5)])));
        let schema =
            Arc::new(PoseSchema::new(vec![None], Vec::new(), index.schema()).expect("it is well formed"));
        let labels = seconds(vec![Some(0.5), None]);
        let flat = FlatColumns { columns: vec![("seconds".to_owned(), Arc::clone(&labels))], num_rows: 2 };
        let table = flat.into_frame(&schema).expect("it is of this schema");
        let RowIndex::Labels(found) = table.index() else { panic!("{:?}", table.index()) };
        assert_eq!(found.values.null_count(), 0);
        assert!(found.values.as_primitive::<Float64Type>().value(1).is_nan());

        let index = RowIndex::Labels(IndexLevel::new(Some("seconds".into()), labels));
        let error = PoseFrame::new(schema, index, Vec::new()).expect_err("a null would be taken for 0");
        assert!(matches!(error.kind(), crate::TableErrorKind::NullLabel { level: 0 }), "{error}");
    }

    #[test]
    fn a_null_over_nan_shares_the_values_and_keeps_their_bits() {
        let odd = f64::from_bits(0x7ff8_dead_beef_0001);
        let nulls = NullBuffer::from(vec![true, false]);
        let over_nan = Float64Array::new(vec![1.0, odd].into(), Some(nulls.clone()));
        let address = over_nan.values().as_ptr();
        let filled = missing_as_nan(Arc::new(over_nan));
        assert_eq!(filled.as_primitive::<Float64Type>().values().as_ptr(), address);
        assert_eq!(filled.as_primitive::<Float64Type>().value(1).to_bits(), odd.to_bits());

        let over_zero: ArrayRef = Arc::new(Float64Array::new(vec![1.0, 0.0].into(), Some(nulls)));
        let filled = missing_as_nan(over_zero);
        assert_eq!(filled.null_count(), 0);
        assert!(filled.as_primitive::<Float64Type>().value(1).is_nan());
    }
}
