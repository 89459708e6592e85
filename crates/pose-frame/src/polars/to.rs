//! From a table.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, make_array};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};
use polars_arrow::array::{
    Array as PolarsArray, BooleanArray, MutableBinaryViewArray, PrimitiveArray, Utf8ViewArray,
};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, TimeUnit as PolarsUnit};
use polars_arrow::types::NativeType;
use polars_buffer::Buffer;
use polars_core::frame::DataFrame;
use polars_core::prelude::IdxSize;
use polars_core::series::Series;

use super::MissingFloats;
use crate::flat::{FlatColumns, FlatErrorKind, seconds_as_milliseconds};
use crate::{TableError, foreign};

/// A data frame of these columns, of which the first `num_labels` are labels of rows.
pub(super) fn data_frame(
    flat: &FlatColumns,
    num_labels: usize,
    missing: MissingFloats,
) -> Result<DataFrame, TableError> {
    let most = usize::try_from(IdxSize::MAX).unwrap_or(usize::MAX) - 1;
    if flat.num_rows > most {
        return Err(FlatErrorKind::TooManyRows { rows: flat.num_rows, most }.into());
    }
    let columns = flat.columns.iter().enumerate().map(|(position, (name, array))| {
        let missing = if position < num_labels { MissingFloats::Nan } else { missing };
        Ok(series(name, array, missing)?.into())
    });
    let columns = columns.collect::<Result<Vec<_>, FlatErrorKind>>()?;
    let data_frame = DataFrame::new(flat.num_rows, columns);
    data_frame.map_err(|error| FlatErrorKind::RefusedTogether { source: error.into() }.into())
}

fn series(name: &str, array: &ArrayRef, missing: MissingFloats) -> Result<Series, FlatErrorKind> {
    let array = seconds_as_milliseconds(array, name)?;
    let array: Box<dyn PolarsArray> = match array.data_type() {
        DataType::Float64 => numbers::<Float64Type>(&array, mask(&array, missing)),
        DataType::Float32 => numbers::<Float32Type>(&array, mask(&array, missing)),
        DataType::Int8 => numbers::<Int8Type>(&array, nulls(&array)),
        DataType::Int16 => numbers::<Int16Type>(&array, nulls(&array)),
        DataType::Int32 => numbers::<Int32Type>(&array, nulls(&array)),
        DataType::Int64 => numbers::<Int64Type>(&array, nulls(&array)),
        DataType::UInt8 => numbers::<UInt8Type>(&array, nulls(&array)),
        DataType::UInt16 => numbers::<UInt16Type>(&array, nulls(&array)),
        DataType::UInt32 => numbers::<UInt32Type>(&array, nulls(&array)),
        DataType::UInt64 => numbers::<UInt64Type>(&array, nulls(&array)),
        DataType::Boolean => {
            let values = foreign::to_polars_bitmap(array.as_boolean().values());
            Box::new(BooleanArray::new(ArrowDataType::Boolean, values, nulls(&array)))
        }
        DataType::Utf8 => {
            let text: Utf8ViewArray = MutableBinaryViewArray::from_iter(array.as_string::<i32>()).into();
            Box::new(text)
        }
        DataType::Timestamp(unit, zone) => {
            times(&array, ArrowDataType::Timestamp(time_unit(*unit), zone.as_deref().map(Into::into)))
        }
        DataType::Duration(unit) => times(&array, ArrowDataType::Duration(time_unit(*unit))),
        other => {
            return Err(FlatErrorKind::UnsupportedType { column: name.to_owned(), found: other.to_string() });
        }
    };
    let series = Series::from_arrow(name.into(), array);
    series.map_err(|error| FlatErrorKind::Refused { column: name.to_owned(), source: error.into() })
}

fn numbers<T>(array: &ArrayRef, nulls: Option<Bitmap>) -> Box<dyn PolarsArray>
where
    T: ArrowPrimitiveType,
    T::Native: NativeType,
{
    let values = Buffer::from_owner(array.as_primitive::<T>().values().clone());
    Box::new(PrimitiveArray::new(T::Native::PRIMITIVE.into(), values, nulls))
}

/// Moments and spans of time: counts, under another name.
fn times(array: &ArrayRef, data_type: ArrowDataType) -> Box<dyn PolarsArray> {
    let counts = array.to_data().into_builder().data_type(DataType::Int64).build();
    let counts = make_array(counts.expect("moments and spans of time are counts of 64 bits"));
    let values = Buffer::from_owner(counts.as_primitive::<Int64Type>().values().clone());
    Box::new(PrimitiveArray::<i64>::new(data_type, values, nulls(array)))
}

fn time_unit(unit: TimeUnit) -> PolarsUnit {
    match unit {
        TimeUnit::Second => PolarsUnit::Second,
        TimeUnit::Millisecond => PolarsUnit::Millisecond,
        TimeUnit::Microsecond => PolarsUnit::Microsecond,
        TimeUnit::Nanosecond => PolarsUnit::Nanosecond,
    }
}

fn nulls(array: &ArrayRef) -> Option<Bitmap> {
    array.nulls().map(NullBuffer::inner).map(foreign::to_polars_bitmap)
}

/// Which floats are there, where missing ones are to be null and there are some.
fn mask(array: &ArrayRef, missing: MissingFloats) -> Option<Bitmap> {
    if missing == MissingFloats::Nan {
        return nulls(array);
    }
    let mask: Bitmap = match array.data_type() {
        DataType::Float32 => {
            array.as_primitive::<Float32Type>().values().iter().map(|x| !x.is_nan()).collect()
        }
        _ => array.as_primitive::<Float64Type>().values().iter().map(|x| !x.is_nan()).collect(),
    };
    (mask.unset_bits() > 0).then_some(mask)
}
