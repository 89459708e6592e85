use pose_frame::{Filter, FilteredTable, Selection, TableErrorKind, Unlikely, testing};
use pose_stats::{GroupBy, StatsErrorKind, StatsOptions, stats};

#[test]
fn a_bodypart_is_all_its_columns_of_a_coord() {
    let table = testing::predictions(500);
    let by = |by| stats(&table, &StatsOptions::default().by(by), &|_| {}).expect("it has statistics");
    let (columns, bodyparts) = (by(GroupBy::Column), by(GroupBy::Bodypart));
    assert_eq!((columns.groups.len(), bodyparts.groups.len()), (6, 6), "of one scorer they are the same");
    for (column, bodypart) in columns.groups.iter().zip(&bodyparts.groups) {
        assert_eq!(column.key[1..], bodypart.key);
        assert_eq!((column.count, column.mean), (bodypart.count, bodypart.mean));
    }
}

#[test]
fn unlikely_points_count_as_nothing() {
    let table = testing::predictions(500);
    let options = StatsOptions::default().min_likelihood(0.7);
    let judged = stats(&table, &options, &|_| {}).expect("it has statistics");
    // What a mask leaves is what is taken.
    let filter = Filter::select(Selection::all().coord("x")).min_likelihood(0.7, Unlikely::Mask);
    let masked = FilteredTable::new(&table, &filter).expect("it has likelihoods");
    let masked = stats(&masked, &StatsOptions::default(), &|_| {}).expect("it has statistics");
    for (judged, masked) in judged.groups.iter().step_by(3).zip(&masked.groups) {
        assert_eq!(judged.count + judged.missing + judged.left_out, 500);
        assert!(judged.left_out > 0);
        assert_eq!((judged.count, judged.mean, judged.max), (masked.count, masked.mean, masked.max));
        assert_eq!(judged.quantiles, masked.quantiles);
    }
}

#[test]
fn wrong_questions_are_told() {
    let ask =
        |options: StatsOptions| stats(&testing::labels(3), &options, &|_| {}).expect_err("it cannot be");
    let error = ask(StatsOptions::default().by(GroupBy::Individual));
    assert_eq!(
        error.to_string(),
        "the table has no individuals: its column levels are scorer, bodyparts, coords"
    );
    let error = ask(StatsOptions::default().quantiles([0.5, 1.5]));
    assert!(matches!(error.kind(), StatsErrorKind::Quantile { .. }), "{error}");
    let error = ask(StatsOptions::default().min_likelihood(0.5));
    let StatsErrorKind::Table { source } = error.kind() else { panic!("{error}") };
    assert!(matches!(source.kind(), TableErrorKind::NoLikelihood), "{error}");
}
