//! Sidecars from JSON, held against themselves, and back.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;

use super::{ArrayEntry, FORMAT_VERSION, PartEntry, Sidecar};
use crate::pack::{Fit, folded};
use crate::{Error, ErrorKind, Result};

/// What says whether the rest can be understood.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u64,
}

impl Sidecar {
    /// What [`Sidecar::format`] is.
    pub const FORMAT: &str = "vidpack";

    /// Reads a sidecar, and holds it against itself. `path` is what errors call it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotAPack`] when it is not JSON of this format, [`ErrorKind::Version`] when it is of a later version,
    /// [`ErrorKind::Sidecar`] when it contradicts itself.
    pub fn from_json(json: &[u8], path: &Path) -> Result<Self> {
        let not = |why: String| Error::from(ErrorKind::NotAPack { path: path.to_owned(), why });
        let head: Head =
            serde_json::from_slice(json).map_err(|error| not(format!("its sidecar is none: {error}")))?;
        if head.format != Self::FORMAT {
            return Err(not(format!("its format is {:?}", head.format)));
        }
        if head.version > u64::from(FORMAT_VERSION) {
            let (path, found, supported) = (path.to_owned(), head.version, FORMAT_VERSION);
            return Err(ErrorKind::Version { path, found, supported }.into());
        }
        let damaged = |what: String| Error::from(ErrorKind::Sidecar { path: path.to_owned(), what });
        let sidecar: Self = serde_json::from_slice(json).map_err(|error| damaged(error.to_string()))?;
        sidecar.check().map_err(damaged)?;
        Ok(sidecar)
    }

    /// The sidecar as JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Every key is a string and every number finite, so there is nothing that JSON could not hold.
        let mut json = serde_json::to_vec_pretty(self).unwrap_or_default();
        json.push(b'\n');
        json
    }

    fn check(&self) -> Result<(), String> {
        let (mut names, mut files) = (HashSet::new(), HashSet::new());
        for array in &self.arrays {
            if array.name.is_empty() || !names.insert(&array.name) {
                return Err(format!("two arrays, or one without a name, are called {:?}", array.name));
            }
            array.check(&mut files).map_err(|what| format!("array {:?}: {what}", array.name))?;
        }
        Ok(())
    }
}

impl ArrayEntry {
    fn check<'s>(&'s self, files: &mut HashSet<&'s str>) -> Result<(), String> {
        let shape = folded(&self.shape);
        let bytes = shape.iter().try_fold(self.element.bytes(), |bytes, axis| bytes.checked_mul(*axis));
        bytes.ok_or_else(|| format!("the shape {:?} is larger than memory can be", self.shape))?;
        let mut steps = 0_usize;
        for (number, part) in self.parts.iter().enumerate() {
            let in_part = |what: String| format!("part {number}: {what}");
            part.check(files).map_err(in_part)?;
            for segment in &part.segments {
                let plan = &segment.plan;
                let (element, own) = (plan.array_element(), plan.array_shape());
                if element != self.element || own.len() != shape.len() || own[1..] != shape[1..] {
                    return Err(in_part(format!(
                        "a segment of {element} and shape {own:?} in an array of {} and shape {:?}",
                        self.element, self.shape
                    )));
                }
                plan.check().map_err(|error| in_part(error.to_string()))?;
                steps = steps.saturating_add(segment.steps());
            }
        }
        if steps != shape[0] {
            return Err(format!("its segments have {steps} time steps instead of {}", shape[0]));
        }
        Ok(())
    }
}

impl PartEntry {
    fn check<'s>(&'s self, files: &mut HashSet<&'s str>) -> Result<(), String> {
        let names =
            self.videos.iter().map(|video| &video.file).chain(self.side.iter().map(|side| &side.file));
        for name in names {
            // Another folder is nobody's business of a pack.
            if !is_plain(name) || !files.insert(name) {
                return Err(format!("a file called {name:?}"));
            }
        }
        let Some(first) = self.segments.first() else { return Err("it has no segments".to_owned()) };
        let tracks: Vec<_> = self.videos.iter().flat_map(|video| &video.tracks).collect();
        for segment in &self.segments {
            let streams = &segment.plan.streams;
            if streams.len() != tracks.len() || segment.frames.len() != tracks.len() {
                return Err(format!("{} tracks for {} streams", tracks.len(), streams.len()));
            }
            let is_kind = |number: usize| {
                let (one, other) = (&streams[number], &first.plan.streams[number]);
                (one.width, one.height, one.planes, one.bits)
                    == (other.width, other.height, other.planes, other.bits)
            };
            if !(0..streams.len()).all(is_kind) {
                return Err("its segments have streams of several kinds".to_owned());
            }
        }
        for (number, track) in tracks.iter().enumerate() {
            let stream = &first.plan.streams[number];
            let frames = self.segments.iter().map(|segment| segment.plan.streams[number].frames as u64);
            let frames = frames.fold(0_u64, u64::saturating_add);
            if frames != track.frames {
                return Err(format!("track {number} has {} frames, and its segments {frames}", track.frames));
            }
            if !Fit::holds(stream, track.frame) {
                return Err(format!("track {number}, of {}, does not hold its stream", track.frame));
            }
        }
        let side =
            self.segments.iter().fold(0_u64, |bytes, segment| bytes.saturating_add(segment.side_bytes));
        let file = self.side.as_ref().map_or(0, |side| side.bytes);
        if side != file {
            return Err(format!("{side} bytes beside the frames, and {file} in their file"));
        }
        Ok(())
    }
}

/// Whether a name is that of a file in the same folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('.')
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
}
