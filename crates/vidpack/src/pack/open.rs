//! A pack that is there.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::PackedArray;
use crate::{Error, ErrorKind, Ffmpeg, Result, SIDECAR_NAME, Sidecar, attachment};

/// The largest sidecar that is read.
const MAX_SIDECAR_BYTES: u64 = 256 << 20;

/// A pack that is there: its sidecar, and where its videos are.
#[derive(Debug, Clone)]
pub struct Pack {
    path: PathBuf,
    folder: PathBuf,
    ffmpeg: Ffmpeg,
    sidecar: Sidecar,
}

impl Pack {
    /// Opens a pack: its folder, its sidecar, or any of its Matroska videos, which holds the sidecar too. Nothing is decoded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAPack`], [`ErrorKind::Version`] when it is of a later version than this crate knows,
    /// [`ErrorKind::Sidecar`] when the sidecar contradicts itself.
    pub fn open(path: impl AsRef<Path>, ffmpeg: &Ffmpeg) -> Result<Self> {
        let path = path.as_ref();
        let metadata = path.metadata().map_err(Error::io("cannot be opened", path))?;
        let (folder, json) = if metadata.is_dir() {
            (path.to_owned(), read(&path.join(SIDECAR_NAME), path)?)
        } else {
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let is_sidecar = path.file_name().is_some_and(|name| name == SIDECAR_NAME);
            let json = if is_sidecar {
                read(path, path)?
            } else {
                attachment(ffmpeg, path, SIDECAR_NAME, MAX_SIDECAR_BYTES)?
            };
            (folder.to_owned(), json)
        };
        let sidecar = Sidecar::from_json(&json, path)?;
        Ok(Self { path: path.to_owned(), folder, ffmpeg: ffmpeg.clone(), sidecar })
    }

    /// What the pack holds.
    #[must_use]
    pub fn sidecar(&self) -> &Sidecar {
        &self.sidecar
    }

    /// An array of the pack.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoArray`] when there is none of this name.
    pub fn array(&self, name: &str) -> Result<PackedArray<'_>> {
        let Some(entry) = self.sidecar.arrays.iter().find(|array| array.name == name) else {
            let names: Vec<_> = self.sidecar.arrays.iter().map(|array| format!("{:?}", array.name)).collect();
            let available = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            return Err(
                ErrorKind::NoArray { path: self.path.clone(), name: name.to_owned(), available }.into()
            );
        };
        Ok(PackedArray::new(&self.folder, &self.ffmpeg, entry))
    }

    /// All arrays of the pack.
    pub fn arrays(&self) -> impl Iterator<Item = PackedArray<'_>> {
        self.sidecar.arrays.iter().map(|entry| PackedArray::new(&self.folder, &self.ffmpeg, entry))
    }

    /// Decodes everything, and holds frames and arrays against their checksums.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`] with the file that is not as it was written, and as [`PackedArray::read`].
    pub fn verify(&self) -> Result<()> {
        self.arrays().try_for_each(|array| array.verify())
    }

    /// Whether a folder looks like a pack, so that it may be replaced by one.
    pub(super) fn is_one(path: &Path) -> bool {
        path.join(SIDECAR_NAME).is_file()
    }
}

fn read(sidecar: &Path, pack: &Path) -> Result<Vec<u8>> {
    let mut json = Vec::new();
    let file = File::open(sidecar).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            let why = format!("there is no {SIDECAR_NAME} in it");
            ErrorKind::NotAPack { path: pack.to_owned(), why }.into()
        }
        _ => Error::io("cannot be read", sidecar)(error),
    })?;
    file.take(MAX_SIDECAR_BYTES + 1).read_to_end(&mut json).map_err(Error::io("cannot be read", sidecar))?;
    if json.len() as u64 > MAX_SIDECAR_BYTES {
        let what = format!("it has more than {MAX_SIDECAR_BYTES} bytes");
        return Err(ErrorKind::Sidecar { path: sidecar.to_owned(), what }.into());
    }
    Ok(json)
}
