//! `pose convert`.

use std::borrow::Cow;

use indicatif::{ProgressBar, ProgressStyle};
use pose_frame::{Filter, LongNames};
use pose_io::hdf5::{Compression, Storage};
use pose_io::parquet::{Layout, Narrow};
use pose_io::{Converted, Existing, Format, SourceLayout, Stage, convert};
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
    seconds: f64,
    /// What the target has no place for.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    losses: &'a [String],
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
    let format = options.format.or_else(|| Format::of_name(&args.output));
    refuse_flags_of_others(args, format)?;

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
            seconds: converted.elapsed.as_secs_f64(),
            losses: &converted.losses,
        })?;
    } else {
        print(args, &converted);
    }
    Ok(Outcome::Done)
}

/// Flags that say how one format is written say nothing of another.
fn refuse_flags_of_others(args: &ConvertArgs, format: Option<Format>) -> anyhow::Result<()> {
    let of_hdf5 = [
        (args.append, "--append"),
        (args.hdf5_format.is_some(), "--hdf5-format"),
        (args.to_key.is_some(), "--to-key"),
        (args.compression != Compression::None, "--compression"),
    ];
    let of_parquet = [
        (args.layout == Some(TableLayout::Long), "--layout long"),
        (args.profile.is_some(), "--profile"),
        (args.narrow, "--narrow"),
    ];
    let of_either = [(args.fps.is_some(), "--fps")];
    let given =
        |flags: &[(bool, &'static str)]| flags.iter().find(|(given, _)| *given).map(|(_, flag)| *flag);
    let (wrong, whose, what) = match format {
        Some(Format::Parquet) => (given(&of_hdf5), "HDF5", "Parquet"),
        Some(Format::Hdf5) => (given(&of_parquet), "Parquet", "HDF5"),
        Some(Format::Csv) => match given(&of_hdf5) {
            Some(flag) => (Some(flag), "HDF5", "CSV"),
            None => match given(&of_parquet) {
                Some(flag) => (Some(flag), "Parquet", "CSV"),
                None => (given(&of_either), "Parquet and HDF5", "CSV"),
            },
        },
        _ => return Ok(()),
    };
    match wrong {
        Some(flag) => anyhow::bail!("{flag} is for {whose}, and {} is to be {what}", args.output.display()),
        None => Ok(()),
    }
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
