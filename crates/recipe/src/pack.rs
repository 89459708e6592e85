//! Packing a table.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use arrow_array::{Array as _, ArrayRef};
use pose_frame::{PoseFrame, PoseTable, Selection, default_batch_frames};
use pose_parquet::{Profile, TableWriter, WriteOptions};
use vidpack::{Ffmpeg, PackWriter};

use crate::blocks::BlocksWriter;
use crate::manifest::{ArrayEntry, FileEntry, Manifest, Store};
use crate::recipe::{Resolved, ResolvedArray};
use crate::staging::Staging;
use crate::{
    Codec, Error, Existing, MANIFEST_NAME, Measured, PackedTable, Recipe, Result, check, packed, video,
};

const REST_FILE: &str = "beside.parquet";

/// How a table is packed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PackOptions {
    /// What happens to a packed table of this name that is there already.
    pub existing: Existing,
    /// What makes videos: where none is given, the ffmpeg on the search path. Asked for only when a recipe has videos.
    pub ffmpeg: Option<Ffmpeg>,
}

impl PackOptions {
    /// What happens to a packed table of this name that is there already.
    #[must_use]
    pub fn with_existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }
}

/// What was packed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Packed {
    /// The size of the folder.
    pub bytes: u64,
    /// The arrays, in the order of the recipe.
    pub arrays: Vec<PackedArray>,
}

/// An array that was packed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PackedArray {
    /// What it is called.
    pub name: String,
    /// How far what comes back is from what was given.
    pub measured: Measured,
}

/// Packs a table into a folder, which appears when it is whole, was read back, compared with the table, and is on disk; or
/// not at all.
///
/// The table is read once for what is kept beside, once for each array, and once to be compared, in batches.
///
/// # Errors
///
/// When the recipe cannot be followed, the table cannot be read, there is no ffmpeg and the recipe has videos, the folder
/// cannot be written, or what was written does not come back as the recipe promises.
pub fn pack(
    table: &dyn PoseTable,
    recipe: &Recipe,
    target: impl AsRef<Path>,
    options: &PackOptions,
) -> Result<Packed> {
    let resolved = recipe.resolve(table.schema())?;
    let has_videos = resolved.arrays.iter().any(is_video);
    let ffmpeg = match (&options.ffmpeg, has_videos) {
        (Some(ffmpeg), true) => Some(ffmpeg.clone()),
        (None, true) => Some(Ffmpeg::find()?),
        (_, false) => None,
    };
    let staging = Staging::create(target.as_ref(), options.existing)?;
    let folder = staging.folder();
    write_rest(table, &resolved, folder)?;
    let mut arrays = Vec::new();
    for (number, array) in resolved.arrays.iter().enumerate() {
        let store =
            if is_video(array) { Store::Videos {} } else { write_blocks(table, array, number, folder)? };
        let (name, columns) = (array.name.clone(), array.columns.clone());
        arrays.push(ArrayEntry { name, columns, store, measured: Measured::default() });
    }
    if let Some(ffmpeg) = &ffmpeg {
        write_videos(table, &resolved, folder, ffmpeg)?;
    }
    let schema = table.schema();
    let mut manifest = Manifest {
        writer: concat!("recipe ", env!("CARGO_PKG_VERSION")).to_owned(),
        frames: table.num_frames(),
        levels: schema.levels().iter().map(|name| name.as_deref().map(str::to_owned)).collect(),
        columns: Manifest::column_entries(schema),
        rest: FileEntry::of(folder, REST_FILE)?,
        arrays,
        recipe: recipe.clone(),
    };
    let written = PackedTable::of_manifest(folder, manifest.clone(), ffmpeg.as_ref())?;
    let measured = check::compare(table, &written, &resolved.arrays)?;
    drop(written);
    manifest.arrays.iter_mut().zip(&measured).for_each(|(array, measured)| array.measured = *measured);
    let path = folder.join(MANIFEST_NAME);
    let json = File::create_new(&path).and_then(|mut file| file.write_all(&manifest.to_json()));
    json.map_err(Error::io("cannot be written", &path))?;
    // Numbers that JSON does not hold would make a manifest that cannot be read.
    Manifest::read(folder)?;
    let bytes = packed::bytes_below(folder).map_err(Error::io("cannot be read", folder))?;
    staging.commit()?;
    let arrays =
        manifest.arrays.into_iter().map(|array| PackedArray { name: array.name, measured: array.measured });
    Ok(Packed { bytes, arrays: arrays.collect() })
}

