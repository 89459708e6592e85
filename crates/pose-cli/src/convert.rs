//! `pose convert`.

use std::borrow::Cow;

use indicatif::{ProgressBar, ProgressStyle};
use pose_frame::{Filter, LongNames};
use pose_io::hdf5::{Compression, Storage};
use pose_io::nwb::SourceVideo;
use pose_io::parquet::{Layout, Narrow};
use pose_io::{Converted, Existing, Format, NwbOptions, SourceLayout, Stage, convert};
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
}

pub(crate) fn run(args: &ConvertArgs) -> anyhow::Result<Outcome> {
    run_filtered(args, None)
}

/// Converts what a filter leaves.
pub(crate) fn run_filtered(args: &ConvertArgs, filter: Option<Filter>) -> anyhow::Result<Outcome> {
    let mut options = stores::convert_options();
    options.filter = filter;
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

    // Drawn on standard error, and only when that is a terminal.
    let style = ProgressStyle::with_template("{bar:40} {msg} frame {human_pos} of {human_len}")?;
    let bar = ProgressBar::new(0).with_style(style);
    let converted = convert(&args.input, &args.output, &options, &|at| {
        bar.set_message(match at.stage {
            Stage::Writing => "writing",
            Stage::Verifying => "verifying",
        });
        bar.set_length(at.num_frames as u64);
        bar.set_position(at.frames as u64);
    });
    bar.finish_and_clear();
    let converted = converted?;

    if let Some(path) = &converted.read_instead {
        say(format_args!("{} is not there, {} was read", args.input.display(), path.display()));
    }
    for finding in &converted.findings {
        say(format_args!("nwbinspector would say: {finding}"));
    }
    for note in &converted.notes {
        say(format_args!("note: {note}"));
    }
    if let Some(rows) = converted.long_rows {
        say(format_args!("{} is a long table of {}", args.input.display(), human::counted(rows, "row")));
    }
    for loss in &converted.losses {
        say(format_args!("note: {loss}"));
    }
    if args.json {
        output::json(&Report {
            source: converted.read_instead.as_ref().unwrap_or(&args.input).to_string_lossy(),
            target: args.output.to_string_lossy(),
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
        })?;
    } else {
        print(args, &converted);
    }
    Ok(Outcome::Done)
}

fn nwb_options(args: &ConvertArgs) -> anyhow::Result<NwbOptions> {
    let mut options = NwbOptions::default();
    for file in [&args.session, &args.subject].into_iter().flatten() {
        options.write.session.read_into(file)?;
    }
    if let Some(start) = args.session_start
        && options.write.session.session_start_time.replace(start).is_some()
    {
        anyhow::bail!("--session-start: the file about the session has session_start_time already");
    }
    options.write.key.clone_from(&args.to_key);
    options.write.version = args.ndx_pose.unwrap_or_default();
    options.write.video = args.video.as_ref().map(SourceVideo::new);
    options.write.unit.clone_from(&args.unit);
    options.start_seconds = args.start.unwrap_or_default();
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
        (args.video.is_some(), "--video", NWB),
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

fn print(args: &ConvertArgs, converted: &Converted) {
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
        args.output.display(),
        human::counted(converted.num_frames, "frame"),
        human::counted(converted.num_columns, "column"),
        human::bytes(converted.target_bytes),
        human::bytes(converted.source_bytes),
        human::duration(converted.elapsed),
    ));
}
