//! One pass over what says which row is of what.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{
    Array, ArrayRef, Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, UInt8Array,
    UInt16Array, UInt32Array, UInt64Array, downcast_integer_array,
};
use arrow_schema::DataType;

use super::counted;
use super::rate::Rates;
use super::roles::Roles;
use crate::layout::LayoutErrorKind;
use crate::layout::plan::misfit;
use crate::{Label, PoseFrame, PoseTable, Selection, TableError, default_batch_frames};

/// Which frame and which labels each row has.
pub(super) struct Scan {
    frame_type: DataType,
    /// The frame of every row: frames are numbered in the order of their first row.
    frame_of_row: Vec<u32>,
    frames: Vec<FirstSeen>,
    labels: Vec<Labels>,
    /// The frame rate that the times say, where there are times.
    pub(super) frame_rate_hz: Option<f64>,
}

/// A frame: its number, as one that sorts as it does, and its first row.
#[derive(Clone, Copy)]
struct FirstSeen {
    number: i128,
    row: u32,
}

/// The labels in a column, numbered in the order of their first row.
#[derive(Default)]
struct Labels {
    different: Vec<Label>,
    of_row: Vec<u32>,
    texts: HashMap<Arc<str>, u32>,
    numbers: HashMap<i64, u32>,
}

impl Scan {
    pub(super) fn of(long: &dyn PoseTable, roles: &Roles) -> Result<Self, TableError> {
        if u32::try_from(long.num_frames()).is_err() {
            return Err(misfit(format!("{} rows are more than can be sorted by frame", long.num_frames())));
        }
        let mut columns: Vec<usize> = roles.labels.iter().map(|label| label.column).collect();
        columns.push(roles.frame);
        columns.extend(roles.time);
        columns.sort_unstable();
        let place = |column: usize| columns.partition_point(|other| *other < column);
        let (mut frames, mut rates) = (HashMap::new(), Rates::new());
        let mut scan = Self {
            frame_type: roles.frame_type.clone(),
            frame_of_row: Vec::new(),
            frames: Vec::new(),
            labels: roles.labels.iter().map(|_| Labels::default()).collect(),
            frame_rate_hz: None,
        };
        let wanted = Selection::all().columns(columns.iter().copied());
        for batch in long.batches(&wanted, default_batch_frames(&long.schema().project(&columns)))? {
            let batch: PoseFrame = batch?;
            let first_row = scan.frame_of_row.len();
            let array = |column: usize| &batch.columns()[place(column)];
            let no_label = |column: &str, row: usize| {
                TableError::from(LayoutErrorKind::NoLabel { column: column.to_owned(), row: first_row + row })
            };
            let numbers = numbers(array(roles.frame)).map_err(|row| no_label(&roles.frame_name, row))?;
            for (&number, row) in numbers.iter().zip(first_row..) {
                let frame = match frames.entry(number) {
                    Entry::Occupied(entry) => *entry.get(),
                    Entry::Vacant(entry) => {
                        scan.frames.push(FirstSeen { number, row: counted(row) });
                        *entry.insert(counted(scan.frames.len() - 1))
                    }
                };
                scan.frame_of_row.push(frame);
            }
            for (labels, column) in scan.labels.iter_mut().zip(&roles.labels) {
                labels.add(array(column.column)).map_err(|row| no_label(&column.name, row))?;
            }
            if let Some(times) =
                roles.time.map(array).and_then(|times| times.as_primitive_opt::<Float64Type>())
            {
                numbers.iter().zip(times.values()).for_each(|(frame, time)| rates.narrow(*frame, *time));
            }
        }
        scan.frame_rate_hz = rates.rate().filter(|_| roles.frame_type.is_integer());
        Ok(scan)
    }

    pub(super) fn num_rows(&self) -> usize {
        self.frame_of_row.len()
    }

    pub(super) fn frame_of_rows(&self) -> &[u32] {
        &self.frame_of_row
    }

    /// The number of the label that a row has in a column.
    pub(super) fn id(&self, label: usize, row: usize) -> u32 {
        self.labels[label].of_row[row]
    }

    /// The label of this number in a column.
    pub(super) fn label(&self, label: usize, id: u32) -> &Label {
        &self.labels[label].different[id as usize]
    }

    /// Whether all rows of a frame have one label in a column.
    pub(super) fn is_of_frames(&self, label: usize) -> bool {
        let of_row = &self.labels[label].of_row;
        let first = |frame: u32| of_row[self.frames[frame as usize].row as usize];
        self.frame_of_row.iter().zip(of_row).all(|(frame, id)| first(*frame) == *id)
    }

    pub(super) fn frames_in_order(&self) -> Frames {
        let mut order: Vec<u32> = (0..counted(self.frames.len())).collect();
        order.sort_unstable_by_key(|frame| self.frames[*frame as usize].number);
        let mut positions = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(frame, position)| positions[*frame as usize] = position);
        let sorted = order.iter().map(|frame| self.frames[*frame as usize]).collect();
        Frames { data_type: self.frame_type.clone(), positions, sorted }
    }
}

