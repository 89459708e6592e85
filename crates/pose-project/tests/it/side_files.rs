//! Which files belong to a table, and what becomes of its metadata.

use std::fs;
use std::path::Path;

use arrow_schema::DataType;
use pose_frame::{Column, ColumnKey, FrameSize, Metadata, PoseSchema, Project, RowIndex};
use pose_project::{MAX_FOLDERS, Note, SideFiles};

use crate::{OPENFIELD, SINGLE, fixture};

fn schema(scorer: &str, bodyparts: &[&str], coords: &[&str]) -> PoseSchema {
    let key = |bodypart: &&str, coord: &&str| ColumnKey::new([scorer, *bodypart, *coord]);
    let columns = bodyparts.iter().flat_map(|bodypart| coords.iter().map(move |coord| key(bodypart, coord)));
    let columns = columns.map(|key| Column::new(key, DataType::Float64)).collect();
    let levels = ["scorer", "bodyparts", "coords"].map(|level| Some(level.into()));
    PoseSchema::new(levels.to_vec(), columns, RowIndex::range(60).schema()).expect("well formed")
}

fn predictions() -> PoseSchema {
    schema(SINGLE, &["snout", "leftear", "rightear", "tailbase"], &["x", "y", "likelihood"])
}

fn merged(table: &Path, schema: &PoseSchema, rows: usize) -> (Metadata, Vec<Note>) {
    let mut metadata = Metadata::default();
    let notes = SideFiles::of(table).merge_into(&mut metadata, schema, rows);
    (metadata, notes)
}

#[test]
fn metadata_are_filled_in() {
    let table = fixture(&format!("{OPENFIELD}/videos/openfield1{SINGLE}.h5"));
    let (metadata, notes) = merged(&table, &predictions(), 60);
    assert_eq!(metadata.frame_rate_hz, Some(30.0));
    assert_eq!(metadata.video_frames, Some(60));
    assert_eq!(metadata.frame_size, Some(FrameSize { width: 640, height: 480 }));
    assert_eq!(metadata.crop, None);
    assert_eq!(metadata.video.as_deref(), Some("openfield1.mp4"));
    let project = Project { task: Some("openfield".to_owned()), scorer: Some("lab".to_owned()) };
    assert_eq!(metadata.project, Some(project));
    let edge = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(metadata.skeleton_edges, [edge("snout", "leftear"), edge("snout", "rightear")]);
    let [Note::SkeletonEdges { left_out: 1, edges: 3, .. }] = notes.as_slice() else { panic!("{notes:?}") };

    let (metadata, notes) = merged(&table, &predictions(), 50);
    assert_eq!(metadata.video_frames, Some(60));
    assert_eq!(notes[0].to_string(), "the table has 50 rows, its video 60 frames");
}

#[test]
fn what_is_known_already_is_kept() {
    let table = fixture(&format!("{OPENFIELD}/videos/openfield1{SINGLE}.h5"));
    let mut metadata = Metadata::default();
    metadata.frame_rate_hz = Some(25.0);
    metadata.video = Some("mine.mp4".to_owned());
    metadata.skeleton_edges = vec![("a".to_owned(), "b".to_owned())];
    let before = metadata.clone();
    let notes = SideFiles::of(&table).merge_into(&mut metadata, &predictions(), 60);
    assert_eq!((&metadata.frame_rate_hz, &metadata.video), (&before.frame_rate_hz, &before.video));
    assert_eq!((metadata.skeleton_edges, notes.len()), (before.skeleton_edges, 0));
}

