//! Groups, as a tree in memory.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::{Attribute, Dataset, WriteError, WriteErrorKind};

/// A group that is to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// What describes it.
    pub attributes: Vec<Attribute>,
    pub(crate) members: BTreeMap<String, Object>,
    pub(crate) is_folder: bool,
}

/// What a group can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Object {
    /// A group.
    Group(Group),
    /// A dataset.
    Dataset(Box<Dataset>),
    /// One more name of an object that has one: its path from the root on. It has to be there when the file is
    /// [finished](crate::FileWriter::finish).
    HardLink(String),
    /// A path, from the root on or from this group on, of what may or may not be there.
    SoftLink(String),
}

impl Group {
    /// A group with these attributes and nothing in it.
    #[must_use]
    pub fn new(attributes: Vec<Attribute>) -> Self {
        Self { attributes, members: BTreeMap::new(), is_folder: false }
    }

    /// The same as a folder: where something is added to a file and there is a group of this name, that one gets the
    /// members, and keeps its attributes. Of any other group there may be none of the name yet.
    #[must_use]
    pub fn as_folder(mut self) -> Self {
        self.is_folder = true;
        self
    }

    /// Puts an object into the group.
    ///
    /// # Errors
    ///
    /// When there is one of that name, or no object can have the name: it is empty, `.` or `..`, or has a slash or
    /// a zero in it; or it is a link to no path, or to one with a zero in it.
    pub fn insert(&mut self, name: &str, object: impl Into<Object>) -> Result<(), WriteError> {
        if matches!(name, "" | "." | "..") || name.contains(['/', '\0']) {
            return Err(WriteErrorKind::Name { name: name.to_owned() }.into());
        }
        let object = object.into();
        if let Object::HardLink(path) | Object::SoftLink(path) = &object
            && (path.is_empty() || path.contains('\0'))
        {
            return Err(WriteErrorKind::Name { name: path.clone() }.into());
        }
        match self.members.entry(name.to_owned()) {
            Entry::Vacant(place) => {
                place.insert(object);
                Ok(())
            }
            Entry::Occupied(_) => Err(WriteErrorKind::Exists { path: name.to_owned() }.into()),
        }
    }
}

impl From<Group> for Object {
    fn from(group: Group) -> Self {
        Self::Group(group)
    }
}

impl From<Dataset> for Object {
    fn from(dataset: Dataset) -> Self {
        Self::Dataset(Box::new(dataset))
    }
}
