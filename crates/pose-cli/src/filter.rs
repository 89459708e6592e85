//! `pose filter`.

use pose_frame::{DropWhen, Filter, Selection, Unlikely};

use crate::args::{DropFrames, FilterArgs, FilterMode, FrameRange};
use crate::convert;
use crate::output::Outcome;

pub(crate) fn run(args: &FilterArgs) -> anyhow::Result<Outcome> {
    if args.drop == DropFrames::All && args.mode == FilterMode::Mask {
        anyhow::bail!("--drop says which frames go, and --mode mask leaves them all");
    }
    let mut selection = select(&args.individual, &args.bodypart);
    selection = match args.frames {
        None => selection,
        Some(FrameRange { start, end: None }) => selection.frames_from(start),
        Some(FrameRange { start, end: Some(end) }) => selection.frames(start..end),
    };
    let mut filter = Filter::select(selection);
    if let Some(bound) = args.min_likelihood {
        let unlikely = match (args.mode, args.drop) {
            (FilterMode::Mask, _) => Unlikely::Mask,
            (FilterMode::Drop, DropFrames::Any) => Unlikely::DropFrames(DropWhen::AnyPoint),
            (FilterMode::Drop, DropFrames::All) => Unlikely::DropFrames(DropWhen::EveryPoint),
        };
        filter = filter.min_likelihood(bound, unlikely);
    }
    convert::run_filtered(&args.convert, Some(filter))
}

/// The columns of these animals and bodyparts; all where none is named.
pub(crate) fn select(individuals: &[String], bodyparts: &[String]) -> Selection {
    let selection = individuals.iter().fold(Selection::all(), |all, name| all.individual(name.as_str()));
    bodyparts.iter().fold(selection, |all, name| all.bodypart(name.as_str()))
}
