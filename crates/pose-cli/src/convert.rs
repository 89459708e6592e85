//! `pose convert`.

mod timestamps;
mod video;

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use pose_frame::{Filter, LongNames};
use pose_io::hdf5::{Compression, Storage};
use pose_io::nwb::{SourceVideo, Timing};
use pose_io::parquet::{Layout, Narrow};
use pose_io::{
    ConvertOptions, ConvertProgress, Converted, DamagedPacks, Existing, Format, NwbOptions, SourceLayout,
    Stage, convert, convert_individuals,
};
use serde::Serialize;

use crate::args::{ConvertArgs, Hdf5Format, TableLayout};
use crate::human;
use crate::output::{self, Outcome, say};
use crate::stores;

#[derive(Serialize)]
struct Report<'a> {
    source: Cow<'a, str>,
    target: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    long_rows: Option<usize>,
    rows: usize,
    columns: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_rows: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_columns: Option<usize>,
    source_bytes: u64,
    target_bytes: u64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    findings: &'a [String],
    seconds: f64,
    /// What the target has no place for.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    losses: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
    /// What is lost of a damaged packed table.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    lost: &'a [String],
}

/// What is printed of several files that were made of one.
#[derive(Serialize)]
struct Reports<'a> {
    files: &'a [Report<'a>],
}

pub(crate) fn run(args: &ConvertArgs) -> anyhow::Result<Outcome> {
    run_of(args, stores::convert_options())
}

/// Converts what a filter leaves.
pub(crate) fn run_filtered(args: &ConvertArgs, filter: Option<Filter>) -> anyhow::Result<Outcome> {
    let mut options = stores::convert_options();
    options.filter = filter;
    run_of(args, options)
}

/// Converts what is left of a packed table.
pub(crate) fn run_salvaging(args: &ConvertArgs) -> anyhow::Result<Outcome> {
    let mut options = stores::convert_options();
    options.damaged_packs = DamagedPacks::WhatIsLeft;
    run_of(args, options)
}

fn run_of(args: &ConvertArgs, mut options: ConvertOptions) -> anyhow::Result<Outcome> {
    options.key.clone_from(&args.key);
    options.format = args.to.map(Into::into);
    options.existing = if args.force { Existing::Replace } else { Existing::Keep };
    options.frame_rate_hz = args.fps;
    options.hdf5.key.clone_from(&args.to_key);
    options.hdf5.storage = args.hdf5_format.map(|format| match format {
        Hdf5Format::Table => Storage::Table,
        Hdf5Format::Fixed => Storage::Fixed,
    });
    options.hdf5.compression = args.compression;
    options.hdf5.append = args.append;
    if let Some(profile) = args.profile {
        options.parquet.profile = profile.into();
    }
    if args.narrow {
        options.parquet.narrow = Narrow::WhereExact;
    }
    let names = args.long_names.map(LongNames::from);
    match args.layout {
        Some(TableLayout::Long) => options.parquet.layout = Layout::Long(names.unwrap_or_default()),
        Some(TableLayout::Wide) => {
            options.source_layout = names.map_or(SourceLayout::LongWhereItLooksSo, SourceLayout::Long);
        }
        None => {}
    }
    options.nwb = nwb_options(args)?;
    if let Some(format) = options.format.or_else(|| Format::of_name(&args.output)) {
        refuse_flags_of_others(args, format)?;
    }
    let probed = video::probe_linked(args);
    if let Some(Ok(probed)) = &probed {
        options.nwb.video_rate_hz = probed.rate_hz;
        if let Some(video) = &mut options.nwb.write.video {
            (video.frame_size, video.num_frames) = (probed.frame_size, probed.num_frames);
        }
    }

    // Drawn on standard error, and only when that is a terminal.
    let style = ProgressStyle::with_template("{bar:40} {msg} {human_pos} of {human_len}")?;
    let bar = ProgressBar::new(0).with_style(style);
    let progress = |at: ConvertProgress| {
        let (what, done, all) = match at.stage {
            Stage::Copying { bytes, num_bytes } => ("copying, byte", bytes, num_bytes),
            Stage::Writing => ("writing, frame", at.frames as u64, at.num_frames as u64),
            Stage::Verifying => ("verifying, frame", at.frames as u64, at.num_frames as u64),
        };
        bar.set_message(what);
        bar.set_length(all);
        bar.set_position(done);
    };
    let converted = if args.per_individual {
        convert_individuals(&args.input, &args.output, &options, &progress)
            .map(|all| all.into_iter().map(|made| (made.target, made.converted)).collect())
    } else {
        convert(&args.input, &args.output, &options, &progress)
            .map(|converted| vec![(args.output.clone(), converted)])
    };
    bar.finish_and_clear();
    let mut converted: Vec<(PathBuf, Converted)> = match (converted, &probed) {
        (Err(error), Some(Err(why))) if video::is_without_timing(&error) => {
            return Err(anyhow::Error::new(error).context(why.to_string()));
        }
        (converted, _) => converted?,
    };
    let said_of_video = match (&probed, converted.first()) {
        (Some(Ok(probed)), Some((_, first))) => probed.notes(first.num_frames, args.fps),
        _ => Vec::new(),
    };
    for (_, converted) in &mut converted {
        converted.notes.extend(said_of_video.iter().cloned());
    }
    if let Some((_, first)) = converted.first() {
        tell_source(args, first);
    }
    let mut reports = Vec::new();
    for (target, converted) in &converted {
        tell_target(converted);
        if args.json {
            reports.push(report(args, target, converted));
        } else {
            print(target, converted);
        }
    }
    match reports.as_slice() {
        [] => {}
        [report] if !args.per_individual => output::json(report)?,
        files => output::json(&Reports { files })?,
    }
    let is_whole = converted.iter().all(|(_, converted)| converted.lost.is_empty());
    Ok(if is_whole { Outcome::Done } else { Outcome::Different })
}

