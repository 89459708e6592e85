//! Attributes as pandas and PyTables mean them.

use std::sync::Arc;

use pose_frame::LevelName;

use crate::error::unsupported;
use crate::text::TextCodec;
use crate::{Hdf5Error, Hdf5ErrorKind, PickleError};
use hdf5_file::read::{Attribute, Attributes, Dataset, File, Group};
use pickle_data::{Object, Pickle};

/// The attributes of a group or dataset that pandas wrote.
pub(crate) struct Meta(Attributes);

impl Meta {
    pub(crate) fn of_group(group: &Group) -> Result<Self, Hdf5Error> {
        Ok(Self(group.attributes()?))
    }

    pub(crate) fn of_dataset(dataset: &Dataset) -> Result<Self, Hdf5Error> {
        Ok(Self(dataset.attributes()?))
    }

    /// A text, if the attribute is there and is one.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_text()
    }

    /// A text that must be there.
    pub(crate) fn required_text(&self, name: &str) -> Result<&str, Hdf5Error> {
        self.text(name).ok_or_else(|| self.wrong(name, "a text"))
    }

    /// A count that must be there.
    pub(crate) fn required_count(&self, name: &str) -> Result<usize, Hdf5Error> {
        match self.0.get(name) {
            Some(Attribute::Integer(number)) => usize::try_from(number).ok(),
            _ => None,
        }
        .ok_or_else(|| self.wrong(name, "a count"))
    }

    /// Whether an attribute says yes; an absent one does not.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Attribute::Bool(true) | Attribute::Integer(1)))
    }

    /// Whether an attribute says nothing: it is absent, or a pickled `None`.
    pub(crate) fn is_none(&self, name: &str) -> bool {
        match self.0.get(name) {
            None => true,
            Some(attribute) => {
                pickled(&attribute).is_some_and(|pickle| pickle.is_ok_and(|pickle| pickle.root().is_none()))
            }
        }
    }

    /// Whether an attribute holds nothing: it is absent, or a pickled container with nothing in it.
    pub(crate) fn is_empty(&self, name: &str) -> bool {
        match self.0.get(name) {
            None => true,
            Some(attribute) => {
                pickled(&attribute).is_some_and(|pickle| pickle.is_ok_and(|pickle| pickle.root().is_empty()))
            }
        }
    }

    /// A pickled object, if the attribute is there.
    pub(crate) fn pickle(&self, name: &str) -> Result<Option<Pickle>, Hdf5Error> {
        let Some(attribute) = self.0.get(name) else { return Ok(None) };
        let bytes = attribute.as_bytes().ok_or_else(|| self.wrong(name, "a pickled object"))?;
        Pickle::decode(bytes).map(Some).map_err(|reason| self.undecodable(name, reason))
    }

    /// A pickled object that must be there.
    pub(crate) fn required_pickle(&self, name: &str) -> Result<Pickle, Hdf5Error> {
        self.pickle(name)?.ok_or_else(|| self.wrong(name, "a pickled object"))
    }

    /// A list of texts that must be there.
    pub(crate) fn required_texts(&self, name: &str) -> Result<Vec<Arc<str>>, Hdf5Error> {
        let pickle = self.required_pickle(name)?;
        let texts = pickle
            .root()
            .sequence()
            .and_then(|items| items.iter().map(|item| item.text().cloned()).collect());
        texts.map_err(|reason| self.undecodable(name, reason))
    }

    /// The name of a level: text, or a pickled `None`.
    ///
    /// PyTables keeps text as it is and pickles what has no counterpart in HDF5. A pickle is told from Python 2's
    /// bytes by the full stop that ends it, and by whether it can be decoded.
    pub(crate) fn level_name(&self, name: &str) -> Result<LevelName, Hdf5Error> {
        let Some(attribute) = self.0.get(name) else { return Ok(None) };
        match pickled(&attribute) {
            Some(Ok(pickle)) => self.name_in(name, pickle.root()),
            Some(Err(reason @ (PickleError::Global { .. } | PickleError::Opcode { .. }))) => {
                Err(self.undecodable(name, reason))
            }
            _ => match attribute.as_text() {
                Some(text) => Ok(Some(text.into())),
                None => Err(self.unsupported(format!("{} as the name of a level", attribute.describe()))),
            },
        }
    }

    /// The name of a level out of a pickle: a text or `None`.
    pub(crate) fn name_in(&self, attribute: &str, object: Object<'_>) -> Result<LevelName, Hdf5Error> {
        match object.as_text() {
            Some(text) => Ok(Some(text.clone())),
            None if object.is_none() => Ok(None),
            None => {
                let what = format!("{} as the name of a level (attribute {attribute})", object.describe());
                Err(self.unsupported(what))
            }
        }
    }

    /// A time zone: text, or a pickled object.
    pub(crate) fn time_zone(&self, name: &str) -> Result<Option<Arc<str>>, Hdf5Error> {
        let Some(attribute) = self.0.get(name) else { return Ok(None) };
        match pickled(&attribute) {
            Some(Ok(pickle)) if pickle.root().is_none() => Ok(None),
            Some(Ok(pickle)) => self.time_zone_in(name, pickle.root()).map(Some),
            Some(Err(reason)) => Err(self.undecodable(name, reason)),
            None => self.required_text(name).map(|zone| Some(zone.into())),
        }
    }

    /// A time zone out of a pickle.
    pub(crate) fn time_zone_in(&self, attribute: &str, object: Object<'_>) -> Result<Arc<str>, Hdf5Error> {
        object.time_zone().ok_or_else(|| {
            self.unsupported(format!("{} as a time zone (attribute {attribute})", object.describe()))
        })
    }

    /// How texts are encoded: UTF-8, unless the attribute `encoding` names something else.
    pub(crate) fn codec(&self) -> Result<TextCodec, Hdf5Error> {
        let encoding = if self.is_none("encoding") { "UTF-8" } else { self.required_text("encoding")? };
        TextCodec::named(encoding)
            .ok_or_else(|| self.unsupported(format!("texts in the encoding {encoding:?}")))
    }

    /// The text that stands for a missing label of an index.
    ///
    /// pandas 3.1 notes it for every index of texts, empty where none is missing. Files without a note kept
    /// missing labels as `nan`.
    pub(crate) fn index_missing(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            None => Some("nan"),
            Some(attribute) => attribute.as_text().filter(|text| !text.is_empty()),
        }
    }

    /// The lengths of the axes of an array that has no values: HDF5 had no way to store it, so that a single
    /// value stands in its place.
    pub(crate) fn empty_shape(&self) -> Result<Option<Vec<u64>>, Hdf5Error> {
        let Some(pickle) = self.pickle("shape")? else { return Ok(None) };
        let axes = pickle.root().sequence().map_err(|reason| self.undecodable("shape", reason))?;
        let axes = axes.iter().map(|axis| u64::try_from(axis.as_integer()?).ok()).collect::<Option<Vec<_>>>();
        axes.map(Some).ok_or_else(|| self.wrong("shape", "the lengths of axes"))
    }

    /// An error: the attribute is not there, or something else.
    pub(crate) fn wrong(&self, name: &str, expected: &str) -> Hdf5Error {
        let found = self.0.get(name).map_or_else(|| "nothing".to_owned(), |found| found.describe());
        layout(self.file(), &format!("attribute {name} of {}", self.0.object()), expected, &found)
    }

    /// An error: the pickle in the attribute.
    pub(crate) fn undecodable(&self, name: &str, reason: PickleError) -> Hdf5Error {
        let path = self.file().path().to_owned();
        let (object, attribute) = (self.0.object().to_owned(), name.to_owned());
        Hdf5ErrorKind::Pickle { path, object, attribute, reason }.into()
    }

    /// An error: something that is not supported.
    pub(crate) fn unsupported(&self, what: String) -> Hdf5Error {
        unsupported(self.file(), self.0.object(), what)
    }

    fn file(&self) -> &File {
        self.0.file()
    }
}

/// The pickle that an attribute is, by PyTables' rule.
fn pickled(attribute: &Attribute<'_>) -> Option<Result<Pickle, PickleError>> {
    match attribute {
        Attribute::Bytes(bytes) if bytes.ends_with(b".") && *bytes != b"0." => Some(Pickle::decode(bytes)),
        _ => None,
    }
}

/// An error: sound HDF5, but not as pandas writes it.
pub(crate) fn layout(container: &File, object: &str, expected: &str, found: &str) -> Hdf5Error {
    let (path, object) = (container.path().to_owned(), object.to_owned());
    Hdf5ErrorKind::Layout { path, object, expected: expected.to_owned(), found: found.to_owned() }.into()
}

/// The dataset of this name in a group that cannot be without it.
pub(crate) fn required_dataset(group: &Group, name: &str) -> Result<Dataset, Hdf5Error> {
    group
        .dataset(name)?
        .ok_or_else(|| layout(group.file(), group.name(), &format!("a dataset {name}"), "none"))
}
