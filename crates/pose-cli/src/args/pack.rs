//! What `pose recipe` and `pose pack` take.

use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose recipe mouse1.h5
  pose recipe mouse1.h5 --max-error 0.05 --json > recipe.json
  pose pack mouse1.h5 mouse1.pack --recipe recipe.json")]
pub(crate) struct RecipeArgs {
    /// The file.
    pub(crate) file: PathBuf,
    /// Which table, where the file holds several.
    #[arg(long)]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) goal: GoalArgs,
    /// Print the recipe on standard output, as JSON that `pose pack --recipe` takes.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a recipe is to reach.
#[derive(Debug, clap::Args)]
pub(crate) struct GoalArgs {
    /// Every bit comes back: the default.
    #[arg(long, conflicts_with_all = ["max_error", "target_psnr", "max_size"])]
    pub(crate) lossless: bool,
    /// Every finite float comes back to within this.
    #[arg(long, value_name = "E", conflicts_with_all = ["target_psnr", "max_size"])]
    pub(crate) max_error: Option<f64>,
    /// The least signal-to-noise ratio in dB.
    #[arg(long, value_name = "P", conflicts_with = "max_size")]
    pub(crate) target_psnr: Option<f64>,
    /// The most bytes that the folder may have, by what a part of the table takes.
    #[arg(long, value_name = "BYTES")]
    pub(crate) max_size: Option<u64>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose pack mouse1.h5 mouse1.pack
  pose pack mouse1.h5 mouse1.pack --recipe recipe.json
  pose unpack mouse1.pack mouse1.parquet")]
pub(crate) struct PackArgs {
    /// The file to read.
    pub(crate) file: PathBuf,
    /// The folder to write.
    pub(crate) target: PathBuf,
    /// The recipe; without one, that which `pose recipe` proposes.
    #[arg(long, value_name = "FILE")]
    pub(crate) recipe: Option<PathBuf>,
    /// Which table, where the file holds several.
    #[arg(long)]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) goal: GoalArgs,
    /// Replace a packed table of that name.
    #[arg(long)]
    pub(crate) force: bool,
}
