//! `pose pack`.

mod folder;

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use pose_io::recipe::{Contract, PackedArray, Recipe};
use pose_io::{
    ConvertProgress, Existing, PackTableOptions, PackedFile, PoseIoError, PoseIoErrorKind, Stage, Stop,
    is_packed, pack,
};
use serde::Serialize;

use crate::args::PackArgs;
use crate::human;
use crate::output::{self, Outcome, say};
use crate::recipe::{percent, promise, propose};
use crate::stores;

pub(crate) use self::folder::print_done;

#[derive(Serialize)]
struct Report<'a> {
    source: Cow<'a, str>,
    target: Cow<'a, str>,
    rows: usize,
    columns: usize,
    source_bytes: u64,
    target_bytes: u64,
    recipe: &'a Recipe,
    /// Why that recipe, where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    arrays: Vec<ArrayReport<'a>>,
    seconds: f64,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    notes: &'a [String],
}

#[derive(Serialize)]
struct ArrayReport<'a> {
    name: &'a str,
    max_error: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    psnr: Option<f64>,
}

pub(crate) fn run(args: &PackArgs, stop: &Stop) -> anyhow::Result<Outcome> {
    if is_folder(&args.input) {
        return folder::run(args, stop);
    }
    refuse_flags_of_folders(args)?;
    // Ways of packing are not tried in vain.
    if !args.force && args.target.symlink_metadata().is_ok() {
        return Err(PoseIoError::from(PoseIoErrorKind::Exists { path: args.target.clone() }).into());
    }
    let (recipe, reason) = if let Some(path) = &args.recipe {
        (read(path)?, None)
    } else {
        let opened = stores::open_noting(&args.input, args.key.clone())?;
        let found = propose(opened.table.as_ref(), &args.goal, stop)?;
        (found.recipe, Some(found.reason))
    };
    let mut options = PackTableOptions::default();
    options.open = stores::open_options(args.key.clone());
    options.existing = if args.force { Existing::Replace } else { Existing::Keep };
    options.stop = stop.clone();
    let bar = ProgressBar::new(0)
        .with_style(ProgressStyle::with_template("{bar:40} {msg} frame {human_pos} of {human_len}")?);
    let packed = pack(&args.input, &args.target, &recipe, &options, &|at: ConvertProgress| {
        bar.set_message(if at.stage == Stage::Verifying { "verifying" } else { "packing" });
        bar.set_length(at.num_frames as u64);
        bar.set_position(at.frames as u64);
    });
    bar.finish_and_clear();
    let packed = packed?;
    if args.json {
        output::json(&report(args, &packed, &recipe, reason.as_deref()))?;
    } else {
        print(args, &packed, &recipe, reason.as_deref());
    }
    Ok(Outcome::Done)
}

/// Whether there are files in it to pack. A packed table is one of its own.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir() && !is_packed(path)
}

fn read(path: &Path) -> anyhow::Result<Recipe> {
    let shown = || path.display().to_string();
    let json = fs::read(path).with_context(shown)?;
    Recipe::from_json(&json).with_context(shown)
}

/// Refuses what was asked for and would have no effect.
fn refuse_flags_of_folders(args: &PackArgs) -> anyhow::Result<()> {
    let batch = &args.batch;
    let given = [
        (args.pattern.is_some(), "--pattern"),
        (batch.no_recursive, "--no-recursive"),
        (batch.jobs.is_some(), "--jobs"),
        (batch.shard.is_some(), "--shard"),
        (batch.report.is_some(), "--report"),
        (batch.dry_run, "--dry-run"),
        (batch.verbose, "--verbose"),
    ];
    if let Some((_, flag)) = given.iter().find(|(is_given, _)| *is_given) {
        anyhow::bail!("{flag} is for folders, and {} is none", args.input.display());
    }
    Ok(())
}

fn report<'a>(
    args: &'a PackArgs,
    packed: &'a PackedFile,
    recipe: &'a Recipe,
    reason: Option<&'a str>,
) -> Report<'a> {
    let array = |array: &'a PackedArray| ArrayReport {
        name: &array.name,
        max_error: array.measured.max_error,
        psnr: array.measured.psnr,
    };
    Report {
        source: packed.read_instead.as_ref().unwrap_or(&args.input).to_string_lossy(),
        target: args.target.to_string_lossy(),
        rows: packed.num_frames,
        columns: packed.num_columns,
        source_bytes: packed.source_bytes,
        target_bytes: packed.target_bytes,
        recipe,
        reason,
        arrays: packed.arrays.iter().map(array).collect(),
        seconds: packed.elapsed.as_secs_f64(),
        notes: &packed.notes,
    }
}

fn print(args: &PackArgs, packed: &PackedFile, recipe: &Recipe, reason: Option<&str>) {
    for note in &packed.notes {
        say(format_args!("note: {note}"));
    }
    if let Some(reason) = reason {
        say(reason);
    }
    say(format_args!(
        "{}: {} × {}, {} from {} ({}), in {}",
        args.target.display(),
        human::counted(packed.num_frames, "frame"),
        human::counted(packed.num_columns, "column"),
        human::bytes(packed.target_bytes),
        human::bytes(packed.source_bytes),
        percent(packed.target_bytes, packed.source_bytes),
        human::duration(packed.elapsed),
    ));
    let lossy = recipe.arrays.iter().zip(&packed.arrays).filter_map(|(array, packed)| kept(array, packed));
    let lossy: Vec<String> = lossy.collect();
    if lossy.is_empty() {
        say("read back and compared: bit for bit");
    } else {
        say(format_args!("read back and compared: {}; all else bit for bit", lossy.join("; ")));
    }
}

/// What was promised of an array and seen to be kept, where that is not every bit.
fn kept(array: &pose_io::recipe::ArrayRecipe, packed: &PackedArray) -> Option<String> {
    let (name, error) = (&packed.name, human::number(packed.measured.max_error));
    let promised = promise(&array.contract);
    match &array.contract {
        Contract::Lossless => None,
        Contract::Quality { .. } => {
            let found =
                packed.measured.psnr.map_or_else(|| "every value".to_owned(), |psnr| format!("{psnr:.1} dB"));
            Some(format!("{name} with {found}, {promised}"))
        }
        _ => Some(format!("{name} {promised}, {error} at most")),
    }
}
