//! Writing a file.

use std::fs::File;

use crate::append::Existing;
use crate::datatype::REFERENCE_BYTES;
use crate::existing::{ExistingKind, Source};
use crate::group::Group;
use crate::heap::{self, BlobReference, Texts};
use crate::links::Fanout;
use crate::objects::ObjectWriter;
use crate::position::write_all_at;
use crate::superblock;
use crate::targets::{Blank, Targets, Tree};
use crate::{Storage, WriteError, WriteErrorKind};

/// Writes a file.
///
/// Values of datasets are written as they come; groups, names and attributes when it [finishes](Self::finish).
/// Before that, a file is not one that HDF5 reads, and one that is added to is as it was but for bytes past its
/// end.
pub struct FileWriter {
    space: Space,
    existing: Option<Existing>,
    root: Group,
    texts: Texts,
    blanks: Vec<Blank>,
}

/// The file, and where in it there is room.
pub(crate) struct Space {
    file: File,
    end: u64,
}

impl FileWriter {
    /// Writes to a file, which should be empty and open for reading and writing.
    ///
    /// # Errors
    ///
    /// When the file cannot be cut to nothing.
    pub fn create(file: File) -> Result<Self, WriteError> {
        file.set_len(0)?;
        Ok(Self::of(Space { file, end: superblock::BYTES }, None))
    }

    /// Adds to a file that is open for reading and writing. What is in it stays where it is.
    ///
    /// Work on a copy: if this fails midway, the copy is of no use.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not HDF5 or damaged, or is of a layout that cannot be added to: one with
    /// another superblock than version 0 or 1, or with something before it.
    pub fn append(file: File) -> Result<Self, WriteError> {
        let existing = Existing::open(&file)?;
        // Someone may have put something behind HDF5's own end.
        let end = existing.end().max(file.metadata()?.len());
        Ok(Self::of(Space { file, end }, Some(existing)))
    }

    /// The group that holds everything. Of a file that is added to, it holds what is added, and its attributes are
    /// not written.
    pub fn root(&mut self) -> &mut Group {
        &mut self.root
    }

    /// Takes room for so many bytes and says where it is. Addresses are multiples of eight.
    ///
    /// # Errors
    ///
    /// When the file would get larger than files can be.
    pub fn reserve(&mut self, bytes: u64) -> Result<u64, WriteError> {
        self.space.reserve(bytes)
    }

    /// Writes values into room that was [reserved](Self::reserve). May be called from several threads.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn write_at(&self, address: u64, bytes: &[u8]) -> Result<(), WriteError> {
        self.space.write_at(address, bytes)
    }

    /// Writes all values of a dataset, one after the other.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn contiguous(&mut self, bytes: &[u8]) -> Result<Storage, WriteError> {
        let address = self.reserve(bytes.len() as u64)?;
        self.write_at(address, bytes)?;
        Ok(Storage::Contiguous { address, bytes: bytes.len() as u64 })
    }

    /// Writes a blob.
    ///
    /// # Errors
    ///
    /// When it cannot be written, or has 4 GiB or more.
    pub fn blob(&mut self, bytes: &[u8]) -> Result<BlobReference, WriteError> {
        heap::write(&mut self.space, bytes)
    }

    /// Puts texts into the file and gives the elements that stand for them in a dataset of
    /// [`Datatype::VariableText`](crate::Datatype::VariableText), one after the other. A large dataset is best written
    /// in several pieces: what is put together here shares the places where texts are kept, and is in memory once more.
    ///
    /// # Errors
    ///
    /// When they cannot be written, or one of them has a zero in it, or 4 GiB or more.
    pub fn texts<T: AsRef<str>>(&mut self, texts: &[T]) -> Result<Vec<u8>, WriteError> {
        self.texts.put(&mut self.space, texts)
    }

    /// Has the eight bytes at an address refer to an object of this file, by its path from the root on: an element of
    /// [`Datatype::Reference`](crate::Datatype::Reference) in a dataset, or a part of one. The path leads through links
    /// of either kind, and the object has to be there when the file is [finished](Self::finish).
    pub fn refer(&mut self, address: u64, path: &str) {
        self.blanks.push(Blank { address, path: path.to_owned() });
    }

    /// The values of a dataset of [`Datatype::Reference`](crate::Datatype::Reference) that [refer](Self::refer) to
    /// these objects.
    ///
    /// # Errors
    ///
    /// When the file would get larger than files can be.
    pub fn references<T: AsRef<str>>(&mut self, paths: &[T]) -> Result<Storage, WriteError> {
        let bytes = (paths.len() * REFERENCE_BYTES) as u64;
        let first = self.reserve(bytes)?;
        for (address, path) in (first..).step_by(REFERENCE_BYTES).zip(paths) {
            self.refer(address, path.as_ref());
        }
        Ok(Storage::Contiguous { address: first, bytes })
    }

    /// What the file that is added to has at a path from the root on, if there is anything. Links are not followed.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or is damaged there.
    pub fn existing(&self, path: &str) -> Result<Option<ExistingKind>, WriteError> {
        match &self.existing {
            None => Ok(None),
            Some(existing) => Source::new(&self.space.file)?.kind_at(existing.superblock(), path),
        }
    }

    /// Writes groups, names and attributes, and gives the file back.
    ///
    /// # Errors
    ///
    /// When it cannot be written, an attribute is larger than 64 KiB, an object is there already, or one that something
    /// refers to is not there.
    pub fn finish(mut self) -> Result<File, WriteError> {
        let tree = Tree {
            root: &self.root,
            existing: match &self.existing {
                None => None,
                Some(existing) => Some((Source::new(&self.space.file)?, existing.superblock())),
            },
        };
        let targets = Targets::find(&tree, &self.blanks)?;
        let fanout = self.existing.as_ref().map_or(Fanout::USUAL, |existing| existing.superblock().fanout);
        let mut objects = ObjectWriter {
            space: &mut self.space,
            texts: &mut self.texts,
            fanout,
            targets,
            blanks: self.blanks,
        };
        let root = match &self.existing {
            None => Some(objects.write_group("/", &self.root)?),
            Some(existing) => {
                existing.add(&mut objects, &self.root)?;
                None
            }
        };
        let ObjectWriter { targets, blanks, .. } = objects;
        self.texts.finish(&self.space)?;
        targets.fill(&self.space, &blanks)?;
        if let Some((root, links)) = root {
            self.space.write_at(0, &superblock::encode(self.space.end, root, links))?;
        }
        if let Some(existing) = &self.existing {
            existing.finish(&self.space, targets.more_links())?;
        }
        // What was reserved and never written is zero.
        self.space.file.set_len(self.space.end)?;
        Ok(self.space.file)
    }

    fn of(space: Space, existing: Option<Existing>) -> Self {
        let (root, texts, blanks) = (Group::default(), Texts::default(), Vec::new());
        Self { space, existing, root, texts, blanks }
    }
}

impl Space {
    pub(crate) fn reserve(&mut self, bytes: u64) -> Result<u64, WriteError> {
        let address = self.end.next_multiple_of(8);
        // The largest offset of a file that systems know.
        let end = address.checked_add(bytes).filter(|&end| i64::try_from(end).is_ok());
        self.end = end.ok_or_else(|| WriteErrorKind::TooLarge {
            what: "the file".to_owned(),
            bytes,
            limit: i64::MAX as u64,
        })?;
        Ok(address)
    }

    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn write_at(&self, address: u64, bytes: &[u8]) -> Result<(), WriteError> {
        Ok(write_all_at(&self.file, bytes, address)?)
    }
}
