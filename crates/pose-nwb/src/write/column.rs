//! Columns and labels that poses have no place for, as datasets of their own.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use hdf5_file::{Charset, Datatype, FileWriter, bytes_of};

use super::{NwbWriteError, NwbWriteErrorKind};

/// A column that is being written.
#[derive(Debug)]
pub(super) struct ColumnStream {
    /// What messages call it.
    name: String,
    pub(super) datatype: Datatype,
    pub(super) address: u64,
    rows: u64,
    done: u64,
    /// Once a value was missing, where the file has 1 for those that are there and 0 for those that are not.
    valid: Option<u64>,
}

/// How long the texts of a column are at most.
#[derive(Debug, Default)]
pub(super) struct Longest {
    bytes: usize,
    row: usize,
}

impl Longest {
    /// Looks at the next texts. What are none is passed over.
    pub(super) fn measure(&mut self, name: &str, array: &ArrayRef) -> Result<(), NwbWriteError> {
        let Some(texts) = array.as_string_opt::<i32>() else { return Ok(()) };
        for (row, text) in texts.iter().enumerate() {
            let text = text.unwrap_or_default();
            if text.contains('\0') {
                let (column, row) = (name.to_owned(), self.row + row);
                return Err(NwbWriteErrorKind::Text { column, row }.into());
            }
            self.bytes = self.bytes.max(text.len());
        }
        self.row += texts.len();
        Ok(())
    }
}

impl ColumnStream {
    /// A column of so many rows of a type. `name` is what messages call it.
    pub(super) fn reserve(
        writer: &mut FileWriter,
        name: String,
        data_type: &DataType,
        longest: &Longest,
        rows: u64,
    ) -> Result<Self, NwbWriteError> {
        let integer = |size, signed| Datatype::Integer { size, signed };
        let stored_as = match data_type {
            DataType::Float32 => Datatype::F32,
            DataType::Float64 => Datatype::F64,
            DataType::Int8 => integer(1, true),
            DataType::Int16 => integer(2, true),
            DataType::Int32 => integer(4, true),
            DataType::UInt8 => integer(1, false),
            DataType::UInt16 => integer(2, false),
            DataType::UInt32 => integer(4, false),
            DataType::UInt64 => integer(8, false),
            DataType::Boolean => Datatype::boolean(),
            DataType::Utf8 => Datatype::Text {
                size: u32::try_from(longest.bytes.max(1)).unwrap_or(u32::MAX),
                charset: Charset::Utf8,
            },
            // Whole numbers, and moments and spans of time, which are kept as such.
            _ => integer(8, true),
        };
        let address = writer.reserve(rows.saturating_mul(stored_as.size() as u64))?;
        Ok(Self { name, datatype: stored_as, address, rows, done: 0, valid: None })
    }

    /// Writes the values of the next rows.
    pub(super) fn write(&mut self, writer: &mut FileWriter, array: &ArrayRef) -> Result<(), NwbWriteError> {
        if array.null_count() > 0 && self.valid.is_none() {
            self.valid = Some(self.all_valid(writer)?);
        }
        if let Some(valid) = self.valid {
            let flags: Vec<u8> = (0..array.len()).map(|row| u8::from(array.is_valid(row))).collect();
            writer.write_at(valid + self.done, &flags)?;
        }
        let bytes = self.bytes_of(array)?;
        writer.write_at(self.address + self.done * self.datatype.size() as u64, &bytes)?;
        self.done += array.len() as u64;
        Ok(())
    }

    /// Rows.
    pub(super) fn rows(&self) -> u64 {
        self.rows
    }

    /// Where it says which values are there, if some are not.
    pub(super) fn valid(&self) -> Option<u64> {
        self.valid
    }

    /// Takes room to say which values are there, and says it of those that are written: all of them.
    fn all_valid(&self, writer: &mut FileWriter) -> Result<u64, NwbWriteError> {
        const PIECE: [u8; 16 << 10] = [1; 16 << 10];
        let address = writer.reserve(self.rows)?;
        let mut done = 0;
        while done < self.done {
            let piece = &PIECE[..usize::try_from(self.done - done).unwrap_or(usize::MAX).min(PIECE.len())];
            writer.write_at(address + done, piece)?;
            done += piece.len() as u64;
        }
        Ok(address)
    }

    fn bytes_of(&self, array: &ArrayRef) -> Result<Vec<u8>, NwbWriteError> {
        Ok(match array.data_type() {
            DataType::Float32 => bytes_of(array.as_primitive::<Float32Type>().values()),
            DataType::Float64 => bytes_of(array.as_primitive::<Float64Type>().values()),
            DataType::Int8 => bytes_of(array.as_primitive::<Int8Type>().values()),
            DataType::Int16 => bytes_of(array.as_primitive::<Int16Type>().values()),
            DataType::Int32 => bytes_of(array.as_primitive::<Int32Type>().values()),
            DataType::Int64 => bytes_of(array.as_primitive::<Int64Type>().values()),
            DataType::UInt8 => bytes_of(array.as_primitive::<UInt8Type>().values()),
            DataType::UInt16 => bytes_of(array.as_primitive::<UInt16Type>().values()),
            DataType::UInt32 => bytes_of(array.as_primitive::<UInt32Type>().values()),
            DataType::UInt64 => bytes_of(array.as_primitive::<UInt64Type>().values()),
            DataType::Boolean => array.as_boolean().values().iter().map(u8::from).collect(),
            DataType::Utf8 => {
                let width = self.datatype.size();
                let mut bytes = vec![0; width * array.len()];
                for (row, (text, place)) in
                    array.as_string::<i32>().iter().zip(bytes.chunks_exact_mut(width)).enumerate()
                {
                    let text = text.unwrap_or_default().as_bytes();
                    let Some(place) = place.get_mut(..text.len()) else {
                        let row = usize::try_from(self.done).unwrap_or(usize::MAX).saturating_add(row);
                        return Err(NwbWriteErrorKind::Changed { column: self.name.clone(), row }.into());
                    };
                    place.copy_from_slice(text);
                }
                bytes
            }
            _ => bytes_of(&times(array)),
        })
    }
}

/// Moments and spans of time as the numbers that they are kept as.
fn times(array: &ArrayRef) -> Vec<i64> {
    let data = array.to_data();
    data.buffer::<i64>(0)[..array.len()].to_vec()
}
