//! What the command line takes.

mod batch;
mod filter;
mod manual;
mod migrate;
mod pack;
mod pictures;
mod size;
mod stats;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use pose_frame::LongNames;
use pose_io::Format;
use pose_io::hdf5::compression::{BloscCodec, Compression, Level, Shuffle};
use pose_io::nwb::{Moment, MomentError, NdxPose};

pub(crate) use self::batch::BatchArgs;
pub(crate) use self::filter::{DropFrames, FilterArgs, FilterMode, FrameRange};
pub(crate) use self::manual::{CompletionsArgs, ManArgs};
pub(crate) use self::migrate::{MigrateArgs, VerifyArgs};
pub(crate) use self::pack::{GoalArgs, MaxError, PackArgs, RecipeArgs, UnpackArgs};
pub(crate) use self::pictures::{PlotArgs, ReportArgs};
pub(crate) use self::stats::StatsArgs;

/// Pose tables (where each body part of each animal was in each video frame): look at them, convert them, migrate
/// whole folders to Parquet, and compare them.
#[derive(Debug, Parser)]
#[command(name = "pose", version, arg_required_else_help = true)]
#[command(after_help = "Examples:
  pose info mouse1.h5
  pose migrate my-project --dry-run
  pose report my-project -o report.html
  pose pack mouse1.h5 mouse1.pack

