//! Reading as much of a file as adding to it needs: superblock, headers of groups, links.
//!
//! The file may be damaged. Nothing is read past its end, no memory is taken that it has not the bytes for, and no
//! loop of addresses is followed twice.

use std::collections::HashSet;
use std::fs::File;

use crate::WriteError;
use crate::header::{self, MessageKind, PREFIX_BYTES};
use crate::links::{CACHE_BYTES, Fanout, LINK_BYTES, Leads, Link, SymbolTable};
use crate::position::read_exact_at;
use crate::superblock;

/// The largest node that is written because a file says that its own are as large. Those of libhdf5 have 328 and 544
/// bytes unless told otherwise.
const MAX_NODE_BYTES: usize = 64 << 10;

/// What a superblock says.
pub(crate) struct Superblock {
    pub(crate) fanout: Fanout,
    pub(crate) end: u64,
    /// Where the file says how long it is.
    pub(crate) end_at: u64,
    /// The header of the root group.
    pub(crate) root: u64,
    /// Where the cache of the link to it is.
    pub(crate) root_cache_at: u64,
}

/// The links of a group.
pub(crate) struct GroupLinks {
    pub(crate) links: Vec<Link>,
    /// The local heap, to which they refer.
    pub(crate) names: Vec<u8>,
    /// Where the header of the group says where they are.
    pub(crate) table_at: u64,
}

/// What a file that is added to has at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExistingKind {
    /// A group, to which members can be added by a [folder](crate::Group::as_folder).
    Group,
    /// A dataset.
    Dataset,
    /// A soft link, whether or not it leads somewhere.
    SoftLink,
    /// A named type, or a group whose links are kept in a way that cannot be added to.
    Other,
}

/// What the beginning of a header says.
pub(crate) struct HeaderHead {
    /// How many hard links lead to the object.
    pub(crate) num_links: u32,
    /// Bytes of its first block of messages.
    bytes: u32,
}

/// A file to read from.
pub(crate) struct Source<'a> {
    file: &'a File,
    len: u64,
}

impl<'a> Source<'a> {
    pub(crate) fn new(file: &'a File) -> Result<Self, WriteError> {
        Ok(Self { file, len: file.metadata()?.len() })
    }

    fn read(&self, object: &str, address: u64, bytes: u64) -> Result<Vec<u8>, WriteError> {
        if address.checked_add(bytes).is_none_or(|end| end > self.len) {
            let what = format!("{bytes} bytes at {address} lie beyond the end of the file, {}", self.len);
            return Err(WriteError::damaged(object, what));
        }
        let mut out = vec![0; usize::try_from(bytes).unwrap_or(usize::MAX)];
        read_exact_at(self.file, &mut out, address)?;
        Ok(out)
    }

    pub(crate) fn superblock(&self) -> Result<Superblock, WriteError> {
        const OBJECT: &str = "the superblock";
        let unsupported = |what: String| Err(WriteError::unsupported("this file", what));
        let head = self.read(OBJECT, 0, 16)?;
        if head[..8] != superblock::SIGNATURE {
            return Err(WriteError::damaged(
                OBJECT,
                "the file does not begin with one: it is not HDF5, or something comes before",
            ));
        }
        let (version, later) = match head[8] {
            0 => (0, 0),
            1 => (1, 4),
            version => return unsupported(format!("its superblock is of version {version}, not 0 or 1")),
        };
        let all = self.read(OBJECT, 0, superblock::BYTES + later)?;
        if all[13..15] != [8, 8] {
            return unsupported(format!("its addresses and lengths have {} and {} bytes", all[13], all[14]));
        }
        if version == 1 && u16_at(&all, 24) != 32 {
            return unsupported(format!("its chunk indexes have {} children, not 64", 2 * u16_at(&all, 24)));
        }
        let shift = usize::try_from(later).unwrap_or(0);
        if u64_at(&all, 24 + shift) != 0 {
            return unsupported("something comes before HDF5 in it".to_owned());
        }
        let end = u64_at(&all, 40 + shift);
        if end > self.len {
            let what = format!("the file should have {end} bytes and has {}", self.len);
            return Err(WriteError::damaged(OBJECT, what));
        }
        let fanout =
            Fanout { leaf: 2 * usize::from(u16_at(&all, 16)), node: 2 * usize::from(u16_at(&all, 18)) };
        if fanout.leaf == 0 || fanout.node == 0 {
            return Err(WriteError::damaged(OBJECT, "its nodes have room for nothing"));
        }
        // As large as they say they are, nodes are written anew, into a file that may have none so large.
        if fanout.leaf_bytes().max(fanout.node_bytes()) > MAX_NODE_BYTES {
            let (leaf, node) = (fanout.leaf, fanout.node);
            return unsupported(format!(
                "the nodes of its groups have room for {leaf} links and {node} children"
            ));
        }
        Ok(Superblock {
            fanout,
            end,
            end_at: superblock::END_AT + later,
            root: u64_at(&all, 64 + shift),
            root_cache_at: superblock::ROOT_AT + later + 16,
        })
    }

