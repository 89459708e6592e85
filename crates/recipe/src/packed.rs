//! A packed table, read on demand.

mod salvage;
mod store;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use arrow_array::ArrayRef;
use pose_frame::{PoseFrame, PoseSchema, PoseTable, RowIndex, Selection, TableError};
use pose_parquet::ParquetTable;
use vidpack::{Ffmpeg, Pack};

pub use self::salvage::{Lost, LostPart, Salvaged};
use self::store::Opened;
use crate::manifest::{FileEntry, Manifest, Store};
use crate::{Error, Measured, Recipe, Result, video};

/// A packed table, read on demand.
///
/// Opening reads the manifest, the footer of the Parquet file, and the indexes of the blocks; no values. A selection decodes,
/// of the columns in blocks, its own and of those the blocks that its frames are in; of a video all columns in the segments
/// that its frames are in; of those kept beside what [`ParquetTable`] says. Blocks and segments have as many frames as a batch of
/// the whole table by [`default_batch_frames`](pose_frame::default_batch_frames), so reading it in such batches decodes
/// everything once.
pub struct PackedTable {
    folder: PathBuf,
    manifest: Manifest,
    schema: PoseSchema,
    /// What is kept beside. None of a salvaged table that lost it: its rows are counted.
    rest: Option<ParquetTable>,
    /// None of an array that is lost.
    stores: Vec<Option<Opened>>,
    /// Where the values of each column are.
    homes: Vec<Home>,
    videos: Option<Pack>,
}

/// Where the values of a column are.
#[derive(Clone, Copy)]
enum Home {
    /// In an array, at a place.
    Array(usize, usize),
    /// Beside, at a place.
    Beside(usize),
}

impl fmt::Debug for PackedTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackedTable")
            .field("folder", &self.folder)
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}

impl PackedTable {
    /// Opens a packed table. One that holds videos is read by the ffmpeg on the search path.
    ///
    /// # Errors
    ///
    /// When the folder holds no packed table, one of a later version, or a file in it is missing or not what the manifest
    /// says; and when there is no ffmpeg and a video needs it.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref();
        Self::of_manifest(folder, Manifest::read(folder)?, None)
    }

    /// Opens a packed table whose videos are read by this ffmpeg.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn open_with(folder: impl AsRef<Path>, ffmpeg: &Ffmpeg) -> Result<Self> {
        let folder = folder.as_ref();
        Self::of_manifest(folder, Manifest::read(folder)?, Some(ffmpeg))
    }

    pub(crate) fn of_manifest(folder: &Path, manifest: Manifest, ffmpeg: Option<&Ffmpeg>) -> Result<Self> {
        let damaged = |what: String| Error::damaged(folder, what);
        let homes = homes(&manifest).map_err(damaged)?;
        let rest = open_rest(folder, &manifest, &homes)?;
        let schema = manifest.schema(rest.schema().index().clone(), rest.schema().metadata().clone());
        let schema = schema.map_err(damaged)?;
        let videos = if manifest.has_videos() { Some(open_videos(folder, ffmpeg)?) } else { None };
        let open = |number| Opened::of(folder, &manifest, number, videos.as_ref()).map(Some);
        let stores = (0..manifest.arrays.len()).map(open).collect::<Result<_>>()?;
        Ok(Self { folder: folder.to_owned(), manifest, schema, rest: Some(rest), stores, homes, videos })
    }

    /// The recipe that the table was packed by.
    #[must_use]
    pub fn recipe(&self) -> &Recipe {
        &self.manifest.recipe
    }

    /// The arrays, and how far each is from what was packed.
    pub fn arrays(&self) -> impl Iterator<Item = (&str, Measured)> {
        self.manifest.arrays.iter().map(|array| (array.name.as_str(), array.measured))
    }

    /// The size of the folder in bytes.
    ///
    /// # Errors
    ///
    /// When it cannot be looked through.
    pub fn num_bytes(&self) -> Result<u64> {
        bytes_below(&self.folder).map_err(Error::io("cannot be read", &self.folder))
    }

    /// Holds every file against its checksum, and decodes everything.
    ///
    /// # Errors
    ///
    /// When a file is not the one that was written, or cannot be decoded.
    pub fn verify(&self) -> Result<()> {
        self.manifest.rest.verify(&self.folder)?;
        for array in &self.manifest.arrays {
            if let Store::Blocks { file, .. } = &array.store {
                file.verify(&self.folder)?;
            }
        }
        if let Some(videos) = &self.videos {
            videos.verify()?;
        }
        let frames = pose_frame::default_batch_frames(&self.schema);
        self.batches(&Selection::all(), frames)?.try_for_each(|batch| batch.map(drop))?;
        Ok(())
    }

    /// Rows of some columns of an array, by their places in it.
    fn array(&self, number: usize, places: &[usize], rows: std::ops::Range<usize>) -> Result<Vec<ArrayRef>> {
        let gone = || Error::damaged(&self.folder, format!("array {number} is lost"));
        let store = self.stores.get(number).and_then(Option::as_ref).ok_or_else(gone)?;
        store.read(&self.manifest.arrays[number].name, self.videos.as_ref(), places, rows)
    }

    /// The labels of some rows, and columns that are kept beside, by their places there.
    fn beside(
        &self,
        places: &[usize],
        rows: std::ops::Range<usize>,
    ) -> Result<(RowIndex, Vec<ArrayRef>), TableError> {
        match &self.rest {
            Some(rest) => {
                let rest = rest.read(&Selection::all().columns(places.iter().copied()).frames(rows))?;
                Ok((rest.index().clone(), rest.columns().to_vec()))
            }
            None => Ok((RowIndex::range(self.manifest.frames).slice(rows), Vec::new())),
        }
    }
}

