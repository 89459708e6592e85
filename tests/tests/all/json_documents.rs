//! What every verb prints with `--json` is what the schema says, and nothing else.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use pose_tests::{broken_fixtures, fixtures, fixtures_folder, pose};
use serde_json::Value;

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/pose-cli/json-1.schema.json");
    serde_json::from_str(&fs::read_to_string(path).expect("the schema is there")).expect("it is JSON")
}

/// What is wrong with a document. It knows what the schema uses, and refuses properties that the schema does not name.
fn complaint(schema: &Value, part: &Value, document: &Value, at: &str) -> Option<String> {
    if let Some(reference) = part["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").expect("references are to definitions");
        let definition = schema["$defs"].get(name).unwrap_or_else(|| panic!("there is no definition {name}"));
        return complaint(schema, definition, document, at);
    }
    if let Some(ways) = part["anyOf"].as_array() {
        let complaints: Option<Vec<String>> =
            ways.iter().map(|way| complaint(schema, way, document, at)).collect();
        return complaints.map(|complaints| complaints.join(", and "));
    }
    let named = [
        part.get("const").map(|only| only == document),
        part["enum"].as_array().map(|all| all.contains(document)),
    ];
    if named.contains(&Some(false)) {
        return Some(format!("{at} is {document}"));
    }
    let is_type = match part["type"].as_str() {
        None => true,
        Some("object") => document.is_object(),
        Some("array") => document.is_array(),
        Some("string") => document.is_string(),
        Some("number") => document.is_number(),
        Some("integer") => document.is_i64() || document.is_u64(),
        Some("boolean") => document.is_boolean(),
        Some("null") => document.is_null(),
        Some(other) => panic!("the schema has a type that is not known here: {other}"),
    };
    let too_small =
        part["minimum"].as_i64().is_some_and(|least| document.as_i64().is_some_and(|number| number < least));
    if !is_type || too_small {
        return Some(format!("{at} is {document}, not {}", part["type"]));
    }
    let required = part["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(name) = required.into_iter().find(|name| document.get(name).is_none()) {
        return Some(format!("{at} has no {name}"));
    }
    let of_object = document.as_object().filter(|_| part.get("type").is_some()).into_iter().flatten();
    let mut members = of_object.map(|(name, value)| match part["properties"].get(name) {
        Some(property) => complaint(schema, property, value, &format!("{at}.{name}")),
        None => match part.get("additionalProperties") {
            Some(property) => complaint(schema, property, value, &format!("{at}.{name}")),
            None => Some(format!("{at}.{name} is not in the schema")),
        },
    });
    let mut items = document.as_array().into_iter().flatten().enumerate();
    members.find_map(|found| found).or_else(|| {
        items.find_map(|(number, item)| complaint(schema, &part["items"], item, &format!("{at}[{number}]")))
    })
}

/// Runs a verb and holds what it prints against its definition. Gives it back, where it prints something.
fn check(verb: &str, arguments: &[&Path], flags: &[&str], code: i32) -> Value {
    let mut command = Command::new(pose());
    let output = command.arg(verb).args(arguments).args(flags).arg("--json").output().expect("pose starts");
    let says = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "pose {verb} {arguments:?}: {says}");
    if code == 2 {
        assert!(output.stdout.is_empty(), "pose {verb} {arguments:?}");
        return Value::Null;
    }
    let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(document["version"], 1);
    let schema = schema();
    assert_eq!(complaint(&schema, &schema["$defs"][verb], &document, verb), None);
    document
}

#[test]
fn every_document_is_what_the_schema_says() {
    let scratch = tempfile::tempdir().expect("there is room");
    let at = |name: &str| scratch.path().join(name);
    for fixture in ["h5", "parquet"].into_iter().flat_map(fixtures).step_by(3) {
        check("info", &[&fixture.path], &[], 0);
    }
    check("info", &[&broken_fixtures()[0]], &[], 2);
    let folder = fixtures_folder().join("pandas-3");
    let predictions = folder.join("openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5");
    let other = folder.join("openfield1DLC_resnet50_openfieldOct30shuffle1_50000_filtered.h5");
    let bits = folder.join("parquet/bits_f64.parquet");
    check("info", &[&folder.join("generic/two_tables.h5")], &[], 0);
    check("convert", &[&predictions, &at("a.parquet")], &["--layout", "long"], 0);
    check("info", &[&at("a.parquet")], &[], 0);
    check("convert", &[&predictions, &at("a.parquet")], &[], 2);
    let started = ["--fps", "30", "--session-start", "2023-10-30T14:05:00Z"];
    let found = check("convert", &[&predictions, &at("a.nwb")], &started, 0);
    assert!(found["findings"].as_array().is_some_and(|findings| !findings.is_empty()), "{found}");
    let each = [&started[..], &["--per-individual"]].concat();
    let pair = folder.join("trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5");
    let found = check("convert", &[&pair, &at("each.nwb")], &each, 0);
    assert!(found["files"].as_array().is_some_and(|files| files.len() > 1), "{found}");
    check("filter", &[&pair, &at("filtered.nwb")], &each, 0);
    check("convert", &[&bits, &at("a.csv")], &[], 0);
    check("filter", &[&predictions, &at("b.h5")], &["--min-likelihood", "0.9", "--mode", "drop"], 0);
    check("diff", &[&predictions, &predictions], &[], 0);
    check("diff", &[&predictions, &other], &[], 1);
    check("diff", &[&predictions, &bits], &[], 1);
    check("stats", &[&predictions], &["--min-likelihood", "0.5"], 0);
    check("stats", &[&bits], &[], 0);
    check("stats", &[&folder.join("labeled-data/openfield1/CollectedData_lab.h5")], &["--by", "bodypart"], 0);
    fs::create_dir(at("lab")).expect("there is room");
    fs::copy(&predictions, at("lab/a.h5")).expect("it can be copied");
    check("migrate", &[&at("lab")], &["--dry-run"], 0);
    check("migrate", &[&at("lab")], &[], 0);
    check("verify", &[&at("lab")], &[], 0);
    for (twin, says) in [("a.csv", ""), ("c.csv", "scorer,DLC\n")] {
        fs::copy(&predictions, at("lab").join(twin).with_extension("h5")).expect("it can be copied");
        fs::write(at("lab").join(twin), says).expect("there is room");
    }
    check("migrate", &[&at("lab")], &["--shard", "1/1"], 0);
    fs::write(at("lab/b.h5"), "no table").expect("there is room");
    check("migrate", &[&at("lab")], &[], 1);
}

