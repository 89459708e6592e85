//! Which recipe is suggested.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float32Array, Float64Array};
use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, RowIndex, testing};
use recipe::{Codec, Goal, PackOptions, Shape, SuggestOptions, pack, suggest};
use vidpack::Ffmpeg;

use crate::schema;
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
fn the_smallest_candidate_is_chosen_or_one_that_is_nearly_that_and_packs_sooner() {
    let mut options = options();
    options.ffmpeg =
        Some(Ffmpeg::find().expect("this test needs ffmpeg (Debian and Ubuntu: apt-get install ffmpeg)"));
    let found = suggest(&smooth(800), &Goal::Lossless, &options).unwrap();
    let bytes: Vec<u64> = found
        .candidates
        .iter()
        .map(|candidate| candidate.outcome.as_ref().unwrap().estimated_bytes)
        .collect();
    assert!(bytes.len() >= 4, "Parquet, a video, and blocks of two levels as they are near: {bytes:?}");
    let least = *bytes.iter().min().unwrap();
    assert!(bytes[found.chosen] * 100 <= least * 102, "{} of {bytes:?}", found.chosen);
    let again = suggest(&smooth(800), &Goal::Lossless, &options).unwrap();
    assert_eq!((again.chosen, again.recipe), (found.chosen, found.recipe));
    assert!(found.reason.contains("smallest"), "{}", found.reason);
}

