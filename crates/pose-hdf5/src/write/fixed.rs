//! `format="fixed"`: a block of values per type of column, and the labels beside it.

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use hdf5_file::{Charset, Dataset, Datatype, FileWriter, Group, Storage as FileStorage};
use pickle_data::Value;
use pose_frame::{IndexField, IndexSchema, Label, LevelName, PoseTable, Selection};

use super::blocks;
use super::labels::{Different, datatype, empty_type, kind, numpy_type};
use super::objects::ObjectArray;
use super::pytables::NodeAttributes;
use super::rows::{Labels, RowLayout, Source, size_of};
use super::stream::{RowStream, chunk_rows};
use super::text::{self, TextField, TextStatistics};
use super::{Hdf5WriteError, WriteOptions, frames_at_once};
use crate::Storage;
use crate::compression::Compression;

/// Writes a table and gives the group that holds it.
pub(super) fn write(
    table: &dyn PoseTable,
    writer: &mut FileWriter,
    options: &WriteOptions,
) -> Result<Group, Hdf5WriteError> {
    let schema = table.schema();
    let blocks = blocks(table);
    let mut group = Group::default();
    let mut node = NodeAttributes::group()
        .text("pandas_type", "frame")
        .text("pandas_version", super::PANDAS_VERSION)
        .text("encoding", "UTF-8")
        .text("errors", "strict")
        .integer("ndim", 2)
        .integer("nblocks", blocks.len() as u64);

    let all: Vec<usize> = (0..schema.columns().len()).collect();
    node = write_column_labels(writer, &mut group, node, "axis0", table, &all)?;
    let mut datasets = Vec::new();
    for (number, (_, columns)) in blocks.iter().enumerate() {
        node =
            write_column_labels(writer, &mut group, node, &format!("block{number}_items"), table, columns)?;
        datasets.push(format!("block{number}_values"));
    }
    let mut rows = Rows::new(table)?;
    node = rows.variety(node);
    group.attributes = node.finish();
    group.attributes.extend(options.entry(table, Storage::Fixed)?);

    if table.num_frames() == 0 {
        for (name, (data_type, columns)) in datasets.iter().zip(&blocks) {
            let dtype =
                if *data_type == DataType::Utf8 { "object".to_owned() } else { numpy_type(data_type, None) };
            let shape = [i64::try_from(columns.len()).unwrap_or(i64::MAX), 0];
            group.insert(name, empty_array(writer, &dtype, &shape, NodeAttributes::default())?)?;
        }
        rows.write_empty(writer, &mut group)?;
        return Ok(group);
    }

    let num_rows = table.num_frames() as u64;
    let all_bytes = blocks.iter().map(|(data_type, columns)| size_of(data_type) * columns.len()).sum();
    let piece_rows = chunk_rows(num_rows, all_bytes);
    let mut values = Vec::new();
    for (data_type, columns) in &blocks {
        values.push(if *data_type == DataType::Utf8 {
            Values::Objects(columns[0], ObjectArray::new(table.num_frames()))
        } else {
            let mut layout = RowLayout::default();
            for &column in columns {
                layout.push(Source::Column(column), data_type, None);
            }
            Values::Numbers(match options.compression {
                Compression::None => RowStream::contiguous(writer, layout, num_rows)?,
                compression => {
                    let element = size_of(data_type);
                    RowStream::chunked(writer, layout, num_rows, piece_rows, element, compression, false)?
                }
            })
        });
    }
    rows.begin(writer, table)?;
    let frames = frames_at_once(table).div_ceil(piece_rows).max(1) * piece_rows;
    let mut first_row = 0;
    for frame in table.batches(&Selection::all(), frames)? {
        let frame = frame?;
        let labels = Labels::of(frame.index());
        for values in &mut values {
            match values {
                Values::Objects(column, objects) => {
                    objects.extend(frame.columns()[*column].as_string::<i32>())
                }
                Values::Numbers(stream) => {
                    let batch = stream.layout().batch(&frame, &labels, first_row)?;
                    stream.write(writer, &batch, frame.num_frames())?;
                }
            }
        }
        rows.write(writer, &frame, &labels, first_row)?;
        first_row += frame.num_frames();
    }
    for ((name, values), (data_type, columns)) in datasets.iter().zip(values).zip(&blocks) {
        let shape = [num_rows, columns.len() as u64];
        let dataset = match values {
            Values::Objects(_, objects) => objects_dataset(writer, &objects.finish())?,
            Values::Numbers(stream) => {
                let node = if options.compression == Compression::None {
                    NodeAttributes::array()
                } else {
                    NodeAttributes::chunked_array()
                };
                stream.finish(datatype(data_type, None), &shape).with_attributes(node.finish())
            }
        };
        group.insert(name, dataset)?;
    }
    rows.finish(&mut group)?;
    Ok(group)
}

