//! What poses have no place for: other columns, row labels, and the note that says where everything is.

use arrow_array::ArrayRef;
use hdf5_file::{Attribute, Dataset, Datatype, FileWriter, Group};
use pose_frame::{
    IndexField, IndexSchema, PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, default_batch_frames,
};

use super::NwbWriteError;
use super::column::{ColumnStream, Longest};
use super::objects::Objects;
use crate::note::{Note, NotedColumn, NotedIndex, NotedLabels, NotedLevel, Place, type_name};
use crate::plan::Plan;
use crate::timing::Numbering;

/// What is written beside poses.
pub(super) struct Beside {
    key: String,
    columns: Vec<(usize, ColumnStream)>,
    index: Labels,
}

/// The labels of the rows.
enum Labels {
    /// A range, which the note holds.
    Range { start: i64, step: i64 },
    /// Whole numbers in equal steps: so does it.
    Steps { start: i64, step: i64 },
    /// Labels in datasets, a level in each.
    Stored(Vec<ColumnStream>),
}

impl Beside {
    /// Takes room for all of it. Texts are read for that, to see how long they are.
    pub(super) fn reserve(
        table: &dyn PoseTable,
        plan: &Plan,
        numbering: Numbering,
        key: &str,
        writer: &mut FileWriter,
    ) -> Result<Self, NwbWriteError> {
        let schema = table.schema();
        let rows = table.num_frames() as u64;
        let fields = schema.index().fields();
        let Measured { columns: longest, levels } = measure(table, plan, &fields)?;
        let mut columns = Vec::with_capacity(plan.beside.len());
        for (&column, longest) in plan.beside.iter().zip(&longest) {
            let of = &schema.columns()[column];
            let stream =
                ColumnStream::reserve(writer, column_name(schema, column), &of.data_type, longest, rows)?;
            columns.push((column, stream));
        }
        let index = match (schema.index(), numbering) {
            (IndexSchema::Range { .. }, Numbering::Steps { start, step }) => Labels::Range { start, step },
            (IndexSchema::Labels(_), Numbering::Steps { start, step }) => Labels::Steps { start, step },
            _ => {
                let levels = fields.iter().zip(&levels).enumerate().map(|(level, (field, longest))| {
                    ColumnStream::reserve(writer, level_name(level), &field.data_type, longest, rows)
                });
                Labels::Stored(levels.collect::<Result<_, _>>()?)
            }
        };
        Ok(Self { key: key.to_owned(), columns, index })
    }

    /// Writes what is of the next rows.
    pub(super) fn write(&mut self, writer: &mut FileWriter, batch: &PoseFrame) -> Result<(), NwbWriteError> {
        for (column, stream) in &mut self.columns {
            stream.write(writer, &batch.columns()[*column])?;
        }
        if let Labels::Stored(streams) = &mut self.index {
            for (stream, level) in streams.iter_mut().zip(batch.index().to_levels()) {
                stream.write(writer, &level.values)?;
            }
        }
        Ok(())
    }

    /// The entries of `/scratch`. Those columns of the note that are kept here are told where.
    pub(super) fn finish(
        self,
        objects: &mut Objects<'_>,
        schema: &PoseSchema,
        note: &mut Note,
    ) -> Result<Group, NwbWriteError> {
        let Self { key, columns, index } = self;
        let mut scratch = Scratch { objects, group: Group::default(), key };
        for (column, stream) in columns {
            let key = &schema.columns()[column].key;
            let what = format!("Column {key} of the table.");
            let place = scratch.put(&format!("column_{column}"), &what, &stream)?;
            note.columns[column] = NotedColumn::new(key, &schema.columns()[column].data_type, place);
        }
        let fields = schema.index().fields();
        let name = |field: &IndexField| field.name.as_deref().map(str::to_owned);
        note.index = match index {
            Labels::Range { start, step } => {
                NotedIndex::Range { name: fields.first().and_then(name), start, step }
            }
            Labels::Steps { start, step } => NotedIndex::Labels(NotedLevel {
                name: fields.first().and_then(name),
                data_type: fields.first().map(|field| type_name(&field.data_type)).unwrap_or_default(),
                labels: NotedLabels::Steps { start, step },
            }),
            Labels::Stored(streams) => {
                let mut levels = Vec::with_capacity(streams.len());
                for (level, (stream, field)) in streams.into_iter().zip(&fields).enumerate() {
                    let what = format!("Labels of the rows of the table, level {level}.");
                    let place = scratch.put(&format!("rows_{level}"), &what, &stream)?;
                    let (name, data_type) = (name(field), type_name(&field.data_type));
                    levels.push(NotedLevel { name, data_type, labels: NotedLabels::Stored(place) });
                }
                match (schema.index(), levels.len()) {
                    (IndexSchema::Labels(_), 1) => NotedIndex::Labels(levels.remove(0)),
                    _ => NotedIndex::Multi(levels),
                }
            }
        };
        let json = scratch.objects.text(&note.to_json())?;
        let what = "Which table these poses were: its columns, labels and metadata, as JSON.";
        let name = scratch.key.clone();
        scratch.insert(&name, what, json)?;
        Ok(scratch.group)
    }
}

