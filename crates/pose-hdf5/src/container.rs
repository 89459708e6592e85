//! HDF5 itself: groups, attributes and datasets, and nothing of pandas.
//!
//! The only module that knows the crate which decodes HDF5. What it hands up are typed values, and slabs of
//! bytes whose [`Element`] says what they are.

mod attribute;
mod chunks;
mod dataset;
mod element;
mod filters;
mod members;
mod source;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use hdf5_reader::error::Error as ReaderError;

use crate::{Hdf5Error, Hdf5ErrorKind};

pub(crate) use attribute::{Attribute, Attributes};
pub(crate) use dataset::Dataset;
pub(crate) use element::{ByteOrder, Element, Field, Number, NumberKind};
#[cfg(fuzzing)]
pub(crate) use filters::undo_alone;
pub(crate) use members::{DatasetHead, Members};
#[cfg(test)]
pub(crate) use source::Reads;
use source::Source;

/// An open HDF5 file.
#[derive(Clone)]
pub(crate) struct Container(Arc<Shared>);

/// What every group and dataset of a file needs.
struct Shared {
    path: PathBuf,
    file: hdf5_reader::Hdf5File,
    source: Arc<Source>,
    /// Where in the file address 0 of HDF5 is.
    base: u64,
}

impl Container {
    /// Opens a file and reads where its root group is.
    pub(crate) fn open(path: &Path) -> Result<Self, Hdf5Error> {
        Self::of(path, Source::open(path)?)
    }

    /// Opens what has no file. `path` is what messages call it.
    #[cfg(fuzzing)]
    pub(crate) fn of_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, Hdf5Error> {
        Self::of(path, Source::Memory(Arc::new(bytes)))
    }

    /// Opens bytes in memory, and notes which of them are read.
    #[cfg(test)]
    pub(crate) fn noted(path: &Path, bytes: Vec<u8>) -> Result<(Self, Reads), Hdf5Error> {
        let reads = Reads::default();
        let source = Source::Noted { bytes: Arc::new(bytes), reads: Arc::clone(&reads) };
        Ok((Self::of(path, source)?, reads))
    }

    fn of(path: &Path, source: Source) -> Result<Self, Hdf5Error> {
        let source = Arc::new(source);
        let options = hdf5_reader::OpenOptions {
            // Chunks are read here, each once.
            chunk_cache_bytes: 0,
            chunk_cache_slots: 1,
            ..Default::default()
        };
        let storage: hdf5_reader::storage::DynStorage = source.clone();
        let file = hdf5_reader::Hdf5File::from_storage_with_options(storage, options).map_err(|error| {
            let path = path.to_owned();
            match error {
                ReaderError::InvalidMagic => Hdf5ErrorKind::NotHdf5 { path },
                // Less than a signature and what must follow it.
                _ if source.len() < 96 && !source.starts_with_signature() => Hdf5ErrorKind::NotHdf5 { path },
                error => {
                    Hdf5ErrorKind::Damaged { path, object: "the superblock".to_owned(), source: error.into() }
                }
            }
        })?;
        let superblock = file.superblock();
        let base = superblock.base_address;
        // libhdf5 refuses such a file too. Addresses of all ones mean that the writer did not know.
        let expected = superblock.eof_address;
        if expected != u64::MAX && expected > source.len() {
            let (path, found) = (path.to_owned(), source.len());
            return Err(Hdf5ErrorKind::Truncated { path, expected, found }.into());
        }
        Ok(Self(Arc::new(Shared { path: path.to_owned(), file, source, base })))
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.0.path
    }

    /// How many bytes of someone else's come before HDF5 begins.
    pub(crate) fn user_block_bytes(&self) -> u64 {
        self.0.base
    }

    /// The group that holds everything.
    pub(crate) fn root(&self) -> Result<Group, Hdf5Error> {
        let group = self.0.file.root_group().map_err(|error| self.damaged("the root group", error))?;
        Ok(Group { container: self.clone(), inner: group, name: String::new(), checked: Arc::default() })
    }

    fn damaged(&self, object: &str, error: ReaderError) -> Hdf5Error {
        let (path, object) = (self.path().to_owned(), object.to_owned());
        match error {
            ReaderError::Io(source) => Hdf5ErrorKind::Io { path, source },
            error => Hdf5ErrorKind::Damaged { path, object, source: error.into() },
        }
        .into()
    }
}

/// A group.
#[derive(Clone)]
pub(crate) struct Group {
    container: Container,
    inner: hdf5_reader::group::Group,
    /// Its path in the file, without the leading slash; empty for the root.
    name: String,
    /// Set once its links were checked.
    checked: Arc<OnceLock<()>>,
}

impl Group {
    /// The path in the file, without the leading slash.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name in the group that holds it.
    pub(crate) fn last_name(&self) -> &str {
        self.inner.name()
    }

    /// The file.
    pub(crate) fn container(&self) -> &Container {
        &self.container
    }

    /// What tells this group from every other one, whatever path led to it.
    pub(crate) fn identity(&self) -> u64 {
        self.inner.address()
    }

    /// The group of this name, if there is one.
    pub(crate) fn group(&self, name: &str) -> Result<Option<Self>, Hdf5Error> {
        self.check_links()?;
        match self.inner.group(name) {
            Ok(group) => Ok(Some(self.child(group))),
            Err(ReaderError::GroupNotFound(_)) => Ok(None),
            Err(error) => Err(self.container.damaged(&self.path_of(name), error)),
        }
    }

    /// The dataset of this name, if there is one.
    pub(crate) fn dataset(&self, name: &str) -> Result<Option<Dataset>, Hdf5Error> {
        self.check_links()?;
        let path = self.path_of(name);
        match self.inner.dataset(name) {
            Ok(dataset) => Dataset::new(self.container.clone(), dataset, path).map(Some),
            Err(ReaderError::DatasetNotFound(_)) => Ok(None),
            Err(error) => Err(self.container.damaged(&path, error)),
        }
    }

    /// The attributes.
    pub(crate) fn attributes(&self) -> Result<Attributes, Hdf5Error> {
        let attributes = self.inner.attributes().map_err(|error| self.damaged(error))?;
        Ok(Attributes::new(self.container.clone(), self.name.clone(), attributes))
    }

    /// The path of a member.
    pub(crate) fn path_of(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}/{name}", self.name) }
    }

    fn child(&self, group: hdf5_reader::group::Group) -> Self {
        let name = self.path_of(group.name());
        Self { container: self.container.clone(), inner: group, name, checked: Arc::default() }
    }

    fn damaged(&self, error: ReaderError) -> Hdf5Error {
        let object = if self.name.is_empty() { "the root group" } else { &self.name };
        self.container.damaged(object, error)
    }
}

/// An error: something that is not supported.
pub(crate) fn unsupported(container: &Container, object: &str, what: String) -> Hdf5Error {
    let (path, object) = (container.path().to_owned(), object.to_owned());
    Hdf5ErrorKind::Unsupported { path, object, what }.into()
}