`pose help VERB` has examples of each. `pose completions SHELL` prints what completes the command in a shell.
Exit codes: 0 done, 1 a difference or a failed check was found, 2 an error.")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Say what is in a file: kind, bodyparts, frames, missing values.
    Info(InfoArgs),
    /// Convert a file, and verify what was written bit for bit.
    Convert(ConvertArgs),
    /// Say how many values there are, their mean, deviation, extremes and quantiles.
    Stats(StatsArgs),
    /// Draw trajectories, likelihood over time, and what is missing.
    Plot(PlotArgs),
    /// Make one page of all files below a folder.
    Report(ReportArgs),
    /// Write what is left of a table: some columns, some frames, no unlikely points.
    Filter(FilterArgs),
    /// Convert every HDF5 file below a folder to Parquet, each verified bit for bit.
    Migrate(MigrateArgs),
    /// Check migrated files and packed tables again: against their sources, the report, or their checksums.
    Verify(VerifyArgs),
    /// Try ways of packing a table, and propose the smallest that reaches a goal.
    Recipe(RecipeArgs),
    /// Pack a table, or all of a folder by one recipe, and verify what was written.
    Pack(PackArgs),
    /// Restore a packed table in any format.
    Unpack(UnpackArgs),
    /// Compare two files of any format, and name the first difference.
    Diff(DiffArgs),
    /// Print what completes `pose` in a shell.
    #[command(hide = true)]
    Completions(CompletionsArgs),
    /// Write the manual pages to a folder.
    #[command(hide = true)]
    Man(ManArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose info mouse1.h5
  pose info archive.h5 --key tracks
  pose info mouse1.parquet --json | jq .table.frames")]
pub(crate) struct InfoArgs {
    /// The file, or the URL of an object in a store.
    pub(crate) file: PathBuf,
    /// Which table, where the file holds several.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose convert mouse1DLC_resnet50.h5 mouse1.parquet --fps 30
  pose convert mouse1.parquet mouse1.h5
  pose convert mouse1.parquet mouse1.csv
  pose convert mouse1.h5 mouse1-long.parquet --layout long --long-names aniframe
  pose convert mouse1_tracks.parquet mouse1.h5 --to-key tracks --append
  pose convert mouse1.h5 s3://lab/mouse1.parquet
  pose convert mouse1.h5 mouse1.nwb --fps 30 --session session.toml
  pose convert mouse1.h5 recording.nwb --fps 30 --start 12.5 --append
  pose convert mouse1.h5 mouse1.nwb --timestamps camera.txt --session session.toml
  pose convert pair.h5 pair.nwb --per-individual --video pair.mp4 --session session.toml

A file about a session has the fields that NWB has for it, in TOML, JSON or YAML: session_start_time, session_description,
identifier, experimenter, institution, lab, keywords and more, and below `subject` those of the subject: subject_id, species,
sex, age, date_of_birth, description, genotype, strain, weight.

In a build with the feature `object-store`, s3://, gs:// and az:// are read and written, http:// and https:// are read.
AWS_*, GOOGLE_* and AZURE_* of the environment say how to get in.")]
#[allow(clippy::struct_excessive_bools, reason = "flags of the command line are switches")]
pub(crate) struct ConvertArgs {
    /// The file to read. When it is not there, its twin (`x.parquet` for `x.h5`, and the other way round) is read.
    pub(crate) input: PathBuf,
    /// The file to write.
    pub(crate) output: PathBuf,
    /// Format to write; told from the output's name by default.
    #[arg(long, value_enum)]
    pub(crate) to: Option<Target>,
    /// Which table to convert, where the input holds several.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// What a Parquet output is made for; read by everything of the last years is `portable`.
    #[arg(long, value_enum)]
    pub(crate) profile: Option<Profile>,
    /// Store those columns of float64 as float32 in Parquet whose every value is exactly one. They are float64 again here.
    #[arg(long)]
    pub(crate) narrow: bool,
    /// How the table is laid out in Parquet: wide, a row per frame, or long, a row per frame and point. Where the input
    /// is a long table of another program, `wide` makes it wide; long files of ours are wide without it.
    #[arg(long, value_enum)]
    pub(crate) layout: Option<TableLayout>,
    /// How the columns of a long table are called: as here (frame, time, scorer, individual, bodypart, x, y, z, likelihood),
    /// or as R's aniframe has them (keypoint, confidence). Of an input they are told by default; named, they have a long file of ours
    /// made wide by its columns, which is what one needs that another program has sorted or cut.
    #[arg(long, value_enum, requires = "layout", value_name = "NAMES")]
    pub(crate) long_names: Option<Names>,
    /// Frames per second of the video, to be kept with the table.
    #[arg(long, value_parser = frame_rate)]
    pub(crate) fps: Option<f64>,
    /// How HDF5 stores the table: in rows that can be added to, as DeepLabCut expects them, or fixed; by default
    /// in rows, where pandas could do that.
    #[arg(long, value_enum)]
    pub(crate) hdf5_format: Option<Hdf5Format>,
    /// The key of the table in an HDF5 output; the one it had before by default, or `df_with_missing`. In an NWB output the
    /// name of the entry that notes it: `pose_table` by default.
    #[arg(long, value_name = "KEY")]
    pub(crate) to_key: Option<String>,
    /// How an HDF5 output is compressed: none, zlib, zlib:1 to zlib:9, blosc:lz4 or blosc:zstd, with a level if
    /// wanted (blosc:zstd:3).
    #[arg(long, value_parser = compression, default_value = "none")]
    pub(crate) compression: Compression,
    /// Add the table to an HDF5 or NWB output that is there already, and leave what else is in it as it is.
    #[arg(long, conflicts_with = "force")]
    pub(crate) append: bool,
    /// What is known of the session, for an NWB output: a file in TOML, JSON or YAML.
    #[arg(long, value_name = "FILE")]
    pub(crate) session: Option<PathBuf>,
    /// What is known of the subject: the same kind of file, where there are two.
    #[arg(long, value_name = "FILE")]
    pub(crate) subject: Option<PathBuf>,
    /// When the session began, where no file says so: such as 2023-10-30T14:05:00+01:00, or `now`.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) session_start: Option<Moment>,
    /// Seconds from the start of the session to frame 0 of the video; 0 by default.
    #[arg(long, value_name = "SECONDS", value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) start: Option<f64>,
    /// When each frame was taken, for an NWB output: a file of seconds from the start of the session on, a number in each line.
    #[arg(long, value_name = "FILE", conflicts_with = "start")]
    pub(crate) timestamps: Option<PathBuf>,
    /// The video to link from an NWB output: its path from the folder of the output on. Where nothing else says it, the frame
    /// rate is that of the video, asked of ffprobe.
    #[arg(long, value_name = "PATH")]
    pub(crate) video: Option<String>,
    /// Write an NWB file for each individual, `OUT_name.nwb`. Points of no animal, which DeepLabCut puts under `single`, are in one of their
    /// own; a subject without `subject_id` gets the name of the individual.
    #[arg(long, conflicts_with = "append")]
    pub(crate) per_individual: bool,
    /// The version of ndx-pose of an NWB output: 0.2.0, 0.3.0 or 0.4.0; by default 0.3.0, which the most programs read.
    #[arg(long, value_name = "VERSION")]
    pub(crate) ndx_pose: Option<NdxPose>,
    /// What positions in an NWB output are measured in: pixels by default, and in space `n.a.`.
    #[arg(long)]
    pub(crate) unit: Option<String>,
    /// Replace the output when it is there already.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a Parquet file is made for.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Profile {
    /// Quick to write and to read, and nearly as small as it gets: the default.
    Fast,
    /// As small as it gets, at twenty to forty times the time of writing.
    Compact,
    /// For readers that do not know byte streams, such as fastparquet and arrow2.
    Portable,
}

impl From<Profile> for pose_io::parquet::Profile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Fast => Self::Fast,
            Profile::Compact => Self::Compact,
            Profile::Portable => Self::Portable,
        }
    }
}

