//! What a group holds, by the links in it.
//!
//! The reader follows links and keeps silent about those that lead nowhere. Here they are counted as they are
//! stored, so that whoever asks for everything in a group is told of everything.

use std::collections::HashSet;

use hdf5_reader::btree_v1::collect_btree_v1_leaves_storage;
use hdf5_reader::btree_v2::{BTreeV2Header, BTreeV2Record, collect_btree_v2_records_storage};
use hdf5_reader::error::Result as ReaderResult;
use hdf5_reader::fractal_heap::{FractalHeap, FractalHeapDirectBlockCache};
use hdf5_reader::io::Cursor;
use hdf5_reader::local_heap::LocalHeap;
use hdf5_reader::messages::HdfMessage;
use hdf5_reader::messages::link::{self, LinkMessage, LinkTarget};
use hdf5_reader::messages::link_info::LinkInfoMessage;
use hdf5_reader::messages::symbol_table_msg::SymbolTableMessage;
use hdf5_reader::storage::Storage;
use hdf5_reader::symbol_table::SymbolTableNode;

use super::{Attributes, Element, Group, ReaderError};
use crate::Hdf5Error;

/// Everything in a group, by the names of its links.
pub(crate) struct Members {
    /// The groups.
    pub(crate) groups: Vec<Group>,
    /// The datasets.
    pub(crate) datasets: Vec<DatasetHead>,
    /// Soft and external links, whether or not they lead somewhere.
    pub(crate) links: Vec<String>,
    /// What is neither group nor dataset: named data types.
    pub(crate) types: Vec<String>,
}

/// A dataset of which only the description is looked at, so that its values may be stored in any way.
pub(crate) struct DatasetHead {
    /// Its name in its group.
    pub(crate) name: String,
    /// The attributes.
    pub(crate) attributes: Attributes,
    /// What one element is.
    pub(crate) element: Element,
}

/// A link as it is stored.
struct Link {
    name: String,
    kind: LinkKind,
}

#[derive(PartialEq, Eq)]
enum LinkKind {
    /// To an object by its address.
    Hard,
    /// To an object by its path, in this file or another.
    Symbolic,
}

impl Group {
    /// Everything in this group.
    pub(crate) fn members(&self) -> Result<Members, Hdf5Error> {
        let stored = self.links().map_err(|error| self.damaged(error))?;
        let _ = self.checked.set(());
        let (hard, symbolic): (Vec<Link>, Vec<Link>) =
            stored.into_iter().partition(|link| link.kind == LinkKind::Hard);
        let mut left: HashSet<String> = hard.into_iter().map(|link| link.name).collect();
        let (groups, datasets) = self.inner.members().map_err(|error| self.damaged(error))?;
        let groups = groups.into_iter().filter(|group| left.remove(group.name()));
        let groups = groups.map(|group| self.child(group)).collect();
        let datasets = datasets.into_iter().filter(|dataset| left.remove(dataset.name()));
        let datasets = datasets.map(|dataset| self.head(&dataset)).collect();
        let mut types: Vec<String> = left.into_iter().collect();
        types.sort();
        Ok(Members { groups, datasets, links: symbolic.into_iter().map(|link| link.name).collect(), types })
    }

    fn head(&self, dataset: &hdf5_reader::Dataset) -> DatasetHead {
        let path = self.path_of(dataset.name());
        DatasetHead {
            name: dataset.name().to_owned(),
            attributes: Attributes::new(self.container.clone(), path, dataset.attributes()),
            element: Element::new(dataset.dtype()),
        }
    }

    /// Checks that the links hold no more than the file does: the reader spells out the name of each, and a file may
    /// have a million links of one long name. Once for each group, and before the reader looks for any of them.
    pub(super) fn check_links(&self) -> Result<(), Hdf5Error> {
        if self.checked.get().is_none() {
            self.links().map_err(|error| self.damaged(error))?;
            // Another thread may have been quicker.
            let _ = self.checked.set(());
        }
        Ok(())
    }

    fn links(&self) -> ReaderResult<Vec<Link>> {
        let file = &self.container.0.file;
        let superblock = file.superblock();
        let sizes = Sizes { offset: superblock.offset_size, length: superblock.length_size };
        let header = file.get_or_parse_header(self.inner.address())?;
        let mut links = Vec::new();
        for message in &header.messages {
            match message {
                HdfMessage::SymbolTable(table) => links.extend(old_links(file.storage(), sizes, table)?),
                HdfMessage::Link(message) => links.push(Link::of(message)),
                HdfMessage::LinkInfo(info) => links.extend(dense_links(file.storage(), sizes, info)?),
                _ => {}
            }
        }
        Ok(links)
    }
}

