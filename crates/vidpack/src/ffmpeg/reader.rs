//! Frames out of a video.

use std::io::Read as _;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ChildStdout;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;

use super::info::{add_input, demuxer};
use super::process::{Process, Task};
use super::{FRAME_RATE, Ffmpeg, FfmpegError, FrameFormat, PixelFormat};
use crate::Result;

/// Bytes that are read from ffmpeg at a time; a pipe of Linux holds 64 KiB.
const CHUNK: usize = 1 << 18;

/// How many such pieces there are: what is read ahead takes 4 MiB, whatever the size of frames.
const CHUNKS: usize = 16;

/// MP4 is sought by when frames are decoded, which is before they are shown: by 2 frames in libx264 and libx265 as they are
/// set, by 16 at most.
const MP4_LEAD: u64 = 16;

/// A video, or some frames of it, being read.
///
/// Only what these frames need is decoded: in FFV1 they themselves, in other codecs what comes before them from the last keyframe
/// on. Frames are found by their times, so the video has to be one that [`crate::VideoWriter`] wrote, or that has the same 25
/// frames a second. Dropping it ends ffmpeg.
///
/// That all is well is certain only at the end: once [`VideoReader::read`] said that there is nothing more, or
/// [`VideoReader::finish`] said so.
#[derive(Debug)]
pub struct VideoReader {
    /// None when no frames were asked for.
    run: Option<Run>,
    expected: FrameFormat,
    frames: Range<u64>,
    read: u64,
    path: PathBuf,
}

#[derive(Debug)]
struct Run {
    process: Process,
    filled: Receiver<Vec<u8>>,
    empty: Sender<Vec<u8>>,
    chunk: Vec<u8>,
    position: usize,
    track: usize,
    checked: bool,
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadSummary {
    /// Frames that were given out.
    pub frames: u64,
    /// Frames that ffmpeg decoded for them, as far as it says so.
    pub decoded: Option<u64>,
}

impl VideoReader {
    /// Opens some frames of a video, counted from 0.
    ///
    /// # Errors
    ///
    /// [`FfmpegError::NoVideo`] when the file is neither Matroska (WebM) nor MP4. Whether its frames are as expected is known with the
    /// first of them.
    pub fn open(
        ffmpeg: &Ffmpeg,
        path: impl AsRef<Path>,
        expected: FrameFormat,
        frames: Range<u64>,
    ) -> Result<Self> {
        Self::open_track(ffmpeg, path, 0, expected, frames)
    }

    /// The same of another video in the file: tracks are counted from 0.
    ///
    /// # Errors
    ///
    /// As [`VideoReader::open`].
    pub fn open_track(
        ffmpeg: &Ffmpeg,
        path: impl AsRef<Path>,
        track: usize,
        expected: FrameFormat,
        frames: Range<u64>,
    ) -> Result<Self> {
        let path = path.as_ref();
        let Range { start, end } = frames.clone();
        // Times are counted in microseconds, in 64 bits.
        if start > end || end > u64::MAX / 2_000_000 {
            return Err(FfmpegError::FrameRange { start, end }.into());
        }
        let run =
            if start == end { None } else { Some(Run::start(ffmpeg, path, track, &expected, &frames)?) };
        Ok(Self { run, expected, frames, read: 0, path: path.to_owned() })
    }

    /// Reads the next frame, or gives false when all were read and all was well.
    ///
    /// # Errors
    ///
    /// [`FfmpegError::OtherVideo`] when the video has another size or other pixels, [`FfmpegError::FrameCount`] when it ends too soon,
    /// [`FfmpegError::FrameLength`] when `frame` is not as long as a frame, and what ffmpeg says when it fails or finds damage.
    pub fn read(&mut self, frame: &mut [u8]) -> Result<bool> {
        let expected = self.expected.frame_bytes();
        if frame.len() != expected {
            return Err(FfmpegError::FrameLength { expected, found: frame.len() }.into());
        }
        if self.read == self.wanted() {
            self.conclude()?;
            return Ok(false);
        }
        let Some(run) = &mut self.run else { return Ok(false) };
        run.check_format(&self.expected)?;
        let mut filled = 0;
        while filled < frame.len() {
            let bytes = run.bytes()?;
            if bytes.is_empty() {
                run.process.end_well(|| 0)?;
                return Err(self.wrong_count(self.read).into());
            }
            let count = bytes.len().min(frame.len() - filled);
            frame[filled..filled + count].copy_from_slice(&bytes[..count]);
            run.position += count;
            filled += count;
        }
        self.read += 1;
        Ok(true)
    }

    /// Checks that ffmpeg ended well and gave neither less nor more than was asked for.
    ///
    /// # Errors
    ///
    /// [`FfmpegError::FrameCount`] also when not all frames were read: to stop early, drop the reader.
    pub fn finish(mut self) -> Result<ReadSummary> {
        if self.read != self.wanted() {
            return Err(self.wrong_count(self.read).into());
        }
        self.conclude()
    }

