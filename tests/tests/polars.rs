//! Polars works with tables as its guide does: what it filters, groups and reads is what was there.

use std::io::Cursor;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use polars::prelude::{DataFrame, IntoLazy, SortMultipleOptions, col, lit};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use pose_frame::{
    LongNames, LongTable, MissingFloats, PolarsOptions, PoseFrame, PoseTable, RowColumns, Tolerance,
    WideTable, first_difference, testing,
};
use pose_parquet::{ParquetTable, WriteOptions, write_table};

const FRAMES: usize = 500;

/// Missing floats as null, which means and comparisons leave out.
fn with_null() -> PolarsOptions {
    PolarsOptions::default().missing(MissingFloats::Null)
}

fn long(wide: &PoseFrame) -> PoseFrame {
    LongTable::new(wide, &LongNames::default()).unwrap().load().unwrap()
}

fn floats<'a>(table: &'a PoseFrame, bodypart: &str, coord: &str) -> &'a [f64] {
    let key = pose_frame::ColumnKey::new(["DLC_net", bodypart, coord]);
    let position = table.schema().position(&key).unwrap();
    table.columns()[position].as_primitive::<Float64Type>().values()
}

fn written(table: &dyn PoseTable) -> Vec<u8> {
    let mut file = Vec::new();
    write_table(table, &mut file, &WriteOptions::default()).unwrap();
    file
}

/// Whether Polars finds this table in a file. One NaN is as good as another to it, and null.
fn assert_found(table: &PoseFrame, file: Vec<u8>) {
    let found = PoseFrame::from_polars(&read_by_polars(file), table.shared_schema()).unwrap();
    assert_eq!(first_difference(table, &found, Tolerance::Absolute(0.0)).unwrap(), None);
}

fn read_by_polars(file: Vec<u8>) -> DataFrame {
    ParquetReader::new(Cursor::new(file)).finish().unwrap()
}

#[test]
fn likely_points_are_grouped_by_bodypart() {
    let wide = testing::predictions(FRAMES);
    let summary = long(&wide)
        .to_polars_with(with_null())
        .unwrap()
        .lazy()
        .filter(col("likelihood").gt(lit(0.9)))
        .filter(col("x").is_finite())
        .group_by([col("bodypart")])
        .agg([
            col("x").mean().alias("mean"),
            col("x").std(1).alias("std"),
            col("x").min().alias("min"),
            col("x").count().alias("count"),
        ])
        .sort(["bodypart"], SortMultipleOptions::default())
        .collect()
        .unwrap();
    assert_eq!(summary.height(), 2);
    for (row, bodypart) in ["snout", "tail base"].into_iter().enumerate() {
        let likely = floats(&wide, bodypart, "likelihood").iter().map(|likelihood| *likelihood > 0.9);
        let x = floats(&wide, bodypart, "x").iter().zip(likely);
        let x: Vec<f64> = x.filter(|(x, likely)| *likely && x.is_finite()).map(|(x, _)| *x).collect();
        let count = f64::from(u32::try_from(x.len()).unwrap());
        let mean = x.iter().sum::<f64>() / count;
        let std = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
        let min = x.iter().copied().fold(f64::INFINITY, f64::min);
        let found = |name: &str| summary.column(name).unwrap().f64().unwrap().get(row).unwrap();
        assert_eq!(summary.column("bodypart").unwrap().str().unwrap().get(row), Some(bodypart));
        assert!(!x.is_empty() && x.len() < FRAMES, "some points are likely, not all");
        assert_eq!(summary.column("count").unwrap().u32().unwrap().get(row), u32::try_from(x.len()).ok());
        assert!((found("mean") - mean).abs() <= 1e-12 * mean.abs(), "{} {mean}", found("mean"));
        assert!((found("std") - std).abs() <= 1e-12 * std, "{} {std}", found("std"));
        assert_eq!(found("min").to_bits(), min.to_bits());
    }
    // A summary of Polars is a table, and a file.
    let table = PoseFrame::from_polars_flat(&summary).unwrap();
    assert!(read_by_polars(written(&table)).equals_missing(&summary));
}

#[test]
fn nan_passes_for_more_than_any_number_where_it_is_not_null() {
    let long = long(&testing::predictions(FRAMES));
    let likely = |options| {
        let data_frame = long.to_polars_with(options).unwrap();
        data_frame.lazy().filter(col("likelihood").gt(lit(0.9))).collect().unwrap().height()
    };
    let missing = pose_frame::count_missing(long.columns().last().unwrap());
    assert!(missing > 0);
    assert_eq!(likely(PolarsOptions::default()), likely(with_null()) + missing);
}

#[test]
fn a_filtered_wide_table_is_written_with_its_row_labels() {
    let wide = testing::predictions(FRAMES);
    let data_frame = wide.to_polars_with(with_null().rows(RowColumns::Always)).unwrap();
    let likely = col("('DLC_net', 'snout', 'likelihood')").gt(lit(0.9));
    let filtered = data_frame.lazy().filter(likely).collect().unwrap();
    assert!(filtered.height() > 0 && filtered.height() < FRAMES);

    let back = PoseFrame::from_polars(&filtered, wide.shared_schema()).unwrap();
    assert_eq!(back.schema(), wide.schema());
    let file = written(&back);
    assert_found(&back, file.clone());
    let read = ParquetTable::from_bytes(file).unwrap();
    assert_eq!(first_difference(&back, &read, Tolerance::BitForBit).unwrap(), None);
}

#[test]
fn a_filtered_long_table_is_written_and_is_wide_again() {
    let wide = testing::predictions(FRAMES);
    let long = long(&wide);
    let data_frame = long.to_polars_with(with_null()).unwrap();
    let filtered = data_frame.lazy().filter(col("likelihood").gt(lit(0.9))).collect().unwrap();
    let back = PoseFrame::from_polars(&filtered, long.shared_schema()).unwrap();
    assert_found(&back, written(&back));

    let again = WideTable::pivot(back, &LongNames::default()).unwrap().load().unwrap();
    assert_eq!(again.columns().len(), wide.columns().len());
    assert!(again.num_frames() > 0 && again.num_frames() <= wide.num_frames());
}

#[test]
fn a_written_table_is_what_polars_would_hold() {
    for table in [testing::predictions(FRAMES), testing::labels(40)] {
        assert_found(&table, written(&table));
    }
    // Of only one kind of NaN, so that all of them are null in the file.
    let table = testing::labels(40);
    let (read, held) = (read_by_polars(written(&table)), table.to_polars_with(with_null()).unwrap());
    assert!(held.columns().iter().any(|column| column.null_count() > 0));
    assert!(sorted(&read).equals_missing(&sorted(&held)), "names, types, values and nulls");
}

/// With the columns in the order of their names: pandas, and so the file, has row labels last.
fn sorted(data_frame: &DataFrame) -> DataFrame {
    let mut names = data_frame.get_column_names_owned();
    names.sort();
    data_frame.select(names).unwrap()
}
