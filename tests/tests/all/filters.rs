//! `pose filter` leaves what pandas leaves.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use pose_tests::{ask_python, fixtures_folder, pose};
use serde_json::{Value, json};

fn filter(arguments: &[&str], target: &Path) -> Output {
    let source = fixtures_folder().join("pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5");
    let mut command = Command::new(pose());
    command.arg("filter").arg(source).arg(target).args(arguments);
    command.output().expect("pose starts")
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

#[test]
fn pandas_leaves_the_same() {
    let scratch = tempfile::tempdir().expect("there is room");
    let source = fixtures_folder().join("pandas-3/trimice1DLC_Resnet50_trimiceMay2shuffle1_snapshot_200.h5");
    let cases: [(&[&str], Value); 5] = [
        (&["--min-likelihood", "0.6"], json!({"min_likelihood": 0.6, "mode": "mask"})),
        (
            &["--min-likelihood", "0.6", "--mode", "drop", "--drop", "all"],
            json!({"min_likelihood": 0.6, "mode": "all"}),
        ),
        (
            &["--min-likelihood", "0.3", "--mode", "drop", "--individual", "mus1", "--bodypart", "snout"],
            json!({"min_likelihood": 0.3, "mode": "any", "individual": ["mus1"], "bodypart": ["snout"]}),
        ),
        (
            &["--individual", "mus2", "--individual", "mus1", "--frames", "3..11"],
            json!({"individual": ["mus1", "mus2"], "frames": [3, 11]}),
        ),
        (
            &["--frames", "20..", "--min-likelihood", "1"],
            json!({"frames": [20, null], "min_likelihood": 1.0, "mode": "mask"}),
        ),
    ];
    let mut questions = Vec::new();
    for (number, (arguments, question)) in cases.iter().enumerate() {
        for extension in ["parquet", "h5"] {
            let target = scratch.path().join(format!("{number}.{extension}"));
            let output = filter(arguments, &target);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", errors(&output));
            let mut question = question.clone();
            question["source"] = json!(source);
            question["filtered"] = json!(target);
            questions.push(question);
        }
    }
    let answers: Vec<Option<String>> = ask_python("filtered.py", &json!(questions));
    assert_eq!(answers, vec![None; questions.len()]);
}

#[test]
fn wrong_calls_write_nothing() {
    let scratch = tempfile::tempdir().expect("there is room");
    let target = scratch.path().join("out.parquet");
    for (arguments, says) in [
        (&["--min-likelihood", "1.5"][..], "0 to 1"),
        (&["--mode", "drop"], "--min-likelihood"),
        (&["--min-likelihood", "0.5", "--drop", "all"], "--mode mask"),
        (&["--frames", "5..3"], "ends before it begins"),
        (&["--frames", "9999.."], "do not lie within"),
        (&["--bodypart", "nose"], "no column with \"nose\" in level bodyparts; there is snout"),
    ] {
        let output = filter(arguments, &target);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(errors(&output).contains(says), "{arguments:?}: {}", errors(&output));
        assert!(!target.exists());
    }
    fs::write(&target, "mine").expect("it can be written");
    let output = filter(&["--min-likelihood", "0.5"], &target);
    assert!(errors(&output).contains("exists already"), "{}", errors(&output));
    assert_eq!(fs::read(&target).expect("it is there"), b"mine");
}