impl PoseTable for PackedTable {
    fn schema(&self) -> &PoseSchema {
        &self.schema
    }

    fn num_frames(&self) -> usize {
        self.manifest.frames
    }

    fn read(&self, selection: &Selection) -> Result<PoseFrame, TableError> {
        let resolved = selection.resolve(&self.schema, self.manifest.frames)?;
        let mut wanted: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        let mut beside = Vec::new();
        for (out, column) in resolved.columns.iter().enumerate() {
            match self.homes[*column] {
                Home::Beside(place) => beside.push((out, place)),
                Home::Array(array, place) => {
                    let (outs, places) = wanted.entry(array).or_default();
                    outs.push(out);
                    places.push(place);
                }
            }
        }
        let places: Vec<usize> = beside.iter().map(|(_, place)| *place).collect();
        let (index, rest) = self.beside(&places, resolved.frames.clone())?;
        let mut columns: Vec<Option<ArrayRef>> = vec![None; resolved.columns.len()];
        beside.iter().zip(rest).for_each(|((out, _), array)| columns[*out] = Some(array));
        for (array, (outs, places)) in wanted {
            let read = self.array(array, &places, resolved.frames.clone())?;
            outs.into_iter().zip(read).for_each(|(out, array)| columns[out] = Some(array));
        }
        let columns: Vec<ArrayRef> = columns.into_iter().flatten().collect();
        PoseFrame::new(self.schema.project(&resolved.columns).into(), index, columns)
    }
}

/// Where the values of each column are.
fn homes(manifest: &Manifest) -> Result<Vec<Home>, String> {
    let mut beside = 0..;
    let home = |home: Option<(usize, usize)>| match home {
        Some((array, place)) => Home::Array(array, place),
        None => Home::Beside(beside.next().unwrap_or_default()),
    };
    Ok(manifest.homes()?.into_iter().map(home).collect())
}

/// Opens what is kept beside, and sees that it is that of the manifest.
fn open_rest(folder: &Path, manifest: &Manifest, homes: &[Home]) -> Result<ParquetTable> {
    let damaged = |what: String| Error::damaged(folder, what);
    let rest = ParquetTable::open(path_of(folder, &manifest.rest)?)?;
    if rest.num_frames() != manifest.frames {
        let found = rest.num_frames();
        return Err(damaged(format!("{found} frames are kept beside, of {}", manifest.frames)));
    }
    let schema = manifest.schema(rest.schema().index().clone(), rest.schema().metadata().clone());
    let is_beside = |column: &usize| matches!(homes[*column], Home::Beside(_));
    let beside: Vec<usize> = (0..homes.len()).filter(is_beside).collect();
    if rest.schema().columns() != schema.map_err(damaged)?.project(&beside).columns() {
        return Err(damaged("what is kept beside are other columns".to_owned()));
    }
    Ok(rest)
}

fn open_videos(folder: &Path, ffmpeg: Option<&Ffmpeg>) -> Result<Pack> {
    let folder = folder.join(video::FOLDER);
    match ffmpeg {
        Some(ffmpeg) => Ok(Pack::open(folder, ffmpeg)?),
        None => Ok(Pack::open(folder, &Ffmpeg::find()?)?),
    }
}

/// Where a file of the folder is. It has no business anywhere else.
fn path_of(folder: &Path, entry: &FileEntry) -> Result<PathBuf> {
    let file = Path::new(&entry.file);
    if file.file_name() != Some(file.as_os_str()) {
        return Err(Error::damaged(folder, format!("{:?} is no name of a file in it", entry.file)));
    }
    Ok(folder.join(file))
}

pub(crate) fn bytes_below(folder: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes +=
            if entry.file_type()?.is_dir() { bytes_below(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}
