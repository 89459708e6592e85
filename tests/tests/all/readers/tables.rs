//! The tables that are written: all fixtures, real files, and one of several row groups and pages.

use std::sync::Arc;

use arrow_array::{
    Array as _, ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray, UInt8Array,
};
use pose_frame::{
    Column, ColumnKey, IndexLevel, PoseFrame, PoseSchema, PoseTable as _, RowIndex, Tolerance,
    first_difference,
};
use pose_io::{OpenOptions, open};
use pose_tests::{expected_frame, fixtures, fixtures_folder, real_data};

/// A table to write.
pub(super) struct Table {
    /// What it is called in a complaint.
    pub(super) name: String,
    pub(super) frame: PoseFrame,
    pub(super) origin: Origin,
    /// How many frames a row group of it is to have, where that matters.
    pub(super) row_group_frames: Option<usize>,
}

/// Where a table comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The repository: everyone has it.
    Repository,
    /// Real recordings: not everyone has them, so what is written down does not speak of them.
    RealData,
}

/// More than a page, which has at most 65,536 rows.
pub(super) const ROW_GROUP_FRAMES: usize = 70_000;

/// Three row groups, the last of one page.
pub(super) const LARGE_FRAMES: usize = 2 * ROW_GROUP_FRAMES + 20_001;

/// All tables.
pub(super) fn all() -> Vec<Table> {
    let mut tables = vec![Table {
        row_group_frames: Some(ROW_GROUP_FRAMES),
        ..Table::new("several row groups and pages".to_owned(), large(), Origin::Repository)
    }];
    for fixture in ["h5", "parquet"].into_iter().flat_map(fixtures) {
        let path = fixture.path.strip_prefix(fixtures_folder()).expect("fixtures are in their folder");
        for table in &fixture.tables {
            let frame = expected_frame(table);
            // Both formats of HDF5, and both pandas, hold the same tables.
            if !tables.iter().any(|other| is_same(&other.frame, &frame)) {
                let key = table.key.as_ref().map(|key| format!(" {key}")).unwrap_or_default();
                let name = format!("{}{key}", path.display()).replace('\\', "/");
                tables.push(Table::new(name, frame, Origin::Repository));
            }
        }
    }
    assert!(tables.len() > 40, "the fixtures are many tables");
    for entry in real_data().into_iter().flat_map(|folder| folder.read_dir().expect("the folder lists")) {
        let path = entry.expect("it lists").path();
        if path.extension().is_some_and(|extension| extension == "h5") {
            let opened = open(&path, &OpenOptions::default()).unwrap_or_else(|error| panic!("{error}"));
            let frame = opened.table.load().unwrap_or_else(|error| panic!("{error}"));
            tables.push(Table::new(path.display().to_string(), frame, Origin::RealData));
        }
    }
    tables
}

impl Table {
    fn new(name: String, frame: PoseFrame, origin: Origin) -> Self {
        Self { name, frame, origin, row_group_frames: None }
    }
}

fn is_same(a: &PoseFrame, b: &PoseFrame) -> bool {
    a.num_frames() == b.num_frames()
        && a.schema().columns() == b.schema().columns()
        && a.schema().levels() == b.schema().levels()
        && first_difference(a, b, Tolerance::BitForBit).is_ok_and(|difference| difference.is_none())
}

/// Values of every type; missing ones in runs, everywhere, nowhere, and in whole pages and row groups.
pub(super) fn large() -> PoseFrame {
    let frames = || 0..LARGE_FRAMES;
    let wave = |frame: usize| {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        let at = frame as f64;
        (at / 60.0).sin() * 300.0 + at
    };
    let in_run = |frame: usize| frame % 1_000 < 37;
    #[expect(clippy::cast_possible_truncation, reason = "this is how they get values of float32")]
    let narrow = |frame: usize| wave(frame) as f32;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("x", Arc::new(Float64Array::from_iter_values(frames().map(wave)))),
        ("y", {
            let value = |frame| if in_run(frame) { f64::NAN } else { f64::from(narrow(frame)) };
            Arc::new(Float64Array::from_iter_values(frames().map(value)))
        }),
        ("likelihood", {
            let value = |frame: usize| if frame.is_multiple_of(3) { f32::NAN } else { narrow(frame) };
            Arc::new(Float32Array::from_iter_values(frames().map(value)))
        }),
        ("late", {
            let value = |frame: usize| if frame < 100_000 { f64::NAN } else { wave(frame) };
            Arc::new(Float64Array::from_iter_values(frames().map(value)))
        }),
        ("number", Arc::new(Int64Array::from_iter_values((1_i64 << 40..).take(LARGE_FRAMES)))),
        ("animals", {
            let value = |frame: usize| (!in_run(frame)).then(|| frame.to_le_bytes()[1]);
            Arc::new(frames().map(value).collect::<UInt8Array>())
        }),
        ("visible", {
            let value = |frame: usize| (frame % 7 != 3).then(|| frame.is_multiple_of(2));
            Arc::new(frames().map(value).collect::<BooleanArray>())
        }),
        ("behaviour", {
            let names = [Some("groom"), Some("rear"), None, Some(""), Some("größer 🐭")];
            Arc::new(frames().map(|frame| names[frame / 100 % 5]).collect::<StringArray>())
        }),
    ];
    let moments = (1_700_000_000_000_000_i64..).step_by(33_333).take(LARGE_FRAMES);
    let moments: ArrayRef = Arc::new(TimestampMicrosecondArray::from_iter_values(moments));
    let index = RowIndex::Labels(IndexLevel::new(Some("time".into()), moments));
    let (keys, arrays): (Vec<Column>, Vec<ArrayRef>) = columns
        .into_iter()
        .map(|(name, array)| (Column::new(ColumnKey::new([name]), array.data_type().clone()), array))
        .unzip();
    let schema = PoseSchema::new(vec![None], keys, index.schema()).expect("it is well formed");
    PoseFrame::new(Arc::new(schema), index, arrays).expect("it fits")
}
