//! Writing a pack.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lossy::{Lossy, segment};
use super::part::{FinishedPart, Part};
use super::{folded, verify};
use crate::quality::{Meter, Similar};
use crate::restore::restore_pieces;
use crate::segment::Known;
use crate::sidecar::Hasher;
use crate::staging::Staging;
use crate::{
    Array, ArrayEntry, ArrayOptions, ArrayView, Contract, ElementType, Error, ErrorKind, FORMAT_VERSION,
    Ffmpeg, Pack, PackOptions, Progress, Result, SIDECAR_NAME, Segment, Sidecar, Stage, Verify,
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
    staging: Staging,
    ffmpeg: Ffmpeg,
    options: PackOptions,
    sidecar: Sidecar,
    /// Those of all arrays. Their tracks are joined when the sidecar is known.
    parts: Vec<FinishedPart>,
}

impl PackWriter {
    /// Starts a pack.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Exists`] when there is something of that name that is not to be replaced, or is no pack;
    /// [`ErrorKind::Io`] when nothing can be written there.
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
        let mut writer = ArrayWriter::new(self, name, element, shape, options)?;
        let steps = array.shape()[0];
        let per_segment = writer.steps_per_segment;
        let mut start = 0;
        while start < steps {
            let end = steps.min(start.saturating_add(per_segment));
            writer.segment(&array.steps(start..end))?;
            start = end;
        }
        writer.conclude()
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

    fn report(&self, array: &str, stage: Stage, steps: usize) {
        if let Some(progress) = &self.options.progress {
            progress(Progress { array, stage, steps });
        }
    }
}

/// An array that is packed piece by piece, in bounded memory.
///
/// Dropped before [`finish`](Self::finish), it ends its ffmpegs, and the pack goes on without the array.
pub struct ArrayWriter<'p> {
    pack: &'p mut PackWriter,
    options: ArrayOptions,
    entry: Entry,
    /// Time steps that wait to make a segment.
    waiting: Array,
    steps_per_segment: usize,
    part: Option<Part>,
    /// What was found out for the last segment.
    before: Option<Known>,
    /// Goes last, when nothing writes to them any more.
    files: Files,
}

/// What becomes of an array in the sidecar.
struct Entry {
    name: String,
    element: ElementType,
    shape: Vec<usize>,
    original: Hasher,
    /// Where nothing may differ, it is the same and left alone.
    restored: Hasher,
    /// Of what was measured so far. None where nothing may differ.
    meter: Option<Meter>,
    parts: Vec<FinishedPart>,
}

impl<'p> ArrayWriter<'p> {
    fn new(
        pack: &'p mut PackWriter,
        name: &str,
        element: ElementType,
        mut shape: Vec<usize>,
        options: &ArrayOptions,
    ) -> Result<Self> {
        options.check()?;
        let refuse = |why| Err(ErrorKind::Name { name: name.to_owned(), why }.into());
        if name.is_empty() {
            return refuse("it is empty");
        }
        if pack.sidecar.arrays.iter().any(|array| array.name == name) {
            return refuse("another array has it");
        }
        let mut waiting = folded(&shape);
        waiting[0] = 0;
        let step_bytes = waiting[1..].iter().fold(element.bytes(), |bytes, axis| bytes.saturating_mul(*axis));
        let meter = match options.contract {
            Contract::Lossless => None,
            Contract::Quality { .. } => Some(Meter::new(&waiting, element.bytes(), Similar::Measure)?),
            Contract::MaxError(_) => Some(Meter::new(&waiting, element.bytes(), Similar::Skip)?),
        };
        let steps_per_segment = (options.segment_bytes / step_bytes.max(1)).max(1);
        if let Some(steps) = shape.first_mut() {
            *steps = 0;
        }
        let files = Files {
            folder: pack.staging.folder().to_owned(),
            prefix: prefix(pack.sidecar.arrays.len()),
            kept: false,
        };
        Ok(Self {
            pack,
            options: options.clone(),
            entry: Entry {
                name: name.to_owned(),
                element,
                shape,
                original: Hasher::default(),
                restored: Hasher::default(),
                meter,
                parts: Vec::new(),
            },
            waiting: Array::zeros(element, &waiting)?,
            steps_per_segment,
            part: None,
            before: None,
            files,
        })
    }

