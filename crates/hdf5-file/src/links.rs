//! The links of a group: names in a local heap, and a B-tree of symbol tables that is sorted by them.

use crate::bytes::{PutBytes, UNDEFINED};
use crate::superblock::CACHED_SYMBOL_TABLE;
use crate::targets::Blank;
use crate::writer::Space;
use crate::{WriteError, WriteErrorKind};

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
    /// What else is to be written, of a new link.
    pub(crate) leads: Leads,
}

/// Where a link leads.
#[derive(Clone, Debug)]
pub(crate) enum Leads {
    /// To its object.
    There,
    /// To the object with this path, which may not be written yet.
    ToPath(String),
    /// To whatever has this path: it is a soft link.
    Softly(String),
}

pub(crate) const CACHE_BYTES: usize = 24;

/// The kind of cache of a soft link: where its path is.
const CACHED_PATH: u32 = 2;

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
        let (name, cache) = (name.as_bytes().to_vec(), [0; CACHE_BYTES]);
        Self { name, object, cache, name_offset: None, leads: Leads::There }
    }

    /// One more link to the object with this path.
    pub(crate) fn hard(name: &str, path: &str) -> Self {
        Self { leads: Leads::ToPath(path.to_owned()), ..Self::new(name, UNDEFINED) }
    }

    /// A link to whatever has this path.
    pub(crate) fn soft(name: &str, path: &str) -> Self {
        Self { leads: Leads::Softly(path.to_owned()), ..Self::new(name, UNDEFINED) }
    }

    /// What its cache holds.
    pub(crate) fn cache_kind(&self) -> u32 {
        u32::from_le_bytes([self.cache[0], self.cache[1], self.cache[2], self.cache[3]])
    }

    pub(crate) fn is_hard(&self) -> bool {
        self.cache_kind() != CACHED_PATH
    }

    /// Where in the local heap the path is that a soft link leads to.
    pub(crate) fn path_offset(&self) -> u32 {
        u32::from_le_bytes([self.cache[8], self.cache[9], self.cache[10], self.cache[11]])
    }

    /// Notes where the links of the group it leads to are, if it notes such things.
    pub(crate) fn cache_table(&mut self, table: SymbolTable) -> bool {
        let caches = self.cache_kind() == CACHED_SYMBOL_TABLE;
        if caches {
            self.cache[8..].copy_from_slice(&table.to_bytes());
        }
        caches
    }

    fn cache_path(&mut self, offset: u32) {
        self.cache[..4].copy_from_slice(&CACHED_PATH.to_le_bytes());
        self.cache[8..12].copy_from_slice(&offset.to_le_bytes());
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

/// Writes links. `names` is the local heap that links with a place refer to, empty for a new group. Notes in `blanks`
/// which links have yet to be told where they lead.
pub(crate) fn write(
    space: &mut Space,
    mut links: Vec<Link>,
    mut names: Vec<u8>,
    fanout: Fanout,
    blanks: &mut Vec<Blank>,
) -> Result<SymbolTable, WriteError> {
    if names.is_empty() {
        // The empty name, which the tree begins with.
        names.put_zeros(8);
    }
    for link in &mut links {
        if link.name_offset.is_none() {
            link.name_offset = Some(put_text(&mut names, &link.name));
            if let Leads::Softly(path) = &link.leads {
                let offset = put_text(&mut names, path.as_bytes());
                let offset = u32::try_from(offset).map_err(|_| {
                    let (what, bytes) = ("the list of names of a group".to_owned(), offset);
                    WriteErrorKind::TooLarge { what, bytes, limit: u64::from(u32::MAX) }
                })?;
                link.cache_path(offset);
            }
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
        for (place, link) in group.iter().enumerate() {
            if let Leads::ToPath(path) = &link.leads {
                let address = address + (8 + place * LINK_BYTES + 8) as u64;
                blanks.push(Blank { address, path: path.clone() });
            }
        }
        let last = group.last().and_then(|link| link.name_offset).unwrap_or(0);
        children.push((address, last));
    }
    Ok(SymbolTable { tree: write_tree(space, children, fanout)?, heap })
}

/// Puts a text into a local heap and says where it is.
fn put_text(names: &mut Vec<u8>, text: &[u8]) -> u64 {
    let offset = names.len() as u64;
    names.extend_from_slice(text);
    names.push(0);
    names.pad_to_8(0);
    offset
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
