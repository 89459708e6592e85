//! How a table is written.

use pose_frame::{Filter, FrameSize, Label, Metadata, Selection};

use super::{NwbWriteError, NwbWriteErrorKind};
use crate::{Moment, NdxPose, ObjectIds, Session, Timing};

/// The key that a table is noted under when nobody said: the name of its entry in `/scratch`.
pub const USUAL_KEY: &str = "pose_table";

/// What a table is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// Positions in time: a `PoseEstimation` for each individual.
    Estimation,
    /// Positions in images: a `PoseTraining`, with a `TrainingFrame` for each row.
    Training,
}

/// The video that the frames are of.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SourceVideo {
    /// Where it is, from the folder of the NWB file on, with slashes.
    pub path: String,
    /// The size of its frames; that of the table's metadata by default.
    pub frame_size: Option<FrameSize>,
    /// How many frames it has; as many as the table's metadata say by default, or as the table has rows.
    pub num_frames: Option<u64>,
}

impl SourceVideo {
    /// A video at a path from the folder of the NWB file on.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), frame_size: None, num_frames: None }
    }
}

/// How a table is written.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct WriteOptions {
    /// The session, and who was recorded. Its start has to be there.
    pub session: Session,
    /// When the frames were taken: by default at the frame rate of the table's metadata, from the start of the session on.
    pub timing: Option<Timing>,
    /// What is known of the table; what its schema says by default.
    pub metadata: Option<Metadata>,
    /// What it is written as: labels of images as training frames by default, everything else in time.
    pub form: Option<Form>,
    /// The individuals that are written, with what is theirs; all by default. Points that are of no animal, which
    /// DeepLabCut puts under `single`, are an individual of that name here.
    pub individuals: Vec<Label>,
    /// The version of ndx-pose.
    pub version: NdxPose,
    /// The video, to be linked. Without one it is named where it is known.
    pub video: Option<SourceVideo>,
    /// What positions are measured in: pixels by default, and in space nothing that is known (`n.a.`).
    pub unit: Option<String>,
    /// What found the positions; by default `DeepLabCut`, where the scorer has a name as it gives.
    pub source_software: Option<String>,
    /// The key that the table is noted under.
    pub key: Option<String>,
    /// Where object ids come from.
    pub ids: ObjectIds,
    /// When the file is made: now by default.
    pub created: Option<Moment>,
}

impl WriteOptions {
    /// The same with this session.
    #[must_use]
    pub fn with_session(mut self, session: Session) -> Self {
        self.session = session;
        self
    }

    /// The same with frames taken so.
    #[must_use]
    pub fn with_timing(mut self, timing: Timing) -> Self {
        self.timing = Some(timing);
        self
    }

    /// The same with this metadata.
    #[must_use]
    pub fn with_metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = Some(metadata);
        self
    }

    /// The same with this individual, or with those named before too, and without the others.
    #[must_use]
    pub fn with_individual(mut self, individual: impl Into<Label>) -> Self {
        self.individuals.push(individual.into());
        self
    }

    /// The same in this version of ndx-pose.
    #[must_use]
    pub fn with_version(mut self, version: NdxPose) -> Self {
        self.version = version;
        self
    }

    /// The same with these ids and this moment in the file, so that the same table gives the same bytes.
    #[must_use]
    pub fn reproducible(mut self, ids: ObjectIds, created: Moment) -> Self {
        (self.ids, self.created) = (ids, Some(created));
        self
    }

    /// What is written of a table, where that is not all of it.
    pub(crate) fn filter(&self) -> Option<Filter> {
        let of = |selection: Selection, individual: &Label| selection.individual(individual.clone());
        let chosen = self.individuals.iter().fold(Selection::all(), of);
        (!self.individuals.is_empty()).then(|| Filter::select(chosen))
    }

    /// The key, if it can be one.
    pub(super) fn checked_key(&self) -> Result<&str, NwbWriteError> {
        let name = self.key.as_deref().unwrap_or(USUAL_KEY);
        let refuse = |reason| Err(NwbWriteErrorKind::Key { name: name.to_owned(), reason }.into());
        match name {
            "" => refuse("it is empty"),
            "." | ".." => refuse("it is a place, not a name"),
            "behavior" => refuse("so the module of the poses is called"),
            name if name.contains(['/', '\\', ':']) => refuse("there is a slash or a colon in it"),
            name if name.chars().any(char::is_control) => refuse("there is a control character in it"),
            name => Ok(name),
        }
    }

    pub(super) fn check_video(&self) -> Result<(), NwbWriteError> {
        let Some(SourceVideo { path, .. }) = &self.video else { return Ok(()) };
        if is_absolute(path) {
            return Err(NwbWriteErrorKind::AbsoluteVideo { path: path.clone() }.into());
        }
        Ok(())
    }
}

/// Whether a path is absolute on any system.
pub(crate) fn is_absolute(path: &str) -> bool {
    let drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    path.starts_with(['/', '\\']) || drive
}
