//! Reading: groups, attributes and datasets of any HDF5 file, and nothing of what they mean.
//!
//! A [`File`] has a [root](File::root), which is a [`Group`]; groups hold groups and [`Dataset`]s, and both have
//! [`Attributes`]. Values are handed up as numbers and texts, or as slabs of bytes of which an [`Element`] says what
//! they are. Files of every layout are read: superblocks 0 to 3, symbol tables and links in headers and heaps, every
//! index of chunks. Whatever thread reads, there is no lock on the file.
//!
//! | of | read | refused, by name |
//! |---|---|---|
//! | types | integers and floats of up to 64 bits in either byte order, booleans of h5py and of PyTables, texts of fixed and of any length, blobs, references to objects, compounds and arrays of these | other enumerations, other lists of any length, references to regions, opaque bytes |
//! | shapes | any contiguous ones; of chunked ones up to two axes cut at once, more where only the first is | |
//! | storage | compact, contiguous, chunked | external, virtual |
//! | filters | zlib, shuffle, Fletcher-32, LZF; with the feature `pytables-filters` bzip2, LZO, LZ4, zstd, Blosc and Blosc2 | szip, n-bit, scale-offset, bitshuffle without Blosc, zfp |
//! | links | hard; soft ones followed, within the file | external: named, and not followed |
//!
//! # Files from elsewhere
//!
//! A file may be damaged, or made to do harm. What it declares is held against what it has before memory is taken for
//! it: names of links against the heap they stand in, chunks against the file and against what their filters can make
//! of so many bytes, texts of any length against the file. Loops of links end. Nothing is mapped into memory: a file
//! that is cut while it is read gives an error.
//!
//! # Examples
//!
//! ```
//! use hdf5_file::{Attribute, Dataset, Datatype, FileWriter, bytes_of, read};
//!
//! let scratch = tempfile::NamedTempFile::new()?;
//! let mut writer = FileWriter::create(scratch.reopen()?)?;
//! let storage = writer.contiguous(&bytes_of(&[1.5f32, 2.5, 3.5]))?;
//! let heights = Dataset::new(Datatype::F32, &[3], storage)
//!     .with_attributes(vec![Attribute::variable_text("unit", "m")]);
//! writer.root().insert("heights", heights)?;
//! writer.finish()?;
//!
//! let file = read::File::open(scratch.path())?;
//! let heights = file.root()?.dataset("heights")?.ok_or("it is there")?;
//! assert_eq!(heights.attributes()?.text("unit")?.as_deref(), Some("m"));
//! assert_eq!(heights.read::<f64>(1..3)?, [2.5, 3.5]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attribute;
mod chunks;
mod convert;
mod dataset;
mod element;
mod filters;
mod heap;
mod links;
mod members;
mod reference;
mod source;
mod values;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use hdf5_reader::error::Error as ReaderError;

use crate::{ReadError, ReadErrorKind};

pub use attribute::{Attribute, Attributes};
pub use convert::FromNumber;
pub use dataset::Dataset;
pub use element::{ByteOrder, Element, Field, Number, NumberKind};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use filters::undo_alone;
pub use members::{DatasetHead, LeadsTo, Member, Members};
pub use reference::Reference;
pub use source::ReadAt;
use source::Source;

/// An open HDF5 file. A clone is the same open file.
#[derive(Clone)]
pub struct File(Arc<Shared>);

/// What every group and dataset of a file needs.
struct Shared {
    path: PathBuf,
    file: hdf5_reader::Hdf5File,
    source: Arc<Source>,
    /// Where in the file address 0 of HDF5 is.
    base: u64,
    /// The paths of all objects, once one was asked for.
    paths: OnceLock<reference::Paths>,
}

