//! What references and hard links lead to: objects, by their paths, that may not be written yet.

use std::collections::{BTreeMap, VecDeque};

use crate::attribute::Elements;
use crate::existing::{Source, Superblock};
use crate::group::{Group, Object};
use crate::writer::Space;
use crate::{Attribute, WriteError, WriteErrorKind};

/// A place in the file that the address of the object with this path belongs into.
pub(crate) struct Blank {
    pub(crate) address: u64,
    pub(crate) path: String,
}

/// The objects that something leads to.
#[derive(Default)]
pub(crate) struct Targets {
    /// What the paths, as they were given, lead to.
    by_path: BTreeMap<String, Target>,
    /// Of objects that are to be written, by the path that they are written under.
    new: BTreeMap<String, Awaited>,
    /// How many more hard links lead to objects that are in the file, by their headers.
    more_links: BTreeMap<u64, u32>,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// To an object that is to be written under this path.
    New(String),
    /// To an object that is in the file, by the address of its header.
    Existing(u64),
}

/// An object that is to be written.
#[derive(Default)]
struct Awaited {
    /// How many hard links lead to it beside its own.
    links: u32,
    address: Option<u64>,
}

/// What paths lead through: groups that are to be written, and those in the file.
pub(crate) struct Tree<'a> {
    pub(crate) root: &'a Group,
    pub(crate) existing: Option<(Source<'a>, &'a Superblock)>,
}

impl Targets {
    /// Looks up everything that is referred to in a tree, and at these paths.
    pub(crate) fn find(tree: &Tree<'_>, blanks: &[Blank]) -> Result<Self, WriteError> {
        let mut targets = Self::default();
        for blank in blanks {
            targets.add(tree, &blank.path)?;
        }
        targets.add_of_group(tree, tree.root)?;
        Ok(targets)
    }

    /// How many hard links lead to the object that is written under this path.
    pub(crate) fn num_links(&self, path: &str) -> u32 {
        self.new.get(path).map_or(1, |awaited| awaited.links.saturating_add(1))
    }

    /// How many more hard links lead to objects that are in the file, by their headers.
    pub(crate) fn more_links(&self) -> &BTreeMap<u64, u32> {
        &self.more_links
    }

    /// Notes where an object was written.
    pub(crate) fn written(&mut self, path: &str, address: u64) {
        if let Some(awaited) = self.new.get_mut(path) {
            awaited.address = Some(address);
        }
    }

    /// Fills in where everything is.
    pub(crate) fn fill(&self, space: &Space, blanks: &[Blank]) -> Result<(), WriteError> {
        // Those that stand side by side, as in a dataset of references, are written at once.
        const AT_ONCE: usize = 8192;
        let mut bytes = Vec::new();
        for (place, blank) in blanks.iter().enumerate() {
            let address = match self.by_path.get(&blank.path) {
                Some(Target::Existing(address)) => Some(*address),
                Some(Target::New(path)) => self.new.get(path).and_then(|awaited| awaited.address),
                None => None,
            };
            // Whatever leads somewhere was looked up in the tree that is written.
            let address = address.ok_or_else(|| no_target(&blank.path, "it was not written"))?;
            bytes.extend_from_slice(&address.to_le_bytes());
            let goes_on = blanks.get(place + 1).is_some_and(|next| next.address == blank.address + 8);
            if !goes_on || bytes.len() >= AT_ONCE {
                space.write_at(blank.address + 8 - bytes.len() as u64, &bytes)?;
                bytes.clear();
            }
        }
        Ok(())
    }

    fn add_of_group(&mut self, tree: &Tree<'_>, group: &Group) -> Result<(), WriteError> {
        self.add_of_attributes(tree, &group.attributes)?;
        for object in group.members.values() {
            match object {
                Object::Group(group) => self.add_of_group(tree, group)?,
                Object::Dataset(dataset) => self.add_of_attributes(tree, &dataset.attributes)?,
                Object::HardLink(path) => {
                    let links = match self.add(tree, path)? {
                        Target::New(path) => &mut self.new.entry(path).or_default().links,
                        Target::Existing(header) => {
                            // Fails now if the object cannot be told, before anything is written.
                            tree.num_links(path, header)?;
                            self.more_links.entry(header).or_default()
                        }
                    };
                    *links = links.saturating_add(1);
                }
                Object::SoftLink(_) => {}
            }
        }
        Ok(())
    }

    fn add_of_attributes(&mut self, tree: &Tree<'_>, attributes: &[Attribute]) -> Result<(), WriteError> {
        for attribute in attributes {
            if let Elements::References(paths) = attribute.elements() {
                paths.iter().try_for_each(|path| self.add(tree, path).map(drop))?;
            }
        }
        Ok(())
    }

