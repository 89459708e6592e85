//! pandas finds the statistics that we find.

use std::path::{Path, PathBuf};
use std::process::Command;

use pose_io::{OpenOptions, open};
use pose_stats::{GroupBy, Number, StatsOptions, stats};
use pose_tests::{ask_python, fixtures, pose, real_data};
use serde_json::{Value, json};

/// What is asked of each table; pandas is told the same.
fn questions(has: &dyn Fn(GroupBy) -> bool, has_likelihoods: bool) -> Vec<StatsOptions> {
    let bys = [GroupBy::Column, GroupBy::Bodypart, GroupBy::Individual];
    let bys = bys.into_iter().filter(|by| has(*by));
    bys.flat_map(|by| {
        let plain = StatsOptions::default().by(by).quantiles([0.0, 0.05, 0.25, 0.5, 0.75, 0.999, 1.0]);
        let judged = has_likelihoods.then(|| plain.clone().min_likelihood(0.6));
        // Also in so little memory that values are read again and again.
        let little = (by == GroupBy::Column).then(|| plain.clone().memory_bytes(1 << 16));
        [Some(plain), little, judged].into_iter().flatten()
    })
    .collect()
}

/// Takes the statistics of each table and lets pandas say what is wrong with them.
fn judge(tables: &[(PathBuf, Option<String>)]) {
    let mut cases = Vec::new();
    for (path, key) in tables {
        let opened = open(path, &OpenOptions::default().with_key(key.clone())).expect("it opens");
        let table = opened.table.as_ref();
        let has = |by| stats(table, &StatsOptions::default().by(by), &|_| {}).is_ok();
        let judged = stats(table, &StatsOptions::default().min_likelihood(0.6), &|_| {}).is_ok();
        for options in questions(&has, judged) {
            let found = stats(table, &options, &|_| {}).expect("it has statistics");
            let min_likelihood = options.min_likelihood;
            let level = table.schema().coord_level();
            let role = |role| table.schema().level_of(role);
            let levels: Vec<usize> = match options.by {
                GroupBy::Column => (0..table.schema().levels().len()).collect(),
                GroupBy::Bodypart => role(pose_frame::Role::Bodypart).into_iter().chain(level).collect(),
                GroupBy::Individual => role(pose_frame::Role::Individual).into_iter().chain(level).collect(),
            };
            cases.push(json!({
                "path": path, "key": key, "levels": levels, "coord_level": level,
                "min_likelihood": min_likelihood, "found": found,
            }));
        }
    }
    let complaints: Vec<Option<String>> = ask_python("statistics_judge.py", &json!(cases));
    assert_eq!(complaints.len(), cases.len(), "pandas judged every table");
    let complaints: Vec<String> = complaints.into_iter().flatten().collect();
    assert!(complaints.is_empty(), "pandas disagrees:\n{}", complaints.join("\n"));
}

#[test]
fn pandas_finds_the_same_in_every_fixture() {
    let cases = ["h5", "parquet"].into_iter().flat_map(fixtures).flat_map(|fixture| {
        let tables = fixture.tables.into_iter().filter(pose_tests::FixtureTable::current_pandas_reads_it);
        tables.map(move |table| (fixture.path.clone(), table.key))
    });
    // pandas gives no rows back from a file without columns.
    judge(&cases.filter(|(path, _)| !path.ends_with("zero_columns.parquet")).collect::<Vec<_>>());
}

#[test]
fn pandas_finds_the_same_in_real_files() {
    let Some(folder) = real_data() else { return };
    let files = folder.read_dir().expect("the folder lists").map(|entry| entry.expect("it lists").path());
    let hdf5 = files.filter(|path| path.extension().is_some_and(|found| found == "h5"));
    judge(&hdf5.map(|path| (path, Some("df_with_missing".to_owned()))).collect::<Vec<_>>());
}

#[test]
fn the_command_says_what_the_library_finds() {
    let path = pose_tests::fixtures_folder()
        .join("pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5");
    let run = |arguments: &[&str]| {
        Command::new(pose()).arg("stats").arg(&path).args(arguments).output().expect("pose starts")
    };
    let output = run(&["--by", "bodypart", "--quantile", "0.1", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let table = open(&path, &OpenOptions::default()).expect("it opens").table;
    let options = StatsOptions::default().by(GroupBy::Bodypart).quantiles([0.1]);
    let found = stats(table.as_ref(), &options, &|_| {}).expect("it has statistics");
    assert_eq!(report["groups"], json!(found.groups));
    let Some(Number::Float(least)) = found.groups[0].min else { panic!("places are floats") };
    assert_eq!(report["groups"][0]["min"].as_f64().map(f64::to_bits), Some(least.to_bits()));

    let output = run(&["--by", "individual", "--min-likelihood", "0.9"]);
    let text = String::from_utf8(output.stderr).expect("it is UTF-8");
    assert!(output.stdout.is_empty() && !text.contains('\x1b'), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("individuals  coords") && lines[0].contains("left out"), "{text}");
    assert!(lines[1..lines.len() - 1].iter().all(|line| line.len() == lines[0].len()), "in line: {text}");
    assert_eq!(run(&["--quantile", "2"]).status.code(), Some(2));
    let labels = Path::new("pandas-3/labeled-data/openfield1/CollectedData_lab.h5");
    let labels = pose_tests::fixtures_folder().join(labels);
    let output = Command::new(pose()).arg("stats").arg(labels).args(["--min-likelihood", "0.5"]).output();
    let output = output.expect("pose starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no column holds a likelihood"));
}
