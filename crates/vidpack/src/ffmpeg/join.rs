//! Several videos in one file.

use std::io::Write as _;
use std::path::Path;

use super::attachment::{check_name, media_type};
use super::info::add_input;
use super::process::Task;
use super::{Container, Ffmpeg, FfmpegError, path};
use crate::Result;

/// Puts the videos of several files into a new one, each as a track, and attaches small files to it: names and bytes.
/// Frames are copied as they are coded.
///
/// The same videos, names and bytes give the same file. Whether everything is in it is for the caller to see, by reading it.
///
/// # Errors
///
/// [`FfmpegError::NoAttachments`] when the container holds none, [`FfmpegError::BadName`] for a name that is not made of ASCII
/// letters, digits, `.`, `_` and `-` or for an attachment without bytes, and what ffmpeg says when it fails.
pub fn join(
    ffmpeg: &Ffmpeg,
    videos: &[impl AsRef<Path>],
    to: &Path,
    container: Container,
    attachments: &[(&str, &[u8])],
) -> Result<()> {
    if container != Container::Matroska && !attachments.is_empty() {
        return Err(FfmpegError::NoAttachments { container }.into());
    }
    let folder = match to.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let fail = |source| FfmpegError::Io { action: "join videos", path: to.to_owned(), source };
    let mut task = Task::new(ffmpeg, "join videos", to);
    task.arg("-n");
    for video in videos {
        add_input(&mut task, video.as_ref())?;
    }
    for number in 0..videos.len() {
        task.args(["-map".to_owned(), format!("{number}:v:0")]);
    }
    task.args(["-c", "copy"]);
    let mut contents = Vec::new();
    for (number, (name, bytes)) in attachments.iter().enumerate() {
        check_name(name)?;
        if bytes.is_empty() {
            return Err(
                FfmpegError::BadName { what: "attachment without bytes", text: (*name).to_owned() }.into()
            );
        }
        let mut content = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
        content.write_all(bytes).map_err(fail)?;
        task.arg("-attach").arg(path::local(content.path()));
        task.args([format!("-metadata:s:t:{number}"), format!("mimetype={}", media_type(name))]);
        task.args([format!("-metadata:s:t:{number}"), format!("filename={name}")]);
        contents.push(content);
    }
    task.args(["-map_metadata", "-1", "-fflags", "+bitexact", "-f", container.muxer()]).arg(path::local(to));
    task.capture(0)?;
    Ok(())
}
