//! Arrays become frames, frames videos, videos a pack, and all come back; ffmpeg as it is, and as it should never be.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    clippy::needless_pass_by_value,
    reason = "numbers of every type are made from others here, and compared with what they were made from"
)]

mod bounds;
mod components;
mod damage;
mod exact;
mod ffmpeg_attachments;
#[cfg(feature = "download-ffmpeg")]
mod ffmpeg_download;
mod ffmpeg_faults;
#[cfg(target_os = "linux")]
mod ffmpeg_killed;
mod ffmpeg_names;
mod ffmpeg_ranges;
mod ffmpeg_roundtrip;
mod forerunners;
mod hostile;
#[cfg(target_os = "linux")]
mod killed;
mod packs;
mod properties;
mod quality;
mod support;
mod trip;
