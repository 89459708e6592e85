//! `format="table"`: a row per frame.

use arrow_schema::DataType;
use hdf5_file::{Attribute, Datatype, Field, FileWriter, Group};
use pickle_data::Value;
use pose_frame::{IndexField, IndexSchema, PoseTable, Selection};

use super::labels::{self, datatype, info, kind, numpy_type};
use super::pytables::NodeAttributes;
use super::rows::{Labels, RowLayout, Source};
use super::stream::{RowStream, chunk_rows};
use super::text::{self, Surveyed, TextField, TextStatistics};
use super::{Hdf5WriteError, Hdf5WriteErrorKind, WriteOptions, frames_at_once};
use crate::Storage;

/// Writes a table and gives the group that holds it.
pub(super) fn write(
    table: &dyn PoseTable,
    writer: &mut FileWriter,
    options: &WriteOptions,
) -> Result<Group, Hdf5WriteError> {
    if table.schema().columns().is_empty() {
        return Err(cannot_hold("a table without columns"));
    }
    let plan = Plan::of(table)?;
    let rows = table.num_frames() as u64;
    let mut group = Group::new(plan.group_attributes(table));
    let node = plan.table_attributes(rows);
    // What would not fit is refused before anything is written.
    let columns = table.schema().columns().len();
    let compound = plan.fields.iter().map(|(name, datatype)| Field::new(name, datatype.clone()));
    let compound = Datatype::Compound(compound.collect());
    let attributes = group.attributes.iter().chain(&node).map(Attribute::num_bytes);
    let largest = attributes.chain([compound.num_bytes()]).max().unwrap_or(0);
    if largest > Attribute::LIMIT {
        let (bytes, limit) = (largest as u64, Attribute::LIMIT as u64);
        return Err(Hdf5WriteErrorKind::TooManyColumns { columns, bytes, limit }.into());
    }
    group.attributes.push(options.entry(table)?);

    let layout = plan.layout;
    let row_bytes = layout.row_bytes();
    let chunk_rows = chunk_rows(rows, row_bytes);
    let compression = options.compression;
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
    let dataset = stream.finish(compound, &[rows]).with_attributes(node);
    group.insert("table", dataset)?;
    Ok(group)
}

/// What the rows are made of, and how pandas calls it.
struct Plan {
    levels: RowLevels,
    layout: RowLayout,
    /// Names and types of the fields of a row, that of the labels first.
    fields: Vec<(String, Datatype)>,
    /// The fields after the labels.
    blocks: Vec<Block>,
    /// The kind of the labels.
    index_kind: String,
    /// What stands for a missing label, where labels are texts.
    index_sentinel: Option<String>,
    /// What stands for a missing text everywhere else.
    sentinel: String,
}

/// A field of columns: of a type of numbers, a column of texts, or a level of the rows.
struct Block {
    name: String,
    /// How NumPy calls what it stores.
    dtype: String,
    /// The keys of its columns.
    columns: Value,
}

impl Plan {
    fn of(table: &dyn PoseTable) -> Result<Self, Hdf5WriteError> {
        let schema = table.schema();
        let levels = RowLevels::of(table)?;
        let texts = text::survey(table, Surveyed::ColumnsAndLevels)?;
        // The labels of rows have a text of their own for missing ones, unless they are columns.
        let (of_rows, of_columns): (Vec<_>, Vec<_>) = texts
            .into_iter()
            .partition(|(source, _)| matches!(source, Source::Level(_)) && levels.single.is_some());
        let sentinel = TextStatistics::sentinel(of_columns.iter().map(|(_, found)| found));
        let mut plan = Self {
            layout: RowLayout::default(),
            fields: Vec::new(),
            blocks: Vec::new(),
            index_kind: "integer".to_owned(),
            index_sentinel: None,
            levels,
            sentinel,
        };
        if let Some(field) = &plan.levels.single {
            let text = of_rows.first().map(|(_, found)| {
                let sentinel =
                    if found.any_missing { TextStatistics::sentinel([found]) } else { String::new() };
                TextField::new(found.longest.max(sentinel.len()), &sentinel)
            });
            plan.index_kind = kind(&field.data_type);
            plan.index_sentinel = text.as_ref().map(|text| text.missing().to_owned());
            plan.layout.push(Source::Level(0), &field.data_type, text.clone());
            plan.fields.push(("index".to_owned(), datatype(&field.data_type, text.as_ref())));
        } else {
            plan.layout.push(Source::RowNumber, &DataType::Int64, None);
            plan.fields.push(("index".to_owned(), Datatype::I64));
        }
        let text_of = |wanted: Source| {
            let found = of_columns.iter().find(|(source, _)| *source == wanted).map(|(_, found)| found);
            let sentinel = plan.sentinel.as_str();
            found.map(|found| TextField::new(found.longest.max(sentinel.len()), sentinel))
        };
        let mut blocks = Vec::new();
        for (data_type, mut columns) in super::blocks(table) {
            let key = |column: usize| schema.columns()[column].key.labels();
            if plan.levels.single.is_none() {
                // Beside columns that can be searched pandas sorts all others, and looks for them in that order when
                // it adds to the table.
                columns.sort_by_key(|&column| key(column).iter().map(as_python_sorts).collect::<Vec<_>>());
            }
            let text = text_of(Source::Column(columns[0]));
            for &column in &columns {
                plan.layout.push(Source::Column(column), &data_type, text.clone());
            }
            let count = u32::try_from(columns.len()).unwrap_or(u32::MAX);
            let name = format!("values_block_{}", blocks.len());
            let element = Box::new(datatype(&data_type, text.as_ref()));
            plan.fields.push((name.clone(), Datatype::Array(count, element)));
            let keys = columns.iter().map(|&column| column_key(key(column))).collect();
            let dtype = numpy_type(&data_type, text.as_ref());
            blocks.push(Block { name, dtype, columns: Value::List(keys) });
        }
        // Several labels of a row are columns that can be searched.
        for (level, (name, field)) in plan.levels.names.iter().zip(&plan.levels.fields).enumerate() {
            let text = text_of(Source::Level(level));
            plan.layout.push(Source::Level(level), &field.data_type, text.clone());
            plan.fields.push((name.clone(), datatype(&field.data_type, text.as_ref())));
            let dtype = numpy_type(&field.data_type, text.as_ref());
            let columns = Value::List(vec![Value::text(name.as_str())]);
            blocks.push(Block { name: name.clone(), dtype, columns });
        }
        plan.blocks = blocks;
        Ok(plan)
    }

