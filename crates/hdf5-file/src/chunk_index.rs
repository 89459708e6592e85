//! The index of the chunks of a dataset: a B-tree of version 1.

use crate::WriteError;
use crate::bytes::{PutBytes, UNDEFINED};
use crate::writer::Space;

/// A chunk in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where it is.
    pub address: u64,
    /// How many bytes it has there.
    pub bytes: u32,
    /// Which filters were not applied to it: a bit each.
    pub filter_mask: u32,
}

impl Chunk {
    /// A chunk to which every filter was applied.
    #[must_use]
    pub fn new(address: u64, bytes: u32) -> Self {
        Self { address, bytes, filter_mask: 0 }
    }
}

/// How many children a node has at most: twice what libhdf5 calls K, which superblock 0 cannot change.
const MAX_CHILDREN: usize = 64;

/// Where a child begins, and what leads to it.
#[derive(Clone, Copy)]
struct Child {
    row: u64,
    bytes: u32,
    filter_mask: u32,
    address: u64,
}

/// Writes the index of chunks of so many rows of a dataset with so many axes, and says where it is.
pub(crate) fn write(space: &mut Space, chunks: &[Chunk], rows: u32, axes: usize) -> Result<u64, WriteError> {
    let rows = u64::from(rows);
    let end = chunks.len() as u64 * rows;
    let mut children: Vec<Child> = (0..)
        .step_by(usize::try_from(rows.max(1)).unwrap_or(usize::MAX))
        .zip(chunks)
        .map(|(row, chunk)| {
            let Chunk { address, bytes, filter_mask } = *chunk;
            Child { row, bytes, filter_mask, address }
        })
        .collect();
    if children.is_empty() {
        return Ok(UNDEFINED);
    }
    let node_bytes = node_bytes(axes);
    let mut level = 0;
    loop {
        let nodes = children.len().div_ceil(MAX_CHILDREN);
        let first = space.reserve(nodes as u64 * node_bytes)?;
        let address_of = |node: usize| first + node as u64 * node_bytes;
        let mut parents = Vec::with_capacity(nodes);
        for (node, group) in children.chunks(MAX_CHILDREN).enumerate() {
            let left = node.checked_sub(1).map_or(UNDEFINED, address_of);
            let right = if node + 1 < nodes { address_of(node + 1) } else { UNDEFINED };
            let next = children.get((node + 1) * MAX_CHILDREN).map_or(end, |child| child.row);
            let mut out = Vec::with_capacity(usize::try_from(node_bytes).unwrap_or(0));
            out.extend_from_slice(b"TREE");
            out.put_u8(1);
            out.put_u8(level);
            out.put_u16(u16::try_from(group.len()).unwrap_or(u16::MAX));
            out.put_u64(left);
            out.put_u64(right);
            for child in group {
                put_key(&mut out, child.bytes, child.filter_mask, child.row, axes);
                out.put_u64(child.address);
            }
            put_key(&mut out, 0, 0, next, axes);
            out.resize(usize::try_from(node_bytes).unwrap_or(0), 0);
            space.write_at(address_of(node), &out)?;
            parents.push(Child { address: address_of(node), ..group[0] });
        }
        if parents.len() == 1 {
            return Ok(parents[0].address);
        }
        children = parents;
        level += 1;
    }
}

/// Bytes of a node: a head, and a key around and between as many children as there may be.
fn node_bytes(axes: usize) -> u64 {
    let key = 8 + 8 * (axes as u64 + 1);
    24 + MAX_CHILDREN as u64 * (8 + key) + key
}

fn put_key(out: &mut Vec<u8>, bytes: u32, filter_mask: u32, row: u64, axes: usize) {
    out.put_u32(bytes);
    out.put_u32(filter_mask);
    out.put_u64(row);
    // The other axes are never cut, nor is an element.
    out.put_zeros(8 * axes);
}
