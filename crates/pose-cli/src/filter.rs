//! `pose filter`.

use pose_frame::{DropWhen, Filter, Unlikely};

use crate::args::{DropFrames, FilterArgs, FilterMode};
use crate::convert;
use crate::output::Outcome;
use crate::select::select;

pub(crate) fn run(args: &FilterArgs) -> anyhow::Result<Outcome> {
    if args.drop == DropFrames::All && args.mode == FilterMode::Mask {
        anyhow::bail!("--drop says which frames go, and --mode mask leaves them all");
    }
    let selection = select(&args.individual, &args.bodypart, args.frames);
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
