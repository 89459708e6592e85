//! Writing a pack.

use std::io::Write as _;
use std::path::Path;

use super::part::FinishedPart;
use super::{ArrayWriter, folded, verify};
use crate::staging::Staging;
use crate::{
    ArrayOptions, ArrayView, ElementType, Error, FORMAT_VERSION, Ffmpeg, Pack, PackOptions, Progress, Result,
    SIDECAR_NAME, Sidecar, Stage, Verify,
};

/// Writes a pack: a folder that appears when it is whole, verified and on disk, or not at all.
///
/// Dropped before [`finish`](Self::finish), everything that it wrote is removed and every ffmpeg that it runs is ended.
///
/// # Examples
///
/// ```no_run
/// use ndarray::Array;
/// use vidpack::{ArrayOptions, Ffmpeg, Pack, PackOptions, PackWriter};
///
/// # fn main() -> vidpack::Result<()> {
/// let field = Array::from_shape_fn((120, 64, 64), |(t, y, x)| ((t + x * y) as f32).sin());
/// let ffmpeg = Ffmpeg::find()?;
/// let mut writer = PackWriter::create("field.vidpack", &ffmpeg, PackOptions::default())?;
/// writer.add("temperature", field.view().into_dyn(), &ArrayOptions::lossless())?;
/// writer.finish()?;
///
/// let pack = Pack::open("field.vidpack", &ffmpeg)?;
/// let vidpack::Array::F32(first_ten) = pack.array("temperature")?.read(0..10)? else { unreachable!() };
/// assert_eq!(first_ten.shape(), [10, 64, 64]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PackWriter {
    pub(super) staging: Staging,
    pub(super) ffmpeg: Ffmpeg,
    options: PackOptions,
    pub(super) sidecar: Sidecar,
    /// Those of all arrays. Their tracks are joined when the sidecar is known.
    pub(super) parts: Vec<FinishedPart>,
}

impl PackWriter {
    /// Starts a pack.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exists`](crate::ErrorKind::Exists) when there is something of that name that is not to be replaced, or is no pack;
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when nothing can be written there.
    pub fn create(path: impl AsRef<Path>, ffmpeg: &Ffmpeg, options: PackOptions) -> Result<Self> {
        let staging = Staging::create(path.as_ref(), options.existing, Pack::is_one)?;
        let sidecar = Sidecar {
            format: Sidecar::FORMAT.to_owned(),
            version: FORMAT_VERSION,
            writer: concat!("vidpack ", env!("CARGO_PKG_VERSION")).to_owned(),
            ffmpeg: ffmpeg.version().to_owned(),
            arrays: Vec::new(),
        };
        Ok(Self { staging, ffmpeg: ffmpeg.clone(), options, sidecar, parts: Vec::new() })
    }

    /// Packs an array.
    ///
    /// # Shape
    ///
    /// Time is the first axis; see [`crate::Layout`] for what the others mean.
    ///
    /// # Errors
    ///
    /// When the contract makes no sense for the array, ffmpeg has no such encoder or fails, or what was written does not
    /// come back as promised. The pack is then of no more use.
    pub fn add<'a>(
        &mut self,
        name: &str,
        array: impl Into<ArrayView<'a>>,
        options: &ArrayOptions,
    ) -> Result<()> {
        let array = array.into();
        let (shape, element) = (array.shape().to_vec(), array.element_type());
        let array = array.reshaped(&folded(&shape))?;
        let array = array.view();
        ArrayWriter::new(self, name, element, shape, options)?.all(&array)
    }

    /// Starts an array whose time steps come piece by piece. `step_shape` has its other axes.
    ///
    /// # Errors
    ///
    /// As [`add`](Self::add).
    pub fn stream(
        &mut self,
        name: &str,
        element: ElementType,
        step_shape: &[usize],
        options: &ArrayOptions,
    ) -> Result<ArrayWriter<'_>> {
        let shape = [&[0], step_shape].concat();
        ArrayWriter::new(self, name, element, shape, options)
    }

    /// Writes the sidecar, brings everything to disk, and gives the pack its name.
    ///
    /// # Errors
    ///
    /// When one of these fails; then there is no pack.
    pub fn finish(self) -> Result<Sidecar> {
        let json = self.sidecar.to_json();
        let folder = self.staging.folder();
        for part in &self.parts {
            part.join(&self.ffmpeg, folder, &json)?;
        }
        if self.options.verify == Verify::Decode {
            for array in &self.sidecar.arrays {
                let progress = |steps| self.report(&array.name, Stage::Verifying, steps);
                verify::frames(&self.ffmpeg, folder, array, &progress)?;
            }
        }
        let path = folder.join(SIDECAR_NAME);
        let written = std::fs::File::create_new(&path).and_then(|mut file| file.write_all(&json));
        written.map_err(Error::io("cannot be written", path))?;
        self.staging.commit()?;
        Ok(self.sidecar)
    }

    pub(super) fn report(&self, array: &str, stage: Stage, steps: usize) {
        if let Some(progress) = &self.options.progress {
            progress(Progress { array, stage, steps });
        }
    }
}
