//! Tables to pack.

use std::sync::Arc;

use arrow_array::ArrayRef;
use pose_frame::{
    Column, ColumnKey, PoseFrame, PoseSchema, PoseTable, RowIndex, Tolerance, first_difference, testing,
};
use recipe::{
    ArrayRecipe, Codec, Columns, Contract, NumberType, PackOptions, PackedTable, Recipe, pack, verify,
};

/// A table of one level, whose columns are called by their position.
pub(crate) fn table(index: RowIndex, arrays: Vec<ArrayRef>) -> PoseFrame {
    let column = |(number, array): (usize, &ArrayRef)| {
        Column::new(ColumnKey::new([format!("c{number}")]), array.data_type().clone())
    };
    let columns = arrays.iter().enumerate().map(column).collect();
    let schema = PoseSchema::new(vec![Some("column".into())], columns, index.schema()).unwrap();
    PoseFrame::new(Arc::new(schema), index, arrays).unwrap()
}

/// Packs a table, checks everything that a packed table promises, and gives it back whole.
pub(crate) fn trip(table: &PoseFrame, recipe: &Recipe) -> PoseFrame {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table.pack");
    pack(table, recipe, &target, &PackOptions::default()).unwrap();
    verify(&target).unwrap();
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["table.pack"], "nothing is left beside it");
    PackedTable::open(&target).unwrap().load().unwrap()
}

/// Packs a table bit for bit, and holds what comes back against it.
pub(crate) fn exact_trip(table: &PoseFrame, recipe: &Recipe) {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("table.pack");
    pack(table, recipe, &target, &PackOptions::default()).unwrap();
    let packed = PackedTable::open(&target).unwrap();
    assert_eq!(packed.schema().metadata(), table.schema().metadata());
    // Each of its two hundred reads starts an ffmpeg where there is a video: one test does that.
    if recipe.arrays.iter().any(|array| array.codec == (Codec::Ffv1 {})) {
        assert_same(&packed.load().unwrap(), table);
        assert_eq!(packed.schema(), table.schema());
    } else {
        testing::conformance(&packed, table);
    }
    verify(&target).unwrap();
}

pub(crate) fn assert_same(left: &PoseFrame, right: &PoseFrame) {
    let difference = first_difference(left, right, Tolerance::BitForBit).unwrap();
    assert!(difference.is_none(), "{}", difference.unwrap());
}

/// A recipe of one array.
pub(crate) fn one(columns: Columns, codec: Codec, contract: Contract) -> Recipe {
    Recipe::new(vec![ArrayRecipe::new("numbers", columns, codec).with_contract(contract)])
}

/// Everything that is a float64 in FFV1.
pub(crate) fn in_video() -> Recipe {
    one(Columns::of_type(NumberType::Float64), Codec::Ffv1 {}, Contract::Lossless)
}

pub(crate) fn max_error(bound: f64) -> Contract {
    Contract::MaxError { bound, coords: [].into() }
}
