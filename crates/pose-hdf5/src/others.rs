//! What a file holds besides its tables.
//!
//! Whoever removes a file because its tables are safe elsewhere loses the rest of it. So this is not a list of
//! what is worth keeping: it is a list of what pandas and PyTables write for a table and this crate reads, or need
//! not read, and everything else is named.
//!
//! Facts from `pandas/io/pytables.py` of pandas 0.20 to 3.1, and from `attributeset.py`, `table.py` and `index.py`
//! of PyTables 3.4 to 3.11.

use std::collections::HashSet;

use crate::Hdf5Error;
use crate::archive::{Entry, Storage, entry, too_many_groups};
use crate::meta::Meta;
use hdf5_file::read::{Attributes, DatasetHead, Element, File, Group, Members};

/// Everything in a file that is no part of a table, by name, sorted.
pub(crate) fn others(container: &File, max_groups: usize) -> Result<Vec<String>, Hdf5Error> {
    let mut survey = Survey { seen: HashSet::new(), max_groups, left: Vec::new(), found: Vec::new() };
    if container.user_block_bytes() > 0 {
        survey.found.push(format!("a user block of {} bytes", container.user_block_bytes()));
    }
    survey.put_off(container.root()?)?;
    while let Some(group) = survey.left.pop() {
        match entry(&group)? {
            Entry::Table(meta, entry) => match entry.storage {
                Storage::Table => survey.table(&group, &meta, Owner::Frame)?,
                Storage::Fixed => survey.fixed(&group, &meta)?,
            },
            Entry::Other(pandas_type) => survey.found.push(format!("{} ({pandas_type})", group.name())),
            Entry::Plain => survey.plain(&group)?,
        }
    }
    survey.found.sort();
    Ok(survey.found)
}

/// A walk through a file.
struct Survey {
    /// The groups that were met, by identity.
    seen: HashSet<u64>,
    max_groups: usize,
    /// Groups of which nothing is known yet.
    left: Vec<Group>,
    found: Vec<String>,
}

/// Whose table it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Frame,
    /// Categories of a column of a frame.
    Column,
}

/// Attributes of any group.
const OF_GROUPS: [&str; 4] = ["CLASS", "TITLE", "VERSION", "FILTERS"];

/// Attributes of any group that pandas made.
const OF_PANDAS: [&str; 5] = ["pandas_type", "pandas_version", "encoding", "errors", OUR_NOTE];

/// What we note ourselves.
const OUR_NOTE: &str = crate::entry::Entry::ATTRIBUTE;

/// Attributes of a group with a table.
const OF_TABLES: [&str; 11] = [
    "table_type",
    "index_cols",
    "values_cols",
    "non_index_axes",
    "data_columns",
    "nan_rep",
    "levels",
    "info",
    "metadata",
    "mi_level_nan_rep",
    "data_col_nan_rep",
];

/// Attributes of any dataset.
const OF_DATASETS: [&str; 7] = ["CLASS", "TITLE", "VERSION", "FLAVOR", "EXTDIM", "NROWS", "PSEUDOATOM"];

/// Attributes of a dataset in fixed format.
const OF_FIXED_DATASETS: [&str; 10] =
    ["transposed", "value_type", "shape", "kind", "name", "index_class", "freq", "tz", "nan_rep", "ordered"];

/// What pandas notes for a field of a table, after the name of the field.
const OF_FIELDS: [&str; 4] = ["_kind", "_dtype", "_meta", "_nan_rep"];

/// Attributes of the group of PyTables' index of a column.
const OF_INDEXES: [&str; 8] =
    ["DIRTY", "blocksize", "chunksize", "optlevel", "reduction", "slicesize", "superblocksize", "is_csi"];

/// The datasets of PyTables' index of a column.
const IN_INDEXES: [&str; 10] = [
    "sorted",
    "sortedLR",
    "indices",
    "indicesLR",
    "ranges",
    "bounds",
    "abounds",
    "zbounds",
    "mbounds",
    "mranges",
];

