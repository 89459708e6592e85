//! The video that the frames are of.

use hdf5_file::{Attribute, Dataset, Datatype, Group, Storage};
use pose_frame::FrameSize;

use super::objects::Objects;
use super::poses::Context;
use super::times::Times;
use super::{NwbWriteError, data_attributes, link};
use crate::names::Names;
use crate::timing::{Clock, Timing};

/// The series of images that a video is, by its name in `/acquisition`.
fn name_of(path: &str) -> String {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    Names::default().take(if stem.is_empty() { "video" } else { stem })
}

/// What is linked.
pub(super) fn path_of(context: &Context<'_>) -> Option<String> {
    let video = context.options.video.as_ref()?;
    Some(format!("/acquisition/{}", name_of(&video.path)))
}

/// What was acquired: the video, where it is to be linked.
pub(super) fn acquisition(objects: &mut Objects<'_>, context: &Context<'_>) -> Result<Group, NwbWriteError> {
    let mut group = Group::default();
    let (Some(video), Some(path)) = (&context.options.video, path_of(context)) else { return Ok(group) };
    // A session may have several tables of one video.
    if objects.writer.existing(&path)?.is_some() {
        return Ok(group);
    }
    let mut series = objects.described(&path, ("core", "ImageSeries"), "The video that the poses are of.");
    series.attributes.push(Attribute::variable_text("comments", "no comments"));
    let none = Storage::Contiguous { address: 0, bytes: 0 };
    let data = Dataset::new(Datatype::Integer { size: 1, signed: false }, &[0, 0, 0], none);
    series.insert("data", data.with_attributes(data_attributes("n.a.")))?;
    if let Some(size) = video.frame_size.or(context.metadata.frame_size) {
        series.insert("dimension", objects.numbers(&[size.width, size.height], &[2])?)?;
    }
    let starting_frame = Attribute::numbers("starting_frame", &[0i32]);
    let file = objects.texts(&[&video.path])?.with_attributes(vec![starting_frame]);
    series.insert("external_file", file)?;
    series.insert("format", objects.text("external")?)?;
    let rows = context.table.num_frames() as u64;
    let frames = video.num_frames.or(context.metadata.video_frames).unwrap_or(rows);
    series.insert("num_samples", objects.number(u32::try_from(frames).unwrap_or(u32::MAX))?)?;
    put_times(objects, &mut series, &path, context)?;
    group.insert(&name_of(&video.path), series)?;
    Ok(group)
}

/// When the frames of the video were taken: those of the table may be some of them only.
fn put_times(
    objects: &mut Objects<'_>,
    series: &mut Group,
    path: &str,
    context: &Context<'_>,
) -> Result<(), NwbWriteError> {
    let mut times = match (&context.options.timing, context.metadata.frame_rate_hz, context.clock) {
        (&Some(Timing::Rate { hz, start_seconds }), _, _) => Times::Regular { start_seconds, rate_hz: hz },
        (None, Some(hz), _) => Times::Regular { start_seconds: 0.0, rate_hz: hz },
        (_, _, Some(&Clock::Moments(moments))) => Times::of_moments(objects.writer, moments)?,
        (
            _,
            _,
            Some(&(Clock::Regular { start_seconds, rate_hz } | Clock::Numbered { start_seconds, rate_hz })),
        ) => Times::Regular { start_seconds, rate_hz },
        // Whoever labels images need not know when they were taken, and NWB does.
        (_, _, None) => Times::Regular { start_seconds: 0.0, rate_hz: 1.0 },
    };
    times.put(objects, series, path)
}

/// Says in a group of estimates which video they are of.
pub(super) fn put(
    objects: &mut Objects<'_>,
    group: &mut Group,
    context: &Context<'_>,
) -> Result<(), NwbWriteError> {
    let version = context.options.version;
    if let Some(path) = path_of(context).filter(|_| version.links_videos()) {
        group.insert("source_video", link(path))?;
    }
    if !version.names_videos() {
        return Ok(());
    }
    let linked = context.options.video.as_ref();
    if let Some(name) = linked.map(|video| &video.path).or(context.metadata.video.as_ref()) {
        group.insert("original_videos", objects.texts(&[name])?)?;
        let size = linked.and_then(|video| video.frame_size).or(context.metadata.frame_size);
        if let Some(FrameSize { width, height }) = size {
            group.insert("dimensions", objects.numbers(&[width, height], &[1, 2])?)?;
        }
    }
    Ok(())
}
