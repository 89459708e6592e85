//! Small files inside a Matroska video.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;

use super::info::{add_input, demuxer};
use super::process::{Output, Task};
use super::{Container, Ffmpeg, FfmpegError, path};
use crate::Result;

/// The longest name of an attachment.
pub const MAX_ATTACHMENT_NAME: usize = 128;

/// What a checksum prints at most.
const CHECKSUM_LIMIT: u64 = 4096;

/// Puts bytes into a Matroska video under a name. Frames are copied as they are coded, and compared afterwards.
///
/// The video is written anew beside the old one and takes its place when it is whole, with the same frames, the attachment
/// in it, and on the disk. The same video, name and bytes give the same file.
///
/// # Errors
///
/// [`FfmpegError::BadName`] for a name that is not made of ASCII letters, digits, `.`, `_` and `-`, or `bytes` that are empty, which
/// Matroska does not hold; [`FfmpegError::AttachmentExists`]; [`FfmpegError::NoAttachments`] when the video is MP4.
pub fn attach(ffmpeg: &Ffmpeg, video: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    check_name(name)?;
    if bytes.is_empty() {
        return Err(FfmpegError::BadName { what: "attachment without bytes", text: name.to_owned() }.into());
    }
    if demuxer(video)? != "matroska" {
        return Err(FfmpegError::NoAttachments { container: Container::Mp4 }.into());
    }
    let checksum = checksum(ffmpeg, video)?;
    let (found, number) = find(ffmpeg, video, name, 0)?;
    if found.is_some() {
        return Err(FfmpegError::AttachmentExists { path: video.to_owned(), name: name.to_owned() }.into());
    }
    let fail = |source| FfmpegError::Io { action: "attach to the video", path: video.to_owned(), source };
    let folder = match video.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut content = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
    content.write_all(bytes).map_err(fail)?;
    let whole = tempfile::Builder::new().suffix(".mkv").tempfile_in(folder).map_err(fail)?;

    let mut task = Task::new(ffmpeg, "attach to the video", video);
    task.arg("-y");
    add_input(&mut task, video)?;
    task.args(["-map", "0", "-c", "copy", "-attach"]).arg(path::local(content.path()));
    task.args([format!("-metadata:s:t:{number}"), format!("mimetype={}", media_type(name))]);
    task.args([format!("-metadata:s:t:{number}"), format!("filename={name}")]);
    task.args(["-fflags", "+bitexact", "-f", "matroska"]).arg(path::local(whole.path()));
    let copied = std::fs::metadata(video).map_err(fail)?.permissions();
    task.capture(0)?;

    let is_same = self::checksum(ffmpeg, whole.path())? == checksum;
    if !is_same || attachment(ffmpeg, whole.path(), name, bytes.len() as u64)? != bytes {
        return Err(FfmpegError::AttachmentHarms { path: video.to_owned() }.into());
    }
    whole.as_file().set_permissions(copied).map_err(fail)?;
    whole.as_file().sync_all().map_err(fail)?;
    whole.persist(video).map_err(|error| fail(error.error))?;
    // The name has to last as well; other systems do not open folders as files.
    #[cfg(unix)]
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
    Ok(())
}

/// The bytes of an attachment of a Matroska video.
///
/// # Errors
///
/// [`FfmpegError::AttachmentMissing`], and [`FfmpegError::AttachmentTooLarge`] when it has more than `limit` bytes.
pub fn attachment(ffmpeg: &Ffmpeg, video: &Path, name: &str, limit: u64) -> Result<Vec<u8>> {
    check_name(name)?;
    let (bytes, _) = find(ffmpeg, video, name, limit)?;
    let bytes = bytes
        .ok_or_else(|| FfmpegError::AttachmentMissing { path: video.to_owned(), name: name.to_owned() })?;
    if bytes.len() as u64 > limit {
        return Err(
            FfmpegError::AttachmentTooLarge { path: video.to_owned(), name: name.to_owned(), limit }.into()
        );
    }
    Ok(bytes)
}

/// The bytes of an attachment, up to `limit` and one more, and the number of attachments.
fn find(ffmpeg: &Ffmpeg, video: &Path, name: &str, limit: u64) -> Result<(Option<Vec<u8>>, u64)> {
    let mut task = Task::new(ffmpeg, "read the attachment of the video", video);
    task.args([format!("-dump_attachment:m:filename:{name}"), "pipe:1".to_owned()]);
    add_input(&mut task, video)?;
    // Without an output it would say that one is missing, and fail.
    task.args(["-map", "0:v:0", "-c", "copy", "-t", "0", "-f", "null", "pipe:1"]);
    let Output { stdout, log, .. } = task.capture(limit)?;
    Ok((if stdout.is_empty() { None } else { Some(stdout) }, log.attachments()))
}

/// A checksum over all packets of the video, and its description.
fn checksum(ffmpeg: &Ffmpeg, video: &Path) -> Result<Vec<u8>> {
    let mut task = Task::new(ffmpeg, "compare the frames of the video", video);
    add_input(&mut task, video)?;
    task.args(["-map", "0:v:0", "-c", "copy", "-f", "hash", "-hash", "sha256", "pipe:1"]);
    Ok(task.capture(CHECKSUM_LIMIT)?.stdout)
}

/// Names are written into options, where other letters have meanings.
pub(super) fn check_name(name: &str) -> Result<(), FfmpegError> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if name.is_empty() || name.len() > MAX_ATTACHMENT_NAME || !name.chars().all(is_plain) {
        return Err(FfmpegError::BadName { what: "name of an attachment", text: name.to_owned() });
    }
    Ok(())
}

pub(super) fn media_type(name: &str) -> &'static str {
    let extension = Path::new(name).extension().map(OsString::from);
    match extension.and_then(|extension| extension.into_string().ok()).as_deref() {
        Some("json") => "application/json",
        Some("txt" | "csv" | "md") => "text/plain",
        _ => "application/octet-stream",
    }
}
