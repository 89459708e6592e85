//! What the flags of several verbs select.

use pose_frame::Selection;

use crate::args::FrameRange;

/// Frames of the columns of these animals and bodyparts; all where none is named.
pub(crate) fn select(individuals: &[String], bodyparts: &[String], frames: Option<FrameRange>) -> Selection {
    let selection = individuals.iter().fold(Selection::all(), |all, name| all.individual(name.as_str()));
    let selection = bodyparts.iter().fold(selection, |all, name| all.bodypart(name.as_str()));
    match frames {
        None => selection,
        Some(FrameRange { start, end: None }) => selection.frames_from(start),
        Some(FrameRange { start, end: Some(end) }) => selection.frames(start..end),
    }
}