/// How a table is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableLayout {
    Wide,
    Long,
}

/// Whose names the columns of a long table have.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Names {
    Pose,
    Aniframe,
}

impl From<Names> for LongNames {
    fn from(names: Names) -> Self {
        match names {
            Names::Pose => Self::default(),
            Names::Aniframe => Self::aniframe(),
        }
    }
}

/// How HDF5 stores a table.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Hdf5Format {
    Table,
    Fixed,
}

/// The formats that can be written.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Target {
    Parquet,
    Hdf5,
    Csv,
    Nwb,
}

impl From<Target> for Format {
    fn from(target: Target) -> Self {
        match target {
            Target::Parquet => Self::Parquet,
            Target::Hdf5 => Self::Hdf5,
            Target::Csv => Self::Csv,
            Target::Nwb => Self::Nwb,
        }
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  pose diff mouse1.h5 mouse1.parquet
  pose diff mouse1.h5 again.h5 --atol 0.001
  pose diff archive.h5 mouse1.parquet --left-key tracks")]
pub(crate) struct DiffArgs {
    /// The one file.
    pub(crate) left: PathBuf,
    /// The other.
    pub(crate) right: PathBuf,
    /// How far two numbers may be apart and still count as the same; bit for bit without it.
    #[arg(long, value_parser = tolerance)]
    pub(crate) atol: Option<f64>,
    /// Which table of the one file, where it holds several.
    #[arg(long)]
    pub(crate) left_key: Option<String>,
    /// Which table of the other.
    #[arg(long)]
    pub(crate) right_key: Option<String>,
    /// Print one JSON document on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

fn frame_rate(text: &str) -> Result<f64, String> {
    let rate: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if rate.is_finite() && rate > 0.0 { Ok(rate) } else { Err("not a number above 0".to_owned()) }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if seconds.is_finite() { Ok(seconds) } else { Err("not a finite number".to_owned()) }
}

fn moment(text: &str) -> Result<Moment, String> {
    if text == "now" {
        Ok(Moment::now())
    } else {
        text.parse().map_err(|error: MomentError| error.to_string())
    }
}

fn tolerance(text: &str) -> Result<f64, String> {
    let bound: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if bound >= 0.0 { Ok(bound) } else { Err("not a number of 0 or more".to_owned()) }
}

fn likelihood(text: &str) -> Result<f64, String> {
    let likelihood: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&likelihood) {
        Ok(likelihood)
    } else {
        Err("not a number from 0 to 1".to_owned())
    }
}

/// How an HDF5 file is compressed.
fn compression(text: &str) -> Result<Compression, String> {
    const DEFAULT_LEVEL: u8 = 5;
    let mut parts = text.split(':');
    let (method, mut rest) = (parts.next().unwrap_or_default(), parts);
    let codec = match method {
        "none" | "zlib" => None,
        "blosc" => Some(match rest.next() {
            Some("lz4") => BloscCodec::Lz4,
            Some("zstd") => BloscCodec::Zstd,
            other => return Err(format!("blosc needs lz4 or zstd, not {}", other.unwrap_or("nothing"))),
        }),
        other => return Err(format!("{other} is none of none, zlib and blosc")),
    };
    let level = match rest.next() {
        None => Level::new(DEFAULT_LEVEL),
        Some(level) => level.parse().ok().and_then(Level::new),
    };
    let level = level.ok_or("the level goes from 1 to 9")?;
    if rest.next().is_some() {
        return Err("nothing follows the level".to_owned());
    }
    let shuffle = Shuffle::default();
    Ok(match (method, codec) {
        ("none", _) => Compression::None,
        (_, Some(codec)) => Compression::Blosc { codec, level, shuffle },
        _ => Compression::Zlib { level, shuffle },
    })
}
