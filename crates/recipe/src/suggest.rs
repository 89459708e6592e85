//! Which recipe suits a table: candidates are tried, and the smallest that reaches the goal is chosen.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use arrow_array::Array as _;
use pose_frame::{PoseFrame, PoseTable, Selection};
use vidpack::Ffmpeg;

use crate::{Codec, Contract, Error, NumberType, PackOptions, PackedTable, Recipe, Result, check, pack};

/// What a recipe is to reach.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Goal {
    /// Every bit comes back.
    Lossless,
    /// Every finite float comes back to within a bound.
    MaxError {
        /// The bound.
        bound: f64,
        /// Other bounds for some coords.
        coords: BTreeMap<String, f64>,
    },
    /// A signal-to-noise ratio of at least this many dB; see [`crate::Measured::psnr`].
    Psnr(f64),
    /// At most so many bytes, with as small an error as that allows.
    Bytes(u64),
}

/// How candidates are tried.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SuggestOptions {
    /// How many bytes of the table, in memory, are packed to try a candidate: frames from its middle.
    pub sample_bytes: usize,
    /// What makes videos. None are tried without it.
    pub ffmpeg: Option<Ffmpeg>,
}

impl SuggestOptions {
    /// Videos are tried too, if there is an ffmpeg on the search path.
    #[must_use]
    pub fn with_ffmpeg_on_path(mut self) -> Self {
        self.ffmpeg = Ffmpeg::find().ok();
        self
    }
}

impl Default for SuggestOptions {
    fn default() -> Self {
        Self { sample_bytes: 4 << 20, ffmpeg: None }
    }
}

/// What was found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Suggestion {
    /// The recipe that was chosen.
    pub recipe: Recipe,
    /// Everything that was tried, in the order in which it was.
    pub candidates: Vec<Candidate>,
    /// Which of them was chosen.
    pub chosen: usize,
    /// How many frames were packed to try them.
    pub sampled_frames: usize,
    /// Why, in words.
    pub reason: String,
}

/// A recipe that was tried.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Candidate {
    /// What it is, for people.
    pub name: String,
    /// The recipe.
    pub recipe: Recipe,
    /// What was measured, or why it cannot be used.
    pub outcome: Result<Outcome, String>,
}

/// What was measured of a candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Outcome {
    /// The size of the packed sample.
    pub sample_bytes: u64,
    /// The size of the whole table, were it all like the sample.
    pub estimated_bytes: u64,
    /// The largest difference of a finite value.
    pub max_error: f64,
    /// The least signal-to-noise ratio of an array, where anything differs.
    pub psnr: Option<f64>,
    /// How long packing and comparing took.
    pub packing: Duration,
    /// How long reading all of it took.
    pub reading: Duration,
    /// Whether it reaches the goal.
    pub fits: bool,
}

/// Tries candidates on a part of a table: Parquet alone, blocks of pco, and FFV1 where there is an ffmpeg.
///
/// Of those that reach the goal the smallest is chosen, and the first of those of one size: times are measured for people, and change
/// nothing. The candidates themselves are verified, as whatever is packed is.
///
/// # Errors
///
/// When the table cannot be read, a bound is none, or no candidate reaches the goal.
pub fn suggest(table: &dyn PoseTable, goal: &Goal, options: &SuggestOptions) -> Result<Suggestion> {
    let sample = sample(table, options.sample_bytes)?;
    let contracts = match goal {
        Goal::Lossless => vec![("bit for bit".to_owned(), Contract::Lossless)],
        Goal::MaxError { bound, coords } => vec![
            ("bit for bit".to_owned(), Contract::Lossless),
            (format!("within {bound}"), Contract::MaxError { bound: *bound, coords: coords.clone() }),
        ],
        Goal::Psnr(db) => {
            let mut contracts = vec![("bit for bit".to_owned(), Contract::Lossless)];
            // Errors of a fine step are as good as uniform; those of a coarse one may be a little larger.
            contracts.extend([0.0, 1.0, 3.0, 6.0].iter().filter_map(|margin| at_psnr(&sample, db + margin)));
            contracts
        }
        Goal::Bytes(_) => {
            let mut contracts = vec![("bit for bit".to_owned(), Contract::Lossless)];
            contracts.extend((2..=14).rev().filter_map(|step| at_psnr(&sample, f64::from(step) * 10.0)));
            contracts
        }
    };
    let mut candidates = vec![("Parquet alone".to_owned(), Recipe::new(Vec::new()))];
    for (words, contract) in &contracts {
        let level = Codec::DEFAULT_LEVEL;
        let blocks = Recipe::by_type(table, &Codec::Pco { level }, contract)?;
        candidates.push((format!("pco, {words}"), blocks));
        if options.ffmpeg.is_some() {
            candidates.push((format!("FFV1, {words}"), Recipe::by_type(table, &Codec::Ffv1 {}, contract)?));
        }
    }
    let frames = (table.num_frames(), sample.num_frames());
    let tried: Vec<Candidate> = candidates
        .into_iter()
        .map(|(name, recipe)| {
            let outcome = try_out(&sample, &recipe, goal, frames, options).map_err(|error| error.to_string());
            Candidate { name, recipe, outcome }
        })
        .collect();
    let fitting = |(number, candidate): (usize, &Candidate)| {
        let outcome = candidate.outcome.as_ref().ok().filter(|outcome| outcome.fits)?;
        // The least error is what is left to ask for where the size is given.
        let error = if matches!(goal, Goal::Bytes(_)) { -outcome.psnr.unwrap_or(f64::INFINITY) } else { 0.0 };
        Some((number, error, outcome.sample_bytes))
    };
    let best = tried.iter().enumerate().filter_map(fitting).min_by(|left, right| {
        left.1.total_cmp(&right.1).then(left.2.cmp(&right.2)).then(left.0.cmp(&right.0))
    });
    let Some((chosen, ..)) = best else {
        let whys = tried.iter().map(|candidate| match &candidate.outcome {
            Ok(outcome) => format!("{} takes about {} bytes", candidate.name, outcome.estimated_bytes),
            Err(why) => format!("{}: {why}", candidate.name),
        });
        return Err(Error::recipe(
            "goal",
            format!("nothing reaches it: {}", whys.collect::<Vec<_>>().join("; ")),
        ));
    };
    let reason = reason(&tried, chosen, goal);
    let recipe = tried[chosen].recipe.clone();
    Ok(Suggestion { recipe, candidates: tried, chosen, sampled_frames: frames.1, reason })
}

