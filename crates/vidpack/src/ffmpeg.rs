//! ffmpeg: found, asked what it can do, and run.

mod arguments;
mod attachment;
#[cfg(feature = "download-ffmpeg")]
mod download;
mod error;
mod info;
mod join;
mod log;
mod path;
mod pixel;
mod process;
mod reader;
mod settings;
mod slices;
mod writer;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub use attachment::{MAX_ATTACHMENT_NAME, attach, attachment};
pub use error::FfmpegError;
pub use info::{VideoInfo, count_frames};
pub use join::join;
pub(crate) use join::join_matroska;
pub use pixel::{FrameFormat, PixelFormat};
pub use reader::{ReadSummary, VideoReader};
pub use settings::{Codec, Container, Ffv1, Ffv1Coder, Ffv1Context, Lossy, Quality, VideoSettings};
pub use writer::{VideoSummary, VideoWriter};

use crate::Result;
use process::Task;

/// Frames per second of every video that is written. Time is the caller's to keep: this only has to give each frame a time that all
/// containers store exactly, Matroska's milliseconds included.
const FRAME_RATE: u32 = 25;

/// The oldest ffmpeg that takes `-noauto_conversion_filters`, without which it converts pixels without a word.
const OLDEST: (u32, u32) = (4, 4);

/// What `-version` and `-h` print at most; ffmpeg 9 needs 30 KB for its longest.
const HELP_LIMIT: u64 = 1 << 20;

/// An ffmpeg program, and what it can do. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ffmpeg {
    program: Arc<Program>,
    stall_timeout: Duration,
}

#[derive(Debug)]
struct Program {
    path: PathBuf,
    version: String,
    /// Major and minor, where the version has them: builds from a repository are named by a revision.
    release: Option<(u32, u32)>,
    /// The pixel formats of the encoders that were asked for; none for those that it does not have.
    encoders: Mutex<HashMap<String, Option<Vec<String>>>>,
}

impl Ffmpeg {
    /// How long ffmpeg may do nothing while it is waited for, when nothing else is said.
    pub const DEFAULT_STALL_TIMEOUT: Duration = Duration::from_secs(60);

    /// The `ffmpeg` on the search path.
    ///
    /// # Errors
    ///
    /// [`FfmpegError::Missing`] when there is none, [`FfmpegError::Unusable`] when it is older than 4.4 or something else.
    pub fn find() -> Result<Self> {
        Self::at("ffmpeg")
    }

    /// A program by its path.
    ///
    /// # Errors
    ///
    /// As [`Ffmpeg::find`].
    pub fn at(program: impl Into<PathBuf>) -> Result<Self> {
        Self::at_with_stall_timeout(program.into(), Self::DEFAULT_STALL_TIMEOUT)
    }

    /// The same program, given up when it does nothing for this long while it is waited for: takes no byte, gives no byte, and writes
    /// none. An encoder that needs longer for a single frame needs more than the default.
    #[must_use]
    pub fn with_stall_timeout(mut self, stall_timeout: Duration) -> Self {
        self.stall_timeout = stall_timeout;
        self
    }

