//! The labels of rows in fixed format.

use arrow_schema::DataType;
use hdf5_file::{Dataset, FileWriter, Group};
use pickle_data::Value;
use pose_frame::{IndexField, IndexSchema, PoseFrame, PoseTable, Selection};

use super::empty_array;
use crate::write::labels::{Different, code_type, datatype, empty_type, kind};
use crate::write::pytables::NodeAttributes;
use crate::write::rows::{Labels, RowLayout, Source};
use crate::write::stream::RowStream;
use crate::write::text::{self, Surveyed, TextField, TextStatistics};
use crate::write::{Hdf5WriteError, frames_at_once};

/// The labels of the rows, as they are written.
pub(super) struct Rows {
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
    pub(super) fn new(table: &dyn PoseTable) -> Result<Self, Hdf5WriteError> {
        let fields = table.schema().index().fields();
        let mut texts = vec![None; fields.len()];
        for (source, found) in text::survey(table, Surveyed::Levels)? {
            if let Source::Level(level) = source {
                texts[level] = Some(found);
            }
        }
        let is_multi = matches!(table.schema().index(), IndexSchema::Multi(_));
        Ok(Self { fields, is_multi, texts, levels: Vec::new() })
    }

    pub(super) fn variety(&self, node: NodeAttributes) -> NodeAttributes {
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
        let kind = kind(&field.data_type);
        let mut node = node.text("kind", &kind).level_name("name", &field.name);
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

    pub(super) fn begin(
        &mut self,
        writer: &mut FileWriter,
        table: &dyn PoseTable,
    ) -> Result<(), Hdf5WriteError> {
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
                let stored = datatype(data_type, text.as_ref());
                let labels = different.sorted(&stored);
                let count = different.len() as u64;
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
                    Dataset::new(stored, &[count], storage).with_attributes(node.finish())
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

    pub(super) fn write(
        &mut self,
        writer: &mut FileWriter,
        frame: &PoseFrame,
        labels: &Labels,
        first_row: usize,
    ) -> Result<(), Hdf5WriteError> {
        let mut coded = Vec::new();
        if let Labels::Arrays(arrays) = labels {
            for ((_, codes), array) in self.levels.iter().zip(arrays) {
                coded
                    .push(codes.as_ref().map_or_else(|| array.clone(), |codes| codes.different.codes(array)));
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

    pub(super) fn finish(mut self, group: &mut Group) -> Result<(), Hdf5WriteError> {
        for (level, (stream, codes)) in std::mem::take(&mut self.levels).into_iter().enumerate() {
            let rows = stream.rows();
            if let Some(Codes { data_type, labels, .. }) = codes {
                group.insert(&format!("axis1_level{level}"), labels)?;
                let codes = stream.finish(datatype(&data_type, None), &[rows]);
                let codes = codes.with_attributes(NodeAttributes::array().finish());
                group.insert(&format!("axis1_label{level}"), codes)?;
            } else {
                let text = self.text_field(level).map(|(text, _)| text);
                let stored = datatype(&self.fields[level].data_type, text.as_ref());
                let node = self.label_attributes(level, NodeAttributes::array());
                group.insert("axis1", stream.finish(stored, &[rows]).with_attributes(node.finish()))?;
            }
        }
        Ok(())
    }

    pub(super) fn write_empty(
        &self,
        writer: &mut FileWriter,
        group: &mut Group,
    ) -> Result<(), Hdf5WriteError> {
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
