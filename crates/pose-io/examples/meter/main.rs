//! Reads, writes, converts, sums up and packs tables on request and says how long each took, for benchmarks that run other
//! programs beside it: `cargo xtask bench`.
//!
//! A request is a line on standard input. The answer is a line with seconds, and behind them what the request asks for.
//!
//! | request | | answers beside seconds |
//! |---|---|---|
//! | `load PATH` | a table is kept for what follows | numbers in it |
//! | `drop` | and let go | |
//! | `read PATH [BODYPART]` | a table, or the columns of one bodypart | numbers that were read |
//! | `open PATH` | without its values | |
//! | `raw PATH` | the bytes of a file, into fresh memory | |
//! | `write PATH HOW` | the table that was loaded; `fast`, `compact`, `portable`, with `narrow`; `table`, `fixed`, with `zlib`, `lz4`, `zstd`; `csv`; `nwb` | |
//! | `convert IN OUT` | one file into another, compared bit for bit | |
//! | `query PATH P` | mean, deviation and least of places at least so likely, for each column | how many, the sum of means, of deviations, of the least |
//! | `suggest [BOUND]` | a recipe for the table that was loaded, kept for what follows | |
//! | `rivals FOLDER [BOUND]` | the table in every way that is tried for a recipe, whole | sizes of the one that is chosen and of the smallest, and how many there are |
//! | `pack FOLDER` | the table by that recipe, compared with what was packed | the largest error |
//! | `unpack FOLDER` | | numbers that were read |
//!
//! It allocates by jemalloc, as the packages of polars do; pyarrow brings mimalloc. With glibc's own allocator a short table takes a
//! tenth longer to write.

mod packs;
mod tables;

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::time::Instant;

use pose_frame::PoseFrame;
use recipe::Recipe;

#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut kept = Kept::default();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let start = Instant::now();
        let found = answer(&mut kept, &words)?;
        let seconds = start.elapsed().as_secs_f64();
        let numbers: Vec<String> =
            [seconds].into_iter().chain(found).map(|number| number.to_string()).collect();
        println!("{}", numbers.join(" "));
        std::io::stdout().flush()?;
    }
    Ok(())
}

/// What earlier requests left.
#[derive(Default)]
struct Kept {
    table: Option<PoseFrame>,
    recipe: Option<Recipe>,
}

impl Kept {
    fn table(&self) -> Result<&PoseFrame, Failure> {
        Ok(self.table.as_ref().ok_or("nothing is loaded")?)
    }
}

fn answer(kept: &mut Kept, words: &[&str]) -> Result<Vec<f64>, Failure> {
    Ok(match *words {
        ["load", path] => {
            let table = tables::read(path, None)?;
            let numbers = tables::numbers(&table);
            kept.table = Some(table);
            vec![numbers]
        }
        ["drop"] => {
            kept.table = None;
            Vec::new()
        }
        ["read", path] => vec![tables::numbers(&tables::read(path, None)?)],
        ["read", path, bodypart] => vec![tables::numbers(&tables::read(path, Some(bodypart))?)],
        ["open", path] => {
            drop(tables::open(path)?);
            Vec::new()
        }
        ["raw", path] => {
            drop(std::fs::read(path)?);
            Vec::new()
        }
        ["write", path, ref how @ ..] => {
            tables::write(kept.table()?, path, how)?;
            Vec::new()
        }
        ["convert", source, target] => {
            let (source, target) = (Path::new(source), Path::new(target));
            pose_io::convert(source, target, &pose_io::ConvertOptions::default(), &|_| {})?;
            Vec::new()
        }
        ["query", path, likelihood] => tables::query(path, likelihood.parse()?)?.to_vec(),
        ["suggest", ref bound @ ..] => {
            kept.recipe = Some(packs::suggested(kept.table()?, bound.first().copied())?.recipe);
            Vec::new()
        }
        ["rivals", folder, ref bound @ ..] => packs::rivals(kept.table()?, bound.first().copied(), folder)?,
        ["pack", folder] => {
            let recipe = kept.recipe.as_ref().ok_or("no recipe was suggested")?;
            vec![packs::pack(kept.table()?, recipe, folder)?]
        }
        ["unpack", folder] => vec![tables::numbers(&packs::unpack(folder)?)],
        _ => return Err(format!("no such request: {words:?}").into()),
    })
}
