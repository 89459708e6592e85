//! The links of a group: names in a local heap, and a B-tree of symbol tables that is sorted by them.

use crate::WriteError;
use crate::bytes::{PutBytes, UNDEFINED};
use crate::writer::Space;

/// How many links a leaf, and how many children a node of the tree has at most: twice what the superblock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fanout {
    pub(crate) leaf: usize,
    pub(crate) node: usize,
}

impl Fanout {
    /// What libhdf5 takes unless told otherwise.
    pub(crate) const USUAL: Self = Self { leaf: 8, node: 32 };

    /// Bytes of a leaf.
    pub(crate) fn leaf_bytes(self) -> usize {
        8 + self.leaf * LINK_BYTES
    }

    /// Bytes of a node of the tree.
    pub(crate) fn node_bytes(self) -> usize {
        24 + 8 * self.node + 8 * (self.node + 1)
    }
}

/// A link of a group.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) name: Vec<u8>,
    /// Where the header of the object is.
    pub(crate) object: u64,
    /// What else a symbol table says of it: the kind of what follows, and 16 bytes of that kind.
    pub(crate) cache: [u8; CACHE_BYTES],
    /// Where the name is in the local heap; links that are yet to be written have no place.
    pub(crate) name_offset: Option<u64>,
}

pub(crate) const CACHE_BYTES: usize = 24;

/// Bytes of a link in a symbol table.
pub(crate) const LINK_BYTES: usize = 40;

/// Where the links of a group are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SymbolTable {
    pub(crate) tree: u64,
    pub(crate) heap: u64,
}

impl Link {
    /// A link to an object of which nothing else is said.
    pub(crate) fn new(name: &str, object: u64) -> Self {
        Self { name: name.as_bytes().to_vec(), object, cache: [0; CACHE_BYTES], name_offset: None }
    }
}

impl SymbolTable {
    pub(crate) fn to_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.tree.to_le_bytes());
        bytes[8..].copy_from_slice(&self.heap.to_le_bytes());
        bytes
    }
}

/// Writes links. `names` is the local heap that links with a place refer to, empty for a new group.
pub(crate) fn write(
    space: &mut Space,
    mut links: Vec<Link>,
    mut names: Vec<u8>,
    fanout: Fanout,
) -> Result<SymbolTable, WriteError> {
    if names.is_empty() {
        // The empty name, which the tree begins with.
        names.put_zeros(8);
    }
    for link in &mut links {
        if link.name_offset.is_none() {
            link.name_offset = Some(names.len() as u64);
            names.extend_from_slice(&link.name);
            names.push(0);
            names.pad_to_8(0);
        }
    }
    links.sort_by(|a, b| a.name.cmp(&b.name));
    let heap = write_heap(space, &names)?;

    let leaf_bytes = fanout.leaf_bytes();
    let mut children = Vec::new();
    for group in links.chunks(fanout.leaf) {
        let mut out = Vec::with_capacity(leaf_bytes);
        out.extend_from_slice(b"SNOD");
        out.put_u16(1);
        out.put_u16(u16::try_from(group.len()).unwrap_or(u16::MAX));
        for link in group {
            out.put_u64(link.name_offset.unwrap_or(0));
            out.put_u64(link.object);
            out.extend_from_slice(&link.cache);
        }
        out.resize(leaf_bytes, 0);
        let address = space.reserve(leaf_bytes as u64)?;
        space.write_at(address, &out)?;
        let last = group.last().and_then(|link| link.name_offset).unwrap_or(0);
        children.push((address, last));
    }
    Ok(SymbolTable { tree: write_tree(space, children, fanout)?, heap })
}

fn write_heap(space: &mut Space, names: &[u8]) -> Result<u64, WriteError> {
    const HEAD_BYTES: u64 = 32;
    /// The head of the list of free places when there are none.
    const NONE_FREE: u64 = 1;
    let address = space.reserve(HEAD_BYTES + names.len() as u64)?;
    let mut out = Vec::with_capacity(32 + names.len());
    out.extend_from_slice(b"HEAP");
    out.put_zeros(4);
    out.put_u64(names.len() as u64);
    out.put_u64(NONE_FREE);
    out.put_u64(address + HEAD_BYTES);
    out.extend_from_slice(names);
    space.write_at(address, &out)?;
    Ok(address)
}

/// Writes a tree over children, each given with the place of the last name in it.
fn write_tree(space: &mut Space, mut children: Vec<(u64, u64)>, fanout: Fanout) -> Result<u64, WriteError> {
    let (most, node_bytes) = (fanout.node, fanout.node_bytes());
    let mut level = 0;
    loop {
        let nodes = children.len().div_ceil(most).max(1);
        let first = space.reserve((nodes * node_bytes) as u64)?;
        let address_of = |node: usize| first + (node * node_bytes) as u64;
        let mut parents = Vec::with_capacity(nodes);
        let mut before = 0;
        for node in 0..nodes {
            let group = &children[node * most..children.len().min((node + 1) * most)];
            let mut out = Vec::with_capacity(node_bytes);
            out.extend_from_slice(b"TREE");
            out.put_u8(0);
            out.put_u8(level);
            out.put_u16(u16::try_from(group.len()).unwrap_or(u16::MAX));
            out.put_u64(node.checked_sub(1).map_or(UNDEFINED, address_of));
            out.put_u64(if node + 1 < nodes { address_of(node + 1) } else { UNDEFINED });
            out.put_u64(before);
            for &(child, last) in group {
                out.put_u64(child);
                out.put_u64(last);
                before = last;
            }
            out.resize(node_bytes, 0);
            space.write_at(address_of(node), &out)?;
            parents.push((address_of(node), before));
        }
        if nodes == 1 {
            return Ok(first);
        }
        children = parents;
        level += 1;
    }
}