    /// Adds time steps: an array of any number of them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mismatch`] when they are of another type or shape than was said, and as [`PackWriter::add`].
    pub fn push<'a>(&mut self, steps: impl Into<ArrayView<'a>>) -> Result<()> {
        let steps = steps.into();
        let (shape, expected) = (steps.shape().to_vec(), &self.entry.shape);
        if steps.element_type() != self.entry.element
            || shape.len() != expected.len()
            || shape[1..] != expected[1..]
        {
            return Err(ErrorKind::Mismatch {
                expected: self.entry.element,
                expected_shape: expected.clone(),
                found: steps.element_type(),
                found_shape: shape,
            }
            .into());
        }
        let steps = steps.reshaped(&folded(&shape))?;
        let steps = steps.view();
        let mut start = 0;
        while start < steps.shape()[0] {
            let room = self.steps_per_segment - self.waiting.shape()[0];
            let end = steps.shape()[0].min(start + room);
            self.waiting.append(&steps.steps(start..end))?;
            start = end;
            if self.waiting.shape()[0] == self.steps_per_segment {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Ends the array.
    ///
    /// # Errors
    ///
    /// As [`PackWriter::add`].
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.conclude()
    }

    fn flush(&mut self) -> Result<()> {
        if self.waiting.shape()[0] > 0 {
            let mut shape = self.waiting.shape().to_vec();
            shape[0] = 0;
            let full = std::mem::replace(&mut self.waiting, Array::zeros(self.entry.element, &shape)?);
            self.segment(&full.view())?;
        }
        Ok(())
    }

    /// Plans some time steps, takes them apart, hands them to the encoders, and sees that they come back.
    fn segment(&mut self, view: &ArrayView<'_>) -> Result<()> {
        let before = self.before.as_ref();
        let mut segment = segment(before, view, &self.options)?;
        self.before = Some(segment.known());
        let streams = segment.take_frames();
        if matches!(self.options.contract, Contract::Quality { .. }) {
            view.hash(&mut self.entry.original);
            self.lossy(view, &segment, &streams)?;
        } else {
            let streams: Vec<_> = streams.into_iter().map(Arc::new).collect();
            self.encode(&segment, &streams)?;
            self.check(view, &segment, &streams)?;
        }
        if let Some(steps) = self.entry.shape.first_mut() {
            *steps += view.shape()[0];
        }
        let steps = self.entry.shape.first().copied().unwrap_or(1);
        self.pack.report(&self.entry.name, Stage::Packing, steps);
        Ok(())
    }

    /// Hands a segment to the encoders, which work while it is checked and the next is planned.
    fn encode(&mut self, segment: &Segment, streams: &[Arc<Vec<u8>>]) -> Result<()> {
        if self.part.as_ref().is_some_and(|part| !part.takes(&segment.plan().streams)) {
            self.end_part()?;
        }
        if self.part.is_none() {
            let (ffmpeg, folder) = (&self.pack.ffmpeg, self.pack.staging.folder());
            self.part =
                Some(Part::create(ffmpeg, folder, self.stem(), &segment.plan().streams, &self.options)?);
        }
        match &mut self.part {
            Some(part) => part.push(segment, streams),
            None => Ok(()),
        }
    }

    /// Sees that a segment comes back from what the encoders are given. If it does not, there will be no pack.
    fn check(&mut self, view: &ArrayView<'_>, segment: &Segment, streams: &[Arc<Vec<u8>>]) -> Result<()> {
        let Entry { name, original, restored, meter, .. } = &mut self.entry;
        let contract = &self.options.contract;
        let mut checked = 0;
        restore_pieces(segment.plan().clone(), streams, segment.side(), &mut |first, piece| {
            let steps = piece.shape()[0];
            let given = view.steps(first..first + steps);
            if let Some(what) = verify::broken(&given, piece, contract) {
                let what = format!("in the time steps from {first} of a segment, {what}");
                return Err(ErrorKind::Broken { name: name.clone(), what }.into());
            }
            checked += steps;
            given.hash(original);
            if let Some(meter) = meter {
                // Without one every bit is the same, and so is the checksum.
                piece.hash(restored);
                meter.add(&given, piece);
            }
            Ok(())
        })?;
        let all = if view.shape().contains(&0) { 0 } else { view.shape()[0] };
        if checked != all {
            let what = format!("{checked} of {all} time steps of a segment came back");
            return Err(ErrorKind::Broken { name: name.clone(), what }.into());
        }
        Ok(())
    }

    /// Encodes a segment into a part of its own: what an encoder leaves of it is known when it has ended, and measured while
    /// the original is at hand.
    fn lossy(&mut self, view: &ArrayView<'_>, segment: &Segment, streams: &[Vec<u8>]) -> Result<()> {
        let lossy = Lossy {
            ffmpeg: &self.pack.ffmpeg,
            folder: self.pack.staging.folder(),
            stem: self.stem(),
            name: &self.entry.name,
            start: self.entry.shape.first().copied().unwrap_or(0),
            options: &self.options,
        };
        let Some(meter) = &mut self.entry.meter else { return Ok(()) };
        let (part, restored, measured) = lossy.pack(view, segment, streams, meter)?;
        meter.merge(&measured);
        restored.view().hash(&mut self.entry.restored);
        self.entry.parts.push(part);
        Ok(())
    }

    fn stem(&self) -> String {
        stem(self.pack.sidecar.arrays.len(), &self.entry.name, self.entry.parts.len())
    }

    fn end_part(&mut self) -> Result<()> {
        if let Some(part) = self.part.take() {
            self.entry.parts.push(part.finish()?);
        }
        Ok(())
    }

    fn conclude(mut self) -> Result<()> {
        self.end_part()?;
        self.files.kept = true;
        let Entry { name, element, shape, original, restored, meter, parts } = self.entry;
        let bytes = parts.iter().map(FinishedPart::bytes).sum::<Result<u64>>()?;
        self.pack.sidecar.arrays.push(ArrayEntry {
            name,
            element,
            shape,
            contract: self.options.contract,
            original: original.finish(),
            restored: if meter.is_some() { restored.finish() } else { original.finish() },
            measured: meter.map(|meter| meter.finish(bytes, self.options.target_psnr_db)),
            parts: parts.iter().map(|part| part.entry.clone()).collect(),
        });
        self.pack.parts.extend(parts);
        Ok(())
    }
}

/// The files of an array that is being written. They go away with a writer that does not end it.
struct Files {
    folder: PathBuf,
    /// What their names begin with.
    prefix: String,
    kept: bool,
}

impl Drop for Files {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return };
        for entry in
            entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&self.prefix))
        {
            // What cannot be removed goes with the folder, or is reported when that is to get its name.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// What the names of the files of an array begin with.
fn prefix(array: usize) -> String {
    format!("{array}-")
}

/// What the files of a part are called: a number, as much of the array's name as every file system takes, and which part it is.
fn stem(array: usize, name: &str, part: usize) -> String {
    const KEPT: usize = 40;
    let letters = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' });
    let name: String = letters.take(KEPT).collect();
    let prefix = prefix(array);
    if part == 0 { format!("{prefix}{name}") } else { format!("{prefix}{name}-{part}") }
}
