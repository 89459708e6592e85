//! The files that are damaged: of every profile and layout, and of pandas.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray};
use pose_frame::{Column, ColumnKey, IndexSchema, LongNames, PoseFrame, PoseSchema, RowIndex, testing};
use pose_parquet::{Layout, Narrow, Profile, WriteOptions, write_table};

/// Files of pandas: with a dictionary and snappy, without metadata, with levels of rows, of times and of texts.
const OF_PANDAS: [&str; 8] =
    ["flat_str", "mixed", "nullable", "multi_index", "tz_index", "no_pandas_metadata", "integers", "one_row"];

/// The small files, by name.
pub(crate) fn small() -> Vec<(String, Vec<u8>)> {
    let table = testing::predictions(60);
    let mut files = Vec::new();
    for profile in Profile::ALL {
        let mut options = WriteOptions::default().with_profile(profile);
        options.row_group_frames = 25;
        files.push((format!("{profile:?}"), written(&table, &options)));
    }
    let narrow = WriteOptions::default().with_narrow(Narrow::WhereExact);
    files.push(("narrow".to_owned(), written(&table, &narrow)));
    let mut long = WriteOptions::default().with_layout(Layout::Long(LongNames::default()));
    long.row_group_frames = 25;
    files.push(("long".to_owned(), written(&table, &long)));
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pandas-3/parquet"));
    for name in OF_PANDAS {
        let path = folder.join(name).with_extension("parquet");
        let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        files.push((name.to_owned(), bytes));
    }
    files
}

/// Two files of several pages in several row groups, with missing values, numbers and texts.
pub(crate) fn large() -> Vec<(String, Vec<u8>)> {
    const FRAMES: usize = 150_000;
    let noise = |frame: usize| f64::from(u32::try_from(frame * 7_919 % 10_007).expect("it is small")).sqrt();
    let gaps = |frame: usize| if frame % 1_000 < 300 { f64::NAN } else { noise(frame) };
    let arrays: Vec<(&str, ArrayRef)> = vec![
        ("x", Arc::new(Float64Array::from_iter_values((0..FRAMES).map(noise)))),
        ("gaps", Arc::new(Float64Array::from_iter_values((0..FRAMES).map(gaps)))),
        ("missing", Arc::new(Float64Array::from_iter_values((0..FRAMES).map(|_| f64::NAN)))),
        ("number", Arc::new(Int64Array::from_iter_values((0..150_000).map(|frame| frame / 3)))),
        ("text", Arc::new(StringArray::from_iter_values((0..FRAMES).map(|frame| format!("{}", frame % 99))))),
    ];
    let columns =
        arrays.iter().map(|(name, array)| Column::new(ColumnKey::new([*name]), array.data_type().clone()));
    let schema = PoseSchema::new(vec![None], columns.collect(), IndexSchema::Range { name: None });
    let arrays = arrays.into_iter().map(|(_, array)| array).collect();
    let table = PoseFrame::new(Arc::new(schema.expect("it is well formed")), RowIndex::range(FRAMES), arrays);
    let table = table.expect("it fits");
    [Profile::Fast, Profile::Portable]
        .map(|profile| {
            (format!("large {profile:?}"), written(&table, &WriteOptions::default().with_profile(profile)))
        })
        .into()
}

fn written(table: &PoseFrame, options: &WriteOptions) -> Vec<u8> {
    write_table(table, Vec::new(), options).expect("it can be written")
}
