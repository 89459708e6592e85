//! `pose diff`.

use pose_frame::{Difference, Tolerance, first_difference};
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
    let left = stores::open_noting(&args.left, args.left_key.clone())?;
    let right = stores::open_noting(&args.right, args.right_key.clone())?;
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
