//! The module of the poses: what describes the values.

use hdf5_file::{Attribute, Dataset, Datatype, Group};
use pose_frame::{Metadata, PoseTable, TableKind};

use super::body::{Bodies, BodyNames};
use super::document::SUBJECT;
use super::objects::Objects;
use super::series::{Series, Written, confidence_of};
use super::times::Times;
use super::training::Frames;
use super::{MODULE, NwbWriteError, WriteOptions, data_attributes, link, training, video};
use crate::note::{Note, NotedColumn, Place};
use crate::plan::{Body, Float, Plan, Point};
use crate::timing::Clock;

/// All that is known before anything is described.
pub(super) struct Context<'a> {
    pub(super) table: &'a dyn PoseTable,
    pub(super) options: &'a WriteOptions,
    pub(super) metadata: &'a Metadata,
    pub(super) plan: &'a Plan,
    pub(super) bodies: &'a Bodies,
    /// Of training frames there is none.
    pub(super) clock: Option<&'a Clock<'a>>,
}

/// Where the values are, or what they are.
pub(super) enum Values {
    /// In the file, of each point of each individual.
    Series(Written),
    /// Yet to be written, frame by frame.
    Frames(Frames),
}

/// What a session is called that nobody described.
pub(super) fn session_description(metadata: &Metadata) -> String {
    let source = metadata.source.as_ref().map(|source| &source.name);
    match metadata.video.as_ref().or(source) {
        Some(name) => format!("Poses of {name}."),
        None => "Poses.".to_owned(),
    }
}

/// The module. Notes where each column is.
pub(super) fn module(
    objects: &mut Objects<'_>,
    context: &Context<'_>,
    values: Values,
    note: &mut Note,
) -> Result<Group, NwbWriteError> {
    let schema = context.table.schema();
    let columns = schema.columns().iter();
    note.columns =
        columns.map(|column| NotedColumn::new(&column.key, &column.data_type, Place::of(""))).collect();
    let description = "Processed behavioral data.";
    let mut module = objects.described(MODULE, ("core", "ProcessingModule"), description);
    module.insert("Skeletons", skeletons(objects, context)?.as_folder())?;
    match values {
        Values::Series(Written { places, mut times }) => {
            let bodies = context.plan.bodies.iter().zip(&context.bodies.all);
            for ((body, names), places) in bodies.zip(&places) {
                let estimates = Estimates { context, body, names };
                module.insert(&names.container, estimates.group(objects, places, &mut times)?)?;
                estimates.note(note);
            }
        }
        Values::Frames(frames) => {
            let group = training::group(objects, context, &frames, note)?;
            module.insert(&context.bodies.training, group)?;
        }
    }
    Ok(module)
}

fn skeletons(objects: &mut Objects<'_>, context: &Context<'_>) -> Result<Group, NwbWriteError> {
    let path = format!("{MODULE}/Skeletons");
    let mut skeletons = objects.group(&path, ("ndx-pose", "Skeletons"));
    for (body, names) in context.plan.bodies.iter().zip(&context.bodies.all) {
        let path = format!("{path}/{}", names.skeleton);
        let mut skeleton = objects.group(&path, ("ndx-pose", "Skeleton"));
        skeleton.insert("nodes", objects.texts(&names.points)?)?;
        skeleton.insert("edges", edges(objects, body, context.metadata)?)?;
        // One subject is not several animals.
        if context.options.session.subject.is_some() && context.plan.bodies.len() == 1 {
            skeleton.insert("subject", link(SUBJECT))?;
        }
        skeletons.insert(&names.skeleton, skeleton)?;
    }
    Ok(skeletons)
}

/// The bones between nodes that the individual has.
fn edges(objects: &mut Objects<'_>, body: &Body, metadata: &Metadata) -> Result<Dataset, NwbWriteError> {
    let node = |name: &str| {
        body.points.iter().position(|point| {
            point.bodypart.as_ref().is_some_and(|bodypart| bodypart.as_text() == Some(name))
        })
    };
    let edges = metadata.skeleton_edges.iter().filter_map(|(from, to)| Some([node(from)?, node(to)?]));
    let edges: Vec<[usize; 2]> = edges.collect();
    let shape = [edges.len() as u64, 2];
    let bytes: Option<Vec<u8>> = edges.iter().flatten().map(|&node| u8::try_from(node).ok()).collect();
    if let Some(bytes) = bytes {
        return objects.numbers(&bytes, &shape);
    }
    let nodes = edges.iter().flatten().map(|&node| u32::try_from(node).unwrap_or(u32::MAX));
    objects.numbers(&nodes.collect::<Vec<_>>(), &shape)
}

/// The estimates of an individual.
struct Estimates<'a> {
    context: &'a Context<'a>,
    body: &'a Body,
    names: &'a BodyNames,
}