#[test]
fn every_document_of_packed_tables_is_what_the_schema_says() {
    let scratch = tempfile::tempdir().expect("there is room");
    let at = |name: &str| scratch.path().join(name);
    let predictions =
        fixtures_folder().join("pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5");
    for goal in [&[][..], &["--max-error", "1,x=0.5"], &["--target-psnr", "40"], &["--max-size", "1M"]] {
        let found = check("recipe", &[&predictions], goal, 0);
        assert!(found["candidates"].as_array().is_some_and(|tried| tried.len() > 1), "{found}");
    }
    check("recipe", &[&predictions], &["--max-size", "10"], 2);
    let recipe = at("recipe.json");
    let flags = ["-o", recipe.to_str().expect("it is Unicode")];
    check("recipe", &[&predictions], &flags, 0);
    check("pack", &[&predictions, &at("a.pack")], &["--max-error", "0.5"], 0);
    check("pack", &[&predictions, &at("a.pack")], &[], 2);
    check("info", &[&at("a.pack")], &[], 0);
    check("verify", &[&at("a.pack")], &[], 0);
    check("unpack", &[&at("a.pack"), &at("a.h5")], &[], 0);
    fs::create_dir(at("lab")).expect("there is room");
    fs::copy(&predictions, at("lab/a.h5")).expect("it can be copied");
    let flags = ["--recipe", recipe.to_str().expect("it is Unicode")];
    for more in [&["--dry-run"][..], &[], &[]] {
        check("pack", &[&at("lab"), &at("packs")], &[&flags, more].concat(), 0);
    }
    fs::write(at("lab/b.h5"), "no table").expect("there is room");
    check("pack", &[&at("lab"), &at("packs")], &flags, 1);
}

#[test]
fn every_verb_that_prints_json_has_a_definition() {
    let schema = schema();
    let defined: HashSet<&str> = schema["anyOf"]
        .as_array()
        .expect("it lists verbs")
        .iter()
        .filter_map(|verb| verb["$ref"].as_str()?.strip_prefix("#/$defs/"))
        .collect();
    let help = |arguments: &[&str]| {
        let output = Command::new(pose()).args(arguments).output().expect("pose starts");
        String::from_utf8(output.stdout).expect("help is UTF-8")
    };
    let text = help(&["--help"]);
    let commands = text
        .split("Commands:")
        .nth(1)
        .and_then(|rest| rest.split("Options:").next())
        .expect("verbs are listed");
    // Verbs are two columns in, what they do further.
    let verbs = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let verbs: HashSet<&str> = verbs.filter_map(|line| line.split_whitespace().next()).collect();
    let printing: HashSet<&str> = verbs
        .into_iter()
        .filter(|verb| *verb != "help" && help(&[verb, "--help"]).contains("--json"))
        .collect();
    assert_eq!(printing, defined);
}

#[test]
fn completions_and_manual_pages_name_the_verbs() {
    let scratch = tempfile::tempdir().expect("there is room");
    for shell in ["bash", "fish", "zsh"] {
        let output = Command::new(pose()).args(["completions", shell]).output().expect("pose starts");
        assert!(
            output.status.success() && String::from_utf8_lossy(&output.stdout).contains("migrate"),
            "{shell}"
        );
    }
    let output = Command::new(pose()).arg("man").arg(scratch.path()).output().expect("pose starts");
    assert!(output.status.success());
    let page = fs::read_to_string(scratch.path().join("pose-filter.1")).expect("each verb has a page");
    assert!(page.contains("min\\-likelihood"), "{page}");
    for (page, names) in
        [("pose-recipe.1", "max\\-error"), ("pose-pack.1", "dry\\-run"), ("pose-unpack.1", "pose unpack")]
    {
        let text = fs::read_to_string(scratch.path().join(page)).expect("each verb has a page");
        assert!(text.contains(names), "{page} has {names}: {text}");
    }
}
