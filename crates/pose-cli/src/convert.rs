//! `pose convert`.

use std::borrow::Cow;

use indicatif::{ProgressBar, ProgressStyle};
use pose_frame::LongNames;
use pose_io::hdf5::{Compression, Storage};
use pose_io::parquet::{Layout, Narrow};
use pose_io::{Existing, Format, SourceLayout, Stage, convert};
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
    source_bytes: u64,
    target_bytes: u64,
    seconds: f64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

pub(crate) fn run(args: &ConvertArgs) -> anyhow::Result<Outcome> {
    let mut options = stores::convert_options();
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
    let format = options.format.or_else(|| Format::of_name(&args.output));
    if format == Some(Format::Parquet) {
        let given = [
            (args.append, "--append"),
            (args.hdf5_format.is_some(), "--hdf5-format"),
            (args.to_key.is_some(), "--to-key"),
            (args.compression != Compression::None, "--compression"),
        ];
        if let Some((_, flag)) = given.iter().find(|(is_given, _)| *is_given) {
            anyhow::bail!("{flag} is for HDF5, and {} is to be Parquet", args.output.display());
        }
    }

    if format == Some(Format::Hdf5) {
        let given = [
            (args.layout == Some(TableLayout::Long), "--layout long"),
            (args.profile.is_some(), "--profile"),
            (args.narrow, "--narrow"),
        ];
        if let Some((_, flag)) = given.iter().find(|(is_given, _)| *is_given) {
            anyhow::bail!("{flag} is for Parquet, and {} is to be HDF5", args.output.display());
        }
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
    for note in &converted.notes {
        say(format_args!("note: {note}"));
    }
    if let Some(rows) = converted.long_rows {
        say(format_args!("{} is a long table of {}", args.input.display(), human::counted(rows, "row")));
    }
    if args.json {
        output::json(&Report {
            source: converted.read_instead.as_ref().unwrap_or(&args.input).to_string_lossy(),
            target: args.output.to_string_lossy(),
            long_rows: converted.long_rows,
            rows: converted.num_frames,
            columns: converted.num_columns,
            source_bytes: converted.source_bytes,
            target_bytes: converted.target_bytes,
            seconds: converted.elapsed.as_secs_f64(),
            notes: &converted.notes,
        })?;
    } else {
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
    Ok(Outcome::Done)
}
