//! What is left of a packed table of which something is missing or damaged.

use std::fmt;
use std::path::Path;

use pose_frame::{ColumnKey, IndexSchema, Metadata, PoseTable, RowIndex, Selection, default_batch_frames};
use pose_parquet::ParquetTable;
use vidpack::Ffmpeg;

use super::{Home, Opened, PackedTable, homes, open_rest, open_videos};
use crate::manifest::Manifest;
use crate::{Error, Result};

/// What is left of a packed table, and what is lost.
#[derive(Debug)]
#[non_exhaustive]
pub struct Salvaged {
    /// The columns of which every value can be read, all frames of them. Where the row labels are lost, rows are counted from 0.
    pub table: PackedTable,
    /// What is lost, and why. Nothing, of a table that is whole.
    pub lost: Vec<Lost>,
}

/// What is lost of a packed table.
#[derive(Debug)]
#[non_exhaustive]
pub struct Lost {
    /// Where it was.
    pub part: LostPart,
    /// The columns that are lost with it, whole.
    pub columns: Vec<ColumnKey>,
    /// What is wrong with it.
    pub why: Error,
}

/// A part of a packed table that is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LostPart {
    /// Some or all columns of the array of this name.
    Array(String),
    /// Some columns that no array has.
    Beside,
    /// The labels of the rows, the metadata, and with them all columns that no array has.
    Rows,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
        match &self.part {
            LostPart::Array(name) => write!(f, "array {name:?}: columns {}", columns.join("; "))?,
            LostPart::Beside => write!(f, "beside the arrays: columns {}", columns.join("; "))?,
            LostPart::Rows if columns.is_empty() => write!(f, "the labels of the rows and the metadata")?,
            LostPart::Rows => {
                write!(f, "the labels of the rows and the metadata, and columns {}", columns.join("; "))?;
            }
        }
        write!(f, ": {}", self.why)
    }
}

impl PackedTable {
    /// Opens what is left of a packed table of which something is missing or damaged: an array, a video, some blocks, or what is kept
    /// beside.
    ///
    /// Everything is decoded once, in batches. A column of which anything cannot be read is lost, all of it; the
    /// columns of a video are lost together. What is left is read, converted or packed anew as any table is. Where there is no ffmpeg,
    /// videos are lost. Nothing is changed in the folder.
    ///
    /// # Errors
    ///
    /// When the manifest is missing or damaged: nothing else says what columns there were.
    pub fn salvage(folder: impl AsRef<Path>) -> Result<Salvaged> {
        let folder = folder.as_ref();
        salvage(folder, Manifest::read(folder)?, None)
    }

    /// Opens what is left of a packed table whose videos are read by this ffmpeg.
    ///
    /// # Errors
    ///
    /// As [`salvage`](Self::salvage).
    pub fn salvage_with(folder: impl AsRef<Path>, ffmpeg: &Ffmpeg) -> Result<Salvaged> {
        let folder = folder.as_ref();
        salvage(folder, Manifest::read(folder)?, Some(ffmpeg))
    }
}

