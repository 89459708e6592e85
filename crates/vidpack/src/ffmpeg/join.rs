//! Several videos in one file.

use std::fs::File;
use std::path::Path;

use super::attachment::{check_name, media_type};
use super::info::add_input;
use super::process::Task;
use super::writer::PartialFile;
use super::{Container, Ffmpeg, FfmpegError, path};
use crate::Result;
use crate::matroska::{self, Attachment};

/// Puts the videos of several files into a new one, each as a track, and attaches small files to it: names and bytes.
/// Frames are copied as they are coded.
///
/// The same videos, names and bytes give the same file. Whether everything is in it is for the caller to see, by reading it.
///
/// # Errors
///
/// [`FfmpegError::NoAttachments`] when the container holds none, [`FfmpegError::BadName`] for a name that is not made of ASCII
/// letters, digits, `.`, `_` and `-` or for an attachment without bytes, [`FfmpegError::Exists`] when there is such a file, and what
/// ffmpeg says when it fails. Into Matroska go files of one track that [`crate::VideoWriter`] wrote; others may be an error.
pub fn join(
    ffmpeg: &Ffmpeg,
    videos: &[impl AsRef<Path>],
    to: &Path,
    container: Container,
    attachments: &[(&str, &[u8])],
) -> Result<()> {
    if container == Container::Matroska {
        return join_matroska(videos, to, attachments).map(drop);
    }
    if !attachments.is_empty() {
        return Err(FfmpegError::NoAttachments { container }.into());
    }
    let mut file = PartialFile::create(to)?;
    let mut task = Task::new(ffmpeg, "join videos", to);
    task.arg("-y");
    for video in videos {
        add_input(&mut task, video.as_ref())?;
    }
    for number in 0..videos.len() {
        task.args(["-map".to_owned(), format!("{number}:v:0")]);
    }
    task.args(["-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact"]);
    task.args(["-f", container.muxer()]).arg(path::local(to));
    task.capture(0)?;
    file.keep();
    Ok(())
}

/// The same into Matroska, for which no ffmpeg is needed. Gives how many frames each track has.
pub(crate) fn join_matroska(
    videos: &[impl AsRef<Path>],
    to: &Path,
    attachments: &[(&str, &[u8])],
) -> Result<Vec<u64>> {
    let mut attached = Vec::new();
    for &(name, bytes) in attachments {
        check_name(name)?;
        if bytes.is_empty() {
            return Err(
                FfmpegError::BadName { what: "attachment without bytes", text: name.to_owned() }.into()
            );
        }
        attached.push(Attachment { name, media_type: media_type(name), bytes });
    }
    let mut file = PartialFile::create(to)?;
    let joined = File::create(to).and_then(|empty| matroska::join(videos, empty, &attached));
    let counts =
        joined.map_err(|source| FfmpegError::Io { action: "join videos", path: to.to_owned(), source })?;
    file.keep();
    Ok(counts)
}
