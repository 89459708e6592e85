//! `pose recipe` and `pose pack`.

use std::fs;

use anyhow::Context as _;
use pose_frame::PoseTable;
use recipe::{Existing, Goal, PackOptions, Recipe, SuggestOptions, Suggestion};

use crate::args::{GoalArgs, PackArgs, RecipeArgs};
use crate::grid::Grid;
use crate::human;
use crate::output::{self, Outcome, say};
use crate::stores;

pub(crate) fn suggest(args: &RecipeArgs) -> anyhow::Result<Outcome> {
    let opened = stores::open_noting(&args.file, args.key.clone())?;
    let found = found(opened.table.as_ref(), &args.goal)?;
    for (number, line) in grid(&found).lines().iter().enumerate() {
        if number == 0 { output::heading(line) } else { say(line) }
    }
    say(&found.reason);
    if args.json {
        output::bytes(format!("{}\n", found.recipe.to_json()).as_bytes())?;
    }
    Ok(Outcome::Done)
}

pub(crate) fn run(args: &PackArgs) -> anyhow::Result<Outcome> {
    let opened = stores::open_noting(&args.file, args.key.clone())?;
    let table = opened.table.as_ref();
    let recipe = match &args.recipe {
        Some(path) => {
            let json = fs::read(path).with_context(|| path.display().to_string())?;
            Recipe::from_json(&json)?
        }
        None => found(table, &args.goal)?.recipe,
    };
    let existing = if args.force { Existing::Replace } else { Existing::Keep };
    let packed = recipe::pack(table, &recipe, &args.target, &PackOptions::default().with_existing(existing))?;
    let (from, to) = (human::bytes(opened.num_bytes), human::bytes(packed.bytes));
    say(format!("{}: {} to {}, read back and compared", args.target.display(), from, to));
    Ok(Outcome::Done)
}

fn found(table: &dyn PoseTable, goal: &GoalArgs) -> anyhow::Result<Suggestion> {
    let goal = match goal {
        GoalArgs { max_error: Some(bound), .. } => Goal::MaxError { bound: *bound, coords: [].into() },
        GoalArgs { target_psnr: Some(db), .. } => Goal::Psnr(*db),
        GoalArgs { max_size: Some(bytes), .. } => Goal::Bytes(*bytes),
        _ => Goal::Lossless,
    };
    Ok(recipe::suggest(table, &goal, &SuggestOptions::default().with_ffmpeg_on_path())?)
}

/// What was tried.
fn grid(found: &Suggestion) -> Grid {
    let heading = ["candidate", "sample", "whole table", "largest error", "dB", "packed in", "read in", ""];
    let mut grid = Grid::new(1, heading.map(str::to_owned).to_vec());
    for (number, candidate) in found.candidates.iter().enumerate() {
        let mut row = vec![candidate.name.clone()];
        match &candidate.outcome {
            Ok(outcome) => row.extend([
                human::bytes(outcome.sample_bytes),
                human::bytes(outcome.estimated_bytes),
                human::number(outcome.max_error),
                outcome.psnr.map_or_else(|| "exact".to_owned(), |psnr| format!("{psnr:.1}")),
                human::duration(outcome.packing),
                human::duration(outcome.reading),
                match (number == found.chosen, outcome.fits) {
                    (true, _) => "chosen",
                    (false, true) => "",
                    (false, false) => "too far",
                }
                .to_owned(),
            ]),
            Err(why) => row.push(why.clone()),
        }
        grid.push(row);
    }
    grid
}
