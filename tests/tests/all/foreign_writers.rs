//! What other programs write is read here as pandas reads it: every frame that is a table, in the encodings, codecs and
//! kinds of pages of pyarrow, fastparquet, Polars and DuckDB.

use std::path::PathBuf;
use std::process::Command;

use pose_frame::{PoseTable as _, Selection, Tolerance, first_difference, testing};
use pose_parquet::ParquetTable;
use pose_tests::{expected_frame_from, python_of};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    read: Vec<Reading>,
    refuse: Vec<Refusal>,
}

/// A file, and what pandas found in it.
#[derive(Deserialize)]
struct Reading {
    parquet: PathBuf,
    oracle: PathBuf,
}

/// A file that is no table, and what the error has to say.
#[derive(Deserialize)]
struct Refusal {
    parquet: PathBuf,
    says: String,
}

#[test]
fn files_of_other_programs_read_as_pandas_reads_them() {
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/readers/foreign.py");
    let output = Command::new(python_of("readers")).arg(script).arg(scratch.path()).output();
    let output = output.expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cases: Cases = serde_json::from_slice(&output.stdout).expect("the script answers in JSON");
    assert!(cases.read.len() > 150 && cases.refuse.len() > 10, "the script writes all files");
    let wrong: Vec<String> = cases
        .read
        .iter()
        .filter_map(|case| Some(format!("{}: {}", case.parquet.display(), complaint(case)?)))
        .chain(cases.refuse.iter().filter_map(not_refused))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.read.len(), wrong.join("\n"));
}

/// What differs from what pandas reads, if anything.
fn complaint(case: &Reading) -> Option<String> {
    let expected = expected_frame_from(&case.oracle);
    let table = match ParquetTable::open(&case.parquet) {
        Ok(table) => table,
        Err(error) => return Some(error.to_string()),
    };
    match first_difference(&expected, &table, Tolerance::BitForBit) {
        Ok(None) => {}
        Ok(Some(difference)) => return Some(difference.to_string()),
        Err(error) => return Some(error.to_string()),
    }
    let frames = expected.num_frames();
    if frames < 100 {
        testing::conformance(&table, &expected);
        return None;
    }
    // Within a page, over the ends of pages and row groups, and single frames.
    let starts = [1, 639, 640, 1_023, 4_095, 6_999, 13_999, frames - 1];
    for start in starts {
        for length in [1, 65, 7_002] {
            let selection = Selection::all().frames(start..(start + length).min(frames));
            let (part, same) = (table.read(&selection), expected.read(&selection));
            let part = match part {
                Ok(part) => part,
                Err(error) => return Some(error.to_string()),
            };
            let same = same.expect("it is in memory");
            let difference =
                first_difference(&same, &part, Tolerance::BitForBit).expect("they are in memory");
            if let Some(difference) = difference {
                return Some(format!("{length} frames from {start}: {difference}"));
            }
        }
    }
    None
}

fn not_refused(case: &Refusal) -> Option<String> {
    let opened = ParquetTable::open(&case.parquet).map_err(|error| error.to_string());
    let loaded = opened.and_then(|table| table.load().map_err(|error| error.to_string()));
    let Err(said) = loaded else { return Some(format!("{} is read", case.parquet.display())) };
    let names = said.to_lowercase().contains(&case.says.to_lowercase());
    (!names).then(|| format!("{said}: it does not say {:?}", case.says))
}
