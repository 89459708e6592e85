//! `pose recipe`.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::time::Duration;

use indicatif::ProgressBar;
use pose_frame::PoseTable;
use pose_io::Stop;
use pose_io::recipe::{
    Candidate, Contract, ErrorKind, Goal, OnProgress, Outcome as Tried, Recipe, Stage, SuggestOptions,
    Suggestion, suggest,
};
use serde::Serialize;

use crate::args::{GoalArgs, MaxError, RecipeArgs};
use crate::grid::Grid;
use crate::human;
use crate::output::{self, Outcome, say};
use crate::stores;

#[derive(Serialize)]
struct Report<'a> {
    path: Cow<'a, str>,
    rows: usize,
    columns: usize,
    source_bytes: u64,
    goal: GoalReport<'a>,
    recipe: &'a Recipe,
    reason: &'a str,
    /// Which of the candidates was chosen.
    chosen: usize,
    sampled_rows: usize,
    candidates: Vec<CandidateReport<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
enum GoalReport<'a> {
    Lossless,
    MaxError { bound: f64, coords: &'a std::collections::BTreeMap<String, f64> },
    TargetPsnr { psnr: f64 },
    MaxSize { bytes: u64 },
}

#[derive(Serialize)]
struct CandidateReport<'a> {
    name: &'a str,
    recipe: &'a Recipe,
    #[serde(flatten)]
    tried: Option<TriedReport>,
    /// Why it cannot be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct TriedReport {
    sample_bytes: u64,
    estimated_bytes: u64,
    max_error: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    psnr: Option<f64>,
    packing_seconds: f64,
    reading_seconds: f64,
    reaches_goal: bool,
}

pub(crate) fn run(args: &RecipeArgs, stop: &Stop) -> anyhow::Result<Outcome> {
    let opened = stores::open_noting(&args.file, args.key.clone())?;
    let table = opened.table.as_ref();
    let found = propose(table, &args.goal, stop)?;
    if args.json {
        output::json(&Report {
            path: opened.path.to_string_lossy(),
            rows: table.num_frames(),
            columns: table.schema().columns().len(),
            source_bytes: opened.num_bytes,
            goal: goal_report(&args.goal),
            recipe: &found.recipe,
            reason: &found.reason,
            chosen: found.chosen,
            sampled_rows: found.sampled_frames,
            candidates: found.candidates.iter().map(candidate_report).collect(),
        })?;
    } else {
        print(&found, table, opened.num_bytes);
    }
    if let Some(path) = &args.output {
        output::write_file(path, format!("{}\n", found.recipe.to_json()).as_bytes(), args.force)?;
    }
    Ok(Outcome::Done)
}

/// Tries ways of packing a table, of which the best for a goal is chosen.
pub(crate) fn propose(table: &dyn PoseTable, goal: &GoalArgs, stop: &Stop) -> anyhow::Result<Suggestion> {
    const TICK: Duration = Duration::from_millis(100);
    let bar = ProgressBar::new_spinner().with_message("looking at the table");
    bar.enable_steady_tick(TICK);
    let (shown, asked) = (bar.clone(), stop.clone());
    let on_progress = OnProgress::new(move |progress| {
        if let Stage::Trying(name) = progress.stage {
            shown.set_message(format!("trying {name} on a part of the table"));
        }
        if asked.is_asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let options = SuggestOptions::default().with_ffmpeg_on_path().with_progress(on_progress);
    let found = suggest(table, &goal_of(goal), &options);
    bar.finish_and_clear();
    match found {
        Err(error) if !matches!(error.kind(), ErrorKind::Cancelled) => Err(error.into()),
        // What was found meanwhile may be without the ways whose ffmpeg was ended by the same Ctrl-C.
        _ if stop.is_asked() => anyhow::bail!("stopped before a recipe was chosen"),
        found => Ok(found?),
    }
}

fn goal_of(args: &GoalArgs) -> Goal {
    match goal_report(args) {
        GoalReport::Lossless => Goal::Lossless,
        GoalReport::MaxError { bound, coords } => Goal::MaxError { bound, coords: coords.clone() },
        GoalReport::TargetPsnr { psnr } => Goal::Psnr(psnr),
        GoalReport::MaxSize { bytes } => Goal::Bytes(bytes),
    }
}

fn goal_report(args: &GoalArgs) -> GoalReport<'_> {
    match args {
        GoalArgs { max_error: Some(MaxError { bound, coords }), .. } => {
            GoalReport::MaxError { bound: *bound, coords }
        }
        GoalArgs { target_psnr: Some(psnr), .. } => GoalReport::TargetPsnr { psnr: *psnr },
        GoalArgs { max_size: Some(bytes), .. } => GoalReport::MaxSize { bytes: *bytes },
        _ => GoalReport::Lossless,
    }
}

fn candidate_report(candidate: &Candidate) -> CandidateReport<'_> {
    let tried = candidate.outcome.as_ref().ok().map(|tried| TriedReport {
        sample_bytes: tried.sample_bytes,
        estimated_bytes: tried.estimated_bytes,
        max_error: tried.max_error,
        psnr: tried.psnr,
        packing_seconds: tried.packing.as_secs_f64(),
        reading_seconds: tried.reading.as_secs_f64(),
        reaches_goal: tried.fits,
    });
    let error = candidate.outcome.as_ref().err().map(String::as_str);
    CandidateReport { name: &candidate.name, recipe: &candidate.recipe, tried, error }
}

