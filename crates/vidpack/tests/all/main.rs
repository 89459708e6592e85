//! ffmpeg as it is, and as it should never be.

mod ffmpeg_attachments;
mod ffmpeg_faults;
#[cfg(target_os = "linux")]
mod ffmpeg_killed;
mod ffmpeg_names;
mod ffmpeg_ranges;
mod ffmpeg_roundtrip;
mod support;