    /// The links of the group with this header; `None` when it is no group.
    pub(crate) fn links(
        &self,
        path: &str,
        header: u64,
        fanout: Fanout,
    ) -> Result<Option<GroupLinks>, WriteError> {
        let Some((table_at, table)) = self.symbol_table(path, header)? else { return Ok(None) };
        let heap = self.read(path, table.heap, 32)?;
        if &heap[..4] != b"HEAP" {
            return Err(WriteError::damaged(path, "its names are not where they should be"));
        }
        let names = self.read(path, u64_at(&heap, 24), u64_at(&heap, 8))?;
        let (mut links, mut spelt) = (Vec::new(), 0);
        for leaf in self.leaves(path, table.tree, fanout)? {
            self.read_leaf(path, leaf, fanout, (&names, &mut spelt), &mut links)?;
        }
        Ok(Some(GroupLinks { links, names, table_at }))
    }

    /// The beginning of a header.
    pub(crate) fn header_head(&self, path: &str, header: u64) -> Result<HeaderHead, WriteError> {
        let head = self.read(path, header, PREFIX_BYTES as u64)?;
        if head[..4] == *b"OHDR" {
            return Err(WriteError::unsupported(path, "its header is of version 2"));
        }
        if head[0] != 1 {
            let what = format!("its header is of version {}", head[0]);
            return Err(WriteError::damaged(path, what));
        }
        Ok(HeaderHead { num_links: u32_at(&head, 4), bytes: u32_at(&head, 8) })
    }

    /// How many hard links lead to an object, and where it says so.
    pub(crate) fn num_links(&self, path: &str, header: u64) -> Result<(u32, u64), WriteError> {
        let at = header.saturating_add(header::NUM_LINKS_AT);
        Ok((self.header_head(path, header)?.num_links, at))
    }

    /// What is at a path from the root on. Links are not followed.
    pub(crate) fn kind_at(
        &self,
        superblock: &Superblock,
        path: &str,
    ) -> Result<Option<ExistingKind>, WriteError> {
        let mut header = superblock.root;
        let mut names = path.split('/').filter(|name| !name.is_empty()).peekable();
        while let Some(name) = names.next() {
            let Some(group) = self.links(path, header, superblock.fanout)? else { return Ok(None) };
            let Some(link) = group.links.iter().find(|link| link.name == name.as_bytes()) else {
                return Ok(None);
            };
            if !link.is_hard() {
                return Ok(names.peek().is_none().then_some(ExistingKind::SoftLink));
            }
            header = link.object;
        }
        let mut kind = ExistingKind::Other;
        self.find_message(path, header, |message, _, _| {
            if message == MessageKind::SymbolTable as u16 {
                kind = ExistingKind::Group;
            } else if message == MessageKind::Layout as u16 {
                kind = ExistingKind::Dataset;
            }
            (kind != ExistingKind::Other).then_some(())
        })?;
        Ok(Some(kind))
    }

