//! What ffmpeg says on standard error: kept when it complains, searched for facts otherwise, and bounded always.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::info::Stream;

/// Lines are cut here. The longest that is looked at, one that describes a stream, has about 200 bytes.
const LINE_LIMIT: usize = 4096;

/// Complaints that are kept, in bytes: the first, which mostly name the cause.
const COMPLAINTS_LIMIT: usize = 4096;

/// The log of one ffmpeg, read by a thread as it comes.
#[derive(Debug, Clone, Default)]
pub(super) struct Log(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    facts: Mutex<Facts>,
    changed: Condvar,
}

/// What the lines said.
#[derive(Debug, Default)]
struct Facts {
    complaints: String,
    errors: u64,
    /// What is not from ffmpeg's own log, such as what a loader says of a program that does not start.
    other: String,
    /// The video streams of the input. What is put out is described in the same words, after them.
    streams: Vec<Stream>,
    describes_output: bool,
    duration_seconds: Option<f64>,
    packets_muxed: Option<u64>,
    frames_decoded: Option<u64>,
    attachments: u64,
    ended: bool,
}

impl Log {
    /// Reads until the end in a thread of its own. ffmpeg never waits for this.
    pub(super) fn follow(from: impl Read + Send + 'static) -> Self {
        let log = Self::default();
        let writer = log.clone();
        thread::spawn(move || {
            let mut from = BufReader::new(from);
            let mut line = Vec::new();
            while let Ok(true) = next_line(&mut from, &mut line) {
                writer.facts().take(&String::from_utf8_lossy(&line));
                writer.0.changed.notify_all();
            }
            writer.facts().ended = true;
            writer.0.changed.notify_all();
        });
        log
    }

    /// What went wrong, in ffmpeg's words.
    pub(super) fn message(&self) -> String {
        let facts = self.facts();
        match (facts.complaints.trim(), facts.other.trim()) {
            ("", "") => "it said nothing".to_owned(),
            ("", other) => other.to_owned(),
            (complaints, _) => complaints.to_owned(),
        }
    }

    /// Lines of level `error` and above. A decoder that conceals damage ends well, but not without one.
    pub(super) fn errors(&self) -> u64 {
        self.facts().errors
    }

    pub(super) fn packets_muxed(&self) -> Option<u64> {
        self.facts().packets_muxed
    }

    pub(super) fn frames_decoded(&self) -> Option<u64> {
        self.facts().frames_decoded
    }

    pub(super) fn attachments(&self) -> u64 {
        self.facts().attachments
    }

    pub(super) fn duration_seconds(&self) -> Option<f64> {
        self.facts().duration_seconds
    }

    /// A video stream of the input, once it was described; none at the end of the log, or after this time.
    pub(super) fn stream(&self, track: usize, within: Duration) -> Option<Stream> {
        self.wait(within, |facts| facts.streams.len() > track).streams.get(track).cloned()
    }

    /// Whether the log ended within this time.
    pub(super) fn ends(&self, within: Duration) -> bool {
        self.wait(within, |_| false).ended
    }

