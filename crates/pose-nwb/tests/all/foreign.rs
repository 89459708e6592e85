//! Files as other programs might lay them out.

use hdf5_file::{Attribute, Charset, Dataset, Datatype, FileWriter, Group, Object, bytes_of};
use pose_frame::{IndexSchema, PoseTable, Selection};
use pose_nwb::{NwbErrorKind, NwbTable};
use tempfile::TempDir;

/// A file with a group of estimates: series of these names, and a skeleton of these nodes.
struct Foreign<'a> {
    series: &'a [&'a str],
    nodes: &'a [&'a str],
    times: Times<'a>,
    /// Frames that each series has.
    frames: u32,
}

#[derive(Clone, Copy)]
enum Times<'a> {
    /// The start, and the rate.
    Regular(f64, f64),
    /// A dataset of its own for each series.
    Moments(&'a [f64]),
}

const USUAL: Foreign<'static> =
    Foreign { series: &["snout"], nodes: &["snout"], times: Times::Regular(0.0, 30.0), frames: 3 };

impl Foreign<'_> {
    fn open(&self) -> (TempDir, NwbTable) {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("foreign.nwb");
        let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path);
        let mut writer = FileWriter::create(file.expect("it can be made")).expect("a file");
        let texts = writer.texts(self.nodes).expect("there is room");
        let nodes = writer.contiguous(&texts).expect("there is room");
        let nodes = Dataset::new(Datatype::VariableText(Charset::Utf8), &[self.nodes.len() as u64], nodes);
        let mut skeleton = of_type("Skeleton");
        skeleton.insert("nodes", nodes).expect("a name");
        let mut poses = of_type("PoseEstimation");
        poses.insert("skeleton", Object::SoftLink("/processing/behavior/bones".to_owned())).expect("a name");
        for name in self.series {
            poses.insert(name, self.series(&mut writer)).expect("a name");
        }
        let mut behavior = Group::default();
        behavior.insert("bones", skeleton).expect("a name");
        behavior.insert("poses", poses).expect("a name");
        let mut processing = Group::default();
        processing.insert("behavior", behavior).expect("a name");
        *writer.root() = of_type("NWBFile");
        writer.root().insert("processing", processing).expect("a name");
        writer.finish().expect("there is room");
        let table = NwbTable::open(&path, None).unwrap_or_else(|error| panic!("{error}"));
        (folder, table)
    }

    fn series(&self, writer: &mut FileWriter) -> Group {
        let mut stored = |numbers: &[f64], shape: &[u64]| {
            let storage = writer.contiguous(&bytes_of(numbers)).expect("there is room");
            Dataset::new(Datatype::F64, shape, storage)
        };
        let rows = u64::from(self.frames);
        let numbers: Vec<f64> = (0..2 * self.frames).map(f64::from).collect();
        let mut series = of_type("PoseEstimationSeries");
        series.insert("data", stored(&numbers, &[rows, 2])).expect("a name");
        series.insert("confidence", stored(&numbers[..numbers.len() / 2], &[rows])).expect("a name");
        let (name, dataset) = match self.times {
            Times::Regular(start, rate) => {
                let rate = Attribute::number("rate", rate);
                ("starting_time", stored(&[start], &[]).with_attributes(vec![rate]))
            }
            Times::Moments(moments) => ("timestamps", stored(moments, &[moments.len() as u64])),
        };
        series.insert(name, dataset).expect("a name");
        series
    }
}

fn of_type(name: &str) -> Group {
    Group::new(vec![Attribute::variable_text("neurodata_type", name)])
}

fn bodyparts(table: &NwbTable) -> Vec<String> {
    table.schema().bodyparts().iter().map(ToString::to_string).collect()
}

/// The labels of the rows, as they are read in pieces.
fn labels(table: &NwbTable) -> Vec<f64> {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Float64Type;
    let IndexSchema::Labels(field) = table.schema().index() else { panic!("there are labels") };
    assert_eq!(field.name.as_deref(), Some("time"));
    let mut found = Vec::new();
    for batch in table.batches(&Selection::all().columns([0]), 2).expect("there is a column") {
        let levels = batch.expect("it reads").index().to_levels();
        found.extend_from_slice(levels[0].values.as_primitive::<Float64Type>().values());
    }
    found
}

