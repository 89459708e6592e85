//! A `PoseTraining`: points in images.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Float64Array, Int64Array, StringArray};
use arrow_schema::DataType;
use hdf5_file::read::{Element, Group, LeadsTo, Member, NumberKind};
use pose_frame::{Column, ColumnKey, Metadata};

use super::estimates::Skeleton;
use super::source::Source;
use super::{Found, Index, Level, objects};
use crate::{NwbError, NwbErrorKind};

/// The frames of a `PoseTraining`, in the order of their names.
pub(crate) struct Frames {
    frames: Vec<Frame>,
    /// The nodes of each instance, by its name, in the order in which they first come.
    instances: Vec<(String, Nodes)>,
}

struct Frame {
    name: String,
    annotator: Option<String>,
    number: Option<i64>,
    instances: HashMap<String, Vec<f64>>,
    /// The same as they are stored, where they are stored narrow.
    narrow: HashMap<String, Vec<f32>>,
}

/// The nodes of an instance.
struct Nodes {
    names: Vec<String>,
    axes: usize,
    is_narrow: bool,
}

impl Frames {
    /// Reads the frames of a group, whole: people set them, so there are not many.
    pub(crate) fn read(training_frames: &Group) -> Result<Self, NwbError> {
        let mut found = Self { frames: Vec::new(), instances: Vec::new() };
        let mut room = Room::of(training_frames);
        for (name, member) in training_frames.list()? {
            let Member::Group(group) = member else { continue };
            if objects::type_of(&group.attributes()?) != "TrainingFrame" {
                continue;
            }
            let attributes = group.attributes()?;
            let mut frame = Frame {
                name,
                annotator: attributes.text("annotator").ok().flatten(),
                number: attributes.number("source_video_frame_index").ok().flatten(),
                instances: HashMap::new(),
                narrow: HashMap::new(),
            };
            if let Some(instances) = group.group("skeleton_instances")? {
                for (name, member) in instances.list()? {
                    let Member::Group(instance) = member else { continue };
                    if objects::type_of(&instance.attributes()?) == "SkeletonInstance" {
                        found.read_instance(&mut frame, name, &instance, &mut room)?;
                    }
                }
            }
            found.frames.push(frame);
        }
        // Every column has a value for every frame, also where an instance is in one of them only.
        let nodes = found.instances.iter().map(|(_, nodes)| nodes.names.len().saturating_mul(nodes.axes));
        let columns = nodes.fold(0, usize::saturating_add);
        Room::of(training_frames).take(found.frames.len().saturating_mul(columns))?;
        Ok(found)
    }

    pub(crate) fn len(&self) -> usize {
        self.frames.len()
    }

    fn read_instance(
        &mut self,
        frame: &mut Frame,
        name: String,
        group: &Group,
        room: &mut Room,
    ) -> Result<(), NwbError> {
        let layout = |expected, found: String| {
            let (path, object) = (group.file().path().to_owned(), objects::path_of(group, "node_locations"));
            NwbError::from(NwbErrorKind::Layout { path, object, expected, found })
        };
        let Some(locations) = objects::dataset(group, "node_locations")? else {
            return Err(layout("positions", "nothing".to_owned()));
        };
        let &[num_nodes, num_axes @ 2..=3] = locations.shape() else {
            return Err(layout("rows of two or three numbers", format!("the shape {:?}", locations.shape())));
        };
        let Element::Number(number) = *locations.element() else {
            return Err(layout("numbers", locations.element().to_string()));
        };
        let axes = usize::try_from(num_axes).unwrap_or(0);
        let is_narrow = number.kind == NumberKind::F32;
        // Before anything is made of how many nodes there are said to be.
        let values: Vec<f64> = locations.read(0..num_nodes)?;
        room.take(values.len())?;
        let known = self.instances.iter().position(|(known, _)| *known == name);
        let known = if let Some(known) = known {
            known
        } else {
            let numbered = || (0..num_nodes).map(|node| format!("node{node}")).collect();
            let names = nodes_of(group)?.unwrap_or_else(numbered);
            self.instances.push((name.clone(), Nodes { names, axes, is_narrow }));
            self.instances.len() - 1
        };
        let nodes = &mut self.instances[known].1;
        if nodes.names.len() as u64 != num_nodes || nodes.axes != axes {
            let found = format!("{num_nodes} nodes of {axes} numbers");
            return Err(layout("as many nodes as in the frames before", found));
        }
        nodes.is_narrow &= is_narrow;
        if is_narrow {
            frame.narrow.insert(name.clone(), locations.read(0..num_nodes)?);
        }
        // Numbers of 32 bits are taken from there, with their bits.
        frame.instances.insert(name, values);
        Ok(())
    }

