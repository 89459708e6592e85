//! The CSV files beside the HDF5 files of an archive: `csv_twin` in the report of `pose migrate`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use pose_tests::{fixtures_folder, pose, real_data};
use serde_json::Value;
use tempfile::TempDir;

use crate::archive::{answer, command};

const LABELS: &str = "pandas-3/labeled-data/openfield1/CollectedData_lab.h5";

/// A folder with a table and its CSV as it was written.
struct Lab {
    scratch: TempDir,
}

impl Lab {
    fn with(source: &Path) -> Self {
        let scratch = tempfile::tempdir().expect("there is room");
        fs::copy(source, scratch.path().join("a.h5")).expect("it can be copied");
        Self { scratch }
    }

    fn of(fixture: &str) -> Self {
        let lab = Self::with(&fixtures_folder().join(fixture));
        let made = Command::new(pose()).arg("convert").args([lab.source(), lab.twin()]).output();
        let made = made.expect("pose starts");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        lab
    }

    fn source(&self) -> PathBuf {
        self.scratch.path().join("a.h5")
    }

    fn twin(&self) -> PathBuf {
        self.scratch.path().join("a.csv")
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.twin()).expect("it is there");
        text.lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        fs::write(self.twin(), lines.join("\n")).expect("there is room");
    }

    /// Migrates the folder, which goes well whatever the CSV says, and gives what is said of its file.
    fn migrate(&self, flags: &[&str]) -> Value {
        let (code, report, said) = answer(&mut command("migrate", self.scratch.path(), flags));
        assert_eq!(code, Some(0), "{report}{said}");
        let file = report["files"][0].clone();
        assert_eq!(file["csv_twin"]["path"].as_str(), self.twin().to_str(), "{file}");
        file
    }

    /// Migrates it anew, and gives what differs.
    fn difference(&self) -> String {
        let _ = fs::remove_file(self.source().with_extension("parquet"));
        let file = self.migrate(&[]);
        assert_eq!(file["status"], "migrated");
        let twin = &file["csv_twin"];
        match twin["difference"].as_str() {
            None => assert_eq!(twin["agrees"], true, "{twin}"),
            Some(_) => assert_eq!(twin["agrees"], false, "{twin}"),
        }
        twin["difference"].as_str().unwrap_or_default().to_owned()
    }
}

#[test]
fn a_twin_that_was_written_of_the_table_agrees() {
    let predictions = "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5";
    let skeleton = "pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000_skeleton.h5";
    for fixture in [LABELS, predictions, skeleton] {
        assert_eq!(Lab::of(fixture).difference(), "", "{fixture}");
    }
}

#[test]
fn what_pandas_lost_in_the_last_digits_is_no_difference() {
    let lab = Lab::of(LABELS);
    let mut lines = lab.lines();
    let cell = lines[3].rsplit(',').find(|cell| cell.contains('.') && cell.parse::<f64>().is_ok());
    let cell = cell.expect("a number").to_owned();
    let next = f64::from_bits(cell.parse::<f64>().expect("a number").to_bits() + 1);
    lines[3] = lines[3].replace(&cell, &next.to_string());
    assert_ne!(lines, lab.lines());
    lab.write(&lines);
    assert_eq!(lab.difference(), "");
}

#[test]
fn labels_that_are_in_one_of_the_two_only_are_named() {
    let lab = Lab::of(LABELS);
    let whole = lab.lines();
    let (header, last) = (3, whole.len() - 1);

    lab.write(&whole[..last]);
    let said = lab.difference();
    assert!(said.contains("is only in the HDF5 file") && said.contains(" in the CSV file: row "), "{said}");

    let mut more = whole.clone();
    more.push(whole[last].replacen(".png", "-again.png", 1));
    lab.write(&more);
    let said = lab.difference();
    assert!(said.contains("-again.png is only in the CSV file"), "{said}");

    let mut renamed = whole.clone();
    renamed[header] = whole[header].replacen(".png", "-other.png", 1);
    lab.write(&renamed);
    let said = lab.difference();
    assert!(said.contains("only in the HDF5 file; row ") && said.contains("-other.png"), "{said}");

    let mut swapped = whole.clone();
    swapped.swap(header, last);
    lab.write(&swapped);
    let said = lab.difference();
    assert!(said.starts_with("row 0 is ") && said.contains(" in the CSV file"), "{said}");

    let without_last = |line: &String| line.rsplit_once(',').expect("it has cells").0.to_owned();
    lab.write(&whole.iter().map(without_last).collect::<Vec<_>>());
    let said = lab.difference();
    assert!(said.starts_with("column ") && said.ends_with("is only in the HDF5 file"), "{said}");
}