#[test]
fn a_skeleton_of_some_of_the_series_is_told() {
    let (_folder, table) =
        Foreign { series: &["ear", "snout", "tail"], nodes: &["tail", "hip", "snout"], ..USUAL }.open();
    assert_eq!(bodyparts(&table), ["tail", "snout", "ear"], "nodes first, in their order");
    assert_eq!(
        table.notes(),
        [
            "/processing/behavior/poses: series that are no node of its skeleton: ear",
            "/processing/behavior/poses: nodes of its skeleton that have no series: hip",
        ]
    );
    let (_folder, table) = Foreign { series: &["a"], nodes: &["b", "c"], ..USUAL }.open();
    assert_eq!(
        table.notes(),
        ["/processing/behavior/poses: no node of its skeleton is called as a series is: b, c"]
    );
    let (_folder, table) = Foreign { series: &["a", "b"], nodes: &["b", "a"], ..USUAL }.open();
    assert_eq!((bodyparts(&table), table.notes()), (vec!["b".to_owned(), "a".to_owned()], &[][..]));
}

#[test]
fn a_series_that_is_called_as_a_node_is_that_node_before_all_others() {
    let series = &["PoseEstimationSeriesLeftEar", "left_ear"];
    let (_folder, table) = Foreign { series, nodes: &["left_ear"], ..USUAL }.open();
    assert_eq!(bodyparts(&table), ["left_ear", "PoseEstimationSeriesLeftEar"]);
    let (_folder, table) =
        Foreign { series: &["PoseEstimationSeriesLeftEar"], nodes: &["left_ear"], ..USUAL }.open();
    assert_eq!((bodyparts(&table), table.notes()), (vec!["left_ear".to_owned()], &[][..]));
}

#[test]
fn moments_label_rows_in_any_piece() {
    let moments = [0.5, 0.75, 1.5, 2.0, 7.0];
    let times = Times::Moments(&moments);
    let (_folder, table) = Foreign { times, frames: 5, series: &["a", "b"], nodes: &["a", "b"] }.open();
    assert_eq!(labels(&table), moments);
    let (_folder, table) = Foreign { times: Times::Moments(&[0.0, 1.0, 2.0]), ..USUAL }.open();
    assert!(matches!(table.schema().index(), IndexSchema::Range { .. }), "numbers of frames");
}

#[test]
fn a_start_between_frames_labels_rows_by_seconds() {
    let (_folder, table) = Foreign { times: Times::Regular(0.1, 4.0), frames: 5, ..USUAL }.open();
    assert_eq!(labels(&table), [0.1, 0.35, 0.6, 0.85, 1.1]);
    assert_eq!(table.schema().metadata().frame_rate_hz, Some(4.0));
}

/// Frames of labels, all with an instance of this name that is stored once, or each with one of its own.
fn training(frames: u32, nodes: u32, is_shared: IsShared) -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("training.nwb");
    let file = std::fs::File::options().read(true).write(true).create_new(true).open(&path);
    let mut writer = FileWriter::create(file.expect("it can be made")).expect("a file");
    let mut all = of_type("TrainingFrames");
    let mut first = None;
    for number in 0..frames {
        let mut instances = of_type("SkeletonInstances");
        match (&first, is_shared) {
            (Some(path), IsShared::Yes) => {
                instances.insert("mouse", Object::HardLink(String::clone(path))).expect("a name");
            }
            (Some(_), IsShared::No) => {}
            (None, _) => {
                let values = vec![0.5; 2 * nodes as usize];
                let storage = writer.contiguous(&bytes_of(&values)).expect("there is room");
                let mut instance = of_type("SkeletonInstance");
                let locations = Dataset::new(Datatype::F64, &[u64::from(nodes), 2], storage);
                instance.insert("node_locations", locations).expect("a name");
                instances.insert("mouse", instance).expect("a name");
                let within = "/processing/behavior/training/training_frames";
                first = Some(format!("{within}/{number:06}/skeleton_instances/mouse"));
            }
        }
        let mut frame = of_type("TrainingFrame");
        frame.insert("skeleton_instances", instances).expect("a name");
        all.insert(&format!("{number:06}"), frame).expect("a name");
    }
    let mut training = of_type("PoseTraining");
    training.insert("training_frames", all).expect("a name");
    let (mut behavior, mut processing) = (Group::default(), Group::default());
    behavior.insert("training", training).expect("a name");
    processing.insert("behavior", behavior).expect("a name");
    *writer.root() = of_type("NWBFile");
    writer.root().insert("processing", processing).expect("a name");
    writer.finish().expect("there is room");
    (folder, path)
}

#[derive(Clone, Copy)]
enum IsShared {
    Yes,
    No,
}

#[test]
fn frames_that_would_take_far_more_memory_than_the_file_are_refused() {
    for (frames, is_shared) in [(1_500, IsShared::Yes), (1_500, IsShared::No)] {
        let (_folder, path) = training(frames, 20_000, is_shared);
        let error = NwbTable::open(&path, None).err().expect("480 MB of 2");
        assert!(matches!(error.kind(), NwbErrorKind::TooLarge { .. }), "{error}");
    }
    let (_folder, path) = training(50, 200, IsShared::Yes);
    let table = NwbTable::open(&path, None).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((table.num_frames(), table.schema().columns().len()), (50, 400));
}
