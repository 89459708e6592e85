//! Reads and writes Parquet with arrow2 (which has parquet2 below it) on request and says how long each took, for
//! `cargo xtask bench`: one of the peers, and of no other use.
//!
//! A request is a line on standard input: `load PATH` (kept for writing), `drop`, `read PATH`, `write PATH`. The answer is a line
//! with seconds, and how many numbers were read.

use std::fs::File;
use std::io::{BufRead, BufWriter, Write};
use std::time::Instant;

use arrow2::array::Array;
use arrow2::chunk::Chunk;
use arrow2::datatypes::Schema;
use arrow2::io::parquet::{read, write};

type Failure = Box<dyn std::error::Error>;
type Chunks = Vec<Chunk<Box<dyn Array>>>;

fn main() -> Result<(), Failure> {
    let mut loaded = None;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = Instant::now();
        let numbers = match words.as_slice() {
            ["load", path] => {
                let table = read_file(path)?;
                let numbers = numbers(&table);
                loaded = Some(table);
                numbers
            }
            ["drop"] => {
                loaded = None;
                0
            }
            ["read", path] => numbers(&read_file(path)?),
            ["write", path] => write_file(loaded.as_ref().ok_or("nothing is loaded")?, path)?,
            _ => return Err(format!("no such request: {line}").into()),
        };
        println!("{} {numbers}", start.elapsed().as_secs_f64());
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn read_file(path: &str) -> Result<(Schema, Chunks), Failure> {
    let mut file = File::open(path)?;
    let metadata = read::read_metadata(&mut file)?;
    let schema = read::infer_schema(&metadata)?;
    let groups = read::FileReader::new(file, metadata.row_groups, schema.clone(), None, None, None);
    Ok((schema, groups.collect::<Result<_, _>>()?))
}

/// How many numbers there are beside the labels of the rows, which are a column like any other here.
fn numbers((schema, chunks): &(Schema, Chunks)) -> usize {
    let columns = schema.fields.iter().filter(|field| !field.name.starts_with("__index_level_")).count();
    chunks.iter().map(|chunk| chunk.len() * columns).sum()
}

/// As small as it gets there: it writes no byte streams.
fn write_file(table: &(Schema, Chunks), path: &str) -> Result<usize, Failure> {
    let (schema, chunks) = table;
    let compression = write::CompressionOptions::Zstd(Some(write::ZstdLevel::try_new(1)?));
    let options = write::WriteOptions {
        write_statistics: true,
        compression,
        version: write::Version::V2,
        data_pagesize_limit: None,
    };
    let plain =
        |field: &arrow2::datatypes::Field| write::transverse(&field.data_type, |_| write::Encoding::Plain);
    let encodings = schema.fields.iter().map(plain).collect();
    let groups = chunks.iter().cloned().map(Ok);
    let groups = write::RowGroupIterator::try_new(groups, schema, options, encodings)?;
    let out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut writer = write::FileWriter::try_new(out, schema.clone(), options)?;
    for group in groups {
        writer.write(group?)?;
    }
    writer.end(None)?;
    writer.into_inner().flush()?;
    Ok(numbers(table))
}
