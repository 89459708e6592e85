//! Writing a file.

use std::fs::File;
use std::io;

use crate::append::Existing;
use crate::attribute::Attribute;
use crate::group::{Group, Object};
use crate::header::{self, Message, MessageKind};
use crate::heap::{self, BlobReference};
use crate::links::{self, Fanout, Link, SymbolTable};
use crate::superblock;
use crate::{Dataset, Storage, WriteError, WriteErrorKind, chunk_index};

/// Writes a file.
///
/// Values of datasets are written as they come; groups, names and attributes when it [finishes](Self::finish).
/// Before that, a file is not one that HDF5 reads, and one that is added to is as it was but for bytes past its
/// end.
pub struct FileWriter {
    space: Space,
    existing: Option<Existing>,
    root: Group,
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
        let space = Space { file, end: superblock::BYTES };
        Ok(Self { space, existing: None, root: Group::default() })
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
        let space = Space { file, end };
        Ok(Self { space, existing: Some(existing), root: Group::default() })
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

    /// Writes groups, names and attributes, and gives the file back.
    ///
    /// # Errors
    ///
    /// When it cannot be written, an attribute is larger than 64 KiB, or an object is there already.
    pub fn finish(mut self) -> Result<File, WriteError> {
        match self.existing.take() {
            None => {
                let (root, links) = self.space.write_group("/", &self.root, Fanout::USUAL)?;
                let superblock = superblock::encode(self.space.end, root, links);
                self.space.write_at(0, &superblock)?;
            }
            Some(existing) => existing.add(&mut self.space, &self.root)?,
        }
        // What was reserved and never written is zero.
        self.space.file.set_len(self.space.end)?;
        Ok(self.space.file)
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

    /// Writes a group with all that it holds. Gives the address of its header, and where its links are.
    pub(crate) fn write_group(
        &mut self,
        path: &str,
        group: &Group,
        fanout: Fanout,
    ) -> Result<(u64, SymbolTable), WriteError> {
        let mut members = Vec::with_capacity(group.members.len());
        for (name, object) in &group.members {
            let path = format!("{}/{name}", path.trim_end_matches('/'));
            members.push(Link::new(name, self.write_object(&path, object, fanout)?));
        }
        let links = links::write(self, members, Vec::new(), fanout)?;
        let mut messages = vec![Message::new(MessageKind::SymbolTable, links.to_bytes().to_vec())];
        messages.extend(attributes(path, &group.attributes)?);
        Ok((self.write_header(path, &messages)?, links))
    }

    /// Writes an object and gives the address of its header.
    pub(crate) fn write_object(
        &mut self,
        path: &str,
        object: &Object,
        fanout: Fanout,
    ) -> Result<u64, WriteError> {
        match object {
            Object::Group(group) => Ok(self.write_group(path, group, fanout)?.0),
            Object::Dataset(dataset) => self.write_dataset(path, dataset),
        }
    }

    fn write_dataset(&mut self, path: &str, dataset: &Dataset) -> Result<u64, WriteError> {
        let index = match &dataset.storage {
            Storage::Contiguous { .. } => 0,
            Storage::Chunked { rows, chunks, .. } => {
                chunk_index::write(self, chunks, *rows, dataset.shape.len())?
            }
        };
        let mut messages = dataset.messages(index);
        messages.extend(attributes(path, &dataset.attributes)?);
        self.write_header(path, &messages)
    }

    fn write_header(&mut self, path: &str, messages: &[Message]) -> Result<u64, WriteError> {
        if messages.len() > usize::from(u16::MAX) {
            let (what, bytes) = (format!("the list of attributes of {path}"), messages.len() as u64);
            return Err(WriteErrorKind::TooLarge { what, bytes, limit: u64::from(u16::MAX) }.into());
        }
        if let Some(message) = messages.iter().find(|message| message.num_bytes() > Attribute::LIMIT) {
            let (what, bytes) = (format!("a part of the header of {path}"), message.num_bytes() as u64);
            return Err(WriteErrorKind::TooLarge { what, bytes, limit: Attribute::LIMIT as u64 }.into());
        }
        let header = header::encode(messages);
        let address = self.reserve(header.len() as u64)?;
        self.write_at(address, &header)?;
        Ok(address)
    }
}

fn attributes(path: &str, attributes: &[Attribute]) -> Result<Vec<Message>, WriteError> {
    let message = |attribute: &Attribute| {
        let body = attribute.encode();
        if body.len() > Attribute::LIMIT {
            let what = format!("the attribute {:?} of {path}", attribute.name());
            let (bytes, limit) = (body.len() as u64, Attribute::LIMIT as u64);
            return Err(WriteErrorKind::TooLarge { what, bytes, limit }.into());
        }
        Ok(Message::new(MessageKind::Attribute, body))
    };
    attributes.iter().map(message).collect()
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => {
                bytes = &bytes[count..];
                offset += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
