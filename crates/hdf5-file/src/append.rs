//! Adding objects to a file that is there.
//!
//! Objects of the file stay where they are. Of a group that gets a new member only its links are written anew, at
//! the end of the file; what led to the old ones is made to lead to the new ones.

use std::collections::BTreeMap;
use std::fs::File;

use crate::existing::{GroupLinks, Source, Superblock};
use crate::group::{Group, Object};
use crate::links::{self, SymbolTable};
use crate::objects::ObjectWriter;
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

    /// What it is.
    pub(crate) fn superblock(&self) -> &Superblock {
        &self.superblock
    }

    /// Adds the members of a group to the root.
    pub(crate) fn add(&self, objects: &mut ObjectWriter<'_>, root: &Group) -> Result<(), WriteError> {
        let Superblock { root: header, root_cache_at, .. } = self.superblock;
        if let Some(table) = add_to(objects, "/", header, root)? {
            let cache_kind = Source::new(objects.space.file())?.cache_kind(root_cache_at)?;
            if cache_kind == CACHED_SYMBOL_TABLE {
                objects.space.write_at(root_cache_at + 8, &table.to_bytes())?;
            }
        }
        Ok(())
    }

    /// Notes how long the file is, and which objects have more names than before.
    pub(crate) fn finish(&self, space: &Space, more_links: &BTreeMap<u64, u32>) -> Result<(), WriteError> {
        for (&header, more) in more_links {
            let (num_links, at) = Source::new(space.file())?.num_links("an object", header)?;
            space.write_at(at, &num_links.saturating_add(*more).to_le_bytes())?;
        }
        space.write_at(self.superblock.end_at, &space.end().to_le_bytes())
    }
}

/// Adds members to the group with this header, and says where its links are when they have moved.
fn add_to(
    objects: &mut ObjectWriter<'_>,
    path: &str,
    header: u64,
    group: &Group,
) -> Result<Option<SymbolTable>, WriteError> {
    let Some(GroupLinks { mut links, names, table_at }) =
        Source::new(objects.space.file())?.links(path, header, objects.fanout)?
    else {
        return Err(WriteErrorKind::Exists { path: path.to_owned() }.into());
    };
    let mut changed = false;
    for (name, object) in &group.members {
        let there = links.iter_mut().find(|link| link.name == name.as_bytes());
        let member = format!("{}/{name}", path.trim_end_matches('/'));
        match (there, object) {
            (None, object) => {
                links.push(objects.write_member(path, name, object)?);
                changed = true;
            }
            (Some(link), Object::Group(group)) if group.is_folder && link.is_hard() => {
                if let Some(table) = add_to(objects, &member, link.object, group)? {
                    changed |= link.cache_table(table);
                }
            }
            (Some(_), _) => return Err(WriteErrorKind::Exists { path: member }.into()),
        }
    }
    if !changed {
        return Ok(None);
    }
    let table = links::write(objects.space, links, names, objects.fanout, &mut objects.blanks)?;
    objects.space.write_at(table_at, &table.to_bytes())?;
    Ok(Some(table))
}