#[test]
fn the_highest_level_of_blocks_has_to_save_something() {
    let mut levels = Vec::new();
    for (table, goal) in [
        (smooth(800), Goal::Lossless),
        (changing(4_000), Goal::Lossless),
        (changing(4_000), Goal::MaxError { bound: 0.5, coords: [].into() }),
        (testing::predictions(500), Goal::Lossless),
    ] {
        let found = suggest(&table, &goal, &options()).unwrap();
        // Of some Parquet alone is the smallest.
        let Some(Codec::Pco { level }) = found.recipe.arrays.first().map(|array| array.codec.clone()) else {
            continue;
        };
        let size = |wanted: u8| {
            let of = |candidate: &&recipe::Candidate| {
                candidate.recipe.arrays.iter().any(|array| array.codec == Codec::Pco { level: wanted })
            };
            let candidate = found.candidates.iter().find(of).unwrap();
            candidate.outcome.as_ref().unwrap().estimated_bytes
        };
        let (usual, highest) = (size(8), size(12));
        assert_eq!(level == 12, highest * 100 <= usual * 98, "{usual}, {highest}: {}", found.reason);
        assert_eq!(level == 8 && highest < usual, found.reason.contains("would save"), "{}", found.reason);
        levels.push(level);
    }
    assert!(levels.contains(&8), "{levels:?}");
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
    options.most_sample_bytes = 50_000;
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

/// A number that looks like chance.
fn mixed(number: u32) -> u32 {
    let number = (number ^ (number >> 16)).wrapping_mul(0x45d9_f3b3);
    let number = (number ^ (number >> 15)).wrapping_mul(0x2c1b_3c6d);
    number ^ (number >> 16)
}

/// A table that none of whose parts is like the others: still, then noisy, then steps.
fn changing(rows: u32) -> PoseFrame {
    let column = |number: u32| {
        let value = move |row: u32| {
            let noise = f64::from(mixed(row * 5 + number) >> 8) / 65_536.0;
            match row * 10 / rows {
                0..=5 => 17.5,
                6..=7 => noise,
                _ => f64::from(row / 50 + number),
            }
        };
        Arc::new(Float64Array::from_iter_values((0..rows).map(value))) as ArrayRef
    };
    table(RowIndex::range(rows as usize), (0..5).map(column).collect())
}

/// Sensors on a grid, named by their places: a wave that goes over it.
#[expect(clippy::cast_possible_truncation, reason = "any float of 32 bits will do")]
fn sensors(rows: u32, name: impl Fn(u32, u32) -> ColumnKey) -> PoseFrame {
    let places = (0..20).flat_map(|y| (0..24).map(move |x| (y, x)));
    let columns: Vec<Column> =
        places.clone().map(|(y, x)| Column::new(name(y, x), DataType::Float32)).collect();
    let value = |row: u32, y: u32, x: u32| {
        let wave = (f64::from(row) * 0.2 + f64::from(x) * 0.3).sin() * (f64::from(y) * 0.2).cos();
        let noise = f64::from(mixed(row * 480 + y * 24 + x) >> 20) / 4096.0;
        (wave * 100.0 + noise) as f32
    };
    let arrays = places.map(|(y, x)| {
        Arc::new(Float32Array::from_iter_values((0..rows).map(|row| value(row, y, x)))) as ArrayRef
    });
    let index = RowIndex::range(rows as usize);
    let schema = PoseSchema::new(vec![Some("sensor".into())], columns, index.schema()).unwrap();
    PoseFrame::new(Arc::new(schema), index, arrays.collect()).unwrap()
}

fn with_ffmpeg() -> SuggestOptions {
    let mut options = options();
    options.ffmpeg =
        Some(Ffmpeg::find().expect("this test needs ffmpeg (Debian and Ubuntu: apt-get install ffmpeg)"));
    options
}

#[test]
fn what_is_suggested_is_at_most_a_twentieth_larger_than_the_best_on_the_whole_table() {
    let grid = sensors(160, |y, x| ColumnKey::new([format!("{y},{x}")]));
    let bound = Goal::MaxError { bound: 0.5, coords: [].into() };
    let mut options = with_ffmpeg();
    options.sample_bytes = 48 << 10;
    let packing = PackOptions::default().with_ffmpeg(options.ffmpeg.clone().unwrap());
    for (what, table, goal) in [
        ("still, noisy and steps, within a bound", changing(4_000), bound.clone()),
        ("smooth, a ratio", smooth(3_000), Goal::Psnr(45.0)),
        ("predictions", testing::predictions(3_000), bound.clone()),
        ("sensors", grid.clone(), Goal::Lossless),
        ("sensors, within a bound", grid, bound),
    ] {
        let found = suggest(&table, &goal, &options).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let is_part = |number: &usize| {
            let outcome = found.candidates[*number].outcome.as_ref().unwrap();
            outcome.sampled_frames < table.num_frames()
        };
        let whole = |number: usize| {
            if !is_part(&number) {
                return found.candidates[number].outcome.as_ref().unwrap().sample_bytes;
            }
            let target = folder.path().join(number.to_string());
            pack(&table, &found.candidates[number].recipe, &target, &packing).unwrap().bytes
        };
        let fits =
            |number: &usize| found.candidates[*number].outcome.as_ref().is_ok_and(|outcome| outcome.fits);
        let fitting: Vec<usize> = (0..found.candidates.len()).filter(fits).collect();
        assert!(fitting.iter().any(is_part), "{what}: a part decided");
        let sizes: Vec<(usize, u64)> = fitting.into_iter().map(|number| (number, whole(number))).collect();
        let best = sizes.iter().map(|(_, bytes)| *bytes).min().unwrap();
        let own = sizes.iter().find(|(number, _)| *number == found.chosen).unwrap().1;
        assert!(own * 100 <= best * 105, "{what}: {own} and {best}: {}\n{sizes:?}", found.reason);
    }
}

#[test]
fn sensors_on_a_grid_are_packed_as_pictures_however_they_are_named() {
    let two_levels = sensors(200, |y, x| ColumnKey::new([format!("row {y} column {x}")]));
    let found =
        suggest(&two_levels, &Goal::MaxError { bound: 0.5, coords: [].into() }, &with_ffmpeg()).unwrap();
    assert_eq!(found.recipe.arrays[0].shape, Some(Shape::Inferred), "{}", found.reason);
    assert!(found.reason.contains("video"), "{}", found.reason);
    // Numbers say nothing of a grid, but pictures are tried.
    let numbered = sensors(200, |y, x| ColumnKey::new([i64::from(y * 24 + x)]));
    let found =
        suggest(&numbered, &Goal::MaxError { bound: 0.5, coords: [].into() }, &with_ffmpeg()).unwrap();
    assert_eq!(found.recipe.arrays[0].shape, Some(Shape::Axes(vec![20, 24])), "{}", found.reason);
    let folder = tempfile::tempdir().unwrap();
    for (name, table) in [("two", two_levels), ("one", numbered)] {
        pack(&table, &found.recipe, folder.path().join(name), &PackOptions::default()).unwrap();
    }
}

#[test]
fn codecs_for_pictures_and_components_are_tried_where_something_may_be_lost() {
    let table = sensors(60, |y, x| ColumnKey::new([format!("{y},{x}")]));
    let found = suggest(&table, &Goal::Psnr(40.0), &with_ffmpeg()).unwrap();
    let names: Vec<&str> = found.candidates.iter().map(|candidate| candidate.name.as_str()).collect();
    for part in ["Parquet", "pco", "FFV1", "H.264", "H.265", "VP9", "AV1"] {
        assert!(names.iter().any(|name| name.contains(part)), "{part}: {names:?}");
    }
    let is_measured = |candidate: &&recipe::Candidate| candidate.outcome.is_ok();
    let lossy = |candidate: &&recipe::Candidate| {
        candidate.recipe.arrays.iter().any(|array| matches!(array.codec, Codec::Lossy { .. }))
    };
    let measured = found.candidates.iter().filter(is_measured).filter(lossy).count();
    assert!(measured >= 4, "each codec for pictures in a form that suits: {measured}");
    let chosen = found.candidates[found.chosen].outcome.as_ref().unwrap();
    assert!(chosen.psnr.unwrap() >= 40.0, "{chosen:?}");
    let found =
        suggest(&smooth(300), &Goal::MaxError { bound: 1.0, coords: [].into() }, &with_ffmpeg()).unwrap();
    assert!(found.candidates.iter().any(|candidate| candidate.name.contains("components")));
}

#[test]
fn every_recipe_that_is_tried_is_one_by_the_schema() {
    let goals = [Goal::Lossless, Goal::Psnr(30.0), Goal::Bytes(20_000)];
    for goal in goals {
        let found = suggest(&smooth(400), &goal, &with_ffmpeg()).unwrap();
        for candidate in &found.candidates {
            assert_eq!(schema::complaint(&candidate.recipe.to_json()), None, "{}", candidate.name);
        }
    }
}

#[test]
fn a_goal_that_is_none_is_refused() {
    for goal in [
        Goal::MaxError { bound: 0.0, coords: [].into() },
        Goal::MaxError { bound: 1.0, coords: [("x".to_owned(), f64::NAN)].into() },
        Goal::Psnr(f64::INFINITY),
        Goal::MaxError { bound: 1.0, coords: [("z".to_owned(), 1.0)].into() },
    ] {
        let error = suggest(&testing::predictions(20), &goal, &options()).unwrap_err();
        assert!(error.to_string().starts_with("recipe: goal"), "{error}");
    }
}
