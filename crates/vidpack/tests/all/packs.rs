//! Arrays go into packs and come back.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{Array as Nd, ArrayD, Dimension as _, IxDyn};
use vidpack::{
    Array, ArrayOptions, ArrayView, Codec, Contract, ErrorKind, Existing, Lossy, Pack, PackOptions,
    PackWriter, Quality, SIDECAR_NAME,
};

use crate::support::{Random, ffmpeg};

/// A folder that goes away with the test.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("there is room")
}

fn smooth(shape: &[usize]) -> ArrayD<f32> {
    let mut random = Random::new(7);
    let mut drift = 0.0_f32;
    let mut last = usize::MAX;
    Nd::from_shape_fn(IxDyn(shape), |place| {
        if place[0] != last {
            last = place[0];
            drift += random.unit() - 0.5;
        }
        let sum: f32 = (1..place.ndim()).map(|axis| (place[axis] as f32 * 0.1 * axis as f32).sin()).sum();
        280.0 + drift + 3.0 * sum + random.unit() * 0.01
    })
}

fn pack(path: &Path, array: ArrayView<'_>, options: &ArrayOptions) -> Pack {
    let mut writer = PackWriter::create(path, &ffmpeg(), PackOptions::default()).expect("a new pack");
    writer.add("field", array, options).expect("it can be packed");
    writer.finish().expect("it is whole");
    Pack::open(path, &ffmpeg()).expect("it was just written")
}

fn back(pack: &Pack) -> Array {
    pack.array("field").expect("it is in").read(..).expect("it comes back")
}

fn f32s(array: Array) -> ArrayD<f32> {
    match array {
        Array::F32(array) => array,
        other => panic!("{} instead of f32", other.element_type()),
    }
}

fn bits(array: &ArrayD<f32>) -> Vec<u32> {
    array.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn lossless_packs_give_back_every_bit_of_every_shape() {
    let shapes: [&[usize]; 10] = [
        &[],
        &[1],
        &[257],
        &[100, 3],
        &[5, 1, 1],
        &[7, 17, 19],
        &[4, 16, 16, 5],
        &[3, 2, 5, 7, 2],
        &[0, 20, 20],
        &[1, 1, 1, 1],
    ];
    let folder = folder();
    for (number, shape) in shapes.into_iter().enumerate() {
        let array = smooth_or_single(shape);
        let packed =
            pack(&folder.path().join(number.to_string()), array.view().into(), &ArrayOptions::lossless());
        assert_eq!(packed.array("field").expect("it is in").shape(), shape);
        let restored = f32s(back(&packed));
        assert_eq!(restored.shape(), shape);
        assert_eq!(bits(&restored), bits(&array), "{shape:?}");
        packed.verify().expect("it is as it was written");
    }
}

fn smooth_or_single(shape: &[usize]) -> ArrayD<f32> {
    if shape.is_empty() { ArrayD::from_elem(IxDyn(&[]), 4.25) } else { smooth(shape) }
}

#[test]
fn what_is_no_number_comes_back_with_its_payload() {
    let mut array = smooth(&[20, 18, 18]);
    for (place, value) in [
        (0, f32::from_bits(0x7fc0_1234)),
        (77, f32::INFINITY),
        (500, f32::NEG_INFINITY),
        (501, -0.0),
        (900, f32::from_bits(1)),
        (6000, f32::MAX),
    ] {
        array.as_slice_mut().expect("it is in order")[place] = value;
    }
    let folder = folder();
    let packed = pack(&folder.path().join("pack"), array.view().into(), &ArrayOptions::lossless());
    assert_eq!(bits(&f32s(back(&packed))), bits(&array));
}

#[test]
fn errors_stay_within_the_bound() {
    let array = smooth(&[40, 32, 24]);
    let folder = folder();
    let packed = pack(&folder.path().join("pack"), array.view().into(), &ArrayOptions::max_error(0.05));
    let restored = f32s(back(&packed));
    let worst =
        array.iter().zip(&restored).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs()).fold(0.0, f64::max);
    assert!(worst <= 0.05, "{worst}");
    assert!(worst > 0.0, "nothing was quantised");
}

