//! How far packing is, its end before it is done, and how much is read at once.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arrow_array::{ArrayRef, Float64Array};
use pose_frame::{
    PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, TableError, default_batch_frames, testing,
};
use recipe::{
    ErrorKind, Goal, OnProgress, PackOptions, PackedTable, Recipe, Stage, SuggestOptions, pack, suggest,
};

use crate::support::{in_video, table};

fn long() -> PoseFrame {
    let values = Float64Array::from_iter_values((0..150_000).map(|row| f64::from(row) * 0.5));
    let label = Float64Array::from_iter_values((0..150_000).map(|row| f64::from(row % 7)));
    table(RowIndex::range(150_000), vec![Arc::new(values) as ArrayRef, Arc::new(label)])
}

#[test]
fn frames_are_counted_up_to_all_that_there_are_to_go_through() {
    for (table, recipe) in [
        (long(), Recipe::lossless(&long()).unwrap()),
        (testing::predictions(40), in_video()),
        (testing::predictions(40), Recipe::new(Vec::new())),
    ] {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let also = Arc::clone(&seen);
        let told = OnProgress::new(move |progress| {
            let stage = match progress.stage {
                Stage::Beside => "beside",
                Stage::Array(_) => "array",
                Stage::Comparing => "comparing",
                _ => "other",
            };
            also.lock().unwrap().push((stage, progress.frames, progress.of));
            ControlFlow::Continue(())
        });
        let folder = tempfile::tempdir().unwrap();
        pack(&table, &recipe, folder.path().join("t"), &PackOptions::default().with_progress(told)).unwrap();
        let seen = seen.lock().unwrap();
        assert!(seen.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{seen:?}");
        let passes = 2 + recipe.arrays.len();
        assert_eq!(
            seen.last().map(|last| (last.1, last.2)),
            Some((table.num_frames() * passes, table.num_frames() * passes))
        );
        assert!(seen.iter().any(|(stage, ..)| *stage == "comparing"), "{seen:?}");
    }
}

#[test]
fn what_is_tried_is_named_and_trying_ends_when_it_is_to() {
    let (table, tried) = (long(), Arc::new(Mutex::new(Vec::new())));
    let also = Arc::clone(&tried);
    let told = OnProgress::new(move |progress| {
        let Stage::Trying(name) = progress.stage else { panic!("{progress:?}") };
        also.lock().unwrap().push(name.to_owned());
        ControlFlow::Continue(())
    });
    let found = suggest(&table, &Goal::Lossless, &SuggestOptions::default().with_progress(told)).unwrap();
    let mut tried = std::mem::take(&mut *tried.lock().unwrap());
    tried.dedup();
    for candidate in &found.candidates {
        let is_tried = candidate.outcome.is_ok();
        assert_eq!(tried.contains(&candidate.name), is_tried, "{} of {tried:?}", candidate.name);
    }
    for after in [0, 1, 5] {
        let calls = AtomicUsize::new(0);
        let told = OnProgress::new(move |_| match calls.fetch_add(1, Ordering::Relaxed) {
            call if call < after => ControlFlow::Continue(()),
            call if call == after => ControlFlow::Break(()),
            _ => panic!("it was to end"),
        });
        let options = SuggestOptions::default().with_progress(told);
        let error = suggest(&table, &Goal::Lossless, &options).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}");
    }
}

#[test]
fn packing_that_is_cancelled_anywhere_leaves_nothing() {
    for (table, recipe) in
        [(long(), Recipe::lossless(&long()).unwrap()), (testing::predictions(40), in_video())]
    {
        for after in 0.. {
            let calls = AtomicUsize::new(0);
            let told = OnProgress::new(move |_| {
                let call = calls.fetch_add(1, Ordering::Relaxed);
                if call == after { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            let folder = tempfile::tempdir().unwrap();
            let options = PackOptions::default().with_progress(told);
            match pack(&table, &recipe, folder.path().join("t"), &options) {
                Ok(_) => {
                    assert!(after >= 3, "it was asked three times at least");
                    break;
                }
                Err(error) => assert!(matches!(error.kind(), ErrorKind::Cancelled), "{error}"),
            }
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "after {after} calls");
        }
    }
}

/// A table that never has more than a batch in memory, and notes how much is asked of it at once.
struct Endless {
    schema: PoseSchema,
    frames: usize,
    most: AtomicUsize,
}

impl PoseTable for Endless {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.frames
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.schema, self.frames)?;
        self.most.fetch_max(resolved.frames.len(), Ordering::Relaxed);
        let columns = resolved.columns.iter().map(|column| {
            let value = |row: usize| f64::from(u32::try_from(row % 1000 + column).unwrap()) * 0.25;
            Arc::new(Float64Array::from_iter_values(resolved.frames.clone().map(value))) as ArrayRef
        });
        let index = RowIndex::range(self.frames).slice(resolved.frames.clone());
        PoseFrame::new(self.schema.project(&resolved.columns).into(), index, columns.collect())
    }
}

#[test]
fn no_more_than_a_batch_is_read_at_once() {
    let small = table(RowIndex::range(1), vec![Arc::new(Float64Array::from(vec![0.0])) as ArrayRef; 2]);
    let endless = Endless { schema: small.schema().clone(), frames: 400_000, most: AtomicUsize::new(0) };
    for recipe in [Recipe::lossless(&endless).unwrap(), in_video(), Recipe::new(Vec::new())] {
        let folder = tempfile::tempdir().unwrap();
        pack(&endless, &recipe, folder.path().join("t"), &PackOptions::default()).unwrap();
        assert!(endless.most.load(Ordering::Relaxed) <= default_batch_frames(&endless.schema));
        let packed = PackedTable::open(folder.path().join("t")).unwrap();
        let last = packed.read(&Selection::all().frames(399_990..400_000)).unwrap();
        let expected = endless.read(&Selection::all().frames(399_990..400_000)).unwrap();
        crate::support::assert_same(&last, &expected);
    }
}
