//! What ffprobe says of a video.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow, bail};
use pose_frame::FrameSize;
use pose_io::nwb::{NwbWriteError, NwbWriteErrorKind};
use pose_io::{PoseIoError, PoseIoErrorKind};
use serde::Deserialize;

use crate::args::ConvertArgs;

/// What is known of a video.
#[derive(Debug, PartialEq)]
pub(super) struct Probed {
    path: String,
    /// Frames per second, on average.
    pub(super) rate_hz: Option<f64>,
    /// The rate that the video is declared to have, where that is another one: then frames are at unequal distances.
    declared_hz: Option<f64>,
    pub(super) frame_size: Option<FrameSize>,
    /// As many as it holds.
    pub(super) num_frames: Option<u64>,
    /// As many as it says, where that is another number.
    declared_frames: Option<u64>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    width: Option<u32>,
    height: Option<u32>,
    avg_frame_rate: Option<String>,
    r_frame_rate: Option<String>,
    nb_frames: Option<String>,
    nb_read_packets: Option<String>,
}

/// Asks about the video that an NWB file is to link, where one is named and is there.
pub(super) fn probe_linked(args: &ConvertArgs) -> Option<anyhow::Result<Probed>> {
    let named = args.video.as_ref()?;
    let folder = args.output.parent().unwrap_or(Path::new(""));
    // The file may come to its place later: what is not there is told by what nwbinspector would say.
    let path: PathBuf = Some(folder.join(named)).filter(|path| path.is_file())?;
    Some(probe(OsStr::new("ffprobe"), &path))
}

fn probe(program: &OsStr, path: &Path) -> anyhow::Result<Probed> {
    let fields = "stream=width,height,avg_frame_rate,r_frame_rate,nb_frames,nb_read_packets";
    let options =
        ["-v", "error", "-select_streams", "v:0", "-count_packets", "-show_entries", fields, "-of", "json"];
    let absolute = path.canonicalize().with_context(|| format!("{} cannot be read", path.display()))?;
    // What a name begins with is no option and no protocol, as it is a whole path.
    let output = Command::new(program).args(options).arg(&absolute).stdin(Stdio::null()).output();
    let output = match output {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            bail!("the frame rate of {} is asked of ffprobe, and there is none on the PATH", path.display());
        }
        output => output.context("ffprobe cannot be run")?,
    };
    if !output.status.success() {
        let says = String::from_utf8_lossy(&output.stderr);
        bail!("ffprobe: {}", says.lines().next().unwrap_or("it failed"));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout).context("ffprobe does not answer in JSON")?;
    let stream = answer.streams.into_iter().next();
    let stream = stream.ok_or_else(|| anyhow!("ffprobe: {} has no pictures", path.display()))?;
    Ok(stream.probed(path.display().to_string()))
}

impl Stream {
    fn probed(self, path: String) -> Probed {
        let average = self.avg_frame_rate.as_deref().and_then(rate);
        let declared = self.r_frame_rate.as_deref().and_then(rate);
        let count = |text: Option<String>| text.and_then(|text| text.parse::<u64>().ok());
        let (read, says) = (count(self.nb_read_packets), count(self.nb_frames));
        let frame_size = self.width.zip(self.height).map(|(width, height)| FrameSize { width, height });
        Probed {
            path,
            rate_hz: average.or(declared),
            declared_hz: declared.filter(|_| average.is_some() && average != declared),
            frame_size,
            num_frames: read.or(says),
            declared_frames: says.filter(|_| read.is_some() && read != says),
        }
    }
}

impl Probed {
    /// What contradicts itself, or a table of so many rows whose frames were taken at a rate.
    pub(super) fn notes(&self, rows: usize, fps: Option<f64>) -> Vec<String> {
        let (path, mut notes) = (&self.path, Vec::new());
        if let (Some(rate), Some(declared)) = (self.rate_hz, self.declared_hz) {
            notes.push(format!(
                "{path} says {declared} frames per second and has {rate} on average: its frames may be at unequal distances, which \
                 --timestamps can give"
            ));
        }
        if let (Some(frames), Some(declared)) = (self.num_frames, self.declared_frames) {
            notes.push(format!("{path} says that it has {declared} frames and has {frames}"));
        }
        if let Some(frames) = self.num_frames.filter(|frames| *frames != rows as u64) {
            notes.push(format!("{path} has {frames} frames, and the table has {rows}"));
        }
        let both = self.rate_hz.zip(fps);
        if let Some((rate, fps)) = both.filter(|(rate, fps)| (rate - fps).abs() > 1e-3 * fps) {
            notes.push(format!("{path} has {rate} frames per second, and --fps says {fps}"));
        }
        notes
    }
}

/// Whether what keeps a file from being written is that nothing says when frames were taken.
pub(super) fn is_without_timing(error: &PoseIoError) -> bool {
    let PoseIoErrorKind::NotWritten { source, .. } = error.kind() else { return false };
    let error: Option<&NwbWriteError> = source.downcast_ref();
    error.is_some_and(|error| matches!(error.kind(), NwbWriteErrorKind::NoTiming))
}

/// A rate as ffprobe writes it: `30000/1001`.
fn rate(text: &str) -> Option<f64> {
    let (over, under) = text.split_once('/')?;
    let rate = over.parse::<f64>().ok()? / under.parse::<f64>().ok()?;
    (rate.is_finite() && rate > 0.0).then_some(rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(rates: [&str; 2], frames: [&str; 2]) -> Probed {
        let text = |text: &str| Some(text.to_owned());
        let stream = Stream {
            width: Some(64),
            height: Some(48),
            avg_frame_rate: text(rates[0]),
            r_frame_rate: text(rates[1]),
            nb_frames: text(frames[0]),
            nb_read_packets: text(frames[1]),
        };
        stream.probed("v.mp4".to_owned())
    }

    #[test]
    fn what_agrees_is_not_told() {
        let probed = stream(["30000/1001", "30000/1001"], ["10", "10"]);
        assert_eq!(probed.rate_hz, Some(30000.0 / 1001.0));
        assert_eq!(probed.notes(10, None), [""; 0]);
        assert_eq!(probed.notes(10, Some(29.97)), [""; 0]);
    }

    #[test]
    fn each_contradiction_is_told() {
        let probed = stream(["25/1", "30/1"], ["12", "10"]);
        let notes = probed.notes(9, Some(60.0));
        assert_eq!(notes.len(), 4, "{notes:?}");
        let unknown = stream(["0/0", "0/0"], ["N/A", "N/A"]);
        assert_eq!((unknown.rate_hz, unknown.num_frames), (None, None));
    }

    #[test]
    fn without_ffprobe_it_is_named() {
        let any = std::env::current_exe().expect("a test knows its own path");
        let error = probe(OsStr::new("no-such-ffprobe"), &any).expect_err("it is none");
        assert!(error.to_string().contains("there is none on the PATH"), "{error}");
    }
}
