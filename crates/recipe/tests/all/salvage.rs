//! What is left of packed tables of which something is missing or damaged.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, StringArray};
use pose_frame::{PoseFrame, PoseTable, RowIndex, Selection, testing};
use recipe::{
    ArrayRecipe, Codec, Columns, KeyLabel, LostPart, PackOptions, PackedTable, Recipe, Salvaged, pack,
};

use crate::support::{assert_same, table};

/// Two arrays in blocks, two in videos, and text beside.
fn mixed() -> (PoseFrame, Recipe) {
    let floats = |seed: f64| {
        Arc::new(Float64Array::from_iter_values((0..300).map(|row| (f64::from(row) * seed).sin())))
            as ArrayRef
    };
    let mut arrays: Vec<ArrayRef> = (1..=8).map(|number| floats(f64::from(number) * 0.01)).collect();
    arrays.push(Arc::new(StringArray::from_iter_values((0..300).map(|row| format!("row {row}")))));
    let index = Int64Array::from_iter_values((0..300).map(|row| row * 2 + 5));
    let index = RowIndex::Labels(pose_frame::IndexLevel::new(Some("frame".into()), Arc::new(index)));
    let array = |name: &str, columns: [usize; 2], codec: Codec| {
        let keys = columns.map(|column| vec![KeyLabel::Text(format!("c{column}"))]).to_vec();
        ArrayRecipe::new(name, Columns { keys: Some(keys), ..Columns::default() }, codec)
    };
    let recipe = Recipe::new(vec![
        array("blocks a", [0, 1], Codec::pco()),
        array("video a", [2, 3], Codec::Ffv1 {}),
        array("blocks b", [4, 5], Codec::pco()),
        array("video b", [6, 7], Codec::Ffv1 {}),
    ]);
    (table(index, arrays), recipe)
}

fn packed() -> (tempfile::TempDir, PathBuf, PoseFrame) {
    let (table, recipe) = mixed();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("t");
    pack(&table, &recipe, &target, &PackOptions::default()).unwrap();
    (folder, target, table)
}

/// What is lost: parts and columns.
fn lost(salvaged: &Salvaged) -> Vec<(LostPart, Vec<String>)> {
    let name = |lost: &recipe::Lost| lost.columns.iter().map(ToString::to_string).collect();
    salvaged.lost.iter().map(|lost| (lost.part.clone(), name(lost))).collect()
}

/// That everything else comes back, as a table that keeps all promises.
fn rest_is_whole(salvaged: &Salvaged, table: &PoseFrame, kept: &[usize]) {
    let expected = table.read(&Selection::all().columns(kept.iter().copied())).unwrap();
    assert_same(&salvaged.table.load().unwrap(), &expected);
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 0x20;
    fs::write(path, bytes).unwrap();
}

/// The file that holds the frames of a video array.
fn video_of(target: &Path, start: &str) -> PathBuf {
    let names = fs::read_dir(target.join("videos")).unwrap().map(|entry| entry.unwrap().path());
    let is_one = |path: &PathBuf| {
        path.file_name().unwrap().to_string_lossy().starts_with(start)
            && path.extension().is_some_and(|extension| extension == "mkv")
    };
    names.filter(|path| is_one(path)).min().unwrap()
}

#[test]
fn of_a_whole_table_nothing_is_lost() {
    let (_folder, target, table) = packed();
    let salvaged = PackedTable::salvage(&target).unwrap();
    assert_eq!(lost(&salvaged), []);
    assert_same(&salvaged.table.load().unwrap(), &table);
}

#[test]
fn a_missing_video_costs_its_columns_and_no_others() {
    let (_folder, target, table) = packed();
    fs::remove_file(video_of(&target, "0-")).unwrap();
    let salvaged = PackedTable::salvage(&target).unwrap();
    let names = ["c2", "c3"].map(str::to_owned).to_vec();
    assert_eq!(lost(&salvaged), [(LostPart::Array("video a".to_owned()), names)]);
    rest_is_whole(&salvaged, &table, &[0, 1, 4, 5, 6, 7, 8]);
    let text = salvaged.lost[0].to_string();
    assert!(text.starts_with("array \"video a\": columns c2; c3: "), "{text}");
}

#[test]
fn a_damaged_video_costs_its_columns_and_no_others() {
    let (_folder, target, table) = packed();
    let video = video_of(&target, "1-");
    let length = usize::try_from(fs::metadata(&video).unwrap().len()).unwrap();
    // Some of these are in frames, wherever in the file those stand.
    for part in 4..20 {
        flip(&video, length * part / 20);
    }
    let salvaged = PackedTable::salvage(&target).unwrap();
    let names = ["c6", "c7"].map(str::to_owned).to_vec();
    assert_eq!(lost(&salvaged), [(LostPart::Array("video b".to_owned()), names)]);
    rest_is_whole(&salvaged, &table, &[0, 1, 2, 3, 4, 5, 8]);
}

