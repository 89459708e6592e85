//! Writing the entry.

use arrow_schema::DataType;
use pose_frame::{ColumnKey, FlatNames, IndexSchema, PoseSchema};
use serde_json::{Value, json};

use super::{Range, unit_name};
use crate::{ParquetError, ParquetErrorKind};

/// The names that the columns of a table have in a file.
#[derive(Debug)]
pub(crate) struct FileNames {
    pub(crate) columns: Vec<String>,
    /// One per level of row labels; none for a range.
    pub(crate) index: Vec<String>,
}

impl FileNames {
    pub(crate) fn of(schema: &PoseSchema) -> Result<Self, ParquetError> {
        for level in 0..schema.levels().len() {
            let of_kind = |column: &ColumnKey| column.labels()[level].as_text().is_some();
            let first = schema.columns().first().map(|column| of_kind(&column.key));
            if let Some(odd) = schema.columns().iter().find(|column| Some(of_kind(&column.key)) != first) {
                return Err(ParquetErrorKind::MixedLevel { key: odd.key.clone(), level }.into());
            }
        }
        let FlatNames { columns, index } = FlatNames::of(schema);
        let index = if matches!(schema.index(), IndexSchema::Range { .. }) { Vec::new() } else { index };
        Ok(Self { columns, index })
    }
}

/// The entry for a table of `num_frames` rows, of whose columns (not those of the row index) some have nulls.
pub(crate) fn to_json(
    schema: &PoseSchema,
    names: &FileNames,
    range: Option<Range>,
    num_frames: usize,
    has_nulls: &[bool],
) -> String {
    let index_columns: Vec<Value> = match (schema.index(), range) {
        (IndexSchema::Range { name }, range) => {
            let name = name.as_deref();
            let Range { start, step } = range.unwrap_or(Range { start: 0, step: 1 });
            let len = i64::try_from(num_frames).unwrap_or(i64::MAX);
            let stop = start.wrapping_add(step.wrapping_mul(len));
            vec![json!({"kind": "range", "name": name, "start": start, "stop": stop, "step": step})]
        }
        _ => names.index.iter().map(|name| json!(name)).collect(),
    };
    let column_indexes: Vec<Value> = schema.levels().iter().enumerate().map(|(level, name)| {
        let name = name.as_deref();
        let numbered = schema.columns().first().is_some_and(|column| column.key.labels()[level].as_text().is_none());
        if numbered {
            json!({"name": name, "field_name": name, "pandas_type": "int64", "numpy_type": "int64", "metadata": null})
        } else {
            json!({"name": name, "field_name": name, "pandas_type": "unicode", "numpy_type": "str",
                   "metadata": {"encoding": "UTF-8"}})
        }
    }).collect();
    let values = schema.columns().iter().zip(&names.columns).zip(has_nulls);
    let mut columns: Vec<Value> = values
        .map(|((column, name), has_nulls)| column_entry(&json!(name), name, &column.data_type, *has_nulls))
        .collect();
    let fields = schema.index().fields();
    columns.extend(
        fields
            .iter()
            .zip(&names.index)
            // pandas knows no nullable types in a row index of a file.
            .map(|(field, name)| column_entry(&json!(field.name.as_deref()), name, &field.data_type, false)),
    );
    json!({
        "index_columns": index_columns,
        "column_indexes": column_indexes,
        "columns": columns,
        "attributes": {},
        "creator": {"library": "pose-parquet", "version": env!("CARGO_PKG_VERSION")},
        "pandas_version": "3.1.1",
    })
    .to_string()
}

fn column_entry(name: &Value, field_name: &str, data_type: &DataType, has_nulls: bool) -> Value {
    let (pandas_type, mut numpy_type) = type_names(data_type);
    if has_nulls {
        numpy_type = nullable_name(data_type).unwrap_or(numpy_type);
    }
    let metadata = match data_type {
        DataType::Timestamp(_, Some(zone)) => json!({"timezone": &**zone}),
        _ => Value::Null,
    };
    json!({"name": name, "field_name": field_name, "pandas_type": pandas_type, "numpy_type": numpy_type,
           "metadata": metadata})
}

fn type_names(data_type: &DataType) -> (String, String) {
    let same = |name: &str| (name.to_owned(), name.to_owned());
    match data_type {
        DataType::Float32 => same("float32"),
        DataType::Float64 => same("float64"),
        DataType::Boolean => same("bool"),
        DataType::Utf8 => ("unicode".to_owned(), "str".to_owned()),
        DataType::Timestamp(unit, zone) => {
            let pandas_type = if zone.is_some() { "datetimetz" } else { "datetime" };
            (pandas_type.to_owned(), format!("datetime64[{}]", unit_name(*unit)))
        }
        DataType::Duration(unit) => ("timedelta".to_owned(), format!("timedelta64[{}]", unit_name(*unit))),
        // Int8 to UInt64 are called in numpy as they are here, in small letters.
        integer => same(&integer.to_string().to_lowercase()),
    }
}

/// pandas' type for a column with nulls, where numpy's would make floats or objects of its values.
fn nullable_name(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Boolean => Some("boolean".to_owned()),
        // Int8 to UInt64 are called in pandas as they are here.
        integer if integer.is_integer() => Some(integer.to_string()),
        _ => None,
    }
}
