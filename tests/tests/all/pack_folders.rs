//! `pose pack` of a folder: every table by one recipe, a bad one reported, and what was cut short taken up again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use pose_tests::{fixtures_folder, pose};
use serde_json::{Value, json};

use crate::archive::{Archive, answer, assert_same, files, reason_of};

const RECIPE: &str = r#"{"version": 1, "arrays": [
    {"name": "numbers", "columns": {"types": ["float64"]}, "codec": {"pco": {}}}]}"#;

/// An archive, a recipe that fits all of it, and where its packs go.
struct Lab {
    archive: Archive,
    recipe: PathBuf,
    packs: PathBuf,
}

impl Lab {
    fn new(folders: usize) -> Self {
        let archive = Archive::new(folders);
        let (recipe, packs) = (archive.beside("recipe.json"), archive.beside("packs"));
        fs::write(&recipe, RECIPE).expect("there is room");
        Self { archive, recipe, packs }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(pose());
        command.args(["pack", "--json", "--recipe"]).arg(&self.recipe);
        command.arg(self.archive.path()).arg(&self.packs).args(arguments);
        command
    }

    fn pack(&self, arguments: &[&str]) -> (Option<i32>, Value, String) {
        answer(&mut self.command(arguments))
    }

    /// The packed tables that there are.
    fn packs(&self) -> Vec<PathBuf> {
        let manifests = files(&self.packs).into_iter().filter(|file| file.ends_with("pose-pack.json"));
        let packs = manifests.filter_map(|file| file.parent().map(Path::to_owned));
        packs.filter(|pack| pack.extension().is_some_and(|extension| extension == "pack")).collect()
    }

    /// Holds it against what must be true when all is done.
    fn assert_done(&self) {
        // Two of the five files in each folder have two tables.
        assert_eq!(self.packs().len(), self.archive.num_sources() / 5 * 7);
        let mouse = Path::new("day0/mouse0");
        for (source, key, pack) in [
            ("a.h5", None, "a.pack"),
            ("CollectedData_lab.h5", None, "CollectedData_lab.pack"),
            ("machinelabels-iter0.h5", Some("df_with_missing"), "machinelabels-iter0.pack"),
            ("machinelabels-iter0.h5", Some("machinelabels"), "machinelabels-iter0.machinelabels.pack"),
            ("two.hdf5", Some("left"), "two.left.pack"),
            ("two.hdf5", Some("right"), "two.right.pack"),
        ] {
            assert_same(
                &self.archive.path().join(mouse).join(source),
                key,
                &self.packs.join(mouse).join(pack),
            );
        }
    }
}

#[test]
fn every_table_of_a_folder_is_packed_and_a_bad_file_is_reported() {
    let lab = Lab::new(2);
    fs::write(lab.archive.path().join("day0/mouse0/bad.h5"), "no table").expect("there is room");
    let (code, report, said) = lab.pack(&[]);
    assert_eq!(code, Some(1), "{said}");
    let summary = &report["summary"];
    assert_eq!(
        (&summary["packed"], &summary["failed"]),
        (&json!(lab.archive.num_sources()), &json!(1)),
        "{report}"
    );
    assert!(reason_of(&report, "bad.h5").contains("bad.h5"), "{report}");
    lab.assert_done();
    // Sources stay as they were.
    lab.archive.assert_nothing_lost();
    lab.archive.assert_no_temporaries();

    let (code, report, said) = lab.pack(&[]);
    assert_eq!(
        (code, &report["summary"]["up_to_date"]),
        (Some(1), &json!(lab.archive.num_sources())),
        "{said}"
    );
    let people = Command::new(pose())
        .args(["pack", "--recipe"])
        .arg(&lab.recipe)
        .arg(lab.archive.path())
        .arg(&lab.packs)
        .output();
    let said = String::from_utf8(people.expect("pose starts").stderr).expect("it is UTF-8");
    assert!(said.contains("10 up to date, 1 failed") && said.contains("bit for bit"), "{said}");
}

#[test]
fn a_dry_run_says_what_would_be_packed_and_writes_nothing() {
    let lab = Lab::new(1);
    let (code, report, said) = lab.pack(&["--dry-run"]);
    assert_eq!((code, &report["summary"]["planned"]), (Some(0), &json!(5)), "{said}");
    assert!(!lab.packs.exists());
    let (_, report, _) = lab.pack(&["--dry-run", "--pattern", "a*.h5"]);
    assert_eq!(report["summary"]["found"], 2);
    let (_, report, _) = lab.pack(&["--dry-run", "--no-recursive"]);
    assert_eq!(report["summary"]["found"], 0);
}