#[test]
fn the_first_cell_that_differs_is_named() {
    let lab = Lab::of(LABELS);
    let whole = lab.lines();
    for (becomes, says) in [
        ("123.5", "123.5 in the CSV file"),
        ("", "nothing in the CSV file"),
        ("moved", "moved in the CSV file"),
    ] {
        let mut lines = whole.clone();
        let (line, cell) = whole[3..]
            .iter()
            .enumerate()
            .find_map(|(line, text)| {
                let cells: Vec<&str> = text.split(',').collect();
                Some((line + 3, cells.iter().rposition(|cell| cell.parse::<f64>().is_ok())?))
            })
            .expect("something is labelled");
        let mut cells: Vec<&str> = whole[line].split(',').collect();
        cells[cell] = becomes;
        lines[line] = cells.join(",");
        lab.write(&lines);
        let said = lab.difference();
        assert!(said.starts_with("row ") && said.contains(", column ") && said.ends_with(says), "{said}");
    }
    fs::write(lab.twin(), "scorer,s,s\nbodyparts,a\n").expect("there is room");
    assert!(lab.difference().starts_with("it cannot be read: "));
}

#[test]
fn a_source_is_kept_whose_twin_says_something_else() {
    let lab = Lab::of(LABELS);
    let whole = lab.lines();
    lab.write(&whole[..whole.len() - 1]);
    // Migrated before, so that the twin is looked at for the sake of the removal alone.
    assert_eq!(lab.migrate(&[])["csv_twin"]["agrees"], false);
    let again = lab.migrate(&[]);
    assert_eq!((&again["status"], again["csv_twin"].get("agrees")), (&"up-to-date".into(), None));
    let dry = lab.migrate(&["--dry-run", "--remove-source"]);
    assert_eq!(dry["csv_twin"].get("agrees"), None);
    let kept = lab.migrate(&["--remove-source"]);
    assert_eq!((&kept["status"], &kept["source_removed"]), (&"up-to-date".into(), &false.into()));
    assert!(kept["reason"].as_str().is_some_and(|reason| reason.starts_with("it is kept, as ")), "{kept}");
    assert!(lab.source().exists());
    let spoken = Command::new(pose()).arg("migrate").arg(lab.scratch.path()).arg("--remove-source").output();
    let spoken = String::from_utf8(spoken.expect("pose starts").stderr).expect("it is text");
    assert!(spoken.contains("a.csv differs from ") && spoken.contains("which is kept: "), "{spoken}");

    lab.write(&whole);
    let removed = lab.migrate(&["--remove-source"]);
    assert_eq!((&removed["source_removed"], &removed["csv_twin"]["agrees"]), (&true.into(), &true.into()));
    assert!(!lab.source().exists() && lab.twin().exists());
}

#[test]
fn twins_of_deeplabcut_agree() {
    let Some(folder) = real_data() else { return };
    let mut compared = 0;
    for entry in fs::read_dir(folder).expect("it lists") {
        let twin = entry.expect("it lists").path();
        let source = twin.with_extension("h5");
        if twin.extension().is_none_or(|extension| extension != "csv") || !source.is_file() {
            continue;
        }
        let lab = Lab::with(&source);
        fs::copy(&twin, lab.twin()).expect("it can be copied");
        assert_eq!(lab.difference(), "", "{}", twin.display());
        let lines = lab.lines();
        lab.write(&lines[..lines.len() - 1]);
        assert!(lab.difference().contains("is only in the HDF5 file"), "{}", twin.display());
        compared += 1;
    }
    assert!(compared > 0, "the real files have a CSV with an HDF5 file beside it");
}
