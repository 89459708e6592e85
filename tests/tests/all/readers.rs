//! Other programs read what is written here, in every way that it can be written, value by value.
//!
//! What they say is a table in `crates/pose-parquet/READERS.md`, which `cargo xtask readers --update` writes anew.

mod dump;
mod matrix;
mod programs;
mod pruning;
mod tables;
mod ways;

use std::fs;
use std::path::{Path, PathBuf};

use pose_parquet::write_table;
use serde_json::json;

use self::matrix::{Cell, Matrix};
use self::programs::{Answers, READERS};
use self::tables::Table;
use self::ways::{Way, ways};

#[test]
fn readers_read_every_way_of_writing_as_readers_md_says() {
    let tables = tables::all();
    let ways = ways();
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let files: Vec<Vec<PathBuf>> = ways.iter().map(|way| write(way, &tables, scratch.path())).collect();
    let mut matrix = Matrix::new(ways.iter().map(|way| way.name.clone()).collect(), &tables);
    for reader in READERS.iter().filter(|reader| reader.is_wanted()) {
        let dump = scratch.path().join("dumps");
        fs::create_dir_all(&dump).expect("there is room for dumps");
        let all = files.iter().flatten().enumerate();
        let cases = all.map(|(number, file)| json!({"parquet": file, "dump": dump.join(number.to_string())}));
        let Answers { version, answers } = reader.ask(&cases.collect::<Vec<_>>());
        assert_eq!(answers.len(), ways.len() * tables.len(), "{} answers for every file", reader.title);
        let mut answers = answers.into_iter().enumerate();
        let cells = files.iter().map(|files| {
            let cases = tables.iter().zip(files);
            let complaints = cases.map(|(table, file)| {
                let (number, answer) = answers.next().expect("there is one for each file");
                let dump = fs::read(dump.join(number.to_string())).unwrap_or_default();
                let complaint = answer.complaint(&table.stored, &dump, reader.nan)?;
                Some(complaint.replace(&*file.to_string_lossy(), "FILE"))
            });
            Cell::new(&tables, complaints.collect())
        });
        let cells = cells.collect();
        matrix.add(reader, &version, cells);
        fs::remove_dir_all(&dump).expect("dumps can be removed");
    }
    matrix.check();
}

/// Writes each table; its file is called by the number of the table.
fn write(way: &Way, tables: &[Table], folder: &Path) -> Vec<PathBuf> {
    let folder = folder.join(&way.name);
    fs::create_dir(&folder).expect("there is room for the files");
    let write = |(number, table): (usize, &Table)| {
        let mut options = way.options.clone();
        if let Some(frames) = table.row_group_frames {
            options.row_group_frames = frames;
        }
        let bytes = write_table(&table.frame, Vec::new(), &options);
        let bytes = bytes.unwrap_or_else(|error| panic!("{}: {error}", table.name));
        let path = folder.join(format!("{number}.parquet"));
        fs::write(&path, bytes).expect("there is room for the file");
        path
    };
    tables.iter().enumerate().map(write).collect()
}

/// What the readers that are run here need is installed by `cargo xtask readers`, and by `cargo xtask test`.
const INSTALL: &str = "install it with `cargo xtask readers`";