/// Checks a packed table: every file against its checksum, and everything decoded.
///
/// # Errors
///
/// When a file is not the one that was written, or cannot be decoded.
pub fn verify(folder: impl AsRef<Path>) -> Result<()> {
    PackedTable::open(folder)?.verify()
}

fn is_video(array: &ResolvedArray) -> bool {
    !matches!(array.codec, Codec::Pco { .. })
}

/// Writes what no array takes, and the labels of the rows.
fn write_rest(table: &dyn PoseTable, resolved: &Resolved, folder: &Path) -> Result<()> {
    let path = folder.join(REST_FILE);
    let failed = || Error::io("cannot be written", &path);
    let file = BufWriter::new(File::create_new(&path).map_err(failed())?);
    let options = WriteOptions::default().with_profile(Profile::Compact);
    let mut writer = TableWriter::new(file, &table.schema().project(&resolved.rest), &options)?;
    let selection = Selection::all().columns(resolved.rest.iter().copied());
    for batch in table.batches(&selection, default_batch_frames(table.schema()))? {
        writer.write(&batch?)?;
    }
    writer.finish()?.flush().map_err(failed())
}

fn write_blocks(table: &dyn PoseTable, array: &ResolvedArray, number: usize, folder: &Path) -> Result<Store> {
    let Codec::Pco { level } = array.codec else {
        return Err(Error::recipe(format!("{}.codec", array.field), "it makes no blocks"));
    };
    let file = format!("{number}.blocks");
    let mut writer = BlocksWriter::create(folder.join(&file))?;
    let segment_frames = default_batch_frames(table.schema());
    each_batch(table, array, segment_frames, |columns| {
        writer.push(columns, &array.types, &array.bounds, level)
    })?;
    writer.finish()?;
    Ok(Store::Blocks { file: FileEntry::of(folder, &file)?, segment_frames })
}

fn write_videos(table: &dyn PoseTable, resolved: &Resolved, folder: &Path, ffmpeg: &Ffmpeg) -> Result<()> {
    let mut videos = PackWriter::create(folder.join(video::FOLDER), ffmpeg, vidpack::PackOptions::default())?;
    for array in resolved.arrays.iter().filter(|array| is_video(array)) {
        let number = array.types[0];
        let options = array.video_options()?;
        let mut writer = videos.stream(&array.name, video::element(number), &array.shape, &options)?;
        each_batch(table, array, default_batch_frames(table.schema()), |columns| {
            let steps = video::to_array(columns, number, &array.shape)?;
            Ok(writer.push(steps.view())?)
        })?;
        writer.finish()?;
    }
    videos.finish()?;
    Ok(())
}

/// Reads the columns of an array, frame range by frame range, and passes them on in the order of the array.
fn each_batch(
    table: &dyn PoseTable,
    array: &ResolvedArray,
    frames: usize,
    mut pass: impl FnMut(&[ArrayRef]) -> Result<()>,
) -> Result<()> {
    let selection = Selection::all().columns(array.columns.iter().copied());
    let mut first_frame = 0;
    for batch in table.batches(&selection, frames)? {
        let batch = batch?;
        if batch.num_frames() > 0 {
            check_columns(&batch, array, first_frame)?;
            pass(batch.columns())?;
        }
        first_frame += batch.num_frames();
    }
    Ok(())
}

fn check_columns(batch: &PoseFrame, array: &ResolvedArray, first_frame: usize) -> Result<()> {
    for (values, column) in batch.columns().iter().zip(batch.schema().columns()) {
        if values.null_count() > 0 {
            let why =
                format!("column {} has missing values: leave it out, and it is kept beside", column.key);
            return Err(Error::recipe(format!("{}.columns", array.field), why));
        }
        let Some([low, high]) = array.range else { continue };
        let outside = |row: &usize| {
            let (value, _) = check::float(values, *row);
            value.is_finite() && !(low..=high).contains(&value)
        };
        if let Some(row) = (0..values.len()).find(outside) {
            let (value, _) = check::float(values, row);
            let why = format!("column {} has {value} in frame {}", column.key, first_frame + row);
            return Err(Error::recipe(format!("{}.range", array.field), why));
        }
    }
    Ok(())
}
