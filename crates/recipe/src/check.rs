//! Whether what comes back is what was promised, and how far it is from it.

use std::sync::{Mutex, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array as _, ArrayRef};
use arrow_schema::DataType;
use pose_frame::{PoseFrame, PoseSchema, PoseTable, Selection, default_batch_frames};
use serde::{Deserialize, Serialize};

use crate::pack::{Counter, Stage};
use crate::recipe::ResolvedArray;
use crate::{Contract, Error, ErrorKind, Result};

/// How far what comes back is from what was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// The largest difference of a finite value: [`f64::MAX`] where it is larger than that.
    pub max_error: f64,
    /// The signal-to-noise ratio in dB: of the mean over all values of the squared error, each in units of the range of its
    /// channel. Every column of a row is a channel; pictures have those of their last of three axes, or one. None where
    /// nothing differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psnr: Option<f64>,
}

/// What was seen of one column.
#[derive(Clone, Copy)]
struct Seen {
    low: f64,
    high: f64,
    /// Of the errors, each in units of the largest: squares of errors themselves need not be floats.
    squares: f64,
    count: u64,
    max_error: f64,
}

/// Holds a packed table against the table that was packed: every bit that was promised, every bound.
pub(crate) fn compare(
    table: &dyn PoseTable,
    packed: &dyn PoseTable,
    arrays: &[ResolvedArray],
    counter: &mut Counter<'_>,
) -> Result<Vec<Measured>> {
    let promised = promised(table.schema(), arrays);
    let columns = promised.len();
    let exact = (0..columns).filter(|column| matches!(promised[*column], Promised::Bits));
    exact_columns(table, packed, &exact.collect::<Vec<_>>(), counter)?;
    let mut seen = vec![Seen::default(); columns];
    let near: Vec<usize> =
        (0..columns).filter(|column| !matches!(promised[*column], Promised::Bits)).collect();
    if !near.is_empty() {
        let selection = Selection::all().columns(near.iter().copied());
        let frames = default_batch_frames(table.schema());
        let mut first_frame = 0;
        for (given, back) in table.batches(&selection, frames)?.zip(packed.batches(&selection, frames)?) {
            let (given, back) = (given?, back?);
            if given.num_frames() != back.num_frames() {
                return Err(lost("all of its frames"));
            }
            for (place, column) in near.iter().enumerate() {
                let (left, right) = (&given.columns()[place], &back.columns()[place]);
                if let Some(row) = seen[*column].add(left, right, promised[*column]) {
                    return Err(broken(&given, &back, place, row, first_frame));
                }
            }
            first_frame += given.num_frames();
            counter.add(Stage::Comparing, given.num_frames())?;
        }
    }
    arrays.iter().map(|array| measured(array, &seen)).collect()
}

/// How often a comparison goes through a table.
pub(crate) fn passes(schema: &PoseSchema, arrays: &[ResolvedArray]) -> usize {
    let is_near = |promised: &Promised| !matches!(promised, Promised::Bits);
    1 + usize::from(promised(schema, arrays).iter().any(is_near))
}

/// What was promised of a column.
#[derive(Clone, Copy)]
enum Promised {
    Bits,
    Within(f64),
    /// What a codec leaves.
    Any,
}

fn promised(schema: &PoseSchema, arrays: &[ResolvedArray]) -> Vec<Promised> {
    let mut promised = vec![Promised::Bits; schema.columns().len()];
    for array in arrays {
        for (column, bound) in array.columns.iter().zip(&array.bounds) {
            promised[*column] = match (&array.contract, bound) {
                (Contract::MaxError { .. }, Some(bound)) => Promised::Within(*bound),
                (Contract::Quality { .. }, _) => Promised::Any,
                _ => Promised::Bits,
            };
        }
    }
    promised
}

