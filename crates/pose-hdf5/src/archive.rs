//! Which tables a file holds.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use crate::error::unsupported;
use crate::meta::Meta;
use crate::others::{is_hidden, others};
use crate::{Hdf5Error, Hdf5ErrorKind, Hdf5Table, OpenOptions};
use hdf5_file::read::{File, Group};

/// The key under which DeepLabCut keeps its tables.
pub const USUAL_KEY: &str = "df_with_missing";

/// How many groups a file may have. More are refused, not passed over.
const MAX_GROUPS: usize = 100_000;

/// How pandas stores a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Storage {
    /// `format="table"`: a row per frame, which can be appended to and queried.
    Table,
    /// `format="fixed"`: a block per type of column.
    Fixed,
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::Fixed => "fixed",
        })
    }
}

/// A table in a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct TableEntry {
    /// The key that pandas knows it by, without the leading slash.
    pub key: String,
    /// How it is stored.
    pub storage: Storage,
}

/// An open HDF5 file, for callers that want more of it than one table.
///
/// # Examples
///
/// ```
/// use pose_frame::PoseTable;
///
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pandas-3/generic/two_tables.h5");
/// let file = pose_hdf5::Hdf5File::open(path)?;
/// for entry in file.tables()? {
///     let table = file.table(Some(&entry.key))?;
///     assert!(table.num_frames() > 0);
/// }
/// assert!(file.other_objects()?.is_empty());
/// # Ok::<(), pose_hdf5::Hdf5Error>(())
/// ```
#[derive(Clone)]
pub struct Hdf5File(pub(crate) File);

impl Hdf5File {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not HDF5.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Hdf5Error> {
        Ok(Self(File::open(path)?))
    }

    /// The tables in the file: see [`list_tables`].
    ///
    /// # Errors
    ///
    /// When the file is damaged. A file without tables gives an empty list.
    pub fn tables(&self) -> Result<Vec<TableEntry>, Hdf5Error> {
        Ok(Contents::of(&self.0)?.tables.into_iter().map(|found| found.entry).collect())
    }

    /// What else the file holds, each by its name: whatever pandas and PyTables do not write for a table of their
    /// own accord. Series, datasets and groups that belong to no table or stand within the group of one, attributes
    /// that someone added (`df_with_missing: attribute note`), links, named types.
    ///
    /// Whoever would remove a file because its tables are safe elsewhere asks this first.
    ///
    /// # Errors
    ///
    /// When the file is damaged, or has more than 100,000 groups.
    pub fn other_objects(&self) -> Result<Vec<String>, Hdf5Error> {
        others(&self.0, MAX_GROUPS)
    }

    /// Opens a table: the one of this key, otherwise the one under [`USUAL_KEY`], otherwise the only one.
    ///
    /// # Errors
    ///
    /// As [`Hdf5Table::open`].
    pub fn table(&self, key: Option<&str>) -> Result<Hdf5Table, Hdf5Error> {
        Hdf5Table::of(&self.0, &OpenOptions::default().with_key(key.map(str::to_owned)))
    }
}

impl fmt::Debug for Hdf5File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hdf5File").field(&self.0.path()).finish()
    }
}

/// Lists the tables that pandas stored in a file, by key.
///
/// A table is a group with the attribute `pandas_type` of a frame, wherever it stands. Series are not listed.
///
/// # Errors
///
/// When the file cannot be read or is not HDF5. A file without tables gives an empty list.
///
/// # Examples
///
/// ```
/// # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pandas-3/generic/two_tables.h5");
/// let tables = pose_hdf5::list_tables(path)?;
/// let found: Vec<String> = tables.iter().map(|table| format!("{} ({})", table.key, table.storage)).collect();
/// assert_eq!(found, ["left (table)", "right (fixed)"]);
/// # Ok::<(), pose_hdf5::Hdf5Error>(())
/// ```
pub fn list_tables(path: impl AsRef<Path>) -> Result<Vec<TableEntry>, Hdf5Error> {
    Hdf5File::open(path)?.tables()
}

/// A group with a table.
pub(crate) struct Found {
    pub(crate) group: Group,
    pub(crate) meta: Meta,
    pub(crate) entry: TableEntry,
}

/// What pandas stored in a file.
struct Contents {
    tables: Vec<Found>,
    /// Series and other things that are no frames, with pandas' name for them.
    others: Vec<(String, String)>,
}

impl Contents {
    fn of(container: &File) -> Result<Self, Hdf5Error> {
        Self::within(container, MAX_GROUPS)
    }

    /// Looks at every group, once, under the name by which its first link calls it. PyTables hides groups, and
    /// pandas those in which it keeps the categories of a table.
    fn within(container: &File, max_groups: usize) -> Result<Self, Hdf5Error> {
        let root = container.root()?;
        let mut seen = HashSet::from([root.identity()]);
        let mut left = vec![root];
        let mut contents = Self { tables: Vec::new(), others: Vec::new() };
        while let Some(group) = left.pop() {
            let children = group.members()?.groups;
            let is_plain = match entry(&group)? {
                Entry::Table(meta, entry) => {
                    contents.tables.push(Found { group, meta, entry });
                    false
                }
                Entry::Other(pandas_type) => {
                    contents.others.push((group.name().to_owned(), pandas_type));
                    false
                }
                Entry::Plain => true,
            };
            for child in children {
                let name = child.last_name();
                if is_hidden(name) || (!is_plain && name == "meta") || seen.contains(&child.identity()) {
                    continue;
                }
                if seen.len() >= max_groups {
                    return Err(too_many_groups(container, max_groups));
                }
                seen.insert(child.identity());
                left.push(child);
            }
        }
        contents.tables.sort_by(|a, b| a.entry.key.cmp(&b.entry.key));
        contents.others.sort();
        Ok(contents)
    }

