//! Recipes: read, written, and refused at the field that is wrong.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array};
use pose_frame::{PoseTable, RowIndex, testing};
use recipe::{Codec, Columns, Contract, ErrorKind, Existing, PackOptions, PackedTable, Recipe, pack};

use crate::support::{one, table};

const GOOD: &str = r#"{"version": 1, "arrays": [{
    "name": "positions", "columns": {"bodypart": ["snout"], "coord": ["x", "y"]}, "shape": [2],
    "codec": {"pco": {}}, "range": [-1e9, 1e9], "contract": {"max_error": {"bound": 0.5}}}]}"#;

/// Where a recipe for predictions is wrong.
fn wrong_field(json: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let packed = Recipe::from_json(json.as_bytes()).and_then(|recipe| {
        pack(&testing::predictions(20), &recipe, folder.path().join("t"), &PackOptions::default())
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    match packed.expect_err("the recipe is wrong").kind() {
        ErrorKind::Recipe { field, .. } => field.clone(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_recipe_comes_back_from_its_json_and_from_the_packed_table() {
    let recipe = Recipe::from_json(GOOD.as_bytes());
    // Infinities are not finite, and so are in every range.
    let recipe = recipe.unwrap();
    assert_eq!(Recipe::from_json(recipe.to_json().as_bytes()).unwrap(), recipe);
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("t");
    pack(&testing::predictions(20), &recipe, &target, &PackOptions::default()).unwrap();
    assert_eq!(*PackedTable::open(&target).unwrap().recipe(), recipe);
}

#[test]
fn errors_name_the_field() {
    let cases = [
        (r#""shape": [2]"#, r#""shape": [3]"#, "arrays[0].shape"),
        (r#""shape": [2]"#, r#""shape": [1, 2]"#, "arrays[0].shape"),
        (r#""shape": [2]"#, r#""shape": [18446744073709551615, 2]"#, "arrays[0].shape"),
        (r#""shape": [2]"#, r#""form": [2]"#, "arrays[0].form"),
        (r#""bodypart": ["snout"]"#, r#""bodypart": ["nose"]"#, "arrays[0].columns.bodypart"),
        (r#""bodypart": ["snout"]"#, r#""keys": [["DLC_net", "snout", "z"]]"#, "arrays[0].columns.keys[0]"),
        (r#""bodypart": ["snout"]"#, r#""types": ["int8"]"#, "arrays[0].columns"),
        (r#""bodypart": ["snout"]"#, r#""individual": ["a"]"#, "arrays[0].columns.individual"),
        (r#"{"pco": {}}"#, r#"{"pco": {"level": 13}}"#, "arrays[0].codec.pco.level"),
        (r#"{"pco": {}}"#, r#"{"pco": {}}, "bits": 12"#, "arrays[0].bits"),
        (r#"{"pco": {}}"#, r#"{"lossy": {"encoder": "x265", "crf": 18}}"#, "arrays[0].codec"),
        (r#"{"bound": 0.5}"#, r#"{"bound": 0}"#, "arrays[0].contract.max_error.bound"),
        (r#"{"bound": 0.5}"#, r#"{"bound": 1, "coords": {"z": 1}}"#, "arrays[0].contract.max_error.coords.z"),
        (r#"{"max_error": {"bound": 0.5}}"#, r#"{"quality": {"min_psnr": 50}}"#, "arrays[0].contract"),
        ("[-1e9, 1e9]", "[5, 2]", "arrays[0].range"),
        ("[-1e9, 1e9]", "[0, 1]", "arrays[0].range"),
        (r#""name": "positions""#, r#""name": """#, "arrays[0].name"),
    ];
    for (good, bad, field) in cases {
        let json = GOOD.replace(good, bad);
        assert_ne!(json, GOOD, "{good}");
        assert_eq!(wrong_field(&json), field, "{bad}");
    }
}

#[test]
fn bits_that_an_encoder_does_not_have_are_refused() {
    let json = r#"{"version": 1, "arrays": [{"name": "a", "bits": 12, "contract": {"quality": {"min_psnr": 40}},
        "codec": {"lossy": {"encoder": "x264", "crf": 18}}}]}"#;
    assert_eq!(wrong_field(json), "arrays[0].bits");
}

#[test]
fn arrays_that_share_columns_or_names_are_refused() {
    let array = |name: &str| format!(r#"{{"name": "{name}", "codec": {{"pco": {{}}}}}}"#);
    let json = |a: &str, b: &str| format!(r#"{{"version": 1, "arrays": [{}, {}]}}"#, array(a), array(b));
    assert_eq!(wrong_field(&json("a", "a")), "arrays[1].name");
    assert_eq!(wrong_field(&json("a", "b")), "arrays[1].columns");
}

#[test]
fn nulls_in_an_array_and_text_in_it_are_refused() {
    let nulls: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None]));
    let recipe = one(Columns::default(), Codec::Pco { level: 8 }, Contract::Lossless);
    let folder = tempfile::tempdir().unwrap();
    let error = pack(
        &table(RowIndex::range(2), vec![nulls]),
        &recipe,
        folder.path().join("t"),
        &PackOptions::default(),
    );
    assert!(
        error.unwrap_err().to_string().starts_with("recipe: arrays[0].columns: column c0 has missing values")
    );
}

#[test]
fn later_versions_are_refused_whatever_else_they_have() {
    let error = Recipe::from_json(br#"{"version": 2, "new": true}"#).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::RecipeVersion { found: 2, supported: 1 }), "{error}");
}

#[test]
fn what_is_there_is_replaced_only_when_asked_and_only_if_it_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("t");
    let (old, new) = (testing::predictions(5), testing::predictions(9));
    let recipe = Recipe::lossless(&old).unwrap();
    let replace = PackOptions::default().with_existing(Existing::Replace);
    pack(&old, &recipe, &target, &PackOptions::default()).unwrap();
    let error = pack(&new, &recipe, &target, &PackOptions::default()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Exists { .. }), "{error}");
    assert_eq!(PackedTable::open(&target).unwrap().num_frames(), 5);
    pack(&new, &recipe, &target, &replace).unwrap();
    assert_eq!(PackedTable::open(&target).unwrap().num_frames(), 9);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let other = folder.path().join("photos");
    std::fs::create_dir(&other).unwrap();
    pack(&new, &recipe, &other, &replace).unwrap_err();
    assert!(other.is_dir());
}
