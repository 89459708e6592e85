//! `pose stats`.

use std::borrow::Cow;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use pose_stats::{GroupStats, Number, Stats, StatsOptions, stats};
use serde::Serialize;

use crate::args::StatsArgs;
use crate::grid::Grid;
use crate::human;
use crate::output::{self, Outcome, say};
use crate::stores;

#[derive(Serialize)]
struct Report<'a> {
    path: Cow<'a, str>,
    #[serde(flatten)]
    stats: &'a Stats,
}

pub(crate) fn run(args: &StatsArgs) -> anyhow::Result<Outcome> {
    let opened = stores::open_noting(&args.file, args.key.clone())?;
    let mut options = StatsOptions::default().by(args.by.into());
    options.min_likelihood = args.min_likelihood;
    if !args.quantile.is_empty() {
        options.quantiles.clone_from(&args.quantile);
    }
    let style = ProgressStyle::with_template("{bar:40} {msg} frame {human_pos} of {human_len}")?;
    let bar = ProgressBar::new(0).with_style(style);
    let found = stats(opened.table.as_ref(), &options, &|at| {
        bar.set_message(if at.passes == 0 { "adding up" } else { "looking for quantiles" });
        bar.set_length(at.num_frames as u64);
        bar.set_position(at.frames as u64);
    });
    bar.finish_and_clear();
    let found = found.with_context(|| opened.path.display().to_string())?;
    if args.json {
        output::json(&Report { path: opened.path.to_string_lossy(), stats: &found })?;
        return Ok(Outcome::Done);
    }
    let lines = grid(&found, &options.quantiles).lines();
    let mut lines = lines.iter();
    if let Some(heading) = lines.next() {
        output::heading(heading);
    }
    lines.for_each(say);
    if let Some(bound) = found.min_likelihood {
        say(format_args!("points of a likelihood of at least {bound}"));
    }
    Ok(Outcome::Done)
}

fn grid(found: &Stats, quantiles: &[f64]) -> Grid {
    // What is the same in every row says nothing: one scorer, mostly. The last level stays.
    let varies = |level: &usize| {
        let first = found.groups.first().map(|group| &group.key[*level]);
        level + 1 == found.levels.len() || found.groups.iter().any(|group| Some(&group.key[*level]) != first)
    };
    let levels: Vec<usize> = (0..found.levels.len()).filter(varies).collect();
    let mut heading: Vec<String> =
        levels.iter().map(|level| found.levels[*level].clone().unwrap_or_default()).collect();
    heading.extend(["count", "missing"].map(str::to_owned));
    let left_out = found.min_likelihood.is_some();
    if left_out {
        heading.push("left out".to_owned());
    }
    heading.extend(["mean", "std", "min"].map(str::to_owned));
    heading.extend(quantiles.iter().map(|quantile| format!("{} %", human::number(quantile * 100.0))));
    heading.push("max".to_owned());
    let mut grid = Grid::new(levels.len(), heading);
    for group in &found.groups {
        let mut row: Vec<String> = levels.iter().map(|level| group.key[*level].clone()).collect();
        row.extend([group.count, group.missing].map(human::count));
        if left_out {
            row.push(human::count(group.left_out));
        }
        row.extend(numbers(group));
        grid.push(row);
    }
    grid
}

fn numbers(group: &GroupStats) -> impl Iterator<Item = String> {
    let exact = |number: Option<Number>| match number {
        Some(Number::Integer(number)) => number.to_string(),
        other => float(other.map(Number::to_f64)),
    };
    let quantiles = group.quantiles.iter().map(|quantile| float(quantile.value));
    [float(group.mean), float(group.std), exact(group.min)]
        .into_iter()
        .chain(quantiles)
        .chain([exact(group.max)])
}

fn float(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), human::number)
}
