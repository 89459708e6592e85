//! One file into another.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use arrow_schema::DataType;
use pose_frame::{Metadata, PoseTable, Tolerance, first_difference};
use pose_parquet::{ParquetTable, WriteOptions, write_table};

use crate::open::{OpenOptions, open};
use crate::progress::{ConvertProgress, OnProgress, Reporting, Stage};
use crate::{AtomicFile, Existing, Format, PoseIoError, PoseIoErrorKind};

/// How a file is converted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ConvertOptions {
    /// Which table to convert, where the source holds several.
    pub key: Option<String>,
    /// The format of the target; told from its name by default.
    pub format: Option<Format>,
    /// What to do when the target is there already.
    pub existing: Existing,
    /// Frames per second of the video, where the source does not know.
    pub frame_rate_hz: Option<f64>,
}

/// What a conversion did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Converted {
    /// The file that was read in place of the one asked for, when that was not there.
    pub read_instead: Option<std::path::PathBuf>,
    /// Rows of the table.
    pub num_frames: usize,
    /// Columns of the table.
    pub num_columns: usize,
    /// Size of the source.
    pub source_bytes: u64,
    /// Size of the target.
    pub target_bytes: u64,
    /// How long it took, verification included.
    pub elapsed: Duration,
}

/// Converts a file, reads back what was written, compares it with the source bit for bit, and only then gives it
/// its name.
///
/// `progress` is called as often as a batch is read.
///
/// # Errors
///
/// When the source cannot be read, the target is there and is to be kept, or cannot be written, or what was
/// written is not what was read. The target then is as it was.
pub fn convert(
    source: &Path,
    target: &Path,
    options: &ConvertOptions,
    progress: &(dyn Fn(ConvertProgress) + Sync),
) -> Result<Converted, PoseIoError> {
    let start = Instant::now();
    let format = options.format.or_else(|| Format::of_name(target));
    match format {
        Some(Format::Parquet) => {}
        Some(format) => return Err(PoseIoErrorKind::CannotWrite { path: target.to_owned(), format }.into()),
        None => return Err(PoseIoErrorKind::NoTargetFormat { path: target.to_owned() }.into()),
    }
    let opened = open(source, &OpenOptions::default().with_key(options.key.clone()))?;
    let read_instead = opened.instead_of.is_some().then(|| opened.path.clone());
    if same_file(&opened.path, target) {
        return Err(PoseIoErrorKind::SameFile { path: target.to_owned() }.into());
    }
    let table = opened.table.as_ref();
    let mut metadata = table.schema().metadata().clone();
    metadata.frame_rate_hz = options.frame_rate_hz.or(metadata.frame_rate_hz);
    let (file, target_bytes) = write_verified(table, target, metadata, options.existing, progress)?;
    file.commit()?;
    Ok(Converted {
        read_instead,
        num_frames: table.num_frames(),
        num_columns: table.schema().columns().len(),
        source_bytes: size_of(&opened.path)?,
        target_bytes,
        elapsed: start.elapsed(),
    })
}

/// Tables up to this size are read once and kept for the comparison; larger ones are read twice, in batches.
const IN_MEMORY_BYTES: usize = 64 << 20;

/// Writes a table to a Parquet file, reads it back and compares. Gives the file, which has yet to get its name, and its
/// size.
pub(crate) fn write_verified(
    table: &dyn PoseTable,
    target: &Path,
    metadata: Metadata,
    existing: Existing,
    progress: OnProgress<'_>,
) -> Result<(AtomicFile, u64), PoseIoError> {
    let file = AtomicFile::create(target, existing)?;
    let small = size_in_memory(table) <= IN_MEMORY_BYTES;
    let loaded = if small { Some(table.load()?) } else { None };
    let table = loaded.as_ref().map_or(table, |frame| frame as &dyn PoseTable);

    let reporting = Reporting { table, stage: Stage::Writing, progress };
    let options = WriteOptions::default().with_metadata(metadata);
    let out = BufWriter::with_capacity(1 << 20, file);
    let mut out = write_table(&reporting, out, &options).map_err(PoseIoError::format)?;
    out.flush().map_err(PoseIoError::io("cannot be written", target))?;
    let file =
        out.into_inner().map_err(|error| PoseIoError::io("cannot be written", target)(error.into_error()))?;

    let reporting = Reporting { table, stage: Stage::Verifying, progress };
    let written = ParquetTable::open(file.temporary_path()).map_err(PoseIoError::format)?;
    if let Some(difference) = first_difference(&reporting, &written, Tolerance::BitForBit)? {
        return Err(PoseIoErrorKind::NotVerified { path: target.to_owned(), difference }.into());
    }
    let bytes = size_of(file.temporary_path())?;
    Ok((file, bytes))
}

/// About how large a table is in memory. How long texts are is not known before they are read.
fn size_in_memory(table: &dyn PoseTable) -> usize {
    const TEXT_BYTES: usize = 256;
    let width = |data_type: &DataType| data_type.primitive_width().unwrap_or(TEXT_BYTES);
    let columns = table.schema().columns().iter().map(|column| width(&column.data_type));
    let labels = table.schema().index().fields();
    let row_bytes: usize = columns.chain(labels.iter().map(|level| width(&level.data_type))).sum();
    table.num_frames().saturating_mul(row_bytes)
}

pub(crate) fn size_of(path: &Path) -> Result<u64, PoseIoError> {
    Ok(path.metadata().map_err(PoseIoError::io("cannot be read", path))?.len())
}

fn same_file(source: &Path, target: &Path) -> bool {
    matches!((source.canonicalize(), target.canonicalize()), (Ok(source), Ok(target)) if source == target)
}