    /// Where the header of a group says where its links are, and what it says.
    fn symbol_table(&self, path: &str, header: u64) -> Result<Option<(u64, SymbolTable)>, WriteError> {
        self.find_message(path, header, |kind, body, at| {
            let is_it = kind == MessageKind::SymbolTable as u16 && body.len() >= 16;
            is_it.then(|| (at, SymbolTable { tree: u64_at(body, 0), heap: u64_at(body, 8) }))
        })
    }

    /// Looks through the messages of a header, each given with its kind and where its body is, until one is what is
    /// looked for.
    fn find_message<T>(
        &self,
        path: &str,
        header: u64,
        mut look: impl FnMut(u16, &[u8], u64) -> Option<T>,
    ) -> Result<Option<T>, WriteError> {
        let head = self.header_head(path, header)?;
        let mut seen = HashSet::new();
        let mut blocks = vec![(header.saturating_add(PREFIX_BYTES as u64), u64::from(head.bytes))];
        while let Some((start, bytes)) = blocks.pop() {
            if !seen.insert(start) {
                return Err(WriteError::damaged(path, "its header goes round in circles"));
            }
            let block = self.read(path, start, bytes)?;
            let mut at = 0;
            while at + 8 <= block.len() {
                let kind = u16_at(&block, at);
                let size = usize::from(u16_at(&block, at + 2));
                let Some(body) = block.get(at + 8..at + 8 + size) else {
                    return Err(WriteError::damaged(path, "a message leaves its header"));
                };
                if let Some(found) = look(kind, body, start + at as u64 + 8) {
                    return Ok(Some(found));
                }
                if kind == MessageKind::Continuation as u16 && size >= 16 {
                    blocks.push((u64_at(body, 0), u64_at(body, 8)));
                }
                at += 8 + size;
            }
        }
        Ok(None)
    }

    /// The symbol tables of a tree.
    fn leaves(&self, path: &str, tree: u64, fanout: Fanout) -> Result<Vec<u64>, WriteError> {
        let node_bytes = fanout.node_bytes();
        let mut seen = HashSet::new();
        let mut leaves = Vec::new();
        let mut nodes = vec![(tree, None)];
        while let Some((address, expected_level)) = nodes.pop() {
            let node = self.read(path, address, node_bytes as u64)?;
            let (level, count) = (node[5], usize::from(u16_at(&node, 6)));
            let fits = &node[..4] == b"TREE" && node[4] == 0 && count <= fanout.node;
            if !fits || expected_level.is_some_and(|expected| level != expected) || !seen.insert(address) {
                return Err(WriteError::damaged(path, "the tree of its links is broken"));
            }
            let children = (0..count).map(|child| u64_at(&node, 32 + 16 * child));
            match level.checked_sub(1) {
                None => leaves.extend(children),
                Some(below) => nodes.extend(children.map(|child| (child, Some(below)))),
            }
        }
        Ok(leaves)
    }

    fn read_leaf(
        &self,
        path: &str,
        address: u64,
        fanout: Fanout,
        (names, spelt): (&[u8], &mut usize),
        links: &mut Vec<Link>,
    ) -> Result<(), WriteError> {
        let leaf = self.read(path, address, fanout.leaf_bytes() as u64)?;
        let count = usize::from(u16_at(&leaf, 6));
        if &leaf[..4] != b"SNOD" || count > fanout.leaf {
            return Err(WriteError::damaged(path, "a table of its links is broken"));
        }
        for entry in leaf[8..].chunks_exact(LINK_BYTES).take(count) {
            let name_offset = u64_at(entry, 0);
            let name = usize::try_from(name_offset).ok().and_then(|start| names.get(start..));
            let name = name.and_then(|name| name.split(|&byte| byte == 0).next());
            let name = name.ok_or_else(|| WriteError::damaged(path, "a link has no name"))?;
            // Each name is in the heap once, with a zero behind it. Otherwise a million links may have one long name.
            *spelt += name.len() + 1;
            if *spelt > names.len() {
                return Err(WriteError::damaged(
                    path,
                    "the names of its links are longer than where they stand",
                ));
            }
            let mut cache = [0; CACHE_BYTES];
            cache.copy_from_slice(&entry[16..]);
            links.push(Link {
                name: name.to_vec(),
                object: u64_at(entry, 8),
                cache,
                name_offset: Some(name_offset),
                leads: Leads::There,
            });
        }
        Ok(())
    }