#[test]
fn time_steps_are_read_alone() {
    let array = smooth(&[50, 20, 24]);
    let mut options = ArrayOptions::lossless();
    options.segment_bytes = 9 * 20 * 24 * 4;
    let folder = folder();
    let packed = pack(&folder.path().join("pack"), array.view().into(), &options);
    let packed = packed.array("field").expect("it is in");
    assert_eq!(packed.segments().first(), Some(&(0..9)));
    assert_eq!(packed.segments().len(), 6);
    for steps in [0..50, 0..1, 8..10, 27..36, 49..50, 13..13] {
        let restored = f32s(packed.read(steps.clone()).expect("they are in it"));
        let expected = array.slice_axis(ndarray::Axis(0), steps.clone().into()).to_owned();
        assert_eq!(bits(&restored), bits(&expected), "{steps:?}");
    }
    let error = packed.read(40..51).expect_err("there are 50");
    assert!(matches!(error.kind(), ErrorKind::Steps { end: 51, steps: 50, .. }), "{error}");
}

#[test]
fn arrays_come_piece_by_piece() {
    let array = smooth(&[30, 16, 20]);
    let folder = folder();
    let path = folder.path().join("pack");
    let mut writer = PackWriter::create(&path, &ffmpeg(), PackOptions::default()).expect("a new pack");
    let mut options = ArrayOptions::lossless();
    options.segment_bytes = 8 * 16 * 20 * 4;
    let mut stream =
        writer.stream("field", vidpack::ElementType::F32, &[16, 20], &options).expect("a new array");
    for chunk in array.axis_chunks_iter(ndarray::Axis(0), 7) {
        stream.push(chunk).expect("it fits");
    }
    let error = stream.push(smooth(&[2, 20, 16]).view()).expect_err("another shape");
    assert!(matches!(error.kind(), ErrorKind::Mismatch { .. }), "{error}");
    stream.finish().expect("it is whole");
    writer.finish().expect("it is whole");

    let packed = Pack::open(&path, &ffmpeg()).expect("it was just written");
    let packed = packed.array("field").expect("it is in");
    let mut pieces = Vec::new();
    packed
        .for_each(&mut |piece| {
            pieces.extend(bits(&f32s(piece)));
            Ok(())
        })
        .expect("it comes back");
    assert_eq!(pieces, bits(&array));
}

#[test]
fn several_arrays_share_a_pack() {
    let (field, mask) =
        (smooth(&[10, 16, 16]), Nd::from_shape_fn(IxDyn(&[10, 3]), |place| place[0] % 3 == place[1]));
    let folder = folder();
    let path = folder.path().join("pack");
    let mut writer = PackWriter::create(&path, &ffmpeg(), PackOptions::default()).expect("a new pack");
    writer.add("field", field.view(), &ArrayOptions::lossless()).expect("it can be packed");
    writer.add("mask", mask.view(), &ArrayOptions::lossless()).expect("it can be packed");
    let error = writer.add("mask", mask.view(), &ArrayOptions::lossless()).expect_err("the name is taken");
    assert!(matches!(error.kind(), ErrorKind::Name { .. }), "{error}");
    writer.finish().expect("it is whole");

    let packed = Pack::open(&path, &ffmpeg()).expect("it was just written");
    let Array::Bool(restored) = packed.array("mask").expect("it is in").read(..).expect("it comes back")
    else {
        panic!()
    };
    assert_eq!(restored, mask);
    let error = packed.array("masks").expect_err("there is none");
    assert_eq!(
        error.to_string(),
        format!("{}: holds no array \"masks\"; there is \"field\", \"mask\"", path.display())
    );
}