    fn wait(&self, within: Duration, until: impl Fn(&Facts) -> bool) -> MutexGuard<'_, Facts> {
        let waiting = |facts: &mut Facts| !facts.ended && !until(facts);
        let waited = self.0.changed.wait_timeout_while(self.facts(), within, waiting);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Facts {
    fn take(&mut self, line: &str) {
        let Some((level, text)) = split_level(line) else {
            keep(&mut self.other, line);
            return;
        };
        match level {
            "warning" => keep(&mut self.complaints, text),
            "error" | "fatal" | "panic" => {
                self.errors += 1;
                keep(&mut self.complaints, text);
            }
            _ => self.look_for_facts(text.trim_start()),
        }
    }

    fn look_for_facts(&mut self, text: &str) {
        if let Some(rest) = text.strip_prefix("Stream #0:") {
            self.attachments += u64::from(rest.contains(": Attachment: "));
            if !self.describes_output {
                self.streams.extend(Stream::parse(rest));
            }
        } else if text.starts_with("Stream mapping:") || text.starts_with("Output #") {
            self.describes_output = true;
        } else if let Some(rest) = text.strip_prefix("Duration: ") {
            self.duration_seconds = self.duration_seconds.or_else(|| parse_duration(rest));
        } else if text.starts_with("Output stream #0:0 (video)") {
            self.packets_muxed = number_before(text, " packets muxed");
        } else if text.starts_with("Input stream #0:") && text.contains("(video)") {
            // Of several videos only the one that is read has any.
            self.frames_decoded = number_before(text, " frames decoded").or(self.frames_decoded);
        }
    }
}

/// The next line without its end, cut to the limit; false at the end.
fn next_line(from: &mut BufReader<impl Read>, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    loop {
        let buffer = from.fill_buf()?;
        if buffer.is_empty() {
            return Ok(!line.is_empty());
        }
        let (part, found) = match buffer.iter().position(|byte| *byte == b'\n') {
            Some(end) => (end, true),
            None => (buffer.len(), false),
        };
        let room = LINE_LIMIT.saturating_sub(line.len());
        line.extend_from_slice(&buffer[..part.min(room)]);
        from.consume(part + usize::from(found));
        if found {
            return Ok(true);
        }
    }
}

/// Level and text of `[matroska @ 0x55d0] [error] text`.
fn split_level(line: &str) -> Option<(&str, &str)> {
    const LEVELS: [&str; 8] = ["panic", "fatal", "error", "warning", "info", "verbose", "debug", "trace"];
    let mut rest = line;
    while let Some((tag, after)) = rest.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        if LEVELS.contains(&tag) {
            return Some((tag, after));
        }
        rest = after;
    }
    None
}

fn keep(text: &mut String, line: &str) {
    let line = line.trim_end();
    if !line.trim().is_empty() && text.len() + line.len() < COMPLAINTS_LIMIT {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(line);
    }
}

/// The seconds of `00:00:02.40, start: …`.
fn parse_duration(text: &str) -> Option<f64> {
    let (clock, _) = text.split_once(',')?;
    let mut seconds = 0.0;
    for part in clock.split(':') {
        seconds = seconds * 60.0 + part.parse::<f64>().ok()?;
    }
    Some(seconds)
}

fn number_before(text: &str, what: &str) -> Option<u64> {
    let (before, _) = text.split_once(what)?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(lines: &[&str]) -> Facts {
        let mut facts = Facts::default();
        for line in lines {
            facts.take(line);
        }
        facts
    }

    #[test]
    fn complaints_are_told_from_reports_by_their_level() {
        let facts = facts(&[
            "[info] Input #0, matroska,webm, from 'file:[error] x':",
            "[ffv1 @ 0x55d0] [error] slice CRC mismatch 1234!",
            "[out#0 @ 0x1] [warning] late",
            "x265 speaks for itself",
        ]);
        assert_eq!((facts.errors, facts.complaints.as_str()), (1, "slice CRC mismatch 1234!; late"));
        assert_eq!(facts.other, "x265 speaks for itself");
    }

    #[test]
    fn counts_and_durations_are_found() {
        let facts = facts(&[
            "[info]   Duration: 00:01:02.40, start: 0.000000, bitrate: 807 kb/s",
            "[in#0/matroska,webm @ 0x1] [verbose]   Input stream #0:0 (video): 21 packets read (84066 bytes); 14 frames decoded; 0 decode errors; ",
            "[verbose]   Output stream #0:0 (video): 10 frames encoded; 11 packets muxed (30720 bytes); ",
        ]);
        assert_eq!(facts.duration_seconds, Some(62.4));
        assert_eq!((facts.frames_decoded, facts.packets_muxed), (Some(14), Some(11)));
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut facts = Facts::default();
        for _ in 0..100_000 {
            facts.take("[error] the same again and again");
        }
        assert_eq!(facts.errors, 100_000);
        assert!(facts.complaints.len() < COMPLAINTS_LIMIT);
        let mut line = Vec::new();
        let mut long = BufReader::new(std::io::repeat(b'x').take(1 << 20));
        assert!(next_line(&mut long, &mut line).unwrap());
        assert_eq!(line.len(), LINE_LIMIT);
    }
}
