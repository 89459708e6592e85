use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{ArrayRef, Float64Array, Int64Array};
use pose_frame::{Column, ColumnKey, PoseFrame, PoseSchema, RowIndex, testing};
use pose_stats::{Number, StatsOptions, stats};

fn frame(columns: Vec<(&str, ArrayRef)>) -> PoseFrame {
    let index = RowIndex::range(columns[0].1.len());
    let schema =
        columns.iter().map(|(name, array)| Column::new(ColumnKey::new([*name]), array.data_type().clone()));
    let schema = PoseSchema::new(vec![None], schema.collect(), index.schema()).expect("it is well formed");
    PoseFrame::new(Arc::new(schema), index, columns.into_iter().map(|(_, array)| array).collect())
        .expect("it fits")
}

#[allow(clippy::cast_precision_loss, reason = "small numbers")]
fn small(number: u64) -> f64 {
    (number % 50) as f64 * 1e-9
}

/// Numbers without a pattern, but the same ones each time.
fn scrambled(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(|n| {
        (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    })
}

#[test]
fn little_memory_gives_the_same_bits() {
    let wild = Float64Array::from_iter_values(scrambled(70_000).map(f64::from_bits));
    // Ties, many values that are one, and a few far away.
    let tied =
        Float64Array::from_iter_values(scrambled(70_000).map(|n| if n % 3 == 0 { 0.0 } else { small(n) }));
    let whole = Int64Array::from_iter_values(scrambled(70_000).map(u64::cast_signed));
    let constant = Float64Array::from(vec![7.5; 70_000]);
    let table = frame(vec![
        ("wild", Arc::new(wild) as ArrayRef),
        ("tied", Arc::new(tied)),
        ("whole", Arc::new(whole)),
        ("constant", Arc::new(constant)),
    ]);
    let options = StatsOptions::default().quantiles([0.0, 0.001, 0.1, 0.25, 0.5, 0.500_01, 0.9, 1.0]);
    let expected = stats(&table, &options, &|_| {}).expect("it has statistics");
    for memory in [0, 1000, 100_000, 1 << 20] {
        let passes = AtomicUsize::new(0);
        let count = |at: pose_stats::StatsProgress| {
            passes.fetch_max(at.passes + 1, Ordering::Relaxed);
        };
        let found = stats(&table, &options.clone().memory_bytes(memory), &count).expect("it has statistics");
        assert_eq!(format!("{found:?}"), format!("{expected:?}"), "with {memory} bytes");
        assert!((3..=66).contains(&passes.into_inner()), "values are read again where they do not fit");
    }
    assert_eq!(expected.groups[3].quantiles[4].value, Some(7.5));
    let Some(Number::Integer(low)) = expected.groups[2].min else { panic!("whole numbers stay whole") };
    assert!(low < -(1 << 62), "{low}");
}

#[test]
fn quantiles_lie_between_values() {
    let table =
        frame(vec![("x", Arc::new(Float64Array::from(vec![4.0, f64::NAN, 1.0, 2.0, f64::INFINITY])))]);
    let options = StatsOptions::default().quantiles([0.0, 0.5, 0.25, 1.0]);
    let x = &stats(&table, &options, &|_| {}).expect("it has statistics").groups[0];
    let values: Vec<Option<f64>> = x.quantiles.iter().map(|quantile| quantile.value).collect();
    assert_eq!(values, [Some(1.0), Some(3.0), Some(1.75), Some(f64::INFINITY)]);
    assert_eq!((x.count, x.missing, x.mean, x.std), (4, 1, Some(f64::INFINITY), None));
}

#[test]
fn a_table_without_rows_has_no_extremes() {
    let found =
        stats(&testing::predictions(0), &StatsOptions::default(), &|_| {}).expect("it has statistics");
    for column in &found.groups {
        assert_eq!((column.count, column.mean, column.min, column.max), (0, None, None, None));
        assert!(column.quantiles.iter().all(|quantile| quantile.value.is_none()));
    }
}
