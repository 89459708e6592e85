//! Pose tables in HDF5 files, as DeepLabCut, pandas and PyTables write them.
//!
//! [`Hdf5Table`] is a [`PoseTable`](pose_frame::PoseTable) over a table in such a file: read piece by piece, bit
//! for bit as it is stored, without Python and without libhdf5. [`list_tables`] says which tables there are, and [`Hdf5File`] opens several.
//!
//! | of | read | refused, by name |
//! |---|---|---|
//! | storage | `format="table"`, `format="fixed"`; a series, as a table of one column, when its key is given | generic PyTables tables |
//! | columns | any number of levels, named by text or not at all; texts and whole numbers | floats, moments, missing labels, two columns of one name; levels named by numbers |
//! | values | f32, f64, i8 to i64, u8 to u64, bool, text; categories of these; either byte order | f16, complex, moments, spans of time, mixed objects |
//! | rows | integers, floats, texts, booleans, moments, spans of time, categories of these; several of them | periods, dates, mixed objects |
//! | compression | zlib, bzip2, LZO, LZF, LZ4, zstd, Blosc and Blosc2 with all their codecs; shuffle; Fletcher-32 | szip, n-bit, scale-offset, bitshuffle without Blosc, zfp |
//! | texts | UTF-8, ASCII, Latin-1 | other encodings |
//!
//! Categories come as what they stand for: that they were categories, in which order, and which of them no row has, is
//! not kept. A series is never listed nor opened unasked, so that whoever goes by the list leaves it where it is.
//!
//! [`write_table`] writes a table in either storage so that pandas takes it for its own, and [`append_table`] adds one
//! to a file that is there. [`compression`] says how chunks may be compressed, [`mod@format`] what such a file holds.
//!
//! # Old files
//!
//! Checked with what pandas 0.18 to 1.1 and PyTables 3.4 to 3.6 wrote in Python 2.7, 3.6 and 3.7, and with the same files
//! after `ptrepack` and `h5repack` (also with `--latest`). pandas 3.1 opens no file of Python 2
//! (`TypeError: a bytes-like object is required`), pandas 1.5 most of them. Names that Python 2 pickled as bytes are
//! read as Latin-1, as PyTables does; other texts of such files as UTF-8, as pandas does.
//!
//! # Files beside a table
//!
//! DeepLabCut keeps the frame rate, the size of the video and the like in other files. They are looked for, and what they
//! say stands in the metadata of the schema, unless [`OpenOptions::without_side_files`] says not to: see [`pose_project`].
//!
//! # Files from elsewhere
//!
//! A file may be damaged, or made to do harm. What it declares is checked against what it holds before memory is
//! taken for it. Names are pickled in these files, and a pickle is a program: here it is data, nothing in it is
//! ever called, and names other than a few of NumPy's are refused.

#[doc = include_str!("../FORMAT.md")]
pub mod format {}

mod archive;
mod codes;
mod entry;
mod error;
mod fixed_format;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod index;
mod labels;
mod meta;
mod opened;
mod others;
#[cfg(test)]
mod reads;
mod table;
mod table_format;
mod text;
mod values;
mod write;

pub use archive::{Hdf5File, Storage, TableEntry, USUAL_KEY, list_tables};
pub use error::{Hdf5Error, Hdf5ErrorKind};
pub use hdf5_file::compression::{self, Compression};
pub use pickle_data::PickleError;
pub use pose_project::Note;
pub use table::{Hdf5Table, OpenOptions};
pub use write::{Hdf5WriteError, Hdf5WriteErrorKind, WriteOptions, append_table, write_table};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
