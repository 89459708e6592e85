//! The superblock: where everything begins.

use crate::bytes::{PutBytes, UNDEFINED};
use crate::links::{Fanout, SymbolTable};

/// The first bytes of a file.
pub(crate) const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";

/// Bytes of a superblock of version 0.
pub(crate) const BYTES: u64 = 96;

/// Where a superblock of version 0 says how long the file is.
pub(crate) const END_AT: u64 = 40;

/// Where it says what is at the root. In version 1 all this is four bytes later.
pub(crate) const ROOT_AT: u64 = 56;

/// A superblock of version 0 for a file of so many bytes.
pub(crate) fn encode(end: u64, root: u64, links: SymbolTable) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    out.extend_from_slice(&SIGNATURE);
    // Versions of the superblock, of free space, of the root group; one that is reserved; of shared headers.
    out.put_zeros(5);
    // Bytes of an address and of a length, and one that is reserved.
    out.extend_from_slice(&[8, 8, 0]);
    out.put_u16(u16::try_from(Fanout::USUAL.leaf / 2).unwrap_or(0));
    out.put_u16(u16::try_from(Fanout::USUAL.node / 2).unwrap_or(0));
    out.put_u32(0);
    out.put_u64(0);
    out.put_u64(UNDEFINED);
    out.put_u64(end);
    out.put_u64(UNDEFINED);
    // The root, as a link without a name whose cache is its symbol table.
    out.put_u64(0);
    out.put_u64(root);
    out.put_u32(CACHED_SYMBOL_TABLE);
    out.put_u32(0);
    out.extend_from_slice(&links.to_bytes());
    out
}

/// The kind of cache of a link that is the symbol table of the group it leads to.
pub(crate) const CACHED_SYMBOL_TABLE: u32 = 1;
