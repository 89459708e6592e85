//! Which recipe suits a table: candidates are tried, and the smallest that reaches the goal is chosen.

mod candidates;
mod reason;
mod sample;
mod trial;

use std::collections::BTreeMap;
use std::time::Duration;

use pose_frame::PoseTable;
use vidpack::Ffmpeg;

use self::candidates::Plan;
use self::sample::Sample;
use self::trial::Trial;
use crate::recipe::{Facts, Wanted, check_coords};
use crate::{Error, OnProgress, Recipe, Result};

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
    /// How many bytes of the table, in memory, are packed to try every candidate: stretches spread over all of it.
    pub sample_bytes: usize,
    /// How many bytes are packed at most, where candidates that are nearly as small as each other are tried on more of the table.
    pub most_sample_bytes: usize,
    /// What makes videos. None are tried without it.
    pub ffmpeg: Option<Ffmpeg>,
    /// What is told which candidate is tried, and may end it.
    pub on_progress: Option<OnProgress>,
}

impl SuggestOptions {
    /// Videos are tried too, if there is an ffmpeg on the search path.
    #[must_use]
    pub fn with_ffmpeg_on_path(mut self) -> Self {
        self.ffmpeg = Ffmpeg::find().ok();
        self
    }

    /// What is told which candidate is tried, as [`Stage::Trying`](crate::Stage::Trying), and may end it.
    #[must_use]
    pub fn with_progress(mut self, on_progress: OnProgress) -> Self {
        self.on_progress = Some(on_progress);
        self
    }
}

