//! Writing.

mod beside;
mod body;
mod column;
mod document;
mod error;
mod objects;
mod options;
mod poses;
mod series;
mod times;
mod training;
mod video;

use std::fs::File;

use hdf5_file::{Attribute, ExistingKind, FileWriter, Group, Object};
use pose_frame::{FilteredTable, IndexSchema, PoseTable, TableKind};

use beside::Beside;
use body::{Bodies, TakenNames};
use objects::Objects;

use crate::note::Note;
use crate::plan::{Grain, NoPlan, Plan};
use crate::timing::{Clock, Numbering, Timing};

pub use error::{NwbWriteError, NwbWriteErrorKind};
pub(crate) use options::is_absolute;
pub use options::{Form, SourceVideo, USUAL_KEY, WriteOptions};

/// The module that poses are in.
pub(crate) const MODULE: &str = "/processing/behavior";

/// Writes a table to a new NWB file, and gives the file back.
///
/// The file should be empty and open for reading and writing. Rows are written as they are read, in batches, and the table
/// is read once; its row labels, and its texts if it has any, once more before.
///
/// # Missing values
///
/// Floats are written with their bits. A confidence that the table does not have is NaN.
///
/// # Errors
///
/// When the table holds no poses, has none of an individual that is to be written, or cannot be read, when nothing says when the session began or the frames were taken, when
/// an option contradicts the table, or when the file cannot be written.
///
/// # Examples
///
/// ```
/// use pose_frame::testing::predictions;
/// use pose_nwb::{Timing, WriteOptions, write_table};
///
/// let mut options = WriteOptions::default().with_timing(Timing::rate(30.0));
/// options.session.session_start_time = Some("2023-10-30T14:05:00+01:00".parse()?);
/// let file = write_table(&predictions(100), tempfile::tempfile()?, &options)?;
/// assert!(file.metadata()?.len() > 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_table(table: &dyn PoseTable, file: File, options: &WriteOptions) -> Result<File, NwbWriteError> {
    write(table, FileWriter::create(file)?, options, Target::New)
}

/// Adds a table to an NWB file, and gives the file back. What is in the file stays where it is, and its session and subject
/// are those of the file: those of the options are passed over.
///
/// Work on a copy: if this fails midway, the file is of no use.
///
/// # Errors
///
/// As [`write_table`], and when the file is no NWB file, has a table of this key, or is laid out in a way that cannot be
/// added to.
pub fn append_table(
    table: &dyn PoseTable,
    file: File,
    options: &WriteOptions,
) -> Result<File, NwbWriteError> {
    let writer = FileWriter::append(file)?;
    for (path, missing) in [("/session_start_time", "session_start_time"), ("/identifier", "identifier")] {
        if writer.existing(path)? != Some(ExistingKind::Dataset) {
            return Err(NwbWriteErrorKind::NotNwb { missing }.into());
        }
    }
    write(table, writer, options, Target::Existing)
}

/// What a table is written into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    New,
    Existing,
}

fn write(
    table: &dyn PoseTable,
    writer: FileWriter,
    options: &WriteOptions,
    target: Target,
) -> Result<File, NwbWriteError> {
    match options.filter() {
        None => write_all(table, writer, options, target),
        Some(filter) => write_all(&FilteredTable::new(table, &filter)?, writer, options, target),
    }
}

