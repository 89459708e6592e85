//! A packed table, read on demand.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use arrow_array::ArrayRef;
use arrow_select::concat::concat;
use pose_frame::{PoseFrame, PoseSchema, PoseTable, Selection, TableError};
use pose_parquet::ParquetTable;
use vidpack::{Ffmpeg, Pack};

use crate::blocks::Blocks;
use crate::manifest::{FileEntry, Manifest, Store};
use crate::{Error, Measured, NumberType, Recipe, Result, video};

/// A packed table, read on demand.
///
/// Opening reads the manifest, the footer of the Parquet file, and the indexes of the blocks; no values. A selection decodes,
/// of the columns in blocks, its own and of those the blocks that its frames are in; of a video all columns in the segments
/// that its frames are in; of those kept beside what [`ParquetTable`] says.
pub struct PackedTable {
    folder: PathBuf,
    manifest: Manifest,
    schema: PoseSchema,
    rest: ParquetTable,
    stores: Vec<Opened>,
    /// Whose column each is: the array, and the place in it.
    homes: Vec<Option<(usize, usize)>>,
    /// Where each column that is kept beside stands there.
    rest_places: Vec<usize>,
    videos: Option<Pack>,
}

enum Opened {
    Blocks(Blocks),
    Videos { number: NumberType, columns: usize },
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
        let homes = manifest.homes().map_err(damaged)?;
        let rest = ParquetTable::open(path_of(folder, &manifest.rest)?)?;
        if rest.num_frames() != manifest.frames {
            let found = rest.num_frames();
            return Err(damaged(format!("{found} frames are kept beside, of {}", manifest.frames)));
        }
        let schema = manifest.schema(rest.schema().index().clone(), rest.schema().metadata().clone());
        let schema = schema.map_err(damaged)?;
        let beside: Vec<usize> = (0..homes.len()).filter(|column| homes[*column].is_none()).collect();
        if rest.schema().columns() != schema.project(&beside).columns() {
            return Err(damaged("what is kept beside are other columns".to_owned()));
        }
        let mut rest_places = vec![0; homes.len()];
        beside.iter().enumerate().for_each(|(place, column)| rest_places[*column] = place);
        let has_videos = manifest.arrays.iter().any(|array| matches!(array.store, Store::Videos {}));
        let videos = match (has_videos, ffmpeg) {
            (false, _) => None,
            (true, Some(ffmpeg)) => Some(Pack::open(folder.join(video::FOLDER), ffmpeg)?),
            (true, None) => Some(Pack::open(folder.join(video::FOLDER), &Ffmpeg::find()?)?),
        };
        let mut stores = Vec::new();
        for array in &manifest.arrays {
            let types =
                array.columns.iter().map(|column| NumberType::of(&schema.columns()[*column].data_type));
            let types: Option<Vec<NumberType>> = types.collect();
            let types = types.ok_or_else(|| damaged(format!("array {:?} holds no numbers", array.name)))?;
            stores.push(match &array.store {
                Store::Blocks { file, segment_frames } => {
                    let path = path_of(folder, file)?;
                    Opened::Blocks(Blocks::open(&path, *segment_frames, types, manifest.frames)?)
                }
                Store::Videos {} => {
                    let pack = videos.as_ref().ok_or_else(|| damaged("there are no videos".to_owned()))?;
                    let packed = pack.array(&array.name)?;
                    let (frames, step) = packed.shape().split_first().unwrap_or((&0, &[]));
                    let columns = step.iter().try_fold(1_usize, |product, axis| product.checked_mul(*axis));
                    let number = types
                        .first()
                        .copied()
                        .filter(|number| video::element(*number) == packed.element_type());
                    match number {
                        Some(number) if (*frames, columns) == (manifest.frames, Some(types.len())) => {
                            Opened::Videos { number, columns: types.len() }
                        }
                        _ => {
                            return Err(damaged(format!(
                                "the video of array {:?} is another one",
                                array.name
                            )));
                        }
                    }
                }
            });
        }
        Ok(Self { folder: folder.to_owned(), manifest, schema, rest, stores, homes, rest_places, videos })
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

    fn array(&self, number: usize, places: &[usize], rows: std::ops::Range<usize>) -> Result<Vec<ArrayRef>> {
        match &self.stores[number] {
            Opened::Blocks(blocks) => {
                let pieces = blocks.read(places, rows)?;
                let join = |pieces: Vec<ArrayRef>| match pieces.as_slice() {
                    [] => Ok(None),
                    [piece] => Ok(Some(piece.clone())),
                    pieces => {
                        let pieces: Vec<&dyn arrow_array::Array> = pieces.iter().map(AsRef::as_ref).collect();
                        concat(&pieces).map(Some).map_err(|error| Error::from(TableError::read(error)))
                    }
                };
                let types = &self.manifest.arrays[number].columns;
                let joined = pieces.into_iter().zip(places).map(|(pieces, place)| {
                    let data_type = &self.schema.columns()[types[*place]].data_type;
                    Ok(join(pieces)?.unwrap_or_else(|| arrow_array::new_empty_array(data_type)))
                });
                joined.collect()
            }
            Opened::Videos { number: numbers, columns } => {
                let name = &self.manifest.arrays[number].name;
                let pack = self
                    .videos
                    .as_ref()
                    .ok_or_else(|| Error::damaged(&self.folder, "there are no videos"))?;
                let array = pack.array(name)?.read(rows)?;
                video::to_columns(&array.view(), *numbers, *columns, places)
            }
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
        let beside = resolved.columns.iter().filter(|column| self.homes[**column].is_none());
        let beside = Selection::all().columns(beside.map(|column| self.rest_places[*column]));
        let rest = self.rest.read(&beside.frames(resolved.frames.clone()))?;
        let mut wanted: BTreeMap<usize, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
        let mut columns: Vec<Option<ArrayRef>> = vec![None; resolved.columns.len()];
        let mut rest_columns = rest.columns().iter().cloned();
        for (out, column) in resolved.columns.iter().enumerate() {
            match self.homes[*column] {
                None => columns[out] = rest_columns.next(),
                Some((array, place)) => {
                    let (outs, places) = wanted.entry(array).or_default();
                    outs.push(out);
                    places.push(place);
                }
            }
        }
        for (array, (outs, places)) in wanted {
            let read = self.array(array, &places, resolved.frames.clone())?;
            outs.into_iter().zip(read).for_each(|(out, array)| columns[out] = Some(array));
        }
        let columns: Vec<ArrayRef> = columns.into_iter().flatten().collect();
        PoseFrame::new(self.schema.project(&resolved.columns).into(), rest.index().clone(), columns)
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