impl Labels {
    /// Adds the labels of the next rows, or gives the row that has none.
    fn add(&mut self, array: &ArrayRef) -> Result<(), usize> {
        if let Some(row) = (0..array.len()).find(|row| array.is_null(*row)) {
            return Err(row);
        }
        let array = array.as_ref();
        downcast_integer_array!(
            array => array.values().iter().for_each(|number| {
                // Only numbers of 64 bits without a sign can be too large: they are told apart as text.
                let number = i128::from(*number);
                match i64::try_from(number) {
                    Ok(number) => self.push_number(number),
                    Err(_) => self.push_text(&number.to_string()),
                }
            }),
            _ => array.as_string::<i32>().iter().flatten().for_each(|text| self.push_text(text))
        );
        Ok(())
    }

    fn push_text(&mut self, text: &str) {
        let id = self.texts.get(text).copied().unwrap_or_else(|| {
            let text: Arc<str> = text.into();
            self.different.push(Arc::clone(&text).into());
            let id = counted(self.different.len() - 1);
            self.texts.insert(text, id);
            id
        });
        self.of_row.push(id);
    }

    fn push_number(&mut self, number: i64) {
        let id = *self.numbers.entry(number).or_insert_with(|| {
            self.different.push(number.into());
            counted(self.different.len() - 1)
        });
        self.of_row.push(id);
    }
}

/// Frames by their number.
pub(super) struct Frames {
    data_type: DataType,
    /// Of each frame, in the order of their first rows.
    positions: Vec<u32>,
    sorted: Vec<FirstSeen>,
}

impl Frames {
    pub(super) fn len(&self) -> usize {
        self.sorted.len()
    }

    pub(super) fn position(&self, frame: u32) -> u32 {
        self.positions[frame as usize]
    }

    pub(super) fn first_rows(&self) -> impl Iterator<Item = usize> {
        self.sorted.iter().map(|frame| frame.row as usize)
    }

    /// Whether they are counted from 0.
    pub(super) fn are_positions(&self) -> bool {
        self.data_type.is_integer()
            && self.sorted.iter().map(|frame| frame.number).eq(0..self.sorted.len() as i128)
    }

    pub(super) fn text(&self, position: usize) -> String {
        crate::value::text(&self.labels(), position)
    }

    /// Their numbers, of the type that they had.
    pub(super) fn labels(&self) -> ArrayRef {
        let numbers = || self.sorted.iter().map(|frame| frame.number);
        macro_rules! integers {
            ($array:ty) => {
                Arc::new(numbers().map(|number| number.try_into().ok()).collect::<$array>())
            };
        }
        match self.data_type {
            DataType::Float64 => Arc::new(Float64Array::from_iter_values(numbers().map(float_of))),
            #[allow(clippy::cast_possible_truncation, reason = "it was a float of 32 bits")]
            DataType::Float32 => {
                Arc::new(Float32Array::from_iter_values(numbers().map(|number| float_of(number) as f32)))
            }
            DataType::Int8 => integers!(Int8Array),
            DataType::Int16 => integers!(Int16Array),
            DataType::Int32 => integers!(Int32Array),
            DataType::UInt8 => integers!(UInt8Array),
            DataType::UInt16 => integers!(UInt16Array),
            DataType::UInt32 => integers!(UInt32Array),
            DataType::UInt64 => integers!(UInt64Array),
            _ => integers!(Int64Array),
        }
    }
}

/// The frames of rows, as numbers that sort as they do; or the row that has none.
fn numbers(array: &ArrayRef) -> Result<Vec<i128>, usize> {
    if let Some(row) = (0..array.len()).find(|row| array.is_null(*row)) {
        return Err(row);
    }
    let array = array.as_ref();
    let floats = |mut values: &mut dyn Iterator<Item = f64>| {
        let nan_or_number = |float: f64| if float.is_nan() { None } else { Some(number_of(float)) };
        let mut numbers = Vec::with_capacity(array.len());
        for (row, float) in (&mut values).enumerate() {
            numbers.push(nan_or_number(float).ok_or(row)?);
        }
        Ok(numbers)
    };
    downcast_integer_array!(
        array => Ok(array.values().iter().map(|number| i128::from(*number)).collect()),
        DataType::Float32 => floats(&mut array.as_primitive::<Float32Type>().values().iter().copied().map(f64::from)),
        _ => floats(&mut array.as_primitive::<Float64Type>().values().iter().copied())
    )
}

/// A float as a number that sorts as it does: its bits, those of negative floats backwards.
fn number_of(float: f64) -> i128 {
    let bits = i128::from(float.to_bits() & !SIGN);
    if float.is_sign_negative() { -bits - 1 } else { bits }
}

fn float_of(number: i128) -> f64 {
    let bits = |number: i128| u64::try_from(number).unwrap_or(0);
    if number < 0 { f64::from_bits(bits(-(number + 1)) | SIGN) } else { f64::from_bits(bits(number)) }
}

const SIGN: u64 = 1 << 63;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_sort_as_their_numbers_and_come_back() {
        let floats = [f64::NEG_INFINITY, -1.5, -f64::MIN_POSITIVE, -0.0, 0.0, 1e-300, 2.0, f64::INFINITY];
        let numbers: Vec<i128> = floats.into_iter().map(number_of).collect();
        assert!(numbers.is_sorted());
        for (float, number) in floats.into_iter().zip(numbers) {
            assert_eq!(float_of(number).to_bits(), float.to_bits());
        }
    }
}
