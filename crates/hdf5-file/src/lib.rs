//! HDF5 files, written and read without libhdf5: groups, attributes and datasets, and nothing of what they mean.
//!
//! # Writing
//!
//! A [`FileWriter`] takes the values of datasets as they come, at addresses that it hands out, from as many threads
//! as the caller likes; what describes them is kept in memory and written by [`finish`](FileWriter::finish). Or it
//! [adds](FileWriter::append) objects to a file that is there already, and leaves all others where they are.
//!
//! Files are of the layout that libhdf5 itself writes unless told otherwise, and goes on writing when it adds to them:
//! superblock 0, symbol tables, B-trees of version 1. The same calls write the same bytes. Chunks are compressed by
//! [`compression`].
//!
//! | of | written | not written |
//! |---|---|---|
//! | types | integers, floats, bit fields, enumerations, texts of fixed and of any length, blobs, references to objects, compounds, arrays | references to regions, other types of any length |
//! | shapes | up to 32 axes, scalar, null | |
//! | storage | contiguous, chunked along the first axis, with filters that the caller applies | compact, external, virtual |
//! | attributes | up to 64 KiB each, to which texts of any length add 16 bytes | larger ones: the layout has no place for them |
//! | links | hard, also several to one object; soft | external: this layout has none |
//!
//! # Examples
//!
//! ```
//! use hdf5_file::{Attribute, Dataset, Datatype, FileWriter, Group, Storage};
//!
//! let mut writer = FileWriter::create(tempfile::tempfile()?)?;
//! let heights: Vec<u8> = [1.5f64, 2.5].iter().flat_map(|value| value.to_le_bytes()).collect();
//! let storage = writer.contiguous(&heights)?;
//!
//! let mut group = Group::default();
//! group.attributes.push(Attribute::text("unit", "m"));
//! group.insert("heights", Dataset::new(Datatype::F64, &[2], storage))?;
//! writer.root().insert("run", group)?;
//! writer.finish()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Texts of any length are put into the file before the dataset that holds them, and references are to paths:
//!
//! ```
//! use hdf5_file::{Attribute, Charset, Dataset, Datatype, FileWriter, Group, Object};
//!
//! let mut writer = FileWriter::create(tempfile::tempfile()?)?;
//! let elements = writer.texts(&["nose", "left ear"])?;
//! let storage = writer.contiguous(&elements)?;
//! let names = Dataset::new(Datatype::VariableText(Charset::Utf8), &[2], storage);
//!
//! let mut group = Group::new(vec![Attribute::variable_text("of", "a mouse")]);
//! group.insert("names", names)?;
//! group.insert("also names", Object::SoftLink("names".to_owned()))?;
//! writer.root().insert("body", group)?;
//! writer.root().attributes.push(Attribute::reference("the body", "/body"));
//! let file = writer.finish()?;
//! # use std::io::{Read as _, Seek as _};
//! # let (mut file, mut bytes) = (file, Vec::new());
//! # file.rewind()?;
//! # file.read_to_end(&mut bytes)?;
//! # let names = hdf5_reader::Hdf5File::from_vec(bytes)?.dataset("/body/also names")?.read_strings()?;
//! # assert_eq!(names, ["nose", "left ear"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Reading
//!
//! [`read`] opens files of any layout, and says what of them is read. It trusts nothing that they declare.
//!
//! # Features
//!
//! | feature | by default | gives | crates |
//! |---|---|---|---|
//! | `pytables-filters` | no | the filters that PyTables brings along beside HDF5's own (Blosc and Blosc2, bzip2, LZO, LZ4, zstd), undone, and Blosc to compress with | 6 more, zstd in C among them |
//!
//! Without it zlib, shuffle, Fletcher-32 and LZF are undone, and there is zlib to compress with.
//!
//! Source of the layout: "HDF5 File Format Specification Version 3.0", The HDF Group.

mod append;
mod attribute;
mod bytes;
mod chunk_index;
pub mod compression;
mod dataset;
mod datatype;
mod error;
mod existing;
mod group;
mod header;
mod heap;
mod links;
mod objects;
mod position;
mod primitive;
pub mod read;
mod superblock;
mod targets;
mod writer;

pub use attribute::Attribute;
pub use chunk_index::Chunk;
pub use dataset::{Dataset, Filter, Storage};
pub use datatype::{Charset, Datatype, Field};
pub use error::{ReadError, ReadErrorKind, WriteError, WriteErrorKind};
pub use existing::ExistingKind;
pub use group::{Group, Object};
pub use heap::BlobReference;
pub use primitive::{Primitive, bytes_of};
pub use writer::FileWriter;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
