//! One file into another.

#[cfg(feature = "nwb")]
mod individuals;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use arrow_schema::DataType;
use pose_frame::{
    Filter, FilteredTable, LongNames, Metadata, PoseFrame, PoseTable, Tolerance, WideTable, first_difference,
};

use crate::open::{DamagedPacks, LongFiles, OpenOptions, Opened, open, open_as, size_of};
use crate::progress::{ConvertProgress, OnProgress, Reporting, Stage};
#[cfg(feature = "hdf5")]
use crate::target::Hdf5Options;
#[cfg(feature = "nwb")]
use crate::target::NwbOptions;
#[cfg(feature = "parquet")]
use crate::target::ParquetOptions;
use crate::target::Target;
use crate::{AtomicFile, Existing, Format, PoseIoError, PoseIoErrorKind, origin, stores};

#[cfg(feature = "nwb")]
pub use individuals::{ConvertedIndividual, convert_individuals};

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
    /// What it takes to get into the stores of source and target, where they are URLs.
    #[cfg(feature = "object-store")]
    pub store: pose_parquet::StoreOptions,
    /// Whether the source is taken for a long table, and made wide.
    pub source_layout: SourceLayout,
    /// What becomes of a source that is a packed table of which something is missing or damaged.
    pub damaged_packs: DamagedPacks,
    /// What is left out of the table; nothing by default. What is left is compared bit for bit.
    pub filter: Option<Filter>,
    /// How a Parquet file is written, where the target is one.
    #[cfg(feature = "parquet")]
    pub parquet: ParquetOptions,
    /// How an HDF5 file is written, where the target is one.
    #[cfg(feature = "hdf5")]
    pub hdf5: Hdf5Options,
    /// How an NWB file is written, where the target is one.
    #[cfg(feature = "nwb")]
    pub nwb: NwbOptions,
}

/// Whether a source is taken for a long table, a row per frame and point, and made wide by what its columns say. A long
/// file of this project is wide without it, unless another program has sorted or cut it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "there is one for each conversion")]
pub enum SourceLayout {
    /// It is taken as it is.
    #[default]
    AsStored,
    /// It is taken for a long one where it [looks so](LongNames::are_of), under the names of this project or those of
    /// aniframe.
    LongWhereItLooksSo,
    /// It is taken for a long one of these names, whatever it says of itself.
    Long(LongNames),
}

impl SourceLayout {
    /// The names of the long table that a source is taken for, where it is.
    fn names(&self, source: &Opened) -> Option<LongNames> {
        match self {
            _ if source.stored_long.is_some() => None,
            Self::AsStored => None,
            Self::LongWhereItLooksSo => {
                let known = [LongNames::default(), LongNames::aniframe()];
                known.into_iter().find(|names| names.are_of(source.table.schema()))
            }
            Self::Long(names) => Some(names.clone()),
        }
    }
}

fn made_wide(
    long: Box<dyn PoseTable>,
    names: &LongNames,
    path: &Path,
) -> Result<Box<dyn PoseTable>, PoseIoError> {
    match WideTable::pivot(long, names) {
        Ok(wide) => Ok(Box::new(wide)),
        Err(source) => Err(PoseIoErrorKind::NotLong { path: path.to_owned(), source }.into()),
    }
}

fn left_of(
    table: Box<dyn PoseTable>,
    filter: &Filter,
    path: &Path,
) -> Result<Box<dyn PoseTable>, PoseIoError> {
    match FilteredTable::new(table, filter) {
        Ok(left) => Ok(Box::new(left)),
        Err(source) => Err(PoseIoErrorKind::NotFiltered { path: path.to_owned(), source }.into()),
    }
}

