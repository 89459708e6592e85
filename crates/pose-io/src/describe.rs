//! What is in a file.

use std::path::{Path, PathBuf};

use arrow_schema::DataType;
use pose_frame::{
    IndexSchema, Label, Metadata, PoseSchema, PoseTable, Role, Selection, TableKind, default_batch_frames,
};
use serde::Serialize;

use crate::open::{Located, OpenOptions, Opened, OpenedAs, StoredLong, open_as, size_of};
use crate::path_text;
use crate::{Format, PoseIoError, PoseIoErrorKind, stores};

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
    /// The tables in it, as far as they can be told without reading values.
    pub tables: Vec<TableSummary>,
    /// The table that was asked for, the usual one, or the only one; none where there are several to choose from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<TableInfo>,
    /// How the file has the table, where it is stored long: the table is wide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored_long: Option<StoredLong>,
    /// Of a packed table the arrays that its recipe made, and how far each is from what was packed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub packed: Vec<PackedArrayInfo>,
    /// What could not be used of the files beside it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// An array of a packed table.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PackedArrayInfo {
    /// What it is called.
    pub name: String,
    /// What packs it.
    #[cfg(feature = "recipe")]
    pub codec: recipe::Codec,
    /// What was promised to come back.
    #[cfg(feature = "recipe")]
    pub contract: recipe::Contract,
    /// The largest difference of a finite value from what was packed.
    pub max_error: f64,
    /// The signal-to-noise ratio in dB; none where nothing differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psnr: Option<f64>,
}

/// A table among others.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TableSummary {
    /// Its key, where the format has keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it is, if it can be opened.
    #[serde(flatten)]
    pub extent: Option<Extent>,
    /// Why it cannot be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a table is, and how large.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Extent {
    /// What it is.
    pub kind: TableKind,
    /// Rows.
    pub frames: usize,
    /// Columns.
    pub columns: usize,
}

