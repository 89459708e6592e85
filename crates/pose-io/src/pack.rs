//! Tables into packed folders.

#[cfg(feature = "hdf5")]
mod folder;
mod watched;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pose_frame::{Metadata, PoseTable};
use recipe::{ErrorKind, PackedArray, Recipe};

#[cfg(feature = "hdf5")]
pub use self::folder::{PackFolderOptions, pack_folder};
use self::watched::Watched;
use crate::convert::load_small;
use crate::progress::{ConvertProgress, OnProgress};
use crate::{Existing, Format, OpenOptions, PoseIoError, PoseIoErrorKind, Stop, open, origin, stores};

/// How one table is packed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PackTableOptions {
    /// How the source is opened, and which table of it.
    pub open: OpenOptions,
    /// What happens to a packed table of this name that is there already. Anything else is never replaced.
    pub existing: Existing,
    /// Through which it can be asked to end early: then nothing is kept.
    pub stop: Stop,
}

/// What packing a table did.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PackedFile {
    /// The file that was read in place of the one asked for, when that was not there.
    pub read_instead: Option<PathBuf>,
    /// What its user may want to know of the files beside the source.
    pub notes: Vec<String>,
    /// Rows of the table.
    pub num_frames: usize,
    /// Columns of the table.
    pub num_columns: usize,
    /// Size of the source.
    pub source_bytes: u64,
    /// Size of the packed folder.
    pub target_bytes: u64,
    /// The arrays, and how far what comes back of each is from what was read.
    pub arrays: Vec<PackedArray>,
    /// How long it took, verification included.
    pub elapsed: Duration,
}

/// Packs a table by a recipe into a folder, which appears when it is whole, was read back, compared with the table as the recipe
/// promises, and is on disk; or not at all. It notes what it was made from.
///
/// `progress` is called as often as a batch is read.
///
/// # Errors
///
/// When the source cannot be read, the recipe cannot be followed, the target is there and is to be kept or is no packed table, or what
/// was written would not come back as promised.
///
/// # Examples
///
/// ```
/// use pose_io::recipe::Recipe;
/// use pose_io::{OpenOptions, PackTableOptions, open, pack};
///
/// # let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/pandas-3/generic/flat_range_table.h5");
/// let folder = tempfile::tempdir()?;
/// let target = folder.path().join("mouse1.pack");
/// let recipe = Recipe::lossless(open(source, &OpenOptions::default())?.table.as_ref())?;
/// let packed = pack(source.as_ref(), &target, &recipe, &PackTableOptions::default(), &|_| {})?;
/// let again = open(&target, &OpenOptions::default())?;
/// assert_eq!((packed.num_frames, packed.target_bytes), (again.table.num_frames(), again.num_bytes));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn pack(
    source: &Path,
    target: &Path,
    recipe: &Recipe,
    options: &PackTableOptions,
    progress: &(dyn Fn(ConvertProgress) + Sync),
) -> Result<PackedFile, PoseIoError> {
    let start = Instant::now();
    let opened = open(source, &options.open)?;
    if matches!((opened.path.canonicalize(), target.canonicalize()), (Ok(source), Ok(target)) if source == target)
    {
        return Err(PoseIoErrorKind::SameFile { path: target.to_owned() }.into());
    }
    if options.existing == Existing::Keep && target.symlink_metadata().is_ok() {
        return Err(PoseIoErrorKind::Exists { path: target.to_owned() }.into());
    }
    let table = opened.table.as_ref();
    let mut metadata = table.schema().metadata().clone();
    // A folder has no bytes of its own to be told by.
    if !stores::is_url(&opened.path) && opened.format != Format::Packed {
        origin::note(&mut metadata, &opened.path, opened.format)?;
    }
    let may_go_on = || {
        let stopped = || PoseIoErrorKind::Stopped { path: target.to_owned() }.into();
        if options.stop.is_asked() { Err(stopped()) } else { Ok(()) }
    };
    let how = Packing { recipe, existing: options.existing, may_go_on: &may_go_on, progress };
    let packed = how.pack(table, metadata, target).map_err(|error| match may_go_on() {
        Ok(()) => error,
        // Whatever it was told by: an ffmpeg is ended by the same Ctrl-C.
        Err(stopped) => stopped,
    })?;
    Ok(PackedFile {
        read_instead: opened.instead_of.is_some().then_some(opened.path),
        num_frames: table.num_frames(),
        num_columns: table.schema().columns().len(),
        notes: opened.notes,
        source_bytes: opened.num_bytes,
        target_bytes: packed.bytes,
        arrays: packed.arrays,
        elapsed: start.elapsed(),
    })
}

/// How a table that is open is packed.
struct Packing<'a> {
    recipe: &'a Recipe,
    existing: Existing,
    /// Asked before each read of the table.
    may_go_on: &'a (dyn Fn() -> Result<(), PoseIoError> + Sync),
    progress: OnProgress<'a>,
}

impl Packing<'_> {
    fn pack(
        &self,
        table: &dyn PoseTable,
        metadata: Metadata,
        target: &Path,
    ) -> Result<recipe::Packed, PoseIoError> {
        (self.may_go_on)()?;
        let loaded = load_small(table)?;
        let table = loaded.as_ref().map_or(table, |frame| frame as &dyn PoseTable);
        let watched = Watched::new(table, metadata, self.may_go_on, self.progress);
        let existing = match self.existing {
            Existing::Keep => recipe::Existing::Keep,
            Existing::Replace => recipe::Existing::Replace,
        };
        let options = recipe::PackOptions::default().with_existing(existing);
        recipe::pack(&watched, self.recipe, target, &options).map_err(|error| not_packed(error, target))
    }
}

/// What the crate of packs says, with the name of the target where it says none.
fn not_packed(error: recipe::Error, target: &Path) -> PoseIoError {
    match error.kind() {
        ErrorKind::Exists { .. } => PoseIoErrorKind::Exists { path: target.to_owned() }.into(),
        ErrorKind::Broken { .. }
        | ErrorKind::Lost { .. }
        | ErrorKind::ContractBroken { .. }
        | ErrorKind::Encode { .. }
        | ErrorKind::Video { .. }
        | ErrorKind::Parquet { .. } => {
            PoseIoErrorKind::NotWritten { path: target.to_owned(), source: Box::new(error) }.into()
        }
        _ => PoseIoError::format(error),
    }
}
