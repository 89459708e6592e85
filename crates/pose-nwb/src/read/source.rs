//! Where the values of a column are, and how they are read.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, PrimitiveArray, StringArray, make_array,
};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use column_memory::ColumnMemory;
use hdf5_file::read::{ByteOrder, Dataset, Element, Number, NumberKind};

use crate::{NwbError, NwbErrorKind};

/// Where the values of a column are.
#[derive(Clone)]
pub(crate) enum Source {
    /// In a dataset.
    Stored(Stored),
    /// In memory.
    Loaded(ArrayRef),
    /// Nowhere: whole numbers in equal steps.
    Steps { start: i64, step: i64 },
    /// Nowhere: the seconds at which frames at equal distances were taken.
    Seconds { start: f64, rate_hz: f64 },
}

impl Source {
    /// The values of some rows, where no file has to be asked for them.
    pub(crate) fn known(&self, rows: &Range<usize>) -> Option<ArrayRef> {
        Some(match *self {
            Self::Stored(_) => return None,
            Self::Loaded(ref array) => array.slice(rows.start, rows.len()),
            Self::Steps { start, step } => {
                // No file has rows beyond them.
                let at = |row: usize| {
                    start.wrapping_add(step.wrapping_mul(i64::try_from(row).unwrap_or(i64::MAX)))
                };
                Arc::new(Int64Array::from_iter_values(rows.clone().map(at)))
            }
            #[allow(clippy::cast_precision_loss, reason = "no video has 2^53 frames")]
            Self::Seconds { start, rate_hz } => {
                let at = |row: usize| start + row as f64 / rate_hz;
                Arc::new(Float64Array::from_iter_values(rows.clone().map(at)))
            }
        })
    }
}

/// Values of a dataset.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) dataset: Arc<Dataset>,
    /// Which number of each row.
    pub(crate) axis: usize,
    /// A dataset of bytes that has 0 where a value is missing.
    pub(crate) valid: Option<Arc<Dataset>>,
    /// The type of the column: that of the numbers, or one that is kept as such numbers.
    pub(crate) data_type: DataType,
}

impl Stored {
    /// Numbers of a dataset, by their own type.
    pub(crate) fn numbers(dataset: Arc<Dataset>, axis: usize) -> Result<Self, NwbError> {
        let data_type = match dataset.element() {
            Element::Number(number) => type_of(number.kind),
            _ => return Err(not_numbers(&dataset)),
        };
        Ok(Self { dataset, axis, valid: None, data_type })
    }
}

fn not_numbers(dataset: &Dataset) -> NwbError {
    let (path, object) = (dataset.file().path().to_owned(), format!("/{}", dataset.name()));
    NwbErrorKind::Layout { path, object, expected: "numbers", found: dataset.element().to_string() }.into()
}

fn type_of(kind: NumberKind) -> DataType {
    match kind {
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
    }
}

/// Reads columns of one dataset, each given by its place in a row, and in the order in which they are given.
pub(crate) fn read(columns: &[&Stored], rows: Range<u64>) -> Result<Vec<ArrayRef>, NwbError> {
    let Some(first) = columns.first() else { return Ok(Vec::new()) };
    let dataset = &first.dataset;
    let arrays = match dataset.element() {
        Element::Number(number) => numbers(dataset, *number, columns, rows.clone())?,
        Element::Text(_) | Element::VariableText => {
            let texts: ArrayRef = Arc::new(StringArray::from(dataset.texts(rows.clone())?));
            columns.iter().map(|_| texts.clone()).collect()
        }
        _ => return Err(not_numbers(dataset)),
    };
    columns.iter().zip(arrays).map(|(column, array)| finish(column, array, rows.clone())).collect()
}

/// Gives values their nulls and their type.
fn finish(column: &Stored, array: ArrayRef, rows: Range<u64>) -> Result<ArrayRef, NwbError> {
    let nulls = match &column.valid {
        None => None,
        Some(valid) => {
            let valid: Vec<u8> = valid.read(rows)?;
            let bits: BooleanBuffer = valid.iter().map(|&valid| valid != 0).collect();
            Some(NullBuffer::new(bits)).filter(|nulls| nulls.null_count() > 0)
        }
    };
    if nulls.is_none() && *array.data_type() == column.data_type {
        return Ok(array);
    }
    let data = array.to_data().into_builder().data_type(column.data_type.clone()).nulls(nulls).build();
    let data = data.map_err(|error| column.dataset.damaged(error.to_string()))?;
    Ok(make_array(data))
}

