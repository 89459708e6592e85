//! An array in a pack.

use std::ops::{Bound, Range, RangeBounds};
use std::path::Path;

use super::folded;
use super::reader::PartReader;
use crate::sidecar::Hasher;
use crate::{Array, ArrayEntry, ElementType, ErrorKind, Ffmpeg, Result};

/// An array in a pack. Nothing of it is decoded before it is read.
#[derive(Debug, Clone, Copy)]
pub struct PackedArray<'p> {
    folder: &'p Path,
    ffmpeg: &'p Ffmpeg,
    entry: &'p ArrayEntry,
}

impl<'p> PackedArray<'p> {
    pub(super) fn new(folder: &'p Path, ffmpeg: &'p Ffmpeg, entry: &'p ArrayEntry) -> Self {
        Self { folder, ffmpeg, entry }
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'p str {
        &self.entry.name
    }

    /// The type of its elements.
    #[must_use]
    pub fn element_type(&self) -> ElementType {
        self.entry.element
    }

    /// The length of each axis, time first.
    #[must_use]
    pub fn shape(&self) -> &'p [usize] {
        &self.entry.shape
    }

    /// All that the sidecar says of it.
    #[must_use]
    pub fn entry(&self) -> &'p ArrayEntry {
        self.entry
    }

    /// Reads some time steps: positions on the first axis.
    ///
    /// Only the segments that they lie in are decoded, each whole; [`segments`](Self::segments) says which these are.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Steps`] when they do not lie within the array, [`ErrorKind::Damaged`] when a file is not the one that was
    /// written, [`ErrorKind::Memory`] when the result is larger than memory.
    pub fn read(&self, steps: impl RangeBounds<usize>) -> Result<Array> {
        let steps = self.resolve(&steps)?;
        let mut shape = folded(&self.entry.shape);
        shape[0] = 0;
        let mut out = Array::zeros(self.entry.element, &shape)?;
        self.visit(steps.clone(), &mut |reader, frames, within| {
            reader.restore_pieces(frames, &mut |first, piece| {
                let end = within.end.min(first + piece.shape()[0]);
                let start = within.start.max(first).min(end);
                if start < end { out.append(&piece.steps(start - first..end - first)) } else { Ok(()) }
            })
        })?;
        let mut shape = self.entry.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = steps.len();
        }
        out.into_shape(&shape)
    }

    /// Passes the array on segment by segment, in bounded memory: each with the time steps of its own.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), and whatever `visitor` gives.
    pub fn for_each(&self, visitor: &mut dyn FnMut(Array) -> Result<()>) -> Result<()> {
        let all = self.resolve(&..)?;
        self.visit(all, &mut |reader, frames, _| {
            let array = reader.restore(frames)?;
            let mut shape = self.entry.shape.clone();
            if let Some(first) = shape.first_mut() {
                *first = array.shape()[0];
            }
            visitor(array.into_shape(&shape)?)
        })
    }

    /// The time steps of each segment.
    #[must_use]
    pub fn segments(&self) -> Vec<Range<usize>> {
        let mut start = 0;
        let segments = self.entry.parts.iter().flat_map(|part| &part.segments);
        segments
            .map(|segment| {
                let steps = start..start + segment.steps();
                start = steps.end;
                steps
            })
            .collect()
    }

    /// Decodes the array, and holds frames and values against their checksums.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn verify(&self) -> Result<()> {
        let mut hasher = Hasher::default();
        let all = self.resolve(&..)?;
        self.visit(all, &mut |reader, frames, _| {
            reader.restore_pieces(frames, &mut |_, piece| {
                piece.hash(&mut hasher);
                Ok(())
            })
        })?;
        if hasher.finish() != self.entry.restored {
            let what =
                format!("the array {:?} is not restored as it was when it was packed", self.entry.name);
            return Err(ErrorKind::Damaged { path: self.folder.to_owned(), what }.into());
        }
        Ok(())
    }

    fn resolve(&self, steps: &impl RangeBounds<usize>) -> Result<Range<usize>> {
        let all = folded(&self.entry.shape)[0];
        let start = match steps.start_bound() {
            Bound::Included(start) => *start,
            Bound::Excluded(start) => start.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match steps.end_bound() {
            Bound::Included(end) => end.saturating_add(1),
            Bound::Excluded(end) => *end,
            Bound::Unbounded => all,
        };
        if start > end || end > all {
            return Err(ErrorKind::Steps { start, end, steps: all }.into());
        }
        Ok(start..end)
    }

    /// Decodes the segments that some time steps lie in, and passes the frames of each on with where in it the steps are.
    fn visit(&self, steps: Range<usize>, visitor: Visitor<'_>) -> Result<()> {
        let mut start = 0;
        for part in &self.entry.parts {
            let mut wanted = Vec::new();
            for (number, segment) in part.segments.iter().enumerate() {
                let own = start..start + segment.steps();
                start = own.end;
                if own.start < steps.end && own.end > steps.start {
                    let within = steps.start.max(own.start) - own.start..steps.end.min(own.end) - own.start;
                    wanted.push((number, within));
                }
            }
            let (Some((first, _)), Some((last, _))) = (wanted.first(), wanted.last()) else { continue };
            let mut reader = PartReader::open(self.ffmpeg, self.folder, part, *first..last + 1)?;
            for (_, within) in wanted {
                let frames = reader.next()?;
                visitor(&reader, &frames, within)?;
            }
        }
        Ok(())
    }
}

/// Takes the frames of a segment, with the reader that restores them, and where in it the wanted time steps are.
type Visitor<'v> = &'v mut dyn FnMut(&PartReader<'_>, &[Vec<u8>], Range<usize>) -> Result<()>;
