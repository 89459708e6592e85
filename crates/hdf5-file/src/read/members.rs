//! What a group holds, by the links in it.
//!
//! The reader follows links and keeps silent about those that lead nowhere. Here they are counted as they are
//! stored, so that whoever asks for everything in a group is told of everything.

use std::collections::{HashMap, HashSet, VecDeque};
use std::rc::Rc;

use super::links::{Link, Target, links_of};
use super::{Attributes, Dataset, Element, File, Group, ReaderError};
use crate::ReadError;

/// Everything in a group, by the names of its links.
pub struct Members {
    /// The groups.
    pub groups: Vec<Group>,
    /// The datasets.
    pub datasets: Vec<DatasetHead>,
    /// Soft and external links, whether or not they lead somewhere.
    pub links: Vec<String>,
    /// What is neither group nor dataset: named data types.
    pub types: Vec<String>,
}

/// A dataset of which only the description is looked at, so that its values may be stored in any way.
pub struct DatasetHead {
    /// Its name in its group.
    pub name: String,
    /// The attributes.
    pub attributes: Attributes,
    /// What one element is.
    pub element: Element,
    file: File,
    inner: hdf5_reader::Dataset,
    path: String,
}

/// A member of a group, as its link is stored.
pub enum Member {
    /// A group.
    Group(Group),
    /// A dataset.
    Dataset(Box<DatasetHead>),
    /// A named data type.
    Type,
    /// A path, and where it leads.
    SoftLink {
        /// The path: from the root on if it begins with a slash, otherwise from the group on.
        target: String,
        /// What is there.
        leads_to: LeadsTo,
    },
    /// An object of another file, which is not looked at.
    ExternalLink {
        /// The file.
        file: String,
        /// The path of the object in it.
        path: String,
    },
}

/// Where a path leads.
pub enum LeadsTo {
    /// To a group.
    Group(Group),
    /// To a dataset.
    Dataset(Box<DatasetHead>),
    /// To a named data type.
    Type,
    /// Out of the file, which is not followed.
    ExternalLink {
        /// The other file.
        file: String,
        /// The path in it.
        path: String,
    },
    /// Nowhere.
    Nowhere {
        /// Where it ends.
        why: String,
    },
}

impl Members {
    /// Whether there is nothing in the group.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.datasets.is_empty() && self.links.is_empty() && self.types.is_empty()
    }
}

impl DatasetHead {
    /// The path in the file, without the leading slash.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The lengths of the axes.
    #[must_use]
    pub fn shape(&self) -> &[u64] {
        self.inner.shape()
    }

    /// What tells this dataset from every other object of the file, whatever path led to it.
    #[must_use]
    pub fn identity(&self) -> u64 {
        self.inner.address()
    }

    /// The dataset, for its values.
    ///
    /// # Errors
    ///
    /// When it is damaged, or its values are stored in a way that is not read.
    pub fn open(&self) -> Result<Dataset, ReadError> {
        Dataset::new(self.file.clone(), self.inner.clone(), self.path.clone())
    }

    fn new(file: &File, inner: hdf5_reader::Dataset, path: String) -> Result<Self, ReadError> {
        Ok(Self {
            name: inner.name().to_owned(),
            attributes: Attributes::read(file, &path, inner.address(), || Ok(inner.attributes()))?,
            element: Element::new(inner.dtype()),
            file: file.clone(),
            inner,
            path,
        })
    }
}

impl Group {
    /// Everything in this group.
    ///
    /// # Errors
    ///
    /// When links are damaged, or objects that they lead to.
    pub fn members(&self) -> Result<Members, ReadError> {
        let stored = self.links()?;
        let (hard, symbolic): (Vec<Link>, Vec<Link>) =
            stored.into_iter().partition(|link| matches!(link.target, Target::Hard(_)));
        let mut left: HashSet<String> = hard.into_iter().map(|link| link.name).collect();
        let (groups, datasets) = self.inner.members().map_err(|error| self.damaged(error))?;
        let groups = groups.into_iter().filter(|group| left.remove(group.name()));
        let groups = groups.map(|group| self.child(group)).collect();
        let datasets = datasets.into_iter().filter(|dataset| left.remove(dataset.name()));
        let datasets = datasets.map(|dataset| self.head(dataset)).collect::<Result<_, _>>()?;
        let mut types: Vec<String> = left.into_iter().collect();
        types.sort();
        Ok(Members { groups, datasets, links: symbolic.into_iter().map(|link| link.name).collect(), types })
    }

