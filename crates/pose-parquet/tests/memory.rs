//! Memory grows with the values of a row group, and by little with the number of columns.
//!
//! A program of its own: it counts what all of it allocates.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use arrow_array::{ArrayRef, Float64Array};
use arrow_schema::DataType;
use peak_alloc::PeakAlloc;
use pose_frame::{
    Column, ColumnKey, IndexSchema, LongNames, PoseFrame, PoseSchema, PoseTable, RowIndex, Selection,
    Tolerance, first_difference,
};
use pose_parquet::{Layout, ParquetTable, TableWriter, WriteOptions, write_table};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// Tests count alone.
static ALONE: Mutex<()> = Mutex::new(());

const COLUMNS: usize = 3_000;
const GROUP_FRAMES: usize = 64;

fn table(num_frames: usize) -> PoseFrame {
    let labels = (0_i64..).take(COLUMNS);
    let columns = labels.map(|label| Column::new(ColumnKey::new([label]), DataType::Float64));
    let schema = PoseSchema::new(vec![None], columns.collect(), IndexSchema::Range { name: None });
    let values = |column: u32| (0_u32..).take(num_frames).map(move |frame| f64::from(frame * column) / 8.0);
    let array = |column| Arc::new(Float64Array::from_iter_values(values(column))) as ArrayRef;
    let arrays = (0..).take(COLUMNS).map(array);
    let schema = Arc::new(schema.expect("it is well formed"));
    PoseFrame::new(schema, RowIndex::range(num_frames), arrays.collect()).expect("it fits")
}

fn options() -> WriteOptions {
    let mut options = WriteOptions::default();
    options.row_group_frames = GROUP_FRAMES;
    options
}

/// How much more memory was used at once while this ran than before, and how much more is used after.
fn counted<T>(work: impl FnOnce() -> T) -> (usize, usize, T) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let result = work();
    let (peak, after) = (ALLOCATED.peak_usage(), ALLOCATED.current_usage());
    (peak - before, after.saturating_sub(before), result)
}

fn write_group(writer: &mut TableWriter<impl Write + Send>, group: &PoseFrame) {
    writer.write(group).expect("it is of the same schema");
}

#[test]
fn writing_needs_little_per_column_and_row_group() {
    let _alone = ALONE.lock();
    let group = table(GROUP_FRAMES);
    let mut writer = TableWriter::new(io::sink(), group.schema(), &options()).expect("it can be named");
    let (peak, kept, ()) = counted(|| write_group(&mut writer, &group));
    assert!(peak <= 2_500 * COLUMNS, "a row group took {} bytes per column", peak / COLUMNS);
    assert!(kept <= 800 * COLUMNS, "{} bytes per column are kept of a row group", kept / COLUMNS);
    let (peak, kept, ()) = counted(|| (0..8).for_each(|_| write_group(&mut writer, &group)));
    assert!(kept <= 8 * 800 * COLUMNS, "{} bytes per column are kept of 8 row groups", kept / COLUMNS);
    assert!(peak - kept <= 2_500 * COLUMNS, "later row groups took {} bytes per column", peak / COLUMNS);
    let (peak, _, _) = counted(|| writer.finish().expect("it can be written"));
    assert!(peak <= 3_000 * COLUMNS, "the footer of 9 row groups took {} bytes per column", peak / COLUMNS);
}

#[test]
fn reading_needs_little_beside_the_values() {
    let _alone = ALONE.lock();
    let table = table(8 * GROUP_FRAMES);
    let bytes = write_table(&table, Vec::new(), &options()).expect("it can be written");
    let (_, kept, read) = counted(|| ParquetTable::from_bytes(bytes).expect("it opens"));
    assert!(
        kept <= 8 * 600 * COLUMNS,
        "an open file of 8 row groups takes {} bytes per column",
        kept / COLUMNS
    );
    let (peak, kept, frame) = counted(|| read.read(&Selection::all()).expect("it reads"));
    let beside = (peak - kept) / COLUMNS;
    assert!(beside <= 512, "decoding took {beside} bytes per column beside what was decoded");
    assert!(first_difference(&frame, &table, Tolerance::BitForBit).expect("it is in memory").is_none());
}

/// Four points of two coords.
fn points(num_frames: usize) -> PoseFrame {
    let keys = ["a", "b", "c", "d"].into_iter().flat_map(|part| ["x", "y"].map(|coord| [part, coord]));
    let columns: Vec<Column> = keys.map(|key| Column::new(ColumnKey::new(key), DataType::Float64)).collect();
    let arrays = columns.iter().zip(1_u32..).map(|(_, column)| {
        let values = (0_u32..).take(num_frames).map(move |frame| f64::from(frame) * f64::from(column) / 7.0);
        Arc::new(Float64Array::from_iter_values(values)) as ArrayRef
    });
    let (arrays, levels) = (arrays.collect(), ["bodyparts", "coords"].map(|name| Some(name.into())));
    let schema = PoseSchema::new(levels.to_vec(), columns, IndexSchema::Range { name: None });
    let schema = Arc::new(schema.expect("it is well formed"));
    PoseFrame::new(schema, RowIndex::range(num_frames), arrays).expect("it fits")
}

#[test]
fn long_files_are_written_and_read_row_group_by_row_group() {
    const FRAMES: usize = 100_000;
    let _alone = ALONE.lock();
    let table = points(FRAMES);
    let mut options = WriteOptions::default().with_layout(Layout::Long(LongNames::default()));
    options.row_group_frames = 2_000;
    // The frame, the bodypart and two values, of each of four points.
    let row_group = 2_000 * 4 * (8 + 5 + 16);
    let (peak, _, _) = counted(|| write_table(&table, io::sink(), &options).expect("it can be written"));
    let footer = 50 * 4 * 800;
    assert!(peak <= 10 * row_group + footer, "writing took {peak} bytes, a row group has {row_group}");
    let file = write_table(&table, Vec::new(), &options).expect("it can be written");
    let read = ParquetTable::from_bytes(file).expect("it opens");
    let some = Selection::all().bodypart("c").coord("y").frames(50_500..51_500);
    let (peak, _, frame) = counted(|| read.read(&some).expect("it reads"));
    assert!(peak <= 4 * row_group, "reading of one row group took {peak} bytes, it has {row_group}");
    let expected = table.read(&some).expect("it is in memory");
    assert!(first_difference(&frame, &expected, Tolerance::BitForBit).expect("it is in memory").is_none());
}
