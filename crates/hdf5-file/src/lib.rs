//! HDF5 files, written without libhdf5: groups, attributes and datasets, and nothing of what they mean.
//!
//! A [`FileWriter`] takes the values of datasets as they come, at addresses that it hands out, from as many threads
//! as the caller likes; what describes them is kept in memory and written by [`finish`](FileWriter::finish). Or it
//! [adds](FileWriter::append) objects to a file that is there already, and leaves all others where they are.
//!
//! Files are of the layout that libhdf5 itself writes unless told otherwise, and goes on writing when it adds to them:
//! superblock 0, symbol tables, B-trees of version 1.
//!
//! | of | written | not written |
//! |---|---|---|
//! | types | integers, floats, bit fields, texts of fixed length, blobs, compounds, arrays | texts of any length, enumerations, references |
//! | storage | contiguous, chunked along the first axis, with filters that the caller applies | compact, external, virtual |
//! | attributes | up to 64 KiB each | larger ones: the layout has no place for them |
//! | links | hard | soft, external |
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
//! Source of the layout: "HDF5 File Format Specification Version 3.0", The HDF Group.

mod append;
mod attribute;
mod bytes;
mod chunk_index;
mod dataset;
mod datatype;
mod error;
mod existing;
mod group;
mod header;
mod heap;
mod links;
mod objects;
mod primitive;
mod superblock;
mod targets;
mod writer;

pub use attribute::Attribute;
pub use chunk_index::Chunk;
pub use dataset::{Dataset, Filter, Storage};
pub use datatype::{Charset, Datatype, Field};
pub use error::{WriteError, WriteErrorKind};
pub use existing::ExistingKind;
pub use group::{Group, Object};
pub use heap::BlobReference;
pub use primitive::{Primitive, bytes_of};
pub use writer::FileWriter;