impl File {
    /// Opens a file and reads where its root group is.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not HDF5, or is shorter than it says.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, ReadError> {
        let path = path.as_ref();
        Self::of_source(path, Source::open(path)?)
    }

    /// Opens bytes in memory. `path` is what messages call them.
    ///
    /// # Errors
    ///
    /// When they are not HDF5, or fewer than they say.
    pub fn of_bytes(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self, ReadError> {
        Self::of_source(path.as_ref(), Source::Memory(Arc::new(bytes)))
    }

    /// Opens what is read in a way of the caller's own. `path` is what messages call it.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not HDF5, or is shorter than it says.
    pub fn of(path: impl AsRef<Path>, bytes: Arc<dyn ReadAt>) -> Result<Self, ReadError> {
        Self::of_source(path.as_ref(), Source::Other(bytes))
    }

    fn of_source(path: &Path, source: Source) -> Result<Self, ReadError> {
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
                ReaderError::InvalidMagic => ReadErrorKind::NotHdf5 { path },
                // Less than a signature and what must follow it.
                _ if source.len() < 96 && !source.starts_with_signature() => ReadErrorKind::NotHdf5 { path },
                error => {
                    ReadErrorKind::Damaged { path, object: "the superblock".to_owned(), source: error.into() }
                }
            }
        })?;
        let superblock = file.superblock();
        let base = superblock.base_address;
        // libhdf5 refuses such a file too. Addresses of all ones mean that the writer did not know.
        let expected = superblock.eof_address;
        if expected != u64::MAX && expected > source.len() {
            let (path, found) = (path.to_owned(), source.len());
            return Err(ReadErrorKind::Truncated { path, expected, found }.into());
        }
        Ok(Self(Arc::new(Shared { path: path.to_owned(), file, source, base, paths: OnceLock::new() })))
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// How many bytes it has, with what may come before HDF5 begins and after its end.
    #[must_use]
    pub fn num_bytes(&self) -> u64 {
        self.0.source.len()
    }

    /// How many bytes of someone else's come before HDF5 begins.
    #[must_use]
    pub fn user_block_bytes(&self) -> u64 {
        self.0.base
    }

    /// The group that holds everything.
    pub fn root(&self) -> Result<Group, ReadError> {
        let group = self.0.file.root_group().map_err(|error| self.damaged("the root group", error))?;
        Ok(Group { file: self.clone(), inner: group, name: String::new(), checked: Arc::default() })
    }

    fn damaged(&self, object: &str, error: ReaderError) -> ReadError {
        let (path, object) = (self.path().to_owned(), object.to_owned());
        match error {
            ReaderError::Io(source) => ReadErrorKind::Io { path, source },
            error => ReadErrorKind::Damaged { path, object, source: error.into() },
        }
        .into()
    }
}

/// A group.
#[derive(Clone)]
pub struct Group {
    file: File,
    inner: hdf5_reader::group::Group,
    /// Its path in the file, without the leading slash; empty for the root.
    name: String,
    /// Set once its links were checked.
    checked: Arc<OnceLock<()>>,
}

impl Group {
    /// The path in the file, without the leading slash.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name in the group that holds it.
    #[must_use]
    pub fn last_name(&self) -> &str {
        self.inner.name()
    }

    /// The file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What tells this group from every other one, whatever path led to it.
    #[must_use]
    pub fn identity(&self) -> u64 {
        self.inner.address()
    }

    /// The group of this name, if there is one.
    pub fn group(&self, name: &str) -> Result<Option<Self>, ReadError> {
        self.check_links()?;
        match self.inner.group(name) {
            Ok(group) => Ok(Some(self.child(group))),
            Err(ReaderError::GroupNotFound(_)) => Ok(None),
            Err(error) => Err(self.file.damaged(&self.path_of(name), error)),
        }
    }

    /// The dataset of this name, if there is one.
    pub fn dataset(&self, name: &str) -> Result<Option<Dataset>, ReadError> {
        self.check_links()?;
        let path = self.path_of(name);
        match self.inner.dataset(name) {
            Ok(dataset) => Dataset::new(self.file.clone(), dataset, path).map(Some),
            Err(ReaderError::DatasetNotFound(_)) => Ok(None),
            Err(error) => Err(self.file.damaged(&path, error)),
        }
    }

    /// The attributes.
    pub fn attributes(&self) -> Result<Attributes, ReadError> {
        Attributes::read(&self.file, &self.name, self.inner.address(), || self.inner.attributes())
    }

    /// The path of a member.
    #[must_use]
    pub fn path_of(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}/{name}", self.name) }
    }

    fn child(&self, group: hdf5_reader::group::Group) -> Self {
        let name = self.path_of(group.name());
        Self { file: self.file.clone(), inner: group, name, checked: Arc::default() }
    }

    fn damaged(&self, error: ReaderError) -> ReadError {
        let object = if self.name.is_empty() { "the root group" } else { &self.name };
        self.file.damaged(object, error)
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("File").field(&self.0.path).finish()
    }
}

impl std::fmt::Debug for Group {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Group")
            .field("path", &self.file.0.path)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// An error: something that is not supported.
fn unsupported(file: &File, object: &str, what: String) -> ReadError {
    let (path, object) = (file.path().to_owned(), object.to_owned());
    ReadErrorKind::Unsupported { path, object, what }.into()
}

/// An error: not what was asked for.
fn unexpected(file: &File, object: &str, expected: &str, found: &str) -> ReadError {
    let (path, object) = (file.path().to_owned(), object.to_owned());
    let (expected, found) = (expected.to_owned(), found.to_owned());
    ReadErrorKind::Unexpected { path, object, expected, found }.into()
}

/// An attribute of an object, as messages name it.
fn attribute_name(object: &str, name: &str) -> String {
    let object = if object.is_empty() { "the root group" } else { object };
    format!("attribute {name} of {object}")
}