#[test]
fn a_table_made_of_another_has_its_meta_file() {
    for suffix in ["_filtered", "_skeleton", "_el", "_el_filtered", "_bx", "_sk_skeleton", "_ctd"] {
        let table = fixture(&format!("{OPENFIELD}/videos/openfield1{SINGLE}{suffix}.h5"));
        let found = SideFiles::of(&table);
        assert!(
            found.video.is_some_and(|(path, _)| path.ends_with(format!("openfield1{SINGLE}_meta.pickle")))
        );
    }
    for name in ["openfield1.h5".to_owned(), format!("openfield1{SINGLE}_other.h5"), format!("x1{SINGLE}.h5")]
    {
        let found = SideFiles::of(fixture(&format!("{OPENFIELD}/videos/{name}")));
        assert!(found.video.is_none() && found.notes.is_empty(), "{name}");
    }
    // The nearest name comes first.
    let scratch = tempfile::tempdir().expect("there is room");
    let rate = |name: &str, rate: &str| {
        fs::write(scratch.path().join(name), format!("(dVdata\n(dVfps\nF{rate}\nss."))
            .expect("there is room");
    };
    rate("a_meta.pickle", "1");
    rate("a_el_meta.pickle", "2");
    let of = |name: &str| {
        SideFiles::of(scratch.path().join(name)).video.and_then(|(_, video)| video.frame_rate_hz)
    };
    assert_eq!((of("a.h5"), of("a_el.h5"), of("a_el_filtered.h5")), (Some(1.0), Some(2.0), Some(2.0)));
}

#[test]
fn labels_have_the_video_of_their_folder() {
    let labels = schema("lab", &["snout"], &["x", "y"]);
    let table = fixture(&format!("{OPENFIELD}/labeled-data/cropped1/CollectedData_lab.h5"));
    let scratch = tempfile::tempdir().expect("there is room");
    let folder = scratch.path().join("labeled-data/cropped1");
    fs::create_dir_all(&folder).expect("there is room");
    let config = fixture(&format!("{OPENFIELD}/config.yaml"));
    fs::copy(config, scratch.path().join("config.yaml")).expect("there is room");
    let (metadata, _) = merged(&folder.join(table.file_name().expect("a name")), &labels, 5);
    assert_eq!(metadata.video.as_deref(), Some("cropped1.avi"));
    let elsewhere = scratch.path().join("labels/cropped1");
    fs::create_dir_all(&elsewhere).expect("there is room");
    let (metadata, _) = merged(&elsewhere.join("CollectedData_lab.h5"), &labels, 5);
    assert_eq!(metadata.video, None, "nothing is guessed");
    assert!(metadata.project.is_some());
}

#[test]
fn the_nearest_project_counts_and_the_search_ends() {
    let scratch = tempfile::tempdir().expect("there is room");
    let task = |folder: &Path, task: &str| {
        fs::create_dir_all(folder).expect("there is room");
        let text = format!("Task: {task}\nscorer: s\nbodyparts: [a]\n");
        fs::write(folder.join("config.yaml"), text).expect("there is room");
    };
    let of = |folder: &Path| SideFiles::of(folder.join("a.h5")).project.and_then(|(_, project)| project.task);
    let root = scratch.path().join("root");
    task(&root, "far");
    let mut folder = root.clone();
    for depth in 1..=MAX_FOLDERS {
        folder = folder.join("f");
        fs::create_dir(&folder).expect("there is room");
        let expected = (depth < MAX_FOLDERS).then_some("far");
        assert_eq!(of(&folder).as_deref(), expected, "{depth} folders down");
    }
    task(&root.join("f"), "near");
    assert_eq!(of(&root.join("f/f")).as_deref(), Some("near"));
    // A file of another program is passed over, a broken one of DeepLabCut is not.
    fs::write(root.join("f/f/config.yaml"), "{{ not even YAML").expect("there is room");
    assert_eq!(of(&root.join("f/f/f")).as_deref(), Some("near"));
    fs::write(root.join("f/f/config.yaml"), "Task: {{ scorer").expect("there is room");
    let found = SideFiles::of(root.join("f/f/f/a.h5"));
    assert!(found.project.is_none() && found.notes.len() == 1, "{:?}", found.notes);
}