impl Survey {
    /// A group that holds no table, but maybe others that do.
    fn plain(&mut self, group: &Group) -> Result<(), Hdf5Error> {
        let is_root = group.name().is_empty();
        self.attributes(&group.attributes()?, |name| {
            OF_GROUPS.contains(&name) || (is_root && name == "PYTABLES_FORMAT_VERSION")
        });
        let members = group.members()?;
        if members.is_empty() && !is_root {
            self.found.push(format!("{} (empty group)", group.name()));
        }
        self.rest(group, members)
    }

    /// A group with a table.
    fn table(&mut self, group: &Group, meta: &Meta, owner: Owner) -> Result<(), Hdf5Error> {
        let mut members = group.members()?;
        let mut categories = Vec::new();
        if let Some(table) = take(&mut members.datasets, |dataset| dataset.name == "table") {
            let fields: Vec<&str> = match &table.element {
                Element::Compound(fields) => fields.iter().map(|field| field.name.as_str()).collect(),
                _ => Vec::new(),
            };
            self.attributes(&table.attributes, |name| {
                OF_DATASETS.contains(&name) || name == "AUTO_INDEX" || is_of_field(name, &fields)
            });
            let is_category = |field: &&str| {
                table.attributes.get(&format!("{field}_meta")).and_then(|meta| meta.as_text())
                    == Some("category")
            };
            categories = fields.into_iter().filter(is_category).map(str::to_owned).collect();
        }
        // Their values come with the table; which categories there are, and in which order, does not.
        self.found.extend(categories.iter().map(|field| format!("{}/{field} (categories)", group.name())));
        self.attributes(&group.attributes()?, |name| match name {
            "metadata" => names_categories(meta, &categories),
            _ => [&OF_GROUPS[..], &OF_PANDAS, &OF_TABLES].concat().contains(&name),
        });
        if let Some(indexes) = take(&mut members.groups, |child| child.last_name() == "_i_table") {
            self.indexes(&indexes)?;
        }
        if owner == Owner::Frame
            && let Some(meta) = take(&mut members.groups, |child| child.last_name() == "meta")
        {
            self.categories(&meta, &categories)?;
        }
        self.rest(group, members)
    }

    /// A group with a frame in fixed format.
    fn fixed(&mut self, group: &Group, meta: &Meta) -> Result<(), Hdf5Error> {
        self.attributes(&group.attributes()?, |name| {
            let of_axis = |suffix: &str| name.strip_suffix(suffix).is_some_and(|axis| is_axis(meta, axis));
            [&OF_GROUPS[..], &OF_PANDAS, &["nblocks", "ndim"]].concat().contains(&name)
                || of_axis("_variety")
                || of_axis("_nlevels")
        });
        let mut members = group.members()?;
        for dataset in take_datasets(&mut members, |name| is_of_fixed(meta, name)) {
            if dataset.attributes.get("kind").and_then(|kind| kind.as_text()) == Some("category") {
                self.found.push(format!("{}/{} (categories)", group.name(), dataset.name));
            }
            let level_name = dataset.name.split("_level").next().map(|axis| format!("{axis}_name"));
            self.attributes(&dataset.attributes, |name| {
                OF_DATASETS.contains(&name)
                    || OF_FIXED_DATASETS.contains(&name)
                    || level_name.as_ref().is_some_and(|prefix| name.starts_with(prefix.as_str()))
            });
        }
        self.rest(group, members)
    }

    /// The group with PyTables' indexes of the columns of a table.
    fn indexes(&mut self, group: &Group) -> Result<(), Hdf5Error> {
        if !self.enter(group, "TINDEX")? {
            return Ok(());
        }
        self.attributes(&group.attributes()?, |name| OF_GROUPS.contains(&name) || name == "AUTO_INDEX");
        let mut members = group.members()?;
        for index in std::mem::take(&mut members.groups) {
            if !self.enter(&index, "INDEX")? {
                continue;
            }
            self.attributes(&index.attributes()?, |name| {
                OF_GROUPS.contains(&name) || OF_INDEXES.contains(&name)
            });
            let mut members = index.members()?;
            for dataset in take_datasets(&mut members, |name| IN_INDEXES.contains(&name)) {
                self.attributes(&dataset.attributes, |name| {
                    OF_DATASETS.contains(&name) || name == "nelements"
                });
            }
            self.unknown(&index, &members);
        }
        self.unknown(group, &members);
        Ok(())
    }

