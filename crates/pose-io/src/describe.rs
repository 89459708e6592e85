//! What is in a file.

use std::path::{Path, PathBuf};

use arrow_schema::DataType;
use pose_frame::{DEFAULT_BATCH_FRAMES, IndexSchema, Label, Metadata, PoseTable, Role, Selection, TableKind};
use serde::Serialize;

use crate::open::{OpenOptions, open};
use crate::path_text;
use crate::{Format, PoseIoError};

/// What is in a file.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FileInfo {
    /// The file.
    #[serde(serialize_with = "path_text::serialize")]
    pub path: PathBuf,
    /// The file that was asked for, when it was not there and this one was opened instead.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "path_text::serialize_option")]
    pub instead_of: Option<PathBuf>,
    /// Its format.
    pub format: Format,
    /// Its size in bytes.
    pub bytes: u64,
    /// The keys of the tables in it, where its format has keys.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
    /// The table that was opened.
    pub table: TableInfo,
    /// What could not be used of the files beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What is in a table.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TableInfo {
    /// What it is.
    pub kind: TableKind,
    /// Names of the column levels, outermost first.
    pub levels: Vec<Option<String>>,
    /// Who set the positions.
    pub scorers: Vec<String>,
    /// The animals.
    pub individuals: Vec<String>,
    /// The parts of them.
    pub bodyparts: Vec<String>,
    /// The coordinates, and their likelihood.
    pub coords: Vec<String>,
    /// Rows.
    pub frames: usize,
    /// What rows are labelled by.
    pub index: IndexInfo,
    /// Columns by type, the commonest first.
    pub types: Vec<TypeCount>,
    /// Missing values, in percent of all values.
    pub missing_percent: f64,
    /// The columns.
    pub columns: Vec<ColumnInfo>,
    /// What is known beside the values.
    pub metadata: Metadata,
}

/// How many columns are of a type.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TypeCount {
    /// The type.
    #[serde(rename = "type")]
    pub data_type: String,
    /// How many columns.
    pub columns: usize,
}

/// What rows are labelled by.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct IndexInfo {
    /// Names of the levels, outermost first.
    pub names: Vec<Option<String>>,
    /// Types of the levels; `range` for counted rows.
    pub types: Vec<String>,
    /// The label of the first row, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The label of the last row, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

/// A column.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ColumnInfo {
    /// Its labels, outermost level first.
    pub key: Vec<String>,
    /// The type of its values.
    #[serde(rename = "type")]
    pub data_type: String,
    /// How many values are missing.
    pub missing: usize,
}

/// Says what is in a file. Reads it through once, in batches, to count what is missing.
///
/// # Errors
///
/// As [`open`], and when the values cannot be read.
pub fn describe(path: impl AsRef<Path>, options: &OpenOptions) -> Result<FileInfo, PoseIoError> {
    let opened = open(path, options)?;
    let bytes = opened.path.metadata().map_err(PoseIoError::io("cannot be read", &opened.path))?.len();
    Ok(FileInfo {
        #[cfg(feature = "hdf5")]
        keys: keys(&opened.path, opened.format)?,
        #[cfg(not(feature = "hdf5"))]
        keys: Vec::new(),
        table: describe_table(opened.table.as_ref())?,
        bytes,
        path: opened.path,
        instead_of: opened.instead_of,
        format: opened.format,
        notes: opened.notes,
    })
}

#[cfg(feature = "hdf5")]
fn keys(path: &Path, format: Format) -> Result<Vec<String>, PoseIoError> {
    if format != Format::Hdf5 {
        return Ok(Vec::new());
    }
    let tables = pose_hdf5::list_tables(path).map_err(PoseIoError::format)?;
    Ok(tables.into_iter().map(|table| table.key).collect())
}

fn describe_table(table: &dyn PoseTable) -> Result<TableInfo, PoseIoError> {
    let schema = table.schema();
    let mut missing = vec![0; schema.columns().len()];
    let (mut first, mut last) = (None, None);
    for batch in table.batches(&Selection::all(), DEFAULT_BATCH_FRAMES)? {
        let batch = batch?;
        for (missing, column) in missing.iter_mut().zip(batch.columns()) {
            *missing += pose_frame::count_missing(column);
        }
        let rows = batch.num_frames();
        if rows > 0 {
            first.get_or_insert_with(|| batch.index().label_text(0));
            last = Some(batch.index().label_text(rows - 1));
        }
    }
    let values = table.num_frames().saturating_mul(schema.columns().len());
    let all_missing: usize = missing.iter().sum();
    #[allow(clippy::cast_precision_loss, reason = "a percentage for people")]
    let missing_percent = if values == 0 { 0.0 } else { all_missing as f64 / values as f64 * 100.0 };
    let labels = |role| texts(schema.labels_of(role));
    let mut types: Vec<TypeCount> = Vec::new();
    for column in schema.columns() {
        let data_type = type_name(&column.data_type);
        match types.iter_mut().find(|other| other.data_type == data_type) {
            Some(found) => found.columns += 1,
            None => types.push(TypeCount { data_type, columns: 1 }),
        }
    }
    types.sort_by_key(|found| std::cmp::Reverse(found.columns));
    let column = |(column, missing): (&pose_frame::Column, usize)| ColumnInfo {
        key: texts(column.key.labels()),
        data_type: type_name(&column.data_type),
        missing,
    };
    Ok(TableInfo {
        kind: schema.kind(),
        levels: schema.levels().iter().map(|name| name.as_deref().map(str::to_owned)).collect(),
        scorers: labels(Role::Scorer),
        individuals: labels(Role::Individual),
        bodyparts: labels(Role::Bodypart),
        coords: labels(Role::Coord),
        frames: table.num_frames(),
        index: describe_index(schema.index(), first, last),
        types,
        missing_percent,
        columns: schema.columns().iter().zip(missing).map(column).collect(),
        metadata: schema.metadata().clone(),
    })
}

fn describe_index(index: &IndexSchema, first: Option<String>, last: Option<String>) -> IndexInfo {
    let fields = index.fields();
    let types = match index {
        IndexSchema::Range { .. } => vec!["range".to_owned()],
        _ => fields.iter().map(|field| type_name(&field.data_type)).collect(),
    };
    IndexInfo {
        names: fields.iter().map(|field| field.name.as_deref().map(str::to_owned)).collect(),
        types,
        first,
        last,
    }
}

fn texts<'a>(labels: impl IntoIterator<Item = &'a Label>) -> Vec<String> {
    labels.into_iter().map(ToString::to_string).collect()
}

/// A type by the name that pandas, Polars and NumPy users know: `float64`, not `Float64`.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 => "text".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::Timestamp(..) => "timestamp".to_owned(),
        DataType::Duration(_) => "duration".to_owned(),
        number => number.to_string().to_lowercase(),
    }
}
