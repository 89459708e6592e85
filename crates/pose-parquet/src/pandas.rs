//! The `pandas` entry of a file's metadata, as pyarrow documents it: how a frame's column levels and row index are
//! to be restored from plain columns. Checked against pandas 3.1.1 with pyarrow 26.0.1.

use std::collections::HashSet;

use arrow_schema::{DataType, TimeUnit};
use pose_frame::{ColumnKey, IndexField, IndexSchema, Label, LevelName, PoseSchema};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::python_repr::{self, Element};
use crate::{ParquetError, ParquetErrorKind};

/// The name of the entry.
pub(crate) const KEY: &str = "pandas";

// ------------------------------------------------------------------------------------------------- writing

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
        let columns: Vec<String> = schema.columns().iter().map(|column| column_name(&column.key)).collect();
        let taken: HashSet<&str> = columns.iter().map(String::as_str).collect();
        let fields = match schema.index() {
            IndexSchema::Range { .. } => Vec::new(),
            labelled => labelled.fields(),
        };
        let mut index: Vec<String> = Vec::with_capacity(fields.len());
        for (level, IndexField { name, .. }) in fields.into_iter().enumerate() {
            let usable = |name: &str| {
                !taken.contains(name) && !index.iter().any(|other| other == name) && !is_placeholder(name)
            };
            let name = name.filter(|name| usable(name));
            index.push(name.map_or_else(|| format!("__index_level_{level}__"), |name| name.to_string()));
        }
        Ok(Self { columns, index })
    }
}

fn column_name(key: &ColumnKey) -> String {
    let labels: Vec<String> = key.labels().iter().map(ToString::to_string).collect();
    match labels.as_slice() {
        [label] => label.clone(),
        labels => python_repr::tuple_of_text(labels.iter().map(String::as_str)),
    }
}

/// A counted range of rows, where a table has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) start: i64,
    pub(crate) step: i64,
}

