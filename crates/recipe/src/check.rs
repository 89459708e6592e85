//! Whether what comes back is what was promised, and how far it is from it.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::DataType;
use pose_frame::{PoseFrame, PoseSchema, PoseTable, Selection, default_batch_frames};
use serde::{Deserialize, Serialize};

use crate::recipe::ResolvedArray;
use crate::{Contract, Error, ErrorKind, Result};

/// How far what comes back is from what was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The largest difference of a finite value.
    pub max_error: f64,
    /// The signal-to-noise ratio in dB: of the mean over all values of the squared error, each in units of its column's
    /// range. None where nothing differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psnr: Option<f64>,
}

/// What was seen of one column.
#[derive(Clone, Copy)]
struct Seen {
    low: f64,
    high: f64,
    squares: f64,
    count: u64,
    max_error: f64,
}

/// Holds a packed table against the table that was packed: every bit that was promised, every bound.
pub(crate) fn compare(
    table: &dyn PoseTable,
    packed: &dyn PoseTable,
    arrays: &[ResolvedArray],
) -> Result<Vec<Measured>> {
    let columns: usize = table.schema().columns().len();
    let mut lossy: Vec<Option<Option<f64>>> = vec![None; columns];
    for array in arrays {
        for (column, bound) in array.columns.iter().zip(&array.bounds) {
            match array.contract {
                Contract::Lossless => {}
                Contract::MaxError { .. } => lossy[*column] = bound.map(Some),
                Contract::Quality { .. } => lossy[*column] = Some(None),
            }
        }
    }
    let exact = (0..columns).filter(|column| lossy[*column].is_none());
    exact_columns(table, packed, &exact.collect::<Vec<_>>())?;
    let empty = Seen { low: f64::INFINITY, high: f64::NEG_INFINITY, squares: 0.0, count: 0, max_error: 0.0 };
    let mut seen = vec![empty; columns];
    let wanted: Vec<usize> = (0..columns).filter(|column| lossy[*column].is_some()).collect();
    if !wanted.is_empty() {
        let selection = Selection::all().columns(wanted.iter().copied());
        let frames = default_batch_frames(table.schema());
        let mut first_frame = 0;
        for (given, back) in table.batches(&selection, frames)?.zip(packed.batches(&selection, frames)?) {
            let (given, back) = (given?, back?);
            for (place, column) in wanted.iter().enumerate() {
                let (left, right) = (&given.columns()[place], &back.columns()[place]);
                let bound = lossy[*column].flatten();
                if let Some(row) = seen[*column].add(left, right, bound) {
                    return Err(broken(&given, &back, place, row, first_frame));
                }
            }
            first_frame += given.num_frames();
        }
    }
    arrays.iter().map(|array| measured(array, &seen)).collect()
}

fn exact_columns(table: &dyn PoseTable, packed: &dyn PoseTable, columns: &[usize]) -> Result<()> {
    let part = |table| -> Part<'_> {
        let table: &dyn PoseTable = table;
        Part(table, columns, table.schema().project(columns))
    };
    let (left, right) = (part(table), part(packed));
    match pose_frame::first_difference(&left, &right, pose_frame::Tolerance::BitForBit)? {
        Some(difference) => Err(ErrorKind::Broken { difference: Box::new(difference) }.into()),
        None if table.schema().columns() != packed.schema().columns() => Err(lost("its columns")),
        None if table.schema().metadata() != packed.schema().metadata() => Err(lost("its metadata")),
        None => Ok(()),
    }
}

/// Some columns of a table.
struct Part<'a>(&'a dyn PoseTable, &'a [usize], PoseSchema);

impl PoseTable for Part<'_> {
    fn schema(&self) -> &PoseSchema {
        &self.2
    }

    fn num_frames(&self) -> usize {
        self.0.num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, pose_frame::TableError> {
        let resolved = selection.resolve(&self.2, self.0.num_frames())?;
        let columns = resolved.columns.iter().map(|column| self.1[*column]);
        self.0.read(&Selection::all().columns(columns).frames(resolved.frames))
    }
}

fn lost(what: &'static str) -> Error {
    ErrorKind::Lost { what }.into()
}

fn broken(given: &PoseFrame, back: &PoseFrame, place: usize, row: usize, first_frame: usize) -> Error {
    let text = |frame: &PoseFrame| format!("{:?}", float(&frame.columns()[place], row));
    let difference = pose_frame::Difference::Cell {
        frame: first_frame + row,
        row: given.index().label_text(row),
        key: given.schema().columns()[place].key.clone(),
        left: text(given),
        right: text(back),
    };
    ErrorKind::Broken { difference: Box::new(difference) }.into()
}

impl Seen {
    /// Adds rows of a column, and tells the first that does not keep the contract.
    fn add(&mut self, given: &ArrayRef, back: &ArrayRef, bound: Option<f64>) -> Option<usize> {
        for row in 0..given.len() {
            let ((value, bits), (found, found_bits)) = (float(given, row), float(back, row));
            if !value.is_finite() {
                if bits != found_bits {
                    return Some(row);
                }
                continue;
            }
            let error = (value - found).abs();
            if !found.is_finite() || bound.is_some_and(|bound| error > bound) {
                return Some(row);
            }
            self.low = self.low.min(value);
            self.high = self.high.max(value);
            self.squares += error * error;
            self.count += 1;
            self.max_error = self.max_error.max(error);
        }
        None
    }
}

/// A value with its bits.
pub(crate) fn float(array: &ArrayRef, row: usize) -> (f64, u64) {
    match array.data_type() {
        DataType::Float32 => {
            let value = array.as_primitive::<Float32Type>().value(row);
            (value.into(), value.to_bits().into())
        }
        DataType::Float64 => {
            let value = array.as_primitive::<Float64Type>().value(row);
            (value, value.to_bits())
        }
        _ => integer(array, row),
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is only measured"
)]
fn integer(array: &ArrayRef, row: usize) -> (f64, u64) {
    arrow_array::downcast_integer_array!(
        array => {
            let value = i128::from(array.value(row));
            (value as f64, value as u64)
        },
        _ => (f64::NAN, 0)
    )
}

#[expect(clippy::cast_precision_loss, reason = "a count of values is a float well enough")]
fn measured(array: &ResolvedArray, seen: &[Seen]) -> Result<Measured> {
    let columns = || array.columns.iter().map(|column| &seen[*column]);
    let max_error = columns().map(|seen| seen.max_error).fold(0.0, f64::max);
    let mut noise = 0.0;
    let mut count = 0.0;
    for seen in columns().filter(|seen| seen.count > 0) {
        // A constant column has no range; any error in it counts as large as it is.
        let range = if seen.high > seen.low { seen.high - seen.low } else { 1.0 };
        noise += seen.squares / range / range;
        count += seen.count as f64;
    }
    let psnr = (noise > 0.0).then(|| -10.0 * (noise / count).log10());
    if let (Contract::Quality { min_psnr }, Some(psnr)) = (&array.contract, psnr)
        && psnr < *min_psnr
    {
        let (promised, found) = (format!("{min_psnr} dB"), format!("{psnr:.2} dB"));
        return Err(ErrorKind::ContractBroken { array: array.name.clone(), promised, found }.into());
    }
    Ok(Measured { max_error, psnr })
}
