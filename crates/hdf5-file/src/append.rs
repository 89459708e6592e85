//! Adding objects to a file that is there.
//!
//! Objects of the file stay where they are. Of a group that gets a new member only its links are written anew, at
//! the end of the file; what led to the old ones is made to lead to the new ones.

use std::fs::File;

use crate::existing::{GroupLinks, Source, Superblock};
use crate::group::{Group, Object};
use crate::links::{self, Link, SymbolTable};
use crate::superblock::CACHED_SYMBOL_TABLE;
use crate::writer::Space;
use crate::{WriteError, WriteErrorKind};

/// A file that is added to.
pub(crate) struct Existing {
    superblock: Superblock,
}

impl Existing {
    pub(crate) fn open(file: &File) -> Result<Self, WriteError> {
        let source = Source::new(file)?;
        let superblock = source.superblock()?;
        // Fails now, before anything was written, if nothing can be added to the root.
        if source.links("/", superblock.root, superblock.fanout)?.is_none() {
            return Err(WriteError::unsupported("the root group", "its links are not in a symbol table"));
        }
        Ok(Self { superblock })
    }

    /// Where the file ends.
    pub(crate) fn end(&self) -> u64 {
        self.superblock.end
    }

    /// Adds the members of a group to the root.
    pub(crate) fn add(&self, space: &mut Space, root: &Group) -> Result<(), WriteError> {
        let Superblock { root: header, root_cache_at, end_at, .. } = self.superblock;
        if let Some(table) = self.add_to(space, "/", header, root)? {
            let cache_kind = Source::new(space.file())?.cache_kind(root_cache_at)?;
            if cache_kind == CACHED_SYMBOL_TABLE {
                space.write_at(root_cache_at + 8, &table.to_bytes())?;
            }
        }
        let end = space.end();
        space.write_at(end_at, &end.to_le_bytes())
    }

    /// Adds members to the group with this header, and says where its links are when they have moved.
    fn add_to(
        &self,
        space: &mut Space,
        path: &str,
        header: u64,
        group: &Group,
    ) -> Result<Option<SymbolTable>, WriteError> {
        let fanout = self.superblock.fanout;
        let Some(GroupLinks { mut links, names, table_at }) =
            Source::new(space.file())?.links(path, header, fanout)?
        else {
            return Err(WriteErrorKind::Exists { path: path.to_owned() }.into());
        };
        let mut changed = false;
        for (name, object) in &group.members {
            let path = format!("{}/{name}", path.trim_end_matches('/'));
            let there = links.iter_mut().find(|link| link.name == name.as_bytes());
            match (there, object) {
                (None, object) => {
                    links.push(Link::new(name, space.write_object(&path, object, fanout)?));
                    changed = true;
                }
                (Some(link), Object::Group(group)) if group.is_folder && link.is_hard() => {
                    if let Some(table) = self.add_to(space, &path, link.object, group)? {
                        changed |= link.cache_table(table);
                    }
                }
                (Some(_), _) => return Err(WriteErrorKind::Exists { path }.into()),
            }
        }
        if !changed {
            return Ok(None);
        }
        let table = links::write(space, links, names, fanout)?;
        space.write_at(table_at, &table.to_bytes())?;
        Ok(Some(table))
    }
}

impl Link {
    fn cache_kind(&self) -> u32 {
        u32::from_le_bytes([self.cache[0], self.cache[1], self.cache[2], self.cache[3]])
    }

    fn is_hard(&self) -> bool {
        const SOFT: u32 = 2;
        self.cache_kind() != SOFT
    }

    /// Notes where the links of the group it leads to are, if it notes such things.
    fn cache_table(&mut self, table: SymbolTable) -> bool {
        let caches = self.cache_kind() == CACHED_SYMBOL_TABLE;
        if caches {
            self.cache[8..].copy_from_slice(&table.to_bytes());
        }
        caches
    }
}
