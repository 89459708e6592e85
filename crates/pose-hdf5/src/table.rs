//! A table in an HDF5 file.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::ArrayRef;
use pose_frame::{PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, SourceFile, TableError};
use pose_project::{Note, SideFiles};

use crate::archive::{self, Storage, TableEntry};
use crate::entry::Entry;
use crate::fixed_format::FixedFormat;
use crate::opened::Opened;
use crate::table_format::TableFormat;
use crate::{Hdf5Error, Hdf5ErrorKind};
use hdf5_file::read::File;

/// What to open.
///
/// # Examples
///
/// ```
/// use pose_hdf5::OpenOptions;
///
/// let options = OpenOptions::default().with_key(Some("tracks".to_owned()));
/// assert_eq!(options.key.as_deref(), Some("tracks"));
/// assert!(options.side_files);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpenOptions {
    /// The key of the table. Without one it is [`USUAL_KEY`](crate::USUAL_KEY) if the file has a table there,
    /// otherwise the only table of the file. A series is opened only by its key, as a table of one column.
    pub key: Option<String>,
    /// Whether to look for DeepLabCut's files beside the table, and to take what they say into the metadata of the schema:
    /// frame rate, size and number of the video's frames, crop, project, skeleton. They never keep a table from being
    /// opened; [`Hdf5Table::notes`] says what could not be used. On by default.
    pub side_files: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { key: None, side_files: true }
    }
}

impl OpenOptions {
    /// The same with this key, or without one.
    #[must_use]
    pub fn with_key(mut self, key: Option<String>) -> Self {
        self.key = key;
        self
    }

    /// The same without a look at other files.
    #[must_use]
    pub fn without_side_files(mut self) -> Self {
        self.side_files = false;
        self
    }
}

/// A table in an HDF5 file that pandas or DeepLabCut wrote.
///
/// Opening reads names and types, no values. [`read`](PoseTable::read) reads only the chunks
/// of the file in which the selected frames lie; a row of them is read whole, because that is how it is stored, but
/// only the selected columns are kept. Columns of texts in fixed format are one pickled object, which is read whole
/// when one of them is first selected.
///
/// # Shape
///
/// A row per frame, in the order of the file. Columns come in the order that pandas shows them.
///
/// # Missing values
///
/// Floats come with the bits they are stored with. A text that pandas reads as missing is null, and so is a
/// missing moment; of integers and booleans none is missing, except in levels of the row index.
///
/// # Examples
///
/// ```
/// use pose_frame::{PoseTable, Selection};
/// use pose_hdf5::{Hdf5Table, OpenOptions};
///
/// # let path = concat!(
/// #     env!("CARGO_MANIFEST_DIR"),
/// #     "/../../fixtures/pandas-3/openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5"
/// # );
/// let table = Hdf5Table::open(path, &OpenOptions::default())?;
/// let first = table.read(&Selection::all().coord("x").coord("y").frames(0..10))?;
/// assert_eq!(first.num_frames(), 10);
/// assert!(first.columns().len() < table.schema().columns().len());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Hdf5Table {
    container: File,
    key: String,
    storage: Storage,
    schema: Arc<PoseSchema>,
    num_frames: usize,
    format: Format,
    notes: Vec<Note>,
}

enum Format {
    Table(Box<TableFormat>),
    Fixed(Box<FixedFormat>),
}

impl Hdf5Table {
    /// Opens a table of a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is not HDF5 or damaged; when it has no such table, or several and none is
    /// named; when the table is not what pandas writes, or holds what a pose table cannot.
    pub fn open(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Self, Hdf5Error> {
        Self::of(&File::open(path.as_ref())?, options)
    }

    /// Opens a table of a file that is open.
    pub(crate) fn of(container: &File, options: &OpenOptions) -> Result<Self, Hdf5Error> {
        let archive::Found { group, meta, entry } = archive::find(container, options.key.as_deref())?;
        let container = container.clone();
        let opened = match entry.storage {
            Storage::Table => TableFormat::open(&group, &meta)?.map(|format| Format::Table(Box::new(format))),
            Storage::Fixed => FixedFormat::open(&group, &meta)?.map(|format| Format::Fixed(Box::new(format))),
        };
        let note = meta.text(Entry::ATTRIBUTE).and_then(Entry::from_json).unwrap_or_default();
        let table = Self::new(container, entry, opened, note)?;
        Ok(if options.side_files { table.with_side_files() } else { table })
    }

    /// Takes what stands beside the file into the metadata.
    fn with_side_files(mut self) -> Self {
        let mut metadata = self.schema.metadata().clone();
        let found = SideFiles::of(self.container.path());
        self.notes = found.merge_into(&mut metadata, &self.schema, self.num_frames);
        self.schema = Arc::new(Arc::unwrap_or_clone(self.schema).with_metadata(metadata));
        self
    }

    /// The key of the table in its file, without the leading slash.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How the table is stored.
    #[must_use]
    pub fn storage(&self) -> Storage {
        self.storage
    }

    /// What a user may want to know of the files beside the table: which could not be read, and what in them does not fit.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    fn new(
        container: File,
        entry: TableEntry,
        opened: Opened<Format>,
        note: Entry,
    ) -> Result<Self, Hdf5Error> {
        let Opened { levels, columns, index, num_rows, format } = opened;
        let TableEntry { key, storage } = entry;
        let path = container.path();
        let schema = PoseSchema::new(levels, columns, index).map_err(|error| Hdf5ErrorKind::Table {
            path: path.to_owned(),
            key: key.clone(),
            error,
        })?;
        let mut metadata = note.metadata;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        metadata.source = Some(SourceFile { name, key: Some(key.clone()), blake3: None });
        let schema = Arc::new(schema.with_metadata(metadata));
        let num_frames = usize::try_from(num_rows)
            .map_err(|_| Hdf5ErrorKind::OutOfMemory { path: path.to_owned(), object: key.clone() })?;
        Ok(Self { container, key, storage, schema, num_frames, format, notes: Vec::new() })
    }
}

impl Format {
    fn read(&self, columns: &[usize], rows: Range<u64>) -> Result<(RowIndex, Vec<ArrayRef>), Hdf5Error> {
        match self {
            Self::Table(format) => format.read(columns, rows),
            Self::Fixed(format) => format.read(columns, rows),
        }
    }
}

impl PoseTable for Hdf5Table {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.num_frames
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.schema, self.num_frames)?;
        let columns = resolved.columns.as_slice();
        let schema = if columns.len() == self.schema.columns().len() {
            Arc::clone(&self.schema)
        } else {
            Arc::new(self.schema.project(columns))
        };
        let rows = resolved.frames.start as u64..resolved.frames.end as u64;
        let (index, arrays) = self.format.read(columns, rows)?;
        PoseFrame::new(schema, index, arrays).map_err(|error| {
            let (path, key) = (self.container.path().to_owned(), self.key.clone());
            Hdf5Error::from(Hdf5ErrorKind::Table { path, key, error }).into()
        })
    }
}

impl std::fmt::Debug for Hdf5Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hdf5Table")
            .field("path", &self.container.path())
            .field("key", &self.key)
            .field("storage", &self.storage)
            .field("schema", &self.schema)
            .field("num_frames", &self.num_frames)
            .finish_non_exhaustive()
    }
}
