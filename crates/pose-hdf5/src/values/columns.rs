//! Columns that are being filled.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, BooleanArray, PrimitiveArray};
use arrow_buffer::{BooleanBuffer, Buffer, ScalarBuffer};
use column_memory::{ColumnMemory, OutOfMemory};

use super::{FillError, Item, Slot};
use crate::text::TextCodec;
use hdf5_file::read::{ByteOrder, Number, NumberKind};

/// How many bytes of rows are taken at a time. All columns take their values out of them while they are in the
/// nearest cache.
const BLOCK_BYTES: usize = 32 << 10;

/// Columns that are being filled.
pub(super) struct Columns {
    fillings: Vec<Column>,
    row_bytes: usize,
    rows: usize,
}

struct Column {
    offset: usize,
    size: usize,
    values: Values,
}

enum Values {
    Numbers(Number, Bits),
    Text(StringBuilder, TextCodec),
}

/// Numbers as they are in memory, told apart by their size alone.
enum Bits {
    B1(ColumnMemory<u8>),
    B2(ColumnMemory<u16>),
    B4(ColumnMemory<u32>),
    B8(ColumnMemory<u64>),
}

/// Some rows of columns of numbers.
pub(super) struct Part<'a> {
    columns: Vec<PartColumn<'a>>,
    row_bytes: usize,
    /// Rows that have been filled.
    rows: usize,
}

struct PartColumn<'a> {
    offset: usize,
    order: ByteOrder,
    bits: BitsMut<'a>,
}

enum BitsMut<'a> {
    B1(&'a mut [u8]),
    B2(&'a mut [u16]),
    B4(&'a mut [u32]),
    B8(&'a mut [u64]),
}

impl Columns {
    /// Empty columns for values at these places in rows of so many bytes, which the slots do not leave.
    pub(super) fn new<'a>(slots: impl IntoIterator<Item = &'a Slot>, row_bytes: usize) -> Self {
        let column = |slot: &Slot| {
            let size = slot.item.size();
            assert!(slot.offset + size <= row_bytes, "a slot lies within its row");
            let values = match &slot.item {
                Item::Number(number) => Values::Numbers(*number, Bits::of_size(size)),
                Item::Text { codec, .. } => Values::Text(StringBuilder::new(), codec.clone()),
            };
            Column { offset: slot.offset, size, values }
        };
        Self { fillings: slots.into_iter().map(column).collect(), row_bytes, rows: 0 }
    }

    /// Whether all values are numbers, which can be filled in any order.
    pub(super) fn are_numbers(&self) -> bool {
        self.fillings.iter().all(|column| matches!(column.values, Values::Numbers(..)))
    }

    /// Takes memory for all rows at once. They are zero until they are filled.
    pub(super) fn take_rows(&mut self, rows: usize) -> Result<(), FillError> {
        for column in &mut self.fillings {
            if let Values::Numbers(_, bits) = &mut column.values {
                *bits = bits.zeroed(rows)?;
            }
        }
        self.rows = rows;
        Ok(())
    }

    /// All rows, to fill.
    pub(super) fn part(&mut self) -> Part<'_> {
        self.parts([self.rows]).remove(0)
    }

    /// The rows in pieces of these lengths, to fill.
    pub(super) fn parts(&mut self, lengths: impl IntoIterator<Item = usize>) -> Vec<Part<'_>> {
        let row_bytes = self.row_bytes;
        let mut left = self.tail(0);
        let cut = |length: usize| {
            let parted = std::mem::take(&mut left).into_iter().map(|column| column.split_at(length));
            let columns;
            (columns, left) = parted.unzip();
            Part { columns, row_bytes, rows: 0 }
        };
        lengths.into_iter().map(cut).collect()
    }

    /// Takes the values out of some more rows.
    pub(super) fn extend(&mut self, rows: &[u8]) -> Result<(), FillError> {
        if self.row_bytes == 0 {
            return Ok(());
        }
        let first_row = self.rows;
        let count = rows.len() / self.row_bytes;
        for (position, column) in self.fillings.iter_mut().enumerate() {
            match &mut column.values {
                Values::Numbers(_, bits) => bits.grow(count)?,
                Values::Text(texts, codec) => {
                    for (row, field) in (first_row as u64..).zip(rows.chunks_exact(self.row_bytes)) {
                        let field = &field[column.offset..][..column.size];
                        append_text(texts, codec, field, position, row)?;
                    }
                }
            }
        }
        let row_bytes = self.row_bytes;
        Part { columns: self.tail(first_row), row_bytes, rows: 0 }.put(rows);
        self.rows += count;
        Ok(())
    }

    /// The columns of numbers from a row on.
    fn tail(&mut self, row: usize) -> Vec<PartColumn<'_>> {
        self.fillings
            .iter_mut()
            .filter_map(|column| match &mut column.values {
                Values::Numbers(number, bits) => {
                    Some(PartColumn { offset: column.offset, order: number.order, bits: bits.tail(row) })
                }
                Values::Text(..) => None,
            })
            .collect()
    }

    /// The arrays, in the order of the slots.
    pub(super) fn finish(self) -> Vec<ArrayRef> {
        let finish = |column: Column| -> ArrayRef {
            match column.values {
                Values::Numbers(number, bits) => bits.into_array(number.kind),
                Values::Text(mut texts, _) => Arc::new(texts.finish()),
            }
        };
        self.fillings.into_iter().map(finish).collect()
    }
}