    /// What the program calls its version, such as `5.1.9-0+deb12u1`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.program.version
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program.path
    }

    /// Whether it has this encoder, and the encoder takes these pixels. It is asked once for each encoder.
    ///
    /// # Errors
    ///
    /// [`FfmpegError::NoEncoder`] or [`FfmpegError::NoPixelFormat`].
    pub fn supports(&self, encoder: &str, pixel_format: PixelFormat) -> Result<()> {
        let version = || self.version().to_owned();
        let Some(formats) = self.pixel_formats(encoder)? else {
            return Err(FfmpegError::NoEncoder { encoder: encoder.to_owned(), version: version() }.into());
        };
        // Raw video lists none: it takes them all.
        if !formats.is_empty() && !formats.iter().any(|name| name == pixel_format.ffmpeg_name()) {
            let encoder = encoder.to_owned();
            return Err(FfmpegError::NoPixelFormat { encoder, pixel_format, version: version() }.into());
        }
        Ok(())
    }

    fn at_with_stall_timeout(path: PathBuf, stall_timeout: Duration) -> Result<Self> {
        let program =
            Program { path, version: "of unknown version".into(), release: None, encoders: Mutex::default() };
        let mut ffmpeg = Self { program: Arc::new(program), stall_timeout };
        let path = ffmpeg.program().to_owned();
        let unusable = |reason: String| FfmpegError::Unusable { program: path.clone(), reason };

        let mut task = Task::new(&ffmpeg, "say its version", &path);
        task.arg("-version");
        let text = String::from_utf8_lossy(&task.capture(HELP_LIMIT)?.stdout).into_owned();
        let version = text.strip_prefix("ffmpeg version ").and_then(|rest| rest.split_whitespace().next());
        let version = version.ok_or_else(|| unusable("is no ffmpeg, by what it prints".to_owned()))?;
        let release = parse_release(version);
        if release.is_some_and(|release| release < OLDEST) {
            return Err(unusable(format!("is ffmpeg {version}; 4.4 or later is needed")).into());
        }
        ffmpeg.program =
            Arc::new(Program { path, version: version.to_owned(), release, encoders: Mutex::default() });
        Ok(ffmpeg)
    }

    fn stall_timeout(&self) -> Duration {
        self.stall_timeout
    }

    /// The option that keeps frames from being dropped or doubled: `-fps_mode` came with 5.1, and `-vsync` went with 8.
    fn passthrough(&self) -> [&'static str; 2] {
        let is_old = self.program.release.is_some_and(|release| release < (5, 1));
        [if is_old { "-vsync" } else { "-fps_mode" }, "passthrough"]
    }

    /// What pixels an encoder takes, if there is such an encoder.
    fn pixel_formats(&self, encoder: &str) -> Result<Option<Vec<String>>> {
        if encoder.is_empty() || !encoder.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-') {
            return Err(FfmpegError::BadName { what: "encoder", text: encoder.to_owned() }.into());
        }
        let mut encoders = self.program.encoders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(formats) = encoders.get(encoder) {
            return Ok(formats.clone());
        }
        let mut task = Task::new(self, "describe an encoder", self.program());
        task.args(["-h".to_owned(), format!("encoder={encoder}")]);
        let help = task.capture_despite_errors(HELP_LIMIT)?.stdout;
        let formats = parse_pixel_formats(&String::from_utf8_lossy(&help), encoder);
        encoders.insert(encoder.to_owned(), formats.clone());
        Ok(formats)
    }
}

/// Major and minor of `5.1.9-0+deb12u1` or `n9.0.2-17-g2a571b6068`.
fn parse_release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.strip_prefix('n').unwrap_or(version).split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// The formats in the help text of this encoder. The name of a codec gets the texts of all its encoders.
fn parse_pixel_formats(help: &str, encoder: &str) -> Option<Vec<String>> {
    let mut lines = help.lines().skip_while(|line| !line.starts_with(&format!("Encoder {encoder} [")));
    lines.next()?;
    let of_encoder = lines.take_while(|line| !line.starts_with("Encoder "));
    let formats = of_encoder.filter_map(|line| line.trim().strip_prefix("Supported pixel formats: "));
    Some(formats.flat_map(str::split_whitespace).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_where_versions_have_them() {
        assert_eq!(parse_release("5.1.9-0+deb12u1"), Some((5, 1)));
        assert_eq!(parse_release("n9.0.2-17-g2a571b6068-20260930"), Some((9, 0)));
        assert_eq!(parse_release("4.2.2-static"), Some((4, 2)));
        assert_eq!(parse_release("N-109542-g2a571b6068"), None);
        assert_eq!(parse_release("7"), None);
    }

    #[test]
    fn formats_are_those_of_the_encoder_and_not_of_its_neighbours() {
        let help = "Encoder a [x]:\n    Supported pixel formats: gray\nEncoder b [y]:\n    Supported pixel formats: gbrp yuv420p\n";
        assert_eq!(parse_pixel_formats(help, "a"), Some(vec!["gray".to_owned()]));
        assert_eq!(parse_pixel_formats(help, "b"), Some(vec!["gbrp".to_owned(), "yuv420p".to_owned()]));
        assert_eq!(parse_pixel_formats(help, "c"), None);
    }
}
