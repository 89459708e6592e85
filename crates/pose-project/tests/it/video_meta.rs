//! Meta files.

use std::fs;

use pose_frame::{Crop, FrameSize};
use pose_project::{Engine, Note, ProjectError, VideoMeta};

use crate::{MULTI, OPENFIELD, SINGLE, TRIMICE, fixture};

fn read(path: &str) -> (VideoMeta, Vec<Note>) {
    VideoMeta::read(fixture(path)).unwrap_or_else(|error| panic!("{error}"))
}

const VGA: Option<FrameSize> = Some(FrameSize { width: 640, height: 480 });

fn crop() -> Option<Crop> {
    Crop::new(100..400, 50..250)
}

#[test]
fn tensorflow_is_read() {
    let (meta, notes) = read(&format!("{OPENFIELD}/videos/openfield1{SINGLE}_meta.pickle"));
    assert_eq!(notes, []);
    assert_eq!((meta.frame_rate_hz, meta.num_frames, meta.frame_size), (Some(30.0), Some(60), VGA));
    assert_eq!((meta.crop, meta.engine), (None, Some(Engine::TensorFlow)));
    assert_eq!(meta.scorer.as_deref(), Some(SINGLE));
}

#[test]
fn a_crop_of_tensorflow_is_read_with_the_size_of_the_whole_frame() {
    let (meta, notes) = read(&format!("{OPENFIELD}/videos/cropped1{SINGLE}_meta.pickle"));
    assert_eq!(notes, []);
    assert_eq!((meta.frame_rate_hz, meta.num_frames, meta.frame_size), (Some(29.97), Some(60), VGA));
    assert_eq!(meta.crop, crop());
}

#[test]
fn pytorch_is_read() {
    let (meta, notes) = read(&format!("{TRIMICE}/videos/trimice1{MULTI}_meta.pickle"));
    assert_eq!(notes, []);
    assert_eq!((meta.frame_rate_hz, meta.num_frames, meta.frame_size), (Some(25.0), Some(30), VGA));
    assert_eq!((meta.crop, meta.engine), (None, Some(Engine::PyTorch)));
}

#[test]
fn a_crop_of_pytorch_leaves_the_size_of_the_frame_unknown() {
    let (meta, notes) = read(&format!("{TRIMICE}/videos/cropped1{MULTI}_meta.pickle"));
    assert_eq!((meta.crop, meta.frame_size), (crop(), None));
    let [note] = notes.as_slice() else { panic!("{notes:?}") };
    assert!(note.to_string().contains("may be that of the part that was analysed"), "{note}");
}

#[test]
fn the_file_of_a_triangulated_table_says_nothing_of_a_video() {
    let (meta, notes) = read(&format!("{OPENFIELD}/videos/openfield1_DLC_3D_meta.pickle"));
    assert_eq!((meta, notes), (VideoMeta::default(), vec![]));
}

#[test]
fn what_cannot_be_is_left_out_with_a_note() {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("a_meta.pickle");
    let read = |pickle: &[u8]| {
        fs::write(&path, pickle).expect("there is room");
        VideoMeta::read(&path).unwrap_or_else(|error| panic!("{error}"))
    };
    // {'data': {'fps': -1.0, 'nframes': -3, 'cropping': True, 'cropping_parameters': [4, 2, 0, 1],
    //           'frame_dimensions': (480,)}}
    let (meta, notes) = read(
        b"(dVdata\n(dVfps\nF-1\nsVnframes\nI-3\nsVcropping\nI01\nsVcropping_parameters\n(I4\nI2\nI0\nI1\nlsVframe_dimensions\n(I480\ntss.",
    );
    assert_eq!(meta, VideoMeta::default());
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes.len(), 4, "{notes:?}");
    assert!(notes.iter().all(|note| note.contains("a_meta.pickle: ")), "{notes:?}");

    // OpenCV knows no rate: {'data': {'fps': 0.0, 'nframes': 7.0}}
    let (meta, notes) = read(b"(dVdata\n(dVfps\nF0\nsVnframes\nF7\nss.");
    assert_eq!((meta.frame_rate_hz, meta.num_frames, notes.len()), (None, Some(7), 0));
}

#[test]
fn what_is_no_meta_file_is_an_error_that_names_it() {
    let scratch = tempfile::tempdir().expect("there is room");
    let path = scratch.path().join("a_meta.pickle");
    let says = |text: &str| {
        let error = VideoMeta::read(&path).expect_err("it is no meta file");
        let message = error.to_string();
        assert!(message.contains("a_meta.pickle") && message.contains(text), "{message}");
        error
    };
    assert!(matches!(says("entity not found"), ProjectError::Io { .. }));
    fs::create_dir(&path).expect("there is room");
    says("is not a regular file");
    fs::remove_dir(&path).expect("it is empty");
    for (bytes, text) in [
        (&b""[..], "the pickle ends at byte 0"),
        (b"(lp0\n.", "a list where a dictionary belongs"),
        (b"(d.", "none where an entry `data` belongs"),
        (b"(dVdata\nNs.", "None where a dictionary belongs"),
    ] {
        fs::write(&path, bytes).expect("there is room");
        assert!(matches!(says(text), ProjectError::Pickle { .. }));
    }
    let large = fs::File::create(&path).expect("there is room");
    large.set_len(pose_project::MAX_META_BYTES + 1).expect("it is sparse");
    assert!(matches!(says("too large"), ProjectError::TooLarge { .. }));
}
