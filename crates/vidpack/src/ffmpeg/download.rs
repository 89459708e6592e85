//! An ffmpeg that is fetched.

use std::path::Path;

use ffmpeg_sidecar::download::{download_ffmpeg_package, ffmpeg_download_url, unpack_ffmpeg_without_extras};

use super::{Ffmpeg, FfmpegError};
use crate::Result;

impl Ffmpeg {
    /// Fetches a build of ffmpeg for this platform from where the crate `ffmpeg-sidecar` knows one, and puts the program into a folder.
    ///
    /// Nothing checks what is fetched but the transport's encryption. It is never done unasked, and no program is replaced. The tests
    /// of this crate have no network: they see what is refused before anything is fetched, and no more.
    ///
    /// # Errors
    ///
    /// [`FfmpegError::Exists`] when the folder has such a program, [`FfmpegError::Unusable`] when there is no such folder, no build for
    /// this platform, or it cannot be fetched or unpacked.
    pub fn download(folder: &Path) -> Result<Self> {
        let program = folder.join(if cfg!(windows) { "ffmpeg.exe" } else { "ffmpeg" });
        let unusable = |reason: String| FfmpegError::Unusable { program: program.clone(), reason };
        if !folder.is_dir() {
            return Err(unusable("cannot be fetched: there is no such folder".to_owned()).into());
        }
        if program.symlink_metadata().is_ok() {
            return Err(FfmpegError::Exists { path: program }.into());
        }
        let fetched = ffmpeg_download_url()
            .and_then(|address| download_ffmpeg_package(address, folder))
            .and_then(|archive| unpack_ffmpeg_without_extras(&archive, folder));
        fetched.map_err(|error| unusable(format!("cannot be fetched: {error:#}")))?;
        Self::at(program)
    }
}