impl Default for SuggestOptions {
    fn default() -> Self {
        Self { sample_bytes: 2 << 20, most_sample_bytes: 64 << 20, ffmpeg: None, on_progress: None }
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
    /// How many frames were packed to try the one that was chosen.
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
    /// How many frames were packed.
    pub sampled_frames: usize,
    /// How many bytes they have in memory.
    pub sampled_memory: u64,
    /// The size of the packed sample.
    pub sample_bytes: u64,
    /// The size of the whole table, were all of it like the sample.
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

/// How many times as large as the best a candidate may be after each round, to be tried on more of the table in the next.
const NEARLY_AS_SMALL: [f64; 2] = [2.0, 1.15];

/// How many times as large as another a candidate is at the same contract, or by how many dB worse at the same size, to be far from it.
const FAR: u64 = 3;
const FAR_DB: f64 = 10.0;

/// What the highest level of blocks has to come down to of what would be chosen without it: it takes some ten times as long as the default
/// one.
const PAYS: f64 = 0.98;

/// How many times as much is packed in the next round.
const NEXT_ROUND: usize = 8;

/// Tries candidates on a part of a table, and chooses.
///
/// Candidates are Parquet alone; blocks of pco at two levels; FFV1 with columns in a row, on the [grid](crate::Shape::Inferred)
/// of their keys or as pictures of a wide row, where a bound lets it as principal components too; and codecs for pictures, where
/// the goal is a signal-to-noise ratio or a size. Videos are tried only where there is an ffmpeg, with the encoders that it has.
///
/// Of those that reach the goal the smallest is chosen (for a size, that with the least noise), and the first of those that are
/// equal; the highest level of blocks only where it saves 2 %. Times are measured for people, and change nothing. The table is read once for its ranges. Of a table that is
/// longer than the sample, stretches from its beginning to its end are packed; candidates that are not twice as large as the smallest are
/// tried on eight times as much, and so on, until one is left, the whole table has been packed, or the sample is as large as it
/// may be. Candidates are verified, as whatever is packed is.
///
/// What cannot win is not tried, and says so: codecs for pictures in a form in which FFV1 is more than three times as large as in
/// another one, or in which another such codec is more than three times as large as the smallest; and the highest level of blocks where
/// the default one is not nearly the smallest.
///
/// # Errors
///
/// When the table cannot be read, a bound is none or of no coord of the table, no candidate reaches the goal, or it was
/// [cancelled](OnProgress).
pub fn suggest(table: &dyn PoseTable, goal: &Goal, options: &SuggestOptions) -> Result<Suggestion> {
    check_goal(goal)?;
    if let Goal::MaxError { coords, .. } = goal {
        check_coords(coords, table.schema(), "goal")?;
    }
    let facts = Facts::of(table, Wanted::Ranges)?;
    let sample = Sample::of(table, options.sample_bytes)?;
    let (ffmpeg, on_progress) = (options.ffmpeg.as_ref(), options.on_progress.as_ref());
    let mut trial = Trial { table, facts: &facts, goal, ffmpeg, on_progress, sample };
    let mut plans: Vec<Plan> = Vec::new();
    let mut tried: Vec<Candidate> = Vec::new();
    for plan in candidates::exact(table.schema(), &facts, goal, trial.ffmpeg) {
        tried.push(trial.run(&plan)?);
        plans.push(plan);
    }
    // Where what loses nothing is small enough, nothing need be lost.
    if !(matches!(goal, Goal::Bytes(_)) && tried.iter().any(fits)) {
        for plan in candidates::near(table.schema(), &facts, goal, trial.ffmpeg) {
            let (candidate, plan) = match hopeless(&plan, &plans, &tried, goal) {
                Some(why) => (trial.skipped(&plan, why), plan),
                None => trial.search(plan, least(&tried))?,
            };
            tried.push(candidate);
            plans.push(plan);
        }
    }
    if !matches!(goal, Goal::Bytes(_)) {
        race(&mut trial, &plans, &mut tried, options)?;
    }
    // The highest level of blocks takes several times as long and gains a little: it is tried where that may decide.
    let mut finer = Vec::new();
    for number in 0..plans.len() {
        if let Some(plan) = plans[number].finer().filter(|_| fits(&tried[number])) {
            let is_near = match goal {
                Goal::Bytes(_) => best(&tried, &[], goal) == Some(number),
                _ => near(&tried, NEARLY_AS_SMALL[1]).contains(&number),
            };
            let why = "the lower level is far from the smallest";
            finer.push(tried.len());
            tried.push(if is_near { trial.run(&plan)? } else { trial.skipped(&plan, why) });
        }
    }
    let usual = best(&tried, &finer, goal);
    let all = best(&tried, &[], goal)
        .filter(|all| usual.is_none_or(|usual| pays(&tried[*all], &tried[usual], goal)));
    let Some(chosen) = all.or(usual) else {
        return Err(Error::recipe("goal", unreached(&tried)));
    };
    let reason = reason::of(&tried, chosen, goal, table);
    let recipe = tried[chosen].recipe.clone();
    let sampled_frames = tried[chosen].outcome.as_ref().map_or(0, |outcome| outcome.sampled_frames);
    Ok(Suggestion { recipe, candidates: tried, chosen, sampled_frames, reason })
}

/// Why no candidate will do: what the smallest would take, or what was said of those that could not be tried.
fn unreached(tried: &[Candidate]) -> String {
    let sizes = tried.iter().filter_map(|candidate| {
        let outcome = candidate.outcome.as_ref().ok()?;
        Some((outcome.estimated_bytes, &candidate.name))
    });
    if let Some((bytes, name)) = sizes.min() {
        let ways = tried.len();
        return format!(
            "nothing reaches it; of {ways} ways {name} is the smallest, with about {bytes} bytes"
        );
    }
    let whys = tried
        .iter()
        .filter_map(|candidate| Some(format!("{}: {}", candidate.name, candidate.outcome.as_ref().err()?)));
    format!("nothing reaches it: {}", whys.collect::<Vec<_>>().join("; "))
}

fn check_goal(goal: &Goal) -> Result<()> {
    let bounds = match goal {
        Goal::Lossless | Goal::Bytes(_) => Vec::new(),
        Goal::MaxError { bound, coords } => coords.values().chain([bound]).copied().collect(),
        Goal::Psnr(db) => vec![db.abs().max(f64::MIN_POSITIVE)],
    };
    match bounds.iter().find(|bound| !(bound.is_finite() && **bound > 0.0)) {
        Some(bound) => Err(Error::recipe("goal", format!("{bound} is no bound and no ratio"))),
        None => Ok(()),
    }
}

/// Tries those that are nearly as small as the smallest on more of the table.
fn race(
    trial: &mut Trial<'_>,
    plans: &[Plan],
    tried: &mut [Candidate],
    options: &SuggestOptions,
) -> Result<()> {
    let mut sample_bytes = options.sample_bytes;
    let margins = NEARLY_AS_SMALL.iter().chain(std::iter::repeat(&NEARLY_AS_SMALL[1]));
    for margin in margins {
        let near = near(tried, *margin);
        let next = sample_bytes.saturating_mul(NEXT_ROUND).min(options.most_sample_bytes);
        if near.len() < 2 || trial.sample.is_whole() || next <= sample_bytes {
            return Ok(());
        }
        sample_bytes = next;
        trial.sample = Sample::of(trial.table, sample_bytes)?;
        for number in near {
            tried[number] = trial.run(&plans[number])?;
        }
    }
    Ok(())
}

/// Why a codec for pictures need not be tried: its form does not suit the table, or another such codec is far from the smallest.
///
/// What codecs gain over each other is less than what is lost by pictures in which neighbours have nothing to do with each other. (FFV1
/// alone does not tell how small the others are: it predicts nothing from the frame before.)
fn hopeless(plan: &Plan, plans: &[Plan], tried: &[Candidate], goal: &Goal) -> Option<&'static str> {
    let variants = (0..plans.len()).filter(|number| plan.is_variant_of(&plans[*number]));
    let outcome = |number: usize| tried[number].outcome.as_ref().ok().filter(|outcome| outcome.fits);
    let is_far = |own: &Outcome, other: &Outcome| match goal {
        Goal::Bytes(_) => {
            let ratio = |outcome: &Outcome| outcome.psnr.unwrap_or(f64::INFINITY);
            ratio(own) + FAR_DB < ratio(other)
        }
        _ => other.estimated_bytes.saturating_mul(FAR) < own.estimated_bytes,
    };
    for number in variants {
        let Some(own) = outcome(number) else { continue };
        let is_plain = plans[number].is_plain_video();
        let mut others = (0..plans.len()).filter(|other| !is_plain || plans[*other].is_plain_video());
        if others.any(|other| outcome(other).is_some_and(|other| is_far(own, other))) {
            return Some(if is_plain {
                "FFV1 is far smaller in another form"
            } else {
                "another codec for pictures is far from the smallest"
            });
        }
    }
    None
}

/// The size of the smallest that reaches the goal.
fn least(tried: &[Candidate]) -> Option<u64> {
    tried.iter().filter_map(size).min()
}

/// Those that reach the goal and are no more than so many times as large as the smallest.
fn near(tried: &[Candidate], margin: f64) -> Vec<usize> {
    let Some(least) = least(tried) else { return Vec::new() };
    #[expect(clippy::cast_precision_loss, reason = "it decides who is tried once more")]
    let is_near = |bytes: u64| bytes as f64 <= least as f64 * margin;
    (0..tried.len()).filter(|number| size(&tried[*number]).is_some_and(is_near)).collect()
}

fn size(candidate: &Candidate) -> Option<u64> {
    candidate.outcome.as_ref().ok().filter(|outcome| outcome.fits).map(|outcome| outcome.estimated_bytes)
}

fn fits(candidate: &Candidate) -> bool {
    size(candidate).is_some()
}

/// Whether a candidate is enough smaller than another one to be worth a long time: for a size, any noise less is.
#[expect(clippy::cast_precision_loss, reason = "it decides what is chosen of two that are nearly the same")]
fn pays(own: &Candidate, other: &Candidate, goal: &Goal) -> bool {
    let sizes = size(own).zip(size(other));
    matches!(goal, Goal::Bytes(_)) || sizes.is_none_or(|(own, other)| own as f64 <= other as f64 * PAYS)
}

/// Which candidate is the best of those that reach the goal, but for some.
fn best(tried: &[Candidate], but: &[usize], goal: &Goal) -> Option<usize> {
    let fitting = |(number, candidate): (usize, &Candidate)| {
        let outcome = candidate.outcome.as_ref().ok().filter(|outcome| outcome.fits)?;
        if but.contains(&number) {
            return None;
        }
        // The least noise is what is left to ask for where the size is given.
        let noise = if matches!(goal, Goal::Bytes(_)) { -outcome.psnr.unwrap_or(f64::INFINITY) } else { 0.0 };
        Some((number, noise, outcome.estimated_bytes))
    };
    let best = tried.iter().enumerate().filter_map(fitting).min_by(|left, right| {
        left.1.total_cmp(&right.1).then(left.2.cmp(&right.2)).then(left.0.cmp(&right.0))
    });
    best.map(|(number, ..)| number)
}
