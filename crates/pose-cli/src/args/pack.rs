//! What `pose recipe`, `pose pack` and `pose unpack` take.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::size::size;
use super::{BatchArgs, ConvertArgs};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose recipe mouse1.h5
  pose recipe mouse1.h5 --max-error x=0.5,y=0.5,likelihood=0.01 -o recipe.json
  pose recipe mouse1.h5 --max-size 10M --json | jq .reason

Ways of packing are tried on a part of the table: Parquet alone, blocks of numbers, and videos where there is an ffmpeg. Each is read back
and compared. The smallest that reaches the goal is chosen; the slowest level of blocks
only where it saves 2 %. A recipe is JSON that can be changed by hand.")]
pub(crate) struct RecipeArgs {
    /// The file.
    pub(crate) file: PathBuf,
    /// Which table, where the file holds several.
    #[arg(long)]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) goal: GoalArgs,
    /// Write the recipe to this file, for `pose pack --recipe`; - is standard output.
    #[arg(long, short, value_name = "RECIPE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the recipe when it is there already.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print one JSON document on standard output: the recipe, and what was tried.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a recipe is to reach.
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
pub(crate) struct GoalArgs {
    /// Every bit comes back: the default.
    #[arg(long)]
    pub(crate) lossless: bool,
    /// How far a number may be from what it was: 0.05, or another bound for some coords: x=0.5,y=0.5,likelihood=0.01, or
    /// 0.5,likelihood=0.01. Columns that no bound is given for have the smallest that is.
    #[arg(long, value_name = "E", value_parser = max_error)]
    pub(crate) max_error: Option<MaxError>,
    /// The least signal-to-noise ratio, in dB.
    #[arg(long, value_name = "DB", value_parser = decibels)]
    pub(crate) target_psnr: Option<f64>,
    /// The most that the packed table may take, such as 10M; with as small an error as that allows.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) max_size: Option<u64>,
}

/// Bounds on errors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MaxError {
    pub(crate) bound: f64,
    pub(crate) coords: BTreeMap<String, f64>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose pack mouse1.h5 mouse1.pack
  pose pack mouse1.h5 mouse1.pack --max-error 0.05
  pose pack mouse1.h5 mouse1.pack --recipe recipe.json
  pose pack --recipe recipe.json my-project my-packs --dry-run
  pose pack --recipe recipe.json my-project my-packs --report packs.jsonl

What is written is read back and compared before it gets its name. Of a folder every table is packed by the recipe, a/b.h5 into a/b.pack;
Ctrl-C ends that after the files that it is at work on, and the next run goes on where it was. Sources are never touched.")]
pub(crate) struct PackArgs {
    /// The file to read, or a folder of files.
    pub(crate) input: PathBuf,
    /// The folder to write: a packed table, or the folder for packed tables.
    pub(crate) target: PathBuf,
    /// The recipe; without one, that which `pose recipe` proposes. For a folder there has to be one.
    #[arg(long, value_name = "FILE", conflicts_with = "GoalArgs")]
    pub(crate) recipe: Option<PathBuf>,
    /// Which table, where the file holds several. Of a folder all are packed.
    #[arg(long)]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) goal: GoalArgs,
    /// Of a folder: which file names to take, such as '*_el.h5'; those of Parquet, HDF5 and NWB files by default.
    #[arg(long)]
    pub(crate) pattern: Option<String>,
    #[command(flatten)]
    pub(crate) batch: BatchArgs,
    /// Replace packed tables of these names. Nothing else is ever replaced.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose unpack mouse1.pack mouse1.parquet
  pose unpack mouse1.pack mouse1.h5 --compression blosc:zstd
  pose unpack damaged.pack left.parquet --salvage

It takes what `pose convert` takes, and what it writes is compared bit for bit with what the packed table holds. How far that is from what
was packed `pose info mouse1.pack` says.")]
pub(crate) struct UnpackArgs {
    #[command(flatten)]
    pub(crate) convert: ConvertArgs,
    /// Restore the columns that are left where a part of the packed table is missing or damaged, and name the lost ones; the exit
    /// code is then 1.
    #[arg(long)]
    pub(crate) salvage: bool,
}

fn max_error(text: &str) -> Result<MaxError, String> {
    let (mut plain, mut coords) = (None, BTreeMap::new());
    for part in text.split(',') {
        let (coord, number) = match part.split_once('=') {
            Some((coord, number)) => (Some(coord.trim()), number),
            None => (None, part),
        };
        let bound: f64 = number.trim().parse().map_err(|_| format!("{number:?} is not a number"))?;
        if !(bound.is_finite() && bound > 0.0) {
            return Err(format!("{bound} is no bound above 0; --lossless brings every bit back"));
        }
        let twice = match coord {
            Some("") => return Err(format!("{part:?} names no coord")),
            Some(coord) => coords.insert(coord.to_owned(), bound).is_some(),
            None => plain.replace(bound).is_some(),
        };
        if twice {
            return Err(format!("{} has two bounds", coord.unwrap_or("the rest")));
        }
    }
    let least = coords.values().copied().fold(f64::INFINITY, f64::min);
    Ok(MaxError { bound: plain.unwrap_or(least), coords })
}

fn decibels(text: &str) -> Result<f64, String> {
    let ratio: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if ratio.is_finite() { Ok(ratio) } else { Err("not a finite number".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_for_all_or_for_coords() {
        let of = |text: &str| {
            max_error(text).map(|found| (found.bound, found.coords.into_iter().collect::<Vec<_>>()))
        };
        let coord = |name: &str, bound| (name.to_owned(), bound);
        assert_eq!(of("0.05"), Ok((0.05, vec![])));
        assert_eq!(of("x=0.5, y=0.25"), Ok((0.25, vec![coord("x", 0.5), coord("y", 0.25)])));
        assert_eq!(of("2,likelihood=0.01"), Ok((2.0, vec![coord("likelihood", 0.01)])));
    }

    #[test]
    fn what_bounds_nothing_is_refused() {
        for text in ["", "0", "-1", "inf", "NaN", "x", "x=", "=1", "1,2", "x=1,x=2", "1,"] {
            assert!(max_error(text).is_err(), "{text}");
        }
    }
}
