//! Rows put together from parts of a table.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, make_array};
use arrow_data::ArrayData;
use arrow_data::transform::{Capacities, MutableArrayData};

use crate::{IndexLevel, IndexSchema, PoseSchema, RowIndex, TableError};

/// Rows that were kept of parts, until they are put together.
pub(super) struct Rows {
    /// For each column and then each level of row labels the rows of each part.
    parts: Vec<Vec<ArrayRef>>,
    num_columns: usize,
}

impl Rows {
    pub(super) fn of(schema: &PoseSchema) -> Self {
        let num_columns = schema.columns().len();
        Self { parts: vec![Vec::new(); num_columns + schema.index().fields().len()], num_columns }
    }

    /// Adds runs of the rows of a part.
    pub(super) fn add(
        &mut self,
        index: &RowIndex,
        columns: &[ArrayRef],
        runs: &[Range<usize>],
    ) -> Result<(), TableError> {
        let labels = index.to_levels();
        let arrays = columns.iter().chain(labels.iter().map(|level| &level.values));
        for (parts, array) in self.parts.iter_mut().zip(arrays) {
            parts.push(picked(array, runs)?);
        }
        Ok(())
    }

    /// The labels of the rows, and the columns.
    pub(super) fn finish(self, schema: &PoseSchema) -> Result<(RowIndex, Vec<ArrayRef>), TableError> {
        let mut arrays = Vec::with_capacity(self.parts.len());
        for parts in self.parts {
            arrays.push(joined(&parts)?);
        }
        let labels = arrays.split_off(self.num_columns).into_iter();
        let names = schema.index().fields();
        let mut levels =
            names.into_iter().zip(labels).map(|(field, values)| IndexLevel::new(field.name, values));
        let index = match schema.index() {
            IndexSchema::Multi(_) => RowIndex::Multi(levels.collect()),
            _ => levels.next().map_or_else(|| RowIndex::range(0), RowIndex::Labels),
        };
        Ok((index, arrays))
    }
}

fn picked(array: &ArrayRef, runs: &[Range<usize>]) -> Result<ArrayRef, TableError> {
    if let [run] = runs {
        return Ok(array.slice(run.start, run.len()));
    }
    let data = array.to_data();
    let rows = runs.iter().map(Range::len).sum();
    let mut picked = MutableArrayData::new(vec![&data], false, rows);
    for run in runs {
        picked.try_extend(0, run.start, run.end).map_err(TableError::read)?;
    }
    Ok(make_array(picked.freeze()))
}

fn joined(parts: &[ArrayRef]) -> Result<ArrayRef, TableError> {
    if let [part] = parts {
        return Ok(Arc::clone(part));
    }
    let rows = parts.iter().map(Array::len).sum();
    let data: Vec<ArrayData> = parts.iter().map(Array::to_data).collect();
    let capacity = Capacities::Array(rows);
    let mut joined = MutableArrayData::with_capacities(data.iter().collect(), false, capacity);
    for (at, part) in parts.iter().enumerate() {
        // Texts of all parts can be more than one array holds.
        joined.try_extend(at, 0, part.len()).map_err(TableError::read)?;
    }
    Ok(make_array(joined.freeze()))
}