fn exact_columns(
    table: &dyn PoseTable,
    packed: &dyn PoseTable,
    columns: &[usize],
    counter: &mut Counter<'_>,
) -> Result<()> {
    let counter = Mutex::new(counter);
    let left = Part { table, columns, schema: table.schema().project(columns), counter: Some(&counter) };
    let right = Part { table: packed, columns, schema: packed.schema().project(columns), counter: None };
    let difference = pose_frame::first_difference(&left, &right, pose_frame::Tolerance::BitForBit);
    let is_cancelled = || counter.lock().unwrap_or_else(PoisonError::into_inner).is_cancelled();
    if difference.is_err() && is_cancelled() {
        return Err(ErrorKind::Cancelled.into());
    }
    match difference? {
        Some(difference) => Err(ErrorKind::Broken { difference: Box::new(difference) }.into()),
        None if table.schema().columns() != packed.schema().columns() => Err(lost("its columns")),
        None if table.schema().metadata() != packed.schema().metadata() => Err(lost("its metadata")),
        None => Ok(()),
    }
}

/// Some columns of a table, which counts the frames that are read.
struct Part<'a, 'c> {
    table: &'a dyn PoseTable,
    columns: &'a [usize],
    schema: PoseSchema,
    counter: Option<&'a Mutex<&'a mut Counter<'c>>>,
}

impl PoseTable for Part<'_, '_> {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.table.num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, pose_frame::TableError> {
        let resolved = selection.resolve(&self.schema, self.table.num_frames())?;
        if let Some(counter) = self.counter {
            let mut counter = counter.lock().unwrap_or_else(PoisonError::into_inner);
            counter.add(Stage::Comparing, resolved.frames.len())?;
        }
        let columns = resolved.columns.iter().map(|column| self.columns[*column]);
        self.table.read(&Selection::all().columns(columns).frames(resolved.frames))
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

impl Default for Seen {
    fn default() -> Self {
        Self { low: f64::INFINITY, high: f64::NEG_INFINITY, squares: 0.0, count: 0, max_error: 0.0 }
    }
}

impl Seen {
    /// Adds rows of a column, and tells the first that does not keep the contract.
    fn add(&mut self, given: &ArrayRef, back: &ArrayRef, promised: Promised) -> Option<usize> {
        match (given.data_type(), back.data_type()) {
            (DataType::Float32, DataType::Float32) => {
                let (given, back) = (given.as_primitive::<Float32Type>(), back.as_primitive::<Float32Type>());
                let bits = |value: &f32| (f64::from(*value), u64::from(value.to_bits()));
                self.add_all(given.values().iter().map(bits), back.values().iter().map(bits), promised)
            }
            (DataType::Float64, DataType::Float64) => {
                let (given, back) = (given.as_primitive::<Float64Type>(), back.as_primitive::<Float64Type>());
                let bits = |value: &f64| (*value, value.to_bits());
                self.add_all(given.values().iter().map(bits), back.values().iter().map(bits), promised)
            }
            _ => {
                let bits =
                    |array: &ArrayRef| (0..array.len()).map(|row| float(array, row)).collect::<Vec<_>>();
                self.add_all(bits(given).into_iter(), bits(back).into_iter(), promised)
            }
        }
    }

    /// Values with their bits, as they were given and as they came back.
    fn add_all(
        &mut self,
        given: impl Iterator<Item = (f64, u64)>,
        back: impl Iterator<Item = (f64, u64)>,
        promised: Promised,
    ) -> Option<usize> {
        for (row, ((value, bits), (found, found_bits))) in given.zip(back).enumerate() {
            if !value.is_finite() {
                if bits != found_bits {
                    return Some(row);
                }
                continue;
            }
            let error = (value - found).abs();
            let is_beyond = matches!(promised, Promised::Within(bound) if error > bound);
            if !found.is_finite() || is_beyond {
                return Some(row);
            }
            self.low = self.low.min(value);
            self.high = self.high.max(value);
            self.count += 1;
            if error > 0.0 {
                self.add_error(error, (value / 2.0 - found / 2.0).abs());
            }
        }
        None
    }