/// What was read.
fn tell_source(args: &ConvertArgs, converted: &Converted) {
    if let Some(path) = &converted.read_instead {
        say(format_args!("{} is not there, {} was read", args.input.display(), path.display()));
    }
    for note in &converted.notes {
        say(format_args!("note: {note}"));
    }
    for lost in &converted.lost {
        say(format_args!("lost: {lost}"));
    }
    if let Some(rows) = converted.long_rows {
        say(format_args!("{} is a long table of {}", args.input.display(), human::counted(rows, "row")));
    }
}

/// What a user may want to know of what was written.
fn tell_target(converted: &Converted) {
    for finding in &converted.findings {
        say(format_args!("nwbinspector would say: {finding}"));
    }
    for loss in &converted.losses {
        say(format_args!("note: {loss}"));
    }
}

fn report<'a>(args: &'a ConvertArgs, target: &'a Path, converted: &'a Converted) -> Report<'a> {
    Report {
        source: converted.read_instead.as_ref().unwrap_or(&args.input).to_string_lossy(),
        target: target.to_string_lossy(),
        long_rows: converted.long_rows,
        rows: converted.num_frames,
        columns: converted.num_columns,
        source_rows: converted.unfiltered.map(|(rows, _)| rows),
        source_columns: converted.unfiltered.map(|(_, columns)| columns),
        source_bytes: converted.source_bytes,
        target_bytes: converted.target_bytes,
        findings: &converted.findings,
        seconds: converted.elapsed.as_secs_f64(),
        losses: &converted.losses,
        notes: &converted.notes,
        lost: &converted.lost,
    }
}

fn nwb_options(args: &ConvertArgs) -> anyhow::Result<NwbOptions> {
    let mut options = NwbOptions::default();
    for file in [&args.session, &args.subject].into_iter().flatten() {
        options.write.session.read_into(file)?;
    }
    let known = &mut options.write.session.session_start_time;
    if args.session_start.is_some_and(|start| known.replace(start).is_some()) {
        anyhow::bail!("--session-start: the file about the session has session_start_time already");
    }
    options.write.key.clone_from(&args.to_key);
    options.write.version = args.ndx_pose.unwrap_or_default();
    options.write.video = args.video.as_ref().map(SourceVideo::new);
    options.write.unit.clone_from(&args.unit);
    options.start_seconds = args.start.unwrap_or_default();
    if let Some(file) = &args.timestamps {
        options.write.timing = Some(Timing::timestamps(timestamps::read(file)?));
    }
    options.append = args.append;
    Ok(options)
}

/// Refuses what was asked for and would have no effect.
fn refuse_flags_of_others(args: &ConvertArgs, format: Format) -> anyhow::Result<()> {
    const PARQUET: &[Format] = &[Format::Parquet];
    const HDF5: &[Format] = &[Format::Hdf5];
    const NWB: &[Format] = &[Format::Nwb];
    const HDF5_AND_NWB: &[Format] = &[Format::Hdf5, Format::Nwb];
    const ALL_BUT_CSV: &[Format] = &[Format::Parquet, Format::Hdf5, Format::Nwb];
    let given = [
        (args.layout == Some(TableLayout::Long), "--layout long", PARQUET),
        (args.profile.is_some(), "--profile", PARQUET),
        (args.narrow, "--narrow", PARQUET),
        (args.hdf5_format.is_some(), "--hdf5-format", HDF5),
        (args.compression != Compression::None, "--compression", HDF5),
        (args.append, "--append", HDF5_AND_NWB),
        (args.to_key.is_some(), "--to-key", HDF5_AND_NWB),
        (args.fps.is_some(), "--fps", ALL_BUT_CSV),
        (args.session.is_some(), "--session", NWB),
        (args.subject.is_some(), "--subject", NWB),
        (args.session_start.is_some(), "--session-start", NWB),
        (args.start.is_some(), "--start", NWB),
        (args.timestamps.is_some(), "--timestamps", NWB),
        (args.video.is_some(), "--video", NWB),
        (args.per_individual, "--per-individual", NWB),
        (args.ndx_pose.is_some(), "--ndx-pose", NWB),
        (args.unit.is_some(), "--unit", NWB),
    ];
    let wrong = given.iter().find(|(is_given, _, formats)| *is_given && !formats.contains(&format));
    if let Some((_, flag, formats)) = wrong {
        let name = |format: &Format| match format {
            Format::Hdf5 => "HDF5",
            Format::Nwb => "NWB",
            Format::Csv => "CSV",
            _ => "Parquet",
        };
        let formats: Vec<&str> = formats.iter().map(name).collect();
        let (formats, output) = (formats.join(" and "), args.output.display());
        anyhow::bail!("{flag} is for {formats}, and {output} is to be {}", name(&format));
    }
    Ok(())
}

fn print(target: &Path, converted: &Converted) {
    if let Some((rows, columns)) = converted.unfiltered {
        say(format_args!(
            "left: {} of {}, {} of {}",
            human::count(converted.num_frames),
            human::counted(rows, "frame"),
            human::count(converted.num_columns),
            human::counted(columns, "column"),
        ));
    }
    say(format_args!(
        "{}: {} × {}, {} from {}, verified bit for bit, in {}",
        target.display(),
        human::counted(converted.num_frames, "frame"),
        human::counted(converted.num_columns, "column"),
        human::bytes(converted.target_bytes),
        human::bytes(converted.source_bytes),
        human::duration(converted.elapsed),
    ));
}
