//! What `pose filter` takes.

use clap::ValueEnum;

use super::{ConvertArgs, likelihood};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose filter mouse1.h5 likely.parquet --min-likelihood 0.9
  pose filter mouse1.h5 seen.parquet --min-likelihood 0.9 --mode drop --drop all
  pose filter mouse1.h5 snout.csv --bodypart snout --frames 0..1000

A point whose likelihood is missing counts as unlikely. A frame that is dropped takes its label with it. What is written is
read back and compared bit for bit with what was left.")]
pub(crate) struct FilterArgs {
    /// Leave points of at least this likelihood, from 0 to 1.
    #[arg(long, value_name = "P", value_parser = likelihood)]
    pub(crate) min_likelihood: Option<f64>,
    /// What becomes of points that are less likely.
    #[arg(long, value_enum, requires = "min_likelihood", default_value = "mask")]
    pub(crate) mode: FilterMode,
    /// Which frames --mode drop drops.
    #[arg(long, value_enum, requires = "min_likelihood", default_value = "any")]
    pub(crate) drop: DropFrames,
    /// Leave this animal; can be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) individual: Vec<String>,
    /// Leave this bodypart; can be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) bodypart: Vec<String>,
    /// Leave frames A to B, without B, by position from 0; A.. and ..B leave one end open.
    #[arg(long, value_name = "A..B", value_parser = frames)]
    pub(crate) frames: Option<FrameRange>,
    #[command(flatten)]
    pub(crate) convert: ConvertArgs,
}

/// What becomes of unlikely points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FilterMode {
    /// Their places become missing; their likelihood stays, and so does every frame.
    Mask,
    /// Frames with them are left out.
    Drop,
}

/// Which frames are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DropFrames {
    /// Those in which any of the selected points is unlikely.
    Any,
    /// Those in which all of the selected points are.
    All,
}

/// Frames by position; the end may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FrameRange {
    pub(crate) start: usize,
    pub(crate) end: Option<usize>,
}

pub(super) fn frames(text: &str) -> Result<FrameRange, String> {
    let (start, end) = text.split_once("..").ok_or("not two numbers with .. between them")?;
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is not a whole number"));
    let start = if start.is_empty() { 0 } else { number(start)? };
    let end = if end.is_empty() { None } else { Some(number(end)?) };
    if end.is_some_and(|end| end < start) {
        return Err("it ends before it begins".to_owned());
    }
    Ok(FrameRange { start, end })
}
