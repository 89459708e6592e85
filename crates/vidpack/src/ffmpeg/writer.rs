//! Frames into a video.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ChildStdin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;

use super::process::{Process, Task};
use super::{FRAME_RATE, Ffmpeg, FfmpegError, FrameFormat, VideoSettings, arguments, count_frames, path};
use crate::Result;

/// Bytes that are handed to the thread that feeds ffmpeg at a time.
const CHUNK: usize = 1 << 18;

/// How many such pieces there are: what is prepared ahead takes 2 MiB, whatever the size of frames.
const CHUNKS: usize = 8;

/// A video that is being written.
///
/// Frames go to ffmpeg through a thread, so that the next one can be prepared while the last one is encoded. Dropped before
/// [`VideoWriter::finish`], it ends ffmpeg and removes the file.
///
/// # Examples
///
/// ```no_run
/// use vidpack::{Codec, Ffmpeg, Ffv1, FrameFormat, PixelFormat, VideoSettings, VideoWriter};
///
/// # fn main() -> vidpack::Result<()> {
/// let format = FrameFormat { width: 64, height: 48, pixel_format: PixelFormat::Gray16 };
/// let settings = VideoSettings::new(Codec::Ffv1(Ffv1::default()));
/// let mut writer = VideoWriter::create(&Ffmpeg::find()?, "numbers.mkv", &settings, format)?;
/// writer.push(&vec![7; format.frame_bytes()])?;
/// assert_eq!(writer.finish()?.frames, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct VideoWriter {
    // Before the file, which goes when nothing writes to it any more.
    process: Process,
    file: PartialFile,
    ffmpeg: Ffmpeg,
    filled: Option<Sender<Vec<u8>>>,
    empty: Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    taken: Arc<AtomicU64>,
    format: FrameFormat,
    frames: u64,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct VideoSummary {
    /// Frames in the video.
    pub frames: u64,
    /// The size of the file.
    pub bytes: u64,
}

impl VideoWriter {
    /// Starts a video in a file that must not exist yet.
    ///
    /// # Errors
    ///
    /// Everything that can be known before the first frame: an encoder or pixel format that this ffmpeg does not have, a container
    /// that does not hold the codec, frames that are too small or too large for it or have an odd size where chroma is halved.
    pub fn create(
        ffmpeg: &Ffmpeg,
        path: impl AsRef<Path>,
        settings: &VideoSettings,
        format: FrameFormat,
    ) -> Result<Self> {
        let path = path.as_ref();
        let encoder = arguments::encoder(settings, &format)?;
        ffmpeg.supports(settings.codec.encoder(), format.pixel_format)?;

        let pixels = format.pixel_format.ffmpeg_name();
        let (size, rate) = (format!("{}x{}", format.width, format.height), FRAME_RATE.to_string());
        let mut task = Task::new(ffmpeg, "write the video", path);
        task.args(["-y", "-protocol_whitelist", "pipe", "-f", "rawvideo"]);
        task.args(["-pixel_format", pixels, "-video_size", &size, "-framerate", &rate]);
        // Numbers use the full range. It is said on both sides, or ffmpeg takes the sides for different and converts.
        task.args(["-color_range", "pc", "-i", "pipe:0", "-map", "0:v:0"]);
        task.args(ffmpeg.passthrough()).arg("-noauto_conversion_filters").args(encoder);
        task.args(["-pix_fmt", pixels, "-color_range", "pc"]);
        // No dates, versions or random numbers: the same frames give the same file.
        task.args(["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"]);
        task.args(["-f", settings.container.muxer()]).arg(path::local(path));

        let file = PartialFile::create(path)?;
        let (process, stdin) = task.feed()?;
        let (filled, to_feed) = mpsc::channel();
        let (recycled, empty) = mpsc::channel();
        for _ in 0..CHUNKS {
            // Sent to a receiver that stands three lines above.
            let _ = recycled.send(Vec::with_capacity(CHUNK));
        }
        let taken = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&taken);
        thread::spawn(move || feed(stdin, &to_feed, &recycled, &counter));
        Ok(Self {
            process,
            file,
            ffmpeg: ffmpeg.clone(),
            filled: Some(filled),
            empty,
            chunk: Vec::with_capacity(CHUNK),
            taken,
            format,
            frames: 0,
        })
    }

    /// Adds a frame, as [`crate::PixelFormat`] lays it out. Waits while ffmpeg is behind.
    ///
    /// # Errors
    ///
    /// [`FfmpegError::FrameLength`] or [`FfmpegError::NumberTooLarge`] when it is no frame of this format, which leaves the video as it
    /// was, and what ffmpeg says when it fails, after which the video is lost.
    pub fn push(&mut self, frame: &[u8]) -> Result<()> {
        let expected = self.format.frame_bytes();
        if frame.len() != expected {
            return Err(FfmpegError::FrameLength { expected, found: frame.len() }.into());
        }
        if !self.format.pixel_format.holds(frame) {
            return Err(FfmpegError::NumberTooLarge { pixel_format: self.format.pixel_format }.into());
        }
        let mut rest = frame;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rest.len().min(CHUNK - self.chunk.len()));
            self.chunk.extend_from_slice(part);
            rest = after;
            if self.chunk.len() == CHUNK {
                self.send_chunk()?;
            }
        }
        self.frames += 1;
        Ok(())
    }

    /// Ends the video, waits until ffmpeg has written it, checks that it has all frames, and syncs it to the disk.
    ///
    /// # Errors
    ///
    /// What ffmpeg says when it fails, [`FfmpegError::FrameCount`] when the file has fewer frames than were given. The file is removed.
    pub fn finish(self) -> Result<VideoSummary> {
        let (mut file, frames) = self.end()?;
        let bytes = file.sync()?;
        file.keep();
        Ok(VideoSummary { frames, bytes })
    }

    /// The same for a file that is only read again, and need not last.
    pub(crate) fn finish_unsynced(self) -> Result<()> {
        let (mut file, _) = self.end()?;
        file.keep();
        Ok(())
    }

    /// Ends the video, and gives the file with how many frames are in it.
    fn end(mut self) -> Result<(PartialFile, u64)> {
        if !self.chunk.is_empty() {
            self.send_chunk()?;
        }
        // The thread ends when it has fed everything, closes the pipe, and with it the video.
        self.filled = None;
        while self.next_empty()?.is_some() {}
        let path = self.file.path.clone();
        self.process.end_well(|| fs::metadata(&path).map_or(0, |file| file.len()))?;

        let found = match self.process.log.packets_muxed() {
            Some(found) => found,
            None => count_frames(&self.ffmpeg, &path)?,
        };
        if found != self.frames {
            return Err(FfmpegError::FrameCount { path, expected: self.frames, found }.into());
        }
        Ok((self.file, self.frames))
    }

    /// Hands the chunk to the thread, once there is an empty one to go on with.
    fn send_chunk(&mut self) -> Result<()> {
        let Some(empty) = self.next_empty()? else { return Err(self.process.ended_early().into()) };
        let full = std::mem::replace(&mut self.chunk, empty);
        match self.filled.as_ref().map(|filled| filled.send(full)) {
            Some(Ok(())) => Ok(()),
            _ => Err(self.process.ended_early().into()),
        }
    }

    /// An empty chunk, or none when the thread has ended.
    fn next_empty(&mut self) -> Result<Option<Vec<u8>>> {
        let mut before = self.taken.load(Ordering::Relaxed);
        loop {
            match self.empty.recv_timeout(self.ffmpeg.stall_timeout()) {
                Ok(chunk) => return Ok(Some(chunk)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    let now = self.taken.load(Ordering::Relaxed);
                    if now == before {
                        return Err(self.process.stalled().into());
                    }
                    before = now;
                }
            }
        }
    }
}

