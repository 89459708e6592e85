//! Packing a table.

mod progress;
mod write;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use atomic_folder::{AtomicFolder, Existing};
use pose_frame::PoseTable;
use vidpack::Ffmpeg;

pub(crate) use self::progress::Counter;
pub use self::progress::{OnProgress, Progress, Stage};
use self::write::REST_FILE;
use crate::manifest::{ArrayEntry, FileEntry, Manifest, Store};
use crate::{Error, MANIFEST_NAME, Measured, PackedTable, Recipe, Result, check, packed};

/// How a table is packed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PackOptions {
    /// What happens to a packed table of this name that is there already.
    pub existing: Existing,
    /// What makes videos: where none is given, the ffmpeg on the search path. Asked for only when a recipe has videos.
    pub ffmpeg: Option<Ffmpeg>,
    /// What is told how far packing is, and may end it.
    pub on_progress: Option<OnProgress>,
}

impl PackOptions {
    /// What happens to a packed table of this name that is there already.
    #[must_use]
    pub fn with_existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }

    /// What makes videos.
    #[must_use]
    pub fn with_ffmpeg(mut self, ffmpeg: Ffmpeg) -> Self {
        self.ffmpeg = Some(ffmpeg);
        self
    }

    /// What is told how far packing is, and may end it.
    #[must_use]
    pub fn with_progress(mut self, on_progress: OnProgress) -> Self {
        self.on_progress = Some(on_progress);
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
/// The table is read in batches: once for what is kept beside, once for each array, and once or twice to be compared. What one batch
/// has is what is in memory, several times over.
///
/// # Errors
///
/// When the recipe cannot be followed, the table cannot be read, there is no ffmpeg and the recipe has videos, the folder
/// cannot be written, what was written does not come back as the recipe promises, or it was
/// [cancelled](OnProgress).
pub fn pack(
    table: &dyn PoseTable,
    recipe: &Recipe,
    target: impl AsRef<Path>,
    options: &PackOptions,
) -> Result<Packed> {
    let resolved = recipe.resolve(table.schema())?;
    let has_videos = resolved.arrays.iter().any(|array| array.codec.is_video());
    let ffmpeg = match (&options.ffmpeg, has_videos) {
        (Some(ffmpeg), true) => Some(ffmpeg.clone()),
        (None, true) => Some(Ffmpeg::find()?),
        (_, false) => None,
    };
    let staging = AtomicFolder::create(target.as_ref(), KIND, options.existing, is_packed)?;
    let folder = staging.path();
    let passes = 1 + resolved.arrays.len() + check::passes(table.schema(), &resolved.arrays);
    let frames = table.num_frames().saturating_mul(passes);
    let mut counter = Counter::new(options.on_progress.as_ref(), frames);
    write::rest(table, &resolved, folder, &mut counter)?;
    let mut arrays = Vec::new();
    for (number, array) in resolved.arrays.iter().enumerate() {
        let store = if array.codec.is_video() {
            Store::Videos {}
        } else {
            write::blocks(table, array, number, folder, &mut counter)?
        };
        let (name, columns) = (array.name.clone(), array.columns.clone());
        arrays.push(ArrayEntry { name, columns, store, measured: Measured::default() });
    }
    if let Some(ffmpeg) = &ffmpeg {
        write::videos(table, &resolved, folder, ffmpeg, &mut counter)?;
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
    let measured = check::compare(table, &written, &resolved.arrays, &mut counter)?;
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

/// A kind of folder: what temporary names of packed tables begin with.
const KIND: &str = "pose-pack";

fn is_packed(path: &Path) -> bool {
    path.join(MANIFEST_NAME).is_file()
}
