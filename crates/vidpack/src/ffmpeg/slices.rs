//! Into how many slices FFV1 cuts a frame, and how thin they become.

use super::{FfmpegError, FrameFormat};

/// The least side of a slice. FFV1 of ffmpeg 5.1 loses slices that are 1 pixel thin, that of 7 those of 3 pixels.
const MIN_SIDE: u32 = 8;

/// A slice starts without statistics, so small ones cost size; a slice is one thread's work, so few ones cost time.
const PIXELS_PER_SLICE: u64 = 128 * 128;

/// More would only serve machines with more threads than this.
const MAX_SLICES: u16 = 24;

/// The number of slices: the caller's when it is safe, else one that fits the frame.
pub(super) fn choose(format: &FrameFormat, wanted: Option<u16>) -> Result<u16, FfmpegError> {
    if let Some(slices) = wanted {
        return match grid(format, slices) {
            Some(grid) if is_safe(format, grid) => Ok(slices),
            _ => Err(FfmpegError::Slices { format: *format, slices }),
        };
    }
    let pixels = u64::from(format.width) * u64::from(format.height);
    let aim = (pixels / PIXELS_PER_SLICE).clamp(1, u64::from(MAX_SLICES));
    let safe: Vec<u16> = (1..=MAX_SLICES)
        .filter(|slices| grid(format, *slices).is_some_and(|grid| is_safe(format, grid)))
        .collect();
    // The largest that is not above the aim; large but narrow frames have no grid as small as that.
    let below = safe.iter().rev().find(|slices| u64::from(**slices) <= aim);
    below.or(safe.first()).copied().ok_or(FfmpegError::Slices { format: *format, slices: 1 })
}

/// Columns and rows of slices: the first grid with this number that ffmpeg tries (`ffv1enc.c`, the same from 4.4 to 9.0).
fn grid(format: &FrameFormat, slices: u16) -> Option<(u32, u32)> {
    let first = if format.width > 352 || format.height > 288 { 2 } else { 1 };
    (first..32)
        .flat_map(|rows| (rows..2 * rows).map(move |columns| (columns, rows)))
        .find(|(columns, rows)| columns * rows == u32::from(slices))
}

fn is_safe(format: &FrameFormat, (columns, rows): (u32, u32)) -> bool {
    let side = MIN_SIDE;
    format.width / columns >= side && format.height / rows >= side
}

#[cfg(test)]
mod tests {
    use super::super::PixelFormat;
    use super::*;

    fn frame(width: u32, height: u32) -> FrameFormat {
        FrameFormat { width, height, pixel_format: PixelFormat::Gray16 }
    }

    #[test]
    fn slices_are_never_thinner_than_is_safe() {
        for width in (16..700).step_by(9) {
            for height in (16..700).step_by(7) {
                let slices = choose(&frame(width, height), None).unwrap();
                let (columns, rows) = grid(&frame(width, height), slices).unwrap();
                assert!(width / columns >= 8 && height / rows >= 8, "{width}x{height}: {slices}");
            }
        }
    }

    #[test]
    fn small_frames_are_one_slice_and_large_ones_many() {
        assert_eq!(choose(&frame(16, 16), None).unwrap(), 1);
        assert_eq!(choose(&frame(256, 256), None).unwrap(), 4);
        assert_eq!(choose(&frame(16, 100_000), None).unwrap(), 4);
        assert_eq!(choose(&frame(4096, 4096), None).unwrap(), 24);
    }

    #[test]
    fn numbers_that_ffmpeg_does_not_know_or_that_cut_too_thin_are_refused() {
        for (format, slices) in
            [(frame(64, 64), 5), (frame(64, 64), 0), (frame(20, 20), 16), (frame(400, 400), 1)]
        {
            let error = choose(&format, Some(slices)).unwrap_err();
            assert!(matches!(error, FfmpegError::Slices { slices: named, .. } if named == slices), "{error}");
        }
        assert_eq!(choose(&frame(64, 64), Some(16)).unwrap(), 16);
    }
}