fn write_all(
    table: &dyn PoseTable,
    mut writer: FileWriter,
    options: &WriteOptions,
    target: Target,
) -> Result<File, NwbWriteError> {
    let key = options.checked_key()?;
    if target == Target::New && options.session.session_start_time.is_none() {
        return Err(NwbWriteErrorKind::NoSessionStart.into());
    }
    if writer.existing(&format!("/scratch/{key}"))?.is_some() {
        return Err(NwbWriteErrorKind::Taken { path: format!("/scratch/{key}") }.into());
    }
    let schema = table.schema();
    let form = options.form.unwrap_or_else(|| usual_form(table));
    let grain = match form {
        Form::Estimation => Grain::Point,
        Form::Training => Grain::Body,
    };
    let plan = Plan::of(schema, grain).map_err(|no_plan| match no_plan {
        NoPlan::Kind(kind) => NwbWriteErrorKind::NotPoses { kind },
        NoPlan::NoPoints => NwbWriteErrorKind::NoPoints,
    })?;
    let mut metadata = options.metadata.clone().unwrap_or_else(|| schema.metadata().clone());
    if let Some(Timing::Rate { hz, .. }) = options.timing {
        metadata.frame_rate_hz = Some(hz);
    }
    let numbering = Numbering::of(table)?;
    let clock = match form {
        Form::Estimation => Some(clock(table, options, &metadata, numbering)?),
        Form::Training => None,
    };
    options.check_video()?;

    let bodies = Bodies::name(&plan, form, &TakenNames::of(&writer));
    let rows = table.num_frames() as u64;
    let levels = schema.levels().iter().map(|name| name.as_deref().map(str::to_owned)).collect();
    let mut note = Note::new(schema.kind(), rows, levels, metadata.clone());
    let mut beside = Beside::reserve(table, &plan, numbering, key, &mut writer)?;
    let context = poses::Context {
        table,
        options,
        metadata: &metadata,
        plan: &plan,
        bodies: &bodies,
        clock: clock.as_ref(),
    };

    // First what there is much of, then what describes it.
    let values = match &clock {
        Some(clock) => poses::Values::Series(series::write(&context, clock, &mut beside, &mut writer)?),
        None => poses::Values::Frames(training::read(&context, &mut beside, &mut writer)?),
    };
    let mut root = Group::default();
    let mut objects = Objects { writer: &mut writer, ids: &options.ids };
    if target == Target::New {
        let description = poses::session_description(&metadata);
        document::put_session(&mut objects, &mut root, options, &description)?;
    } else if objects.writer.existing("/specifications")? == Some(ExistingKind::Group) {
        put_specification(&mut objects, &mut root, options)?;
    }
    let module = poses::module(&mut objects, &context, values, &mut note)?;
    let mut processing = Group::default().as_folder();
    processing.insert("behavior", module.as_folder())?;
    root.insert("processing", processing)?;
    root.insert("acquisition", video::acquisition(&mut objects, &context)?.as_folder())?;
    root.insert("scratch", beside.finish(&mut objects, schema, &mut note)?.as_folder())?;
    *writer.root() = root;
    Ok(writer.finish()?)
}

/// How a table is written when nobody said: what a person set in images as training frames, everything else in time.
fn usual_form(table: &dyn PoseTable) -> Form {
    let schema = table.schema();
    let counted = match schema.index() {
        IndexSchema::Range { .. } => true,
        IndexSchema::Labels(field) => field.data_type.is_integer(),
        IndexSchema::Multi(_) => false,
    };
    if schema.kind() == TableKind::Labels && !counted { Form::Training } else { Form::Estimation }
}

fn clock<'a>(
    table: &dyn PoseTable,
    options: &'a WriteOptions,
    metadata: &pose_frame::Metadata,
    numbering: Numbering,
) -> Result<Clock<'a>, NwbWriteError> {
    let (hz, start_seconds) = match (&options.timing, metadata.frame_rate_hz) {
        (Some(Timing::Timestamps(moments)), _) if moments.len() != table.num_frames() => {
            let (expected, found) = (table.num_frames(), moments.len());
            return Err(NwbWriteErrorKind::Timestamps { expected, found }.into());
        }
        (Some(Timing::Timestamps(moments)), _) => return Ok(Clock::of_moments(moments)),
        (&Some(Timing::Rate { hz, start_seconds }), _) => (hz, start_seconds),
        (None, Some(hz)) => (hz, 0.0),
        (None, None) => return Err(NwbWriteErrorKind::NoTiming.into()),
    };
    if !hz.is_finite() || hz <= 0.0 {
        return Err(NwbWriteErrorKind::Rate { rate_hz: hz }.into());
    }
    if !start_seconds.is_finite() {
        return Err(NwbWriteErrorKind::Start { start_seconds }.into());
    }
    Ok(Clock::of_rate(hz, start_seconds, numbering))
}

/// Adds the rules of poses to those that a file caches, unless it has them.
fn put_specification(
    objects: &mut Objects<'_>,
    root: &mut Group,
    options: &WriteOptions,
) -> Result<(), NwbWriteError> {
    let namespace = options.version.namespace();
    let path = format!("/specifications/{}/{}", namespace.name, namespace.version);
    if objects.writer.existing(&path)?.is_some() {
        return Ok(());
    }
    let mut all = Group::default().as_folder();
    document::put_namespace(objects, &mut all, &namespace)?;
    Ok(root.insert("specifications", all)?)
}

/// A link to an object of the file.
fn link(path: impl Into<String>) -> Object {
    Object::SoftLink(path.into())
}

/// The attributes of the data of a series.
fn data_attributes(unit: &str) -> Vec<Attribute> {
    vec![
        Attribute::number("conversion", 1.0f64),
        Attribute::number("offset", 0.0f64),
        // Not known.
        Attribute::number("resolution", -1.0f64),
        Attribute::variable_text("unit", unit),
    ]
}