enum Values {
    Numbers(RowStream),
    Objects(usize, ObjectArray),
}

/// The labels of the rows, as they are written.
struct Rows {
    fields: Vec<IndexField>,
    is_multi: bool,
    texts: Vec<Option<TextStatistics>>,
    levels: Vec<(RowStream, Option<Codes>)>,
}

/// A level with many rows that have few different labels.
struct Codes {
    different: Different,
    data_type: DataType,
    labels: Dataset,
}

impl Rows {
    fn new(table: &dyn PoseTable) -> Result<Self, Hdf5WriteError> {
        let fields = table.schema().index().fields();
        let mut texts = vec![None; fields.len()];
        let has_texts = fields.iter().any(|field| field.data_type == DataType::Utf8)
            || table.schema().columns().iter().any(|column| column.data_type == DataType::Utf8);
        if has_texts {
            for (source, found) in text::survey(table)? {
                if let Source::Level(level) = source {
                    texts[level] = Some(found);
                }
            }
        }
        let is_multi = matches!(table.schema().index(), IndexSchema::Multi(_));
        Ok(Self { fields, is_multi, texts, levels: Vec::new() })
    }

    fn variety(&self, node: NodeAttributes) -> NodeAttributes {
        if self.is_multi {
            node.text("axis1_variety", "multi").integer("axis1_nlevels", self.fields.len() as u64)
        } else {
            node.text("axis1_variety", "regular")
        }
    }

    fn text_field(&self, level: usize) -> Option<(TextField, String)> {
        let found = self.texts[level].as_ref()?;
        // Where rows have several labels, a missing one has no label at all.
        let sentinel = if found.any_missing && !self.is_multi {
            TextStatistics::sentinel([found])
        } else {
            String::new()
        };
        Some((TextField::new(found.longest.max(sentinel.len()), &sentinel), sentinel))
    }

    fn label_attributes(&self, level: usize, node: NodeAttributes) -> NodeAttributes {
        let field = &self.fields[level];
        // Before pandas 2.1 there was no unit in the kind of moments, which then were nanoseconds.
        let kind = kind(&field.data_type);
        let kind = kind.strip_suffix("[ns]").unwrap_or(&kind);
        let mut node = node.text("kind", kind).level_name("name", &field.name);
        if let Some((_, sentinel)) = self.text_field(level) {
            node = node.text("nan_rep", &sentinel);
        }
        match &field.data_type {
            DataType::Timestamp(_, zone) => {
                node = node.text("index_class", "datetime").pickle("freq", &Value::None);
                if let Some(zone) = zone {
                    node = node.text("tz", zone);
                }
                node
            }
            DataType::Duration(_) => node.pickle("freq", &Value::None),
            _ => node,
        }
    }

    fn begin(&mut self, writer: &mut FileWriter, table: &dyn PoseTable) -> Result<(), Hdf5WriteError> {
        let rows = table.num_frames() as u64;
        let mut levels = Vec::new();
        if self.is_multi {
            let mut different: Vec<Different> = self.fields.iter().map(|_| Different::default()).collect();
            let only_labels = Selection::all().columns([]);
            for frame in table.batches(&only_labels, frames_at_once(table))? {
                if let Labels::Arrays(arrays) = Labels::of(frame?.index()) {
                    different.iter_mut().zip(&arrays).for_each(|(different, labels)| different.add(labels));
                }
            }
            for (level, mut different) in different.into_iter().enumerate() {
                let data_type = &self.fields[level].data_type;
                let text = self.text_field(level).map(|(text, _)| text);
                let datatype = datatype(data_type, text.as_ref());
                let labels = different.sorted(&datatype);
                let count = different.len() as i64;
                let labels = if count == 0 {
                    empty_array(
                        writer,
                        &empty_type(data_type),
                        &[0],
                        self.label_attributes(level, NodeAttributes::default()),
                    )?
                } else {
                    let storage = writer.contiguous(&labels)?;
                    let node = self.label_attributes(level, NodeAttributes::array());
                    Dataset::new(datatype, &[count as u64], storage).with_attributes(node.finish())
                };
                let code_type = code_type(different.len());
                let mut layout = RowLayout::default();
                layout.push(Source::Level(level), &code_type, None);
                let codes = Codes { different, data_type: code_type, labels };
                levels.push((RowStream::contiguous(writer, layout, rows)?, Some(codes)));
            }
        } else {
            let mut layout = RowLayout::default();
            let text = self.text_field(0).map(|(text, _)| text);
            layout.push(Source::Level(0), &self.fields[0].data_type, text);
            levels.push((RowStream::contiguous(writer, layout, rows)?, None));
        }
        self.levels = levels;
        Ok(())
    }