impl Part<'_> {
    /// Takes the values out of the next rows. There are as many left as are given.
    pub(super) fn put(&mut self, rows: &[u8]) {
        let block_bytes = (BLOCK_BYTES / self.row_bytes).max(1) * self.row_bytes;
        for block in rows.chunks(block_bytes) {
            let end = self.rows + block.len() / self.row_bytes;
            for PartColumn { offset, order, bits } in &mut self.columns {
                let (offset, order, rows) = (*offset, *order, self.rows..end);
                let block = block.chunks_exact(self.row_bytes);
                match (bits, order) {
                    (BitsMut::B1(target), _) => put(&mut target[rows], block, offset, |[byte]| byte),
                    (BitsMut::B2(target), ByteOrder::Little) => {
                        put(&mut target[rows], block, offset, u16::from_le_bytes);
                    }
                    (BitsMut::B2(target), ByteOrder::Big) => {
                        put(&mut target[rows], block, offset, u16::from_be_bytes);
                    }
                    (BitsMut::B4(target), ByteOrder::Little) => {
                        put(&mut target[rows], block, offset, u32::from_le_bytes);
                    }
                    (BitsMut::B4(target), ByteOrder::Big) => {
                        put(&mut target[rows], block, offset, u32::from_be_bytes);
                    }
                    (BitsMut::B8(target), ByteOrder::Little) => {
                        put(&mut target[rows], block, offset, u64::from_le_bytes);
                    }
                    (BitsMut::B8(target), ByteOrder::Big) => {
                        put(&mut target[rows], block, offset, u64::from_be_bytes);
                    }
                }
            }
            self.rows = end;
        }
    }
}

/// Takes a value out of each row.
fn put<'a, T, const SIZE: usize>(
    target: &mut [T],
    rows: impl Iterator<Item = &'a [u8]>,
    offset: usize,
    from_bytes: impl Fn([u8; SIZE]) -> T,
) {
    for (value, row) in target.iter_mut().zip(rows) {
        let bytes = row[offset..].first_chunk::<SIZE>().expect("a slot lies within its row");
        *value = from_bytes(*bytes);
    }
}

impl<'a> PartColumn<'a> {
    /// Parts this at a row.
    fn split_at(self, row: usize) -> (PartColumn<'a>, PartColumn<'a>) {
        let Self { offset, order, bits } = self;
        let (front, rest) = match bits {
            BitsMut::B1(bits) => both(bits.split_at_mut(row), BitsMut::B1),
            BitsMut::B2(bits) => both(bits.split_at_mut(row), BitsMut::B2),
            BitsMut::B4(bits) => both(bits.split_at_mut(row), BitsMut::B4),
            BitsMut::B8(bits) => both(bits.split_at_mut(row), BitsMut::B8),
        };
        (PartColumn { offset, order, bits: front }, PartColumn { offset, order, bits: rest })
    }
}