    /// The group in which pandas keeps the categories of columns of a table, each in a table of its own. Frames
    /// in it are hidden from pandas too.
    fn categories(&mut self, group: &Group, columns: &[String]) -> Result<(), Hdf5Error> {
        if !self.enter(group, "GROUP")? {
            return Ok(());
        }
        self.attributes(&group.attributes()?, |name| OF_GROUPS.contains(&name));
        let mut members = group.members()?;
        let is_column = |child: &Group| columns.iter().any(|column| column == child.last_name());
        let (of_columns, others): (Vec<Group>, Vec<Group>) = members.groups.into_iter().partition(is_column);
        members.groups = others;
        for column in of_columns {
            if !self.enter(&column, "GROUP")? {
                continue;
            }
            self.attributes(&column.attributes()?, |name| OF_GROUPS.contains(&name));
            let mut members = column.members()?;
            if let Some(table) = take(&mut members.groups, |child| child.last_name() == "meta") {
                let meta = Meta::of_group(&table)?;
                if meta.text("pandas_type") != Some("series_table") {
                    members.groups.push(table);
                } else if self.enter(&table, "GROUP")? {
                    self.table(&table, &meta, Owner::Column)?;
                }
            }
            self.unknown(&column, &members);
        }
        self.unknown(group, &members);
        Ok(())
    }

    /// Names what is left of the members of a group, but for the groups, which may hold tables.
    fn rest(&mut self, group: &Group, mut members: Members) -> Result<(), Hdf5Error> {
        for child in std::mem::take(&mut members.groups) {
            if is_hidden(child.last_name()) || (child.last_name() == "meta" && is_of_table(group)?) {
                self.found.push(format!("{} (group)", child.name()));
            } else {
                self.put_off(child)?;
            }
        }
        self.unknown(group, &members);
        Ok(())
    }

    /// Names what is left of the members of a group.
    fn unknown(&mut self, group: &Group, members: &Members) {
        let path = |name: &str| group.path_of(name);
        self.found.extend(members.groups.iter().map(|child| format!("{} (group)", child.name())));
        self.found
            .extend(members.datasets.iter().map(|dataset| format!("{} (dataset)", path(&dataset.name))));
        self.found.extend(members.links.iter().map(|name| format!("link {}", path(name))));
        self.found.extend(members.types.iter().map(|name| format!("{} (named type)", path(name))));
    }

    /// Names the attributes that are not expected. A title is expected of what PyTables names itself; elsewhere
    /// it is empty, unless someone gave it.
    fn attributes(&mut self, attributes: &Attributes, is_expected: impl Fn(&str) -> bool) {
        let object = if attributes.object().is_empty() { "/" } else { attributes.object() };
        let is_of_index = object.split('/').any(|part| part == "_i_table");
        for name in attributes.names() {
            let is_given_title = name == "TITLE"
                && !is_of_index
                && attributes.get(name).is_none_or(|title| title.as_text() != Some(""));
            if is_given_title || !is_expected(name) {
                self.found.push(format!("{object}: attribute {name}"));
            }
        }
    }

    /// Notes a group of which it is known what it is. Says no, and names it, if it was met before or is of another class.
    fn enter(&mut self, group: &Group, class: &str) -> Result<bool, Hdf5Error> {
        if Meta::of_group(group)?.text("CLASS") != Some(class) {
            self.found.push(format!("{} (group)", group.name()));
            return Ok(false);
        }
        self.meet(group)
    }

    /// Keeps a group for later.
    fn put_off(&mut self, group: Group) -> Result<(), Hdf5Error> {
        if self.meet(&group)? {
            self.left.push(group);
        }
        Ok(())
    }

