//! Small files inside videos.

use std::fs;

use tempfile::tempdir;
use vidpack::{
    Codec, Container, ErrorKind, FfmpegError, Ffv1, FrameFormat, Lossy, PixelFormat, Quality, VideoSettings,
    attach, attachment,
};

use crate::support::{ffmpeg, names, noise, read, write};

const FORMAT: FrameFormat = FrameFormat { width: 32, height: 32, pixel_format: PixelFormat::Gray16 };

#[test]
fn attachments_come_back_and_the_frames_stay() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a b.mkv");
    let frames = noise(FORMAT, 6, 1);
    write(&ffmpeg, &path, &VideoSettings::new(Codec::Ffv1(Ffv1::default())), FORMAT, &frames).unwrap();
    // More than an argument of a command could be, and every byte.
    let sidecar: Vec<u8> = (0..300_000_u32).map(|place| place.to_le_bytes()[0]).collect();
    attach(&ffmpeg, &path, "sidecar.json", &sidecar).unwrap();
    attach(&ffmpeg, &path, "second.bin", b"x").unwrap();
    assert!(attachment(&ffmpeg, &path, "sidecar.json", 300_000).unwrap() == sidecar);
    assert_eq!(attachment(&ffmpeg, &path, "second.bin", 10).unwrap(), b"x");
    assert!(read(&ffmpeg, &path, FORMAT, 0..6).unwrap() == frames);
    assert_eq!(names(folder.path()), ["a b.mkv"]);
}

#[test]
fn the_same_attachment_gives_the_same_file() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let frames = noise(FORMAT, 6, 2);
    let files: Vec<Vec<u8>> = ["first.mkv", "second.mkv"]
        .map(|name| {
            let path = folder.path().join(name);
            write(&ffmpeg, &path, &VideoSettings::new(Codec::Ffv1(Ffv1::default())), FORMAT, &frames)
                .unwrap();
            attach(&ffmpeg, &path, "sidecar.json", b"{}").unwrap();
            fs::read(path).unwrap()
        })
        .into();
    assert!(files[0] == files[1]);
}

#[test]
fn what_is_missing_there_already_too_large_or_badly_named_is_said() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.mkv");
    write(&ffmpeg, &path, &VideoSettings::new(Codec::Ffv1(Ffv1::default())), FORMAT, &noise(FORMAT, 2, 3))
        .unwrap();
    let of = |error: vidpack::Error| match error.kind() {
        ErrorKind::Ffmpeg(FfmpegError::AttachmentMissing { .. }) => "missing",
        ErrorKind::Ffmpeg(FfmpegError::AttachmentExists { .. }) => "exists",
        ErrorKind::Ffmpeg(FfmpegError::AttachmentTooLarge { .. }) => "large",
        ErrorKind::Ffmpeg(FfmpegError::NoAttachments { .. }) => "container",
        ErrorKind::Ffmpeg(FfmpegError::BadName { .. }) => "name",
        other => panic!("{other}"),
    };
    assert_eq!(of(attachment(&ffmpeg, &path, "a.json", 10).unwrap_err()), "missing");
    attach(&ffmpeg, &path, "a.json", &vec![b'x'; 100_000]).unwrap();
    let before = fs::read(&path).unwrap();
    assert_eq!(of(attach(&ffmpeg, &path, "a.json", b"y").unwrap_err()), "exists");
    assert_eq!(of(attachment(&ffmpeg, &path, "a.json", 99_999).unwrap_err()), "large");
    assert_eq!(of(attachment(&ffmpeg, &path, "b.json", 10).unwrap_err()), "missing");
    for name in ["", "a:b", "../x", "a b", "é", &"x".repeat(200)] {
        assert_eq!(of(attach(&ffmpeg, &path, name, b"y").unwrap_err()), "name");
        assert_eq!(of(attachment(&ffmpeg, &path, name, 10).unwrap_err()), "name");
    }
    assert_eq!(of(attach(&ffmpeg, &path, "empty", b"").unwrap_err()), "name");
    assert!(fs::read(&path).unwrap() == before);

    let mp4 = folder.path().join("a.mp4");
    let settings =
        VideoSettings::new(Codec::X264(Lossy::new(Quality::Lossless))).with_container(Container::Mp4);
    let format = FrameFormat { pixel_format: PixelFormat::Gray8, ..FORMAT };
    write(&ffmpeg, &mp4, &settings, format, &noise(format, 2, 4)).unwrap();
    assert_eq!(of(attach(&ffmpeg, &mp4, "a.json", b"y").unwrap_err()), "container");
}
