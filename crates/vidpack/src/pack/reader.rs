//! The segments of a part, decoded and restored.

use std::fs::File;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::pixels::Fit;
use super::track::{Source, TrackReader};
use crate::restore::{restore, restore_pieces};
use crate::{
    Array, ArrayView, Checksum, Container, Error, ErrorKind, Ffmpeg, PartEntry, Result, SegmentEntry,
    SegmentPlan, VideoEntry, attachment,
};

/// Reads some successive segments of a part. Every track is decoded by an ffmpeg of its own.
pub(super) struct PartReader<'p> {
    part: &'p PartEntry,
    paths: Vec<PathBuf>,
    tracks: Vec<TrackReader>,
    segments: Range<usize>,
    side: Vec<Vec<u8>>,
    /// The segment that was read last.
    current: Option<&'p SegmentEntry>,
    current_side: Vec<u8>,
}

impl<'p> PartReader<'p> {
    /// Opens a part of a pack that is there.
    pub(super) fn open(
        ffmpeg: &Ffmpeg,
        folder: &Path,
        part: &'p PartEntry,
        segments: Range<usize>,
    ) -> Result<Self> {
        let tracks = |video: &VideoEntry| {
            let path = folder.join(&video.file);
            (0..video.tracks.len()).map(move |track| Source { path: path.clone(), track })
        };
        Self::of(ffmpeg, folder, part, part.videos.iter().flat_map(tracks).collect(), segments)
    }

    /// Opens a part whose tracks are there.
    pub(super) fn of(
        ffmpeg: &Ffmpeg,
        folder: &Path,
        part: &'p PartEntry,
        sources: Vec<Source>,
        segments: Range<usize>,
    ) -> Result<Self> {
        let (mut paths, mut tracks) = (Vec::new(), Vec::new());
        let entries = part.videos.iter().flat_map(|video| &video.tracks);
        for (stream, (source, track)) in sources.into_iter().zip(entries).enumerate() {
            let counts = |segments: &[SegmentEntry]| -> Vec<usize> {
                segments.iter().filter_map(|segment| Some(segment.plan.streams.get(stream)?.frames)).collect()
            };
            let Some(plan) = part.segments.first().and_then(|segment| segment.plan.streams.get(stream))
            else {
                continue;
            };
            let first = counts(&part.segments[..segments.start]).iter().map(|count| *count as u64).sum();
            let fit = Fit::new(plan, track.frame);
            paths.push(source.path.clone());
            tracks.push(TrackReader::open(
                ffmpeg,
                source,
                fit,
                first,
                counts(&part.segments[segments.clone()]),
            ));
        }
        let side = sides(ffmpeg, folder, part, &segments)?;
        Ok(Self { part, paths, tracks, segments, side, current: None, current_side: Vec::new() })
    }

    /// The frames of each stream of the next segment, held against their checksums.
    pub(super) fn next(&mut self) -> Result<Vec<Vec<u8>>> {
        let frames = self.next_unchecked()?;
        let expected = self.current.map_or(&[][..], |segment| &segment.frames);
        for ((frames, expected), path) in frames.iter().zip(expected).zip(&self.paths) {
            if Checksum::of(frames) != *expected {
                let what = "it decodes to other frames than those that were written".to_owned();
                return Err(ErrorKind::Damaged { path: path.clone(), what }.into());
            }
        }
        Ok(frames)
    }

    /// The frames of each stream of the next segment, whatever they are.
    pub(super) fn next_unchecked(&mut self) -> Result<Vec<Vec<u8>>> {
        let next = self.segments.next().and_then(|number| self.part.segments.get(number));
        self.current = Some(next.ok_or_else(|| Error::plan("there are no more segments"))?);
        self.current_side = if self.side.is_empty() { Vec::new() } else { self.side.remove(0) };
        let ended = || Error::plan("a video has fewer segments than the sidecar says");
        self.tracks.iter_mut().map(|track| track.next().unwrap_or_else(|| Err(ended()))).collect()
    }

    /// The segment that was read last.
    pub(super) fn restore(&self, frames: &[Vec<u8>]) -> Result<Array> {
        restore(self.plan()?, frames, &self.current_side)
    }

    /// The same piece by piece: some time steps and the number of the first in the segment, in order.
    pub(super) fn restore_pieces(
        &self,
        frames: &[Vec<u8>],
        visitor: &mut dyn FnMut(usize, &ArrayView<'_>) -> Result<()>,
    ) -> Result<()> {
        restore_pieces(self.plan()?, frames, &self.current_side, visitor)
    }

    fn plan(&self) -> Result<SegmentPlan> {
        Ok(self.current.ok_or_else(|| Error::plan("no segment was read"))?.plan.clone())
    }
}

/// What stands beside the frames of some segments.
fn sides(ffmpeg: &Ffmpeg, folder: &Path, part: &PartEntry, segments: &Range<usize>) -> Result<Vec<Vec<u8>>> {
    let Some(side) = &part.side else { return Ok(Vec::new()) };
    let path = folder.join(&side.file);
    let mut bytes = Vec::new();
    match File::open(&path).and_then(|file| file.take(side.bytes.saturating_add(1)).read_to_end(&mut bytes)) {
        Ok(_) => {}
        // The video holds it too.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let video = part.videos.iter().find(|video| holds_attachments(video));
            let video = video.ok_or_else(|| Error::io("cannot be read", &path)(error))?;
            bytes = attachment(ffmpeg, &folder.join(&video.file), &side.file, side.bytes)?;
        }
        Err(error) => return Err(Error::io("cannot be read", &path)(error)),
    }
    let damaged = |what: String| Error::from(ErrorKind::Damaged { path: path.clone(), what });
    if bytes.len() as u64 != side.bytes {
        let found = if bytes.len() as u64 > side.bytes { "more".to_owned() } else { bytes.len().to_string() };
        return Err(damaged(format!("it has {found} bytes instead of {}", side.bytes)));
    }
    if Checksum::of(&bytes) != side.checksum {
        return Err(damaged("its bytes are not those that were written".to_owned()));
    }
    let mut rest = &bytes[..];
    let mut sides = Vec::new();
    for segment in &part.segments {
        let own = usize::try_from(segment.side_bytes).ok().and_then(|bytes| rest.split_at_checked(bytes));
        let (own, after) = own.ok_or_else(|| damaged("segments have more of it than there is".to_owned()))?;
        sides.push(own.to_vec());
        rest = after;
    }
    Ok(sides.drain(segments.clone()).collect())
}

fn holds_attachments(video: &VideoEntry) -> bool {
    video.tracks.iter().all(|track| track.settings.container == Container::Matroska)
}
