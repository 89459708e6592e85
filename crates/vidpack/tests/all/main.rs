//! Arrays become frames, frames videos, videos a pack, and all come back; ffmpeg as it is, and as it should never be.

mod bounds;
mod components;
mod damage;
mod exact;
mod ffmpeg_attachments;
mod ffmpeg_faults;
#[cfg(target_os = "linux")]
mod ffmpeg_killed;
mod ffmpeg_names;
mod ffmpeg_ranges;
mod ffmpeg_roundtrip;
mod forerunners;
mod packs;
mod properties;
mod quality;
mod support;
mod trip;
