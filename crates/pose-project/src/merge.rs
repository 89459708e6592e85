//! What the files beside a table say, as metadata of the table.

use std::collections::HashSet;
use std::path::Path;

use pose_frame::{Label, Metadata, PoseSchema, Project, Role, TableKind};

use crate::{Note, ProjectConfig, SideFiles};

impl SideFiles {
    /// Fills in what the metadata of a table do not say yet, and gives what a user may want to know: [`Self::notes`], and
    /// what does not fit the table.
    ///
    /// Of the skeleton of the project, those edges are taken that join two bodyparts of the table. A project changes over
    /// the years, and an edge to a bodypart that is not there is of no use to anyone who reads the table.
    ///
    /// The video is that of the project whose name the table has: before the name of the network, or of the folder of
    /// labels.
    ///
    /// # Examples
    ///
    /// ```
    /// use pose_frame::{Metadata, PoseSchema, RowIndex};
    /// use pose_project::SideFiles;
    ///
    /// # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/project/openfield-lab-2023-10-30/videos");
    /// # std::env::set_current_dir(folder)?;
    /// let schema = PoseSchema::new(vec![None], vec![], RowIndex::range(50).schema())?;
    /// let mut metadata = Metadata::default();
    /// let notes = SideFiles::of("openfield1DLC_resnet50_openfieldOct30shuffle1_50000.h5")
    ///     .merge_into(&mut metadata, &schema, 50);
    /// assert_eq!(metadata.frame_rate_hz, Some(30.0));
    /// assert_eq!(notes[0].to_string(), "the table has 50 rows, its video 60 frames");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn merge_into(&self, metadata: &mut Metadata, schema: &PoseSchema, num_frames: usize) -> Vec<Note> {
        let mut notes = self.notes.clone();
        if let Some((_, video)) = &self.video {
            metadata.frame_rate_hz = metadata.frame_rate_hz.or(video.frame_rate_hz);
            metadata.video_frames = metadata.video_frames.or(video.num_frames);
            metadata.frame_size = metadata.frame_size.or(video.frame_size);
            metadata.crop = metadata.crop.or(video.crop);
            let rows = num_frames as u64;
            if let Some(video_frames) = video.num_frames.filter(|frames| *frames != rows) {
                notes.push(Note::FrameCount { rows, video_frames });
            }
        }
        let Some((path, config)) = &self.project else { return notes };
        let named = config.task.is_some() || config.scorer.is_some();
        if metadata.project.is_none() && named {
            metadata.project = Some(Project { task: config.task.clone(), scorer: config.scorer.clone() });
        }
        if metadata.video.is_none() {
            metadata.video = self.video_of(config, schema);
        }
        if metadata.skeleton_edges.is_empty() {
            notes.extend(merge_skeleton(metadata, path, config, schema));
        }
        notes
    }

    /// The video of the project that a table is of.
    fn video_of(&self, config: &ProjectConfig, schema: &PoseSchema) -> Option<String> {
        let named = |stem: &str| config.videos.iter().find(|video| video.stem() == stem);
        let video = if schema.kind() == TableKind::Labels {
            let folder = self.table.parent()?;
            let labels = folder.parent()?.file_name()? == "labeled-data";
            named(folder.file_name()?.to_str()?).filter(|_| labels)
        } else {
            let scorer = self.video.as_ref().and_then(|(_, video)| video.scorer.as_deref());
            let scorers = schema.labels_of(Role::Scorer).into_iter().filter_map(Label::as_text);
            let scorers: Vec<&str> = scorer.into_iter().chain(scorers).collect();
            let stems = self.stems();
            stems
                .iter()
                .find_map(|stem| scorers.iter().find_map(|scorer| stem.strip_suffix(scorer)).and_then(named))
        };
        video.map(|video| video.file_name().to_owned())
    }
}

/// Takes the edges that join bodyparts of the table.
fn merge_skeleton(
    metadata: &mut Metadata,
    path: &Path,
    config: &ProjectConfig,
    schema: &PoseSchema,
) -> Option<Note> {
    let bodyparts: HashSet<&str> =
        schema.labels_of(Role::Bodypart).into_iter().filter_map(Label::as_text).collect();
    if bodyparts.is_empty() {
        return None;
    }
    let mut seen = HashSet::new();
    let edges: Vec<_> = config.skeleton.iter().filter(|edge| seen.insert(*edge)).collect();
    let fits =
        |edge: &&(String, String)| bodyparts.contains(edge.0.as_str()) && bodyparts.contains(edge.1.as_str());
    metadata.skeleton_edges = edges.iter().copied().filter(fits).cloned().collect();
    let left_out = edges.len() - metadata.skeleton_edges.len();
    let note = Note::SkeletonEdges { path: path.to_owned(), left_out, edges: edges.len() };
    (left_out > 0).then_some(note)
}
