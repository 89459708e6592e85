//! What `pose plot` and `pose report` take.

use std::path::PathBuf;

use super::filter::{FrameRange, frames};
use super::{frame_rate, likelihood};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose plot mouse1.h5 -o mouse1.svg
  pose plot mouse1.h5 -o snout.svg --bodypart snout --frames 0..1000 --fps 30
  pose plot mouse1.h5 -o - > mouse1.svg

What is drawn of many frames is drawn in as little memory, and opens as fast, as what is drawn of few. A build with the feature
`png` writes mouse1.png as well.")]
pub(crate) struct PlotArgs {
    /// The file, or the URL of an object in a store.
    pub(crate) file: PathBuf,
    /// The picture: something.svg, something.png, or - for SVG on standard output.
    #[arg(long, short, value_name = "PICTURE")]
    pub(crate) output: PathBuf,
    /// Which table, where the file holds several.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// Draw trajectories of points of at least this likelihood, from 0 to 1; 0 draws all.
    #[arg(long, value_name = "P", value_parser = likelihood, default_value_t = pose_plot::DEFAULT_MIN_LIKELIHOOD)]
    pub(crate) min_likelihood: f64,
    /// Draw this animal; can be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) individual: Vec<String>,
    /// Draw this bodypart; can be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) bodypart: Vec<String>,
    /// Draw frames A to B, without B, by position from 0; A.. and ..B leave one end open.
    #[arg(long, value_name = "A..B", value_parser = frames)]
    pub(crate) frames: Option<FrameRange>,
    /// Frames per second of the video, where the table does not know.
    #[arg(long, value_parser = frame_rate)]
    pub(crate) fps: Option<f64>,
    /// Replace the picture when it is there already.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose report my-project -o report.html
  pose report my-project -o - | gzip > report.html.gz

The page is one file that loads nothing from anywhere. It is made of .h5, .parquet and other files whose names say that they may hold
a table; those that cannot be read are listed with the reason, and make the exit code 1.")]
pub(crate) struct ReportArgs {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The page, or - for standard output.
    #[arg(long, short, value_name = "PAGE")]
    pub(crate) output: PathBuf,
    /// Count points of less than this likelihood, from 0 to 1, as unlikely.
    #[arg(long, value_name = "P", value_parser = likelihood, default_value_t = pose_plot::DEFAULT_MIN_LIKELIHOOD)]
    pub(crate) min_likelihood: f64,
    /// Replace the page when it is there already.
    #[arg(long)]
    pub(crate) force: bool,
}