/// How many bytes addresses and lengths have in a file.
#[derive(Clone, Copy)]
struct Sizes {
    offset: u8,
    length: u8,
}

/// How much of a heap has been spelt out. Each name is in it once, with a zero behind it.
struct Spelt {
    bytes: u64,
    most: u64,
}

impl Spelt {
    fn add(&mut self, len: usize) -> ReaderResult<()> {
        self.bytes = self.bytes.saturating_add(len as u64 + 1);
        if self.bytes > self.most {
            let what = format!("the names of its links have more than {} bytes, where they stand", self.most);
            return Err(ReaderError::InvalidData(what));
        }
        Ok(())
    }
}

impl Link {
    fn of(message: &LinkMessage) -> Self {
        let kind = match message.target {
            LinkTarget::Hard { .. } => LinkKind::Hard,
            LinkTarget::Soft { .. } | LinkTarget::External { .. } => LinkKind::Symbolic,
        };
        Self { name: message.name.clone(), kind }
    }
}

/// The links of a group as HDF5 before 1.8 keeps them: a tree of nodes, and names in a heap.
fn old_links(storage: &dyn Storage, sizes: Sizes, table: &SymbolTableMessage) -> ReaderResult<Vec<Link>> {
    /// What an entry with a soft link says of its kind.
    const SOFT: u32 = 2;
    let heap = LocalHeap::parse_at_storage(storage, table.heap_address, sizes.offset, sizes.length)?;
    let leaves = collect_btree_v1_leaves_storage(
        storage,
        table.btree_address,
        sizes.offset,
        sizes.length,
        None,
        &[],
        None,
    )?;
    if leaves.is_empty() {
        return Ok(Vec::new());
    }
    // Names are looked up in the heap's own bytes, read once.
    let len = usize::try_from(heap.data_segment_size).unwrap_or(usize::MAX);
    let names = storage.read_range(heap.data_segment_address, len)?;
    let heap = LocalHeap { data_segment_address: 0, ..heap };
    let mut spelt = Spelt { bytes: 0, most: names.as_ref().len() as u64 };
    let mut links = Vec::new();
    for (_, address) in leaves {
        let start = storage.read_range(address, 8)?;
        let entries = usize::from(u16::from_le_bytes([start[6], start[7]]));
        let entry_bytes = 2 * usize::from(sizes.offset) + 4 + 4 + 16;
        let node = storage.read_range(address, 8 + entries * entry_bytes)?;
        let node = SymbolTableNode::parse(&mut Cursor::new(node.as_ref()), sizes.offset, sizes.length)?;
        for entry in &node.entries {
            let name = heap.get_string(entry.link_name_offset, names.as_ref())?;
            spelt.add(name.len())?;
            let kind = if entry.cache_type == SOFT {
                // Where it leads to stands in the heap too.
                let [a, b, c, d, ..] = entry.scratch;
                let target = heap.get_string(u64::from(u32::from_le_bytes([a, b, c, d])), names.as_ref())?;
                spelt.add(target.len())?;
                LinkKind::Symbolic
            } else {
                LinkKind::Hard
            };
            links.push(Link { name, kind });
        }
    }
    Ok(links)
}

/// The links of a group that has too many for its header.
fn dense_links(storage: &dyn Storage, sizes: Sizes, info: &LinkInfoMessage) -> ReaderResult<Vec<Link>> {
    if Cursor::is_undefined_offset(info.fractal_heap_address, sizes.offset) {
        return Ok(Vec::new());
    }
    let heap = FractalHeap::parse_at_storage(storage, info.fractal_heap_address, sizes.offset, sizes.length)?;
    let tree =
        BTreeV2Header::parse_at_storage(storage, info.btree_name_index_address, sizes.offset, sizes.length)?;
    let records =
        collect_btree_v2_records_storage(storage, &tree, sizes.offset, sizes.length, None, &[], None)?;
    let mut cache = FractalHeapDirectBlockCache::default();
    let mut spelt = Spelt { bytes: 0, most: storage.len() };
    let mut links = Vec::new();
    for record in &records {
        let (BTreeV2Record::LinkNameHash { heap_id, .. } | BTreeV2Record::CreationOrder { heap_id, .. }) =
            record
        else {
            continue;
        };
        let bytes =
            heap.get_object_storage_cached(heap_id, storage, sizes.offset, sizes.length, &mut cache)?;
        spelt.add(bytes.len())?;
        let message = link::parse(&mut Cursor::new(&bytes), sizes.offset, sizes.length, bytes.len())?;
        links.push(Link::of(&message));
    }
    Ok(links)
}
