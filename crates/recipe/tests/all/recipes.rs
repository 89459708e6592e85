//! Recipes: read, written, and refused at the field that is wrong.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array};
use pose_frame::{PoseTable, RowIndex, testing};
use recipe::{Codec, Columns, Contract, ErrorKind, Existing, PackOptions, PackedTable, Recipe, pack};

use crate::schema;
use crate::support::{one, table};

const GOOD: &str = r#"{"version": 1, "arrays": [{
    "name": "positions", "columns": {"bodypart": ["snout"], "coord": ["x", "y"]},
    "codec": {"pco": {}}, "range": [-1e9, 1e9], "contract": {"max_error": {"bound": 0.5}}}]}"#;

/// Another codec, with a shape that does not suit the two columns but is one.
const FFV1: &str = r#"{"ffv1": {}}, "shape": [3, 4]"#;

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
    // And whether a schema can tell, which knows no table.
    let cases = [
        (r#""shape": [3, 4]"#, r#""shape": [3, 5]"#, "arrays[0].shape", false),
        (r#""shape": [3, 4]"#, r#""shape": [18446744073709551615, 2]"#, "arrays[0].shape", false),
        (r#""shape": [3, 4]"#, r#""shape": [1, 1, 1, 1, 1, 1, 1, 3, 4]"#, "arrays[0].shape", true),
        (r#""shape": [3, 4]"#, r#""shape": [3, "4"]"#, "arrays[0].shape[1]", true),
        (r#""shape": [3, 4]"#, r#""form": [2]"#, "arrays[0].form", true),
        (r#"["snout"]"#, r#"["nose"]"#, "arrays[0].columns.bodypart", false),
        (
            r#""bodypart": ["snout"]"#,
            r#""keys": [["DLC_net", "snout", "z"]]"#,
            "arrays[0].columns.keys[0]",
            false,
        ),
        (r#""bodypart": ["snout"]"#, r#""types": ["int8"]"#, "arrays[0].columns", false),
        (r#""bodypart": ["snout"]"#, r#""individual": ["a"]"#, "arrays[0].columns.individual", false),
        (r#"{"pco": {}}"#, r#"{"pco": {"level": 13}}"#, "arrays[0].codec.pco.level", true),
        (r#"{"pco": {}}"#, r#"{"pco": {}}, "bits": 12"#, "arrays[0].bits", true),
        (r#"{"pco": {}}"#, r#"{"pco": {}}, "pixel_format": "gray12""#, "arrays[0].pixel_format", true),
        (r#"{"pco": {}}"#, r#"{"pco": {}}, "shape": [2]"#, "arrays[0].shape", true),
        (r#"{"pco": {}}"#, r#"{"pco": {}}, "components": 2"#, "arrays[0].components", true),
        (r#"{"pco": {}}"#, r#"{"lossy": {"encoder": "x265", "crf": 18}}"#, "arrays[0].codec", true),
        (r#"{"bound": 0.5}"#, r#"{"bound": 0}"#, "arrays[0].contract.max_error.bound", true),
        (
            r#"{"bound": 0.5}"#,
            r#"{"bound": 1, "coords": {"z": 1}}"#,
            "arrays[0].contract.max_error.coords.z",
            false,
        ),
        (r#"{"max_error": {"bound": 0.5}}"#, r#"{"quality": {"min_psnr": 50}}"#, "arrays[0].contract", true),
        ("[-1e9, 1e9]", "[5, 2]", "arrays[0].range", false),
        ("[-1e9, 1e9]", "[0, 1]", "arrays[0].range", false),
        (r#""name": "positions""#, r#""name": """#, "arrays[0].name", true),
    ];
    for (good, bad, field, by_schema) in cases {
        // Shapes are of videos.
        let good_one =
            if good.contains("shape") { GOOD.replace(r#"{"pco": {}}"#, FFV1) } else { GOOD.to_owned() };
        let json = good_one.replace(good, bad);
        assert_ne!(json, good_one, "{good}");
        assert_eq!(wrong_field(&json), field, "{bad}");
        assert_eq!(schema::complaint(&json).is_some(), by_schema, "{bad}");
    }
    assert_eq!(schema::complaint(GOOD), None);
}

#[test]
fn what_contradicts_an_encoder_is_refused_at_its_field() {
    let cases = [
        (r#""bits": 12"#, "x264", "bits"),
        (r#""bits": 12"#, "svt_av1", "bits"),
        (r#""bits": 9"#, "x265", "bits"),
        (r#""pixel_format": "gray12""#, "x264", "pixel_format"),
        (r#""pixel_format": "gray10", "bits": 12"#, "x265", "bits"),
        (r#""pixel_format": "yuv444p12", "bits": 8"#, "vp9", "bits"),
        (r#""components": 0"#, "x265", "components"),
        (r#""components": 7"#, "x265", "components"),
        (r#""components": 1, "shape": [2, 3]"#, "x265", "components"),
    ];
    for (fields, encoder, field) in cases {
        let json = format!(
            r#"{{"version": 1, "arrays": [{{"name": "a", {fields}, "contract": {{"quality": {{"min_psnr": 40}}}},
            "codec": {{"lossy": {{"encoder": "{encoder}", "crf": 18}}}}}}]}}"#
        );
        assert_eq!(wrong_field(&json), format!("arrays[0].{field}"), "{fields} of {encoder}");
    }
    for (lossy, field) in [
        (r#""crf": 64"#, "crf"),
        (r#""crf": -1"#, "crf"),
        (r#""preset": "quick""#, "preset"),
        (r#""preset": "-y""#, "preset"),
    ] {
        let json = format!(
            r#"{{"version": 1, "arrays": [{{"name": "a", "contract": {{"quality": {{"min_psnr": 40}}}},
            "codec": {{"lossy": {{"encoder": "x264", {lossy}}}}}}}]}}"#
        );
        assert_eq!(wrong_field(&json), format!("arrays[0].codec.lossy.{field}"), "{lossy}");
    }
}

#[test]
fn components_of_what_is_kept_exactly_are_refused() {
    for (contract, field) in [(r#""lossless""#, "components"), (r#"{"max_error": {"bound": 1}}"#, "")] {
        let json = format!(
            r#"{{"version": 1, "arrays": [{{"name": "a", "components": 2, "contract": {contract}, "codec": {{"ffv1": {{}}}}}}]}}"#
        );
        if field.is_empty() {
            let recipe = Recipe::from_json(json.as_bytes()).unwrap();
            let folder = tempfile::tempdir().unwrap();
            pack(&testing::predictions(20), &recipe, folder.path().join("t"), &PackOptions::default())
                .unwrap();
        } else {
            assert_eq!(wrong_field(&json), format!("arrays[0].{field}"));
        }
    }
}

#[test]
fn columns_without_a_grid_have_no_shape_to_infer() {
    let json = r#"{"version": 1, "arrays": [{"name": "a", "shape": "inferred", "codec": {"ffv1": {}},
        "columns": {"keys": [["DLC_net", "snout", "x"], ["DLC_net", "snout", "y"], ["DLC_net", "tail base", "x"]]}}]}"#;
    assert_eq!(wrong_field(json), "arrays[0].shape");
    assert_eq!(schema::complaint(json), None);
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
