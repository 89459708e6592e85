//! Tables packed by a recipe.

use pose_frame::{PoseFrame, PoseTable};
use recipe::{Existing, Goal, PackOptions, PackedTable, Recipe, SuggestOptions, Suggestion};

use crate::Failure;

/// What is suggested: for every bit, or for every float to within a bound.
pub(crate) fn suggested(table: &PoseFrame, bound: Option<&str>) -> Result<Suggestion, Failure> {
    let goal = match bound {
        Some(bound) => Goal::MaxError { bound: bound.parse()?, coords: std::collections::BTreeMap::new() },
        None => Goal::Lossless,
    };
    Ok(recipe::suggest(table, &goal, &SuggestOptions::default().with_ffmpeg_on_path())?)
}

/// Packs the whole table in every way that was tried and reaches the goal, but for those that were expected to be twice as large as
/// the one that was chosen: the size of that one, the least size, and how many there are.
pub(crate) fn rivals(table: &PoseFrame, bound: Option<&str>, folder: &str) -> Result<Vec<f64>, Failure> {
    let found = suggested(table, bound)?;
    let size = |number: usize| {
        let outcome = found.candidates[number].outcome.as_ref().ok().filter(|outcome| outcome.fits);
        outcome.map(|outcome| outcome.estimated_bytes)
    };
    let most = size(found.chosen).ok_or("nothing was chosen")?.saturating_mul(2);
    let (mut chosen, mut least, mut count) = (0, u64::MAX, 0.0);
    for (number, candidate) in found.candidates.iter().enumerate() {
        if size(number).is_none_or(|bytes| bytes > most) {
            continue;
        }
        let options = PackOptions::default().with_existing(Existing::Replace);
        let bytes = recipe::pack(table, &candidate.recipe, folder, &options)?.bytes;
        eprintln!("{}: {bytes} bytes", candidate.name);
        least = least.min(bytes);
        count += 1.0;
        if number == found.chosen {
            chosen = bytes;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "sizes of files are below 2^53")]
    Ok(vec![chosen as f64, least as f64, count])
}

/// Packs and compares, as it always does; the largest difference of a number that came back.
pub(crate) fn pack(table: &PoseFrame, recipe: &Recipe, folder: &str) -> Result<f64, Failure> {
    let options = PackOptions::default().with_existing(Existing::Replace);
    let packed = recipe::pack(table, recipe, folder, &options)?;
    Ok(packed.arrays.iter().map(|array| array.measured.max_error).fold(0.0, f64::max))
}

pub(crate) fn unpack(folder: &str) -> Result<PoseFrame, Failure> {
    Ok(PackedTable::open(folder)?.load()?)
}