impl Estimates<'_> {
    /// The group.
    fn group(
        &self,
        objects: &mut Objects<'_>,
        places: &[Series],
        times: &mut Times,
    ) -> Result<Group, NwbWriteError> {
        let Self { context, body, names } = self;
        let path = format!("{MODULE}/{}", names.container);
        let mut group = objects.group(&path, ("ndx-pose", "PoseEstimation"));
        group.insert("description", objects.text(&self.description())?)?;
        if let Some(scorer) = &body.scorer {
            group.insert("scorer", objects.text(scorer)?)?;
        }
        if let Some(software) = self.source_software() {
            group.insert("source_software", objects.text(software)?)?;
        }
        group.insert(&names.skeleton, link(format!("{MODULE}/Skeletons/{}", names.skeleton)))?;
        video::put(objects, &mut group, context)?;
        for ((point, name), place) in body.points.iter().zip(&names.points).zip(places) {
            let path = format!("{path}/{name}");
            group.insert(name, self.series(objects, &path, point, *place, times)?)?;
        }
        Ok(group)
    }

    fn series(
        &self,
        objects: &mut Objects<'_>,
        path: &str,
        point: &Point,
        place: Series,
        times: &mut Times,
    ) -> Result<Group, NwbWriteError> {
        let rows = self.context.table.num_frames() as u64;
        let called = point.bodypart.as_ref().map_or_else(|| "the point".to_owned(), ToString::to_string);
        let of = match &self.body.individual {
            Some(individual) => format!("Positions of {called} of {individual}."),
            None => format!("Positions of {called}."),
        };
        let mut series = objects.described(path, ("ndx-pose", "PoseEstimationSeries"), &of);
        series.attributes.push(Attribute::variable_text("comments", "no comments"));
        let shape = [rows, point.axes.len() as u64];
        let data = Objects::stored(datatype(point.element), &shape, place.data);
        series.insert("data", data.with_attributes(data_attributes(self.unit())))?;
        let confidence = Objects::stored(datatype(confidence_of(point)), &[rows], place.confidence);
        let definition = match (point.confidence, self.context.table.schema().kind()) {
            (None, TableKind::Labels) => "Not known: a person set the positions.",
            (None, _) => "Not known: the table has none.",
            (Some(_), _) => "Likelihood that the network gave the position.",
        };
        let definition = Attribute::variable_text("definition", definition);
        series.insert("confidence", confidence.with_attributes(vec![definition]))?;
        series.insert("reference_frame", objects.text(&self.reference_frame())?)?;
        times.put(objects, &mut series, path)?;
        Ok(series)
    }

    /// Notes where the columns of the points are.
    fn note(&self, note: &mut Note) {
        for (point, name) in self.body.points.iter().zip(&self.names.points) {
            let path = format!("{MODULE}/{}/{name}", self.names.container);
            for (axis, &column) in point.axes.iter().enumerate() {
                note.columns[column].place = Place { axis: Some(axis), ..Place::of(format!("{path}/data")) };
            }
            if let Some((column, _)) = point.confidence {
                note.columns[column].place = Place::of(format!("{path}/confidence"));
            }
        }
    }

    fn description(&self) -> String {
        let dimensions = if self.body.is_3d() { "3D" } else { "2D" };
        match &self.body.individual {
            Some(individual) => format!("{dimensions} positions of the bodyparts of {individual}."),
            None => format!("{dimensions} positions of bodyparts."),
        }
    }

    fn unit(&self) -> &str {
        let usual = if self.body.is_3d() { "n.a." } else { "pixels" };
        self.context.options.unit.as_deref().unwrap_or(usual)
    }

    /// What positions count from.
    fn reference_frame(&self) -> String {
        if self.body.is_3d() {
            return "(0, 0, 0) is the origin of the coordinates that the cameras were calibrated in."
                .to_owned();
        }
        let frame = match self.context.metadata.crop {
            None => "the video frame".to_owned(),
            Some(crop) => format!(
                "the part of the video frame that was analysed, which begins at x = {} and y = {}",
                crop.x_min, crop.y_min
            ),
        };
        format!("(0, 0) is the top left corner of {frame}; x grows to the right, y downwards.")
    }

    fn source_software(&self) -> Option<&str> {
        const SCORERS: [&str; 2] = ["DLC_", "DeepCut_"];
        let by_deeplabcut = || {
            let scorer = self.body.scorer.as_deref()?;
            SCORERS.iter().any(|start| scorer.starts_with(start)).then_some("DeepLabCut")
        };
        self.context.options.source_software.as_deref().or_else(by_deeplabcut)
    }
}

pub(super) fn datatype(element: Float) -> Datatype {
    match element {
        Float::F32 => Datatype::F32,
        Float::F64 => Datatype::F64,
    }
}
