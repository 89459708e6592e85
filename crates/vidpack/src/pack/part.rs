//! A part that is being written: segments whose frames are of the same kinds, and so share videos.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::pixels::Fit;
use super::track::{Source, TrackWriter};
use crate::ffmpeg::join_matroska;
use crate::sidecar::Hasher;
use crate::{
    ArrayOptions, Checksum, Codec, Container, Content, Contract, Error, Ffmpeg, FfmpegError, PartEntry,
    Result, SIDECAR_NAME, Segment, SegmentEntry, SideEntry, StreamPlan, TrackEntry, VideoEntry,
    VideoSettings, join,
};

/// The encoder for bits that no codec makes smaller.
const RAW: &str = "rawvideo";

pub(super) struct Part {
    folder: PathBuf,
    /// What its files are called, without an extension.
    stem: String,
    streams: Vec<StreamPlan>,
    tracks: Vec<(TrackWriter, TrackEntry, PathBuf)>,
    side: Option<Side>,
    segments: Vec<SegmentEntry>,
}

/// A part whose tracks are encoded, each in a file of its own.
#[derive(Debug)]
pub(super) struct FinishedPart {
    /// What the sidecar says of it once the tracks are joined.
    pub(super) entry: PartEntry,
    tracks: Vec<PathBuf>,
}

impl FinishedPart {
    /// Where the tracks are before they are joined.
    pub(super) fn sources(&self) -> Vec<Source> {
        self.tracks.iter().map(|path| Source { path: path.clone(), track: 0 }).collect()
    }

    /// How many bytes the tracks and what stands beside them have.
    pub(super) fn bytes(&self) -> Result<u64> {
        let mut bytes = self.entry.side.as_ref().map_or(0, |side| side.bytes);
        for track in &self.tracks {
            bytes += track.metadata().map_err(Error::io("cannot be read", track))?.len();
        }
        Ok(bytes)
    }

    /// Removes its files.
    pub(super) fn remove(&self, folder: &Path) -> Result<()> {
        let side = self.entry.side.as_ref().map(|side| folder.join(&side.file));
        for path in self.tracks.iter().cloned().chain(side) {
            std::fs::remove_file(&path).map_err(Error::io("cannot be removed", path))?;
        }
        Ok(())
    }

    /// Puts the tracks into the file that the sidecar names, with the sidecar where the file can hold it.
    pub(super) fn join(&self, ffmpeg: &Ffmpeg, folder: &Path, sidecar: &[u8]) -> Result<()> {
        let Some(video) = self.entry.videos.first() else { return Ok(()) };
        let container = video.tracks.first().map_or(Container::Matroska, |track| track.settings.container);
        let side = match &self.entry.side {
            Some(side) if container == Container::Matroska => {
                let path = folder.join(&side.file);
                Some((&*side.file, std::fs::read(&path).map_err(Error::io("cannot be read", path))?))
            }
            _ => None,
        };
        let path = folder.join(&video.file);
        if container == Container::Matroska {
            let side = side.as_ref().map(|(name, bytes)| (*name, &**bytes));
            let attachments: Vec<_> = [(SIDECAR_NAME, sidecar)].into_iter().chain(side).collect();
            let found = join_matroska(&self.tracks, &path, &attachments)?;
            for (track, found) in video.tracks.iter().zip(found) {
                if track.frames != found {
                    return Err(FfmpegError::FrameCount { path, expected: track.frames, found }.into());
                }
            }
        } else {
            join(ffmpeg, &self.tracks, &path, container, &[])?;
        }
        for track in &self.tracks {
            std::fs::remove_file(track).map_err(Error::io("cannot be removed", track))?;
        }
        Ok(())
    }
}

struct Side {
    file: File,
    name: String,
    bytes: u64,
    hasher: Hasher,
}