impl Extent {
    fn of(table: &dyn PoseTable) -> Self {
        let schema = table.schema();
        Self { kind: schema.kind(), frames: table.num_frames(), columns: schema.columns().len() }
    }
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
    /// The parts of each animal, where they differ: DeepLabCut puts what belongs to no animal under the individual
    /// `single`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bodyparts_of: Vec<BodypartsOf>,
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

/// The parts of an animal.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct BodypartsOf {
    /// The animal.
    pub individual: String,
    /// Its parts.
    pub bodyparts: Vec<String>,
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

/// Says what is in a file: which tables, and of the one that [`open`](crate::open) would open, everything. That one
/// is read through once, in batches, to count what is missing; where there are several to choose from, none is.
///
/// # Errors
///
/// As [`open`](crate::open), but for several tables without a key, and when the values cannot be read.
pub fn describe(path: impl AsRef<Path>, options: &OpenOptions) -> Result<FileInfo, PoseIoError> {
    let path = path.as_ref();
    if stores::is_url(path) {
        let Opened { table, path, format, num_bytes, instead_of, stored_long, notes, .. } =
            stores::open(path, options)?;
        let extent = Some(Extent::of(table.as_ref()));
        return Ok(FileInfo {
            keys: Vec::new(),
            tables: vec![TableSummary { key: None, extent, error: None }],
            table: Some(describe_table(table.as_ref())?),
            bytes: num_bytes,
            path,
            instead_of,
            format,
            stored_long,
            packed: Vec::new(),
            notes,
        });
    }
    let Located { path, format, instead_of } = Located::find(path, options)?;
    let (table, stored_long, notes) = match open_as(&path, format, options) {
        Ok(OpenedAs { table, stored_long, notes, .. }) => (Some(table), stored_long, notes),
        Err(error)
            if options.key.is_none() && matches!(error.kind(), PoseIoErrorKind::ChooseTable { .. }) =>
        {
            (None, None, Vec::new())
        }
        Err(error) => return Err(error),
    };
    let tables = match (format, &table) {
        #[cfg(feature = "hdf5")]
        (Format::Hdf5, _) => summaries(&path)?,
        #[cfg(feature = "nwb")]
        (Format::Nwb, _) => nwb_summaries(&path)?,
        (_, Some(table)) => {
            vec![TableSummary { key: None, extent: Some(Extent::of(table.as_ref())), error: None }]
        }
        (_, None) => Vec::new(),
    };
    let bytes = size_of(&path)?;
    let packed = if format == Format::Packed { packed_arrays(&path)? } else { Vec::new() };
    Ok(FileInfo {
        keys: tables.iter().filter_map(|table| table.key.clone()).collect(),
        tables,
        table: table.map(|table| describe_table(table.as_ref())).transpose()?,
        bytes,
        path,
        instead_of,
        format,
        stored_long,
        packed,
        notes,
    })
}

#[cfg(feature = "recipe")]
fn packed_arrays(path: &Path) -> Result<Vec<PackedArrayInfo>, PoseIoError> {
    let table = recipe::PackedTable::open(path).map_err(PoseIoError::format)?;
    let arrays =
        table.arrays().zip(&table.recipe().arrays).map(|((name, measured), recipe)| PackedArrayInfo {
            name: name.to_owned(),
            codec: recipe.codec.clone(),
            contract: recipe.contract.clone(),
            max_error: measured.max_error,
            psnr: measured.psnr,
        });
    Ok(arrays.collect())
}

/// Opening it has failed.
#[cfg(not(feature = "recipe"))]
#[allow(clippy::unnecessary_wraps, reason = "in a build with packed tables it may fail")]
fn packed_arrays(_: &Path) -> Result<Vec<PackedArrayInfo>, PoseIoError> {
    Ok(Vec::new())
}

#[cfg(feature = "hdf5")]
fn summaries(path: &Path) -> Result<Vec<TableSummary>, PoseIoError> {
    let file = pose_hdf5::Hdf5File::open(path).map_err(PoseIoError::format)?;
    let summary = |entry: pose_hdf5::TableEntry| {
        let (extent, error) = match file.table(Some(&entry.key)) {
            Ok(table) => (Some(Extent::of(&table)), None),
            Err(error) => (None, Some(error.to_string())),
        };
        TableSummary { key: Some(entry.key), extent, error }
    };
    Ok(file.tables().map_err(PoseIoError::format)?.into_iter().map(summary).collect())
}

#[cfg(feature = "nwb")]
fn nwb_summaries(path: &Path) -> Result<Vec<TableSummary>, PoseIoError> {
    let file = pose_nwb::NwbFile::open(path).map_err(PoseIoError::format)?;
    let summary = |entry: pose_nwb::TableEntry| {
        let (extent, error) = match file.table(Some(&entry.key)) {
            Ok(table) => (Some(Extent::of(&table)), None),
            Err(error) => (None, Some(error.to_string())),
        };
        TableSummary { key: Some(entry.key), extent, error }
    };
    Ok(file.tables().into_iter().map(summary).collect())
}

fn describe_table(table: &dyn PoseTable) -> Result<TableInfo, PoseIoError> {
    let schema = table.schema();
    let mut missing = vec![0; schema.columns().len()];
    let (mut first, mut last) = (None, None);
    for batch in table.batches(&Selection::all(), default_batch_frames(schema))? {
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
        bodyparts_of: bodyparts_of(schema),
        coords: labels(Role::Coord),
        frames: table.num_frames(),
        index: describe_index(schema.index(), first, last),
        types,
        missing_percent,
        columns: schema.columns().iter().zip(missing).map(column).collect(),
        metadata: schema.metadata().clone(),
    })
}

/// The parts of each animal; nothing where all have the same ones.
fn bodyparts_of(schema: &PoseSchema) -> Vec<BodypartsOf> {
    let parts = |individual: &&Label| (individual.to_string(), texts(schema.bodyparts_of(individual)));
    let all: Vec<(String, Vec<String>)> = schema.individuals().iter().map(parts).collect();
    if all.windows(2).all(|pair| pair[0].1 == pair[1].1) {
        return Vec::new();
    }
    all.into_iter().map(|(individual, bodyparts)| BodypartsOf { individual, bodyparts }).collect()
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
