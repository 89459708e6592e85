//! `pose diff`.

use std::path::Path;

use pose_frame::{Difference, Tolerance, first_difference};
use pose_io::{Opened, open};
use serde::Serialize;

use crate::args::DiffArgs;
use crate::output::{self, Outcome, say};
use crate::stores;

#[derive(Serialize)]
struct Report {
    equal: bool,
    difference: Option<Difference>,
}

pub(crate) fn run(args: &DiffArgs) -> anyhow::Result<Outcome> {
    let left = open_noting(&args.left, args.left_key.clone())?;
    let right = open_noting(&args.right, args.right_key.clone())?;
    let tolerance = args.atol.map_or(Tolerance::BitForBit, Tolerance::Absolute);
    let difference = first_difference(left.table.as_ref(), right.table.as_ref(), tolerance)?;
    let outcome = if difference.is_some() { Outcome::Different } else { Outcome::Done };
    if args.json {
        output::json(&Report { equal: difference.is_none(), difference })?;
        return Ok(outcome);
    }
    match (difference, args.atol) {
        (Some(difference), _) => say(format_args!("they differ: {difference}")),
        (None, Some(bound)) => say(format_args!("the same table, numbers within {bound}")),
        (None, None) => say("the same table, bit for bit"),
    }
    Ok(outcome)
}

fn open_noting(path: &Path, key: Option<String>) -> anyhow::Result<Opened> {
    let opened = open(path, &stores::open_options(key))?;
    if let Some(asked) = &opened.instead_of {
        say(format_args!("{} is not there, {} is read", asked.display(), opened.path.display()));
    }
    Ok(opened)
}
