//! A table as its note says that it was.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::DataType;
use hdf5_file::read::{Dataset, Element, Group, LeadsTo};
use pose_frame::{Column, LevelName, RangeIndex};

use super::source::{Source, Stored};
use super::training::Frames;
use super::{Found, Index, Level};
use crate::note::{Note, NotedIndex, NotedLabels, NotedLevel, Place, parse_type};
use crate::{NwbError, NwbErrorKind};

/// What costs nothing to count out.
const FEW_ROWS: u64 = 1 << 20;

/// A table as its note says; or why the file is not as the note says, since another program changed it.
pub(crate) fn of_note(root: &Group, note: &Note) -> Result<Result<Found, String>, NwbError> {
    let mut places = Places { root, rows: note.rows, datasets: HashMap::new(), frames: HashMap::new() };
    let (mut columns, mut sources) = (Vec::new(), Vec::new());
    for column in &note.columns {
        let Some(data_type) = parse_type(&column.data_type) else {
            return Ok(Err(format!("there is no type {:?}", column.data_type)));
        };
        match places.source(&column.place, &data_type)? {
            Ok(source) => sources.push(source),
            Err(why) => return Ok(Err(why)),
        }
        columns.push(Column::new(column.key(), data_type));
    }
    let index = match places.index(&note.index)? {
        Ok(index) => index,
        Err(why) => return Ok(Err(why)),
    };
    // Rows without a value are counted out by whoever goes through them, and a note may claim any number.
    if note.columns.is_empty() && note.rows > FEW_ROWS {
        return Ok(Err(format!("it has {} rows, and no columns", note.rows)));
    }
    let levels = note.levels.iter().map(|name| name.as_deref().map(Into::into)).collect();
    let (metadata, notes) = (note.metadata.clone(), Vec::new());
    Ok(Ok(Found { levels, columns, sources, index, rows: note.rows, metadata, notes }))
}

/// The datasets that a note names, each opened once.
struct Places<'a> {
    root: &'a Group,
    rows: u64,
    datasets: HashMap<String, Arc<Dataset>>,
    frames: HashMap<String, Frames>,
}

