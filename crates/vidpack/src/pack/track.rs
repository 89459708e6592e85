//! Tracks: each encoded and decoded by an ffmpeg of its own, side by side.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread::{self, JoinHandle};

use super::pixels::Fit;
use crate::{Ffmpeg, Result, VideoReader, VideoSettings, VideoWriter};

/// Where a track is: a file, and which of its videos.
#[derive(Debug, Clone)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    pub(super) track: usize,
}

/// How many segments wait for an encoder: while one is in work, the next is prepared. A reader holds one back anyway.
const AHEAD: usize = 1;

/// A track that is being written. Dropped before [`finish`](Self::finish), it ends its ffmpeg and removes its file.
pub(super) struct TrackWriter {
    segments: Option<SyncSender<Message>>,
    thread: Option<JoinHandle<Result<()>>>,
    cancelled: Arc<AtomicBool>,
}

enum Message {
    /// The frames of a segment, one after the other.
    Frames(Arc<Vec<u8>>),
    /// There are no more.
    Finish,
}

impl TrackWriter {
    pub(super) fn create(ffmpeg: &Ffmpeg, path: &Path, settings: &VideoSettings, fit: Fit) -> Result<Self> {
        let writer = VideoWriter::create(ffmpeg, path, settings, fit.video())?;
        let (segments, received) = mpsc::sync_channel(AHEAD);
        let cancelled = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&cancelled);
        let thread = thread::spawn(move || write(writer, &received, fit, &seen));
        Ok(Self { segments: Some(segments), thread: Some(thread), cancelled })
    }

    /// Adds the frames of a segment. Waits while the encoder is behind by more than a segment.
    pub(super) fn push(&mut self, frames: Arc<Vec<u8>>) -> Result<()> {
        self.send(Message::Frames(frames))
    }

    /// Ends the track.
    pub(super) fn finish(mut self) -> Result<()> {
        self.send(Message::Finish)?;
        self.end()
    }

    fn send(&mut self, message: Message) -> Result<()> {
        match self.segments.as_ref().map(|segments| segments.send(message)) {
            Some(Ok(())) => Ok(()),
            // Nobody receives it: the thread has ended, and says why.
            _ => self.end(),
        }
    }

    fn end(&mut self) -> Result<()> {
        self.segments = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
            None => Ok(()),
        }
    }
}

impl Drop for TrackWriter {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.segments = None;
        if let Some(thread) = self.thread.take() {
            // What it has to say no longer matters. That its ffmpeg is gone does.
            let _ = thread.join();
        }
    }
}

fn write(
    mut writer: VideoWriter,
    received: &Receiver<Message>,
    fit: Fit,
    cancelled: &AtomicBool,
) -> Result<()> {
    let mut wide = Vec::new();
    while let Ok(message) = received.recv() {
        let Message::Frames(frames) = message else { return writer.finish_unsynced() };
        for frame in frames.chunks_exact(fit.stream_bytes()) {
            if cancelled.load(Ordering::Relaxed) {
                return Ok(());
            }
            if fit.is_plain() {
                writer.push(frame)?;
            } else {
                fit.widen(frame, &mut wide);
                writer.push(&wide)?;
            }
        }
    }
    // Whoever was writing has gone away without an end, and the video goes with them.
    Ok(())
}

/// A track that is being read, segment by segment.
pub(super) struct TrackReader {
    segments: Receiver<Result<Vec<u8>>>,
}

impl TrackReader {
    /// Opens a video where the frames of some segments follow each other. `counts` says how many each has.
    pub(super) fn open(ffmpeg: &Ffmpeg, source: Source, fit: Fit, first: u64, counts: Vec<usize>) -> Self {
        let (sender, segments) = mpsc::sync_channel(0);
        let ffmpeg = ffmpeg.clone();
        thread::spawn(move || {
            if let Err(error) = read(&ffmpeg, &source, fit, first, &counts, &sender) {
                // Nobody listens any more when whoever was reading met another error.
                let _ = sender.send(Err(error));
            }
        });
        Self { segments }
    }

    /// The frames of the next segment, one after the other.
    pub(super) fn next(&mut self) -> Option<Result<Vec<u8>>> {
        self.segments.recv().ok()
    }
}

fn read(
    ffmpeg: &Ffmpeg,
    source: &Source,
    fit: Fit,
    first: u64,
    counts: &[usize],
    sender: &SyncSender<Result<Vec<u8>>>,
) -> Result<()> {
    let end = counts.iter().fold(first, |end, count| end.saturating_add(*count as u64));
    let mut reader = VideoReader::open_track(ffmpeg, &source.path, source.track, fit.video(), first..end)?;
    let mut frame = vec![0; fit.video().frame_bytes()];
    let mut held = None;
    for &count in counts {
        // Room is taken as frames come: how many there are is only what the sidecar says.
        let mut frames = Vec::new();
        for _ in 0..count {
            // The reader itself says when there are too few.
            reader.read(&mut frame)?;
            if fit.is_plain() { frames.extend_from_slice(&frame) } else { fit.cut(&frame, &mut frames) }
        }
        if let Some(frames) = held.replace(frames)
            && sender.send(Ok(frames)).is_err()
        {
            return Ok(());
        }
    }
    // That all is well is certain only at the end. The last segment waits for it.
    reader.finish()?;
    if let Some(frames) = held {
        let _ = sender.send(Ok(frames));
    }
    Ok(())
}
