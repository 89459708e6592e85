//! Labels of rows and columns, as pandas names their kinds.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int8Type, Int16Type, Int32Type};
use arrow_array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray, downcast_integer_array};
use arrow_schema::{DataType, TimeUnit};
use hdf5_file::{Charset, Datatype};
use pickle_data::Value;
use pose_frame::{IndexField, Label};

use super::rows::as_numbers;
use super::text::TextField;

/// The type in the file of one value of a type of columns or labels.
pub(super) fn datatype(data_type: &DataType, text: Option<&TextField>) -> Datatype {
    let integer = |size, signed| Datatype::Integer { size, signed };
    match data_type {
        DataType::Float32 => Datatype::F32,
        DataType::Float64 => Datatype::F64,
        DataType::Boolean => Datatype::Bits8,
        DataType::Int8 => integer(1, true),
        DataType::Int16 => integer(2, true),
        DataType::Int32 => integer(4, true),
        DataType::UInt8 => integer(1, false),
        DataType::UInt16 => integer(2, false),
        DataType::UInt32 => integer(4, false),
        DataType::UInt64 => integer(8, false),
        DataType::Utf8 => {
            let size = text.map_or(1, TextField::size);
            Datatype::Text { size: u32::try_from(size).unwrap_or(u32::MAX), charset: Charset::Ascii }
        }
        // Moments and spans of time are integers too.
        _ => Datatype::I64,
    }
}

/// What NumPy calls the type that values are stored as.
pub(super) fn numpy_type(data_type: &DataType, text: Option<&TextField>) -> String {
    match data_type {
        DataType::Float32 => "float32".to_owned(),
        DataType::Float64 => "float64".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Utf8 => format!("bytes{}", 8 * text.map_or(1, TextField::size)),
        // Of a column every pandas notes the unit.
        DataType::Timestamp(TimeUnit::Nanosecond, _) => "datetime64[ns]".to_owned(),
        DataType::Duration(TimeUnit::Nanosecond) => "timedelta64[ns]".to_owned(),
        DataType::Timestamp(..) | DataType::Duration(_) => kind(data_type),
        other => other.to_string().to_ascii_lowercase(),
    }
}

/// What NumPy calls the type of an array of such labels that is empty.
pub(super) fn empty_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "|S1".to_owned(),
        DataType::Timestamp(..) | DataType::Duration(_) => "int64".to_owned(),
        other => numpy_type(other, None),
    }
}

/// What pandas calls the kind of such labels.
pub(super) fn kind(data_type: &DataType) -> String {
    // Without a unit they are nanoseconds for every pandas; before 2.1 none knows units, and shows numbers instead.
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Nanosecond => "",
        TimeUnit::Microsecond => "[us]",
        TimeUnit::Millisecond => "[ms]",
        TimeUnit::Second => "[s]",
    };
    match data_type {
        DataType::Float32 | DataType::Float64 => "float".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Utf8 => "string".to_owned(),
        DataType::Timestamp(of, _) => format!("datetime64{}", unit(of)),
        DataType::Duration(of) => format!("timedelta64{}", unit(of)),
        _ => "integer".to_owned(),
    }
}

/// What the attribute `info` says of rows labelled so.
pub(super) fn info(field: &IndexField) -> Value {
    let mut entries = Vec::new();
    if let Some(name) = &field.name {
        entries.push((Value::text("index_name"), Value::Text(name.clone())));
    }
    if let DataType::Timestamp(_, Some(zone)) = &field.data_type {
        entries.push((Value::text("tz"), Value::Text(zone.clone())));
    }
    Value::Dict(entries)
}

/// The label of a column, to be pickled.
pub(super) fn pickled(label: &Label) -> Value {
    match label {
        Label::Text(text) => Value::Text(text.clone()),
        Label::Integer(number) => Value::Integer(*number),
        other => unreachable!("a label is a text or a number, not {other:?}"),
    }
}

/// A label that can be sorted and looked up, whatever its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum AnyLabel {
    /// Booleans, integers, moments and spans of time.
    Number(i128),
    /// A float by its bits, in an order in which numbers ascend.
    Float(u64),
    Text(Box<str>),
}

/// The different labels of a level.
#[derive(Debug, Default)]
pub(super) struct Different {
    codes: HashMap<AnyLabel, usize>,
}

