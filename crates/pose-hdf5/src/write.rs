//! Writing tables.

mod error;
mod fixed;
mod labels;
mod objects;
mod pytables;
mod rows;
mod stream;
mod table;
mod text;

use std::fs::File;

use arrow_schema::DataType;
use hdf5_file::{Attribute, FileWriter, Group};
use pose_frame::{Metadata, PoseTable};

pub use error::{Hdf5WriteError, Hdf5WriteErrorKind};
use pytables::NodeAttributes;

use crate::compression::Compression;
use crate::entry::Entry;
use crate::{Storage, USUAL_KEY};

/// What pandas has written as its version since 0.15.2, and what older readers ask for.
const PANDAS_VERSION: &str = "0.15.2";

/// How a table is written.
///
/// # Examples
///
/// ```
/// use pose_hdf5::{Storage, WriteOptions};
///
/// let options = WriteOptions::default().with_key("tracks").with_storage(Some(Storage::Fixed));
/// assert_eq!(options.key, "tracks");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WriteOptions {
    /// The key under which pandas finds it: [`USUAL_KEY`] by default. Parts of a longer one are parted by slashes.
    pub key: String,
    /// How it is stored. Without a wish it is a table where pandas can read one, which is what DeepLabCut's readers
    /// expect, otherwise fixed.
    pub storage: Option<Storage>,
    /// How values are packed: not at all by default, as DeepLabCut has it.
    pub compression: Compression,
    /// What to record beside the values, in place of what the table's schema knows.
    pub metadata: Option<Metadata>,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self { key: USUAL_KEY.to_owned(), storage: None, compression: Compression::None, metadata: None }
    }
}

impl WriteOptions {
    /// The same with this key.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = key.into();
        self
    }

    /// The same with this storage, or the one that suits.
    #[must_use]
    pub fn with_storage(mut self, storage: Option<Storage>) -> Self {
        self.storage = storage;
        self
    }

    /// The same, packed like this.
    #[must_use]
    pub fn with_compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Records this beside the values, in place of what the table's schema knows.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// What we note beside what pandas does.
    fn entry(&self, table: &dyn PoseTable) -> Result<Attribute, Hdf5WriteError> {
        let metadata = self.metadata.as_ref().unwrap_or(table.schema().metadata());
        let note = Attribute::text(Entry::ATTRIBUTE, &Entry::of(table, metadata).to_json());
        if note.num_bytes() > Attribute::LIMIT {
            let (bytes, limit) = (note.num_bytes() as u64, Attribute::LIMIT as u64);
            return Err(Hdf5WriteErrorKind::Metadata { bytes, limit }.into());
        }
        Ok(note)
    }
}

/// Writes a table to a file, of which nothing else is left, and gives the file back.
///
/// `pandas.read_hdf` gives the same frame: values, types, names, levels and labels of rows. What it cannot give
/// back the same is refused. Rows that are counted come back as rows labelled by the same integers.
///
/// Memory is bounded by a batch of rows, but for texts in fixed format, which pandas keeps as one object, for the longest
/// text of a table, and for the different labels of rows with several of them.
///
/// # Errors
///
/// When the table cannot be read, the file cannot be written, or the storage cannot hold the table.
///
/// # Examples
///
/// ```
/// use pose_frame::PoseTable;
/// use pose_hdf5::{Hdf5Table, OpenOptions, WriteOptions, write_table};
///
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("out.h5");
/// let table = pose_frame::testing::predictions(100);
/// let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path)?;
/// write_table(&table, file, &WriteOptions::default())?;
/// assert_eq!(Hdf5Table::open(&path, &OpenOptions::default())?.num_frames(), 100);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_table(
    table: &dyn PoseTable,
    file: File,
    options: &WriteOptions,
) -> Result<File, Hdf5WriteError> {
    write(table, FileWriter::create(file)?, options)
}

/// Adds a table to an HDF5 file that is there already, and leaves everything else in it as it is.
///
/// Work on a copy of the file: if this fails midway, the file is of no use.
///
/// # Errors
///
/// As [`write_table`], and when the file has such a key already or is of a layout that cannot be added to.
pub fn append_table(
    table: &dyn PoseTable,
    file: File,
    options: &WriteOptions,
) -> Result<File, Hdf5WriteError> {
    write(table, FileWriter::append(file)?, options)
}

fn write(
    table: &dyn PoseTable,
    mut writer: FileWriter,
    options: &WriteOptions,
) -> Result<File, Hdf5WriteError> {
    let names = names_of(&options.key)?;
    let mut group = match options.storage.unwrap_or(Storage::Table) {
        Storage::Fixed => fixed::write(table, &mut writer, options)?,
        Storage::Table => match table::write(table, &mut writer, options) {
            Err(error) if options.storage.is_none() && error.is_of_storage() => {
                fixed::write(table, &mut writer, options)?
            }
            written => written?,
        },
    };
    let (last, folders) = names.split_last().expect("a key has a name");
    let mut name = *last;
    for folder in folders.iter().rev() {
        let mut parent = Group::new(NodeAttributes::group().finish()).as_folder();
        parent.insert(name, group)?;
        (group, name) = (parent, folder);
    }
    writer.root().attributes = NodeAttributes::root().finish();
    writer.root().insert(name, group)?;
    Ok(writer.finish()?)
}

/// The names that a key is made of.
fn names_of(key: &str) -> Result<Vec<&str>, Hdf5WriteError> {
    let refuse = |reason| Err(Hdf5WriteErrorKind::Key { key: key.to_owned(), reason }.into());
    let names: Vec<&str> = key.trim_matches('/').split('/').collect();
    for name in &names {
        match *name {
            "" => return refuse("a part of it is empty"),
            "." | ".." => return refuse("it is a place, not a name"),
            name if name.contains('\0') => return refuse("there is a zero character in it"),
            name if name.starts_with("_i_") || name.starts_with("_p_") => {
                return refuse("PyTables keeps such names for itself");
            }
            // pandas writes there what belongs to a table.
            "meta" => return refuse("pandas keeps this name for itself"),
            _ => {}
        }
    }
    Ok(names)
}

/// The columns as pandas puts them together: those of a type of numbers, in the order in which the types first come,
/// and each column of texts by itself.
fn blocks(table: &dyn PoseTable) -> Vec<(DataType, Vec<usize>)> {
    let mut blocks: Vec<(DataType, Vec<usize>)> = Vec::new();
    for (position, column) in table.schema().columns().iter().enumerate() {
        let of_type = |(data_type, _): &&mut (DataType, Vec<usize>)| {
            *data_type == column.data_type && *data_type != DataType::Utf8
        };
        match blocks.iter_mut().find(of_type) {
            Some((_, columns)) => columns.push(position),
            None => blocks.push((column.data_type.clone(), vec![position])),
        }
    }
    blocks
}

/// How many rows are read at once: as many as have about 32 MiB.
fn frames_at_once(table: &dyn PoseTable) -> usize {
    const BYTES: usize = 32 << 20;
    const TEXT_BYTES: usize = 64;
    let schema = table.schema();
    let labels = schema.index().fields();
    let types = schema.columns().iter().map(|column| &column.data_type);
    let types = types.chain(labels.iter().map(|field| &field.data_type));
    let row_bytes: usize = types.map(|data_type| data_type.primitive_width().unwrap_or(TEXT_BYTES)).sum();
    (BYTES / row_bytes.max(1)).max(1)
}
