//! Packs from anywhere: sidecars that claim what cannot be, and files that are not those that were written.

use std::fs;
use std::path::{Path, PathBuf};

use ndarray::{ArrayD, IxDyn};
use serde_json::{Value, json};
use vidpack::{Array, ArrayOptions, ErrorKind, Pack, PackOptions, PackWriter, SIDECAR_NAME};

use crate::support::ffmpeg;
use crate::trip::Dice;

/// A pack of two segments with values beside the frames.
struct Target {
    folder: tempfile::TempDir,
    array: ArrayD<f32>,
}

impl Target {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut dice = Dice(seed);
        let array = ArrayD::from_shape_simple_fn(IxDyn(&[6, 20, 18]), || {
            if dice.bits().is_multiple_of(40) { f32::NAN } else { dice.unit() as f32 }
        });
        let mut writer =
            PackWriter::create(folder.path().join("pack"), &ffmpeg(), PackOptions::default()).unwrap();
        let mut options = ArrayOptions::lossless();
        options.segment_bytes = 3 * 20 * 18 * 4;
        writer.add("field", array.view(), &options).unwrap();
        writer.finish().unwrap();
        Self { folder, array }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("pack")
    }

    fn sidecar(&self) -> Vec<u8> {
        fs::read(self.path().join(SIDECAR_NAME)).unwrap()
    }

    fn video(&self) -> PathBuf {
        self.path().join("0-field.mkv")
    }

    /// Opens the pack and takes all that it gives: an error, or what was packed.
    fn outcome(&self) -> Result<(), vidpack::Error> {
        let pack = Pack::open(self.path(), &ffmpeg())?;
        pack.verify()?;
        for array in pack.arrays() {
            let Array::F32(back) = array.read(..)? else { panic!("{} came back", array.element_type()) };
            let bits = |array: &ArrayD<f32>| array.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert!(bits(&back) == bits(&self.array), "other values came back, and nothing was said");
        }
        Ok(())
    }

    fn with_sidecar(&self, json: &[u8]) -> Result<(), vidpack::Error> {
        fs::write(self.path().join(SIDECAR_NAME), json).unwrap();
        self.outcome()
    }
}

/// The most memory that this process ever had.
#[cfg(target_os = "linux")]
fn peak_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[test]
fn sidecars_that_claim_what_cannot_be_are_refused_without_the_memory_that_they_claim() {
    let target = Target::new(1);
    let whole: Value = serde_json::from_slice(&target.sidecar()).unwrap();
    let segment = "/arrays/0/parts/0/segments/0";
    let video = "/arrays/0/parts/0/videos/0";
    let claims = [
        ("/version".to_owned(), json!(2)),
        ("/version".to_owned(), json!(u64::MAX)),
        ("/version".to_owned(), json!(-1)),
        ("/format".to_owned(), json!("pcovid")),
        ("/arrays/0/name".to_owned(), json!("")),
        ("/arrays/0/element".to_owned(), json!("f128")),
        ("/arrays/0/element".to_owned(), json!("f64")),
        ("/arrays/0/shape".to_owned(), json!([6, 20, 18, 1_u64 << 40])),
        ("/arrays/0/shape".to_owned(), json!([u64::MAX, u64::MAX, u64::MAX])),
        ("/arrays/0/shape".to_owned(), json!([1_u64 << 40, 20, 18])),
        ("/arrays/0/shape".to_owned(), json!([-6, 20, 18])),
        ("/arrays/0/shape".to_owned(), json!([6.5, 20, 18])),
        ("/arrays/0/shape".to_owned(), json!([])),
        ("/arrays/0/parts".to_owned(), json!([])),
        ("/arrays/0/restored".to_owned(), json!("00")),
        (format!("{video}/file"), json!("../pack/0-field.mkv")),
        (format!("{video}/file"), json!("/etc/passwd")),
        (format!("{video}/file"), json!("concat:0-field.mkv|0-field.mkv")),
        (format!("{video}/file"), json!("-y")),
        (format!("{video}/file"), json!("")),
        (format!("{video}/file"), json!("0-field.side")),
        (format!("{video}/tracks"), json!([])),
        (format!("{video}/tracks/0/frames"), json!(1_u64 << 60)),
        (format!("{video}/tracks/0/frame/width"), json!(1_u64 << 31)),
        (format!("{video}/tracks/0/frame/height"), json!(0)),
        ("/arrays/0/parts/0/side/file".to_owned(), json!("..")),
        ("/arrays/0/parts/0/side/bytes".to_owned(), json!(1_u64 << 50)),
        (format!("{segment}/side_bytes"), json!(u64::MAX)),
        (format!("{segment}/plan/side_bytes"), json!(1_u64 << 50)),
        (format!("{segment}/plan/shape"), json!([1_u64 << 30, 20, 18])),
        (format!("{segment}/plan/shape"), json!([0, 20, 18])),
        (format!("{segment}/plan/channels/0/bits"), json!(65)),
        (format!("{segment}/plan/channels/0/bits"), json!(255)),
        (format!("{segment}/plan/channels/0/noise_bits"), json!(64)),
        (format!("{segment}/plan/channels/0/sample_bits"), json!(0)),
        (format!("{segment}/plan/channels/0/exceptions"), json!(u64::MAX)),
        (format!("{segment}/plan/channels"), json!([])),
        (format!("{segment}/plan/streams/0/frames"), json!(1_u64 << 40)),
        (format!("{segment}/plan/streams/0/width"), json!(1_u64 << 40)),
        (format!("{segment}/plan/streams/0/channels"), json!([0, 1])),
        (format!("{segment}/frames"), json!([])),
    ];
    #[cfg(target_os = "linux")]
    let before = peak_bytes();
    for (place, claim) in claims {
        let mut changed = whole.clone();
        *changed.pointer_mut(&place).unwrap_or_else(|| panic!("there is no {place}")) = claim.clone();
        let error = target.with_sidecar(&serde_json::to_vec(&changed).unwrap());
        let error = error.expect_err(&format!("{place} may not be {claim}"));
        assert!(!error.to_string().is_empty() && error.to_string().len() < 2000, "{place}: {error}");
    }
    // Other tests run beside this one; what is claimed above is a thousand times as much.
    #[cfg(target_os = "linux")]
    assert!(peak_bytes() - before < 1 << 30, "{} bytes", peak_bytes() - before);
    target.with_sidecar(&serde_json::to_vec(&whole).unwrap()).expect("it is whole again");
}