    /// The kind of the cache of a link that is not in a table.
    pub(crate) fn cache_kind(&self, cache_at: u64) -> Result<u32, WriteError> {
        Ok(u32_at(&self.read("the superblock", cache_at, 4)?, 0))
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, Seek as _, Write as _};

    use crate::{FileWriter, Group, WriteErrorKind};

    fn written() -> Vec<u8> {
        let mut writer = FileWriter::create(tempfile::tempfile().expect("there is room")).expect("a file");
        writer.root().insert("there", Group::default()).expect("a name");
        bytes(writer.finish().expect("there is room"))
    }

    fn bytes(mut file: File) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.rewind().expect("the beginning");
        file.read_to_end(&mut bytes).expect("its bytes");
        bytes
    }

    /// Where a superblock says half of how many links a leaf, and half of how many children a node has.
    const LEAF_AT: usize = 16;
    const NODE_AT: usize = 18;

    #[test]
    fn nodes_are_not_written_as_large_as_a_file_may_declare_them() {
        for at in [LEAF_AT, NODE_AT] {
            let mut damaged = written();
            damaged[at..at + 2].copy_from_slice(&u16::MAX.to_le_bytes());
            let mut file = tempfile::tempfile().expect("there is room");
            file.write_all(&damaged).expect("there is room");
            let Err(error) = FileWriter::append(file) else { panic!("a node of megabytes is taken") };
            assert!(matches!(error.kind(), WriteErrorKind::Unsupported { .. }), "{error}");
        }
    }

    #[test]
    fn links_of_one_name_are_not_spelt_out() {
        let mut writer = FileWriter::create(tempfile::tempfile().expect("there is room")).expect("a file");
        for name in ["z".repeat(100), "a".to_owned(), "b".to_owned()] {
            writer.root().insert(&name, Group::default()).expect("a name");
        }
        let mut damaged = bytes(writer.finish().expect("there is room"));
        let table = damaged.windows(4).rposition(|four| four == b"SNOD").expect("the links of the root");
        // Those of the root come last. The links are a, b, z; now each is z.
        let long = damaged[table + 8 + 80..table + 8 + 88].to_vec();
        for link in 0..3 {
            damaged[table + 8 + 40 * link..table + 16 + 40 * link].copy_from_slice(&long);
        }
        let mut file = tempfile::tempfile().expect("there is room");
        file.write_all(&damaged).expect("there is room");
        let Err(error) = FileWriter::append(file) else { panic!("names of 300 bytes are taken from 120") };
        assert!(matches!(error.kind(), WriteErrorKind::Damaged { .. }), "{error}");
    }

    #[test]
    fn nodes_that_are_somewhat_larger_than_usual_are_as_good() {
        // The root has one leaf and one node, so that each can say that it has room for more.
        let mut whole = written();
        whole[LEAF_AT] = 5;
        whole.resize(whole.len() + 4096, 0);
        let len = whole.len() as u64;
        whole[40..48].copy_from_slice(&len.to_le_bytes());
        let mut file = tempfile::tempfile().expect("there is room");
        file.write_all(&whole).expect("there is room");
        let mut writer = FileWriter::append(file).expect("it can be added to");
        writer.root().insert("added", Group::default()).expect("a name");
        let after = bytes(writer.finish().expect("there is room"));
        let file = hdf5_reader::Hdf5File::from_vec(after).expect("it is HDF5");
        let names = file.root_group().and_then(|root| root.member_names()).expect("a root").0;
        assert_eq!(names, ["added", "there"]);
    }
}
