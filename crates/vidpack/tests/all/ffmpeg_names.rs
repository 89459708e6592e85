//! Files are files, whatever they are called and whatever they hold.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use tempfile::tempdir;
use vidpack::{
    Codec, ErrorKind, FfmpegError, Ffv1, FrameFormat, PixelFormat, VideoInfo, VideoReader, VideoSettings,
    attach, attachment,
};

use crate::support::{ffmpeg, names, noise, read, write};

const FORMAT: FrameFormat = FrameFormat { width: 32, height: 32, pixel_format: PixelFormat::Gray8 };

fn strange_names() -> Vec<OsString> {
    let mut names: Vec<OsString> = [
        "with space.mkv",
        "-y.mkv",
        "-i",
        "http:x.mkv",
        "pipe:1",
        "concat:a|b.mkv",
        "frame%03d.mkv",
        "100%.mkv",
        "mäuse-鼠.mkv",
        "quote'\"\\.mkv",
        "new\nline.mkv",
        "[error] x",
        "no extension",
        "a.m3u8",
        "file:x.mp4",
    ]
    .map(OsString::from)
    .into();
    #[cfg(target_os = "linux")]
    names.push(std::os::unix::ffi::OsStringExt::from_vec(b"not\xff\xfeutf-8.mkv".to_vec()));
    names
}

#[test]
fn strange_names_are_local_files() {
    let ffmpeg = ffmpeg();
    let settings = VideoSettings::new(Codec::Ffv1(Ffv1::default()));
    let frames = noise(FORMAT, 2, 1);
    for name in strange_names() {
        let folder = tempdir().unwrap();
        let path = folder.path().join(&name);
        write(&ffmpeg, &path, &settings, FORMAT, &frames).unwrap();
        assert!(read(&ffmpeg, &path, FORMAT, 0..2).unwrap() == frames, "{}", path.display());
        assert_eq!(names(folder.path()), [name]);
    }
}

#[test]
fn strange_names_can_have_attachments() {
    let ffmpeg = ffmpeg();
    let settings = VideoSettings::new(Codec::Ffv1(Ffv1::default()));
    for name in strange_names().into_iter().rev().step_by(4) {
        let folder = tempdir().unwrap();
        let path = folder.path().join(&name);
        write(&ffmpeg, &path, &settings, FORMAT, &noise(FORMAT, 2, 1)).unwrap();
        attach(&ffmpeg, &path, "a.json", b"{}").unwrap();
        assert_eq!(attachment(&ffmpeg, &path, "a.json", 10).unwrap(), b"{}", "{}", path.display());
        assert_eq!(names(folder.path()), [name]);
    }
}

#[test]
fn relative_names_are_local_files() {
    // Relative to where tests run, which is the folder of this crate. The names are removed again, whatever happens.
    struct Gone(PathBuf);
    impl Drop for Gone {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }
    let ffmpeg = ffmpeg();
    let settings = VideoSettings::new(Codec::Ffv1(Ffv1::default()));
    let frames = noise(FORMAT, 2, 2);
    for prefix in ["-dash", "http:colon", "plain%d"] {
        let file = Gone(PathBuf::from(format!("{prefix}-{}.mkv", std::process::id())));
        write(&ffmpeg, &file.0, &settings, FORMAT, &frames).unwrap();
        assert!(file.0.is_file());
        attach(&ffmpeg, &file.0, "a.json", b"{}").unwrap();
        assert!(read(&ffmpeg, &file.0, FORMAT, 0..2).unwrap() == frames);
    }
}

#[test]
fn playlists_and_other_files_are_not_followed() {
    let ffmpeg = ffmpeg();
    let folder = tempdir().unwrap();
    let real = folder.path().join("real.mkv");
    write(&ffmpeg, &real, &VideoSettings::new(Codec::Ffv1(Ffv1::default())), FORMAT, &noise(FORMAT, 2, 3))
        .unwrap();
    let playlists = [
        "ffconcat version 1.0\nfile real.mkv\n".to_owned(),
        format!("#EXTM3U\n#EXTINF:1,\n{}\n#EXT-X-ENDLIST\n", real.display()),
        String::new(),
        "\u{1a}E".to_owned(),
    ];
    for text in playlists {
        let path = folder.path().join("list.mkv");
        fs::write(&path, &text).unwrap();
        for error in [
            VideoReader::open(&ffmpeg, &path, FORMAT, 0..2).unwrap_err(),
            VideoInfo::read(&ffmpeg, &path).unwrap_err(),
            attachment(&ffmpeg, &path, "a", 10).unwrap_err(),
        ] {
            assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::NoVideo { .. })), "{error}");
        }
    }
    // What only begins like a video is one to the demuxer, which then finds none.
    for start in [b"\x1aE\xdf\xa3http://x".as_slice(), b"\0\0\0\x18ftypisom"] {
        let path = folder.path().join("start.mkv");
        fs::write(&path, start).unwrap();
        assert!(read(&ffmpeg, &path, FORMAT, 0..2).is_err());
        assert!(VideoInfo::read(&ffmpeg, &path).is_err());
    }
}
