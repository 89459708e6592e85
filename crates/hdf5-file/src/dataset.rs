//! Datasets: what they are made of, not their values.

use crate::bytes::{PutBytes, UNDEFINED};
use crate::chunk_index::Chunk;
use crate::header::{Message, MessageKind};
use crate::{Attribute, Datatype, WriteError, WriteErrorKind};

/// The most axes that a dataset has in HDF5.
const MAX_AXES: usize = 32;

/// A dataset whose values are in the file already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// What describes it.
    pub attributes: Vec<Attribute>,
    pub(crate) datatype: Datatype,
    pub(crate) extent: Extent,
    pub(crate) storage: Storage,
}

/// Where the values of a dataset are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Storage {
    /// One after the other.
    Contiguous {
        /// Where they begin.
        address: u64,
        /// How many bytes they have.
        bytes: u64,
    },
    /// Cut into pieces of so many rows.
    Chunked {
        /// Rows of each piece.
        rows: u32,
        /// The pieces, in order. Each holds all its rows, the last one too.
        chunks: Vec<Chunk>,
        /// What was done to each piece, in this order.
        filters: Vec<Filter>,
        /// Whether the first axis has no end.
        growing: bool,
    },
}

/// Something that was done to each chunk, to be undone when it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Its number, as registered with The HDF Group.
    pub id: u16,
    /// Its name; may be empty.
    pub name: String,
    /// Whether a chunk may be stored without it.
    pub optional: bool,
    /// What it needs to know.
    pub client_data: Vec<u32>,
}

impl Dataset {
    /// A dataset of this type and shape, without attributes. One without axes holds one element.
    #[must_use]
    pub fn new(datatype: Datatype, shape: &[u64], storage: Storage) -> Self {
        Self { attributes: Vec::new(), datatype, extent: Extent::of(shape), storage }
    }

    /// A dataset of this type that holds nothing and never will, as `h5py.Empty`.
    #[must_use]
    pub fn empty(datatype: Datatype) -> Self {
        let storage = Storage::Contiguous { address: 0, bytes: 0 };
        Self { attributes: Vec::new(), datatype, extent: Extent::Null, storage }
    }

    /// The same with these attributes.
    #[must_use]
    pub fn with_attributes(mut self, attributes: Vec<Attribute>) -> Self {
        self.attributes = attributes;
        self
    }

    /// Refuses what HDF5 has no place for.
    pub(crate) fn check(&self, path: &str) -> Result<(), WriteError> {
        let refuse = |what: String| Err(WriteErrorKind::Shape { path: path.to_owned(), what }.into());
        let shape = self.extent.shape();
        if shape.len() > MAX_AXES {
            return refuse(format!("it has {} axes, and HDF5 knows {MAX_AXES}", shape.len()));
        }
        let Storage::Chunked { rows, .. } = &self.storage else { return Ok(()) };
        let Some(others) = shape.get(1..) else { return refuse("there is no axis to cut".to_owned()) };
        let element = self.datatype.size() as u64;
        let chunk_bytes = others.iter().try_fold(element, |bytes, &length| bytes.checked_mul(length));
        match chunk_bytes.and_then(|bytes| bytes.checked_mul(u64::from(*rows))) {
            Some(0) => refuse("its chunks have no bytes".to_owned()),
            Some(bytes) if u32::try_from(bytes).is_ok() => Ok(()),
            _ => refuse(format!("chunks of {rows} rows have 4 GiB or more")),
        }
    }

    /// The messages of its header but for the attributes. `index` is where the index of the chunks is.
    pub(crate) fn messages(&self, index: u64) -> Vec<Message> {
        let mut messages = vec![
            Message::encoded(MessageKind::Dataspace, |out| {
                let growing = matches!(self.storage, Storage::Chunked { growing: true, .. });
                self.extent.encode(growing.then_some(u64::MAX), out);
            }),
            Message::encoded(MessageKind::Datatype, |out| self.datatype.encode(out)).constant(),
            Message::encoded(MessageKind::FillValue, |out| self.put_fill_value(out)).constant(),
            Message::encoded(MessageKind::Layout, |out| self.put_layout(index, out)),
        ];
        if let Storage::Chunked { filters, .. } = &self.storage
            && !filters.is_empty()
        {
            let encode = |out: &mut Vec<u8>| put_filters(filters, out);
            messages.push(Message::encoded(MessageKind::FilterPipeline, encode).constant());
        }
        messages
    }

