//! What a video is, before it is decoded.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::process::{Output, Task};
use super::{FRAME_RATE, Ffmpeg, FfmpegError, FrameFormat, PixelFormat, path};
use crate::Result;

/// What ffmpeg finds in a video without decoding it.
///
/// It is taken from what `ffmpeg -i` prints, because not every ffmpeg comes with an ffprobe.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct VideoInfo {
    /// The codec, as ffmpeg calls it: `ffv1`, `h264`, `hevc`.
    pub codec: String,
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// The pixel format, as ffmpeg calls it.
    pub pixel_format_name: String,
    /// The pixel format, when it is one of those that are read here.
    pub pixel_format: Option<PixelFormat>,
    /// The number of frames, reckoned from the duration and the frame rate that [`crate::VideoWriter`] gives to all its files.
    /// In files of others it says little: [`count_frames`] counts.
    pub frames_by_duration: Option<u64>,
}

impl VideoInfo {
    /// Looks into the header of a file.
    ///
    /// # Errors
    ///
    /// When the file is neither Matroska (WebM) nor MP4, or ffmpeg finds no video in it.
    pub fn read(ffmpeg: &Ffmpeg, video: &Path) -> Result<Self> {
        let mut task = Task::new(ffmpeg, "look into the video", video);
        add_input(&mut task, video)?;
        task.args(["-map", "0:v:0", "-c", "copy", "-t", "0", "-f", "null", "pipe:1"]);
        let output = task.capture(1024)?;
        let stream = output.log.stream(0, ffmpeg.stall_timeout());
        let stream = stream.ok_or_else(|| output.failed("there is no video in it"))?;
        Ok(Self {
            pixel_format: PixelFormat::from_ffmpeg_name(&stream.pixel_format),
            codec: stream.codec,
            width: stream.width,
            height: stream.height,
            pixel_format_name: stream.pixel_format,
            frames_by_duration: output.log.duration_seconds().map(frames_in),
        })
    }
}

/// Counts the frames of a video by its packets: the whole file is read, and nothing decoded.
///
/// # Errors
///
/// When the file is neither Matroska (WebM) nor MP4, or ffmpeg finds no video in it.
pub fn count_frames(ffmpeg: &Ffmpeg, video: &Path) -> Result<u64> {
    let mut task = Task::new(ffmpeg, "count the frames", video);
    add_input(&mut task, video)?;
    task.args(["-map", "0:v:0", "-c", "copy", "-f", "null", "pipe:1"]);
    let output = task.capture(1024)?;
    Ok(output.log.packets_muxed().ok_or_else(|| output.failed("it did not say how many there are"))?)
}

/// Adds a file as the input, and nothing that the file could name.
pub(super) fn add_input(task: &mut Task, video: &Path) -> Result<(), FfmpegError> {
    let demuxer = demuxer(video)?;
    // A list of other files, or an address, would need another demuxer or protocol.
    task.args(["-protocol_whitelist", "file,pipe", "-f", demuxer]).arg("-i").arg(path::local(video));
    Ok(())
}

/// The demuxer of a file, by how it begins: ffmpeg's own guess would take a text for a playlist.
pub(super) fn demuxer(video: &Path) -> Result<&'static str, FfmpegError> {
    let fail = |source| FfmpegError::Io { action: "read the video", path: video.to_owned(), source };
    let mut start = Vec::new();
    File::open(video).and_then(|file| file.take(8).read_to_end(&mut start)).map_err(fail)?;
    match start.as_slice() {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => Ok("matroska"),
        [_, _, _, _, b'f', b't', b'y', b'p'] => Ok("mov"),
        _ => Err(FfmpegError::NoVideo { path: video.to_owned() }),
    }
}

/// Times of frames are whole multiples, so rounding repairs the hundredths that ffmpeg prints.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, and it is an estimate"
)]
fn frames_in(seconds: f64) -> u64 {
    (seconds * f64::from(FRAME_RATE)).round() as u64
}

impl Output {
    fn failed(&self, message: &str) -> FfmpegError {
        self.task.failed(message.to_owned())
    }
}

/// A video stream, as ffmpeg describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    pub(super) codec: String,
    pub(super) pixel_format: String,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Stream {
    /// Reads `0: Video: ffv1 (FFV1 / 0x31564646), gray16le(pc, progressive), 64x48, 25 fps, …`, without what stands before it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (_, description) = text.split_once(": Video: ")?;
        let parts = split_outside_brackets(description);
        let codec = parts.first()?.split_whitespace().next()?.to_owned();
        let sizes = parts.iter().map(|part| parse_size(part));
        let (place, (width, height)) = sizes.enumerate().find_map(|(place, size)| Some((place, size?)))?;
        let pixel_format = parts[..place].last()?.split('(').next()?.trim().to_owned();
        Some(Self { codec, pixel_format, width, height })
    }

    /// Whether the frames of this video can be given out as these. ffmpeg's decoder of H.264 adds chroma planes to gray, which
    /// the reader leaves out.
    pub(super) fn matches(&self, expected: &FrameFormat) -> bool {
        let decoded = PixelFormat::from_ffmpeg_name(&self.pixel_format);
        let has_chroma_of_nothing = self.codec == "h264"
            && match expected.pixel_format {
                PixelFormat::Gray8 => decoded == Some(PixelFormat::Yuv420p),
                PixelFormat::Gray10 => decoded == Some(PixelFormat::Yuv420p10),
                _ => false,
            };
        (self.width, self.height) == (expected.width, expected.height)
            && (decoded == Some(expected.pixel_format) || has_chroma_of_nothing)
    }

    pub(super) fn shown(&self) -> String {
        format!("{} {}x{} {}", self.codec, self.width, self.height, self.pixel_format)
    }
}

fn split_outside_brackets(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|letter| {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    })
    .map(str::trim)
    .collect()
}

/// The numbers of `64x48` or `64x48 [SAR 1:1 DAR 4:3]`.
fn parse_size(part: &str) -> Option<(u32, u32)> {
    let (width, height) = part.split_whitespace().next()?.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_read_as_ffmpeg_5_to_9_describe_them() {
        let described = [
            "0: Video: ffv1, 1 reference frame (FFV1 / 0x31564646), gray16le(pc, progressive), 64x48, 25 fps, 25 tbr, 1k tbn",
            "0: Video: ffv1, 1 reference frame, gray16le(pc, progressive), 64x48 [SAR 1:1 DAR 4:3], 25 fps",
            "0[0x1](und): Video: ffv1 (High 4:4:4, x) (avc1 / 0x31637661), gray16le(pc, gbr/unknown/unknown), 64x48, q=2-31",
        ];
        for text in described {
            let stream = Stream::parse(text).unwrap();
            assert_eq!(stream.shown(), "ffv1 64x48 gray16le", "{text}");
        }
    }

    #[test]
    fn other_streams_are_no_video() {
        for text in ["1: Attachment: none", "0: Video: h264, none", "0: Video: ", "0: Audio: aac, 64x48"] {
            assert_eq!(Stream::parse(text), None, "{text}");
        }
    }

    #[test]
    fn names_for_the_full_range_are_the_format_itself() {
        let stream =
            Stream::parse("0: Video: h264 (Main), yuvj420p(pc, progressive), 64x48, 25 fps").unwrap();
        let expected = FrameFormat { width: 64, height: 48, pixel_format: PixelFormat::Yuv420p };
        assert!(stream.matches(&expected));
        assert!(!stream.matches(&FrameFormat { width: 48, ..expected }));
    }
}
