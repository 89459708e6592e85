//! `pose unpack`.

use pose_io::is_packed;

use crate::args::UnpackArgs;
use crate::convert;
use crate::output::Outcome;

pub(crate) fn run(args: &UnpackArgs) -> anyhow::Result<Outcome> {
    let input = &args.convert.input;
    // What is not there, and what is left of a packed table, is told of where it is opened.
    let is_other = input.is_file() || (input.is_dir() && input.extension().is_none_or(|name| name != "pack"));
    if is_other && !is_packed(input) {
        anyhow::bail!("{}: is no packed table; `pose convert` converts files", input.display());
    }
    if args.salvage { convert::run_salvaging(&args.convert) } else { convert::run(&args.convert) }
}