    /// Values that were never written are zero; how PyTables says it.
    fn put_fill_value(&self, out: &mut Vec<u8>) {
        const LATE: u8 = 2;
        const INCREMENTAL: u8 = 3;
        const IF_SET: u8 = 2;
        const ON_ALLOCATION: u8 = 0;
        const DEFINED: u8 = 1;
        out.put_u8(2);
        match self.storage {
            Storage::Contiguous { .. } => out.extend_from_slice(&[LATE, IF_SET, DEFINED]),
            Storage::Chunked { .. } => out.extend_from_slice(&[INCREMENTAL, ON_ALLOCATION, DEFINED]),
        }
        // A value of no bytes is the default, zero.
        out.put_u32(0);
    }

    fn put_layout(&self, index: u64, out: &mut Vec<u8>) {
        const CONTIGUOUS: u8 = 1;
        const CHUNKED: u8 = 2;
        out.put_u8(3);
        match &self.storage {
            Storage::Contiguous { address, bytes } => {
                out.put_u8(CONTIGUOUS);
                out.put_u64(if *bytes == 0 { UNDEFINED } else { *address });
                out.put_u64(*bytes);
            }
            Storage::Chunked { rows, .. } => {
                out.put_u8(CHUNKED);
                out.put_u8(u8::try_from(self.extent.shape().len() + 1).unwrap_or(u8::MAX));
                out.put_u64(index);
                out.put_u32(*rows);
                for &length in self.extent.shape().iter().skip(1) {
                    out.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
                }
                out.put_u32(u32::try_from(self.datatype.size()).unwrap_or(u32::MAX));
            }
        }
    }
}

fn put_filters(filters: &[Filter], out: &mut Vec<u8>) {
    out.put_u8(1);
    out.put_u8(u8::try_from(filters.len()).unwrap_or(u8::MAX));
    out.put_zeros(6);
    for filter in filters {
        let mut name = filter.name.clone().into_bytes();
        if !name.is_empty() {
            name.push(0);
            name.pad_to_8(0);
        }
        out.put_u16(filter.id);
        out.put_u16(u16::try_from(name.len()).unwrap_or(u16::MAX));
        out.put_u16(u16::from(filter.optional));
        out.put_u16(u16::try_from(filter.client_data.len()).unwrap_or(u16::MAX));
        out.extend_from_slice(&name);
        for &value in &filter.client_data {
            out.put_u32(value);
        }
        if filter.client_data.len() % 2 == 1 {
            out.put_u32(0);
        }
    }
}

/// How many elements there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// None, and there never will be any.
    Null,
    /// One.
    Scalar,
    /// A lattice of them, by the lengths of its axes.
    Simple(Vec<u64>),
}

impl Extent {
    pub(crate) fn of(shape: &[u64]) -> Self {
        if shape.is_empty() { Self::Scalar } else { Self::Simple(shape.to_vec()) }
    }

    /// The lengths of the axes.
    pub(crate) fn shape(&self) -> &[u64] {
        match self {
            Self::Null | Self::Scalar => &[],
            Self::Simple(shape) => shape,
        }
    }

    /// Appends the body of a dataspace message. `most` is how long the first axis may get, if that is not as long as
    /// it is.
    pub(crate) fn encode(&self, most: Option<u64>, out: &mut Vec<u8>) {
        match self {
            // Only version 2 knows null.
            Self::Null => out.extend_from_slice(&[2, 0, 0, 2]),
            Self::Scalar => {
                out.put_u8(1);
                out.put_zeros(7);
            }
            Self::Simple(shape) => {
                const WITH_LARGEST_LENGTHS: u8 = 1;
                out.put_u8(1);
                out.put_u8(u8::try_from(shape.len()).unwrap_or(u8::MAX));
                out.put_u8(WITH_LARGEST_LENGTHS);
                out.put_zeros(5);
                let put_all = |lengths: &[u64], out: &mut Vec<u8>| {
                    for &length in lengths {
                        out.put_u64(length);
                    }
                };
                put_all(shape, out);
                out.put_u64(most.unwrap_or(shape[0]));
                put_all(&shape[1..], out);
            }
        }
    }
}
