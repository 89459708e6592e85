//! A table in an NWB file.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::ArrayRef;
use pose_frame::{
    IndexField, IndexLevel, IndexSchema, PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, SourceFile,
    TableError,
};
use rayon::prelude::*;

use crate::read::source::{self, Source, Stored};
use crate::read::{Found, Index};
use crate::{NwbError, NwbErrorKind, NwbFile};

/// A table of poses in an NWB file that any program wrote.
///
/// Opening reads what describes the values, and the times of the frames; training frames are read whole. [`read`] reads the
/// selected frames of the datasets that hold selected columns.
///
/// [`read`]: PoseTable::read
///
/// # Shape
///
/// A row per frame. Columns have the levels `scorer`, `individuals`, `bodyparts`, `coords`, without the first two where the
/// file names no scorer, or one individual only; of a table that was written here everything is as it was.
///
/// # Units
///
/// What is stored: a conversion factor is not applied, and is [noted](Self::notes).
///
/// # Missing values
///
/// Floats come with the bits they are stored with.
///
/// # Examples
///
/// ```
/// use pose_frame::{PoseTable, Selection};
/// use pose_nwb::{NwbTable, Timing, WriteOptions, write_table};
/// # let table = pose_frame::testing::predictions(100);
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("mouse.nwb");
///
/// let mut options = WriteOptions::default().with_timing(Timing::rate(30.0));
/// options.session.session_start_time = Some("2023-10-30T14:05:00+01:00".parse()?);
/// # let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path)?;
/// write_table(&table, file, &options)?;
///
/// let table = NwbTable::open(&path, None)?;
/// let snout = table.read(&Selection::all().bodypart("snout").frames(10..20))?;
/// assert_eq!((snout.num_frames(), snout.columns().len()), (10, 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct NwbTable {
    path: PathBuf,
    key: String,
    schema: Arc<PoseSchema>,
    num_frames: usize,
    sources: Vec<Source>,
    index: Index,
    notes: Vec<String>,
}

impl NwbTable {
    /// Opens a table of a file: that of a key, or the only one.
    ///
    /// # Errors
    ///
    /// As [`NwbFile::open`] and [`NwbFile::table`].
    pub fn open(path: impl AsRef<Path>, key: Option<&str>) -> Result<Self, NwbError> {
        NwbFile::open(path)?.table(key)
    }

    /// What it is opened by.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// What a user may want to know of the file: links that lead nowhere, and what was not taken into the table.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    pub(crate) fn new(path: &Path, key: String, found: Found) -> Result<Self, NwbError> {
        let Found { levels, columns, sources, index, rows, mut metadata, notes } = found;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        metadata.source = Some(SourceFile { name, key: Some(key.clone()), blake3: None });
        let table = |error| NwbErrorKind::Table { path: path.to_owned(), key: key.clone(), error };
        let schema = PoseSchema::new(levels, columns, index.schema()).map_err(table)?.with_metadata(metadata);
        let num_frames = usize::try_from(rows)
            .map_err(|_| NwbErrorKind::OutOfMemory { path: path.to_owned(), object: key.clone() })?;
        Ok(Self { path: path.to_owned(), key, schema: Arc::new(schema), num_frames, sources, index, notes })
    }

    fn read_columns(&self, columns: &[usize], rows: &Range<usize>) -> Result<Vec<ArrayRef>, NwbError> {
        /// Below this many bytes threads cost more than they bring.
        const PARALLEL_BYTES: usize = 2 << 20;
        // Each dataset is read once, for all columns that it holds.
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut found: Vec<Option<ArrayRef>> = vec![None; columns.len()];
        let mut by_dataset = std::collections::HashMap::new();
        for (place, &column) in columns.iter().enumerate() {
            match &self.sources[column] {
                known @ (Source::Loaded(_) | Source::Steps { .. } | Source::Seconds { .. }) => {
                    found[place] = known.known(rows);
                }
                Source::Stored(stored) => {
                    let group = *by_dataset.entry(Arc::as_ptr(&stored.dataset)).or_insert(groups.len());
                    if group == groups.len() {
                        groups.push(Vec::new());
                    }
                    groups[group].push(place);
                }
            }
        }
        let read = |places: &Vec<usize>| {
            let stored: Vec<&Stored> = places
                .iter()
                .filter_map(|&place| match &self.sources[columns[place]] {
                    Source::Stored(stored) => Some(stored),
                    _ => None,
                })
                .collect();
            source::read(&stored, rows.start as u64..rows.end as u64)
        };
        let bytes = rows.len().saturating_mul(self.schema.row_bytes());
        let arrays: Vec<Vec<ArrayRef>> = if bytes > PARALLEL_BYTES {
            groups.par_iter().map(read).collect::<Result<_, _>>()?
        } else {
            groups.iter().map(read).collect::<Result<_, _>>()?
        };
        for (places, arrays) in groups.iter().zip(arrays) {
            for (&place, array) in places.iter().zip(arrays) {
                found[place] = Some(array);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    fn read_index(&self, rows: &Range<usize>) -> Result<RowIndex, NwbError> {
        let (levels, is_multi) = match &self.index {
            Index::Range(range) => return Ok(RowIndex::Range(range.clone()).slice(rows.clone())),
            Index::Levels { levels, is_multi } => (levels, *is_multi),
        };
        let mut read = Vec::with_capacity(levels.len());
        for level in levels {
            let values = match &level.source {
                Source::Stored(stored) => {
                    let arrays = source::read(&[stored], rows.start as u64..rows.end as u64)?;
                    arrays.into_iter().next()
                }
                known => known.known(rows),
            };
            let values = values.ok_or_else(|| NwbErrorKind::OutOfMemory {
                path: self.path.clone(),
                object: "the labels of the rows".to_owned(),
            })?;
            read.push(IndexLevel::new(level.name.clone(), values));
        }
        Ok(match (is_multi, read.len()) {
            (false, 1) => RowIndex::Labels(read.remove(0)),
            _ => RowIndex::Multi(read),
        })
    }
}

impl PoseTable for NwbTable {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.num_frames
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.schema, self.num_frames)?;
        let index = self.read_index(&resolved.frames)?;
        let columns = self.read_columns(&resolved.columns, &resolved.frames)?;
        let schema = if resolved.columns.len() == self.sources.len() {
            Arc::clone(&self.schema)
        } else {
            Arc::new(self.schema.project(&resolved.columns))
        };
        PoseFrame::new(schema, index, columns)
    }
}

impl Index {
    fn schema(&self) -> IndexSchema {
        match self {
            Self::Range(range) => IndexSchema::Range { name: range.name.clone() },
            Self::Levels { levels, is_multi } => {
                let mut fields: Vec<IndexField> = levels
                    .iter()
                    .map(|level| IndexField { name: level.name.clone(), data_type: level.data_type.clone() })
                    .collect();
                match (is_multi, fields.len()) {
                    (false, 1) => IndexSchema::Labels(fields.remove(0)),
                    _ => IndexSchema::Multi(fields),
                }
            }
        }
    }
}
