//! A candidate, tried on a sample.

use std::path::Path;
use std::time::Instant;

use arrow_array::Array as _;
use pose_frame::{PoseFrame, PoseTable};
use vidpack::Ffmpeg;

use super::candidates::{Loss, MARGINS, Plan};
use super::sample::Sample;
use super::{Candidate, FAR, Goal, Outcome, fits};
use crate::pack::Counter;
use crate::recipe::Facts;
use crate::{Error, ErrorKind, OnProgress, PackOptions, Packed, PackedTable, Recipe, Result, Stage, pack};

/// What candidates are tried on.
pub(super) struct Trial<'a> {
    pub(super) table: &'a dyn PoseTable,
    pub(super) facts: &'a Facts,
    pub(super) goal: &'a Goal,
    pub(super) ffmpeg: Option<&'a Ffmpeg>,
    pub(super) on_progress: Option<&'a OnProgress>,
    pub(super) sample: Sample,
}

impl Trial<'_> {
    /// Tries a plan as it is. That it cannot be used is an outcome, and only that nothing more is to be tried an error.
    pub(super) fn run(&self, plan: &Plan) -> Result<Candidate> {
        let (name, recipe) = (plan.name(), plan.recipe(self.table.schema(), self.facts));
        let on_progress = self.on_progress.map(|call| call.trying(name.clone()));
        let outcome = match self.measure(&recipe, on_progress.as_ref()) {
            Ok(outcome) => Ok(outcome),
            Err(error) if matches!(error.kind(), ErrorKind::Cancelled) => return Err(error),
            Err(error) => {
                // What ended an ffmpeg may be meant for all of it, as a Ctrl-C is.
                Counter::new(on_progress.as_ref(), 0).add(Stage::Trying(&name), 0)?;
                Err(error.to_string())
            }
        };
        Ok(Candidate { name, recipe, outcome })
    }

    /// A plan that is not tried.
    pub(super) fn skipped(&self, plan: &Plan, why: &str) -> Candidate {
        let recipe = plan.recipe(self.table.schema(), self.facts);
        Candidate { name: plan.name(), recipe, outcome: Err(format!("it was not tried: {why}")) }
    }

    /// Tries a plan with as much loss as the goal lets it have. The smallest so far has so many bytes.
    pub(super) fn search(&self, plan: Plan, smallest: Option<u64>) -> Result<(Candidate, Plan)> {
        match self.goal {
            Goal::Psnr(db) if !plan.is_pictures() => self.reach(&plan, *db, smallest),
            Goal::Bytes(_) if plan.is_pictures() => self.largest_factor(&plan),
            Goal::Bytes(_) => self.largest_ratio(&plan),
            _ => Ok((self.run(&plan)?, plan)),
        }
    }

    /// The least margin with which the ratio is reached.
    fn reach(&self, plan: &Plan, db: f64, smallest: Option<u64>) -> Result<(Candidate, Plan)> {
        let is_far = |outcome: &Outcome| {
            smallest.is_some_and(|bytes| outcome.estimated_bytes > bytes.saturating_mul(FAR))
        };
        let mut last = None;
        for margin in MARGINS {
            let plan = plan.with_loss(Loss::Ratio { db, margin });
            let candidate = self.run(&plan)?;
            // What cannot be packed at all is no nearer with a finer step, and what is too large no smaller.
            let is_done = fits(&candidate) || candidate.outcome.as_ref().map_or(true, is_far);
            last = Some((candidate, plan));
            if is_done {
                break;
            }
        }
        match last {
            Some(last) => Ok(last),
            None => Ok((self.run(plan)?, plan.clone())),
        }
    }

    /// The largest ratio that fits into the size, in steps of 1 dB.
    fn largest_ratio(&self, plan: &Plan) -> Result<(Candidate, Plan)> {
        const LEAST: u32 = 5;
        const MOST: u32 = 160;
        self.last_that_fits(plan, LEAST, MOST, |db| Loss::Ratio { db: db.into(), margin: 0.0 })
    }

    /// The least rate factor that fits into the size.
    fn largest_factor(&self, plan: &Plan) -> Result<(Candidate, Plan)> {
        const MOST: u8 = 51;
        /// The ratio is measured, so anything is near enough to look at.
        const ANY: f64 = -1e3;
        let factor = |steps: u32| f32::from(MOST - u8::try_from(steps).unwrap_or(MOST));
        let (candidate, plan) = self.last_that_fits(plan, 0, MOST.into(), |steps| Loss::Factor {
            crf: factor(steps),
            min_psnr: ANY,
        })?;
        // What the whole table has to keep: what was measured, and something for what was not seen.
        let (Loss::Factor { crf, .. }, Ok(outcome)) = (&plan.loss, &candidate.outcome) else {
            return Ok((candidate, plan));
        };
        let slack = if self.sample.is_whole() { 0.1 } else { 3.0 };
        let min_psnr = outcome.psnr.map_or(0.0, |psnr| ((psnr - slack) * 10.0).floor() / 10.0);
        let plan = plan.with_loss(Loss::Factor { crf: *crf, min_psnr });
        let recipe = plan.recipe(self.table.schema(), self.facts);
        Ok((Candidate { recipe, ..candidate }, plan))
    }

    /// Bisects for the last step with which a plan fits. Where none does, the first is what was tried.
    fn last_that_fits(
        &self,
        plan: &Plan,
        first: u32,
        last: u32,
        loss: impl Fn(u32) -> Loss,
    ) -> Result<(Candidate, Plan)> {
        let try_step = |step: u32| {
            let plan = plan.with_loss(loss(step));
            self.run(&plan).map(|candidate| (candidate, plan))
        };
        let mut best = try_step(first)?;
        if !fits(&best.0) {
            return Ok(best);
        }
        let (mut good, mut bad) = (first, last + 1);
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            let tried = try_step(middle)?;
            if fits(&tried.0) {
                good = middle;
                best = tried;
            } else {
                bad = middle;
            }
        }
        Ok(best)
    }

    fn measure(&self, recipe: &Recipe, on_progress: Option<&OnProgress>) -> Result<Outcome> {
        let folder = tempfile::tempdir().map_err(Error::io("cannot be made", "a temporary folder"))?;
        let target = folder.path().join("sample");
        let frame = &self.sample.frame;
        let start = Instant::now();
        let packed = self.pack(frame, recipe, &target, on_progress)?;
        let packing = start.elapsed();
        let start = Instant::now();
        let table = match self.ffmpeg {
            Some(ffmpeg) => PackedTable::open_with(&target, ffmpeg)?,
            None => PackedTable::open(&target)?,
        };
        for batch in
            table.batches(&pose_frame::Selection::all(), pose_frame::default_batch_frames(table.schema()))?
        {
            batch?;
        }
        let reading = start.elapsed();
        let estimated_bytes = if self.sample.is_whole() {
            packed.bytes
        } else {
            // Names, recipe and the heads of files are there however many frames there are: what grows with them is what the
            // second half of every stretch adds to the first.
            let half = self.sample.halves()?;
            let half_bytes = self.pack(&half, recipe, &folder.path().join("half"), on_progress)?.bytes;
            let (sampled, half_frames) = (frame.num_frames(), half.num_frames());
            scaled((half_frames, half_bytes), (sampled, packed.bytes), self.sample.all)
        };
        let measured = || packed.arrays.iter().map(|array| array.measured);
        let max_error = measured().map(|measured| measured.max_error).fold(0.0, f64::max);
        let psnr = measured().filter_map(|measured| measured.psnr).min_by(f64::total_cmp);
        let fits = match self.goal {
            Goal::Lossless | Goal::MaxError { .. } => true,
            Goal::Psnr(db) => psnr.is_none_or(|psnr| psnr >= *db),
            // What was not seen may be a little larger.
            Goal::Bytes(bytes) if self.sample.is_whole() => estimated_bytes <= *bytes,
            Goal::Bytes(bytes) => estimated_bytes.saturating_add(estimated_bytes / 32) <= *bytes,
        };
        Ok(Outcome {
            sampled_frames: frame.num_frames(),
            sampled_memory: memory(frame),
            sample_bytes: packed.bytes,
            estimated_bytes,
            max_error,
            psnr,
            packing,
            reading,
            fits,
        })
    }

    fn pack(
        &self,
        frame: &PoseFrame,
        recipe: &Recipe,
        target: &Path,
        on_progress: Option<&OnProgress>,
    ) -> Result<Packed> {
        let (ffmpeg, on_progress) = (self.ffmpeg.cloned(), on_progress.cloned());
        let options = PackOptions { ffmpeg, on_progress, ..PackOptions::default() };
        pack(frame, recipe, target, &options)
    }
}

/// The size of all frames, by that of some and of half of these: what a further frame takes is never more than what it takes on
/// average.
fn scaled((half, half_bytes): (usize, u64), (sampled, bytes): (usize, u64), all: usize) -> u64 {
    let more = all.saturating_sub(sampled) as u128;
    let on_average = u128::from(bytes) * more / sampled.max(1) as u128;
    let added = u128::from(bytes.saturating_sub(half_bytes)) * more / (sampled - half).max(1) as u128;
    u64::try_from(u128::from(bytes) + added.min(on_average)).unwrap_or(u64::MAX)
}

/// How many bytes the values of a table have in memory.
fn memory(frame: &PoseFrame) -> u64 {
    frame.columns().iter().map(|column| column.get_array_memory_size() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn what_does_not_grow_with_frames_is_counted_once() {
        assert_eq!(scaled((50, 1_500), (100, 2_000), 1_000), 11_000);
        assert_eq!(scaled((50, 0), (100, 2_000), 1_000), 20_000, "never more than on average");
        assert_eq!(scaled((50, 2_100), (100, 2_000), 1_000), 2_000, "nor less than the sample");
    }
}
