//! `format="table"`: a row per frame.

use arrow_schema::DataType;
use hdf5_file::{Datatype, Field, FileWriter, Group};
use pickle_data::Value;
use pose_frame::{IndexField, IndexSchema, PoseTable, Selection};

use super::labels::{self, datatype, info, kind, numpy_type};
use super::pytables::NodeAttributes;
use super::rows::{Labels, RowLayout, Source};
use super::stream::{RowStream, chunk_rows};
use super::text::{self, TextField, TextStatistics};
use super::{Hdf5WriteError, Hdf5WriteErrorKind, WriteOptions, frames_at_once};
use crate::Storage;

/// A field of the rows: what it is called, and what it is.
struct TableField {
    name: String,
    datatype: Datatype,
    /// How pandas calls what it stores.
    dtype: String,
    /// The keys of its columns, pickled when they are more than one.
    columns: Value,
}

/// Writes a table and gives the group that holds it.
pub(super) fn write(
    table: &dyn PoseTable,
    writer: &mut FileWriter,
    options: &WriteOptions,
) -> Result<Group, Hdf5WriteError> {
    let schema = table.schema();
    let levels = RowLevels::of(table)?;
    if schema.columns().is_empty() {
        return Err(cannot_hold("a table without columns"));
    }
    let mut keys = levels.names.iter().map(|name| Value::text(name.as_str())).collect::<Vec<_>>();
    keys.extend(schema.columns().iter().map(|column| column_key(column.key.labels())));
    check_names(&keys)?;

    let texts = text::survey(table)?;
    let of_rows = |source: &Source| matches!(source, Source::Level(_)) && levels.names.is_empty();
    let sentinel =
        TextStatistics::sentinel(texts.iter().filter(|(source, _)| !of_rows(source)).map(|(_, found)| found));
    let field_of = |wanted: &[Source], sentinel: &str| {
        let mut found =
            texts.iter().filter(|(source, _)| wanted.contains(source)).map(|(_, found)| found).peekable();
        found.peek()?;
        Some(TextField::new(
            found.map(|found| found.longest).max().unwrap_or(0).max(sentinel.len()),
            sentinel,
        ))
    };

    let mut layout = RowLayout::default();
    let mut fields = Vec::new();
    let mut table_attributes = Vec::new();
    let mut index_info = Value::Dict(Vec::new());

    // The labels of the rows come first, or their numbers where each has several labels.
    if let Some(field) = &levels.single {
        let found = texts.iter().find(|(source, _)| of_rows(source)).map(|(_, found)| found);
        let sentinel = found.filter(|found| found.any_missing).map(|found| TextStatistics::sentinel([found]));
        let text = found.map(|found| {
            let sentinel = sentinel.as_deref().unwrap_or_default();
            TextField::new(found.longest.max(sentinel.len()), sentinel)
        });
        layout.push(Source::Level(0), &field.data_type, text.clone());
        fields.push(("index".to_owned(), datatype(&field.data_type, text.as_ref())));
        table_attributes.push(("index_kind", kind(&field.data_type)));
        if field.data_type == DataType::Utf8 {
            table_attributes.push(("index_nan_rep", sentinel.unwrap_or_default()));
        }
        index_info = info(field);
    } else {
        layout.push(Source::RowNumber, &DataType::Int64, None);
        fields.push(("index".to_owned(), Datatype::I64));
        table_attributes.push(("index_kind", "integer".to_owned()));
    }

    let mut blocks = Vec::new();
    for (data_type, mut columns) in super::blocks(table) {
        if levels.single.is_none() {
            // Beside columns that can be searched pandas sorts all others, and looks for them in that order when it
            // adds to the table.
            columns.sort_by(|&a, &b| schema.columns()[a].key.labels().cmp(schema.columns()[b].key.labels()));
        }
        let sources: Vec<Source> = columns.iter().map(|&column| Source::Column(column)).collect();
        let text = field_of(&sources, &sentinel);
        for &source in &sources {
            layout.push(source, &data_type, text.clone());
        }
        let count = u32::try_from(columns.len()).unwrap_or(u32::MAX);
        let names = columns.iter().map(|&column| column_key(schema.columns()[column].key.labels()));
        blocks.push(TableField {
            name: format!("values_block_{}", blocks.len()),
            datatype: Datatype::Array(count, Box::new(datatype(&data_type, text.as_ref()))),
            dtype: numpy_type(&data_type, text.as_ref()),
            columns: Value::List(names.collect()),
        });
    }
    // Several labels of a row are columns that can be searched.
    for (level, (name, field)) in levels.names.iter().zip(&levels.fields).enumerate() {
        let text = field_of(&[Source::Level(level)], &sentinel);
        layout.push(Source::Level(level), &field.data_type, text.clone());
        blocks.push(TableField {
            name: name.clone(),
            datatype: datatype(&field.data_type, text.as_ref()),
            dtype: numpy_type(&field.data_type, text.as_ref()),
            columns: Value::List(vec![Value::text(name.as_str())]),
        });
    }
    fields.extend(blocks.iter().map(|block| (block.name.clone(), block.datatype.clone())));

    let rows = table.num_frames() as u64;
    let chunk_rows = chunk_rows(rows, layout.row_bytes());
    let mut group = Group::new(group_attributes(table, &levels, &keys, &blocks, index_info, &sentinel));
    let mut node = NodeAttributes::table(&fields, rows);
    for (name, value) in table_attributes {
        node = node.text(name, &value);
    }
    for TableField { name, dtype, columns, .. } in &blocks {
        node = node
            .pickle(format!("{name}_kind"), columns)
            .pickle(format!("{name}_meta"), &Value::None)
            .text(format!("{name}_dtype"), dtype);
    }
    refuse_large(schema.columns().len(), &group.attributes)?;
    let node = node.finish();
    refuse_large(schema.columns().len(), &node)?;
    group.attributes.extend(options.entry(table, Storage::Table)?);

    let compression = options.compression;
    let row_bytes = layout.row_bytes();
    let mut stream = RowStream::chunked(writer, layout, rows, chunk_rows, row_bytes, compression, true)?;
    let frames = frames_at_once(table).div_ceil(chunk_rows).max(1) * chunk_rows;
    let mut first_row = 0;
    for frame in table.batches(&Selection::all(), frames)? {
        let frame = frame?;
        let labels = Labels::of(frame.index());
        let batch = stream.layout().batch(&frame, &labels, first_row)?;
        stream.write(writer, &batch, frame.num_frames())?;
        first_row += frame.num_frames();
    }
    let compound = fields.into_iter().map(|(name, datatype)| Field::new(name, datatype)).collect();
    let dataset = stream.finish(Datatype::Compound(compound), &[rows]).with_attributes(node);
    group.insert("table", dataset)?;
    Ok(group)
}

