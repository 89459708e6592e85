//! References to objects, and the paths of what they refer to.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::links::{Target, links_of};
use super::{File, LeadsTo, ReaderError};
use crate::ReadError;

/// A reference to an object of the same file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reference(u64);

/// How many objects a file may have before none is looked up in it.
const MAX_OBJECTS: usize = 1_000_000;

/// A path to each object of a file, as the group that holds it and its name there.
pub(super) struct Paths(HashMap<u64, (u64, String)>);

impl Reference {
    /// As it is stored: an address of this many bytes.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut address = [0; 8];
        let size = bytes.len().min(8);
        address[..size].copy_from_slice(&bytes[..size]);
        // An address of all ones leads nowhere, of whatever size.
        let nowhere = !bytes.is_empty() && bytes.iter().all(|&byte| byte == 0xFF);
        Self(if nowhere { 0 } else { u64::from_le_bytes(address) })
    }

    /// Whether it refers to nothing.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    /// What the object is told from others by: its [`identity`](super::Dataset::identity).
    #[must_use]
    pub fn identity(self) -> u64 {
        self.0
    }
}

impl File {
    /// The path of what a reference refers to, without the leading slash; nothing if that has no path. Of several paths
    /// it is one of the shortest. The first time, the links of the whole file are looked through.
    ///
    /// # Errors
    ///
    /// When links are damaged, or there are more than a million objects.
    pub fn path_of(&self, reference: Reference) -> Result<Option<String>, ReadError> {
        if reference.is_null() {
            return Ok(None);
        }
        let paths = if let Some(paths) = self.0.paths.get() {
            paths
        } else {
            let paths = self.find_paths()?;
            self.0.paths.get_or_init(|| paths)
        };
        let root = self.root()?.identity();
        let (mut names, mut at) = (Vec::new(), reference.0);
        while at != root {
            let Some((parent, name)) = paths.0.get(&at) else { return Ok(None) };
            names.push(name.as_str());
            at = *parent;
        }
        names.reverse();
        Ok(Some(names.join("/")))
    }

    /// What a reference refers to; nothing if that has no path.
    ///
    /// # Errors
    ///
    /// As of [`path_of`](Self::path_of), and when the object is damaged.
    pub fn dereference(&self, reference: Reference) -> Result<Option<LeadsTo>, ReadError> {
        match self.path_of(reference)? {
            None => Ok(None),
            Some(path) => self.root()?.follow(&format!("/{path}")).map(Some),
        }
    }

    fn find_paths(&self) -> Result<Paths, ReadError> {
        let root = self.root()?.identity();
        let mut paths = HashMap::from([(root, (root, String::new()))]);
        let mut groups = vec![root];
        while !groups.is_empty() {
            let mut next = Vec::new();
            for group in groups {
                let links = links_of(self, group).map_err(|error| self.damaged("the links", error))?;
                for link in links {
                    let Target::Hard(address) = link.target else { continue };
                    if let Entry::Vacant(place) = paths.entry(address) {
                        place.insert((group, link.name));
                        next.push(address);
                    }
                }
                if paths.len() > MAX_OBJECTS {
                    let error = ReaderError::ResourceLimit(format!("more than {MAX_OBJECTS} objects"));
                    return Err(self.damaged("the links", error));
                }
            }
            groups = next;
        }
        Ok(Paths(paths))
    }
}
