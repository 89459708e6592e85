//! Writing one array of a pack.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use super::PackWriter;
use super::check::{Check, Encoded};
use super::folded;
use super::lossy::{Lossy, segment};
use super::part::{FinishedPart, Part};
use crate::quality::{Meter, Similar};
use crate::segment::Known;
use crate::sidecar::Hasher;
use crate::{
    Array, ArrayEntry, ArrayOptions, ArrayView, Contract, ElementType, ErrorKind, Result, Segment, Stage,
};

/// An array that is packed piece by piece, in bounded memory.
///
/// Dropped before [`finish`](Self::finish), it ends its ffmpegs, and the pack goes on without the array.
pub struct ArrayWriter<'p> {
    encoder: Encoder<'p>,
    check: Check,
    steps_per_segment: usize,
    /// Time steps that wait to make a segment.
    waiting: Array,
    /// Whether some of the array is lost: then it is not finished.
    has_failed: bool,
}

impl<'p> ArrayWriter<'p> {
    pub(super) fn new(
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
            encoder: Encoder {
                pack,
                options: options.clone(),
                name: name.to_owned(),
                element,
                shape,
                parts: Vec::new(),
                part: None,
                before: None,
                files,
            },
            check: Check {
                name: name.to_owned(),
                contract: options.contract.clone(),
                original: Hasher::default(),
                restored: Hasher::default(),
                meter,
                steps: 0,
            },
            steps_per_segment,
            waiting: Array::zeros(element, &waiting)?,
            has_failed: false,
        })
    }

    /// Packs an array that is there whole, and ends it.
    pub(super) fn all(mut self, array: &ArrayView<'_>) -> Result<()> {
        let steps = array.shape()[0];
        let (mut start, mut before) = (0, None);
        while start < steps {
            let end = steps.min(start.saturating_add(self.steps_per_segment));
            let view = array.steps(start..end);
            let encoded = self.segment(&view, before.take())?;
            before = encoded.map(|encoded| (view, encoded));
            start = end;
        }
        if let Some((view, encoded)) = before {
            self.check.segment(&view, encoded)?;
        }
        self.conclude()
    }

    /// Adds time steps: an array of any number of them.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Mismatch`] when they are of another type or shape than was said, and as [`PackWriter::add`]. After any other
    /// error than a mismatch the array is of no more use.
    pub fn push<'a>(&mut self, steps: impl Into<ArrayView<'a>>) -> Result<()> {
        self.refuse_what_is_broken()?;
        let steps = steps.into();
        let (shape, expected) = (steps.shape().to_vec(), &self.encoder.shape);
        if steps.element_type() != self.encoder.element
            || shape.len() != expected.len()
            || shape[1..] != expected[1..]
        {
            return Err(ErrorKind::Mismatch {
                expected: self.encoder.element,
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
        self.refuse_what_is_broken()?;
        self.flush()?;
        self.conclude()
    }

    /// Packs what waits. It is checked at once: to keep it while the next is planned would take as much memory again.
    fn flush(&mut self) -> Result<()> {
        if self.waiting.shape()[0] > 0 {
            let mut shape = self.waiting.shape().to_vec();
            shape[0] = 0;
            let full = std::mem::replace(&mut self.waiting, Array::zeros(self.encoder.element, &shape)?);
            if let Some(encoded) = self.segment(&full.view(), None)? {
                let checked = self.check.segment(&full.view(), encoded);
                self.has_failed |= checked.is_err();
                checked?;
            }
            self.waiting = full.emptied()?;
        }
        Ok(())
    }

    /// An array that some time steps were lost of is not gone on with.
    fn refuse_what_is_broken(&self) -> Result<()> {
        if self.has_failed {
            let what = "an error before this was not heeded".to_owned();
            return Err(ErrorKind::Broken { name: self.check.name.clone(), what }.into());
        }
        Ok(())
    }

    /// Plans some time steps, takes them apart and hands them to the encoders, and meanwhile sees that those before come back.
    fn segment(
        &mut self,
        view: &ArrayView<'_>,
        before: Option<(ArrayView<'_>, Encoded)>,
    ) -> Result<Option<Encoded>> {
        let encoded = self.encode(view, before);
        self.has_failed |= encoded.is_err();
        encoded
    }

    fn encode(
        &mut self,
        view: &ArrayView<'_>,
        before: Option<(ArrayView<'_>, Encoded)>,
    ) -> Result<Option<Encoded>> {
        let (encoder, check) = (&mut self.encoder, &mut self.check);
        if matches!(check.contract, Contract::Quality { .. }) {
            encoder.lossy(view, check)?;
            return Ok(None);
        }
        let Some((earlier, sent)) = before else { return encoder.exact(view).map(Some) };
        let (checked, next) = thread::scope(|scope| {
            let checking = scope.spawn(|| check.segment(&earlier, sent));
            let next = encoder.exact(view);
            (checking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), next)
        });
        checked?;
        next.map(Some)
    }

    fn conclude(self) -> Result<()> {
        self.encoder.conclude(&self.check)
    }
}

/// Where the segments of an array go, and what the sidecar will say of them.
struct Encoder<'p> {
    pack: &'p mut PackWriter,
    options: ArrayOptions,
    name: String,
    element: ElementType,
    /// With the time steps that are encoded.
    shape: Vec<usize>,
    parts: Vec<FinishedPart>,
    part: Option<Part>,
    /// What was found out for the last segment.
    before: Option<Known>,
    /// Goes last, when nothing writes to them any more.
    files: Files,
}

impl Encoder<'_> {
    /// Plans some time steps and hands them to the encoders.
    fn exact(&mut self, view: &ArrayView<'_>) -> Result<Encoded> {
        let (segment, streams) = self.planned(view)?;
        let streams: Vec<_> = streams.into_iter().map(Arc::new).collect();
        if self.part.as_ref().is_some_and(|part| !part.takes(&segment.plan().streams)) {
            self.end_part()?;
        }
        if self.part.is_none() {
            let (ffmpeg, folder) = (&self.pack.ffmpeg, self.pack.staging.folder());
            self.part =
                Some(Part::create(ffmpeg, folder, self.stem(), &segment.plan().streams, &self.options)?);
        }
        if let Some(part) = &mut self.part {
            part.push(&segment, &streams)?;
        }
        self.count(view);
        let (plan, side) = segment.into_parts();
        Ok(Encoded { plan, side, streams })
    }

    /// Encodes a segment into a part of its own: what an encoder leaves of it is known when it has ended, and measured while
    /// the original is at hand.
    fn lossy(&mut self, view: &ArrayView<'_>, check: &mut Check) -> Result<()> {
        let (segment, streams) = self.planned(view)?;
        view.hash(&mut check.original);
        let lossy = Lossy {
            ffmpeg: &self.pack.ffmpeg,
            folder: self.pack.staging.folder(),
            stem: self.stem(),
            name: &self.name,
            start: self.shape.first().copied().unwrap_or(0),
            options: &self.options,
        };
        if let Some(meter) = &mut check.meter {
            let (part, restored, measured) = lossy.pack(view, &segment, &streams, meter)?;
            meter.merge(&measured);
            restored.view().hash(&mut check.restored);
            check.steps += view.shape()[0];
            self.parts.push(part);
        }
        self.count(view);
        Ok(())
    }

    /// A segment, and the frames of each of its streams.
    fn planned(&mut self, view: &ArrayView<'_>) -> Result<(Segment, Vec<Vec<u8>>)> {
        let mut segment = segment(self.before.as_ref(), view, &self.options)?;
        let streams = segment.take_frames();
        self.before = Some(segment.known());
        Ok((segment, streams))
    }

    /// Says that time steps are encoded.
    fn count(&mut self, view: &ArrayView<'_>) {
        if let Some(steps) = self.shape.first_mut() {
            *steps += view.shape()[0];
        }
        let steps = self.shape.first().copied().unwrap_or(1);
        self.pack.report(&self.name, Stage::Packing, steps);
    }

    fn stem(&self) -> String {
        stem(self.pack.sidecar.arrays.len(), &self.name, self.parts.len())
    }

    fn end_part(&mut self) -> Result<()> {
        if let Some(part) = self.part.take() {
            self.parts.push(part.finish()?);
        }
        Ok(())
    }

    fn conclude(mut self, check: &Check) -> Result<()> {
        self.end_part()?;
        let Check { name, original, restored, meter, steps, .. } = check;
        if !self.shape.is_empty() && self.shape[0] != *steps {
            let what = format!("{steps} of {} time steps were checked", self.shape[0]);
            return Err(ErrorKind::Broken { name: name.clone(), what }.into());
        }
        let bytes = self.parts.iter().map(FinishedPart::bytes).sum::<Result<u64>>()?;
        self.files.kept = true;
        self.pack.sidecar.arrays.push(ArrayEntry {
            name: self.name,
            element: self.element,
            shape: self.shape,
            contract: self.options.contract,
            original: original.finish(),
            restored: if meter.is_some() { restored.finish() } else { original.finish() },
            measured: meter.as_ref().map(|meter| meter.finish(bytes, self.options.target_psnr_db)),
            parts: self.parts.iter().map(|part| part.entry.clone()).collect(),
        });
        self.pack.parts.extend(self.parts);
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