    /// Everything in this group by name, links as what they are.
    ///
    /// # Errors
    ///
    /// When links are damaged, or objects that they lead to.
    pub fn list(&self) -> Result<Vec<(String, Member)>, ReadError> {
        let links = self.links()?;
        let mut follower = Follower::default();
        let Members { groups, datasets, types, .. } = self.members()?;
        let mut all: Vec<(String, Member)> = Vec::with_capacity(links.len());
        all.extend(groups.into_iter().map(|group| (group.last_name().to_owned(), Member::Group(group))));
        all.extend(datasets.into_iter().map(|head| (head.name.clone(), Member::Dataset(Box::new(head)))));
        all.extend(types.into_iter().map(|name| (name, Member::Type)));
        for link in links {
            match link.target {
                Target::Hard(_) => {}
                Target::Soft(target) => {
                    let leads_to = follower.follow(self, &target)?;
                    all.push((link.name, Member::SoftLink { target, leads_to }));
                }
                Target::External { file, path } => all.push((link.name, Member::ExternalLink { file, path })),
            }
        }
        all.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(all)
    }

    /// Where a path leads: from the root on if it begins with a slash, otherwise from this group on. Soft links are
    /// followed.
    ///
    /// # Errors
    ///
    /// When links are damaged, or objects that they lead to. A path that leads nowhere is no error.
    pub fn follow(&self, path: &str) -> Result<LeadsTo, ReadError> {
        Follower::default().follow(self, path)
    }

    /// Checks that the links hold no more than the file does: the reader spells out the name of each, and a file may
    /// have a million links of one long name. Once for each group, and before the reader looks for any of them.
    pub(super) fn check_links(&self) -> Result<(), ReadError> {
        if self.checked.get().is_none() {
            self.links()?;
        }
        Ok(())
    }

    fn links(&self) -> Result<Vec<Link>, ReadError> {
        let links = links_of(&self.file, self.inner.address()).map_err(|error| self.damaged(error))?;
        // Another thread may have been quicker.
        let _ = self.checked.set(());
        Ok(links)
    }

    fn head(&self, dataset: hdf5_reader::Dataset) -> Result<DatasetHead, ReadError> {
        let path = self.path_of(dataset.name());
        DatasetHead::new(&self.file, dataset, path)
    }

    /// The object that a hard link of this name leads to.
    fn object(&self, name: &str) -> Result<LeadsTo, ReadError> {
        if let Some(group) = self.group(name)? {
            return Ok(LeadsTo::Group(group));
        }
        match self.inner.dataset(name) {
            Ok(dataset) => Ok(LeadsTo::Dataset(Box::new(self.head(dataset)?))),
            Err(ReaderError::DatasetNotFound(_)) => Ok(LeadsTo::Type),
            Err(error) => Err(self.file.damaged(&self.path_of(name), error)),
        }
    }
}

/// Follows paths, and keeps the links of groups meanwhile: many may lead through one of them.
#[derive(Default)]
struct Follower {
    links: HashMap<u64, Rc<HashMap<String, Target>>>,
}

impl Follower {
    fn follow(&mut self, from: &Group, path: &str) -> Result<LeadsTo, ReadError> {
        /// More links than anyone follows on purpose.
        const MAX_LINKS: usize = 100;
        /// More names than a path has.
        const MAX_NAMES: usize = 1000;
        let names = |path: &str| -> Vec<String> {
            let names = path.split('/').filter(|name| !matches!(*name, "" | "."));
            names.take(MAX_NAMES + 1).map(str::to_owned).collect()
        };
        let nowhere = |why: String| Ok(LeadsTo::Nowhere { why });
        let start = |group: &Group, path: &str| -> Result<Group, ReadError> {
            if path.starts_with('/') { group.file.root() } else { Ok(group.clone()) }
        };
        let mut group = start(from, path)?;
        let mut left = VecDeque::from(names(path));
        let (mut links, mut looked_up) = (0, 0);
        while let Some(name) = left.pop_front() {
            looked_up += 1;
            if looked_up > MAX_NAMES {
                return nowhere("it goes on and on".to_owned());
            }
            let here = self.links(&group)?;
            match here.get(&name) {
                None => return nowhere(format!("/{} holds no {name:?}", group.name())),
                Some(Target::Hard(_)) => match group.object(&name)? {
                    LeadsTo::Group(child) => group = child,
                    object if left.is_empty() => return Ok(object),
                    _ => return nowhere(format!("/{} is no group", group.path_of(&name))),
                },
                Some(Target::Soft(target)) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return nowhere("its links go round in circles".to_owned());
                    }
                    group = start(&group, target)?;
                    for name in names(target).into_iter().rev() {
                        left.push_front(name);
                    }
                }
                Some(Target::External { file, path }) => {
                    let (file, mut path) = (file.clone(), path.clone());
                    for name in left {
                        path.push('/');
                        path.push_str(&name);
                    }
                    return Ok(LeadsTo::ExternalLink { file, path });
                }
            }
        }
        Ok(LeadsTo::Group(group))
    }

    fn links(&mut self, group: &Group) -> Result<Rc<HashMap<String, Target>>, ReadError> {
        if let Some(links) = self.links.get(&group.identity()) {
            return Ok(Rc::clone(links));
        }
        let links: HashMap<_, _> = group.links()?.into_iter().map(|link| (link.name, link.target)).collect();
        Ok(Rc::clone(self.links.entry(group.identity()).or_insert(Rc::new(links))))
    }
}
