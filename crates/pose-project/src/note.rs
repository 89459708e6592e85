//! What a program may want to tell about the files beside a table.

use std::path::PathBuf;

use crate::ProjectError;

/// Something about the files beside a table that its user may want to know. The table itself can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Note {
    /// A file could not be read.
    #[error(transparent)]
    Unreadable(#[from] ProjectError),

    /// A file says something that cannot be, or that does not go together. It was left out.
    #[error("{}: {what}", path.display())]
    LeftOut {
        /// The file.
        path: PathBuf,
        /// What was left out, and why.
        what: &'static str,
    },

    /// The video has another number of frames than the table has rows.
    #[error("the table has {rows} rows, its video {video_frames} frames")]
    FrameCount {
        /// Rows of the table.
        rows: u64,
        /// Frames of the video.
        video_frames: u64,
    },

    /// The skeleton of the project joins bodyparts that the table does not have. These edges were left out.
    #[error("{}: {left_out} of {edges} edges of the skeleton join bodyparts that the table does not have", path.display())]
    SkeletonEdges {
        /// The file.
        path: PathBuf,
        /// Edges that were left out.
        left_out: usize,
        /// Edges in the file.
        edges: usize,
    },
}