#[test]
fn names_that_stand_twice_are_refused() {
    let target = Target::new(2);
    let mut sidecar: Value = serde_json::from_slice(&target.sidecar()).unwrap();
    let array = sidecar["arrays"][0].clone();
    sidecar["arrays"].as_array_mut().unwrap().push(array);
    let error = target.with_sidecar(&serde_json::to_vec(&sidecar).unwrap()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Sidecar { .. }), "{error}");
    // Another array may not take the files of the first, either.
    sidecar["arrays"][1]["name"] = json!("other");
    let error = target.with_sidecar(&serde_json::to_vec(&sidecar).unwrap()).unwrap_err();
    assert!(error.to_string().contains("0-field"), "{error}");
    let twice = br#"{"format":"vidpack","format":"vidpack","version":1,"arrays":[]}"#;
    target.with_sidecar(twice).expect_err("a field stands twice");
}

#[test]
fn what_is_nested_too_deep_is_refused() {
    let target = Target::new(3);
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = 200_000;
        let json = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let error = target.with_sidecar(json.as_bytes()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::NotAPack { .. }), "{error}");
    }
}

/// Changes a few bytes anywhere.
fn mutated(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.bits() % 3 {
        let at = dice.bits() as usize % bytes.len();
        match dice.bits() % 5 {
            0 => bytes[at] = dice.bits() as u8,
            1 => bytes[at] ^= 1 << (dice.bits() % 8),
            2 => drop(bytes.drain(at..bytes.len().min(at + 1 + dice.bits() as usize % 40))),
            3 => bytes.insert(at, b"0123456789-.\"[]{},"[dice.bits() as usize % 18]),
            _ => {
                let piece = bytes[at..bytes.len().min(at + 60)].to_vec();
                let to = dice.bits() as usize % bytes.len();
                bytes.splice(to..to, piece);
            }
        }
    }
    bytes
}

#[test]
fn sidecars_changed_at_random_are_errors_or_restore_what_was_packed() {
    let target = Target::new(4);
    let whole = target.sidecar();
    let mut dice = Dice(5);
    let refused = (0..200).filter(|_| target.with_sidecar(&mutated(&whole, &mut dice)).is_err()).count();
    assert!(refused > 100, "{refused}");
}

#[test]
fn videos_changed_at_random_are_errors_or_restore_what_was_packed() {
    let target = Target::new(6);
    let files = [target.video(), target.path().join("0-field.side")];
    let mut dice = Dice(7);
    let mut refused = 0;
    for file in &files {
        let whole = fs::read(file).unwrap();
        for _ in 0..20 {
            fs::write(file, mutated(&whole, &mut dice)).unwrap();
            refused += usize::from(target.outcome().is_err());
        }
        fs::write(file, whole).unwrap();
    }
    assert!(refused >= 20, "{refused}");
    target.outcome().expect("it is whole again");
}

#[test]
fn videos_of_other_packs_are_not_taken_for_theirs() {
    let (one, other) = (Target::new(8), Target::new(9));
    swap(&one.video(), &other.video());
    for target in [&one, &other] {
        let error = target.outcome().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Damaged { .. }), "{error}");
    }
    swap(&one.video(), &other.video());
    swap(&one.path().join("0-field.side"), &other.path().join("0-field.side"));
    one.outcome().expect_err("the values beside the frames are of another");
}

fn swap(one: &Path, other: &Path) {
    let (a, b) = (fs::read(one).unwrap(), fs::read(other).unwrap());
    fs::write(one, b).unwrap();
    fs::write(other, a).unwrap();
}