/// What a conversion did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Converted {
    /// The file that was read in place of the one asked for, when that was not there.
    pub read_instead: Option<PathBuf>,
    /// What its user may want to know of the files beside the source.
    pub notes: Vec<String>,
    /// What is lost of a source that is a damaged packed table, and why, where what is left of it was asked for.
    pub lost: Vec<String>,
    /// Rows of the source, where it was a long table and was made wide.
    pub long_rows: Option<usize>,
    /// Rows of the table.
    pub num_frames: usize,
    /// Columns of the table.
    pub num_columns: usize,
    /// Rows and columns that the table had before it was filtered, where it was.
    pub unfiltered: Option<(usize, usize)>,
    /// Size of the source.
    pub source_bytes: u64,
    /// Size of the target.
    pub target_bytes: u64,
    /// What the target has no place for, such as names and types in CSV. Values are never among it: a table whose values
    /// would come back as others is not converted.
    pub losses: Vec<String>,
    /// What a user may want to know of the target: of an NWB file, what nwbinspector objects to for the DANDI archive.
    pub findings: Vec<String>,
    /// How long it took, verification included.
    pub elapsed: Duration,
}

/// Converts a file, reads back what was written, compares it with the source bit for bit, and only then gives it
/// its name.
///
/// `progress` is called as often as a batch is read.
///
/// With the feature `object-store` both may be URLs. An object has its name when it is whole, and is read back and compared
/// then: one that turns out different is removed again.
///
/// # Errors
///
/// When the source cannot be read, the target is there and is to be kept, or cannot be written, or what was
/// written is not what was read. A file then is as it was. So is an object until the new one is whole: one that was replaced
/// and could not be compared, or turned out different, is gone with the one in its place.
pub fn convert(
    source: &Path,
    target: &Path,
    options: &ConvertOptions,
    progress: &(dyn Fn(ConvertProgress) + Sync),
) -> Result<Converted, PoseIoError> {
    let start = Instant::now();
    let source = Source::open(source, target, options)?;
    let table = source.table.as_ref();
    let written = Target::new(source.target_format, source.metadata.clone(), options, target)?;
    let (target_bytes, losses) = if stores::is_url(target) {
        (stores::write_verified(table, target, &written, options, progress)?, Vec::new())
    } else {
        let Written { file, bytes, losses } =
            write_verified(table, target, &written, options.existing, progress)?;
        file.commit()?;
        (bytes, losses)
    };
    let findings = written.findings(table, target);
    Ok(source.converted(table, target_bytes, losses, findings, start.elapsed()))
}

/// A table that is to be converted, and what is said of its file.
struct Source {
    table: Box<dyn PoseTable>,
    metadata: Metadata,
    target_format: Format,
    read_instead: Option<PathBuf>,
    notes: Vec<String>,
    lost: Vec<String>,
    long_rows: Option<usize>,
    unfiltered: Option<(usize, usize)>,
    num_bytes: u64,
}

impl Source {
    /// Opens a source, and brings its table into the form that is to be written to a target.
    fn open(source: &Path, target: &Path, options: &ConvertOptions) -> Result<Self, PoseIoError> {
        let Some(target_format) = options.format.or_else(|| Format::of_name(target)) else {
            return Err(PoseIoErrorKind::NoTargetFormat { path: target.to_owned() }.into());
        };
        let opening = OpenOptions {
            key: options.key.clone(),
            #[cfg(feature = "object-store")]
            store: options.store.clone(),
            #[cfg(feature = "csv")]
            csv_shape: None,
            long_files: match options.source_layout {
                SourceLayout::Long(_) => LongFiles::AsStored,
                SourceLayout::AsStored | SourceLayout::LongWhereItLooksSo => LongFiles::AsWide,
            },
            damaged_packs: options.damaged_packs,
        };
        let opened = open(source, &opening)?;
        let read_instead = opened.instead_of.is_some().then(|| opened.path.clone());
        if same_file(&opened.path, target, options)? {
            return Err(PoseIoErrorKind::SameFile { path: target.to_owned() }.into());
        }
        let stored_rows = opened.table.num_frames();
        let names = options.source_layout.names(&opened);
        let long_rows = names.is_some().then_some(stored_rows);
        let table = match names {
            Some(names) => made_wide(opened.table, &names, &opened.path)?,
            None => opened.table,
        };
        let unfiltered =
            options.filter.is_some().then(|| (table.num_frames(), table.schema().columns().len()));
        let table = match &options.filter {
            Some(filter) => left_of(table, filter, &opened.path)?,
            None => table,
        };
        let mut metadata = table.schema().metadata().clone();
        // A folder has no bytes of its own to be told by.
        if !stores::is_url(&opened.path) && opened.format != Format::Packed {
            origin::note(&mut metadata, &opened.path, opened.format)?;
        }
        metadata.frame_rate_hz = options.frame_rate_hz.or(metadata.frame_rate_hz);
        let (notes, lost, num_bytes) = (opened.notes, opened.lost, opened.num_bytes);
        Ok(Self {
            table,
            metadata,
            target_format,
            read_instead,
            notes,
            lost,
            long_rows,
            unfiltered,
            num_bytes,
        })
    }