/// The entry for a table of `num_frames` rows.
pub(crate) fn to_json(
    schema: &PoseSchema,
    names: &FileNames,
    range: Option<Range>,
    num_frames: usize,
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
    let values = schema.columns().iter().zip(&names.columns);
    let mut columns: Vec<Value> =
        values.map(|(column, name)| column_entry(&json!(name), name, &column.data_type)).collect();
    let fields = schema.index().fields();
    columns.extend(
        fields
            .iter()
            .zip(&names.index)
            .map(|(field, name)| column_entry(&json!(field.name.as_deref()), name, &field.data_type)),
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

fn column_entry(name: &Value, field_name: &str, data_type: &DataType) -> Value {
    let (pandas_type, numpy_type) = type_names(data_type);
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

fn unit_name(unit: TimeUnit) -> &'static str {
    match unit {
        TimeUnit::Second => "s",
        TimeUnit::Millisecond => "ms",
        TimeUnit::Microsecond => "us",
        TimeUnit::Nanosecond => "ns",
    }
}

// ------------------------------------------------------------------------------------------------- reading

/// What an entry says of a table.
#[derive(Debug)]
pub(crate) struct PandasEntry {
    pub(crate) levels: Vec<ColumnLevel>,
    pub(crate) index: Vec<IndexColumn>,
    columns: Vec<ColumnEntry>,
}

/// A level of the columns.
#[derive(Debug)]
pub(crate) struct ColumnLevel {
    pub(crate) name: LevelName,
    numbered: bool,
}

/// A level of the row labels.
#[derive(Debug)]
pub(crate) enum IndexColumn {
    Range {
        name: LevelName,
        range: Range,
        len: Option<usize>,
    },
    /// A column of the file, by its name there.
    Column {
        file_name: String,
        name: LevelName,
    },
}

#[derive(Debug, Deserialize)]
struct RawEntry {
    index_columns: Vec<RawIndexColumn>,
    #[serde(default)]
    column_indexes: Vec<ColumnEntry>,
    #[serde(default)]
    columns: Vec<ColumnEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RawIndexColumn {
    Column(String),
    Range { name: Value, start: i64, stop: i64, step: i64 },
}

#[derive(Debug, Deserialize)]
struct ColumnEntry {
    #[serde(default)]
    name: Value,
    #[serde(default)]
    field_name: Value,
    #[serde(default)]
    pandas_type: Value,
    #[serde(default)]
    numpy_type: Value,
    #[serde(default)]
    metadata: Value,
}

impl PandasEntry {
    pub(crate) fn from_json(json: &str) -> Result<Self, ParquetError> {
        let raw: RawEntry = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
        let level = |entry: &ColumnEntry| -> Result<ColumnLevel, ParquetError> {
            let name = level_name(&entry.name)?;
            let numbered = match entry.pandas_type.as_str() {
                Some("unicode" | "string" | "empty" | "mixed" | "bytes") | None => false,
                Some(text) if text.starts_with("int") || text.starts_with("uint") => true,
                Some(other) => {
                    return Err(wrong(format!(
                        "column labels of type {other} are neither text nor whole numbers"
                    )));
                }
            };
            Ok(ColumnLevel { name, numbered })
        };
        let levels = raw.column_indexes.iter().map(level).collect::<Result<_, _>>()?;
        let index = raw
            .index_columns
            .into_iter()
            .map(|column| index_column(column, &raw.columns))
            .collect::<Result<_, _>>()?;
        Ok(Self { levels, index, columns: raw.columns })
    }

    /// The key of the column of this name.
    pub(crate) fn key(&self, file_name: &str) -> Result<ColumnKey, ParquetError> {
        match self.levels.as_slice() {
            [] => Ok(ColumnKey::new([file_name])),
            [level] => Ok(ColumnKey::new([level.label(file_name)?])),
            levels => {
                let elements =
                    python_repr::parse_tuple(file_name).filter(|elements| elements.len() == levels.len());
                let elements = elements.ok_or_else(|| {
                    wrong(format!(
                        "column {file_name:?} is no tuple of {} labels, as \"column_indexes\" says",
                        levels.len()
                    ))
                })?;
                let labels = elements.iter().zip(levels).map(|(element, level)| match element {
                    Element::Text(text) => level.label(text),
                    Element::Integer(number) => Ok(Label::Integer(*number)),
                });
                Ok(ColumnKey::new(labels.collect::<Result<Vec<_>, _>>()?))
            }
        }
    }

    /// The type that row labels are to have where Parquet cannot say it: time zones and durations.
    pub(crate) fn label_type(&self, file_name: &str, stored: &DataType) -> DataType {
        let Some(entry) = self.columns.iter().find(|entry| entry.file_name() == Some(file_name)) else {
            return stored.clone();
        };
        let unit = |prefix: &str| -> Option<TimeUnit> {
            let unit = entry.numpy_type.as_str()?.strip_prefix(prefix)?.strip_suffix(']')?;
            [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond]
                .into_iter()
                .find(|candidate| unit_name(*candidate) == unit)
        };
        match stored {
            DataType::Timestamp(stored_unit, _) => {
                let zone = entry.metadata.get("timezone").and_then(Value::as_str);
                DataType::Timestamp(*stored_unit, zone.map(Into::into))
            }
            DataType::Int64 => unit("timedelta64[").map_or(DataType::Int64, DataType::Duration),
            other => other.clone(),
        }
    }
}

impl ColumnLevel {
    fn label(&self, text: &str) -> Result<Label, ParquetError> {
        if !self.numbered {
            return Ok(Label::from(text));
        }
        text.parse()
            .map(Label::Integer)
            .map_err(|_| wrong(format!("column label {text:?} is no whole number, as its level says")))
    }
}

impl ColumnEntry {
    /// The column's name in the file. Before pandas 0.21 an entry had only `name`.
    fn file_name(&self) -> Option<&str> {
        self.field_name.as_str().or_else(|| self.name.as_str())
    }
}

fn index_column(column: RawIndexColumn, columns: &[ColumnEntry]) -> Result<IndexColumn, ParquetError> {
    match column {
        RawIndexColumn::Range { name, start, stop, step } => {
            if step == 0 {
                return Err(wrong("a range of rows has steps of 0".to_owned()));
            }
            let (distance, step_wide) = (i128::from(stop) - i128::from(start), i128::from(step));
            let len = (distance + step_wide - step_wide.signum()) / step_wide;
            let len = usize::try_from(len.max(0)).ok();
            Ok(IndexColumn::Range { name: level_name(&name)?, range: Range { start, step }, len })
        }
        RawIndexColumn::Column(file_name) => {
            let entry = columns.iter().find(|entry| entry.file_name() == Some(&file_name));
            let name = match entry {
                Some(entry) => level_name(&entry.name)?,
                None => Some(file_name.as_str().into()),
            };
            // Writers before pandas 0.21 repeated the placeholder as the name.
            let name = name.filter(|name| !is_placeholder(name));
            Ok(IndexColumn::Column { file_name, name })
        }
    }
}

fn is_placeholder(name: &str) -> bool {
    let level = name.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"));
    level.is_some_and(|level| !level.is_empty() && level.bytes().all(|byte| byte.is_ascii_digit()))
}

fn level_name(value: &Value) -> Result<LevelName, ParquetError> {
    match value {
        Value::Null => Ok(None),
        Value::String(name) => Ok(Some(name.as_str().into())),
        other => Err(wrong(format!("level name {other} is not text"))),
    }
}

fn wrong(reason: String) -> ParquetError {
    ParquetErrorKind::Entry { entry: KEY, reason }.into()
}
