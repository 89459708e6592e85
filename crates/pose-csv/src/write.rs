//! Writing a table as pandas does.

mod error;
pub(crate) mod float;
pub(crate) mod moment;
mod text;

use std::io::Write;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type, UInt64Type};
use arrow_array::{Array, ArrayRef, BooleanArray, StringArray};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use pose_frame::{PoseFrame, PoseTable, Selection, default_batch_frames};
use rayon::prelude::*;

use crate::form::CsvForm;
pub use error::{CsvWriteError, CsvWriteErrorKind};

/// Writes a table, byte for byte as `DataFrame.to_csv` of pandas 3 does, and gives back what it was written to.
///
/// That the table can be had back from it was checked when the [`CsvForm`] was made. `out` is written to in pieces of some
/// megabytes; it need not be buffered, and is flushed.
///
/// # Errors
///
/// When the table cannot be read, or `out` cannot be written to.
///
/// # Examples
///
/// ```
/// use pose_csv::{CsvForm, write_table};
/// use pose_frame::testing;
///
/// let table = testing::predictions(2);
/// let text = String::from_utf8(write_table(&CsvForm::of(&table)?, Vec::new())?)?;
/// assert!(text.starts_with("scorer,DLC_net,DLC_net,"));
/// assert_eq!(text.lines().count(), 3 + 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_table<W: Write>(form: &CsvForm<'_>, mut out: W) -> Result<W, CsvWriteError> {
    /// Text takes two to three times the memory of numbers, and both are there at once.
    const PART_OF_A_BATCH: usize = 4;
    /// Rows that a thread writes at once.
    const ROWS: usize = 1024;
    out.write_all(&header(form)).map_err(CsvWriteError::io)?;
    let frames = (default_batch_frames(form.table().schema()) / PART_OF_A_BATCH).max(1);
    for batch in form.table().batches(&Selection::all(), frames)? {
        let batch = batch?;
        let cells = row_cells(form, &batch);
        let starts: Vec<usize> = (0..batch.num_frames()).step_by(ROWS).collect();
        let parts: Vec<Vec<u8>> = starts
            .into_par_iter()
            .map(|start| rows(&cells, start..batch.num_frames().min(start + ROWS)))
            .collect();
        for part in parts {
            out.write_all(&part).map_err(CsvWriteError::io)?;
        }
    }
    out.flush().map_err(CsvWriteError::io)?;
    Ok(out)
}

fn header(form: &CsvForm<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for row in form.header_rows() {
        row_of(&mut out, row.len(), |out, cell| text::push(out, row[cell].as_bytes()));
    }
    out
}

fn rows(cells: &[Cells], rows: std::ops::Range<usize>) -> Vec<u8> {
    /// What a float takes with its comma, mostly.
    const CELL_BYTES: usize = 20;
    let mut out = Vec::with_capacity(rows.len() * cells.len() * CELL_BYTES);
    for row in rows {
        row_of(&mut out, cells.len(), |out, cell| cells[cell].push(out, row));
    }
    out
}

/// Puts cells behind each other. A row of one cell that says nothing is quoted, because a blank line would be passed over.
fn row_of(out: &mut Vec<u8>, cells: usize, mut push: impl FnMut(&mut Vec<u8>, usize)) {
    let start = out.len();
    for cell in 0..cells {
        if cell > 0 {
            out.push(b',');
        }
        push(out, cell);
    }
    if cells <= 1 && out[start..].iter().all(|byte| matches!(byte, b' ' | b'\t')) {
        out.insert(start, b'"');
        out.push(b'"');
    }
    out.push(b'\n');
}

/// The cells of the rows of a batch: labels first.
pub(crate) fn row_cells(form: &CsvForm<'_>, batch: &PoseFrame) -> Vec<Cells> {
    let labels = batch.index().to_levels();
    let labels = labels.iter().map(|level| &level.values).zip(form.labels());
    let columns = batch.columns().iter().zip(form.columns());
    labels.chain(columns).map(|(array, field)| Cells::of(&field.written(array))).collect()
}

/// A column to be written.
pub(crate) enum Cells {
    Float64(Vec<f64>),
    Float32(Vec<f32>),
    Integer(Vec<i64>, Option<NullBuffer>),
    Unsigned(Vec<u64>, Option<NullBuffer>),
    Bool(BooleanArray),
    Text(StringArray),
}

impl Cells {
    fn of(array: &ArrayRef) -> Self {
        let nulls = array.nulls().cloned();
        match array.data_type() {
            DataType::Float64 => Self::Float64(array.as_primitive::<Float64Type>().values().to_vec()),
            DataType::Float32 => Self::Float32(array.as_primitive::<Float32Type>().values().to_vec()),
            DataType::UInt64 => Self::Unsigned(array.as_primitive::<UInt64Type>().values().to_vec(), nulls),
            DataType::Boolean => Self::Bool(array.as_boolean().clone()),
            DataType::Utf8 => Self::Text(array.as_string::<i32>().clone()),
            _ => Self::Integer(array.as_primitive::<Int64Type>().values().to_vec(), nulls),
        }
    }

    fn push(&self, out: &mut Vec<u8>, row: usize) {
        match self {
            Self::Text(texts) => {
                if texts.is_valid(row) {
                    text::push(out, texts.value(row).as_bytes());
                }
            }
            _ => self.push_unquoted(out, row),
        }
    }

    /// The cell as a reader finds it.
    pub(crate) fn push_unquoted(&self, out: &mut Vec<u8>, row: usize) {
        let is_null = |nulls: &Option<NullBuffer>| nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
        match self {
            Self::Float64(values) => float::push_f64(out, values[row]),
            Self::Float32(values) => float::push_f32(out, values[row]),
            Self::Integer(_, nulls) | Self::Unsigned(_, nulls) if is_null(nulls) => {}
            Self::Integer(values, _) => {
                out.extend_from_slice(itoa::Buffer::new().format(values[row]).as_bytes());
            }
            Self::Unsigned(values, _) => {
                out.extend_from_slice(itoa::Buffer::new().format(values[row]).as_bytes());
            }
            Self::Bool(values) if values.is_null(row) => {}
            Self::Bool(values) => out.extend_from_slice(if values.value(row) { b"True" } else { b"False" }),
            Self::Text(texts) if texts.is_null(row) => {}
            Self::Text(texts) => out.extend_from_slice(texts.value(row).as_bytes()),
        }
    }
}
