//! What fuzzing needs and nobody else: files that are bytes in memory, all attributes, filters without a file.
//!
//! `cargo fuzz` sets `cfg(fuzzing)`; no other build has this module.

use std::collections::HashSet;
use std::ops::Range;

use crate::meta::Meta;
use crate::{Hdf5Error, Hdf5File, Hdf5Table, OpenOptions};
use hdf5_file::read::{Attributes, File, Group};

/// Opens bytes as a file.
pub fn file(bytes: Vec<u8>) -> Result<Hdf5File, Hdf5Error> {
    Ok(Hdf5File(File::of_bytes("fuzzed.h5", bytes)?))
}

/// Opens a table of a file, without a look at other files.
pub fn table(file: &Hdf5File, key: Option<&str>) -> Result<Hdf5Table, Hdf5Error> {
    let options = OpenOptions::default().with_key(key.map(str::to_owned)).without_side_files();
    Hdf5Table::of(&file.0, &options)
}

/// Undoes the filters of a chunk and says how many bytes there are.
pub fn undo_filters(
    filters: &[(u16, Vec<u32>)],
    element_bytes: usize,
    chunk: (usize, u32),
    range: Range<usize>,
    stored: &[u8],
) -> Result<usize, String> {
    hdf5_file::read::undo_alone(filters, element_bytes, chunk, range, stored)
}

/// Reads every attribute in every way in which some are read, and says how many there are.
pub fn attributes(file: &Hdf5File) -> Result<usize, Hdf5Error> {
    let root = file.0.root()?;
    let mut seen = HashSet::from([root.identity()]);
    let mut left = vec![root];
    let mut count = 0;
    while let Some(group) = left.pop() {
        count += look(&group.attributes()?, &Meta::of_group(&group)?);
        count += of_datasets(&group)?;
        left.extend(group.members()?.groups.into_iter().filter(|group| seen.insert(group.identity())));
    }
    Ok(count)
}

fn of_datasets(group: &Group) -> Result<usize, Hdf5Error> {
    let mut count = 0;
    for head in group.members()?.datasets {
        if let Ok(Some(dataset)) = group.dataset(&head.name) {
            count += look(&head.attributes, &Meta::of_dataset(&dataset)?);
        }
    }
    Ok(count)
}

fn look(attributes: &Attributes, meta: &Meta) -> usize {
    let _ = (meta.codec(), meta.empty_shape());
    let mut count = 0;
    for name in attributes.names() {
        let described = attributes.get(name).map(|attribute| attribute.describe());
        assert!(described.is_some(), "{name} is listed and not there");
        let _ = (meta.text(name), meta.is_true(name), meta.is_none(name), meta.is_empty(name));
        let _ = (meta.required_count(name), meta.required_texts(name), meta.level_name(name));
        let _ = (meta.time_zone(name), meta.index_missing(name));
        count += 1;
    }
    count
}
