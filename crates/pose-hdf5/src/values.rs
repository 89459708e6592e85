//! Columns of values out of rows of bytes.

use std::sync::Arc;

use arrow_array::builder::{BooleanBufferBuilder, StringBuilder};
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, BooleanArray, PrimitiveArray};
use arrow_schema::DataType;

use crate::container::{ByteOrder, Dataset, Element, Number, NumberKind};
use crate::text::TextCodec;
use crate::{Hdf5Error, Hdf5ErrorKind};

/// How many bytes of rows are taken at a time. All columns take their values out of them while they are in the
/// nearest cache.
const BLOCK_BYTES: usize = 32 << 10;

/// What one value is in a file, and how it is read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Number(Number),
    Text { size: usize, codec: TextCodec },
}

/// A value in each row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Slot {
    /// Bytes before it in a row.
    pub(crate) offset: usize,
    pub(crate) item: Item,
}

impl Item {
    /// The item that an element is, unless it is one that no table holds.
    pub(crate) fn of(element: &Element, codec: &TextCodec) -> Option<Self> {
        match element {
            Element::Number(number) => Some(Self::Number(*number)),
            Element::Text(size) => Some(Self::Text { size: *size, codec: codec.clone() }),
            _ => None,
        }
    }

    /// Bytes of one value.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Number(number) => number.kind.size(),
            Self::Text { size, .. } => *size,
        }
    }

    /// The type of an array of such values.
    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Text { .. } => DataType::Utf8,
            Self::Number(number) => match number.kind {
                NumberKind::F32 => DataType::Float32,
                NumberKind::F64 => DataType::Float64,
                NumberKind::I8 => DataType::Int8,
                NumberKind::I16 => DataType::Int16,
                NumberKind::I32 => DataType::Int32,
                NumberKind::I64 => DataType::Int64,
                NumberKind::U8 => DataType::UInt8,
                NumberKind::U16 => DataType::UInt16,
                NumberKind::U32 => DataType::UInt32,
                NumberKind::U64 => DataType::UInt64,
                NumberKind::Bool => DataType::Boolean,
            },
        }
    }
}

/// Columns that are being filled.
pub(crate) struct Columns {
    fillings: Vec<Column>,
    row_bytes: usize,
    rows: u64,
}

struct Column {
    offset: usize,
    size: usize,
    values: Values,
}

enum Values {
    F32(Vec<f32>, ByteOrder),
    F64(Vec<f64>, ByteOrder),
    I8(Vec<i8>),
    I16(Vec<i16>, ByteOrder),
    I32(Vec<i32>, ByteOrder),
    I64(Vec<i64>, ByteOrder),
    U8(Vec<u8>),
    U16(Vec<u16>, ByteOrder),
    U32(Vec<u32>, ByteOrder),
    U64(Vec<u64>, ByteOrder),
    Bool(BooleanBufferBuilder),
    Text(StringBuilder, TextCodec),
}

/// Why values could not be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FillError {
    OutOfMemory,
    /// A text is not of its encoding.
    Text {
        column: usize,
        row: u64,
        encoding: &'static str,
    },
    /// A column of texts is larger than an array of them can be.
    TooMuchText {
        column: usize,
    },
}

impl FillError {
    /// The error that it makes of values of a dataset, of which this row was the first one wanted.
    pub(crate) fn within(self, dataset: &Dataset, first_row: u64) -> Hdf5Error {
        let (path, object) = (dataset.container().path().to_owned(), dataset.name().to_owned());
        match self {
            Self::OutOfMemory => Hdf5ErrorKind::OutOfMemory { path, object },
            Self::Text { row, encoding, .. } => {
                Hdf5ErrorKind::Text { path, object, row: first_row.saturating_add(row), encoding }
            }
            Self::TooMuchText { .. } => {
                let what = "more than 2 GiB of text in one column of what is read at once".to_owned();
                Hdf5ErrorKind::Unsupported { path, object, what }
            }
        }
        .into()
    }
}

impl Columns {
    /// Empty columns for values at these places in rows of so many bytes, which the slots do not leave.
    ///
    /// Memory is reserved for `reserved` rows.
    pub(crate) fn new<'a>(
        slots: impl IntoIterator<Item = &'a Slot>,
        row_bytes: usize,
        reserved: usize,
    ) -> Result<Self, FillError> {
        let column = |slot: &Slot| {
            let size = slot.item.size();
            assert!(slot.offset + size <= row_bytes, "a slot lies within its row");
            Ok(Column { offset: slot.offset, size, values: Values::new(&slot.item, reserved)? })
        };
        let columns = slots.into_iter().map(column).collect::<Result<_, _>>()?;
        Ok(Self { fillings: columns, row_bytes, rows: 0 })
    }

    /// Takes the values out of some more rows.
    pub(crate) fn extend(&mut self, rows: &[u8]) -> Result<(), FillError> {
        if self.row_bytes == 0 {
            return Ok(());
        }
        let block_rows = (BLOCK_BYTES / self.row_bytes).max(1);
        for column in &mut self.fillings {
            column.values.reserve(rows.len() / self.row_bytes)?;
        }
        for block in rows.chunks(block_rows * self.row_bytes) {
            for (position, column) in self.fillings.iter_mut().enumerate() {
                let fields =
                    block.chunks_exact(self.row_bytes).map(|row| &row[column.offset..][..column.size]);
                column.values.extend(fields, position, self.rows)?;
            }
            self.rows += (block.len() / self.row_bytes) as u64;
        }
        Ok(())
    }

    /// The arrays, in the order of the slots.
    pub(crate) fn finish(self) -> Vec<ArrayRef> {
        self.fillings.into_iter().map(|column| column.values.finish()).collect()
    }
}

