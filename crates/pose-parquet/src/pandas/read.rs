//! Reading the entry.

use std::collections::HashMap;

use arrow_schema::{DataType, TimeUnit};
use pose_frame::{ColumnKey, FlatNames, Label, LevelName};
use serde::Deserialize;
use serde_json::Value;

use super::{KEY, Range, unit_name};
use crate::{ParquetError, ParquetErrorKind};

/// What an entry says of a table.
#[derive(Debug)]
pub(crate) struct PandasEntry {
    pub(crate) levels: Vec<ColumnLevel>,
    pub(crate) index: Vec<IndexColumn>,
    /// By the column's name in the file.
    columns: HashMap<String, ColumnEntry>,
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
                // `mixed-integer` is what fastparquet notes, whatever the labels are.
                Some("unicode" | "string" | "empty" | "mixed" | "mixed-integer" | "bytes") | None => false,
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
        let mut columns = HashMap::with_capacity(raw.columns.len());
        for entry in raw.columns {
            if let Some(name) = entry.file_name() {
                columns.entry(name.to_owned()).or_insert(entry);
            }
        }
        let index = raw.index_columns.into_iter().map(|column| index_column(column, &columns));
        let index = index.collect::<Result<_, _>>()?;
        Ok(Self { levels, index, columns })
    }

    /// The key of the column of this name.
    pub(crate) fn key(&self, file_name: &str) -> Result<ColumnKey, ParquetError> {
        match self.levels.as_slice() {
            [] => Ok(ColumnKey::new([file_name])),
            [level] => Ok(ColumnKey::new([level.label(file_name)?])),
            levels => {
                let key = ColumnKey::parse_tuple(file_name).filter(|key| key.labels().len() == levels.len());
                let key = key.ok_or_else(|| {
                    wrong(format!(
                        "column {file_name:?} is no tuple of {} labels, as \"column_indexes\" says",
                        levels.len()
                    ))
                })?;
                let labels = key.labels().iter().zip(levels).map(|(label, level)| {
                    label.as_text().map_or_else(|| Ok(label.clone()), |text| level.label(text))
                });
                Ok(ColumnKey::new(labels.collect::<Result<Vec<_>, _>>()?))
            }
        }
    }

    /// The type that row labels are to have where Parquet cannot say it: time zones, durations and whole seconds.
    pub(crate) fn label_type(&self, file_name: &str, stored: &DataType) -> DataType {
        let Some(entry) = self.columns.get(file_name) else { return stored.clone() };
        match stored {
            DataType::Timestamp(stored_unit, _) => {
                let zone = entry.metadata.get("timezone").and_then(Value::as_str);
                let whole_seconds = *stored_unit == TimeUnit::Millisecond
                    && entry.unit("datetime64[") == Some(TimeUnit::Second);
                let unit = if whole_seconds { TimeUnit::Second } else { *stored_unit };
                DataType::Timestamp(unit, zone.map(Into::into))
            }
            DataType::Int64 => entry.unit("timedelta64[").map_or(DataType::Int64, DataType::Duration),
            other => other.clone(),
        }
    }

    /// pandas' type of a column, where it means more than the values stored for it, and a table cannot hold it.
    pub(crate) fn unsupported_type(&self, file_name: &str, place: Place) -> Option<&str> {
        let entry = self.columns.get(file_name)?;
        let (pandas_type, numpy_type) =
            (entry.pandas_type.as_str().unwrap_or(""), entry.numpy_type.as_str().unwrap_or(""));
        if pandas_type == "categorical" {
            return Some(pandas_type);
        }
        let never = ["period", "interval", "category", "duration["];
        let in_labels_only = ["timedelta", "datetime"];
        let starts_with =
            |found: &str, prefixes: &[&str]| prefixes.iter().any(|prefix| found.starts_with(prefix));
        [numpy_type, pandas_type].into_iter().find(|found| {
            starts_with(found, &never) || (place == Place::Values && starts_with(found, &in_labels_only))
        })
    }
}

/// What a column of a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Values of the table.
    Values,
    /// Row labels.
    Index,
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

    /// The unit in numpy's name for the type, such as `ms` in `datetime64[ms]`.
    fn unit(&self, prefix: &str) -> Option<TimeUnit> {
        let unit = self.numpy_type.as_str()?.strip_prefix(prefix)?.strip_suffix(']')?;
        [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond]
            .into_iter()
            .find(|candidate| unit_name(*candidate) == unit)
    }
}

fn index_column(
    column: RawIndexColumn,
    columns: &HashMap<String, ColumnEntry>,
) -> Result<IndexColumn, ParquetError> {
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
            let name = match columns.get(&file_name) {
                Some(entry) => level_name(&entry.name)?,
                None => Some(file_name.as_str().into()),
            };
            // Writers before pandas 0.21 repeated the placeholder as the name.
            let name = name.filter(|name| **name != *file_name || !FlatNames::is_placeholder(name));
            Ok(IndexColumn::Column { file_name, name })
        }
    }
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