impl Different {
    /// Takes more labels in. Missing ones are passed over.
    pub(super) fn add(&mut self, labels: &ArrayRef) {
        for label in any_labels(labels).into_iter().flatten() {
            let next = self.codes.len();
            self.codes.entry(label).or_insert(next);
        }
    }

    /// Sorts the labels and gives them, as the bytes of a dataset of this type.
    pub(super) fn sorted(&mut self, datatype: &Datatype) -> Vec<u8> {
        let mut labels: Vec<AnyLabel> = self.codes.keys().cloned().collect();
        labels.sort_unstable();
        let size = datatype.size();
        let mut out = Vec::with_capacity(labels.len() * size);
        for (code, label) in labels.into_iter().enumerate() {
            let start = out.len();
            match &label {
                AnyLabel::Number(number) => out.extend_from_slice(&number.to_le_bytes()[..size]),
                AnyLabel::Float(key) => {
                    let bits = if key >> 63 == 1 { key ^ (1 << 63) } else { !key };
                    match size {
                        // Narrow floats came from narrow floats, and go back to them.
                        4 => out.extend_from_slice(&narrow(bits).to_le_bytes()),
                        _ => out.extend_from_slice(&bits.to_le_bytes()),
                    }
                }
                AnyLabel::Text(text) => out.extend_from_slice(text.as_bytes()),
            }
            out.resize(start + size, 0);
            self.codes.insert(label, code);
        }
        out
    }

    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    /// Which label each row has, as numbers of their [type](code_type); -1 where it is missing.
    pub(super) fn codes(&self, labels: &ArrayRef) -> ArrayRef {
        fn codes<T: ArrowPrimitiveType>(
            codes: impl Iterator<Item = Option<usize>>,
            missing: T::Native,
        ) -> ArrayRef
        where
            T::Native: TryFrom<usize>,
        {
            let code = |code: Option<usize>| code.and_then(|code| code.try_into().ok()).unwrap_or(missing);
            Arc::new(PrimitiveArray::<T>::from_iter_values(codes.map(code)))
        }
        let of_labels = any_labels(labels).into_iter().map(|label| self.codes.get(&label?).copied());
        match code_type(self.len()) {
            DataType::Int8 => codes::<Int8Type>(of_labels, -1),
            DataType::Int16 => codes::<Int16Type>(of_labels, -1),
            _ => codes::<Int32Type>(of_labels, -1),
        }
    }
}

/// The type that pandas takes for the numbers of so many labels.
pub(super) fn code_type(labels: usize) -> DataType {
    match labels {
        0..128 => DataType::Int8,
        128..32_768 => DataType::Int16,
        _ => DataType::Int32,
    }
}

/// The bits of a narrow float in the upper half of a wide key.
fn narrow(bits: u64) -> u32 {
    u32::try_from(bits >> 32).unwrap_or(0)
}

fn any_labels(labels: &ArrayRef) -> Vec<Option<AnyLabel>> {
    fn numbers<T: Into<i128>>(labels: impl Iterator<Item = Option<T>>) -> Vec<Option<AnyLabel>> {
        labels.map(|label| label.map(|label| AnyLabel::Number(label.into()))).collect()
    }
    // Ascending numbers have ascending keys: of negative ones the bits are turned over.
    let key = |bits: u64| if bits >> 63 == 1 { !bits } else { bits | 1 << 63 };
    let float = |bits: u64, is_nan: bool| (!is_nan).then(|| AnyLabel::Float(key(bits)));
    let array = labels.as_ref();
    match array.data_type() {
        DataType::Utf8 => (array.as_string::<i32>().iter())
            .map(|text| text.map(|text| AnyLabel::Text(text.into())))
            .collect(),
        DataType::Boolean => numbers(array.as_boolean().iter()),
        DataType::Float64 => (array.as_primitive::<Float64Type>().values().iter())
            .map(|value| float(value.to_bits(), value.is_nan()))
            .collect(),
        DataType::Float32 => (array.as_primitive::<Float32Type>().values().iter())
            .map(|value| float(u64::from(value.to_bits()) << 32, value.is_nan()))
            .collect(),
        DataType::Timestamp(..) | DataType::Duration(_) => numbers(as_numbers(labels).iter()),
        _ => downcast_integer_array!(
            array => numbers(array.iter()),
            other => unreachable!("rows are not labelled by {other}")
        ),
    }
}
