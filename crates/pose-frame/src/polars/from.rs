//! To a table.

use std::sync::Arc;

use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{ArrayRef, BooleanArray, PrimitiveArray, StringArray, make_array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, TimeUnit};
use bytes::Bytes;
use polars_arrow::array::{
    Array as PolarsArray, BooleanArray as PolarsBooleans, PrimitiveArray as PolarsNumbers, Utf8ViewArray,
};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::types::NativeType;
use polars_core::datatypes::{DataType as PolarsType, TimeUnit as PolarsUnit};
use polars_core::frame::DataFrame;
use polars_core::series::Series;

use crate::TableError;
use crate::flat::{FlatColumns, FlatErrorKind};

pub(super) fn columns(data_frame: &DataFrame) -> Result<FlatColumns, TableError> {
    let mut columns = Vec::with_capacity(data_frame.width());
    for column in data_frame.columns() {
        let name = column.name().to_string();
        let array = array(column.as_materialized_series(), &name)?;
        columns.push((name, array));
    }
    Ok(FlatColumns { columns, num_rows: data_frame.height() })
}

fn array(series: &Series, column: &str) -> Result<ArrayRef, FlatErrorKind> {
    let series = series.rechunk();
    let chunk = series.chunks().first();
    let chunk = |data_type: DataType| Chunk { array: chunk.map(AsRef::as_ref), data_type };
    match series.dtype() {
        PolarsType::Float64 => chunk(DataType::Float64).numbers::<Float64Type>(),
        PolarsType::Float32 => chunk(DataType::Float32).numbers::<Float32Type>(),
        PolarsType::Int8 => chunk(DataType::Int8).numbers::<Int8Type>(),
        PolarsType::Int16 => chunk(DataType::Int16).numbers::<Int16Type>(),
        PolarsType::Int32 => chunk(DataType::Int32).numbers::<Int32Type>(),
        PolarsType::Int64 => chunk(DataType::Int64).numbers::<Int64Type>(),
        PolarsType::UInt8 => chunk(DataType::UInt8).numbers::<UInt8Type>(),
        PolarsType::UInt16 => chunk(DataType::UInt16).numbers::<UInt16Type>(),
        PolarsType::UInt32 => chunk(DataType::UInt32).numbers::<UInt32Type>(),
        PolarsType::UInt64 => chunk(DataType::UInt64).numbers::<UInt64Type>(),
        PolarsType::Boolean => chunk(DataType::Boolean).booleans(),
        PolarsType::String => return chunk(DataType::Utf8).text(column),
        PolarsType::Datetime(unit, zone) => {
            let zone = zone.as_ref().map(|zone| zone.as_str().into());
            chunk(DataType::Timestamp(time_unit(*unit), zone)).times()
        }
        PolarsType::Duration(unit) => chunk(DataType::Duration(time_unit(*unit))).times(),
        _ => None,
    }
    .ok_or_else(|| FlatErrorKind::UnsupportedType {
        column: column.to_owned(),
        found: series.dtype().to_string(),
    })
}

/// The only chunk of a column, and what it becomes. None where its memory is not what its type says.
struct Chunk<'a> {
    array: Option<&'a dyn PolarsArray>,
    data_type: DataType,
}

impl Chunk<'_> {
    fn of_type<A: PolarsArray>(&self) -> Option<&A> {
        self.array?.as_any().downcast_ref::<A>()
    }

    fn numbers<T>(&self) -> Option<ArrayRef>
    where
        T: ArrowPrimitiveType,
        T::Native: NativeType,
    {
        let chunk = self.of_type::<PolarsNumbers<T::Native>>()?;
        let values = ScalarBuffer::<T::Native>::from(shared(chunk.values().clone()));
        Some(Arc::new(PrimitiveArray::<T>::new(values, nulls(chunk.validity()))))
    }

    /// Moments and spans of time: counts, under another name.
    fn times(&self) -> Option<ArrayRef> {
        let counts = self.numbers::<Int64Type>()?;
        let times = counts.to_data().into_builder().data_type(self.data_type.clone()).build();
        times.ok().map(make_array)
    }

    fn booleans(&self) -> Option<ArrayRef> {
        let chunk = self.of_type::<PolarsBooleans>()?;
        Some(Arc::new(BooleanArray::new(bits(chunk.values()), nulls(chunk.validity()))))
    }

    fn text(&self, column: &str) -> Result<ArrayRef, FlatErrorKind> {
        let Some(chunk) = self.of_type::<Utf8ViewArray>() else {
            let (column, found) = (column.to_owned(), "str".to_owned());
            return Err(FlatErrorKind::UnsupportedType { column, found });
        };
        let bytes = chunk.iter().flatten().try_fold(0_usize, |bytes, text| bytes.checked_add(text.len()));
        if bytes.and_then(|bytes| i32::try_from(bytes).ok()).is_none() {
            return Err(FlatErrorKind::TooMuchText { column: column.to_owned() });
        }
        Ok(Arc::new(chunk.iter().collect::<StringArray>()))
    }
}

fn time_unit(unit: PolarsUnit) -> TimeUnit {
    match unit {
        PolarsUnit::Milliseconds => TimeUnit::Millisecond,
        PolarsUnit::Microseconds => TimeUnit::Microsecond,
        PolarsUnit::Nanoseconds => TimeUnit::Nanosecond,
    }
}

fn nulls(validity: Option<&Bitmap>) -> Option<NullBuffer> {
    validity.map(bits).map(NullBuffer::new).filter(|nulls| nulls.null_count() > 0)
}

fn bits(bitmap: &Bitmap) -> BooleanBuffer {
    let (_, offset, length) = bitmap.as_slice();
    BooleanBuffer::new(Buffer::from(Bytes::from_owner(Bits(bitmap.clone()))), offset, length)
}

/// Polars' numbers as bytes, which keep them.
fn shared<T: NativeType>(values: polars_buffer::Buffer<T>) -> Buffer {
    Buffer::from(Bytes::from_owner(Numbers(values)))
}

struct Numbers<T>(polars_buffer::Buffer<T>);

impl<T: NativeType> AsRef<[u8]> for Numbers<T> {
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.0)
    }
}

struct Bits(Bitmap);

impl AsRef<[u8]> for Bits {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice().0
    }
}
