//! The files of a packed table.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use arrow_array::{Array as _, ArrayRef};
use pose_frame::{PoseFrame, PoseTable, Selection, default_batch_frames};
use pose_parquet::{Profile, TableWriter, WriteOptions};
use vidpack::{Ffmpeg, PackWriter, Verify};

use super::progress::{Counter, Stage};
use crate::blocks::BlocksWriter;
use crate::manifest::{FileEntry, Store};
use crate::recipe::{Resolved, ResolvedArray};
use crate::{Codec, Error, Result, check, video};

/// The name of the file with what no array takes.
pub(super) const REST_FILE: &str = "beside.parquet";

/// Writes what no array takes, and the labels of the rows.
pub(super) fn rest(
    table: &dyn PoseTable,
    resolved: &Resolved,
    folder: &Path,
    counter: &mut Counter<'_>,
) -> Result<()> {
    let path = folder.join(REST_FILE);
    let failed = || Error::io("cannot be written", &path);
    let file = BufWriter::new(File::create_new(&path).map_err(failed())?);
    let options = WriteOptions::default().with_profile(Profile::Compact);
    let mut writer = TableWriter::new(file, &table.schema().project(&resolved.rest), &options)?;
    let selection = Selection::all().columns(resolved.rest.iter().copied());
    for batch in table.batches(&selection, default_batch_frames(table.schema()))? {
        let batch = batch?;
        writer.write(&batch)?;
        counter.add(Stage::Beside, batch.num_frames())?;
    }
    writer.finish()?.flush().map_err(failed())
}

/// Writes an array as blocks of numbers.
pub(super) fn blocks(
    table: &dyn PoseTable,
    array: &ResolvedArray,
    number: usize,
    folder: &Path,
    counter: &mut Counter<'_>,
) -> Result<Store> {
    let Codec::Pco { level } = array.codec else {
        return Err(Error::recipe(format!("{}.codec", array.field), "it makes no blocks"));
    };
    let file = format!("{number}.blocks");
    let mut writer = BlocksWriter::create(folder.join(&file))?;
    each_batch(table, array, counter, |columns| writer.push(columns, &array.types, &array.bounds, level))?;
    writer.finish()?;
    let segment_frames = default_batch_frames(table.schema());
    Ok(Store::Blocks { file: FileEntry::of(folder, &file)?, segment_frames })
}

/// Writes all arrays that are videos.
pub(super) fn videos(
    table: &dyn PoseTable,
    resolved: &Resolved,
    folder: &Path,
    ffmpeg: &Ffmpeg,
    counter: &mut Counter<'_>,
) -> Result<()> {
    // Everything is decoded and compared with the table afterwards, by the way on which it is read.
    let mut options = vidpack::PackOptions::default();
    options.verify = Verify::Skip;
    let mut videos = PackWriter::create(folder.join(video::FOLDER), ffmpeg, options)?;
    for array in resolved.arrays.iter().filter(|array| array.codec.is_video()) {
        let (number, element) = (array.types[0], video::element(array.types[0]));
        let mut options = array.video_options()?;
        // A batch is a segment, so that a table that is read batch by batch is decoded once.
        let row_bytes = array.columns.len().saturating_mul(element.bytes());
        options.segment_bytes = default_batch_frames(table.schema()).saturating_mul(row_bytes);
        let mut writer = videos.stream(&array.name, element, &array.shape, &options)?;
        each_batch(table, array, counter, |columns| {
            let steps = video::to_array(columns, number, &array.shape)?;
            Ok(writer.push(steps.view())?)
        })?;
        writer.finish()?;
    }
    videos.finish()?;
    Ok(())
}

/// Reads the columns of an array, batch by batch, and passes them on in the order of the array.
fn each_batch(
    table: &dyn PoseTable,
    array: &ResolvedArray,
    counter: &mut Counter<'_>,
    mut pass: impl FnMut(&[ArrayRef]) -> Result<()>,
) -> Result<()> {
    // A table gives columns in its own order, whatever is asked for.
    let mut in_table = array.columns.clone();
    in_table.sort_unstable();
    let places: Vec<usize> =
        array.columns.iter().map(|column| in_table.partition_point(|other| other < column)).collect();
    let selection = Selection::all().columns(in_table);
    let mut first_frame = 0;
    for batch in table.batches(&selection, default_batch_frames(table.schema()))? {
        let batch = batch?;
        if batch.num_frames() > 0 {
            check_columns(&batch, array, first_frame)?;
            let columns: Vec<ArrayRef> = places.iter().map(|place| batch.columns()[*place].clone()).collect();
            pass(&columns)?;
        }
        first_frame += batch.num_frames();
        counter.add(Stage::Array(&array.name), batch.num_frames())?;
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
