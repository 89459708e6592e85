//! Looking through a column before it is written.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{Array, ArrayRef, downcast_integer_array};
use arrow_schema::DataType;

use super::field::{Field, moments};
use crate::cell::Cell;
use crate::inference::Inference;
use crate::write::moment::{Clock, Resolution};
use crate::write::{CsvWriteError, CsvWriteErrorKind};

/// What was seen of a column so far.
pub(super) struct Survey {
    /// What it is called in messages.
    name: String,
    data_type: DataType,
    /// What a reader will see.
    inference: Inference,
    /// Missing floats that are not the plain NaN.
    odd_nans: u64,
    /// The largest magnitude of a whole number.
    largest: u64,
    clock: Option<Clock>,
    resolution: Resolution,
}

/// Up to here every whole number is a float.
const WHOLE_FLOATS: u64 = 1 << 53;

impl Survey {
    pub(super) fn new(name: String, data_type: &DataType) -> Result<Self, CsvWriteError> {
        let clock = match data_type {
            DataType::Timestamp(unit, zone) => Clock::new(*unit, zone.as_deref()),
            _ => None,
        };
        let known = clock.is_some()
            || data_type.is_integer()
            || matches!(
                data_type,
                DataType::Float32 | DataType::Float64 | DataType::Boolean | DataType::Utf8
            );
        if !known {
            return Err(CsvWriteErrorKind::Type { column: name, data_type: data_type.clone() }.into());
        }
        let (data_type, inference) = (data_type.clone(), Inference::default());
        Ok(Self {
            name,
            data_type,
            inference,
            odd_nans: 0,
            largest: 0,
            clock,
            resolution: Resolution::default(),
        })
    }

    pub(super) fn odd_nans(&self) -> u64 {
        self.odd_nans
    }

    /// Looks at some rows more, of which the first is at `first_row`.
    pub(super) fn observe(&mut self, array: &ArrayRef, first_row: usize) -> Result<(), CsvWriteError> {
        match &self.data_type {
            DataType::Float64 => {
                let values = array.as_primitive::<Float64Type>().values();
                let odd = |value: &&f64| value.is_nan() && value.to_bits() != f64::NAN.to_bits();
                self.odd_nans += values.iter().filter(odd).count() as u64;
            }
            DataType::Float32 => {
                let values = array.as_primitive::<Float32Type>().values();
                let odd = |value: &&f32| value.is_nan() && value.to_bits() != f32::NAN.to_bits();
                self.odd_nans += values.iter().filter(odd).count() as u64;
            }
            DataType::Boolean => {
                let cell = |value: Option<bool>| value.map_or(Cell::Missing, Cell::Bool);
                array.as_boolean().iter().for_each(|value| self.inference.observe(cell(value)));
            }
            DataType::Utf8 => return self.observe_texts(array, first_row),
            DataType::Timestamp(..) => return self.observe_moments(array, first_row),
            _ => self.observe_integers(array),
        }
        if self.data_type.is_floating() && !array.is_empty() {
            self.inference.observe(Cell::Float);
        }
        Ok(())
    }

    fn observe_integers(&mut self, array: &ArrayRef) {
        let array = array.as_ref();
        let mut see = |value: Option<i128>| {
            let cell = match value {
                None => Cell::Missing,
                Some(value) => i64::try_from(value)
                    .map_or_else(|_| Cell::Unsigned(u64::try_from(value).unwrap_or(u64::MAX)), Cell::Integer),
            };
            self.inference.observe(cell);
            let magnitude = value.map_or(0, i128::unsigned_abs);
            self.largest = self.largest.max(u64::try_from(magnitude).unwrap_or(u64::MAX));
        };
        downcast_integer_array!(
            array => array.iter().for_each(|value| see(value.map(i128::from))),
            _ => {}
        );
    }

    fn observe_texts(&mut self, array: &ArrayRef, first_row: usize) -> Result<(), CsvWriteError> {
        for (row, text) in array.as_string::<i32>().iter().enumerate() {
            let cell = text.map_or(Cell::Missing, |text| Cell::of(text.as_bytes()));
            if let (Some(text), Cell::Missing) = (text, cell) {
                let (column, row, text) = (self.name.clone(), first_row + row, text.to_owned());
                return Err(CsvWriteErrorKind::TextIsMissing { column, row, text }.into());
            }
            self.inference.observe(cell);
        }
        Ok(())
    }

    fn observe_moments(&mut self, array: &ArrayRef, first_row: usize) -> Result<(), CsvWriteError> {
        for (row, moment) in moments(array).into_iter().enumerate() {
            let Some(moment) = moment else {
                self.inference.observe(Cell::Missing);
                continue;
            };
            let resolution = self.clock.and_then(|clock| clock.resolution(moment));
            let Some(resolution) = resolution else {
                let (column, row) = (self.name.clone(), first_row + row);
                return Err(CsvWriteErrorKind::Moment { column, row }.into());
            };
            self.resolution = self.resolution.max(resolution);
            self.inference.observe(Cell::Text);
        }
        Ok(())
    }

    /// What becomes of the column; of one without rows, the type that a reader takes it for.
    pub(super) fn finish(self, without_rows: DataType) -> Result<Field, CsvWriteError> {
        let Some(read_as) = self.inference.data_type() else { return Ok(Field::Empty(without_rows)) };
        let column = self.name;
        match (&self.data_type, read_as) {
            (DataType::Float64, _) => Ok(Field::Float64),
            (DataType::Float32, _) => Ok(Field::Float32),
            (DataType::Utf8, DataType::Utf8) => Ok(Field::Same(DataType::Utf8)),
            (DataType::Boolean, DataType::Boolean) => Ok(Field::Same(DataType::Boolean)),
            (DataType::Utf8, read_as) if !self.inference.is_only_missing() => {
                Err(CsvWriteErrorKind::TextIsRead { column, data_type: read_as }.into())
            }
            (DataType::Timestamp(..), DataType::Utf8) => match self.clock {
                Some(clock) => Ok(Field::Moment(clock, self.resolution)),
                None => Err(CsvWriteErrorKind::Type { column, data_type: self.data_type }.into()),
            },
            (integer, read_as) if integer.is_integer() => match read_as {
                DataType::Float64 if self.largest <= WHOLE_FLOATS => Ok(Field::IntegerAsFloat),
                DataType::Int64 => Ok(Field::Integer),
                DataType::UInt64 => Ok(Field::Unsigned),
                _ => Err(CsvWriteErrorKind::Digits { column }.into()),
            },
            _ => Ok(Field::Missing),
        }
    }
}
