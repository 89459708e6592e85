//! Parts, reports, and checking again: `--shard`, `--report`, `--merge-reports`, `pose verify`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use pose_frame::testing;
use pose_parquet::{WriteOptions, write_table};
use pose_tests::{fixtures_folder, pose};
use serde_json::{Value, json};

use crate::archive::{Archive, answer, command, files, reason_of};

fn merge(reports: &[PathBuf], arguments: &[&str]) -> (Option<i32>, Value, String) {
    answer(Command::new(pose()).args(["migrate", "--json", "--merge-reports"]).args(reports).args(arguments))
}

#[test]
fn parts_together_are_the_whole_and_so_are_their_reports() {
    let archive = Archive::new(5);
    let reports: Vec<PathBuf> = (1..=3).map(|part| archive.beside(&format!("{part}.jsonl"))).collect();
    let running: Vec<_> = reports
        .iter()
        .enumerate()
        .map(|(at, report)| {
            let shard = format!("{}/3", at + 1);
            let report = report.to_str().expect("it is Unicode");
            let mut command = command("migrate", &archive.path(), &["--shard", &shard, "--report", report]);
            std::thread::spawn(move || answer(&mut command))
        })
        .collect();
    let mut found = Vec::new();
    for run in running {
        let (code, report, said) = run.join().expect("no panic");
        assert_eq!(code, Some(0), "{report}{said}");
        found.push(report["summary"]["found"].as_u64().expect("a number"));
    }
    assert_eq!(found.iter().sum::<u64>(), archive.num_sources() as u64);
    assert!(found.iter().all(|found| *found > 0), "{found:?}");
    archive.assert_done();

    let (code, merged, said) = merge(&reports[..2], &[]);
    assert_eq!((code, &merged["missing"]), (Some(1), &json!(["3/3"])), "{said}");
    let all = archive.beside("all.jsonl");
    let (code, merged, said) = merge(&reports, &["-o", all.to_str().expect("it is Unicode")]);
    assert_eq!((code, &merged["missing"]), (Some(0), &json!([])), "{said}");
    assert_eq!(merged["summary"]["migrated"], archive.num_sources());
    let (code, again, said) = merge(std::slice::from_ref(&all), &[]);
    assert_eq!((code, &again["files"]), (Some(0), &merged["files"]), "{said}");
    assert_eq!(merge(&reports, &["-o", all.to_str().expect("it is Unicode")]).0, Some(2), "it is there");

    // What the report says of each file is so.
    for file in merged["files"].as_array().expect("a list") {
        let hash = |path: &Value| {
            let bytes = fs::read(path.as_str().expect("a path")).expect("it is there");
            json!(blake3::hash(&bytes).to_hex().to_string())
        };
        assert_eq!(file["source_blake3"], hash(&file["source"]));
        for table in file["tables"].as_array().expect("a list") {
            assert_eq!(table["target_blake3"], hash(&table["target"]));
        }
    }
}

#[test]
fn a_report_tells_roles_apart_and_names_what_stands_beside() {
    let archive = Archive::new(1);
    let folder = archive.path().join("day0/mouse0");
    fs::copy(folder.join("a.h5"), folder.join("a_filtered.h5")).expect("there is room");
    fs::write(folder.join("a.csv"), "scorer,DLC").expect("there is room");
    let (code, report, said) = answer(&mut command("migrate", &archive.path(), &[]));
    assert_eq!(code, Some(0), "{said}");
    let mut roles: Vec<(String, String)> = Vec::new();
    for file in report["files"].as_array().expect("a list") {
        let relative = file["relative"].as_str().expect("a path").to_owned();
        for table in file["tables"].as_array().expect("a list") {
            roles.push((relative.clone(), table["role"].as_str().expect("a role").to_owned()));
        }
        let has_twin = file.get("csv_twin").is_some();
        assert_eq!(has_twin, relative == "day0/mouse0/a.h5", "{file}");
    }
    for (name, role) in [
        ("a.h5", "predictions"),
        ("a_filtered.h5", "filtered"),
        ("a_skeleton.h5", "skeleton"),
        ("CollectedData_lab.h5", "labels"),
    ] {
        assert!(roles.contains(&(format!("day0/mouse0/{name}"), role.to_owned())), "{roles:?}");
    }
}