/// What rows are labelled by, as the table has to know it.
struct RowLevels {
    /// The only level.
    single: Option<IndexField>,
    /// Names of several levels, made up where they have none, as pandas does.
    names: Vec<String>,
    fields: Vec<IndexField>,
}

impl RowLevels {
    fn of(table: &dyn PoseTable) -> Result<Self, Hdf5WriteError> {
        let schema = table.schema();
        let fields = schema.index().fields();
        if !matches!(schema.index(), IndexSchema::Multi(_)) {
            let single = fields.into_iter().next();
            return Ok(Self { single, names: Vec::new(), fields: Vec::new() });
        }
        if schema.levels().len() != 1 {
            return Err(cannot_hold("several labels for each row beside columns of several levels"));
        }
        let mut names = Vec::with_capacity(fields.len());
        for (level, field) in fields.iter().enumerate() {
            let name = match &field.name {
                None => format!("level_{level}"),
                Some(name) if is_made_up(name) => {
                    return Err(cannot_hold(format!(
                        "a level of the rows called {name:?}, which pandas takes for one without a name,"
                    )));
                }
                Some(name) => name.to_string(),
            };
            names.push(name);
        }
        Ok(Self { single: None, names, fields })
    }
}

/// Whether pandas takes the name of a level for one that it made up itself.
fn is_made_up(name: &str) -> bool {
    name.strip_prefix("level_")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Levels of rows become columns, which must not be called like other ones, or like fields of the table.
fn check_names(keys: &[Value]) -> Result<(), Hdf5WriteError> {
    let mut seen = std::collections::HashSet::new();
    for key in keys {
        if !seen.insert(key) {
            return Err(cannot_hold(format!("a level of the rows that is called like a column, {key:?},")));
        }
    }
    Ok(())
}

fn group_attributes(
    table: &dyn PoseTable,
    levels: &RowLevels,
    keys: &[Value],
    blocks: &[TableField],
    index_info: Value,
    sentinel: &str,
) -> Vec<hdf5_file::Attribute> {
    let schema = table.schema();
    let names = schema.levels().iter().map(|name| name.clone().map_or(Value::None, Value::Text));
    let of_columns = if schema.levels().len() == 1 { "Index" } else { "MultiIndex" };
    let columns_info = Value::Dict(vec![
        (Value::text("names"), Value::List(names.collect())),
        (Value::text("type"), Value::text(of_columns)),
    ]);
    let mut all_info = vec![(Value::Integer(1), columns_info), (Value::text("index"), index_info)];
    for block in blocks {
        let level = levels.names.iter().position(|name| *name == block.name);
        let of_block = level.map_or(Value::Dict(Vec::new()), |level| {
            // The name is that of the field already.
            info(&IndexField { name: None, ..levels.fields[level].clone() })
        });
        all_info.push((Value::text(block.name.as_str()), of_block));
    }
    let index_cols = Value::Tuple(vec![Value::Integer(0), Value::text("index")]);
    let non_index_axes = Value::Tuple(vec![Value::Integer(1), Value::List(keys.to_vec())]);
    let texts = |names: &mut dyn Iterator<Item = &str>| Value::List(names.map(Value::text).collect());
    let (table_type, levels_value) = if levels.single.is_some() {
        ("appendable_frame", None)
    } else {
        ("appendable_multiframe", Some(texts(&mut levels.names.iter().map(String::as_str))))
    };
    let node = NodeAttributes::group()
        .text("pandas_type", "frame_table")
        .text("pandas_version", super::PANDAS_VERSION)
        .text("table_type", table_type)
        .pickle("index_cols", &Value::List(vec![index_cols]))
        .pickle("values_cols", &texts(&mut blocks.iter().map(|block| block.name.as_str())))
        .pickle("non_index_axes", &Value::List(vec![non_index_axes]))
        .pickle("data_columns", &texts(&mut levels.names.iter().map(String::as_str)))
        .text("nan_rep", sentinel)
        .text("encoding", "UTF-8")
        .text("errors", "strict")
        .pickle("info", &Value::Dict(all_info));
    match levels_value {
        None => node.integer("levels", 1),
        Some(names) => node.pickle("levels", &names),
    }
    .finish()
}

/// The key of a column, as pandas keeps it: a label, or a tuple of them.
fn column_key(key: &[pose_frame::Label]) -> Value {
    match key {
        [label] => labels::pickled(label),
        several => Value::Tuple(several.iter().map(labels::pickled).collect()),
    }
}

/// Refuses what would not fit before anything is written.
fn refuse_large(columns: usize, attributes: &[hdf5_file::Attribute]) -> Result<(), Hdf5WriteError> {
    let largest = attributes.iter().map(|attribute| attribute.num_bytes() as u64).max().unwrap_or(0);
    let limit = hdf5_file::Attribute::LIMIT as u64;
    if largest > limit {
        return Err(Hdf5WriteErrorKind::TooManyColumns { columns, bytes: largest, limit }.into());
    }
    Ok(())
}

fn cannot_hold(what: impl Into<String>) -> Hdf5WriteError {
    Hdf5WriteError::cannot_hold(Storage::Table, what)
}
