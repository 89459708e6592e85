//! Groups and datasets, written: their headers, links and indexes.

use crate::attribute::Elements;
use crate::datatype::REFERENCE_BYTES;
use crate::group::{Group, Object};
use crate::header::{self, Message, MessageKind};
use crate::heap::Texts;
use crate::links::{self, Fanout, Link, SymbolTable};
use crate::targets::{Blank, Targets};
use crate::writer::Space;
use crate::{Attribute, Dataset, Storage, WriteError, WriteErrorKind, chunk_index};

/// Writes objects into the room of a file.
pub(crate) struct ObjectWriter<'a> {
    pub(crate) space: &'a mut Space,
    pub(crate) texts: &'a mut Texts,
    pub(crate) fanout: Fanout,
    pub(crate) targets: Targets,
    /// Places that the addresses of objects belong into.
    pub(crate) blanks: Vec<Blank>,
}

/// The messages of an attribute, and the references within it: from where in the message on they stand.
struct Described {
    message: Message,
    references: Option<(usize, Vec<String>)>,
}

impl ObjectWriter<'_> {
    /// Writes a group with all that it holds. Gives the address of its header, and where its links are.
    pub(crate) fn write_group(
        &mut self,
        path: &str,
        group: &Group,
    ) -> Result<(u64, SymbolTable), WriteError> {
        let mut members = Vec::with_capacity(group.members.len());
        for (name, object) in &group.members {
            members.push(self.write_member(path, name, object)?);
        }
        let links = links::write(self.space, members, Vec::new(), self.fanout, &mut self.blanks)?;
        let messages = vec![Message::new(MessageKind::SymbolTable, links.to_bytes().to_vec())];
        Ok((self.write_header(path, messages, &group.attributes)?, links))
    }

    /// Writes a member of the group with this path, and gives the link to it.
    pub(crate) fn write_member(
        &mut self,
        path: &str,
        name: &str,
        object: &Object,
    ) -> Result<Link, WriteError> {
        let path = format!("{}/{name}", path.trim_end_matches('/'));
        Ok(match object {
            Object::Group(group) => Link::new(name, self.write_group(&path, group)?.0),
            Object::Dataset(dataset) => Link::new(name, self.write_dataset(&path, dataset)?),
            Object::HardLink(target) => Link::hard(name, target),
            Object::SoftLink(target) => Link::soft(name, target),
        })
    }

    fn write_dataset(&mut self, path: &str, dataset: &Dataset) -> Result<u64, WriteError> {
        dataset.check(path)?;
        let index = match &dataset.storage {
            Storage::Contiguous { .. } => 0,
            Storage::Chunked { rows, chunks, .. } => {
                chunk_index::write(self.space, chunks, *rows, dataset.extent.shape().len())?
            }
        };
        self.write_header(path, dataset.messages(index), &dataset.attributes)
    }

    fn write_header(
        &mut self,
        path: &str,
        mut messages: Vec<Message>,
        attributes: &[Attribute],
    ) -> Result<u64, WriteError> {
        let mut references = Vec::new();
        for attribute in attributes {
            let described = self.describe(path, attribute)?;
            references.extend(described.references.map(|(offset, paths)| (messages.len(), offset, paths)));
            messages.push(described.message);
        }
        if messages.len() > usize::from(u16::MAX) {
            let (what, bytes) = (format!("the list of attributes of {path}"), messages.len() as u64);
            return Err(WriteErrorKind::TooLarge { what, bytes, limit: u64::from(u16::MAX) }.into());
        }
        if let Some(message) = messages.iter().find(|message| message.num_bytes() > Attribute::LIMIT) {
            let (what, bytes) = (format!("a part of the header of {path}"), message.num_bytes() as u64);
            return Err(WriteErrorKind::TooLarge { what, bytes, limit: Attribute::LIMIT as u64 }.into());
        }
        let (header, bodies_at) = header::encode(&messages, self.targets.num_links(path));
        let address = self.space.reserve(header.len() as u64)?;
        self.space.write_at(address, &header)?;
        for (message, offset, paths) in references {
            let first = address + (bodies_at[message] + offset) as u64;
            let places = (first..).step_by(REFERENCE_BYTES);
            self.blanks.extend(places.zip(paths).map(|(address, path)| Blank { address, path }));
        }
        self.targets.written(path, address);
        Ok(address)
    }

    fn describe(&mut self, path: &str, attribute: &Attribute) -> Result<Described, WriteError> {
        if attribute.num_bytes() > Attribute::LIMIT {
            let what = format!("the attribute {:?} of {path}", attribute.name());
            let (bytes, limit) = (attribute.num_bytes() as u64, Attribute::LIMIT as u64);
            return Err(WriteErrorKind::TooLarge { what, bytes, limit }.into());
        }
        let mut body = attribute.head();
        let mut references = None;
        match attribute.elements() {
            Elements::Bytes(bytes) => body.extend_from_slice(bytes),
            Elements::Texts(texts) => body.extend(self.texts.put(self.space, texts)?),
            Elements::References(paths) => {
                references = Some((body.len(), paths.clone()));
                body.resize(body.len() + paths.len() * REFERENCE_BYTES, 0);
            }
        }
        Ok(Described { message: Message::new(MessageKind::Attribute, body), references })
    }
}