/// Entries of `/scratch`.
struct Scratch<'a, 'b> {
    objects: &'a mut Objects<'b>,
    group: Group,
    /// What the names of all begin with.
    key: String,
}

impl Scratch<'_, '_> {
    /// Adds a column, with what says which of its values are there.
    fn put(&mut self, name: &str, what: &str, stream: &ColumnStream) -> Result<Place, NwbWriteError> {
        let name = format!("{}_{name}", self.key);
        let shape = [stream.rows()];
        let dataset = Objects::stored(stream.datatype.clone(), &shape, stream.address);
        self.insert(&name, what, dataset)?;
        let mut place = Place::of(format!("/scratch/{name}"));
        if let Some(valid) = stream.valid() {
            let name = format!("{name}_valid");
            let dataset = Objects::stored(Datatype::Integer { size: 1, signed: false }, &shape, valid);
            self.insert(&name, "0 where the value of that name without _valid is missing.", dataset)?;
            place.valid = Some(format!("/scratch/{name}"));
        }
        Ok(place)
    }

    fn insert(&mut self, name: &str, what: &str, dataset: Dataset) -> Result<(), NwbWriteError> {
        let mut attributes = self.objects.attributes_of(&format!("/scratch/{name}"), ("core", "ScratchData"));
        attributes.push(Attribute::variable_text("notes", what));
        Ok(self.group.insert(name, dataset.with_attributes(attributes))?)
    }
}

struct Measured {
    columns: Vec<Longest>,
    levels: Vec<Longest>,
}

/// How long texts are that are kept here.
fn measure(table: &dyn PoseTable, plan: &Plan, fields: &[IndexField]) -> Result<Measured, NwbWriteError> {
    let schema = table.schema();
    let is_text = |column: &usize| schema.columns()[*column].data_type == arrow_schema::DataType::Utf8;
    let mut columns: Vec<Longest> = plan.beside.iter().map(|_| Longest::default()).collect();
    let mut levels: Vec<Longest> = fields.iter().map(|_| Longest::default()).collect();
    let texts: Vec<usize> = plan.beside.iter().copied().filter(is_text).collect();
    let text_labels = fields.iter().any(|field| field.data_type == arrow_schema::DataType::Utf8);
    if texts.is_empty() && !text_labels {
        return Ok(Measured { columns, levels });
    }
    let selection = Selection::all().columns(texts.iter().copied());
    for batch in table.batches(&selection, default_batch_frames(schema))? {
        let batch = batch?;
        for (&column, array) in texts.iter().zip(batch.columns()) {
            let place = plan.beside.binary_search(&column).unwrap_or(0);
            columns[place].measure(&column_name(schema, column), array)?;
        }
        if text_labels {
            measure_labels(batch.index(), &mut levels)?;
        }
    }
    Ok(Measured { columns, levels })
}

fn measure_labels(index: &RowIndex, levels: &mut [Longest]) -> Result<(), NwbWriteError> {
    let labels: Vec<ArrayRef> = index.to_levels().into_iter().map(|level| level.values).collect();
    for (level, (longest, labels)) in levels.iter_mut().zip(&labels).enumerate() {
        longest.measure(&level_name(level), labels)?;
    }
    Ok(())
}

fn column_name(schema: &PoseSchema, column: usize) -> String {
    format!("column {}", schema.columns()[column].key)
}

fn level_name(level: usize) -> String {
    format!("level {level} of the row labels")
}
