//! Frames of known numbers, and videos of them.

use std::ops::Range;
use std::path::Path;

use vidpack::{
    Ffmpeg, FrameFormat, PixelFormat, Result, VideoReader, VideoSettings, VideoSummary, VideoWriter,
};

/// The ffmpeg that is tested: the one on the search path, or the one that `VIDPACK_FFMPEG` names.
pub(crate) fn ffmpeg() -> Ffmpeg {
    let program = std::env::var_os("VIDPACK_FFMPEG").unwrap_or_else(|| "ffmpeg".into());
    Ffmpeg::at(program).expect("the tests of vidpack need ffmpeg (Debian and Ubuntu: apt-get install ffmpeg)")
}

/// Frames whose numbers can be told from each other: noise, the same for the same seed.
pub(crate) fn noise(format: FrameFormat, frames: u64, seed: u64) -> Vec<Vec<u8>> {
    let mut random = Random::new(seed);
    (0..frames).map(|_| frame(format, &mut random)).collect()
}

fn frame(format: FrameFormat, random: &mut Random) -> Vec<u8> {
    let bits = format.pixel_format.bits();
    let mut bytes: Vec<u8> = (0..format.frame_bytes()).map(|_| random.byte()).collect();
    if (9..16).contains(&bits) {
        let mask = (1_u16 << bits) - 1;
        for sample in bytes.chunks_exact_mut(2) {
            let value = u16::from_le_bytes([sample[0], sample[1]]) & mask;
            sample.copy_from_slice(&value.to_le_bytes());
        }
    }
    if format.pixel_format == PixelFormat::Bgr0 {
        // Padding is not kept.
        for padding in bytes.iter_mut().skip(3).step_by(4) {
            *padding = 0;
        }
    }
    bytes
}

/// Numbers that look random and are the same every time.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From 0 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        f32::from(u16::from_le_bytes([self.byte(), self.byte()])) / 65536.0
    }

    fn byte(&mut self) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.to_le_bytes()[4]
    }
}

pub(crate) fn write(
    ffmpeg: &Ffmpeg,
    path: &Path,
    settings: &VideoSettings,
    format: FrameFormat,
    frames: &[Vec<u8>],
) -> Result<VideoSummary> {
    let mut writer = VideoWriter::create(ffmpeg, path, settings, format)?;
    for frame in frames {
        writer.push(frame)?;
    }
    writer.finish()
}

/// The frames of a range, after all checks.
pub(crate) fn read(
    ffmpeg: &Ffmpeg,
    path: &Path,
    format: FrameFormat,
    range: Range<u64>,
) -> Result<Vec<Vec<u8>>> {
    let mut reader = VideoReader::open(ffmpeg, path, format, range)?;
    let mut frames = Vec::new();
    let mut frame = vec![0; format.frame_bytes()];
    while reader.read(&mut frame)? {
        frames.push(frame.clone());
    }
    reader.finish()?;
    Ok(frames)
}

/// Names in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
}