#[test]
fn runs_are_added_to_a_report_and_the_last_word_holds() {
    let archive = Archive::new(1);
    let path = archive.beside("report.jsonl");
    let report = path.to_str().expect("it is Unicode");
    let broken = archive.path().join("day0/mouse0/late.h5");
    fs::write(&broken, "not yet").expect("there is room");
    assert_eq!(answer(&mut command("migrate", &archive.path(), &["--report", report])).0, Some(1));
    // As a run leaves it that is killed while it writes.
    let mut file = fs::File::options().append(true).open(&path).expect("it is there");
    file.write_all(br#"{"file":{"source":"day0/mouse0/a"#).expect("there is room");
    drop(file);
    fs::copy(archive.path().join("day0/mouse0/a.h5"), &broken).expect("there is room");
    assert_eq!(answer(&mut command("migrate", &archive.path(), &["--report", report])).0, Some(0));
    let (code, merged, said) = merge(&[path], &[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((&merged["torn_lines"], &merged["summary"]["failed"]), (&json!(1), &json!(0)));
    let summary = &merged["summary"];
    assert_eq!((&summary["up_to_date"], &summary["migrated"]), (&json!(archive.num_sources()), &json!(1)));

    let precious = archive.beside("precious.txt");
    fs::write(&precious, "mine").expect("there is room");
    let other = precious.to_str().expect("it is Unicode");
    let (code, _, said) = answer(&mut command("migrate", &archive.path(), &["--report", other]));
    assert!(code == Some(2) && said.contains("no report of a migration"), "{said}");
    assert_eq!(fs::read(&precious).expect("it is there"), b"mine");
    assert_eq!(merge(&[precious], &[]).0, Some(2));
}

#[test]
fn verification_compares_with_sources_that_are_there() {
    let archive = Archive::new(2);
    answer(&mut command("migrate", &archive.path(), &[]));
    // Of someone else: it does not say what it was made from.
    let other = write_table(&testing::predictions(5), Vec::new(), &WriteOptions::default());
    fs::write(archive.path().join("other.parquet"), other.expect("it can be written"))
        .expect("there is room");
    let (code, report, said) = answer(&mut command("verify", &archive.path(), &[]));
    assert_eq!(code, Some(0), "{report}{said}");
    let summary = &report["summary"];
    assert_eq!((&summary["equal"], &summary["foreign"]), (&json!(14), &json!(1)), "{report}");

    let source = archive.path().join("day0/mouse0/a.h5");
    let filtered = "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000_filtered.h5";
    fs::copy(fixtures_folder().join(filtered), &source).expect("there is room");
    let (code, report, _) = answer(&mut command("verify", &source.with_extension("parquet"), &[]));
    assert_eq!(code, Some(1));
    assert!(reason_of(&report, "a.parquet").contains("which has changed since"), "{report}");
    assert_eq!(answer(&mut command("verify", &archive.beside("nowhere"), &[])).0, Some(2));
}

#[test]
fn verification_without_sources_goes_by_the_report_or_by_checksums() {
    let archive = Archive::new(2);
    let path = archive.beside("report.jsonl");
    let report = path.to_str().expect("it is Unicode");
    let (code, done, said) =
        answer(&mut command("migrate", &archive.path(), &["--report", report, "--remove-source"]));
    assert_eq!(code, Some(0), "{done}{said}");
    let summary = |arguments: &[&str]| {
        let (code, report, said) = answer(&mut command("verify", &archive.path(), arguments));
        assert!(!report.is_null(), "{said}");
        (code, report)
    };
    let (code, verified) = summary(&[]);
    assert_eq!((code, &verified["summary"]["readable"]), (Some(0), &json!(14)), "{verified}");
    let (code, verified) = summary(&["--report", report]);
    assert_eq!((code, &verified["summary"]["as_reported"]), (Some(0), &json!(14)), "{verified}");

    // One bit of a value.
    let target = archive.path().join("day0/mouse0/a.parquet");
    let whole = fs::read(&target).expect("it is there");
    let mut damaged = whole.clone();
    damaged[whole.len() / 4] ^= 1;
    fs::write(&target, &damaged).expect("it can be written");
    let (code, verified) = summary(&["--report", report]);
    assert_eq!(code, Some(1));
    assert!(
        reason_of(&verified, "mouse0/a.parquet").contains("not those that its report notes"),
        "{verified}"
    );
    assert_eq!(summary(&[]).0, Some(1), "the checksum finds it too");

    // The same table of another folder is not what was reported here, had it other bytes; it has the same.
    fs::write(&target, &whole).expect("it can be written");
    let other = archive.path().join("day1/mouse1/CollectedData_lab.parquet");
    fs::rename(&other, archive.beside("elsewhere.parquet")).expect("it is there");
    let (code, verified) = summary(&["--report", report]);
    assert_eq!((code, &verified["summary"]["failed"]), (Some(1), &json!(1)), "{verified}");
    assert!(reason_of(&verified, "day1/mouse1/CollectedData_lab.parquet").contains("is not there"));
    assert_eq!(summary(&[]).0, Some(0), "nothing tells that it was there");
}

#[test]
fn memory_is_shared_out_and_a_file_that_needs_more_is_alone() {
    let archive = Archive::new(3);
    let (code, report, said) =
        answer(&mut command("migrate", &archive.path(), &["--memory", "1K", "--jobs", "4"]));
    assert_eq!(code, Some(0), "{report}{said}");
    archive.assert_done();
    assert_eq!(answer(&mut command("migrate", Path::new("x"), &["--memory", "much"])).0, Some(2));
}

#[test]
fn a_dry_run_of_a_part_says_what_that_part_would_do() {
    let archive = Archive::new(2);
    let before = files(&archive.path());
    let planned = |shard: &str| {
        let (_, report, _) =
            answer(&mut command("migrate", &archive.path(), &["--dry-run", "--shard", shard]));
        report["summary"]["planned"].as_u64().expect("a number")
    };
    assert_eq!(planned("1/2") + planned("2/2"), archive.num_sources() as u64);
    assert_eq!(files(&archive.path()), before);
    assert_eq!(answer(&mut command("migrate", &archive.path(), &["--shard", "3/2"])).0, Some(2));
}