impl Part {
    /// Starts a part with the streams of its first segment.
    pub(super) fn create(
        ffmpeg: &Ffmpeg,
        folder: &Path,
        stem: String,
        streams: &[StreamPlan],
        options: &ArrayOptions,
    ) -> Result<Self> {
        let mut tracks = Vec::new();
        for (number, stream) in streams.iter().enumerate() {
            let settings = settings(stream, options);
            let fit = Fit::choose(ffmpeg, &settings.codec, stream)?;
            let path = folder.join(format!("{stem}.track{number}.{}", settings.container.extension()));
            let writer = TrackWriter::create(ffmpeg, &path, &settings, fit)?;
            tracks.push((writer, TrackEntry { frame: fit.video(), frames: 0, settings }, path));
        }
        let streams = kinds(streams);
        Ok(Self { folder: folder.to_owned(), stem, streams, tracks, side: None, segments: Vec::new() })
    }

    /// Whether the frames of another segment are of the same kinds.
    pub(super) fn takes(&self, streams: &[StreamPlan]) -> bool {
        self.streams == kinds(streams)
    }

    /// Adds a segment with the frames of each of its streams.
    pub(super) fn push(&mut self, segment: &Segment, frames: &[Arc<Vec<u8>>]) -> Result<()> {
        let streams = &segment.plan().streams;
        for ((frames, (writer, track, _)), stream) in frames.iter().zip(&mut self.tracks).zip(streams) {
            writer.push(Arc::clone(frames))?;
            track.frames += stream.frames as u64;
        }
        let side_bytes = segment.side().len() as u64;
        if side_bytes > 0 {
            self.side()?.write(segment.side())?;
        }
        let checksums = frames.iter().map(|frames| Checksum::of(frames)).collect();
        self.segments.push(SegmentEntry { plan: segment.plan().clone(), frames: checksums, side_bytes });
        Ok(())
    }

    /// Ends the tracks.
    pub(super) fn finish(self) -> Result<FinishedPart> {
        let (mut tracks, mut paths) = (Vec::new(), Vec::new());
        for (writer, track, path) in self.tracks {
            writer.finish()?;
            tracks.push(track);
            paths.push(path);
        }
        let side = self.side.map(Side::finish);
        let video = tracks.first().map(|track: &TrackEntry| VideoEntry {
            file: format!("{}.{}", self.stem, track.settings.container.extension()),
            tracks: Vec::new(),
        });
        let videos = video.map(|video| VideoEntry { tracks, ..video }).into_iter().collect();
        let entry = PartEntry { videos, side, segments: self.segments };
        Ok(FinishedPart { entry, tracks: paths })
    }

    fn side(&mut self) -> Result<&mut Side> {
        if self.side.is_none() {
            let name = format!("{}.side", self.stem);
            let path = self.folder.join(&name);
            let file = File::create_new(&path).map_err(Error::io("cannot be written", path))?;
            self.side = Some(Side { file, name, bytes: 0, hasher: Hasher::default() });
        }
        match &mut self.side {
            Some(side) => Ok(side),
            None => unreachable!("it was made above"),
        }
    }
}

impl Side {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(Error::io("cannot be written", &self.name))?;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    fn finish(self) -> SideEntry {
        SideEntry { file: self.name, bytes: self.bytes, checksum: self.hasher.finish() }
    }
}

/// What streams of segments have to have in common.
fn kinds(streams: &[StreamPlan]) -> Vec<StreamPlan> {
    streams.iter().map(|stream| StreamPlan { frames: 0, ..stream.clone() }).collect()
}

/// How a stream is encoded.
fn settings(stream: &StreamPlan, options: &ArrayOptions) -> VideoSettings {
    if stream.content == Content::Noise {
        return VideoSettings::new(Codec::Other { name: RAW.to_owned(), options: Vec::new() });
    }
    if let Contract::Quality { .. } = options.contract {
        return VideoSettings::new(options.codec.clone()).with_container(options.container);
    }
    let mut ffv1 = options.ffv1.clone();
    // A segment is decoded whole. What outliers leave is all but empty, and that FFV1 codes best afresh.
    if stream.content == (Content::Samples { part: 0 }) {
        let frames = u32::try_from(stream.frames).unwrap_or(u32::MAX);
        ffv1.keyframe_interval = ffv1.keyframe_interval.or(Some(frames));
    }
    VideoSettings::new(Codec::Ffv1(ffv1)).with_container(Container::Matroska)
}