/// Feeds ffmpeg until there is nothing more, or it takes nothing more: the reason is in its status and its log.
fn feed(mut stdin: ChildStdin, filled: &Receiver<Vec<u8>>, empty: &Sender<Vec<u8>>, taken: &AtomicU64) {
    for mut chunk in filled {
        let mut rest = chunk.as_slice();
        while !rest.is_empty() {
            match stdin.write(rest) {
                Ok(0) => return,
                Ok(count) => {
                    rest = &rest[count..];
                    taken.fetch_add(count as u64, Ordering::Relaxed);
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
        chunk.clear();
        // Nobody takes it when the writer is only waiting for the end.
        let _ = empty.send(chunk);
    }
}

/// A file that goes away unless it is kept.
#[derive(Debug)]
pub(super) struct PartialFile {
    pub(super) path: PathBuf,
    kept: bool,
}

impl PartialFile {
    /// Takes the name, so that nothing of anybody else's can be overwritten or removed.
    pub(super) fn create(path: &Path) -> Result<Self, FfmpegError> {
        match File::create_new(path) {
            Ok(_) => Ok(Self { path: path.to_owned(), kept: false }),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(FfmpegError::Exists { path: path.to_owned() })
            }
            Err(source) => Err(FfmpegError::Io { action: "create the video", path: path.to_owned(), source }),
        }
    }

    /// Brings it to the disk. Gives its size.
    fn sync(&self) -> Result<u64, FfmpegError> {
        let synced = File::open(&self.path).and_then(|file| {
            file.sync_all()?;
            file.metadata()
        });
        synced.map(|metadata| metadata.len()).map_err(|source| FfmpegError::Io {
            action: "sync the video",
            path: self.path.clone(),
            source,
        })
    }

    pub(super) fn keep(&mut self) {
        self.kept = true;
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.kept {
            // There is nobody to tell, and a name that is gone already is what is wanted.
            let _ = fs::remove_file(&self.path);
        }
    }
}