/// Frames from the middle of a table.
fn sample(table: &dyn PoseTable, bytes: usize) -> Result<PoseFrame> {
    let all = table.num_frames();
    let frames = (bytes / table.schema().row_bytes().max(1)).clamp(1, 1 << 20).min(all);
    let start = (all - frames) / 2;
    Ok(table.read(&Selection::all().frames(start..start + frames))?)
}

/// Bounds for each coord that give this signal-to-noise ratio where errors are uniform. None where nothing has a range.
fn at_psnr(sample: &PoseFrame, db: f64) -> Option<(String, Contract)> {
    let schema = sample.schema();
    let mut coords: BTreeMap<String, f64> = BTreeMap::new();
    let mut least = f64::INFINITY;
    for (array, column) in sample.columns().iter().zip(schema.columns()) {
        if !NumberType::of(&column.data_type).is_some_and(NumberType::is_float) {
            continue;
        }
        let values = (0..array.len()).map(|row| check::float(array, row).0).filter(|value| value.is_finite());
        let (low, high) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let bound = (high - low) * 10_f64.powf(-db / 20.0) * 3_f64.sqrt();
        if !(bound.is_finite() && bound > 0.0) {
            continue;
        }
        least = least.min(bound);
        if let Some(level) = schema.coord_level() {
            let own = coords.entry(column.key.labels()[level].to_string()).or_insert(bound);
            *own = own.min(bound);
        }
    }
    // Arrays are by type, and a coord may be in one of them alone.
    let types = schema.columns().iter().filter_map(|column| NumberType::of(&column.data_type));
    let mut types: Vec<NumberType> = types.filter(|number| number.is_float()).collect();
    types.dedup();
    if types.len() > 1 {
        coords.clear();
    }
    least.is_finite().then(|| (format!("{db} dB"), Contract::MaxError { bound: least, coords }))
}

fn try_out(
    sample: &PoseFrame,
    recipe: &Recipe,
    goal: &Goal,
    (all, sampled): (usize, usize),
    options: &SuggestOptions,
) -> Result<Outcome> {
    let folder = tempfile::tempdir().map_err(Error::io("cannot be made", "a temporary folder"))?;
    let target = folder.path().join("sample");
    let mut pack_options = PackOptions::default();
    pack_options.ffmpeg.clone_from(&options.ffmpeg);
    let start = Instant::now();
    let packed = pack(sample, recipe, &target, &pack_options)?;
    let packing = start.elapsed();
    let start = Instant::now();
    let table = match &options.ffmpeg {
        Some(ffmpeg) => PackedTable::open_with(&target, ffmpeg)?,
        None => PackedTable::open(&target)?,
    };
    table.load()?;
    let reading = start.elapsed();
    let ratio = (all as u128, sampled.max(1) as u128);
    let estimated = u128::from(packed.bytes) * ratio.0 / ratio.1;
    let estimated_bytes =
        u64::try_from(estimated).unwrap_or(u64::MAX).max(if sampled == all { packed.bytes } else { 0 });
    let measured = || packed.arrays.iter().map(|array| array.measured);
    let max_error = measured().map(|measured| measured.max_error).fold(0.0, f64::max);
    let psnr = measured().filter_map(|measured| measured.psnr).min_by(f64::total_cmp);
    let fits = match goal {
        Goal::Lossless | Goal::MaxError { .. } => true,
        Goal::Psnr(db) => psnr.is_none_or(|psnr| psnr >= *db),
        Goal::Bytes(bytes) => estimated_bytes <= *bytes,
    };
    Ok(Outcome { sample_bytes: packed.bytes, estimated_bytes, max_error, psnr, packing, reading, fits })
}

fn reason(candidates: &[Candidate], chosen: usize, goal: &Goal) -> String {
    let bytes = |candidate: &Candidate| candidate.outcome.as_ref().map_or(0, |outcome| outcome.sample_bytes);
    let best = &candidates[chosen];
    let others = candidates.iter().enumerate().filter(|(number, candidate)| {
        *number != chosen && candidate.outcome.as_ref().is_ok_and(|outcome| outcome.fits)
    });
    let others: Vec<String> =
        others.map(|(_, other)| format!("{} takes {} bytes", other.name, bytes(other))).collect();
    let why = match goal {
        Goal::Bytes(_) => "it has the smallest error of what fits into the size",
        _ => "it is the smallest of what reaches the goal",
    };
    let own = format!("{} was chosen, with {} bytes of the sample: {why}", best.name, bytes(best));
    if others.is_empty() { own } else { format!("{own}; {}", others.join(", ")) }
}