#[test]
fn a_cut_video_and_a_folder_without_any_cost_the_columns_in_them() {
    let (_folder, target, table) = packed();
    let video = video_of(&target, "1-");
    let whole = fs::read(&video).unwrap();
    fs::write(&video, &whole[..whole.len() / 4]).unwrap();
    let salvaged = PackedTable::salvage(&target).unwrap();
    assert_eq!(lost(&salvaged).len(), 1);
    rest_is_whole(&salvaged, &table, &[0, 1, 2, 3, 4, 5, 8]);
    fs::remove_dir_all(target.join("videos")).unwrap();
    PackedTable::open(&target).expect_err("the videos are gone");
    let salvaged = PackedTable::salvage(&target).unwrap();
    assert_eq!(lost(&salvaged).len(), 2);
    rest_is_whole(&salvaged, &table, &[0, 1, 4, 5, 8]);
}

#[test]
fn a_damaged_block_costs_its_column_alone() {
    let (_folder, target, table) = packed();
    flip(&target.join("0.blocks"), 20);
    PackedTable::open(&target).unwrap().load().expect_err("a block is damaged");
    let salvaged = PackedTable::salvage(&target).unwrap();
    assert_eq!(lost(&salvaged), [(LostPart::Array("blocks a".to_owned()), vec!["c0".to_owned()])]);
    rest_is_whole(&salvaged, &table, &[1, 2, 3, 4, 5, 6, 7, 8]);
}

#[test]
fn a_missing_file_of_blocks_and_a_damaged_index_cost_the_columns_in_it() {
    let (_folder, target, table) = packed();
    let blocks = target.join("2.blocks");
    let whole = fs::read(&blocks).unwrap();
    flip(&blocks, whole.len() - 24);
    let names = vec![(LostPart::Array("blocks b".to_owned()), vec!["c4".to_owned(), "c5".to_owned()])];
    let salvaged = PackedTable::salvage(&target).unwrap();
    assert_eq!(lost(&salvaged), names);
    fs::remove_file(&blocks).unwrap();
    let salvaged = PackedTable::salvage(&target).unwrap();
    assert_eq!(lost(&salvaged), names);
    rest_is_whole(&salvaged, &table, &[0, 1, 2, 3, 6, 7, 8]);
}

#[test]
fn without_row_labels_rows_are_counted() {
    let (_folder, target, table) = packed();
    fs::remove_file(target.join("beside.parquet")).unwrap();
    let salvaged = PackedTable::salvage(&target).unwrap();
    assert_eq!(lost(&salvaged), [(LostPart::Rows, vec!["c8".to_owned()])]);
    let found = salvaged.table.load().unwrap();
    assert_eq!(found.index().label_text(299), "299");
    for column in 0..8 {
        assert_eq!(found.columns()[column].to_data(), table.columns()[column].to_data(), "column {column}");
    }
    testing::conformance(
        &Blocks(salvaged.table),
        &found.read(&Selection::all().columns([0, 1, 4, 5])).unwrap(),
    );
}

/// The columns that no ffmpeg is started for: the suite reads two hundred times.
struct Blocks(PackedTable);

impl PoseTable for Blocks {
    fn schema(&self) -> &pose_frame::PoseSchema {
        static SCHEMA: std::sync::OnceLock<pose_frame::PoseSchema> = std::sync::OnceLock::new();
        SCHEMA.get_or_init(|| self.0.schema().project(&[0, 1, 4, 5]))
    }

    fn num_frames(&self) -> usize {
        self.0.num_frames()
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, pose_frame::TableError> {
        let resolved = selection.resolve(self.schema(), self.num_frames())?;
        let columns = resolved.columns.iter().map(|column| [0, 1, 4, 5][*column]);
        self.0.read(&Selection::all().columns(columns).frames(resolved.frames))
    }
}

#[test]
fn what_is_salvaged_can_be_packed_anew() {
    let (folder, target, _) = packed();
    flip(&target.join("0.blocks"), 20);
    let salvaged = PackedTable::salvage(&target).unwrap().table;
    let again = folder.path().join("again");
    pack(&salvaged, &Recipe::lossless(&salvaged).unwrap(), &again, &PackOptions::default()).unwrap();
    assert_same(&PackedTable::open(&again).unwrap().load().unwrap(), &salvaged.load().unwrap());
}

#[test]
fn without_its_manifest_nothing_says_what_there_was() {
    let (_folder, target, _) = packed();
    fs::remove_file(target.join(recipe::MANIFEST_NAME)).unwrap();
    PackedTable::salvage(&target).expect_err("there is no manifest");
}
