//! The table of `READERS.md`, made of what the readers said.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

use super::programs::{READERS, Reader};
use super::tables::{Origin, Table};

/// The page that the table is part of.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/pose-parquet/READERS.md");

/// How much of a message is shown.
const MAX_CHARS: usize = 160;

/// How many tables are named, and not only counted.
const MAX_NAMES: usize = 6;

const UPDATE: &str = "cargo xtask readers --update";

/// What a reader says of all tables, written in one way.
pub(super) enum Cell {
    /// It reads all.
    All,
    /// It reads none but some without floats; these it does not, by what it says of them.
    None(BTreeMap<String, Vec<String>>),
    /// It does not read these.
    AllBut(BTreeMap<String, Vec<String>>),
}

/// The table.
pub(super) struct Matrix {
    /// The name of each way, and how many tables are written in it.
    ways: Vec<(String, usize)>,
    rows: BTreeMap<&'static str, String>,
    notes: Vec<String>,
}

impl Cell {
    /// Takes complaints, one for each table.
    pub(super) fn new(tables: Vec<&Table>, complaints: Vec<Option<String>>) -> Self {
        let (mut read, mut failed) = (0, BTreeMap::<String, Vec<String>>::new());
        let mut of_real_data = Vec::new();
        let num_tables = tables.len();
        for (table, complaint) in tables.into_iter().zip(complaints) {
            match (complaint, table.origin) {
                (None, _) => read += 1,
                (Some(complaint), Origin::RealData) => {
                    of_real_data.push(format!("{}: {complaint}", table.name));
                }
                (Some(complaint), Origin::Repository) => {
                    failed.entry(complaint).or_default().push(table.name.clone());
                }
            }
        }
        // Tables without values say nothing of who reads values.
        if read * 4 < num_tables {
            return Self::None(failed);
        }
        assert!(of_real_data.is_empty(), "real files are not read:\n{}", of_real_data.join("\n"));
        if failed.is_empty() { Self::All } else { Self::AllBut(failed) }
    }
}

impl Matrix {
    pub(super) fn new(ways: Vec<(String, usize)>) -> Self {
        Self { ways, rows: BTreeMap::new(), notes: Vec::new() }
    }

    pub(super) fn add(&mut self, reader: &Reader, version: &str, cells: Vec<Cell>) {
        let mut row = format!("| {} | {version} |", reader.title);
        // What is said of several ways is said once.
        let mut notes = BTreeMap::<String, Vec<&str>>::new();
        for (cell, (way, _)) in cells.into_iter().zip(&self.ways) {
            let (text, failed) = match cell {
                Cell::All => ("yes".to_owned(), BTreeMap::new()),
                Cell::None(failed) => {
                    let most = failed.iter().max_by_key(|(_, tables)| tables.len());
                    (format!("no: {}", code(most.map_or("", |(message, _)| message))), failed)
                }
                Cell::AllBut(failed) => {
                    (format!("all but {}", failed.values().map(Vec::len).sum::<usize>()), failed)
                }
            };
            write!(row, " {text} |").expect("text can be written");
            for (message, tables) in failed {
                let names = if tables.len() > MAX_NAMES {
                    format!("{} tables", tables.len())
                } else {
                    tables.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ")
                };
                notes.entry(format!("{names}: {}", code(&message))).or_default().push(way);
            }
        }
        self.rows.insert(reader.title, row);
        let all = self.ways.len();
        let lines = notes.into_iter().map(|(note, ways)| {
            let ways = if ways.len() == all { String::new() } else { format!("{}: ", ways.join(", ")) };
            format!("- {}: {ways}{note}", reader.title)
        });
        self.notes.extend(lines);
    }

    /// Compares the table with the page, or writes it there.
    pub(super) fn check(&self) {
        let page = fs::read_to_string(PAGE).unwrap_or_else(|error| panic!("{PAGE}: {error}"));
        // What ran is checked; what did not run here keeps its place.
        let kept = |reader: &Reader| {
            let start = format!("| {} |", reader.title);
            page.lines().find(|line| line.starts_with(&start)).map(str::to_owned)
        };
        let kept_notes = |reader: &Reader| {
            let start = format!("- {}: ", reader.title);
            page.lines().filter(move |line| line.starts_with(&start)).map(str::to_owned).collect::<Vec<_>>()
        };
        let columns =
            |text: fn(&(String, usize)) -> String| self.ways.iter().map(text).collect::<Vec<_>>().join(" | ");
        let mut table = format!(
            "| reader | version | {} |\n|---|---|{}\n| | tables | {} |\n",
            columns(|(way, _)| way.clone()),
            "---|".repeat(self.ways.len()),
            columns(|(_, tables)| tables.to_string()),
        );
        let mut notes = Vec::new();
        for reader in &READERS {
            if let Some(row) = self.rows.get(reader.title) {
                writeln!(table, "{row}").expect("text can be written");
                let start = format!("- {}: ", reader.title);
                notes.extend(self.notes.iter().filter(|note| note.starts_with(&start)).cloned());
            } else {
                println!("{} was left out: it runs where CI=true or POSE_SPARK is set", reader.title);
                let row = kept(reader)
                    .unwrap_or_else(|| panic!("{PAGE} has no row of {}: run `{UPDATE}`", reader.title));
                writeln!(table, "{row}").expect("text can be written");
                notes.extend(kept_notes(reader));
            }
        }
        writeln!(table, "\n# What is not read\n\n{}", notes.join("\n")).expect("text can be written");
        let (head, _) =
            page.split_once("# The table\n").unwrap_or_else(|| panic!("{PAGE} has no `# The table`"));
        let expected = format!("{head}# The table\n\n{table}");
        if env::var_os("POSE_UPDATE_READERS").is_some() {
            fs::write(Path::new(PAGE), expected).unwrap_or_else(|error| panic!("{PAGE}: {error}"));
            return;
        }
        assert!(expected == page, "{PAGE} says something else; `{UPDATE}` writes it anew:\n{table}");
    }
}

/// Text in a cell as it is, or the beginning of it.
fn code(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_CHARS).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    format!("`{}`", shown.replace('`', "'").replace('|', "\\|"))
}