    fn keys(&self) -> Vec<String> {
        self.tables.iter().map(|found| found.entry.key.clone()).collect()
    }
}

/// An error: more groups than are looked at.
pub(crate) fn too_many_groups(container: &File, most: usize) -> Hdf5Error {
    unsupported(container, "the file", format!("more than {most} groups"))
}

/// What pandas says of a group.
pub(crate) enum Entry {
    /// It is a frame.
    Table(Meta, TableEntry),
    /// It is something else, by pandas' name.
    Other(String),
    /// Nothing.
    Plain,
}

/// What pandas says of a group.
pub(crate) fn entry(group: &Group) -> Result<Entry, Hdf5Error> {
    let meta = Meta::of_group(group)?;
    let storage = match meta.text("pandas_type") {
        Some("frame_table") => Storage::Table,
        Some("frame") => Storage::Fixed,
        Some(other) => return Ok(Entry::Other(other.to_owned())),
        None => return Ok(Entry::Plain),
    };
    let key = group.name().to_owned();
    Ok(Entry::Table(meta, TableEntry { key, storage }))
}

/// The table or series of this key; without one, that under the usual key, or the only one.
pub(crate) fn find(container: &File, key: Option<&str>) -> Result<Found, Hdf5Error> {
    let wanted = key.unwrap_or(USUAL_KEY).trim_matches('/');
    if let Some(group) = walk(container.root()?, wanted)? {
        match entry(&group)? {
            Entry::Table(meta, entry) => return Ok(Found { group, meta, entry }),
            Entry::Other(pandas_type) if key.is_some() => {
                if let Some(storage) = series_storage(&pandas_type) {
                    let meta = Meta::of_group(&group)?;
                    let entry = TableEntry { key: group.name().to_owned(), storage };
                    return Ok(Found { group, meta, entry });
                }
                let path = container.path().to_owned();
                return Err(Hdf5ErrorKind::NotAFrame { path, key: wanted.to_owned(), pandas_type }.into());
            }
            Entry::Other(_) | Entry::Plain => {}
        }
    }
    let mut contents = Contents::of(container)?;
    let path = container.path().to_owned();
    if key.is_some() {
        let key = wanted.to_owned();
        return Err(Hdf5ErrorKind::UnknownKey { path, key, keys: contents.keys() }.into());
    }
    match contents.tables.len() {
        1 => Ok(contents.tables.remove(0)),
        0 => Err(nothing(container, contents)?.into()),
        _ => Err(Hdf5ErrorKind::SeveralTables { path, keys: contents.keys() }.into()),
    }
}

/// How a series is stored: one is opened when it is asked for by its key, and never taken for a table otherwise.
fn series_storage(pandas_type: &str) -> Option<Storage> {
    match pandas_type {
        "series_table" => Some(Storage::Table),
        "series" => Some(Storage::Fixed),
        _ => None,
    }
}

fn walk(root: Group, key: &str) -> Result<Option<Group>, Hdf5Error> {
    let mut group = root;
    for part in key.split('/').filter(|part| !part.is_empty()) {
        match group.group(part)? {
            Some(child) => group = child,
            None => return Ok(None),
        }
    }
    Ok(Some(group))
}

/// An error that says what there is instead of a table.
fn nothing(container: &File, contents: Contents) -> Result<Hdf5ErrorKind, Hdf5Error> {
    let path = container.path().to_owned();
    if let [(key, pandas_type)] = contents.others.as_slice() {
        return Ok(Hdf5ErrorKind::NotAFrame { path, key: key.clone(), pandas_type: pandas_type.clone() });
    }
    let mut found: Vec<String> =
        contents.others.into_iter().map(|(key, pandas_type)| format!("{key} ({pandas_type})")).collect();
    if found.is_empty() {
        const SHOWN: usize = 5;
        let root = container.root()?.members()?;
        found.extend(root.groups.iter().map(|group| format!("the group {}", group.name())));
        found.extend(root.datasets.iter().map(|dataset| format!("the dataset {}", dataset.name)));
        if found.len() > SHOWN {
            let more = found.len() - SHOWN;
            found.truncate(SHOWN);
            found.push(format!("{more} more"));
        }
    }
    Ok(Hdf5ErrorKind::NoTable { path, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_groups_than_are_looked_at_are_an_error() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pandas-3/generic/two_tables.h5");
        let container = File::open(Path::new(path)).expect("it opens");
        // The root and two tables.
        assert_eq!(Contents::within(&container, 3).expect("they are as many").tables.len(), 2);
        assert_eq!(others(&container, 3).expect("they are as many"), Vec::<String>::new());
        for error in [Contents::within(&container, 2).err(), others(&container, 2).err()] {
            let line = error.expect("one too many").to_string();
            assert!(line.contains("more than 2 groups"), "{line}");
        }
    }
}
