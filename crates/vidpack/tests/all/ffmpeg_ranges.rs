//! Some frames of many, exactly these, and without decoding the others.

use std::fs;

use tempfile::tempdir;
use vidpack::{
    Codec, Container, ErrorKind, FfmpegError, Ffv1, FrameFormat, Lossy, PixelFormat, Quality, VideoReader,
    VideoSettings,
};

use crate::support::{ffmpeg, noise, read, write};

#[test]
fn every_start_in_a_long_video_is_exact_and_little_else_is_decoded() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("long.mkv");
    let format = FrameFormat { width: 16, height: 16, pixel_format: PixelFormat::Gray8 };
    let frames = noise(format, 3000, 1);
    write(&ffmpeg, &path, &VideoSettings::new(Codec::Ffv1(Ffv1::default())), format, &frames).unwrap();
    for start in (0..3000_u64).step_by(83).chain([1, 2, 124, 125, 126, 2998, 2999]) {
        let end = (start + 5).min(3000);
        let mut reader = VideoReader::open(&ffmpeg, &path, format, start..end).unwrap();
        let mut frame = vec![0; format.frame_bytes()];
        for expected in &frames[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()] {
            assert!(reader.read(&mut frame).unwrap());
            assert!(frame == *expected, "from {start}");
        }
        let summary = reader.finish().unwrap();
        assert_eq!(summary.frames, end - start);
        let decoded = summary.decoded.expect("ffmpeg says how many frames it decoded");
        assert!(decoded >= end - start && decoded < end - start + 40, "{decoded} from {start}");
    }
}

#[test]
fn every_start_is_exact_where_frames_predict_each_other() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let format = FrameFormat { width: 128, height: 128, pixel_format: PixelFormat::Yuv420p };
    let frames = noise(format, 60, 2);
    let every_ten =
        |codec: fn(Lossy) -> Codec| codec(Lossy::new(Quality::Crf(30.0)).with_keyframe_interval(10));
    for codec in [every_ten(Codec::X264), every_ten(Codec::X265), every_ten(Codec::Vp9)] {
        for container in [Container::Matroska, Container::Mp4] {
            let settings = VideoSettings::new(codec.clone()).with_container(container);
            let path = folder.path().join(format!("{}.{container}", codec.encoder()));
            write(&ffmpeg, &path, &settings, format, &frames).unwrap();
            let whole = read(&ffmpeg, &path, format, 0..60).unwrap();
            for start in (0..60).step_by(3) {
                let end = (start + 4).min(60);
                let part = read(&ffmpeg, &path, format, start..end);
                let part = part.unwrap_or_else(|error| panic!("{settings:?} from {start}: {error}"));
                let places = usize::try_from(start).unwrap()..usize::try_from(end).unwrap();
                assert!(part == whole[places], "{settings:?} from {start}");
            }
        }
    }
}

#[test]
fn ranges_that_are_not_in_the_video_are_errors() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.mkv");
    let format = FrameFormat { width: 16, height: 16, pixel_format: PixelFormat::Gray8 };
    let frames = noise(format, 10, 3);
    write(&ffmpeg, &path, &VideoSettings::new(Codec::Ffv1(Ffv1::default())), format, &frames).unwrap();

    assert!(read(&ffmpeg, &path, format, 4..4).unwrap().is_empty());
    for (range, found) in [(8..11, 2), (0..11, 10), (10..12, 0), (1_000_000..1_000_001, 0)] {
        let error = read(&ffmpeg, &path, format, range.clone()).unwrap_err();
        let counted = matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::FrameCount { found: f, .. }) if *f == found);
        assert!(counted, "{range:?}: {error}");
    }
    #[allow(clippy::reversed_empty_ranges, reason = "it is what is refused")]
    for range in [5..4, 0..u64::MAX] {
        let error = VideoReader::open(&ffmpeg, &path, format, range).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::FrameRange { .. })), "{error}");
    }
}

#[test]
fn damage_is_found_although_the_decoder_conceals_it() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.mkv");
    let format = FrameFormat { width: 64, height: 64, pixel_format: PixelFormat::Gray16 };
    let frames = noise(format, 10, 4);
    write(&ffmpeg, &path, &VideoSettings::new(Codec::Ffv1(Ffv1::default())), format, &frames).unwrap();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let error = read(&ffmpeg, &path, format, 0..10).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::Failed { .. })), "{error}");

    bytes.truncate(middle);
    fs::write(&path, &bytes).unwrap();
    let error = read(&ffmpeg, &path, format, 0..10).unwrap_err();
    let named = matches!(
        error.kind(),
        ErrorKind::Ffmpeg(FfmpegError::FrameCount { .. } | FfmpegError::Failed { .. })
    );
    assert!(named, "{error}");
}
