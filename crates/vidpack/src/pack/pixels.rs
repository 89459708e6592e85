//! Frames of a stream in the pixels of a video, and back.
//!
//! A stream has planes of samples of any size. Codecs want sides of at least so many pixels, even ones where chroma is
//! halved, and some know no picture without colour. What is added repeats the last row and column; colour that is not
//! there is grey.

use crate::{Codec, Ffmpeg, FrameFormat, PixelFormat, Result, StreamPlan};

/// Takes frames of a stream to frames of a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fit {
    width: usize,
    height: usize,
    planes: usize,
    sample_bytes: usize,
    video: FrameFormat,
}

impl Fit {
    /// The pixels that an encoder takes for a stream: those that hold nothing more where it can, else with colour.
    pub(super) fn choose(ffmpeg: &Ffmpeg, codec: &Codec, stream: &StreamPlan) -> Result<Self> {
        let candidates = pixel_formats(stream);
        let supported = |format: &&PixelFormat| ffmpeg.supports(codec.encoder(), **format).is_ok();
        // Where none is, the first says best what is missing.
        let format = *candidates.iter().find(supported).unwrap_or(&candidates[0]);
        ffmpeg.supports(codec.encoder(), format)?;
        let (least_width, least_height) = codec.min_frame_size();
        let side = |samples: usize, least: u32| {
            u32::try_from(samples).unwrap_or(u32::MAX).max(least).next_multiple_of(format.alignment())
        };
        let video = FrameFormat {
            width: side(stream.width, least_width),
            height: side(stream.height, least_height),
            pixel_format: format,
        };
        Ok(Self::new(stream, video))
    }

    /// The way back from a video that was written.
    pub(super) fn new(stream: &StreamPlan, video: FrameFormat) -> Self {
        Self {
            width: stream.width,
            height: stream.height,
            planes: usize::from(stream.planes),
            sample_bytes: if stream.bits > 8 { 2 } else { 1 },
            video,
        }
    }

    /// Whether frames of this video hold those of the stream.
    pub(crate) fn holds(stream: &StreamPlan, video: FrameFormat) -> bool {
        /// The largest of the least sides that codecs have, and what sides are multiples of at most.
        const LEAST: usize = 64;
        const MULTIPLE: usize = 8;
        // Frames take memory: none has more pixels than it needs.
        let fits = |side: u32, samples: usize| {
            (samples..=samples.max(LEAST).next_multiple_of(MULTIPLE)).contains(&(side as usize))
        };
        pixel_formats(stream).contains(&video.pixel_format)
            && fits(video.width, stream.width)
            && fits(video.height, stream.height)
    }

    /// The frames of the video.
    pub(super) fn video(&self) -> FrameFormat {
        self.video
    }

    /// Bytes of a frame of the stream.
    pub(super) fn stream_bytes(&self) -> usize {
        self.width * self.height * self.planes * self.sample_bytes
    }

    /// Whether frames are the same on both sides.
    pub(super) fn is_plain(&self) -> bool {
        self.stream_bytes() == self.video.frame_bytes()
            && self.width == self.video.width as usize
            && self.height == self.video.height as usize
    }

    /// A frame of the stream as one of the video.
    pub(super) fn widen(&self, frame: &[u8], out: &mut Vec<u8>) {
        out.clear();
        let stride = self.width * self.sample_bytes;
        let (width, height) = (self.video.width as usize, self.video.height as usize);
        for plane in frame.chunks_exact(stride * self.height) {
            let rows = plane.chunks_exact(stride);
            let last = rows.len() - 1;
            for row in rows.clone().chain(std::iter::repeat_n(&plane[last * stride..], height - self.height))
            {
                out.extend_from_slice(row);
                for _ in self.width..width {
                    out.extend_from_slice(&row[stride - self.sample_bytes..]);
                }
            }
        }
        let grey = 1_u16 << (self.video.pixel_format.bits() - 1);
        let grey = &grey.to_le_bytes()[..];
        while out.len() < self.video.frame_bytes() {
            // The high byte is the second of two, and there is none of one.
            out.extend_from_slice(if self.sample_bytes == 2 { grey } else { &grey[..1] });
        }
    }

    /// A frame of the video as one of the stream.
    pub(super) fn cut(&self, frame: &[u8], out: &mut Vec<u8>) {
        let stride = self.video.width as usize * self.sample_bytes;
        let plane = stride * self.video.height as usize;
        for plane in frame.chunks_exact(plane).take(self.planes) {
            for row in plane.chunks_exact(stride).take(self.height) {
                out.extend_from_slice(&row[..self.width * self.sample_bytes]);
            }
        }
    }
}

/// The pixels that can hold a stream, the best first.
fn pixel_formats(stream: &StreamPlan) -> &'static [PixelFormat] {
    use PixelFormat::{
        Gbrap10, Gbrap12, Gbrap16, Gbrp8, Gbrp10, Gbrp12, Gbrp14, Gbrp16, Gray8, Gray10, Gray12, Gray16,
        Yuv420p, Yuv420p10, Yuv420p12, Yuv444p, Yuv444p10, Yuv444p12, Yuv444p16,
    };
    match (stream.planes, stream.bits) {
        (1, ..=8) => &[Gray8, Yuv420p, Yuv444p],
        (1, 9..=10) => &[Gray10, Yuv420p10, Yuv444p10],
        (1, 11..=12) => &[Gray12, Yuv420p12, Yuv444p12],
        (1, _) => &[Gray16],
        (3, ..=8) => &[Yuv444p, Gbrp8],
        (3, 9..=10) => &[Yuv444p10, Gbrp10],
        (3, 11..=12) => &[Yuv444p12, Gbrp12],
        (3, 13..=14) => &[Gbrp14],
        (3, _) => &[Gbrp16, Yuv444p16],
        (_, ..=10) => &[Gbrap10],
        (_, 11..=12) => &[Gbrap12],
        (..) => &[Gbrap16],
    }
}
