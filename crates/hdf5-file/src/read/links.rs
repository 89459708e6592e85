//! Links as they are stored in groups of either kind.

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

use super::{File, ReaderError};

/// A link as it is stored.
pub(super) struct Link {
    pub(super) name: String,
    pub(super) target: Target,
}

/// Where a link leads.
pub(super) enum Target {
    /// To an object by its address.
    Hard(u64),
    /// To an object by its path.
    Soft(String),
    /// To an object of another file.
    External {
        /// The file, as a path from this one on.
        file: String,
        /// The object in it.
        path: String,
    },
}

/// The links of the object with this header: none if it is no group. They hold no more than the file does.
pub(super) fn links_of(file: &File, header: u64) -> ReaderResult<Vec<Link>> {
    let file = &file.0.file;
    let superblock = file.superblock();
    let sizes = Sizes { offset: superblock.offset_size, length: superblock.length_size };
    let header = file.get_or_parse_header(header)?;
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
        let target = match &message.target {
            LinkTarget::Hard { address } => Target::Hard(*address),
            LinkTarget::Soft { path } => Target::Soft(path.clone()),
            LinkTarget::External { filename, path } => {
                Target::External { file: filename.clone(), path: path.clone() }
            }
        };
        Self { name: message.name.clone(), target }
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
            let target = if entry.cache_type == SOFT {
                // Where it leads to stands in the heap too.
                let [a, b, c, d, ..] = entry.scratch;
                let target = heap.get_string(u64::from(u32::from_le_bytes([a, b, c, d])), names.as_ref())?;
                spelt.add(target.len())?;
                Target::Soft(target)
            } else {
                Target::Hard(entry.object_header_address)
            };
            links.push(Link { name, target });
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