    /// Adds an error, and the half of it, which is a float where the error itself is none.
    fn add_error(&mut self, error: f64, half: f64) {
        let largest = error.min(f64::MAX);
        if largest > self.max_error {
            self.squares *= (self.max_error / largest).powi(2);
            self.max_error = largest;
        }
        let part = if error.is_finite() { error / self.max_error } else { half / (self.max_error / 2.0) };
        self.squares += part * part;
    }
}

/// The least and the greatest finite value of a column of floats, and of what was found before.
pub(crate) fn range(array: &ArrayRef, before: Option<(f64, f64)>) -> Option<(f64, f64)> {
    let widen = |range: Option<(f64, f64)>, value: f64| {
        if !value.is_finite() {
            return range;
        }
        let (low, high) = range.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    };
    match array.data_type() {
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>().values();
            values.iter().map(|value| f64::from(*value)).fold(before, widen)
        }
        DataType::Float64 => array.as_primitive::<Float64Type>().values().iter().copied().fold(before, widen),
        _ => before,
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
    let max_error = array.columns.iter().map(|column| seen[*column].max_error).fold(0.0, f64::max);
    let mut noise = 0.0;
    let mut count = 0.0;
    let channels = array.channels();
    for channel in 0..channels {
        let own = || array.columns.iter().skip(channel).step_by(channels).map(|column| &seen[*column]);
        let low = own().map(|seen| seen.low).fold(f64::INFINITY, f64::min);
        let high = own().map(|seen| seen.high).fold(f64::NEG_INFINITY, f64::max);
        for seen in own() {
            noise += seen.squares * in_ranges(seen.max_error, low, high).powi(2);
            count += seen.count as f64;
        }
    }
    let psnr = (noise > 0.0).then(|| -10.0 * (noise.min(f64::MAX) / count).log10());
    if let (Contract::Quality { min_psnr }, Some(psnr)) = (&array.contract, psnr)
        && psnr < *min_psnr
    {
        let (promised, found) = (format!("{min_psnr} dB"), format!("{psnr:.2} dB"));
        return Err(ErrorKind::ContractBroken { array: array.name.clone(), promised, found }.into());
    }
    Ok(Measured { max_error, psnr })
}

/// An error in units of the range of its channel.
fn in_ranges(error: f64, low: f64, high: f64) -> f64 {
    let range = high - low;
    if range.is_infinite() && high > low {
        // Of floats this large the halves are exact.
        return (error / 2.0) / (high / 2.0 - low / 2.0);
    }
    // A constant channel has no range; any error in it counts as large as it is.
    if high > low { error / range } else { error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_whose_squares_are_no_floats_have_a_ratio() {
        for scale in [f64::MAX, 1.0, f64::MIN_POSITIVE] {
            let given = [scale, -scale, scale / 2.0, 0.0];
            let back = [scale, -scale, scale / 4.0, scale / 4.0];
            let bits = |value: f64| (value, value.to_bits());
            let mut seen = Seen::default();
            let broken = seen.add_all(given.into_iter().map(bits), back.into_iter().map(bits), Promised::Any);
            assert_eq!(broken, None);
            assert_eq!(seen.max_error.to_bits(), (scale / 4.0).to_bits());
            // Both errors are an eighth of the range.
            let noise = seen.squares * in_ranges(seen.max_error, seen.low, seen.high).powi(2);
            assert_eq!(noise.to_bits(), (2.0_f64 / 64.0).to_bits(), "{scale:e}");
        }
    }

    #[test]
    fn an_error_that_is_no_float_counts_as_large_as_it_is() {
        let mut seen = Seen::default();
        let bits = |value: f64| (value, value.to_bits());
        let (given, back) = ([f64::MAX, -f64::MAX].map(bits), [-f64::MAX, -f64::MAX].map(bits));
        assert_eq!(seen.add_all(given.into_iter(), back.into_iter(), Promised::Any), None);
        assert_eq!(seen.max_error.to_bits(), f64::MAX.to_bits());
        let noise = seen.squares * in_ranges(seen.max_error, seen.low, seen.high).powi(2);
        assert_eq!(noise.to_bits(), 1.0_f64.to_bits(), "as large as the range");
    }
}