    fn meet(&mut self, group: &Group) -> Result<bool, Hdf5Error> {
        if self.seen.contains(&group.identity()) {
            self.found.push(format!("link {}", group.name()));
            return Ok(false);
        }
        if self.seen.len() >= self.max_groups {
            return Err(too_many_groups(group.file(), self.max_groups));
        }
        Ok(self.seen.insert(group.identity()))
    }
}

/// Whether PyTables, and with it pandas, shows no group of this name.
pub(crate) fn is_hidden(name: &str) -> bool {
    name.starts_with("_i_") || name.starts_with("_p_")
}

fn is_of_table(group: &Group) -> Result<bool, Hdf5Error> {
    Ok(!matches!(entry(group)?, Entry::Plain))
}

/// Removes the first item of which this is true.
fn take<T>(items: &mut Vec<T>, is_it: impl FnMut(&T) -> bool) -> Option<T> {
    items.iter().position(is_it).map(|position| items.remove(position))
}

/// Whether the attribute `metadata` is pandas' own: nothing, or before pandas 1.1 the fields that have categories.
fn names_categories(meta: &Meta, fields: &[String]) -> bool {
    meta.is_empty("metadata")
        || meta
            .required_texts("metadata")
            .is_ok_and(|names| names.iter().all(|name| fields.iter().any(|field| **field == **name)))
}

/// Whether PyTables or pandas notes this for one of the fields of a table.
fn is_of_field(attribute: &str, fields: &[&str]) -> bool {
    if let Some((number, what)) = attribute.strip_prefix("FIELD_").and_then(|rest| rest.split_once('_')) {
        let is_field = index(number).is_some_and(|number| number < fields.len());
        return is_field && ["NAME", "FILL"].contains(&what);
    }
    OF_FIELDS.iter().any(|suffix| attribute.strip_suffix(suffix).is_some_and(|field| fields.contains(&field)))
}

/// Whether a frame in fixed format has labels under this name.
fn is_axis(meta: &Meta, name: &str) -> bool {
    // Categories stand beside the codes of their axis, and have a note of their own.
    let axis = name.strip_suffix("_categories").filter(|_| meta.text(&format!("{name}_variety")).is_some());
    let name = axis.unwrap_or(name);
    let block = name.strip_prefix("block").and_then(|rest| rest.strip_suffix("_items"));
    name == "axis0" || name == "axis1" || block.is_some_and(|number| is_below(meta, "nblocks", number))
}

/// Whether a frame in fixed format has a dataset of this name.
fn is_of_fixed(meta: &Meta, name: &str) -> bool {
    let is_multi = |axis: &str| meta.text(&format!("{axis}_variety")) == Some("multi");
    let is_level = |separator: &str| {
        name.split_once(separator).is_some_and(|(axis, number)| {
            is_axis(meta, axis) && is_multi(axis) && is_below(meta, &format!("{axis}_nlevels"), number)
        })
    };
    let block = name.strip_prefix("block").and_then(|rest| rest.strip_suffix("_values"));
    block.is_some_and(|number| is_below(meta, "nblocks", number))
        || (is_axis(meta, name) && !is_multi(name))
        || is_level("_level")
        || is_level("_label")
}

/// Whether this is a position below the count in an attribute.
fn is_below(meta: &Meta, attribute: &str, number: &str) -> bool {
    let count = meta.required_count(attribute).unwrap_or(0);
    index(number).is_some_and(|number| number < count)
}

/// A position as Python writes it.
fn index(text: &str) -> Option<usize> {
    text.parse().ok().filter(|number: &usize| number.to_string() == text)
}

/// Removes the datasets with such names.
fn take_datasets(members: &mut Members, is_such: impl Fn(&str) -> bool) -> Vec<DatasetHead> {
    let (taken, left) =
        std::mem::take(&mut members.datasets).into_iter().partition(|dataset| is_such(&dataset.name));
    members.datasets = left;
    taken
}
