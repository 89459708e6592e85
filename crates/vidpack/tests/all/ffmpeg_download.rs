//! What is refused before anything is fetched. Nothing here needs a network, nor uses one.

use std::fs;

use tempfile::tempdir;
use vidpack::{ErrorKind, Ffmpeg, FfmpegError};

#[test]
fn nothing_is_fetched_into_what_is_no_folder() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    for place in [file.as_path(), &folder.path().join("missing")] {
        let error = Ffmpeg::download(place).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::Unusable { .. })), "{error}");
    }
    assert_eq!(fs::read(&file).unwrap(), b"mine");
    assert!(!folder.path().join("missing").exists());
}

#[test]
fn a_program_that_is_there_is_left() {
    let folder = tempdir().unwrap();
    let program = folder.path().join(if cfg!(windows) { "ffmpeg.exe" } else { "ffmpeg" });
    fs::write(&program, "mine").unwrap();
    let error = Ffmpeg::download(folder.path()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::Exists { .. })), "{error}");
    assert_eq!(fs::read(&program).unwrap(), b"mine");
}
