//! The JSON schema of recipes says of recipes what the crate says.

use recipe::{RECIPE_SCHEMA, Recipe};
use serde_json::Value;

/// What is wrong with a recipe by the schema, if anything is.
pub(crate) fn complaint(recipe: &str) -> Option<String> {
    let schema: Value = serde_json::from_str(RECIPE_SCHEMA).unwrap();
    match serde_json::from_str(recipe) {
        Ok(recipe) => wrong(&schema, &schema, &recipe, "recipe"),
        Err(error) => Some(error.to_string()),
    }
}

/// Holds a value against a part of the schema. Words of JSON schema that are not known here are a defect of the schema.
fn wrong(schema: &Value, part: &Value, value: &Value, at: &str) -> Option<String> {
    part.as_object().unwrap().iter().find_map(|(word, says)| {
        let no = |is_so: bool| (!is_so).then(|| format!("{at} is {value}: {word} {says}"));
        let compare = |holds: fn(f64, f64) -> bool| {
            value.as_f64().and_then(|number| no(holds(number, says.as_f64().unwrap())))
        };
        let count = |holds: fn(usize, usize) -> bool, length: Option<usize>| {
            let limit = usize::try_from(says.as_u64().unwrap()).unwrap();
            length.and_then(|length| no(holds(length, limit)))
        };
        let items = value.as_array().map(Vec::len);
        match word.as_str() {
            "$schema" | "$defs" | "title" | "description" => None,
            "$ref" => {
                let name = says.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                wrong(schema, &schema["$defs"][name], value, at)
            }
            "anyOf" => {
                let ways = says.as_array().unwrap().iter().map(|way| wrong(schema, way, value, at));
                ways.collect::<Option<Vec<String>>>().map(|all| all.join(", and "))
            }
            "const" => no(says == value),
            "enum" => no(says.as_array().unwrap().contains(value)),
            "type" => no(match says.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "number" => value.is_number(),
                "integer" => value.is_i64() || value.is_u64(),
                other => panic!("{other}"),
            }),
            "required" => {
                let missing = |name: &Value| value.get(name.as_str().unwrap()).is_none();
                value.as_object().and_then(|_| no(!says.as_array().unwrap().iter().any(missing)))
            }
            "properties" => value.as_object().into_iter().flatten().find_map(|(name, own)| {
                says.get(name).and_then(|part| wrong(schema, part, own, &format!("{at}.{name}")))
            }),
            "additionalProperties" => {
                value.as_object().into_iter().flatten().find_map(|(name, own)| {
                    match (part["properties"].get(name), says) {
                        (Some(_), _) => None,
                        (None, Value::Bool(false)) => Some(format!("{at} has {name}")),
                        (None, part) => wrong(schema, part, own, &format!("{at}.{name}")),
                    }
                })
            }
            "items" => value
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
                .find_map(|(number, item)| wrong(schema, says, item, &format!("{at}[{number}]"))),
            "minimum" => compare(|number, limit| number >= limit),
            "maximum" => compare(|number, limit| number <= limit),
            "exclusiveMinimum" => compare(|number, limit| number > limit),
            "minItems" => count(|length, limit| length >= limit, items),
            "maxItems" => count(|length, limit| length <= limit, items),
            "minLength" => {
                count(|length, limit| length >= limit, value.as_str().map(|text| text.chars().count()))
            }
            other => panic!("the schema has {other}, which this test does not know"),
        }
    })
}

fn array(fields: &str) -> String {
    format!(r#"{{"version": 1, "arrays": [{{"name": "a", {fields}}}]}}"#)
}

#[test]
fn every_kind_of_recipe_is_one_by_the_schema_and_is_read() {
    let good = [
        r#""codec": {"pco": {}}"#,
        r#""codec": {"pco": {"level": 0}}, "range": [-1.5, 3], "contract": "lossless""#,
        r#""codec": {"pco": {}}, "columns": {"level": {"pen": ["a", 1]}, "keys": [["a", 1]], "types": ["int8"]}"#,
        r#""codec": {"ffv1": {}}, "shape": "inferred""#,
        r#""codec": {"ffv1": {}}, "shape": [2, 3], "components": "all", "contract": {"max_error": {"bound": 1}}"#,
        r#""codec": {"ffv1": {}}, "components": 2, "contract": {"max_error": {"bound": 0.1, "coords": {"x": 2}}}"#,
        r#""codec": {"lossy": {"encoder": "svt_av1"}}, "contract": {"quality": {"min_psnr": 40}}"#,
        r#""codec": {"lossy": {"encoder": "x264", "crf": 18, "preset": "slow"}}, "bits": 10, "pixel_format": "gray10",
           "contract": {"quality": {"min_psnr": 40}}"#,
    ];
    for fields in good {
        let json = array(fields);
        assert_eq!(complaint(&json), None, "{json}");
        let recipe = Recipe::from_json(json.as_bytes()).unwrap();
        let written = recipe.to_json();
        assert_eq!(complaint(&written), None, "{written}");
        assert_eq!(Recipe::from_json(written.as_bytes()).unwrap(), recipe);
    }
    assert_eq!(complaint(r#"{"version": 1, "arrays": []}"#), None);
}

#[test]
fn what_the_crate_cannot_read_is_no_recipe_by_the_schema() {
    let bad = [
        r#""codec": {"zip": {}}"#,
        r#""codec": {"pco": {"level": "8"}}"#,
        r#""codec": {"pco": {}}, "colums": {}"#,
        r#""codec": {"pco": {}}, "columns": {"coord": "x"}"#,
        r#""codec": {"pco": {}}, "columns": {"types": ["float16"]}"#,
        r#""codec": {"pco": {}}, "range": [1]"#,
        r#""codec": {"pco": {}}, "contract": "exact""#,
        r#""codec": {"ffv1": {"level": 3}}"#,
        r#""codec": {"ffv1": {}}, "shape": "guess""#,
        r#""codec": {"ffv1": {}}, "shape": [-1, 2]"#,
        r#""codec": {"ffv1": {}}, "components": "some", "contract": {"max_error": {"bound": 1}}"#,
        r#""codec": {"ffv1": {}}, "components": -1, "contract": {"max_error": {"bound": 1}}"#,
        r#""codec": {"lossy": {"crf": 18}}, "contract": {"quality": {"min_psnr": 40}}"#,
        r#""codec": {"lossy": {"encoder": "x263"}}, "contract": {"quality": {"min_psnr": 40}}"#,
        r#""codec": {"lossy": {"encoder": "x265"}}, "pixel_format": "rgb", "contract": {"quality": {"min_psnr": 1}}"#,
        r#""shape": [2]"#,
    ];
    for fields in bad {
        let json = array(fields);
        Recipe::from_json(json.as_bytes()).expect_err(&json);
        assert!(complaint(&json).is_some(), "{json}");
    }
    for json in [r#"{"arrays": []}"#, r#"{"version": 1}"#, r#"{"version": 2, "arrays": []}"#, "[]", "{"] {
        Recipe::from_json(json.as_bytes()).expect_err(json);
        assert!(complaint(json).is_some(), "{json}");
    }
}
