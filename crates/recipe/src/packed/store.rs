//! Where an array is, opened.

use std::ops::Range;
use std::path::Path;

use arrow_array::{Array, ArrayRef, new_empty_array};
use arrow_select::concat::concat;
use pose_frame::TableError;
use vidpack::Pack;

use super::path_of;
use crate::blocks::Blocks;
use crate::manifest::{Manifest, Store};
use crate::{Error, NumberType, Result, video};

pub(super) enum Opened {
    Blocks { blocks: Blocks, types: Vec<NumberType> },
    Videos { number: NumberType, columns: usize },
}

impl Opened {
    /// Opens an array of a packed table, by its number.
    pub(super) fn of(
        folder: &Path,
        manifest: &Manifest,
        number: usize,
        videos: Option<&Pack>,
    ) -> Result<Self> {
        let array = &manifest.arrays[number];
        let damaged = |what: String| Error::damaged(folder, what);
        let types: Option<Vec<NumberType>> =
            array.columns.iter().map(|column| manifest.columns.get(*column)?.number()).collect();
        let types = types.ok_or_else(|| damaged(format!("array {:?} holds no numbers", array.name)))?;
        match &array.store {
            Store::Blocks { file, segment_frames } => {
                let path = path_of(folder, file)?;
                let blocks = Blocks::open(&path, *segment_frames, types.clone(), manifest.frames)?;
                Ok(Self::Blocks { blocks, types })
            }
            Store::Videos {} => {
                let pack = videos.ok_or_else(|| damaged("there are no videos".to_owned()))?;
                let packed = pack.array(&array.name)?;
                let (frames, step) = packed.shape().split_first().unwrap_or((&0, &[]));
                let columns = step.iter().try_fold(1_usize, |product, axis| product.checked_mul(*axis));
                let is_same = |number: &NumberType| video::element(*number) == packed.element_type();
                match types.first().copied().filter(is_same) {
                    Some(number) if (*frames, columns) == (manifest.frames, Some(types.len())) => {
                        Ok(Self::Videos { number, columns: types.len() })
                    }
                    _ => Err(damaged(format!("the video of array {:?} is another one", array.name))),
                }
            }
        }
    }

    /// Rows of some columns, by their places.
    pub(super) fn read(
        &self,
        name: &str,
        videos: Option<&Pack>,
        places: &[usize],
        rows: Range<usize>,
    ) -> Result<Vec<ArrayRef>> {
        match self {
            Self::Blocks { blocks, types } => {
                let pieces = blocks.read(places, rows)?.into_iter().zip(places);
                pieces.map(|(pieces, place)| joined(&pieces, types[*place])).collect()
            }
            Self::Videos { number, columns } => {
                let pack = videos.ok_or_else(|| Error::damaged(video::FOLDER, "there are no videos"))?;
                let array = pack.array(name)?.read(rows)?;
                video::to_columns(&array.view(), *number, *columns, places)
            }
        }
    }
}

fn joined(pieces: &[ArrayRef], number: NumberType) -> Result<ArrayRef> {
    match pieces {
        [] => Ok(new_empty_array(&number.data_type())),
        [piece] => Ok(piece.clone()),
        pieces => {
            let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            concat(&pieces).map_err(|error| Error::from(TableError::read(error)))
        }
    }
}
