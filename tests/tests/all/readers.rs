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

use self::dump::Stored;
use self::matrix::{Cell, Matrix};
use self::programs::{Answers, READERS};
use self::tables::{Origin, Table};
use self::ways::{Way, ways};

#[test]
fn readers_read_every_way_of_writing_as_readers_md_says() {
    let tables = tables::all();
    let ways = ways();
    let scratch = tempfile::tempdir().expect("there is room for scratch files");
    let files: Vec<Vec<File<'_>>> = ways.iter().map(|way| write(way, &tables, scratch.path())).collect();
    let of_repository =
        |files: &Vec<File<'_>>| files.iter().filter(|file| file.table.origin == Origin::Repository).count();
    let columns = ways.iter().zip(&files).map(|(way, files)| (way.name.clone(), of_repository(files)));
    let mut matrix = Matrix::new(columns.collect());
    for reader in READERS.iter().filter(|reader| reader.is_wanted()) {
        let dump = scratch.path().join("dumps");
        fs::create_dir_all(&dump).expect("there is room for dumps");
        let all = files.iter().flatten().enumerate();
        let cases =
            all.map(|(number, file)| json!({"parquet": file.path, "dump": dump.join(number.to_string())}));
        let Answers { version, answers } = reader.ask(&cases.collect::<Vec<_>>());
        assert_eq!(
            answers.len(),
            files.iter().map(Vec::len).sum::<usize>(),
            "{} answers for every file",
            reader.title
        );
        let mut answers = answers.into_iter().enumerate();
        let cells = files.iter().map(|files| {
            let complaints = files.iter().map(|file| {
                let (number, answer) = answers.next().expect("there is one for each file");
                let dump = fs::read(dump.join(number.to_string())).unwrap_or_default();
                let complaint = answer.complaint(&file.stored, &dump, reader.nan)?;
                Some(complaint.replace(&*file.path.to_string_lossy(), "FILE"))
            });
            let complaints = complaints.collect();
            Cell::new(files.iter().map(|file| file.table).collect(), complaints)
        });
        let cells = cells.collect();
        matrix.add(reader, &version, cells);
        fs::remove_dir_all(&dump).expect("dumps can be removed");
    }
    matrix.check();
}

/// A table, written in one way.
struct File<'a> {
    table: &'a Table,
    path: PathBuf,
    /// What readers have to find.
    stored: Stored,
}

/// Writes each table that can be written in this way; its file is called by the number of the table.
fn write<'a>(way: &Way, tables: &'a [Table], folder: &Path) -> Vec<File<'a>> {
    let folder = folder.join(&way.name);
    fs::create_dir(&folder).expect("there is room for the files");
    let write = |(number, table): (usize, &'a Table)| {
        let stored = Stored::of(&way.seen(&table.frame)?);
        let mut options = way.options.clone();
        if let Some(frames) = table.row_group_frames {
            options.row_group_frames = frames;
        }
        let bytes = write_table(&table.frame, Vec::new(), &options);
        let bytes = bytes.unwrap_or_else(|error| panic!("{}: {error}", table.name));
        let path = folder.join(format!("{number}.parquet"));
        fs::write(&path, bytes).expect("there is room for the file");
        Some(File { table, path, stored })
    };
    let files: Vec<File<'_>> = tables.iter().enumerate().filter_map(write).collect();
    assert!(files.len() > 25, "{} tables are written as {}", files.len(), way.name);
    files
}

/// What the readers that are run here need is installed by `cargo xtask readers`, and by `cargo xtask test`.
const INSTALL: &str = "install it with `cargo xtask readers`";