#[test]
fn lossy_pictures_are_measured() {
    let array = smooth(&[12, 64, 64]);
    let folder = folder();
    let codec = Codec::X265(Lossy::new(Quality::Crf(10.0)));
    let packed = pack(&folder.path().join("pack"), array.view().into(), &ArrayOptions::quality(10, codec));
    let restored = f32s(back(&packed));
    let entry = packed.array("field").expect("it is in").entry();
    let worst =
        array.iter().zip(&restored).map(|(a, b)| (f64::from(*a) - f64::from(*b)).abs()).fold(0.0, f64::max);
    let measured = entry.measured.as_ref().expect("it may differ");
    assert_eq!(measured.max_error.to_bits(), worst.to_bits());
    assert!(worst > 0.0 && worst < 1.0, "{worst}");
    assert!(matches!(entry.contract, Contract::Quality { .. }));
    packed.verify().expect("it decodes as it did");
}

#[test]
fn the_same_array_gives_the_same_bytes() {
    let array = smooth(&[20, 32, 32]);
    let folder = folder();
    let files = |name: &str| {
        let path = folder.path().join(name);
        pack(&path, array.view().into(), &ArrayOptions::lossless());
        let mut files: Vec<_> =
            fs::read_dir(path).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
        files.sort();
        let content =
            |path: PathBuf| (path.file_name().map(ToOwned::to_owned), fs::read(&path).expect("a file"));
        files.into_iter().map(content).collect::<Vec<_>>()
    };
    assert_eq!(files("one"), files("two"));
}

