//! Reads and writes tables on request and says how long each took, for benchmarks that run other programs beside it.
//!
//! A request is a line on standard input: `read PATH`, `read PATH BODYPART`, `raw PATH` (the bytes of a file into
//! fresh memory), `load PATH` (kept for writing), `write PATH table|fixed [zlib|lz4|zstd]`. The answer is a line with
//! seconds.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, Write};
use std::time::Instant;

use pose_frame::{PoseFrame, PoseTable, Selection};
use pose_hdf5::compression::{BloscCodec, Compression, Level, Shuffle};
use pose_hdf5::{Hdf5Table, OpenOptions, Storage, WriteOptions, write_table};

fn main() -> Result<(), Box<dyn Error>> {
    let mut loaded = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = Instant::now();
        match words.as_slice() {
            ["read", path] => drop(open(path)?.load()?),
            ["read", path, bodypart] => drop(open(path)?.read(&Selection::all().bodypart(*bodypart))?),
            ["raw", path] => drop(std::fs::read(path)?),
            ["load", path] => loaded = Some(open(path)?.load()?),
            ["write", path, how @ ..] => write(loaded.as_ref().ok_or("nothing is loaded")?, path, how)?,
            _ => return Err(format!("no such request: {line}").into()),
        }
        println!("{}", start.elapsed().as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn open(path: &str) -> Result<Hdf5Table, pose_hdf5::Hdf5Error> {
    Hdf5Table::open(path, &OpenOptions::default())
}

fn write(frame: &PoseFrame, path: &str, how: &[&str]) -> Result<(), Box<dyn Error>> {
    let level = Level::new(5).ok_or("a level")?;
    let mut options = WriteOptions::default();
    for word in how {
        let shuffle = Shuffle::Bytes;
        match *word {
            "table" => options.storage = Some(Storage::Table),
            "fixed" => options.storage = Some(Storage::Fixed),
            "zlib" => options.compression = Compression::Zlib { level, shuffle },
            "lz4" => options.compression = Compression::Blosc { codec: BloscCodec::Lz4, level, shuffle },
            "zstd" => options.compression = Compression::Blosc { codec: BloscCodec::Zstd, level, shuffle },
            other => return Err(format!("nothing is written as {other}").into()),
        }
    }
    let file = File::options().read(true).write(true).create(true).truncate(true).open(path)?;
    write_table(frame, file, &options)?;
    Ok(())
}
