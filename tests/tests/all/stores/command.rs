//! The command takes URLs where it takes files, and its environment says how to get in.

use std::path::Path;
use std::process::{Command, Output};

use pose_tests::s3::Bucket;
use pose_tests::{fixtures_folder, pose, pose_with_stores};
use serde_json::Value;

fn run(bucket: &Bucket, arguments: &[&str]) -> Output {
    Command::new(pose_with_stores()).args(arguments).envs(bucket.environment()).output().expect("pose starts")
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

fn predictions() -> String {
    let path: &Path = fixtures_folder();
    let path = path.join("pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5");
    path.to_str().expect("it is Unicode").to_owned()
}

#[test]
fn urls_stand_where_files_do() {
    let bucket = Bucket::new();
    let url = bucket.url("lab/mouse1.parquet");
    let output = run(&bucket, &["convert", &predictions(), &url]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert!(errors(&output).starts_with(&format!("{url}: 60 frames × 12 columns")), "{}", errors(&output));
    assert!(bucket.content("lab/mouse1.parquet").is_some());

    let output = run(&bucket, &["info", &url, "--json"]);
    let info: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", errors(&output)));
    assert_eq!((&info["path"], &info["format"]), (&Value::from(url.as_str()), &Value::from("parquet")));
    assert_eq!(info["table"]["frames"], 60);

    assert_eq!(run(&bucket, &["diff", &predictions(), &url]).status.code(), Some(0));
    let scratch = tempfile::tempdir().expect("there is room");
    let back = scratch.path().join("back.h5");
    let output = run(&bucket, &["convert", &url, back.to_str().expect("it is Unicode")]);
    assert_eq!(output.status.code(), Some(0), "{}", errors(&output));
    assert_eq!(run(&bucket, &["diff", &url, back.to_str().expect("it is Unicode")]).status.code(), Some(0));

    let again = run(&bucket, &["convert", &predictions(), &url]);
    assert_eq!(again.status.code(), Some(2));
    assert_eq!(errors(&again), format!("pose: {url} exists already\nhint: --force replaces it\n"));
    assert_eq!(run(&bucket, &["convert", &predictions(), &url, "--force"]).status.code(), Some(0));
    let same = run(&bucket, &["convert", &url, &url, "--force"]);
    assert!(errors(&same).contains("is the file that is being read"), "{}", errors(&same));
}

#[test]
fn hdf5_is_refused_in_stores() {
    let bucket = Bucket::new();
    let url = bucket.url("mouse1.h5");
    let output = run(&bucket, &["convert", &predictions(), &url]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("on disks only"), "{}", errors(&output));
    bucket.put("mouse1.h5", &std::fs::read(predictions()).expect("it is there"));
    let output = run(&bucket, &["info", &url]);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors(&output).contains("on disks only"), "{}", errors(&output));
}

#[test]
fn a_command_without_the_feature_names_it() {
    for arguments in [
        vec!["info", "s3://lab/a.parquet"],
        vec!["convert", "https://me:word@lab/a.parquet?sig=word", "a.parquet"],
        vec!["convert", &predictions(), "s3://lab/a.parquet"],
        vec!["diff", &predictions(), "s3://lab/a.parquet"],
    ] {
        let output = Command::new(pose()).args(&arguments).output().expect("pose starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let errors = errors(&output);
        assert!(errors.contains("lab/a.parquet: is in a store, and the feature `object-store`"), "{errors}");
        assert!(!errors.contains("word"), "{errors}");
    }
}
