//! pynwb, nwbinspector and movement say that the NWB that we write is what it should be.

use std::fs::File;
use std::path::Path;

use pose_frame::testing::{labels, predictions};
use pose_frame::{PoseFrame, PoseTable, Selection};
use pose_io::nwb::{
    NdxPose, ObjectIds, Session, SessionFormat, SourceVideo, Timing, WriteOptions, append_table, lint,
    write_table,
};
use pose_io::{OpenOptions, open};
use pose_tests::{ask_python_of, fixtures, real_data};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Answer {
    errors: Vec<String>,
    findings: Vec<[String; 2]>,
    complaints: Vec<String>,
}

fn judge(cases: &[Value]) -> Vec<Answer> {
    let answers: Vec<Answer> = ask_python_of("nwb", "nwb_judge.py", &json!(cases));
    assert_eq!(answers.len(), cases.len(), "every file was judged");
    for (answer, case) in answers.iter().zip(cases) {
        assert_eq!(answer.errors, [""; 0], "pynwb.validate of {}", case["path"]);
        assert_eq!(answer.complaints, [""; 0], "{}", case["path"]);
    }
    answers
}

fn session() -> Session {
    let mut session = Session::default();
    let text = "session_start_time: 2023-10-30T14:05:00+01:00\nsubject_id: m3\nsex: F\nspecies: Mus musculus\nage: P90D\n";
    session.merge(text, SessionFormat::Yaml, "session.yaml").expect("it is well formed");
    session
}

fn options() -> WriteOptions {
    let created = "2024-01-01T00:00:00Z".parse().expect("a moment");
    WriteOptions::default()
        .with_session(session())
        .with_timing(Timing::rate(30.0))
        .reproducible(ObjectIds::Of("judges".to_owned()), created)
}

fn create(path: &Path) -> File {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(true).open(path).expect("it can be made")
}

fn hex(value: f64) -> String {
    format!("{:016x}", value.to_bits())
}

/// The values of a column as floats.
fn column(table: &PoseFrame, selection: &Selection) -> Option<Vec<f64>> {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Float32Type, Float64Type};
    let part = table.read(selection).ok()?;
    let array = part.columns().first()?;
    match array.as_primitive_opt::<Float64Type>() {
        Some(values) => Some(values.values().to_vec()),
        None => {
            Some(array.as_primitive_opt::<Float32Type>()?.values().iter().map(|&x| f64::from(x)).collect())
        }
    }
}

/// What should be found of the bodyparts of an individual, or of all where there are none.
fn series(table: &PoseFrame, individual: Option<&str>) -> Value {
    let schema = table.schema();
    let bodyparts = match individual {
        Some(individual) => schema.bodyparts_of(&individual.into()),
        None => schema.bodyparts(),
    };
    let mut found = Map::new();
    for bodypart in bodyparts {
        let of = |coord: &str| {
            let selection = Selection::all().bodypart(bodypart.clone()).coord(coord);
            let selection =
                individual.map_or(selection.clone(), |individual| selection.individual(individual));
            column(table, &selection)
        };
        let axes: Vec<Vec<f64>> = ["x", "y", "z"].into_iter().filter_map(of).collect();
        let row = |row: usize| axes.iter().map(|axis| hex(axis[row])).collect::<Vec<_>>();
        let data: Vec<Vec<String>> = (0..table.num_frames()).map(row).collect();
        let confidence = of("likelihood").unwrap_or_else(|| vec![f64::NAN; table.num_frames()]);
        let confidence: Vec<String> = confidence.into_iter().map(hex).collect();
        found.insert(bodypart.to_string(), json!({"data": data, "confidence": confidence}));
    }
    Value::Object(found)
}

/// What is changed of the usual options.
type Change<'a> = &'a dyn Fn(&mut WriteOptions);

