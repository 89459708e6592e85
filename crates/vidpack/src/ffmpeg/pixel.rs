//! Pixel formats and frames, as bytes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How the numbers of a frame lie in memory. Those of more than eight bits are little-endian, two bytes each.
///
/// Planes follow each other without padding, in the order of ffmpeg: green, blue, red (and alpha) for `Gbrp` and `Gbrap`, luma and
/// the two chroma planes for `Yuv`. `Bgr0` has one plane, in which the channels of a pixel stand together. `rgb48` and `rgba64` are
/// left out: FFV1 stores them as `gbrp16` and `gbrap16`, and gives them back as these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of ffmpeg")]
pub enum PixelFormat {
    Gray8,
    Gray10,
    Gray12,
    Gray16,
    Gbrp8,
    Gbrp10,
    Gbrp12,
    Gbrp14,
    Gbrp16,
    Gbrap10,
    Gbrap12,
    Gbrap16,
    Yuv420p,
    Yuv420p10,
    Yuv420p12,
    Yuv444p,
    Yuv444p10,
    Yuv444p12,
    Yuv444p16,
    Bgr0,
}

impl PixelFormat {
    /// Every format.
    pub const ALL: [Self; 20] = [
        Self::Gray8,
        Self::Gray10,
        Self::Gray12,
        Self::Gray16,
        Self::Gbrp8,
        Self::Gbrp10,
        Self::Gbrp12,
        Self::Gbrp14,
        Self::Gbrp16,
        Self::Gbrap10,
        Self::Gbrap12,
        Self::Gbrap16,
        Self::Yuv420p,
        Self::Yuv420p10,
        Self::Yuv420p12,
        Self::Yuv444p,
        Self::Yuv444p10,
        Self::Yuv444p12,
        Self::Yuv444p16,
        Self::Bgr0,
    ];

    /// The name that ffmpeg knows it by.
    #[must_use]
    pub fn ffmpeg_name(self) -> &'static str {
        self.facts().0
    }

    /// The bits of a number that are kept; in a two-byte number the rest has to be zero.
    ///
    /// The fourth channel of [`PixelFormat::Bgr0`] is padding: it is not kept at all.
    #[must_use]
    pub fn bits(self) -> u32 {
        self.facts().1
    }

    /// The bytes of a number in memory: one or two.
    #[must_use]
    pub fn bytes_per_sample(self) -> usize {
        if self.bits() > 8 { 2 } else { 1 }
    }

    /// The number of planes.
    #[must_use]
    pub fn planes(self) -> usize {
        if self.is_packed() { 1 } else { self.channels() }
    }

    /// The number of channels, whether in planes or side by side.
    #[must_use]
    pub fn channels(self) -> usize {
        self.facts().2
    }

    /// What width and height have to be a multiple of.
    #[must_use]
    pub fn alignment(self) -> u32 {
        match self {
            Self::Yuv420p | Self::Yuv420p10 | Self::Yuv420p12 => 2,
            _ => 1,
        }
    }

    /// Whether all numbers of a frame fit into their bits. FFV1 loses whole slices around one that does not, and says nothing.
    pub(super) fn holds(self, frame: &[u8]) -> bool {
        if self.bytes_per_sample() == 1 || self.bits() == 16 {
            return true;
        }
        let used =
            frame.chunks_exact(2).fold(0, |used, number| used | u16::from_le_bytes([number[0], number[1]]));
        used >> self.bits() == 0
    }

    pub(super) fn from_ffmpeg_name(name: &str) -> Option<Self> {
        // Decoders of ffmpeg before 8 call full-range formats by names of their own; the bytes are the same.
        let name = match name {
            "yuvj420p" => "yuv420p",
            "yuvj444p" => "yuv444p",
            name => name,
        };
        Self::ALL.into_iter().find(|format| format.ffmpeg_name() == name)
    }

    fn is_packed(self) -> bool {
        matches!(self, Self::Bgr0)
    }

    /// Name, bits, channels.
    fn facts(self) -> (&'static str, u32, usize) {
        match self {
            Self::Gray8 => ("gray", 8, 1),
            Self::Gray10 => ("gray10le", 10, 1),
            Self::Gray12 => ("gray12le", 12, 1),
            Self::Gray16 => ("gray16le", 16, 1),
            Self::Gbrp8 => ("gbrp", 8, 3),
            Self::Gbrp10 => ("gbrp10le", 10, 3),
            Self::Gbrp12 => ("gbrp12le", 12, 3),
            Self::Gbrp14 => ("gbrp14le", 14, 3),
            Self::Gbrp16 => ("gbrp16le", 16, 3),
            Self::Gbrap10 => ("gbrap10le", 10, 4),
            Self::Gbrap12 => ("gbrap12le", 12, 4),
            Self::Gbrap16 => ("gbrap16le", 16, 4),
            Self::Yuv420p => ("yuv420p", 8, 3),
            Self::Yuv420p10 => ("yuv420p10le", 10, 3),
            Self::Yuv420p12 => ("yuv420p12le", 12, 3),
            Self::Yuv444p => ("yuv444p", 8, 3),
            Self::Yuv444p10 => ("yuv444p10le", 10, 3),
            Self::Yuv444p12 => ("yuv444p12le", 12, 3),
            Self::Yuv444p16 => ("yuv444p16le", 16, 3),
            Self::Bgr0 => ("bgr0", 8, 4),
        }
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.ffmpeg_name())
    }
}

