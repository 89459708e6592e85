//! A table in memory.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use crate::{PoseSchema, PoseTable, RowIndex, Selection, TableError, TableErrorKind};

/// A pose table in memory: a schema, the labels of its rows, and one Arrow array per column.
///
/// Cloning is cheap, and a selection of it shares its values.
///
/// # Shape
///
/// Every array has as many values as the index has rows.
///
/// # Missing values
///
/// Floats are never null; a missing one is NaN. Other types may be null.
#[derive(Clone, Debug)]
pub struct PoseFrame {
    schema: Arc<PoseSchema>,
    index: RowIndex,
    columns: Vec<ArrayRef>,
}

impl PoseFrame {
    /// A table of these columns.
    ///
    /// # Errors
    ///
    /// When number, type or length of the columns, or the index, are not what the schema says, or a float is
    /// null.
    pub fn new(schema: Arc<PoseSchema>, index: RowIndex, columns: Vec<ArrayRef>) -> Result<Self, TableError> {
        index.validate()?;
        let found = index.schema();
        if found != *schema.index() {
            let (expected, found) = (schema.index().to_string(), found.to_string());
            return Err(TableErrorKind::IndexMismatch { expected, found }.into());
        }
        if columns.len() != schema.columns().len() {
            let (expected, found) = (schema.columns().len(), columns.len());
            return Err(TableErrorKind::ColumnCount { expected, found }.into());
        }
        for (array, column) in columns.iter().zip(schema.columns()) {
            let key = || column.key.clone();
            if array.len() != index.len() {
                let (expected, found) = (index.len(), array.len());
                return Err(TableErrorKind::ColumnLength { key: key(), expected, found }.into());
            }
            if *array.data_type() != column.data_type {
                let (expected, found) = (column.data_type.clone(), array.data_type().clone());
                return Err(TableErrorKind::ColumnType { key: key(), expected, found }.into());
            }
            if matches!(column.data_type, DataType::Float32 | DataType::Float64) && array.null_count() > 0 {
                return Err(TableErrorKind::NullFloat { key: key() }.into());
            }
        }
        Ok(Self { schema, index, columns })
    }

    /// The labels of the rows.
    #[must_use]
    pub fn index(&self) -> &RowIndex {
        &self.index
    }

    /// The columns, in the order of the schema.
    #[must_use]
    pub fn columns(&self) -> &[ArrayRef] {
        &self.columns
    }

    /// The schema, to share it.
    #[must_use]
    pub fn shared_schema(&self) -> &Arc<PoseSchema> {
        &self.schema
    }
}

/// Reading copies no values: the columns of the selection are slices of these.
impl PoseTable for PoseFrame {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.index.len()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.schema, self.num_frames())?;
        let frames = resolved.frames;
        let all_columns = resolved.columns.len() == self.columns.len();
        let schema = if all_columns {
            Arc::clone(&self.schema)
        } else {
            Arc::new(self.schema.project(&resolved.columns))
        };
        let columns =
            resolved.columns.iter().map(|&column| self.columns[column].slice(frames.start, frames.len()));
        Ok(Self { schema, columns: columns.collect(), index: self.index.slice(frames) })
    }
}