/// Appends numbers of one type.
macro_rules! extend {
    ($values:expr, $order:expr, $fields:expr, $number:ty) => {{
        const SIZE: usize = size_of::<$number>();
        // The size of every field was settled with its slot.
        let bytes = $fields.map(|field| *field.first_chunk::<SIZE>().unwrap_or(&[0; SIZE]));
        match $order {
            ByteOrder::Little => $values.extend(bytes.map(<$number>::from_le_bytes)),
            ByteOrder::Big => $values.extend(bytes.map(<$number>::from_be_bytes)),
        }
    }};
}

impl Values {
    fn new(item: &Item, reserved: usize) -> Result<Self, FillError> {
        let (kind, order) = match item {
            Item::Number(number) => (number.kind, number.order),
            Item::Text { codec, .. } => return Ok(Self::Text(StringBuilder::new(), codec.clone())),
        };
        Ok(match kind {
            NumberKind::F32 => Self::F32(reserve(reserved)?, order),
            NumberKind::F64 => Self::F64(reserve(reserved)?, order),
            NumberKind::I8 => Self::I8(reserve(reserved)?),
            NumberKind::I16 => Self::I16(reserve(reserved)?, order),
            NumberKind::I32 => Self::I32(reserve(reserved)?, order),
            NumberKind::I64 => Self::I64(reserve(reserved)?, order),
            NumberKind::U8 => Self::U8(reserve(reserved)?),
            NumberKind::U16 => Self::U16(reserve(reserved)?, order),
            NumberKind::U32 => Self::U32(reserve(reserved)?, order),
            NumberKind::U64 => Self::U64(reserve(reserved)?, order),
            NumberKind::Bool => Self::Bool(BooleanBufferBuilder::new(0)),
        })
    }

    /// Makes room for more rows without ending the process when there is none.
    fn reserve(&mut self, rows: usize) -> Result<(), FillError> {
        let reserved = match self {
            Self::F32(values, _) => values.try_reserve(rows),
            Self::F64(values, _) => values.try_reserve(rows),
            Self::I8(values) => values.try_reserve(rows),
            Self::I16(values, _) => values.try_reserve(rows),
            Self::I32(values, _) => values.try_reserve(rows),
            Self::I64(values, _) => values.try_reserve(rows),
            Self::U8(values) => values.try_reserve(rows),
            Self::U16(values, _) => values.try_reserve(rows),
            Self::U32(values, _) => values.try_reserve(rows),
            Self::U64(values, _) => values.try_reserve(rows),
            // These grow with what has been decoded already.
            Self::Bool(_) | Self::Text(..) => Ok(()),
        };
        reserved.map_err(|_| FillError::OutOfMemory)
    }

    fn extend<'a>(
        &mut self,
        fields: impl ExactSizeIterator<Item = &'a [u8]>,
        column: usize,
        first_row: u64,
    ) -> Result<(), FillError> {
        match self {
            Self::F32(values, order) => extend!(values, order, fields, f32),
            Self::F64(values, order) => extend!(values, order, fields, f64),
            Self::I8(values) => extend!(values, ByteOrder::Little, fields, i8),
            Self::I16(values, order) => extend!(values, order, fields, i16),
            Self::I32(values, order) => extend!(values, order, fields, i32),
            Self::I64(values, order) => extend!(values, order, fields, i64),
            Self::U8(values) => extend!(values, ByteOrder::Little, fields, u8),
            Self::U16(values, order) => extend!(values, order, fields, u16),
            Self::U32(values, order) => extend!(values, order, fields, u32),
            Self::U64(values, order) => extend!(values, order, fields, u64),
            Self::Bool(values) => fields.for_each(|field| values.append(field[0] != 0)),
            Self::Text(texts, codec) => {
                for (row, field) in (first_row..).zip(fields) {
                    let encoding = codec.encoding_name();
                    let text = codec.decode(field).map_err(|_| FillError::Text { column, row, encoding })?;
                    let length = text.as_ref().map_or(0, |text| text.len());
                    if texts.values_slice().len() + length > i32::MAX as usize {
                        return Err(FillError::TooMuchText { column });
                    }
                    texts.append_option(text);
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::F32(values, _) => array::<Float32Type>(values),
            Self::F64(values, _) => array::<Float64Type>(values),
            Self::I8(values) => array::<Int8Type>(values),
            Self::I16(values, _) => array::<Int16Type>(values),
            Self::I32(values, _) => array::<Int32Type>(values),
            Self::I64(values, _) => array::<Int64Type>(values),
            Self::U8(values) => array::<UInt8Type>(values),
            Self::U16(values, _) => array::<UInt16Type>(values),
            Self::U32(values, _) => array::<UInt32Type>(values),
            Self::U64(values, _) => array::<UInt64Type>(values),
            Self::Bool(mut values) => Arc::new(BooleanArray::new(values.finish(), None)),
            Self::Text(mut texts, _) => Arc::new(texts.finish()),
        }
    }
}

fn reserve<T>(count: usize) -> Result<Vec<T>, FillError> {
    let mut values = Vec::new();
    values.try_reserve_exact(count).map_err(|_| FillError::OutOfMemory)?;
    Ok(values)
}

fn array<T: ArrowPrimitiveType>(values: Vec<T::Native>) -> ArrayRef {
    let array: PrimitiveArray<T> = PrimitiveArray::new(values.into(), None);
    debug_assert_eq!(array.data_type(), &T::DATA_TYPE);
    Arc::new(array)
}