fn salvage(folder: &Path, manifest: Manifest, ffmpeg: Option<&Ffmpeg>) -> Result<Salvaged> {
    let homes = homes(&manifest).map_err(|what| Error::damaged(folder, what))?;
    let (rest, rows_lost) = match readable_rest(folder, &manifest, &homes) {
        Ok(rest) => (Some(rest), None),
        Err(why) => (None, Some(why)),
    };
    let (index, metadata) = match &rest {
        Some(rest) => (rest.schema().index().clone(), rest.schema().metadata().clone()),
        None => (counted(), Metadata::default()),
    };
    let whole = manifest.schema(index, metadata).map_err(|what| Error::damaged(folder, what))?;
    let videos = if manifest.has_videos() { Some(open_videos(folder, ffmpeg)) } else { None };
    let (videos, mut no_videos) = match videos {
        Some(Err(error)) => (None, Some(error)),
        Some(Ok(videos)) => (Some(videos), None),
        None => (None, None),
    };
    let mut found = Found { is_kept: vec![true; homes.len()], lost: Vec::new() };
    if let Some(why) = rows_lost {
        let beside = of_home(&homes, |home| matches!(home, Home::Beside(_)));
        found.lose(LostPart::Rows, beside, &manifest, why);
    }
    let mut stores = Vec::new();
    for number in 0..manifest.arrays.len() {
        // Why there are no videos is told with the first of them.
        let no_store = match manifest.arrays[number].store {
            crate::manifest::Store::Videos {} => no_videos.take(),
            crate::manifest::Store::Blocks { .. } => None,
        };
        let store = match no_store {
            Some(why) => Err(why),
            None => Opened::of(folder, &manifest, number, videos.as_ref()),
        };
        stores.push(match store {
            Ok(store) => Some(store),
            Err(why) => {
                let own = of_home(&homes, |home| matches!(home, Home::Array(array, _) if array == number));
                found.lose(LostPart::Array(manifest.arrays[number].name.clone()), own, &manifest, why);
                None
            }
        });
    }
    let mut table =
        PackedTable { folder: folder.to_owned(), manifest, schema: whole, rest, stores, homes, videos };
    for group in groups(&table, &found.is_kept) {
        if let Err(why) = decode(&table, &group.columns) {
            found.lose(group.part, group.columns, &table.manifest, why);
        }
    }
    let kept: Vec<usize> = (0..found.is_kept.len()).filter(|column| found.is_kept[*column]).collect();
    table.schema = table.schema.project(&kept);
    table.homes = kept.iter().map(|column| table.homes[*column]).collect();
    Ok(Salvaged { table, lost: found.lost })
}

/// What is found of the columns.
struct Found {
    is_kept: Vec<bool>,
    lost: Vec<Lost>,
}

impl Found {
    fn lose(&mut self, part: LostPart, columns: Vec<usize>, manifest: &Manifest, why: Error) {
        for column in &columns {
            self.is_kept[*column] = false;
        }
        let columns = columns.into_iter().map(|column| manifest.columns[column].key());
        // Columns of one array that are damaged each for itself are told together, with what is wrong with the first.
        if let Some(lost) = self.lost.iter_mut().find(|lost| lost.part == part) {
            lost.columns.extend(columns);
        } else {
            self.lost.push(Lost { part, columns: columns.collect(), why });
        }
    }
}

/// Columns that can only be read together.
struct Group {
    part: LostPart,
    columns: Vec<usize>,
}

fn groups(table: &PackedTable, is_kept: &[bool]) -> Vec<Group> {
    let mut groups = Vec::new();
    for (number, array) in table.manifest.arrays.iter().enumerate() {
        let own = of_home(&table.homes, |home| matches!(home, Home::Array(array, _) if array == number));
        let own: Vec<usize> = own.into_iter().filter(|column| is_kept[*column]).collect();
        let part = || LostPart::Array(array.name.clone());
        match table.stores[number] {
            None => {}
            Some(Opened::Videos { .. }) => groups.push(Group { part: part(), columns: own }),
            Some(Opened::Blocks { .. }) => {
                groups.extend(own.into_iter().map(|column| Group { part: part(), columns: vec![column] }));
            }
        }
    }
    let beside = of_home(&table.homes, |home| matches!(home, Home::Beside(_))).into_iter();
    let beside = beside.filter(|column| is_kept[*column]);
    groups.extend(beside.map(|column| Group { part: LostPart::Beside, columns: vec![column] }));
    groups
}

fn of_home(homes: &[Home], wanted: impl Fn(Home) -> bool) -> Vec<usize> {
    (0..homes.len()).filter(|column| wanted(homes[*column])).collect()
}

/// What is kept beside, if the labels of all rows can be read.
fn readable_rest(folder: &Path, manifest: &Manifest, homes: &[Home]) -> Result<ParquetTable> {
    let rest = open_rest(folder, manifest, homes)?;
    let frames = default_batch_frames(rest.schema());
    rest.batches(&Selection::all().columns([]), frames)?.try_for_each(|batch| batch.map(drop))?;
    Ok(rest)
}

/// Decodes columns, and drops them.
fn decode(table: &PackedTable, columns: &[usize]) -> Result<()> {
    let frames = default_batch_frames(&table.schema);
    let selection = Selection::all().columns(columns.iter().copied());
    for batch in table.batches(&selection, frames)? {
        batch?;
    }
    Ok(())
}

fn counted() -> IndexSchema {
    RowIndex::range(0).schema()
}