    /// The values of a coord of a node of an instance, in all frames.
    pub(crate) fn column(&self, instance: &str, node: usize, axis: usize) -> Option<ArrayRef> {
        let (_, nodes) = self.instances.iter().find(|(name, _)| name == instance)?;
        let at = (node < nodes.names.len() && axis < nodes.axes).then_some(node * nodes.axes + axis)?;
        Some(if nodes.is_narrow {
            let value = |frame: &Frame| frame.narrow.get(instance).map_or(f32::NAN, |values| values[at]);
            Arc::new(Float32Array::from_iter_values(self.frames.iter().map(value)))
        } else {
            let value = |frame: &Frame| frame.instances.get(instance).map_or(f64::NAN, |values| values[at]);
            Arc::new(Float64Array::from_iter_values(self.frames.iter().map(value)))
        })
    }

    /// The table that they are to whoever knows no more of them.
    pub(crate) fn table(self) -> Found {
        let annotators: Vec<&str> =
            self.frames.iter().filter_map(|frame| frame.annotator.as_deref()).collect();
        // A scorer is of a column, and an annotator of a frame: only where there is one is it both.
        let scorer = annotators.first().filter(|first| annotators.iter().all(|other| other == *first));
        let scorer =
            scorer.filter(|_| annotators.len() == self.frames.len()).map(|scorer| (*scorer).to_owned());
        let several = self.instances.len() > 1;
        let names =
            [(scorer.is_some(), "scorer"), (several, "individuals"), (true, "bodyparts"), (true, "coords")];
        let levels =
            names.iter().filter(|(is_there, _)| *is_there).map(|(_, name)| Some((*name).into())).collect();
        let (mut columns, mut sources) = (Vec::new(), Vec::new());
        for (instance, nodes) in &self.instances {
            for (node, name) in nodes.names.iter().enumerate() {
                for (axis, coord) in ["x", "y", "z"].into_iter().take(nodes.axes).enumerate() {
                    let Some(values) = self.column(instance, node, axis) else { continue };
                    let labels = [
                        (scorer.is_some(), scorer.as_deref().unwrap_or_default()),
                        (several, instance.as_str()),
                        (true, name.as_str()),
                        (true, coord),
                    ];
                    let labels = labels.iter().filter(|(is_there, _)| *is_there).map(|(_, label)| *label);
                    let data_type: DataType = values.data_type().clone();
                    columns.push(Column::new(ColumnKey::new(labels), data_type));
                    sources.push(Source::Loaded(values));
                }
            }
        }
        let names = StringArray::from_iter_values(self.frames.iter().map(|frame| frame.name.as_str()));
        let level = |name: Option<&str>, labels: ArrayRef| Level {
            name: name.map(Into::into),
            data_type: labels.data_type().clone(),
            source: Source::Loaded(labels),
        };
        let mut labels = vec![level(None, Arc::new(names))];
        if self.frames.iter().any(|frame| frame.number.is_some()) {
            let numbers: Int64Array = self.frames.iter().map(|frame| frame.number).collect();
            labels.push(level(Some("source_video_frame_index"), Arc::new(numbers)));
        }
        let index = Index::Levels { is_multi: labels.len() > 1, levels: labels };
        let rows = self.frames.len() as u64;
        let (metadata, notes) = (Metadata::default(), Vec::new());
        Found { levels, columns, sources, index, rows, metadata, notes }
    }
}

/// How much memory numbers may still take. Frames may all lead to the same instance, and an instance of a thousand nodes may be
/// in one frame of a thousand: neither shows in the size of the file.
struct Room {
    object: Group,
    found: u64,
}

impl Room {
    /// As much as files of people's labels take in memory.
    const BYTES: u64 = 64 << 20;

    /// How many times as large numbers may be as the file.
    const TIMES: u64 = 64;

    fn of(object: &Group) -> Self {
        Self { object: object.clone(), found: 0 }
    }

    /// Room for so many numbers more.
    fn take(&mut self, numbers: usize) -> Result<(), NwbError> {
        let file = self.object.file();
        let limit = file.num_bytes().saturating_mul(Self::TIMES).max(Self::BYTES);
        self.found = self.found.saturating_add((numbers as u64).saturating_mul(8));
        if self.found <= limit {
            return Ok(());
        }
        let (path, object) = (file.path().to_owned(), format!("/{}", self.object.name()));
        Err(NwbErrorKind::TooLarge { path, object, found: self.found, limit }.into())
    }
}

/// The names of the nodes, by the skeleton that an instance is linked to.
fn nodes_of(instance: &Group) -> Result<Option<Vec<String>>, NwbError> {
    for (_, member) in instance.list()? {
        if let Member::SoftLink { leads_to: LeadsTo::Group(target), .. } = member
            && objects::type_of(&target.attributes()?) == "Skeleton"
        {
            return Ok(Some(Skeleton::read(&target)?.nodes));
        }
    }
    Ok(None)
}
