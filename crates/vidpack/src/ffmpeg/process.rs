//! One run of ffmpeg: started, watched, and never left behind.

use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::log::Log;
use super::{Ffmpeg, FfmpegError};

/// How long a process that was sent away, or closed its pipes, may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// What ffmpeg is to do, and with which file: the command, and the words for its errors.
#[derive(Debug)]
pub(super) struct Task {
    command: Command,
    about: About,
}

/// What errors name.
#[derive(Debug, Clone)]
pub(super) struct About {
    action: &'static str,
    path: PathBuf,
    program: PathBuf,
    version: String,
    pub(super) stall_timeout: Duration,
}

impl Task {
    pub(super) fn new(ffmpeg: &Ffmpeg, action: &'static str, path: &Path) -> Self {
        let mut command = Command::new(ffmpeg.program());
        command.args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "level+verbose"]);
        // What a user's environment could change: a report written beside, colours, and the talk of one encoder.
        command.env_remove("FFREPORT").env("AV_LOG_FORCE_NOCOLOR", "1").env("SVT_LOG", "1");
        let about = About {
            action,
            path: path.to_owned(),
            program: ffmpeg.program().to_owned(),
            version: ffmpeg.version().to_owned(),
            stall_timeout: ffmpeg.stall_timeout(),
        };
        Self { command, about }
    }

    pub(super) fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Self {
        self.command.arg(argument);
        self
    }

    pub(super) fn args(&mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> &mut Self {
        self.command.args(arguments);
        self
    }

    /// Starts ffmpeg with a pipe to its standard input.
    pub(super) fn feed(mut self) -> Result<(Process, ChildStdin), FfmpegError> {
        self.command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut process = self.start()?;
        let stdin = process.child.stdin.take().ok_or_else(|| process.about.no_pipe())?;
        Ok((process, stdin))
    }

    /// Starts ffmpeg with a pipe from its standard output.
    pub(super) fn drain(mut self) -> Result<(Process, ChildStdout), FfmpegError> {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = self.start()?;
        let stdout = process.child.stdout.take().ok_or_else(|| process.about.no_pipe())?;
        Ok((process, stdout))
    }

    /// Runs ffmpeg to its end and gives what it printed, up to `limit` bytes and one more.
    pub(super) fn capture(self, limit: u64) -> Result<Output, FfmpegError> {
        let (mut process, output) = self.run(limit)?;
        if output.stdout.len() as u64 <= limit {
            process.end_well(|| 0)?;
        }
        Ok(output)
    }

    /// The same when it may complain: asked for something that it does not have, it fails or not, by its age.
    pub(super) fn capture_despite_errors(self, limit: u64) -> Result<Output, FfmpegError> {
        self.run(limit).map(|(_, output)| output)
    }

    fn run(self, limit: u64) -> Result<(Process, Output), FfmpegError> {
        let (mut process, stdout) = self.drain()?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stdout.take(limit.saturating_add(1)).read_to_end(&mut bytes).map(|_| bytes);
            // Nobody listens any more when it took too long.
            let _ = sender.send(read);
        });
        let stdout = match receiver.recv_timeout(process.about.stall_timeout) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(source)) => return Err(process.about.io(source)),
            Err(_) => return Err(process.stalled()),
        };
        let output = Output { stdout, log: process.log.clone(), task: process.about.clone() };
        Ok((process, output))
    }

    fn start(mut self) -> Result<Process, FfmpegError> {
        self.command.stderr(Stdio::piped());
        let mut child = self
            .command
            .spawn()
            .map_err(|source| FfmpegError::Missing { program: self.about.program.clone(), source })?;
        let log = child.stderr.take().map(Log::follow).unwrap_or_default();
        Ok(Process { child, log, about: self.about })
    }
}

/// What a run printed.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) stdout: Vec<u8>,
    pub(super) log: Log,
    pub(super) task: About,
}

/// A running ffmpeg. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pub(super) log: Log,
    pub(super) about: About,
}

impl Process {
    /// Waits for the end, as long as `progress` changes, and gives an error unless all was well.
    pub(super) fn end_well(&mut self, progress: impl Fn() -> u64) -> Result<(), FfmpegError> {
        let Some(status) = self.wait(self.about.stall_timeout, progress)? else { return Err(self.stalled()) };
        // The log is whole only at its end, which a process that inherited the pipe could put off.
        self.log.ends(GRACE);
        if !status.success() || self.log.errors() > 0 {
            return Err(self.about.failed_with(status, self.log.message()));
        }
        Ok(())
    }

    /// The error of a process that closed its pipe before it should have.
    pub(super) fn ended_early(&mut self) -> FfmpegError {
        match self.wait(GRACE.min(self.about.stall_timeout), || 0) {
            Ok(Some(status)) => {
                self.log.ends(GRACE);
                self.about.failed_with(status, self.log.message())
            }
            Ok(None) => {
                self.about.failed(format!("it closed its pipe and did not end; {}", self.log.message()))
            }
            Err(error) => error,
        }
    }

    /// The error of a process that does nothing. It is ended first.
    pub(super) fn stalled(&mut self) -> FfmpegError {
        self.kill();
        self.log.ends(Duration::from_millis(100));
        let About { action, path, version, stall_timeout, .. } = self.about.clone();
        FfmpegError::Stalled { action, path, version, waited: stall_timeout, message: self.log.message() }
    }

    pub(super) fn kill(&mut self) {
        // It fails only when the process has ended, which is as well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Its status, or none when nothing changed for this long.
    fn wait(
        &mut self,
        stall_timeout: Duration,
        progress: impl Fn() -> u64,
    ) -> Result<Option<ExitStatus>, FfmpegError> {
        let mut pause = Duration::from_millis(1);
        let (mut seen, mut since) = (progress(), Instant::now());
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(Some(status)),
                Ok(None) => {}
                Err(source) => return Err(self.about.io(source)),
            }
            let now = progress();
            if now != seen {
                (seen, since) = (now, Instant::now());
            } else if since.elapsed() >= stall_timeout {
                return Ok(None);
            }
            // A process that ends closes its log first, so most of the time this wakes when it should.
            if self.log.ends(pause) {
                thread::sleep(pause);
            }
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl About {
    pub(super) fn failed(&self, message: String) -> FfmpegError {
        let Self { action, path, version, .. } = self.clone();
        FfmpegError::Failed { action, path, version, status: "no exit status".to_owned(), message }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn io(&self, source: std::io::Error) -> FfmpegError {
        FfmpegError::Io { action: self.action, path: self.path.clone(), source }
    }

    fn failed_with(&self, status: ExitStatus, message: String) -> FfmpegError {
        let Self { action, path, version, .. } = self.clone();
        FfmpegError::Failed { action, path, version, status: status.to_string(), message }
    }

    fn no_pipe(&self) -> FfmpegError {
        self.failed("it was started without a pipe".to_owned())
    }
}
