//! Positions in images: a training frame for each row.

use hdf5_file::{Attribute, FileWriter, Group};
use pose_frame::{PoseFrame, PoseTable, RowIndex, Selection, default_batch_frames};

use super::beside::Beside;
use super::objects::Objects;
use super::poses::{Context, datatype};
use super::series::Numbers;
use super::{MODULE, NwbWriteError, link, video};
use crate::note::{Note, Place};
use crate::plan::{Body, Float};

/// The values of all frames, by individual: as they are stored, node by node.
pub(super) struct Frames {
    bodies: Vec<Vec<u8>>,
    /// The number that the image of a row has in its name.
    numbers: Vec<Option<u32>>,
}

/// Reads the values. Labels are set by hand: there are never many of them.
pub(super) fn read(
    context: &Context<'_>,
    beside: &mut Beside,
    writer: &mut FileWriter,
) -> Result<Frames, NwbWriteError> {
    let schema = context.table.schema();
    let mut frames =
        Frames { bodies: context.plan.bodies.iter().map(|_| Vec::new()).collect(), numbers: Vec::new() };
    for batch in context.table.batches(&Selection::all(), default_batch_frames(schema))? {
        let batch = batch?;
        for (body, bytes) in context.plan.bodies.iter().zip(&mut frames.bodies) {
            put_nodes(body, &batch, bytes);
        }
        frames.numbers.extend((0..batch.num_frames()).map(|row| image_number(batch.index(), row)));
        beside.write(writer, &batch)?;
    }
    Ok(frames)
}

/// Coords of a node.
fn num_axes(body: &Body) -> usize {
    if body.is_3d() { 3 } else { 2 }
}

fn element_of(body: &Body) -> Float {
    body.points.first().map_or(Float::F64, |point| point.element)
}

fn put_nodes(body: &Body, batch: &PoseFrame, bytes: &mut Vec<u8>) {
    let columns: Vec<Numbers<'_>> = body
        .points
        .iter()
        .flat_map(|point| (0..num_axes(body)).map(|axis| point.axes.get(axis)))
        .map(|column| column.map_or(Numbers::Missing, |&column| Numbers::of(&batch.columns()[column])))
        .collect();
    for row in 0..batch.num_frames() {
        for column in &columns {
            match (element_of(body), column) {
                (Float::F32, Numbers::F32(values)) => bytes.extend(values[row].to_le_bytes()),
                (Float::F32, _) => bytes.extend(f32::NAN.to_le_bytes()),
                (Float::F64, column) => bytes.extend(column.f64(row).to_le_bytes()),
            }
        }
    }
}

/// The number at the end of the name of an image: `img0042.png` is frame 42 of its video.
fn image_number(index: &RowIndex, row: usize) -> Option<u32> {
    use arrow_array::cast::AsArray;
    let levels = index.slice(row..row + 1).to_levels();
    let texts = levels.last()?.values.as_string_opt::<i32>()?.iter().next().flatten()?.to_owned();
    let stem = texts.rsplit(['/', '\\']).next()?.rsplit_once('.').map(|(stem, _)| stem.to_owned())?;
    let digits = stem.len() - stem.bytes().rev().take_while(u8::is_ascii_digit).count();
    stem[digits..].parse().ok()
}

/// What a frame is called: in the order of the rows.
fn frame_name(row: usize) -> String {
    format!("frame_{row:06}")
}

/// The group. Notes where the columns are.
pub(super) fn group(
    objects: &mut Objects<'_>,
    context: &Context<'_>,
    frames: &Frames,
    note: &mut Note,
) -> Result<Group, NwbWriteError> {
    let path = format!("{MODULE}/{}", context.bodies.training);
    let frames_path = format!("{path}/training_frames");
    let mut all = objects.group(&frames_path, ("ndx-pose", "TrainingFrames"));
    for row in 0..context.table.num_frames() {
        let name = frame_name(row);
        let frame = frame(objects, context, frames, row, &format!("{frames_path}/{name}"))?;
        all.insert(&name, frame)?;
    }
    for (body, names) in context.plan.bodies.iter().zip(&context.bodies.all) {
        for (node, point) in body.points.iter().enumerate() {
            for (axis, &column) in point.axes.iter().enumerate() {
                note.columns[column].place = Place {
                    axis: Some(axis),
                    node: Some((names.container.clone(), node)),
                    ..Place::of(frames_path.as_str())
                };
            }
        }
    }
    let mut group = objects.group(&path, ("ndx-pose", "PoseTraining"));
    group.insert("training_frames", all)?;
    Ok(group)
}

fn frame(
    objects: &mut Objects<'_>,
    context: &Context<'_>,
    frames: &Frames,
    row: usize,
    path: &str,
) -> Result<Group, NwbWriteError> {
    let mut frame = objects.group(path, ("ndx-pose", "TrainingFrame"));
    if let Some(scorer) = context.plan.bodies.first().and_then(|body| body.scorer.as_ref()) {
        frame.attributes.push(Attribute::variable_text("annotator", scorer.as_str()));
    }
    if let Some(video) = video::path_of(context) {
        frame.insert("source_video", link(video))?;
        if let Some(number) = frames.numbers.get(row).copied().flatten() {
            frame.attributes.push(Attribute::number("source_video_frame_index", number));
        }
    }
    let path = format!("{path}/skeleton_instances");
    let mut instances = objects.group(&path, ("ndx-pose", "SkeletonInstances"));
    let bodies = context.plan.bodies.iter().zip(&context.bodies.all).zip(&frames.bodies);
    for (number, ((body, names), bytes)) in bodies.enumerate() {
        let row_bytes = body.points.len() * num_axes(body) * element_of(body).size();
        let nodes = &bytes[row * row_bytes..(row + 1) * row_bytes];
        if is_absent(element_of(body), nodes) {
            continue;
        }
        let path = format!("{path}/{}", names.container);
        let mut instance = objects.group(&path, ("ndx-pose", "SkeletonInstance"));
        instance.attributes.push(match u8::try_from(number) {
            Ok(number) => Attribute::number("id", number),
            Err(_) => Attribute::number("id", u32::try_from(number).unwrap_or(u32::MAX)),
        });
        let shape = [body.points.len() as u64, num_axes(body) as u64];
        let address = objects.writer.reserve(nodes.len() as u64)?;
        objects.writer.write_at(address, nodes)?;
        instance.insert("node_locations", Objects::stored(datatype(element_of(body)), &shape, address))?;
        instance.insert(&names.skeleton, link(format!("{MODULE}/Skeletons/{}", names.skeleton)))?;
        instances.insert(&names.container, instance)?;
    }
    frame.insert("skeleton_instances", instances)?;
    Ok(frame)
}

/// Whether nothing was set in a frame: every number is the NaN that a missing one is read as.
fn is_absent(element: Float, nodes: &[u8]) -> bool {
    match element {
        Float::F32 => nodes.chunks_exact(4).all(|bytes| bytes == f32::NAN.to_le_bytes()),
        Float::F64 => nodes.chunks_exact(8).all(|bytes| bytes == f64::NAN.to_le_bytes()),
    }
}