#[test]
fn packs_that_were_made_otherwise_are_kept_unless_forced() {
    let lab = Lab::new(1);
    assert_eq!(lab.pack(&[]).0, Some(0));
    let source = lab.archive.path().join("day0/mouse0/a.h5");
    let pack = lab.packs.join("day0/mouse0/a.pack");
    let before = fs::read(pack.join("pose-pack.json")).expect("it was packed");

    // The video was analysed anew.
    let filtered = "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000_filtered.h5";
    fs::copy(fixtures_folder().join(filtered), &source).expect("it can be copied");
    let (code, report, _) = lab.pack(&[]);
    assert_eq!((code, &report["summary"]["up_to_date"]), (Some(1), &json!(4)), "{report}");
    assert!(reason_of(&report, "mouse0/a.h5").contains("made from another file"), "{report}");
    assert_eq!(fs::read(pack.join("pose-pack.json")).expect("it is there"), before);
    let (code, report, said) = lab.pack(&["--force"]);
    assert_eq!((code, &report["summary"]["packed"]), (Some(0), &json!(1)), "{said}");
    assert_same(&source, None, &pack);

    fs::write(&lab.recipe, RECIPE.replace("{}", r#"{"level": 4}"#)).expect("there is room");
    let (code, report, _) = lab.pack(&[]);
    assert_eq!((code, &report["summary"]["failed"]), (Some(1), &json!(5)), "{report}");
    assert!(reason_of(&report, "mouse0/a.h5").contains("by another recipe"), "{report}");
    // What is no packed table is not replaced by force either.
    fs::remove_dir_all(&pack).expect("it is there");
    fs::write(&pack, "mine").expect("there is room");
    let (code, report, _) = lab.pack(&["--force"]);
    assert_eq!((code, &report["summary"]["packed"]), (Some(1), &json!(4)), "{report}");
    assert!(reason_of(&report, "mouse0/a.h5").contains("it is no packed table"), "{report}");
    assert_eq!(fs::read(&pack).expect("it is there"), b"mine");
    // Nor is one that was made from another table: it may be the only copy.
    fs::remove_file(&pack).expect("it is there");
    fs::rename(lab.packs.join("day0/mouse0/two.left.pack"), &pack).expect("it can be renamed");
    let (code, report, _) = lab.pack(&["--force"]);
    assert_eq!((code, &report["summary"]["failed"]), (Some(1), &json!(1)), "{report}");
    assert!(reason_of(&report, "mouse0/a.h5").contains("made from two.hdf5, key left"), "{report}");
}

#[test]
fn sources_that_would_become_one_pack_are_all_left() {
    let lab = Lab::new(1);
    let source = lab.archive.path().join("day0/mouse0/a.h5");
    let twin = source.with_extension("parquet");
    let converted = Command::new(pose()).arg("convert").args([&source, &twin]).output().expect("pose starts");
    assert!(converted.status.success());
    let (code, report, _) = lab.pack(&[]);
    assert_eq!((code, &report["summary"]["failed"]), (Some(1), &json!(2)), "{report}");
    assert!(reason_of(&report, "mouse0/a.h5").contains("a.parquet"), "{report}");
    assert!(!lab.packs.join("day0/mouse0/a.pack").exists());
    let (code, report, said) = lab.pack(&["--pattern", "a.parquet"]);
    assert_eq!((code, &report["summary"]["packed"]), (Some(0), &json!(1)), "{said}");
    let (code, report, said) = lab.pack(&["--pattern", "a.parquet"]);
    assert_eq!((code, &report["summary"]["up_to_date"]), (Some(0), &json!(1)), "{said}");
}

#[test]
fn packs_may_stand_among_their_sources() {
    let mut lab = Lab::new(1);
    lab.packs = lab.archive.path();
    for status in ["packed", "up_to_date"] {
        let (code, report, said) = lab.pack(&[]);
        assert_eq!((code, &report["summary"][status]), (Some(0), &json!(5)), "{said}{report}");
        assert_eq!(report["summary"]["found"], 5, "what is in a pack is no source");
    }
}

#[test]
fn a_folder_that_is_packed_in_vain_is_told_what_is_missing() {
    let lab = Lab::new(1);
    let say = |arguments: &[&str]| {
        answer(Command::new(pose()).arg("pack").arg(lab.archive.path()).arg(&lab.packs).args(arguments))
    };
    let (code, _, said) = say(&[]);
    assert!(code == Some(2) && said.contains("--recipe") && said.contains("pose recipe"), "{said}");
    let recipe = lab.recipe.to_str().expect("it is Unicode");
    let (code, _, said) = say(&["--recipe", recipe, "--key", "df_with_missing"]);
    assert!(code == Some(2) && said.contains("--key is for files"), "{said}");
    assert!(!lab.packs.exists());
}

#[test]
fn a_report_of_packs_is_merged_verified_and_no_report_of_a_migration() {
    let lab = Lab::new(2);
    let path = lab.archive.beside("packs.jsonl");
    let report = path.to_str().expect("it is Unicode");
    assert_eq!(lab.pack(&["--report", report, "--shard", "1/2"]).0, Some(0));
    let merge = || answer(Command::new(pose()).args(["migrate", "--json", "--merge-reports", report]));
    let (code, merged, said) = merge();
    assert_eq!((code, &merged["missing"]), (Some(1), &json!(["2/2"])), "{said}");
    assert_eq!(lab.pack(&["--report", report, "--shard", "2/2"]).0, Some(0));
    let (code, merged, said) = merge();
    assert_eq!((code, &merged["summary"]["packed"]), (Some(0), &json!(10)), "{said}");
    let verify =
        || answer(Command::new(pose()).args(["verify", "--json", "--report", report]).arg(&lab.packs));
    let (code, verified, said) = verify();
    assert_eq!((code, &verified["summary"]["as_reported"]), (Some(0), &json!(14)), "{said}{verified}");

    // A whole pack, but not the one that is reported; and one that is gone.
    let pack = lab.packs.join("day0/mouse0/a.pack");
    let forced = Command::new(pose())
        .args(["pack", "--force", "--max-error", "1"])
        .arg(lab.archive.path().join("day0/mouse0/a.h5"))
        .arg(&pack)
        .output();
    assert!(forced.expect("pose starts").status.success());
    fs::remove_dir_all(lab.packs.join("day1/mouse1/two.left.pack")).expect("it is there");
    let (code, verified, _) = verify();
    assert_eq!((code, &verified["summary"]["failed"]), (Some(1), &json!(2)), "{verified}");
    assert!(reason_of(&verified, "mouse0/a.pack").contains("not those that its report notes"), "{verified}");
    assert!(reason_of(&verified, "mouse1/two.left.pack").contains("is not there"), "{verified}");

    let before = fs::read(&path).expect("it is there");
    let mut migrate = Command::new(pose());
    let (code, _, said) = answer(migrate.arg("migrate").arg(lab.archive.path()).args(["--report", report]));
    assert!(code == Some(2) && said.contains("one is of packs"), "{said}");
    assert_eq!(fs::read(&path).expect("it is there"), before);
}

#[test]
fn a_run_that_is_killed_at_any_moment_is_taken_up_by_the_next() {
    const KILLS: u32 = 6;
    let start = Instant::now();
    assert_eq!(Lab::new(4).pack(&[]).0, Some(0));
    let whole = start.elapsed();
    let mut were_cut_short = 0;
    for kill in 0..KILLS {
        let lab = Lab::new(4);
        let path = lab.archive.beside("packs.jsonl");
        let report = path.to_str().expect("it is Unicode");
        let mut command = lab.command(&["--report", report]);
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("pose starts");
        thread::sleep(whole * kill / KILLS);
        running.kill().expect("it can be killed");
        were_cut_short += u32::from(!running.wait().expect("it ends").success());
        // What has its name is whole.
        if lab.packs.exists() {
            let packs = lab.packs();
            let verified = Command::new(pose()).arg("verify").args(&packs).output().expect("pose starts");
            assert!(
                packs.is_empty() || verified.status.success(),
                "{}",
                String::from_utf8_lossy(&verified.stderr)
            );
        }
        lab.archive.assert_nothing_lost();
        let (code, again, said) = lab.pack(&["--report", report]);
        let summary = &again["summary"];
        let done = [&summary["packed"], &summary["up_to_date"]].map(|count| count.as_u64().unwrap_or(0));
        assert_eq!((code, done[0] + done[1]), (Some(0), lab.archive.num_sources() as u64), "{said}{again}");
        lab.assert_done();
    }
    assert!(were_cut_short > 0, "none of {KILLS} was killed in time");
}

#[test]
fn an_interrupted_run_finishes_what_it_began_and_says_what_it_did_not() {
    let lab = Lab::new(20);
    let path = lab.archive.beside("packs.jsonl");
    let mut command = lab.command(&["--jobs", "1", "--report", path.to_str().expect("it is Unicode")]);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pose starts");
    while fs::read_to_string(&path).map_or(0, |report| report.lines().count()) < 3 {
        thread::sleep(std::time::Duration::from_millis(1));
    }
    let sent = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(sent.is_ok(), "`kill` sends signals");
    let output = running.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("stopping after") && said.contains("not begun; the next run goes on"), "{said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(report["summary"]["failed"], 0, "{report}");
    assert!(
        files(&lab.packs).iter().all(|file| !file.to_string_lossy().contains("/.pose-")),
        "nothing is left"
    );
    assert_eq!(lab.pack(&[]).0, Some(0));
    lab.assert_done();
}