    fn conclude(&mut self) -> Result<ReadSummary> {
        let Some(run) = &mut self.run else { return Ok(ReadSummary { frames: 0, decoded: Some(0) }) };
        if !run.bytes()?.is_empty() {
            return Err(self.wrong_count(self.read + 1).into());
        }
        run.process.end_well(|| 0)?;
        Ok(ReadSummary { frames: self.read, decoded: run.process.log.frames_decoded() })
    }

    fn wanted(&self) -> u64 {
        self.frames.end - self.frames.start
    }

    fn wrong_count(&self, found: u64) -> FfmpegError {
        FfmpegError::FrameCount { path: self.path.clone(), expected: self.wanted(), found }
    }
}

impl Run {
    fn start(
        ffmpeg: &Ffmpeg,
        path: &Path,
        track: usize,
        expected: &FrameFormat,
        frames: &Range<u64>,
    ) -> Result<Self> {
        let Range { start, end } = *frames;
        let mut task = Task::new(ffmpeg, "read the video", path);
        if start > 0 {
            // To the keyframe at or before it, with the times of the file: the filter below takes frames by these.
            let target = start.saturating_sub(if demuxer(path)? == "mov" { MP4_LEAD } else { 0 });
            task.args(["-noaccurate_seek", "-ss", &seconds(target, Offset::None)]);
        }
        task.arg("-copyts");
        add_input(&mut task, path)?;
        // Half a frame off, so that no rounding of times decides which frames are in. A seek that ended too late leaves some out,
        // and the count is wrong.
        let from =
            if start > 0 { format!("start={}:", seconds(start, Offset::HalfBefore)) } else { String::new() };
        let mut filter = format!("trim={from}end={}", seconds(end, Offset::HalfBefore));
        if matches!(expected.pixel_format, PixelFormat::Gray8 | PixelFormat::Gray10) {
            // Of H.264 comes gray with two planes of chroma.
            filter.push_str(",extractplanes=y");
        }
        let map = format!("0:v:{track}");
        task.args(["-map", &map, "-vf", &filter, "-frames:v", &(end - start).to_string()]);
        task.args(ffmpeg.passthrough()).args(["-noauto_conversion_filters", "-f", "rawvideo", "pipe:1"]);

        let (process, stdout) = task.drain()?;
        let (sender, filled) = mpsc::channel();
        let (empty, recycled) = mpsc::channel();
        for _ in 0..CHUNKS {
            // Sent to a receiver that stands three lines above.
            let _ = empty.send(Vec::new());
        }
        thread::spawn(move || drain(stdout, &recycled, &sender));
        Ok(Self { process, filled, empty, chunk: Vec::new(), position: 0, track, checked: false })
    }

    /// Compares what ffmpeg says of the video with what is expected; it says so before it gives the first frame.
    fn check_format(&mut self, expected: &FrameFormat) -> Result<(), FfmpegError> {
        if self.checked {
            return Ok(());
        }
        let Some(stream) = self.process.log.stream(self.track, self.process.about.stall_timeout) else {
            // It ended without a word about a video, or hangs.
            return Err(match self.bytes() {
                Ok(_) => self.process.ended_early(),
                Err(error) => error,
            });
        };
        if !stream.matches(expected) {
            let path = self.process.about.path().to_owned();
            return Err(FfmpegError::OtherVideo { path, expected: *expected, found: stream.shown() });
        }
        self.checked = true;
        Ok(())
    }

    /// Bytes that are there; none at the end.
    fn bytes(&mut self) -> Result<&[u8], FfmpegError> {
        if self.position == self.chunk.len() {
            // The thread may have ended.
            let _ = self.empty.send(std::mem::take(&mut self.chunk));
            self.position = 0;
            match self.filled.recv_timeout(self.process.about.stall_timeout) {
                Ok(chunk) => self.chunk = chunk,
                Err(RecvTimeoutError::Disconnected) => {}
                Err(RecvTimeoutError::Timeout) => return Err(self.process.stalled()),
            }
        }
        Ok(&self.chunk[self.position..])
    }
}

/// Reads ahead until ffmpeg closes the pipe, or nobody wants more.
fn drain(mut stdout: ChildStdout, empty: &Receiver<Vec<u8>>, filled: &Sender<Vec<u8>>) {
    for mut chunk in empty {
        chunk.resize(CHUNK, 0);
        let count = loop {
            match stdout.read(&mut chunk) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) | Ok(0) => return,
                Ok(count) => break count,
            }
        };
        chunk.truncate(count);
        if filled.send(chunk).is_err() {
            return;
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Offset {
    None,
    HalfBefore,
}

/// The time of a frame, exact in microseconds.
fn seconds(frame: u64, offset: Offset) -> String {
    let length = 1_000_000 / u64::from(FRAME_RATE);
    let micros = frame * length;
    let micros = match offset {
        Offset::None => micros,
        Offset::HalfBefore => micros.saturating_sub(length / 2),
    };
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_frames_are_exact() {
        assert_eq!(seconds(0, Offset::HalfBefore), "0.000000");
        assert_eq!(seconds(1, Offset::HalfBefore), "0.020000");
        assert_eq!(seconds(40, Offset::None), "1.600000");
        assert_eq!(seconds(1_000_000_007, Offset::None), "40000000.280000");
    }
}