fn both<T, U>((front, rest): (T, T), wrap: impl Fn(T) -> U) -> (U, U) {
    (wrap(front), wrap(rest))
}

impl Bits {
    fn of_size(size: usize) -> Self {
        match size {
            1 => Self::B1(ColumnMemory::default()),
            2 => Self::B2(ColumnMemory::default()),
            4 => Self::B4(ColumnMemory::default()),
            8 => Self::B8(ColumnMemory::default()),
            other => unreachable!("no number has {other} bytes"),
        }
    }

    /// So many zeros of the same size.
    fn zeroed(&self, count: usize) -> Result<Self, OutOfMemory> {
        Ok(match self {
            Self::B1(_) => Self::B1(ColumnMemory::zeroed(count)?),
            Self::B2(_) => Self::B2(ColumnMemory::zeroed(count)?),
            Self::B4(_) => Self::B4(ColumnMemory::zeroed(count)?),
            Self::B8(_) => Self::B8(ColumnMemory::zeroed(count)?),
        })
    }

    /// Appends zeros.
    fn grow(&mut self, count: usize) -> Result<(), OutOfMemory> {
        match self {
            Self::B1(bits) => bits.grow(count),
            Self::B2(bits) => bits.grow(count),
            Self::B4(bits) => bits.grow(count),
            Self::B8(bits) => bits.grow(count),
        }
    }

    fn tail(&mut self, start: usize) -> BitsMut<'_> {
        match self {
            Self::B1(bits) => BitsMut::B1(&mut bits.as_mut_slice()[start..]),
            Self::B2(bits) => BitsMut::B2(&mut bits.as_mut_slice()[start..]),
            Self::B4(bits) => BitsMut::B4(&mut bits.as_mut_slice()[start..]),
            Self::B8(bits) => BitsMut::B8(&mut bits.as_mut_slice()[start..]),
        }
    }

    fn into_array(self, kind: NumberKind) -> ArrayRef {
        let buffer = match self {
            Self::B1(bits) => bits.into_buffer(),
            Self::B2(bits) => bits.into_buffer(),
            Self::B4(bits) => bits.into_buffer(),
            Self::B8(bits) => bits.into_buffer(),
        };
        match kind {
            NumberKind::F32 => array::<Float32Type>(buffer),
            NumberKind::F64 => array::<Float64Type>(buffer),
            NumberKind::I8 => array::<Int8Type>(buffer),
            NumberKind::I16 => array::<Int16Type>(buffer),
            NumberKind::I32 => array::<Int32Type>(buffer),
            NumberKind::I64 => array::<Int64Type>(buffer),
            NumberKind::Bool => {
                let bits = BooleanBuffer::collect_bool(buffer.len(), |row| buffer[row] != 0);
                Arc::new(BooleanArray::new(bits, None))
            }
            NumberKind::U8 => array::<UInt8Type>(buffer),
            NumberKind::U16 => array::<UInt16Type>(buffer),
            NumberKind::U32 => array::<UInt32Type>(buffer),
            NumberKind::U64 => array::<UInt64Type>(buffer),
        }
    }
}

fn array<T: ArrowPrimitiveType>(bits: Buffer) -> ArrayRef {
    let array: PrimitiveArray<T> = PrimitiveArray::new(ScalarBuffer::from(bits), None);
    debug_assert_eq!(array.data_type(), &T::DATA_TYPE);
    Arc::new(array)
}

fn append_text(
    texts: &mut StringBuilder,
    codec: &TextCodec,
    field: &[u8],
    column: usize,
    row: u64,
) -> Result<(), FillError> {
    let encoding = codec.encoding_name();
    let text = codec.decode(field).map_err(|_| FillError::Text { column, row, encoding })?;
    let length = text.as_ref().map_or(0, |text| text.len());
    if texts.values_slice().len() + length > i32::MAX as usize {
        return Err(FillError::TooMuchText { column });
    }
    texts.append_option(text);
    Ok(())
}