impl Places<'_> {
    fn source(&mut self, place: &Place, data_type: &DataType) -> Result<Result<Source, String>, NwbError> {
        if let Some((instance, node)) = &place.node {
            return self.node(place, instance, *node, data_type);
        }
        let dataset = match self.dataset(&place.at)? {
            Ok(dataset) => dataset,
            Err(why) => return Ok(Err(why)),
        };
        let (column, width) = match (place.axis, dataset.shape()) {
            (None, [_]) => (0, 1),
            (Some(column), &[_, width]) => (column, usize::try_from(width).unwrap_or(usize::MAX)),
            _ => return Ok(Err(format!("{} has another shape", place.at))),
        };
        if column >= width || !holds(dataset.element(), data_type) {
            return Ok(Err(format!("{} holds something else", place.at)));
        }
        let valid = match &place.valid {
            None => None,
            Some(path) => match self.dataset(path)? {
                Ok(valid) if valid.shape().len() == 1 => Some(valid),
                Ok(_) => return Ok(Err(format!("{path} has another shape"))),
                Err(why) => return Ok(Err(why)),
            },
        };
        Ok(Ok(Source::Stored(Stored { dataset, axis: column, valid, data_type: data_type.clone() })))
    }

    /// A dataset with a row for each of the table.
    fn dataset(&mut self, path: &str) -> Result<Result<Arc<Dataset>, String>, NwbError> {
        if let Some(dataset) = self.datasets.get(path) {
            return Ok(Ok(Arc::clone(dataset)));
        }
        let dataset = match self.root.follow(path)? {
            LeadsTo::Dataset(head) => head.open()?,
            _ => return Ok(Err(format!("{path} is not there"))),
        };
        if dataset.num_rows() != self.rows {
            return Ok(Err(format!("{path} has {} rows, and had {}", dataset.num_rows(), self.rows)));
        }
        let dataset = Arc::new(dataset);
        self.datasets.insert(path.to_owned(), Arc::clone(&dataset));
        Ok(Ok(dataset))
    }

    fn node(
        &mut self,
        place: &Place,
        instance: &str,
        node: usize,
        data_type: &DataType,
    ) -> Result<Result<Source, String>, NwbError> {
        if !self.frames.contains_key(&place.at) {
            let LeadsTo::Group(group) = self.root.follow(&place.at)? else {
                return Ok(Err(format!("{} is not there", place.at)));
            };
            self.frames.insert(place.at.clone(), Frames::read(&group)?);
        }
        let frames = &self.frames[&place.at];
        if frames.len() as u64 != self.rows {
            return Ok(Err(format!("{} has {} frames, and had {}", place.at, frames.len(), self.rows)));
        }
        let rows = frames.len();
        let column = frames.column(instance, node, place.axis.unwrap_or(0));
        // Of an individual that is in no frame nothing is written.
        let column = column.unwrap_or_else(|| match data_type {
            DataType::Float32 => Arc::new(arrow_array::Float32Array::from(vec![f32::NAN; rows])),
            _ => Arc::new(arrow_array::Float64Array::from(vec![f64::NAN; rows])),
        });
        if column.data_type() != data_type {
            return Ok(Err(format!("{} holds something else", place.at)));
        }
        Ok(Ok(Source::Loaded(column)))
    }

    fn index(&mut self, index: &NotedIndex) -> Result<Result<Index, String>, NwbError> {
        let Ok(rows) = usize::try_from(self.rows) else { return Err(self.too_many_rows()) };
        let (levels, is_multi) = match index {
            NotedIndex::Range { name, start, step } => {
                let (name, start, step) = (name.as_deref().map(Into::into), *start, *step);
                return Ok(Ok(Index::Range(RangeIndex { name, start, step, len: rows })));
            }
            NotedIndex::Labels(level) => (std::slice::from_ref(level), false),
            NotedIndex::Multi(levels) => (levels.as_slice(), true),
        };
        let mut found = Vec::with_capacity(levels.len());
        for level in levels {
            match self.level(level)? {
                Ok(level) => found.push(level),
                Err(why) => return Ok(Err(why)),
            }
        }
        Ok(Ok(Index::Levels { levels: found, is_multi }))
    }

    fn level(&mut self, level: &NotedLevel) -> Result<Result<Level, String>, NwbError> {
        let name: LevelName = level.name.as_deref().map(Into::into);
        let Some(data_type) = parse_type(&level.data_type) else {
            return Ok(Err(format!("there is no type {:?}", level.data_type)));
        };
        match &level.labels {
            &NotedLabels::Steps { start, step } if data_type == DataType::Int64 => {
                self.check_rows()?;
                Ok(Ok(Level { name, data_type, source: Source::Steps { start, step } }))
            }
            NotedLabels::Steps { .. } => Ok(Err("labels in steps are whole numbers".to_owned())),
            NotedLabels::Stored(place) => {
                let source = self.source(place, &data_type)?;
                Ok(source.map(|source| Level { name, data_type, source }))
            }
        }
    }

    /// Refuses to count out more labels than any dataset of the file has rows.
    fn check_rows(&self) -> Result<(), NwbError> {
        if self.rows > FEW_ROWS && self.datasets.is_empty() && self.frames.is_empty() {
            return Err(self.too_many_rows());
        }
        // What a dataset declares it need not have.
        for dataset in self.datasets.values().take(1) {
            dataset.check(&(0..self.rows))?;
        }
        Ok(())
    }

    fn too_many_rows(&self) -> NwbError {
        let (path, object) = (self.root.file().path().to_owned(), "the labels of the rows".to_owned());
        NwbErrorKind::OutOfMemory { path, object }.into()
    }
}

/// Whether elements are what a column of this type is kept as.
fn holds(element: &Element, data_type: &DataType) -> bool {
    use hdf5_file::read::NumberKind as Kind;
    match element {
        Element::Text(_) | Element::VariableText => *data_type == DataType::Utf8,
        Element::Number(number) => match data_type {
            DataType::Float32 => number.kind == Kind::F32,
            DataType::Float64 => number.kind == Kind::F64,
            DataType::Int8 => number.kind == Kind::I8,
            DataType::Int16 => number.kind == Kind::I16,
            DataType::Int32 => number.kind == Kind::I32,
            DataType::Int64 | DataType::Timestamp(..) | DataType::Duration(_) => number.kind == Kind::I64,
            DataType::UInt8 => number.kind == Kind::U8,
            DataType::UInt16 => number.kind == Kind::U16,
            DataType::UInt32 => number.kind == Kind::U32,
            DataType::UInt64 => number.kind == Kind::U64,
            DataType::Boolean => number.kind == Kind::Bool,
            _ => false,
        },
        _ => false,
    }
}
