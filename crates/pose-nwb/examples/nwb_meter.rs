//! Reads and writes tables on request and says how long each took, for benchmarks that run other programs beside it.
//!
//! A request is a line on standard input: `read PATH`, `read PATH BODYPART`, `open PATH` (without its values), `raw PATH` (the
//! bytes of a file into fresh memory), `load PATH` (kept for writing), `write PATH`. The answer is a line with seconds. And
//! `peak`, which is answered with the most bytes that the process has had in memory.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, Write};
use std::time::Instant;

use pose_frame::{PoseFrame, PoseTable, Selection};
use pose_nwb::{NwbTable, Timing, WriteOptions, write_table};

fn main() -> Result<(), Box<dyn Error>> {
    let mut loaded = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = Instant::now();
        match words.as_slice() {
            ["open", path] => drop(NwbTable::open(path, None)?),
            ["read", path] => drop(NwbTable::open(path, None)?.load()?),
            ["read", path, bodypart] => {
                drop(NwbTable::open(path, None)?.read(&Selection::all().bodypart(*bodypart))?);
            }
            ["raw", path] => drop(std::fs::read(path)?),
            ["load", path] => loaded = Some(NwbTable::open(path, None)?.load()?),
            ["write", path] => write(loaded.as_ref().ok_or("nothing is loaded")?, path)?,
            ["peak"] => {
                println!("{}", peak_bytes()?);
                std::io::stdout().flush()?;
                continue;
            }
            _ => return Err(format!("no such request: {line}").into()),
        }
        println!("{}", start.elapsed().as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn write(frame: &PoseFrame, path: &str) -> Result<(), Box<dyn Error>> {
    let mut options = WriteOptions::default().with_timing(Timing::rate(30.0));
    options.session.session_start_time = Some("2023-10-30T14:05:00+01:00".parse()?);
    let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
    write_table(frame, file, &options)?;
    Ok(())
}

/// What Linux notes of the process.
fn peak_bytes() -> Result<u64, Box<dyn Error>> {
    const FIELD: &str = "VmHWM:";
    let status = std::fs::read_to_string("/proc/self/status")?;
    let field = status.lines().find_map(|line| line.strip_prefix(FIELD)).ok_or("there is no VmHWM")?;
    let kilobytes: u64 = field.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
