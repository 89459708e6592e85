//! Where in a file the parts of a table are, from what its footer says.

use std::collections::{HashMap, HashSet};

use arrow_schema::DataType;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;
use pose_frame::{Column, ColumnKey, IndexField, IndexSchema, LevelName, PoseSchema};

use crate::footer::PoseEntry;
use crate::pandas::{self, IndexColumn, PandasEntry, Place, Range};
use crate::{ParquetError, ParquetErrorKind};

/// Where in the file the parts of the table are.
pub(super) struct Layout {
    /// For each column of the table: its position in the file and the bits of a missing value.
    pub(super) columns: Vec<FileColumn>,
    pub(super) index: IndexLayout,
}

pub(super) struct FileColumn {
    pub(super) position: usize,
    pub(super) missing_bits: Option<u64>,
    /// Whether float64 is stored as float32.
    pub(super) is_narrow: bool,
}

pub(super) enum IndexLayout {
    Range { name: LevelName, range: Range },
    Labels(IndexField, FileColumn),
    Multi(Vec<(IndexField, LevelSource)>),
}

/// Where the labels of one of several levels come from.
pub(super) enum LevelSource {
    Column(FileColumn),
    /// Counted: pandas stores no column for such a level either.
    Range(Range),
}

/// How many frames a table without columns may claim to have, since no value bears the claim out.
const MAX_FRAMES_WITHOUT_COLUMNS: usize = 1 << 31;

/// Rows that are counted, as the `pandas` entry says.
struct Counted {
    name: LevelName,
    range: Range,
    len: Option<usize>,
}

/// Finds schema, layout and number of frames in what the footer says.
pub(super) fn plan(
    reader: &ArrowReaderMetadata,
    pandas: Option<&PandasEntry>,
    pose: &PoseEntry,
    num_rows: usize,
) -> Result<(PoseSchema, Layout, usize), ParquetError> {
    let fields = reader.schema().fields();
    let mut position_of = HashMap::with_capacity(fields.len());
    for (position, field) in fields.iter().enumerate() {
        if position_of.insert(field.name().as_str(), position).is_some() {
            return Err(ParquetErrorKind::DuplicateName { column: field.name().clone() }.into());
        }
    }
    let is_narrow = |position: usize| {
        let field = &fields[position];
        *field.data_type() == DataType::Float32 && pose.is_narrow(field.name())
    };
    let file_column = |position: usize| {
        Ok::<_, ParquetError>(FileColumn {
            position,
            missing_bits: pose.missing_bits(fields[position].name())?,
            is_narrow: is_narrow(position),
        })
    };

    let mut index_levels: Vec<(IndexField, LevelSource)> = Vec::new();
    // Looked up for each column, of which there may be a hundred thousand.
    let mut index_positions = HashSet::new();
    let mut only_range: Option<Counted> = None;
    let described = pandas.map_or(&[][..], |entry| &entry.index);
    for column in described {
        match column {
            IndexColumn::Range { name, range, len } if described.len() == 1 => {
                only_range = Some(Counted { name: name.clone(), range: *range, len: *len });
            }
            IndexColumn::Range { .. } if fields.is_empty() => {
                return Err(wrong("it counts the rows twice, and there is no column".to_owned()));
            }
            IndexColumn::Range { name, range, len } => {
                // As pandas does, a range that does not fit the rows is set aside.
                if *len == Some(num_rows) {
                    let field = IndexField { name: name.clone(), data_type: DataType::Int64 };
                    index_levels.push((field, LevelSource::Range(*range)));
                }
            }
            IndexColumn::Column { file_name, name } => {
                let position = *position_of.get(file_name.as_str()).ok_or_else(|| {
                    wrong(format!("it names the row index {file_name:?}, and there is no such column"))
                })?;
                if !index_positions.insert(position) {
                    return Err(wrong(format!("it names the row index {file_name:?} twice")));
                }
                refuse_unsupported(pandas, file_name, Place::Index)?;
                let stored = memory_type(fields[position].data_type());
                let data_type =
                    pandas.map_or_else(|| stored.clone(), |entry| entry.label_type(file_name, stored));
                let field = IndexField { name: name.clone(), data_type };
                index_levels.push((field, LevelSource::Column(file_column(position)?)));
            }
        }
    }

    let mut columns = Vec::new();
    let mut file_columns = Vec::new();
    for (position, field) in fields.iter().enumerate() {
        if index_positions.contains(&position) {
            continue;
        }
        let key = match pandas {
            Some(entry) => entry.key(field.name())?,
            None => ColumnKey::new([field.name().as_str()]),
        };
        refuse_unsupported(pandas, field.name(), Place::Values)?;
        let data_type = if is_narrow(position) { &DataType::Float64 } else { memory_type(field.data_type()) };
        if !Column::can_hold(data_type) {
            let (column, found) = (field.name().clone(), data_type.to_string());
            return Err(ParquetErrorKind::UnsupportedType { column, found }.into());
        }
        columns.push(Column::new(key, data_type.clone()));
        file_columns.push(file_column(position)?);
    }

    let levels: Vec<LevelName> = match pandas {
        Some(entry) if !entry.levels.is_empty() => {
            entry.levels.iter().map(|level| level.name.clone()).collect()
        }
        _ => vec![None],
    };
    let (index, index_layout, num_frames) = if index_levels.is_empty() {
        counted_rows(only_range, num_rows, fields.len())?
    } else {
        let (index, layout) = labelled_rows(index_levels);
        (index, layout, num_rows)
    };
    let schema = PoseSchema::new(levels, columns, index)?;
    Ok((schema, Layout { columns: file_columns, index: index_layout }, num_frames))
}

