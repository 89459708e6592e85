//! Which recipe is suggested.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array};
use pose_frame::{PoseFrame, RowIndex, testing};
use recipe::{Goal, PackOptions, SuggestOptions, pack, suggest};
use vidpack::Ffmpeg;

use crate::support::table;

fn smooth(rows: u32) -> PoseFrame {
    let column = |number: u32| {
        let value = move |row: u32| 300.0 + 200.0 * (f64::from(row) / 40.0 + f64::from(number)).sin();
        Arc::new(Float64Array::from_iter_values((0..rows).map(value))) as ArrayRef
    };
    table(RowIndex::range(rows as usize), (0..6).map(column).collect())
}

fn options() -> SuggestOptions {
    SuggestOptions::default()
}

#[test]
fn the_smallest_candidate_is_chosen_whatever_it_takes() {
    let mut options = options();
    options.ffmpeg =
        Some(Ffmpeg::find().expect("this test needs ffmpeg (Debian and Ubuntu: apt-get install ffmpeg)"));
    let found = suggest(&smooth(800), &Goal::Lossless, &options).unwrap();
    let bytes: Vec<u64> =
        found.candidates.iter().map(|candidate| candidate.outcome.as_ref().unwrap().sample_bytes).collect();
    assert_eq!(bytes.len(), 3, "Parquet, blocks and a video");
    assert_eq!(bytes[found.chosen], *bytes.iter().min().unwrap());
    let again = suggest(&smooth(800), &Goal::Lossless, &options).unwrap();
    assert_eq!((again.chosen, again.recipe), (found.chosen, found.recipe));
    assert!(found.reason.contains("smallest"), "{}", found.reason);
}

#[test]
fn a_bound_makes_it_smaller_and_is_kept() {
    let table = smooth(2000);
    let exact = suggest(&table, &Goal::Lossless, &options()).unwrap();
    let within = suggest(&table, &Goal::MaxError { bound: 0.1, coords: [].into() }, &options()).unwrap();
    let outcome = |found: &recipe::Suggestion| *found.candidates[found.chosen].outcome.as_ref().unwrap();
    assert!(outcome(&within).sample_bytes < outcome(&exact).sample_bytes);
    assert!(outcome(&within).max_error <= 0.1 && outcome(&within).max_error > 0.0);
    assert_eq!(outcome(&exact).max_error.to_bits(), 0);
}

#[test]
fn a_ratio_and_a_size_are_reached() {
    let table = smooth(4000);
    let found = suggest(&table, &Goal::Psnr(50.0), &options()).unwrap();
    let psnr = found.candidates[found.chosen].outcome.as_ref().unwrap().psnr.unwrap();
    assert!((50.0..60.0).contains(&psnr), "{psnr}");
    let folder = tempfile::tempdir().unwrap();
    let found = suggest(&table, &Goal::Bytes(60_000), &options()).unwrap();
    let packed = pack(&table, &found.recipe, folder.path().join("t"), &PackOptions::default()).unwrap();
    assert!(packed.bytes <= 60_000, "{}", packed.bytes);
    suggest(&table, &Goal::Bytes(10), &options()).expect_err("no table is that small");
}

#[test]
fn only_a_part_of_a_long_table_is_tried() {
    let mut options = options();
    options.sample_bytes = 50_000;
    let found = suggest(&smooth(20_000), &Goal::Lossless, &options).unwrap();
    assert!(found.sampled_frames < 1000, "{}", found.sampled_frames);
    let outcome = found.candidates[found.chosen].outcome.as_ref().unwrap();
    assert!(outcome.estimated_bytes > outcome.sample_bytes * 10);
}

#[test]
fn tables_of_no_and_one_row_have_a_recipe() {
    for frames in [0, 1] {
        suggest(&testing::predictions(frames), &Goal::Psnr(40.0), &options()).unwrap();
    }
}
