//! Reads and writes tables on request and says how long each took, for benchmarks that run other programs beside it.
//!
//! A request is a line on standard input: `read PATH`, `read PATH BODYPART`, `raw PATH` (the bytes of a file into
//! fresh memory), `load PATH` (kept for writing), `write PATH fast|compact|portable [narrow]`. The answer is a line
//! with seconds.
//!
//! It allocates by jemalloc, as the packages of polars do; pyarrow brings mimalloc. With glibc's own allocator a short table takes a
//! tenth longer to write.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufWriter, Write};
use std::time::Instant;

use pose_frame::{PoseFrame, PoseTable, Selection};
use pose_parquet::{Narrow, ParquetTable, Profile, WriteOptions, write_table};

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let mut loaded = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = Instant::now();
        match words.as_slice() {
            ["read", path] => drop(ParquetTable::open(path)?.load()?),
            ["read", path, bodypart] => {
                drop(ParquetTable::open(path)?.read(&Selection::all().bodypart(*bodypart))?);
            }
            ["raw", path] => drop(std::fs::read(path)?),
            ["load", path] => loaded = Some(ParquetTable::open(path)?.load()?),
            ["write", path, how @ ..] => write(loaded.as_ref().ok_or("nothing is loaded")?, path, how)?,
            _ => return Err(format!("no such request: {line}").into()),
        }
        println!("{}", start.elapsed().as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn write(frame: &PoseFrame, path: &str, how: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut options = WriteOptions::default();
    for word in how {
        match Profile::ALL.into_iter().find(|profile| profile.name() == *word) {
            Some(profile) => options.profile = profile,
            None if *word == "narrow" => options.narrow = Narrow::WhereExact,
            None => return Err(format!("nothing is written as {word}").into()),
        }
    }
    let out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write_table(frame, out, &options)?.flush()?;
    Ok(())
}
