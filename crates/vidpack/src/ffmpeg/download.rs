//! An ffmpeg that is fetched.

use std::path::Path;

use ffmpeg_sidecar::download::{download_ffmpeg_package, ffmpeg_download_url, unpack_ffmpeg_without_extras};

use super::{Ffmpeg, FfmpegError};
use crate::Result;

impl Ffmpeg {
    /// Fetches a build of ffmpeg for this platform from where the crate `ffmpeg-sidecar` knows one, and puts the program into a folder.
    ///
    /// Nothing checks what is fetched but the transport's encryption. It is never done unasked.
    ///
    /// # Errors
    ///
    /// [`FfmpegError::Unusable`] when there is no build for this platform, or it cannot be fetched or unpacked.
    pub fn download(folder: &Path) -> Result<Self> {
        let program = folder.join(if cfg!(windows) { "ffmpeg.exe" } else { "ffmpeg" });
        let fetched = ffmpeg_download_url()
            .and_then(|address| download_ffmpeg_package(address, folder))
            .and_then(|archive| unpack_ffmpeg_without_extras(&archive, folder));
        fetched.map_err(|error| FfmpegError::Unusable {
            program: program.clone(),
            reason: format!("cannot be fetched: {error:#}"),
        })?;
        Self::at(program)
    }
}