#[test]
fn a_pack_replaces_only_a_pack_and_only_when_asked() {
    let (first, second) = (smooth(&[4, 16, 16]), smooth(&[5, 16, 16]));
    let folder = folder();
    let path = folder.path().join("pack");
    pack(&path, first.view().into(), &ArrayOptions::lossless());
    let error = PackWriter::create(&path, &ffmpeg(), PackOptions::default()).expect_err("it is there");
    assert!(matches!(error.kind(), ErrorKind::Exists { .. }), "{error}");

    let mut options = PackOptions::default();
    options.existing = Existing::Replace;
    let mut writer = PackWriter::create(&path, &ffmpeg(), options.clone()).expect("it may be replaced");
    writer.add("field", second.view(), &ArrayOptions::lossless()).expect("it can be packed");
    writer.finish().expect("it is whole");
    assert_eq!(bits(&f32s(back(&Pack::open(&path, &ffmpeg()).expect("a pack")))), bits(&second));

    let other = folder.path().join("thesis");
    fs::create_dir(&other).expect("a folder");
    fs::write(other.join("chapter.txt"), "years of work").expect("a file");
    let error = PackWriter::create(&other, &ffmpeg(), options).expect_err("it is no pack");
    assert!(matches!(error.kind(), ErrorKind::Exists { .. }), "{error}");
    assert!(other.join("chapter.txt").exists());
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

#[test]
fn a_writer_that_goes_away_leaves_nothing() {
    let array = smooth(&[30, 32, 32]);
    let folder = folder();
    let path = folder.path().join("pack");
    let mut writer = PackWriter::create(&path, &ffmpeg(), PackOptions::default()).expect("a new pack");
    let mut options = ArrayOptions::lossless();
    options.segment_bytes = 4 * 32 * 32 * 4;
    let mut stream =
        writer.stream("field", vidpack::ElementType::F32, &[32, 32], &options).expect("a new array");
    stream.push(array.view()).expect("it fits");
    drop(stream);
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn an_array_that_goes_away_leaves_the_others() {
    let array = smooth(&[12, 16, 16]);
    let folder = folder();
    let path = folder.path().join("pack");
    let mut writer = PackWriter::create(&path, &ffmpeg(), PackOptions::default()).expect("a new pack");
    let mut options = ArrayOptions::lossless();
    options.segment_bytes = 4 * 16 * 16 * 4;
    let mut stream =
        writer.stream("field", vidpack::ElementType::F32, &[16, 16], &options).expect("a new array");
    stream.push(array.view()).expect("it fits");
    drop(stream);
    writer.add("field", array.view(), &ArrayOptions::lossless()).expect("the name is free again");
    let sidecar = writer.finish().expect("it is whole");
    let parts = sidecar.arrays.iter().flat_map(|array| &array.parts);
    let named = parts.map(|part| part.videos.len() + usize::from(part.side.is_some())).sum::<usize>() + 1;
    assert_eq!(fs::read_dir(&path).expect("a folder").count(), named);
    assert_eq!(bits(&f32s(back(&Pack::open(&path, &ffmpeg()).expect("a pack")))), bits(&array));
}

#[test]
fn one_video_alone_restores_an_array_of_several_tracks_and_values_beside_them() {
    let mut array = smooth(&[10, 20, 20]);
    array.as_slice_mut().expect("it is in order")[77] = f32::NAN;
    let folder = folder();
    let path = folder.path().join("pack");
    pack(&path, array.view().into(), &ArrayOptions::lossless());
    let alone = folder.path().join("alone.mkv");
    let video = path.join("0-field.mkv");
    let sidecar = Pack::open(&path, &ffmpeg()).expect("a pack").sidecar().clone();
    let part = &sidecar.arrays[0].parts[0];
    assert!(part.videos[0].tracks.len() > 1 && part.side.is_some(), "the test means neither");
    fs::create_dir(folder.path().join("other")).expect("a folder");
    fs::rename(&video, &alone).expect("there is room");
    fs::remove_dir_all(&path).expect("a folder");
    let moved = folder.path().join("other/0-field.mkv");
    fs::rename(&alone, &moved).expect("there is room");
    let packed = Pack::open(&moved, &ffmpeg()).expect("the sidecar is in it");
    assert_eq!(bits(&f32s(back(&packed))), bits(&array));
}

#[test]
fn any_video_holds_the_sidecar() {
    let array = Nd::from_shape_fn(IxDyn(&[10, 16, 16]), |place| (place[0] * 3 + place[1] + place[2]) as u8);
    let folder = folder();
    let path = folder.path().join("pack");
    pack(&path, array.view().into(), &ArrayOptions::lossless());
    fs::remove_file(path.join(SIDECAR_NAME)).expect("it was there");
    let error = Pack::open(&path, &ffmpeg()).expect_err("there is no sidecar");
    assert!(matches!(error.kind(), ErrorKind::NotAPack { .. }), "{error}");
    let packed = Pack::open(path.join("0-field.mkv"), &ffmpeg()).expect("the sidecar is in it");
    let Array::U8(restored) = back(&packed) else { panic!() };
    assert_eq!(restored, array);
}

#[test]
fn damage_is_named() {
    let array = smooth(&[12, 32, 32]);
    let folder = folder();
    let path = folder.path().join("pack");
    pack(&path, array.view().into(), &ArrayOptions::lossless());
    let files: Vec<_> =
        fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("a file").path()).collect();
    let mut videos = 0;
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "mkv")) {
        videos += 1;
        let whole = fs::read(file).expect("a file");
        let read = || {
            Pack::open(&path, &ffmpeg())
                .expect("the sidecar is whole")
                .array("field")
                .expect("it is in")
                .read(..)
        };
        for cut in [0, 100, whole.len() / 2] {
            fs::write(file, &whole[..cut]).expect("there is room");
            read().expect_err("it is cut off");
        }
        let mut changed = whole.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 0x10;
        fs::write(file, &changed).expect("there is room");
        if let Ok(restored) = read() {
            // The bit was not one of a frame.
            assert_eq!(bits(&f32s(restored)), bits(&array));
        }
        fs::remove_file(file).expect("it was there");
        let error = read().expect_err("it is gone");
        assert!(error.to_string().contains(&*file.file_name().expect("a name").to_string_lossy()), "{error}");
        fs::write(file, &whole).expect("there is room");
        assert_eq!(bits(&f32s(read().expect("it is whole again"))), bits(&array));
    }
    assert!(videos > 0);
}