    fn table_attributes(&self, rows: u64) -> Vec<Attribute> {
        let mut node = NodeAttributes::table(&self.fields, rows).text("index_kind", &self.index_kind);
        if let Some(sentinel) = &self.index_sentinel {
            node = node.text("index_nan_rep", sentinel);
        }
        for Block { name, dtype, columns } in &self.blocks {
            node = node
                .pickle(format!("{name}_kind"), columns)
                .pickle(format!("{name}_meta"), &Value::None)
                .text(format!("{name}_dtype"), dtype);
        }
        node.finish()
    }

    fn group_attributes(&self, table: &dyn PoseTable) -> Vec<Attribute> {
        let schema = table.schema();
        let Self { levels, blocks, sentinel, .. } = self;
        let texts = |names: &mut dyn Iterator<Item = &str>| Value::List(names.map(Value::text).collect());
        let level_names = texts(&mut levels.names.iter().map(String::as_str));
        let mut keys: Vec<Value> = levels.names.iter().map(|name| Value::text(name.as_str())).collect();
        keys.extend(schema.columns().iter().map(|column| column_key(column.key.labels())));
        let index_cols = Value::Tuple(vec![Value::Integer(0), Value::text("index")]);
        let non_index_axes = Value::Tuple(vec![Value::Integer(1), Value::List(keys)]);
        let is_multi = levels.single.is_none();
        let node = NodeAttributes::group()
            .text("pandas_type", "frame_table")
            .text("pandas_version", super::PANDAS_VERSION)
            .text("table_type", if is_multi { "appendable_multiframe" } else { "appendable_frame" })
            .pickle("index_cols", &Value::List(vec![index_cols]))
            .pickle("values_cols", &texts(&mut blocks.iter().map(|block| block.name.as_str())))
            .pickle("non_index_axes", &Value::List(vec![non_index_axes]))
            .pickle("data_columns", &level_names)
            .text("nan_rep", sentinel)
            .text("encoding", "UTF-8")
            .text("errors", "strict")
            .pickle("info", &self.info(table));
        let node = if is_multi { node.pickle("levels", &level_names) } else { node.integer("levels", 1) };
        node.finish()
    }

    /// What pandas notes of the columns, the labels of rows and each field.
    fn info(&self, table: &dyn PoseTable) -> Value {
        let schema = table.schema();
        let names = schema.levels().iter().map(|name| name.clone().map_or(Value::None, Value::Text));
        let of_columns = if schema.levels().len() == 1 { "Index" } else { "MultiIndex" };
        let columns = Value::Dict(vec![
            (Value::text("names"), Value::List(names.collect())),
            (Value::text("type"), Value::text(of_columns)),
        ]);
        let index = self.levels.single.as_ref().map_or(Value::Dict(Vec::new()), info);
        let mut all = vec![(Value::Integer(1), columns), (Value::text("index"), index)];
        for block in &self.blocks {
            let level = self.levels.names.iter().position(|name| *name == block.name);
            let of_block = level.map_or(Value::Dict(Vec::new()), |level| {
                // The name is that of the field already.
                info(&IndexField { name: None, ..self.levels.fields[level].clone() })
            });
            all.push((Value::text(block.name.as_str()), of_block));
        }
        Value::Dict(all)
    }
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
            // Levels of rows become columns, which must not be called like other ones, or like fields of the table.
            let is_column = schema.columns().iter().any(|column| match column.key.labels() {
                [label] => label.as_text() == Some(name.as_str()),
                _ => false,
            });
            if matches!(name.as_str(), "" | ".") || name.contains('/') {
                return Err(cannot_hold(format!(
                    "a level of the rows called {name:?}, which no column can be,"
                )));
            }
            if is_column || names.contains(&name) || name == "index" || name.starts_with("values_block_") {
                return Err(cannot_hold(format!(
                    "a level of the rows called {name:?}, as something else is,"
                )));
            }
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

/// Labels in the order of pandas: numbers come before texts.
fn as_python_sorts(label: &pose_frame::Label) -> (bool, pose_frame::Label) {
    (label.as_text().is_some(), label.clone())
}

/// The key of a column, as pandas keeps it: a label, or a tuple of them.
fn column_key(key: &[pose_frame::Label]) -> Value {
    match key {
        [label] => labels::pickled(label),
        several => Value::Tuple(several.iter().map(labels::pickled).collect()),
    }
}

fn cannot_hold(what: impl Into<String>) -> Hdf5WriteError {
    Hdf5WriteError::cannot_hold(Storage::Table, what)
}