    /// What was done, where it was done to a table.
    fn converted(
        &self,
        table: &dyn PoseTable,
        target_bytes: u64,
        losses: Vec<String>,
        findings: Vec<String>,
        elapsed: Duration,
    ) -> Converted {
        Converted {
            read_instead: self.read_instead.clone(),
            notes: self.notes.clone(),
            lost: self.lost.clone(),
            long_rows: self.long_rows,
            num_frames: table.num_frames(),
            num_columns: table.schema().columns().len(),
            unfiltered: self.unfiltered,
            source_bytes: self.num_bytes,
            target_bytes,
            losses,
            findings,
            elapsed,
        }
    }
}

/// Tables up to this size are read once and kept for the comparison; larger ones are read twice, in batches.
pub(crate) const IN_MEMORY_BYTES: usize = 64 << 20;

/// A file that has yet to get its name.
pub(crate) struct Written {
    pub(crate) file: AtomicFile,
    pub(crate) bytes: u64,
    /// What it has no place for.
    pub(crate) losses: Vec<String>,
}

/// Writes a table to a file, reads it back and compares.
pub(crate) fn write_verified(
    table: &dyn PoseTable,
    path: &Path,
    target: &Target,
    existing: Existing,
    progress: OnProgress<'_>,
) -> Result<Written, PoseIoError> {
    let file = target.create(path, existing, progress)?;
    let loaded = load_small(table)?;
    let table = loaded.as_ref().map_or(table, |frame| frame as &dyn PoseTable);

    let reporting = Reporting { table, stage: Stage::Writing, progress };
    let form = target.form(&reporting, path)?;
    let file = target.write(&form, file, path)?;

    let reporting = Reporting { table: form.table(), stage: Stage::Verifying, progress };
    let written = open_as(file.temporary_path(), target.format(), &form.opening(target))?.table;
    if let Some(difference) = first_difference(&reporting, written.as_ref(), Tolerance::BitForBit)? {
        return Err(PoseIoErrorKind::NotVerified { path: path.to_owned(), difference }.into());
    }
    target.check_others(path, &file)?;
    let bytes = size_of(file.temporary_path())?;
    Ok(Written { file, bytes, losses: form.losses() })
}

/// A table that is kept in memory between writing and comparing.
pub(crate) fn load_small(table: &dyn PoseTable) -> Result<Option<PoseFrame>, PoseIoError> {
    let small = size_in_memory(table) <= IN_MEMORY_BYTES;
    Ok(if small { Some(table.load()?) } else { None })
}

/// About how large a table is in memory. How long texts are is not known before they are read.
pub(crate) fn size_in_memory(table: &dyn PoseTable) -> usize {
    const TEXT_BYTES: usize = 256;
    let width = |data_type: &DataType| data_type.primitive_width().unwrap_or(TEXT_BYTES);
    let columns = table.schema().columns().iter().map(|column| width(&column.data_type));
    let labels = table.schema().index().fields();
    let row_bytes: usize = columns.chain(labels.iter().map(|level| width(&level.data_type))).sum();
    table.num_frames().saturating_mul(row_bytes)
}

fn same_file(source: &Path, target: &Path, options: &ConvertOptions) -> Result<bool, PoseIoError> {
    match (stores::is_url(source), stores::is_url(target)) {
        // Of a large table what is replaced would be read again for the comparison.
        (true, true) => stores::is_same(source, target, options),
        (false, false) => Ok(matches!(
            (source.canonicalize(), target.canonicalize()), (Ok(source), Ok(target)) if source == target
        )),
        _ => Ok(false),
    }
}