    fn write(
        &mut self,
        writer: &mut FileWriter,
        frame: &pose_frame::PoseFrame,
        labels: &Labels,
        first_row: usize,
    ) -> Result<(), Hdf5WriteError> {
        let mut coded = Vec::new();
        if let Labels::Arrays(arrays) = labels {
            for ((_, codes), array) in self.levels.iter().zip(arrays) {
                coded.push(codes.as_ref().map_or_else(|| array.clone(), |codes| codes.of(array)));
            }
        }
        let coded = Labels::Arrays(coded);
        let labels = if self.is_multi { &coded } else { labels };
        for (stream, _) in &mut self.levels {
            let batch = stream.layout().batch(frame, labels, first_row)?;
            stream.write(writer, &batch, frame.num_frames())?;
        }
        Ok(())
    }

    fn finish(mut self, group: &mut Group) -> Result<(), Hdf5WriteError> {
        for (level, (stream, codes)) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            let rows = stream.rows();
            match codes {
                Some(Codes { data_type, labels, .. }) => {
                    group.insert(&format!("axis1_level{level}"), labels)?;
                    let codes = stream.finish(datatype(&data_type, None), &[rows]);
                    let codes = codes.with_attributes(NodeAttributes::array().finish());
                    group.insert(&format!("axis1_label{level}"), codes)?;
                }
                None => {
                    let text = self.text_field(level).map(|(text, _)| text);
                    let datatype = datatype(&self.fields[level].data_type, text.as_ref());
                    let node = self.label_attributes(level, NodeAttributes::array());
                    group.insert("axis1", stream.finish(datatype, &[rows]).with_attributes(node.finish()))?;
                }
            }
        }
        Ok(())
    }

    fn write_empty(&self, writer: &mut FileWriter, group: &mut Group) -> Result<(), Hdf5WriteError> {
        for (level, field) in self.fields.iter().enumerate() {
            let node = self.label_attributes(level, NodeAttributes::default());
            let labels = empty_array(writer, &empty_type(&field.data_type), &[0], node)?;
            if self.is_multi {
                group.insert(&format!("axis1_level{level}"), labels)?;
                let codes = empty_array(writer, "int8", &[0], NodeAttributes::default())?;
                group.insert(&format!("axis1_label{level}"), codes)?;
            } else {
                group.insert("axis1", labels)?;
            }
        }
        Ok(())
    }
}

impl Codes {
    fn of(&self, labels: &ArrayRef) -> ArrayRef {
        use arrow_array::{Int8Array, Int16Array, Int32Array};
        let codes = self.different.codes(labels);
        // There are fewer labels than the type has numbers.
        match self.data_type {
            DataType::Int8 => {
                std::sync::Arc::new(codes.iter().map(|&code| code as i8).collect::<Int8Array>())
            }
            DataType::Int16 => {
                std::sync::Arc::new(codes.iter().map(|&code| code as i16).collect::<Int16Array>())
            }
            _ => std::sync::Arc::new(codes.iter().map(|&code| code as i32).collect::<Int32Array>()),
        }
    }
}

/// The type that pandas takes for the numbers of so many labels.
fn code_type(labels: usize) -> DataType {
    match labels {
        0..128 => DataType::Int8,
        128..32_768 => DataType::Int16,
        _ => DataType::Int32,
    }
}

