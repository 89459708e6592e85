//! Matroska, as far as it takes to put the tracks of several files into one.
//!
//! ffmpeg can do that too, but it has to be started for it, asked for packets and asked again what became of them, and takes
//! longer for it than for many a video. Frames stay as they are coded. Elements and their numbers are those of RFC 9559, lengths
//! those of RFC 8794; what is read is what ffmpeg 4.4 to 9 writes into a file that it can seek in.

mod ebml;
mod file;
mod track;

pub(crate) use file::{Attachment, join};