    fn add(&mut self, tree: &Tree<'_>, path: &str) -> Result<Target, WriteError> {
        if let Some(target) = self.by_path.get(path) {
            return Ok(target.clone());
        }
        let target = tree.find(path)?;
        if let Target::New(path) = &target {
            self.new.entry(path.clone()).or_default();
        }
        self.by_path.insert(path.to_owned(), target.clone());
        Ok(target)
    }
}

/// Where on its way through a tree a path is.
struct Place<'a> {
    /// The names that lead here.
    names: Vec<String>,
    /// The group here that is to be written, or gets new members.
    new: Option<&'a Group>,
    /// The header of the object here, if it is in the file.
    existing: Option<u64>,
}

impl<'a> Tree<'a> {
    /// Where a path leads, through links of either kind.
    pub(crate) fn find(&self, path: &str) -> Result<Target, WriteError> {
        /// More links than anyone follows on purpose.
        const MAX_LINKS: usize = 100;
        /// More names than a path has, so that a damaged file does not have us look up a million of them.
        const MAX_NAMES: usize = 1000;
        let mut left: VecDeque<String> = names(path).collect();
        let mut place = self.top();
        let (mut links, mut looked_up) = (0, 0);
        while let Some(name) = left.pop_front() {
            looked_up += 1;
            if looked_up > MAX_NAMES {
                return Err(no_target(path, "it goes on and on"));
            }
            let here = format!("/{}", place.names.join("/"));
            let missing = || no_target(path, &format!("{here} holds no {name:?}"));
            let there = self.look_up(&here, place.existing, &name)?;
            let leads_to = match (place.new.and_then(|group| group.members.get(&name)), there) {
                (Some(Object::HardLink(path)), _) => format!("/{path}"),
                (Some(Object::SoftLink(path)), _) => path.clone(),
                (None, Some(Found::Soft(path))) => path,
                (Some(Object::Group(group)), there) => {
                    place.existing = there.and_then(|found| found.address()).filter(|_| group.is_folder);
                    place.new = Some(group);
                    place.names.push(name);
                    continue;
                }
                (Some(Object::Dataset(_)), _) => {
                    (place.new, place.existing) = (None, None);
                    place.names.push(name);
                    continue;
                }
                (None, Some(Found::Hard(address))) => {
                    (place.new, place.existing) = (None, Some(address));
                    place.names.push(name);
                    continue;
                }
                (None, None) => return Err(missing()),
            };
            links += 1;
            if links > MAX_LINKS {
                return Err(no_target(path, "its links go round in circles"));
            }
            if leads_to.starts_with('/') {
                place = self.top();
            }
            for name in names(&leads_to).take(MAX_NAMES).collect::<Vec<_>>().into_iter().rev() {
                left.push_front(name);
            }
        }
        Ok(match place.existing {
            Some(address) => Target::Existing(address),
            None => Target::New(format!("/{}", place.names.join("/"))),
        })
    }

    /// How many hard links lead to an object of the file.
    fn num_links(&self, path: &str, header: u64) -> Result<u32, WriteError> {
        match &self.existing {
            None => Ok(0),
            Some((source, _)) => source.num_links(path, header).map(|(num_links, _)| num_links),
        }
    }

    fn top(&self) -> Place<'a> {
        let existing = self.existing.as_ref().map(|(_, superblock)| superblock.root);
        Place { names: Vec::new(), new: Some(self.root), existing }
    }

    /// What a group of the file has under a name.
    fn look_up(&self, path: &str, group: Option<u64>, name: &str) -> Result<Option<Found>, WriteError> {
        let (Some((source, superblock)), Some(header)) = (&self.existing, group) else { return Ok(None) };
        let Some(group) = source.links(path, header, superblock.fanout)? else { return Ok(None) };
        let Some(link) = group.links.iter().find(|link| link.name == name.as_bytes()) else {
            return Ok(None);
        };
        if link.is_hard() {
            return Ok(Some(Found::Hard(link.object)));
        }
        let bytes = usize::try_from(link.path_offset()).ok().and_then(|start| group.names.get(start..));
        let bytes = bytes.and_then(|bytes| bytes.split(|&byte| byte == 0).next()).unwrap_or(&[]);
        Ok(Some(Found::Soft(String::from_utf8_lossy(bytes).into_owned())))
    }
}

/// A link in the file.
enum Found {
    /// To the object with this header.
    Hard(u64),
    /// To whatever has this path.
    Soft(String),
}

impl Found {
    fn address(&self) -> Option<u64> {
        match self {
            Self::Hard(address) => Some(*address),
            Self::Soft(_) => None,
        }
    }
}

/// The names in a path.
fn names(path: &str) -> impl Iterator<Item = String> {
    path.split('/').filter(|name| !matches!(*name, "" | ".")).map(str::to_owned)
}

fn no_target(path: &str, what: &str) -> WriteError {
    WriteErrorKind::NoTarget { path: path.to_owned(), what: what.to_owned() }.into()
}