/// Writes the labels of some columns under a name.
fn write_column_labels(
    writer: &mut FileWriter,
    group: &mut Group,
    node: NodeAttributes,
    name: &str,
    table: &dyn PoseTable,
    columns: &[usize],
) -> Result<NodeAttributes, Hdf5WriteError> {
    let schema = table.schema();
    let label = |column: usize, level: usize| &schema.columns()[column].key.labels()[level];
    if let [level_name] = schema.levels() {
        let labels: Vec<&Label> = columns.iter().map(|&column| label(column, 0)).collect();
        group.insert(name, labels_dataset(writer, &labels, level_name)?)?;
        return Ok(node.text(format!("{name}_variety"), "regular"));
    }
    for (level, level_name) in schema.levels().iter().enumerate() {
        let labels: Vec<&Label> = columns.iter().map(|&column| label(column, level)).collect();
        let mut different = labels.clone();
        different.sort_unstable();
        different.dedup();
        let code = |label: &&Label| different.binary_search(label).unwrap_or(0) as u64;
        let size = size_of(&code_type(different.len()));
        let codes: Vec<u8> =
            labels.iter().flat_map(|label| code(label).to_le_bytes()[..size].to_vec()).collect();
        group.insert(&format!("{name}_level{level}"), labels_dataset(writer, &different, level_name)?)?;
        let codes = if labels.is_empty() {
            empty_array(writer, "int8", &[0], NodeAttributes::default())?
        } else {
            let storage = writer.contiguous(&codes)?;
            Dataset::new(datatype(&code_type(different.len()), None), &[labels.len() as u64], storage)
                .with_attributes(NodeAttributes::array().finish())
        };
        group.insert(&format!("{name}_label{level}"), codes)?;
    }
    let levels = schema.levels().len() as u64;
    Ok(node.text(format!("{name}_variety"), "multi").integer(format!("{name}_nlevels"), levels))
}

/// The labels of columns in one level.
fn labels_dataset(
    writer: &mut FileWriter,
    labels: &[&Label],
    level_name: &LevelName,
) -> Result<Dataset, Hdf5WriteError> {
    let texts: Option<Vec<&str>> = labels.iter().map(|label| label.as_text()).collect();
    let numbers: Option<Vec<i64>> = labels
        .iter()
        .map(|label| match label {
            Label::Integer(number) => Some(*number),
            _ => None,
        })
        .collect();
    let (datatype, dtype, kind, values) = match (texts, numbers) {
        (Some(texts), _) => {
            if let Some(text) = texts.iter().find(|text| text.ends_with('\0')) {
                let what = format!("the label {text:?}, which ends with a zero character,");
                return Err(Hdf5WriteError::cannot_hold(Storage::Fixed, what));
            }
            let size = texts.iter().map(|text| text.len()).max().unwrap_or(0).max(1);
            let mut values = Vec::with_capacity(size * texts.len());
            for text in texts {
                let end = values.len() + size;
                values.extend_from_slice(text.as_bytes());
                values.resize(end, 0);
            }
            let text =
                Datatype::Text { size: u32::try_from(size).unwrap_or(u32::MAX), charset: Charset::Ascii };
            (text, "|S1", "string", values)
        }
        (None, Some(numbers)) => {
            let values = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            (Datatype::I64, "int64", "integer", values)
        }
        (None, None) => {
            let what = "a level of columns in which some labels are numbers and some are texts";
            return Err(Hdf5WriteError::cannot_hold(Storage::Fixed, what));
        }
    };
    let describe = |node: NodeAttributes| {
        let node = node.text("kind", kind).level_name("name", level_name);
        if kind == "string" { node.text("nan_rep", "") } else { node }
    };
    if labels.is_empty() {
        return empty_array(writer, dtype, &[0], describe(NodeAttributes::default()));
    }
    let storage = writer.contiguous(&values)?;
    let node = describe(NodeAttributes::array()).finish();
    Ok(Dataset::new(datatype, &[labels.len() as u64], storage).with_attributes(node))
}

/// An array without values, in whose place pandas has a single one.
fn empty_array(
    writer: &mut FileWriter,
    dtype: &str,
    shape: &[i64],
    more: NodeAttributes,
) -> Result<Dataset, Hdf5WriteError> {
    let storage = writer.contiguous(&0f64.to_le_bytes())?;
    let ones = vec![1; shape.len()];
    let mut attributes = NodeAttributes::empty_array(dtype, shape).finish();
    attributes.extend(more.finish());
    Ok(Dataset::new(Datatype::F64, &ones, storage).with_attributes(attributes))
}

/// A list of one pickled object.
fn objects_dataset(writer: &mut FileWriter, pickle: &[u8]) -> Result<Dataset, Hdf5WriteError> {
    let reference = writer.blob(pickle)?.to_bytes();
    let address = writer.reserve(reference.len() as u64)?;
    writer.write_at(address, &reference)?;
    let chunk = hdf5_file::Chunk::new(address, u32::try_from(reference.len()).unwrap_or(u32::MAX));
    let storage = FileStorage::Chunked { rows: 1, chunks: vec![chunk], filters: Vec::new(), growing: true };
    Ok(Dataset::new(Datatype::Blob, &[1], storage).with_attributes(NodeAttributes::objects().finish()))
}
