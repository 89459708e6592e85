//! A candidate, tried on a sample.

use std::time::Instant;

use arrow_array::Array as _;
use pose_frame::{PoseFrame, PoseTable};
use vidpack::Ffmpeg;

use super::candidates::{Loss, MARGINS, Plan};
use super::sample::Sample;
use super::{Candidate, FAR, Goal, Outcome, fits};
use crate::recipe::Facts;
use crate::{Error, PackOptions, Packed, PackedTable, Recipe, Result, pack};

/// What candidates are tried on.
pub(super) struct Trial<'a> {
    pub(super) table: &'a dyn PoseTable,
    pub(super) facts: &'a Facts,
    pub(super) goal: &'a Goal,
    pub(super) ffmpeg: Option<&'a Ffmpeg>,
    pub(super) sample: Sample,
}

impl Trial<'_> {
    /// Tries a plan as it is.
    pub(super) fn run(&self, plan: &Plan) -> Candidate {
        let recipe = plan.recipe(self.table.schema(), self.facts);
        let outcome = self.measure(&recipe).map_err(|error| error.to_string());
        Candidate { name: plan.name(), recipe, outcome }
    }

    /// A plan that is not tried.
    pub(super) fn skipped(&self, plan: &Plan, why: &str) -> Candidate {
        let recipe = plan.recipe(self.table.schema(), self.facts);
        Candidate { name: plan.name(), recipe, outcome: Err(format!("it was not tried: {why}")) }
    }

    /// Tries a plan with as much loss as the goal lets it have. The smallest so far has so many bytes.
    pub(super) fn search(&self, plan: Plan, smallest: Option<u64>) -> (Candidate, Plan) {
        match self.goal {
            Goal::Psnr(db) if !plan.is_pictures() => self.reach(&plan, *db, smallest),
            Goal::Bytes(_) if plan.is_pictures() => self.largest_factor(&plan),
            Goal::Bytes(_) => self.largest_ratio(&plan),
            _ => (self.run(&plan), plan),
        }
    }

    /// The least margin with which the ratio is reached.
    fn reach(&self, plan: &Plan, db: f64, smallest: Option<u64>) -> (Candidate, Plan) {
        let is_far = |outcome: &Outcome| {
            smallest.is_some_and(|bytes| outcome.estimated_bytes > bytes.saturating_mul(FAR))
        };
        let mut tried = MARGINS.iter().map(|margin| {
            let plan = plan.with_loss(Loss::Ratio { db, margin: *margin });
            (self.run(&plan), plan)
        });
        let mut last = None;
        for (candidate, plan) in &mut tried {
            // What cannot be packed at all is no nearer with a finer step, and what is too large no smaller.
            let is_done = fits(&candidate) || candidate.outcome.as_ref().map_or(true, is_far);
            last = Some((candidate, plan));
            if is_done {
                break;
            }
        }
        last.unwrap_or_else(|| (self.run(plan), plan.clone()))
    }

    /// The largest ratio that fits into the size, in steps of 1 dB.
    fn largest_ratio(&self, plan: &Plan) -> (Candidate, Plan) {
        const LEAST: u32 = 5;
        const MOST: u32 = 160;
        self.last_that_fits(plan, LEAST, MOST, |db| Loss::Ratio { db: db.into(), margin: 0.0 })
    }

    /// The least rate factor that fits into the size.
    fn largest_factor(&self, plan: &Plan) -> (Candidate, Plan) {
        const MOST: u8 = 51;
        /// The ratio is measured, so anything is near enough to look at.
        const ANY: f64 = -1e3;
        let factor = |steps: u32| f32::from(MOST - u8::try_from(steps).unwrap_or(MOST));
        let (candidate, plan) = self
            .last_that_fits(plan, 0, MOST.into(), |steps| Loss::Factor { crf: factor(steps), min_psnr: ANY });
        // What the whole table has to keep: what was measured, and something for what was not seen.
        let (Loss::Factor { crf, .. }, Ok(outcome)) = (&plan.loss, &candidate.outcome) else {
            return (candidate, plan);
        };
        let slack = if self.sample.is_whole() { 0.1 } else { 3.0 };
        let min_psnr = outcome.psnr.map_or(0.0, |psnr| ((psnr - slack) * 10.0).floor() / 10.0);
        let plan = plan.with_loss(Loss::Factor { crf: *crf, min_psnr });
        let recipe = plan.recipe(self.table.schema(), self.facts);
        (Candidate { recipe, ..candidate }, plan)
    }

    /// Bisects for the last step with which a plan fits. Where none does, the first is what was tried.
    fn last_that_fits(
        &self,
        plan: &Plan,
        first: u32,
        last: u32,
        loss: impl Fn(u32) -> Loss,
    ) -> (Candidate, Plan) {
        let try_step = |step: u32| {
            let plan = plan.with_loss(loss(step));
            (self.run(&plan), plan)
        };
        let mut best = try_step(first);
        if !fits(&best.0) {
            return best;
        }
        let (mut good, mut bad) = (first, last + 1);
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            let tried = try_step(middle);
            if fits(&tried.0) {
                good = middle;
                best = tried;
            } else {
                bad = middle;
            }
        }
        best
    }

    fn measure(&self, recipe: &Recipe) -> Result<Outcome> {
        let folder = tempfile::tempdir().map_err(Error::io("cannot be made", "a temporary folder"))?;
        let target = folder.path().join("sample");
        let frame = &self.sample.frame;
        let start = Instant::now();
        let packed = self.pack(frame, recipe, &target)?;
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
            let half_bytes = self.pack(&half, recipe, &folder.path().join("half"))?.bytes;
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

    fn pack(&self, frame: &PoseFrame, recipe: &Recipe, target: &std::path::Path) -> Result<Packed> {
        let options = PackOptions { ffmpeg: self.ffmpeg.cloned(), ..PackOptions::default() };
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