fn print(found: &Suggestion, table: &dyn PoseTable, source_bytes: u64) {
    for (number, line) in grid(found, table, source_bytes).lines().iter().enumerate() {
        if number == 0 { output::heading(line) } else { say(line) }
    }
    for candidate in &found.candidates {
        if let Err(why) = &candidate.outcome {
            say(format_args!("{} cannot be used: {why}", candidate.name));
        }
    }
    if found.sampled_frames < table.num_frames() {
        say(format_args!(
            "tried on {} of {}, from which sizes are estimated",
            human::count(found.sampled_frames),
            human::counted(table.num_frames(), "frame"),
        ));
    }
    say(&found.reason);
}

/// What was tried.
fn grid(found: &Suggestion, table: &dyn PoseTable, source_bytes: u64) -> Grid {
    let heading =
        ["way", "size", "of the source", "of Parquet", "packs", "unpacks", "largest error", "dB", "goal"];
    let mut grid = Grid::new(1, heading.map(str::to_owned).to_vec());
    let values = found.sampled_frames.saturating_mul(table.schema().row_bytes());
    // Parquet at its smallest is what a table would have without being packed.
    let is_parquet = |candidate: &&Candidate| candidate.recipe.arrays.is_empty();
    let parquet = found.candidates.iter().find(is_parquet).and_then(|parquet| parquet.outcome.as_ref().ok());
    for (number, candidate) in found.candidates.iter().enumerate() {
        let Ok(tried) = &candidate.outcome else { continue };
        let percent = |of: u64| percent(tried.estimated_bytes, of);
        grid.push(vec![
            candidate.name.clone(),
            human::bytes(tried.estimated_bytes),
            percent(source_bytes),
            parquet.map_or_else(|| "–".to_owned(), |parquet| percent(parquet.estimated_bytes)),
            speed(values, tried.packing),
            speed(values, tried.reading),
            error(tried),
            tried.psnr.map_or_else(|| "–".to_owned(), |psnr| format!("{psnr:.1}")),
            match (number == found.chosen, tried.fits) {
                (true, _) => "chosen",
                (false, true) => "reached",
                (false, false) => "missed",
            }
            .to_owned(),
        ]);
    }
    grid
}

fn error(tried: &Tried) -> String {
    if tried.max_error > 0.0 { human::number(tried.max_error) } else { "none".to_owned() }
}

/// What a contract promises of an array.
pub(crate) fn promise(contract: &Contract) -> String {
    match contract {
        Contract::Lossless => "bit for bit".to_owned(),
        Contract::MaxError { bound, coords } => {
            let coords =
                coords.iter().map(|(coord, bound)| format!(", {coord} within {}", human::number(*bound)));
            format!("within {}{}", human::number(*bound), coords.collect::<String>())
        }
        Contract::Quality { min_psnr } => format!("at least {} dB", human::number(*min_psnr)),
        _ => "by a later contract".to_owned(),
    }
}

/// A size in percent of another one.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    #[allow(clippy::cast_precision_loss, reason = "shown with three digits")]
    let percent = if whole == 0 { 100.0 } else { part as f64 / whole as f64 * 100.0 };
    if percent < 99.5 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// How many bytes of numbers in memory were dealt with in a second.
fn speed(bytes: usize, time: Duration) -> String {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shown with three digits"
    )]
    let per_second = (bytes as f64 / time.as_secs_f64().max(1e-9)) as u64;
    format!("{}/s", human::bytes(per_second))
}
