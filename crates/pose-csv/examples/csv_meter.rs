//! Reads and writes tables on request and says how long each took, for benchmarks that run other programs beside it.
//!
//! A request is a line on standard input: `read PATH`, `read PATH BODYPART`, `open PATH` (without its values), `raw PATH` (the
//! bytes of a file into fresh memory), `load PATH` (kept for writing), `write PATH`. The answer is a line with seconds.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, Write};
use std::time::Instant;

use pose_csv::{CsvForm, CsvTable, OpenOptions, write_table};
use pose_frame::{PoseTable, Selection};

fn main() -> Result<(), Box<dyn Error>> {
    let mut loaded = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = Instant::now();
        match words.as_slice() {
            ["open", path] => drop(open(path)?),
            ["read", path] => drop(open(path)?.load()?),
            ["read", path, bodypart] => drop(open(path)?.read(&Selection::all().bodypart(*bodypart))?),
            ["raw", path] => drop(std::fs::read(path)?),
            ["load", path] => loaded = Some(open(path)?.load()?),
            ["write", path] => {
                let form = CsvForm::of(loaded.as_ref().ok_or("nothing is loaded")?)?;
                write_table(&form, File::create(path)?)?;
            }
            _ => return Err(format!("no such request: {line}").into()),
        }
        println!("{}", start.elapsed().as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn open(path: &str) -> Result<CsvTable, pose_csv::CsvError> {
    CsvTable::open(path, &OpenOptions::default())
}