fn numbers(
    dataset: &Dataset,
    number: Number,
    columns: &[&Stored],
    rows: Range<u64>,
) -> Result<Vec<ArrayRef>, NwbError> {
    macro_rules! of {
        ($arrow:ty, $native:ty) => {
            match number.order {
                ByteOrder::Little => primitive::<$arrow, _>(dataset, columns, rows, <$native>::from_le_bytes),
                ByteOrder::Big => primitive::<$arrow, _>(dataset, columns, rows, <$native>::from_be_bytes),
            }
        };
    }
    match number.kind {
        NumberKind::F32 => of!(Float32Type, f32),
        NumberKind::F64 => of!(Float64Type, f64),
        NumberKind::I8 => of!(Int8Type, i8),
        NumberKind::I16 => of!(Int16Type, i16),
        NumberKind::I32 => of!(Int32Type, i32),
        NumberKind::I64 => of!(Int64Type, i64),
        NumberKind::U8 => of!(UInt8Type, u8),
        NumberKind::U16 => of!(UInt16Type, u16),
        NumberKind::U32 => of!(UInt32Type, u32),
        NumberKind::U64 => of!(UInt64Type, u64),
        NumberKind::Bool => {
            let bytes = gather(dataset, columns, rows, u8::from_le_bytes)?;
            let array = |mut bytes: ColumnMemory<u8>| {
                let bits: BooleanBuffer = bytes.as_mut_slice().iter().map(|&byte| byte != 0).collect();
                Arc::new(BooleanArray::new(bits, None)) as ArrayRef
            };
            Ok(bytes.into_iter().map(array).collect())
        }
    }
}

fn primitive<T: ArrowPrimitiveType, const N: usize>(
    dataset: &Dataset,
    columns: &[&Stored],
    rows: Range<u64>,
    decode: impl Fn([u8; N]) -> T::Native,
) -> Result<Vec<ArrayRef>, NwbError>
where
    T::Native: bytemuck::Pod,
{
    let gathered = gather(dataset, columns, rows, decode)?;
    let array = |values: ColumnMemory<T::Native>| {
        let values = ScalarBuffer::<T::Native>::from(values.into_buffer());
        Arc::new(PrimitiveArray::<T>::new(values, None)) as ArrayRef
    };
    Ok(gathered.into_iter().map(array).collect())
}

/// Takes the wanted numbers out of each row.
fn gather<V: bytemuck::Pod + arrow_buffer::ArrowNativeType, const N: usize>(
    dataset: &Dataset,
    columns: &[&Stored],
    rows: Range<u64>,
    decode: impl Fn([u8; N]) -> V,
) -> Result<Vec<ColumnMemory<V>>, NwbError> {
    let out_of_memory = || {
        let (path, object) = (dataset.file().path().to_owned(), format!("/{}", dataset.name()));
        NwbError::from(NwbErrorKind::OutOfMemory { path, object })
    };
    let count = usize::try_from(rows.end.saturating_sub(rows.start)).map_err(|_| out_of_memory())?;
    // Values are held against the file before memory is taken for them, and where they are packed it is taken as they come.
    let at_once = dataset.check(&rows)? >= count;
    let start = || if at_once { ColumnMemory::zeroed(count) } else { Ok(ColumnMemory::default()) };
    let mut out =
        columns.iter().map(|_| start()).collect::<Result<Vec<_>, _>>().map_err(|_| out_of_memory())?;
    let row_bytes = dataset.row_bytes().max(N);
    let mut done = 0;
    dataset.visit::<NwbError>(rows, &mut |slab| {
        let slab_rows = slab.len() / row_bytes;
        for (column, values) in columns.iter().zip(&mut out) {
            if !at_once {
                values.grow(slab_rows).map_err(|_| out_of_memory())?;
            }
            let offset = column.axis * N;
            let values = &mut values.as_mut_slice()[done..];
            for (value, row) in values.iter_mut().zip(slab.chunks_exact(row_bytes)) {
                let bytes: Option<[u8; N]> =
                    row.get(offset..offset + N).and_then(|bytes| bytes.try_into().ok());
                *value = decode(bytes.unwrap_or([0; N]));
            }
        }
        done += slab_rows;
        Ok(())
    })?;
    if done != count {
        return Err(dataset.damaged(format!("it has {done} of {count} rows")).into());
    }
    Ok(out)
}