/// Rows that are counted.
fn counted_rows(
    range: Option<Counted>,
    num_rows: usize,
    num_columns: usize,
) -> Result<(IndexSchema, IndexLayout, usize), ParquetError> {
    // As pandas does, a range that does not fit the rows is set aside; without columns it is all there is.
    let fits = |range: &Counted| num_columns == 0 || range.len == Some(num_rows);
    let usual = Counted { name: None, range: Range { start: 0, step: 1 }, len: Some(num_rows) };
    let Counted { name, range, len } = range.filter(fits).unwrap_or(usual);
    let len = len.filter(|len| num_columns > 0 || *len <= MAX_FRAMES_WITHOUT_COLUMNS);
    let len = len.ok_or_else(|| {
        wrong(format!("it claims more than {MAX_FRAMES_WITHOUT_COLUMNS} rows, and there is no column"))
    })?;
    Ok((IndexSchema::Range { name: name.clone() }, IndexLayout::Range { name, range }, len))
}

/// Rows with labels of at least one level.
fn labelled_rows(mut levels: Vec<(IndexField, LevelSource)>) -> (IndexSchema, IndexLayout) {
    if levels.len() > 1 {
        let fields = levels.iter().map(|(field, _)| field.clone()).collect();
        return (IndexSchema::Multi(fields), IndexLayout::Multi(levels));
    }
    match levels.remove(0) {
        (field, LevelSource::Column(column)) => {
            (IndexSchema::Labels(field.clone()), IndexLayout::Labels(field, column))
        }
        (IndexField { name, .. }, LevelSource::Range(range)) => {
            (IndexSchema::Range { name: name.clone() }, IndexLayout::Range { name, range })
        }
    }
}

/// The type in memory of what is stored as this type. Parquet has a type of its own for columns that hold no value
/// at all; pandas writes it for objects that are all `None`.
fn memory_type(stored: &DataType) -> &DataType {
    if *stored == DataType::Null { &DataType::Utf8 } else { stored }
}

fn refuse_unsupported(pandas: Option<&PandasEntry>, column: &str, place: Place) -> Result<(), ParquetError> {
    match pandas.and_then(|entry| entry.unsupported_type(column, place)) {
        Some(found) => {
            let (column, found) = (column.to_owned(), found.to_owned());
            Err(ParquetErrorKind::UnsupportedType { column, found }.into())
        }
        None => Ok(()),
    }
}

fn wrong(reason: String) -> ParquetError {
    ParquetErrorKind::Entry { entry: pandas::KEY, reason }.into()
}
