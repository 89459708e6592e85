//! Which tables a file holds.

use std::collections::HashSet;
use std::fmt;
use std::path::Path;

use crate::container::{Container, Group};
use crate::meta::Meta;
use crate::{Hdf5Error, Hdf5ErrorKind, Hdf5Table};

/// The key under which DeepLabCut keeps its tables.
pub const USUAL_KEY: &str = "df_with_missing";

/// How many groups of a file are looked at.
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
pub struct Hdf5File(Container);

impl Hdf5File {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is not HDF5.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Hdf5Error> {
        Container::open(path.as_ref()).map(Self)
    }

    /// The tables in the file: see [`list_tables`].
    ///
    /// # Errors
    ///
    /// When the file is damaged. A file without tables gives an empty list.
    pub fn tables(&self) -> Result<Vec<TableEntry>, Hdf5Error> {
        Ok(Contents::of(&self.0)?.tables.into_iter().map(|(_, _, entry)| entry).collect())
    }

    /// What else the file holds: series of pandas, and datasets that belong to no table. Whoever would remove a file
    /// because its tables are safe elsewhere asks this first.
    ///
    /// # Errors
    ///
    /// When the file is damaged.
    pub fn other_objects(&self) -> Result<Vec<String>, Hdf5Error> {
        let contents = Contents::of(&self.0)?;
        let mut found: Vec<String> =
            contents.others.iter().map(|(key, kind)| format!("{key} ({kind})")).collect();
        for group in contents.plain {
            let within = |name: String| {
                if group.name().is_empty() { name } else { format!("{}/{name}", group.name()) }
            };
            found.extend(group.dataset_names()?.into_iter().map(within));
        }
        Ok(found)
    }

    /// Opens a table: the one of this key, otherwise the one under [`USUAL_KEY`], otherwise the only one.
    ///
    /// # Errors
    ///
    /// As [`Hdf5Table::open`].
    pub fn table(&self, key: Option<&str>) -> Result<Hdf5Table, Hdf5Error> {
        Hdf5Table::of(&self.0, key)
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

/// A group with a table, and its attributes.
pub(crate) type Found = (Group, Meta, TableEntry);

/// What pandas stored in a file.
struct Contents {
    tables: Vec<Found>,
    /// Series and other things that are no frames, with pandas' name for them.
    others: Vec<(String, String)>,
    /// Groups that are none of pandas' own, the root among them.
    plain: Vec<Group>,
}

impl Contents {
    /// Looks at every group, once, whatever links lead to it.
    fn of(container: &Container) -> Result<Self, Hdf5Error> {
        let root = container.root()?;
        let mut seen = HashSet::from([root.identity()]);
        let mut left = vec![root];
        let mut contents = Self { tables: Vec::new(), others: Vec::new(), plain: Vec::new() };
        while let Some(group) = left.pop() {
            let has_metadata = match entry(&group)? {
                Entry::Table(meta, entry) => {
                    contents.tables.push((group.clone(), meta, entry));
                    true
                }
                Entry::Other(pandas_type) => {
                    contents.others.push((group.name().to_owned(), pandas_type));
                    true
                }
                Entry::Plain => {
                    contents.plain.push(group.clone());
                    false
                }
            };
            for child in group.groups()? {
                let name = child.name().rsplit('/').next().unwrap_or_default();
                // PyTables hides these; pandas keeps the categories of a table under `meta`.
                let hidden =
                    name.starts_with("_i_") || name.starts_with("_p_") || (has_metadata && name == "meta");
                if !hidden && seen.len() < MAX_GROUPS && seen.insert(child.identity()) {
                    left.push(child);
                }
            }
        }
        contents.tables.sort_by(|a, b| a.2.key.cmp(&b.2.key));
        contents.others.sort();
        Ok(contents)
    }

    fn keys(&self) -> Vec<String> {
        self.tables.iter().map(|(_, _, entry)| entry.key.clone()).collect()
    }
}

enum Entry {
    Table(Meta, TableEntry),
    Other(String),
    Plain,
}

fn entry(group: &Group) -> Result<Entry, Hdf5Error> {
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

/// The table of this key; without one, that under the usual key, or the only one.
pub(crate) fn find(container: &Container, key: Option<&str>) -> Result<Found, Hdf5Error> {
    let wanted = key.unwrap_or(USUAL_KEY).trim_matches('/');
    if let Some(group) = walk(container.root()?, wanted)? {
        match entry(&group)? {
            Entry::Table(meta, entry) => return Ok((group, meta, entry)),
            Entry::Other(pandas_type) if key.is_some() => {
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
fn nothing(container: &Container, contents: Contents) -> Result<Hdf5ErrorKind, Hdf5Error> {
    let path = container.path().to_owned();
    if let [(key, pandas_type)] = contents.others.as_slice() {
        return Ok(Hdf5ErrorKind::NotAFrame { path, key: key.clone(), pandas_type: pandas_type.clone() });
    }
    let mut found: Vec<String> =
        contents.others.into_iter().map(|(key, pandas_type)| format!("{key} ({pandas_type})")).collect();
    if found.is_empty() {
        const SHOWN: usize = 5;
        let root = container.root()?;
        found.extend(root.groups()?.iter().map(|group| format!("the group {}", group.name())));
        found.extend(root.dataset_names()?.into_iter().map(|name| format!("the dataset {name}")));
        if found.len() > SHOWN {
            let more = found.len() - SHOWN;
            found.truncate(SHOWN);
            found.push(format!("{more} more"));
        }
    }
    Ok(Hdf5ErrorKind::NoTable { path, found })
}