#[test]
fn what_we_write_is_valid_without_findings_and_read_as_it_is() {
    let scratch = tempfile::tempdir().expect("there is room");
    std::fs::write(scratch.path().join("v.mp4"), b"").expect("there is room");
    let mut cases = Vec::new();
    let one = predictions(100);
    let expected = series(&one, None);
    for version in NdxPose::ALL {
        let moments = (0u32..100).map(|row| f64::from(row * row) * 0.01 + f64::from(row)).collect();
        let regular = (0u32..100).map(|row| f64::from(row) / 30.0).collect();
        let ways: [(&str, Change<'_>); 4] = [
            ("rate", &|_| {}),
            ("moments", &|options| options.timing = Some(Timing::timestamps(Vec::clone(&moments)))),
            ("regular", &|options| options.timing = Some(Timing::timestamps(Vec::clone(&regular)))),
            ("video", &|options| options.video = Some(SourceVideo::new("v.mp4"))),
        ];
        for (name, change) in ways {
            let path = scratch.path().join(format!("{name}-{version}.nwb"));
            let mut options = options().with_version(version);
            change(&mut options);
            assert_eq!(lint(&one, &options, scratch.path()), [], "{name}");
            write_table(&one, create(&path), &options).unwrap_or_else(|error| panic!("{error}"));
            cases.push(json!({"path": path, "containers": {"PoseEstimation": &expected}, "movement": "PoseEstimation", "keypoint_moseq": true, "alone": name == "rate"}));
        }
        let path = scratch.path().join(format!("labels-{version}.nwb"));
        write_table(&labels(7), create(&path), &options().with_version(version)).expect("labels are written");
        cases.push(json!({"path": path, "alone": true}));
        // More beside it.
        let path = scratch.path().join(format!("appended-{version}.nwb"));
        write_table(&labels(7), create(&path), &options().with_version(version)).expect("labels are written");
        let file = File::options().read(true).write(true).open(&path).expect("it is there");
        let mut second = options().with_version(version);
        second.key = Some("second".to_owned());
        append_table(&one, file, &second).expect("it is added");
        cases.push(
            json!({"path": path, "containers": {"PoseEstimation": &expected}, "movement": "PoseEstimation", "keypoint_moseq": true}),
        );
    }
    for (answer, case) in judge(&cases).iter().zip(&cases) {
        assert_eq!(answer.findings, [[""; 2]; 0], "nwbinspector of {}", case["path"]);
    }
}

#[test]
fn every_fixture_with_poses_is_valid_and_read_as_it_is() {
    let scratch = tempfile::tempdir().expect("there is room");
    let mut cases = Vec::new();
    let mut refused = 0;
    for fixture in fixtures("h5") {
        for table in &fixture.tables {
            let source = open(&fixture.path, &OpenOptions::default().with_key(table.key.clone()));
            let source = source.expect("it is a fixture").table.load().expect("it loads");
            let path = scratch.path().join(format!("{}.nwb", cases.len()));
            let file = create(&path);
            if write_table(&source, file, &options()).is_err() {
                refused += 1;
                continue;
            }
            let written = open(&path, &OpenOptions::default()).expect("we read our own").table;
            let difference =
                pose_frame::first_difference(&source, &written, pose_frame::Tolerance::BitForBit);
            assert_eq!(difference.expect("both read"), None, "{}", fixture.path.display());
            cases.push(json!({"path": path}));
        }
    }
    assert!(cases.len() > 20 && refused > 20, "{} written, {refused} refused", cases.len());
    judge(&cases);
}

#[test]
fn findings_are_those_of_nwbinspector() {
    let scratch = tempfile::tempdir().expect("there is room");
    let complete = "subject_id: m\nsex: F\nspecies: Mus musculus\nage: P90D\nweight: 24.5 g\n";
    let texts = [
        String::new(),
        "subject:\n  description: x\n".to_owned(),
        complete.replace("sex: F", "sex: female"),
        complete.replace("Mus musculus", "mouse"),
        complete.replace("subject_id: m", "subject_id: a/b"),
        complete.replace("P90D", "P2Y/P1Y"),
        complete.replace("24.5 g", "24.5"),
        format!("{complete}session_id: a/b\n"),
        format!("session_start_time: 2999-01-01T00:00:00Z\n{complete}"),
    ];
    let table = predictions(10);
    let (mut cases, mut expected) = (Vec::new(), Vec::new());
    for (number, text) in texts.iter().enumerate() {
        let mut session = Session::default();
        session.merge(text, SessionFormat::Yaml, "s.yaml").expect("it is well formed");
        session.session_start_time.get_or_insert("2023-10-30T14:05:00+01:00".parse().expect("a moment"));
        let options = options().with_session(session);
        let path = scratch.path().join(format!("{number}.nwb"));
        write_table(&table, create(&path), &options).expect("it is written all the same");
        let findings = lint(&table, &options, scratch.path());
        let mut findings: Vec<[String; 2]> =
            findings.iter().map(|found| [found.importance.to_string(), found.check.to_owned()]).collect();
        findings.sort();
        expected.push(findings);
        cases.push(json!({"path": path}));
    }
    for ((mut answer, expected), text) in judge(&cases).into_iter().zip(expected).zip(&texts) {
        answer.findings.sort();
        assert_eq!(answer.findings, expected, "{text}");
        assert!(!expected.is_empty(), "{text}");
    }
}

#[test]
fn the_real_table_and_what_dlc2nwb_made_of_it_are_the_same() {
    let Some(folder) = real_data() else { return };
    let name = "m3v1mp4DLC_resnet50_openfieldAug20shuffle1_30000";
    let table = open(folder.join(format!("{name}.h5")), &OpenOptions::default()).expect("it opens").table;
    let nwb = open(folder.join(format!("{name}.nwb")), &OpenOptions::default()).expect("it opens").table;
    assert_eq!(table.num_frames(), nwb.num_frames());
    let (table, nwb) = (table.load().expect("it loads"), nwb.load().expect("it loads"));
    let bodyparts = |table: &PoseFrame| table.schema().bodyparts().into_iter().cloned().collect::<Vec<_>>();
    assert_eq!(bodyparts(&table), bodyparts(&nwb));
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    for bodypart in bodyparts(&table) {
        for coord in ["x", "y", "likelihood"] {
            let selection = Selection::all().bodypart(bodypart.clone()).coord(coord);
            let found = column(&nwb, &selection).map(bits);
            assert!(found.is_some() && found == column(&table, &selection).map(bits), "{bodypart} {coord}");
        }
    }
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("real.nwb");
    write_table(&table, create(&path), &options()).expect("it is written");
    let expected = json!({"PoseEstimation": series(&table, None)});
    let case =
        json!({"path": path, "containers": expected, "movement": "PoseEstimation", "keypoint_moseq": true});
    assert_eq!(judge(&[case])[0].findings, [[""; 2]; 0]);
}