/// The size and the pixels of the frames of a video.
///
/// # Examples
///
/// ```
/// use vidpack::{FrameFormat, PixelFormat};
///
/// let format = FrameFormat { width: 256, height: 128, pixel_format: PixelFormat::Gbrp16 };
/// assert_eq!(format.frame_bytes(), 256 * 128 * 3 * 2);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(
    clippy::exhaustive_structs,
    reason = "a frame has a size and pixels, and callers write it as a literal"
)]
pub struct FrameFormat {
    /// Pixels of a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// What a pixel is.
    pub pixel_format: PixelFormat,
}

impl FrameFormat {
    /// The bytes of a frame, saturated where no memory could hold them.
    #[must_use]
    pub fn frame_bytes(&self) -> usize {
        let plane = |width: u32, height: u32| (width as usize).saturating_mul(height as usize);
        let pixels = plane(self.width, self.height);
        let samples = if self.pixel_format.alignment() == 2 {
            plane(self.width.div_ceil(2), self.height.div_ceil(2)).saturating_mul(2).saturating_add(pixels)
        } else {
            pixels.saturating_mul(self.pixel_format.channels())
        };
        samples.saturating_mul(self.pixel_format.bytes_per_sample())
    }

    /// Whether ffmpeg takes frames of this size at all: `av_image_check_size2` with eight bytes a pixel, the most it reckons with.
    pub(super) fn fits_ffmpeg(&self) -> bool {
        let padded = |side: u32| u64::from(side) + 128;
        let bytes = padded(self.width).saturating_mul(8).saturating_mul(padded(self.height));
        bytes < u64::from(i32::MAX.unsigned_abs())
    }
}

impl fmt::Display for FrameFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{} {}", self.width, self.height, self.pixel_format)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_a_frame_count_planes_chroma_and_two_byte_numbers() {
        let bytes = |pixel_format| FrameFormat { width: 16, height: 10, pixel_format }.frame_bytes();
        assert_eq!(bytes(PixelFormat::Gray8), 160);
        assert_eq!(bytes(PixelFormat::Gray10), 320);
        assert_eq!(bytes(PixelFormat::Gbrap12), 1280);
        assert_eq!(bytes(PixelFormat::Yuv420p), 240);
        assert_eq!(bytes(PixelFormat::Yuv420p12), 480);
        assert_eq!(bytes(PixelFormat::Bgr0), 640);
    }

    #[test]
    fn numbers_that_need_more_bits_than_there_are_do_not_fit() {
        assert!(PixelFormat::Gray10.holds(&[0xff, 0x03, 0, 0]));
        assert!(!PixelFormat::Gray10.holds(&[0, 0, 0, 0x04]));
        assert!(PixelFormat::Gbrp14.holds(&[0xff, 0x3f]));
        assert!(!PixelFormat::Gbrp14.holds(&[0, 0x40]));
        assert!(PixelFormat::Gray16.holds(&[0xff, 0xff]) && PixelFormat::Gray8.holds(&[0xff]));
    }

    #[test]
    fn sizes_that_no_memory_holds_saturate_and_are_refused() {
        let format = FrameFormat { width: u32::MAX, height: u32::MAX, pixel_format: PixelFormat::Gbrap16 };
        assert_eq!(format.frame_bytes(), usize::MAX);
        assert!(!format.fits_ffmpeg());
        assert!(FrameFormat { width: 16_256, height: 16_255, ..format }.fits_ffmpeg());
        assert!(!FrameFormat { width: 16_256, height: 16_256, ..format }.fits_ffmpeg());
    }
}
