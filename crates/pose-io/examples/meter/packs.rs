//! Tables packed by a recipe.

use pose_frame::{PoseFrame, PoseTable};
use recipe::{Existing, Goal, PackOptions, PackedTable, Recipe, SuggestOptions};

use crate::Failure;

/// The recipe that is suggested: every bit, or every float to within a bound.
pub(crate) fn suggested(table: &PoseFrame, bound: Option<&str>) -> Result<Recipe, Failure> {
    let goal = match bound {
        Some(bound) => Goal::MaxError { bound: bound.parse()?, coords: std::collections::BTreeMap::new() },
        None => Goal::Lossless,
    };
    Ok(recipe::suggest(table, &goal, &SuggestOptions::default().with_ffmpeg_on_path())?.recipe)
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
