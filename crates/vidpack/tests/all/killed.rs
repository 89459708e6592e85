//! A packer is killed: no ffmpeg stays, no pack appears, and the next one clears up.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use vidpack::{ArrayOptions, ElementType, Pack, PackOptions, PackWriter};

use crate::ffmpeg_killed::{children, is_alive, wait_until};
use crate::support::{Random, ffmpeg};

/// Where the process that is to be killed works; without it, it is no such process.
const FOLDER: &str = "VIDPACK_TEST_PACK_FOLDER";

const STEP: [usize; 2] = [128, 128];

fn noise(steps: usize, seed: u64) -> ndarray::Array3<f32> {
    let mut random = Random::new(seed);
    ndarray::Array3::from_shape_simple_fn((steps, STEP[0], STEP[1]), || random.unit())
}

/// What is in a folder that nobody should see: hidden names.
fn hidden(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with('.')).collect()
}

#[test]
fn a_killed_packer_leaves_no_ffmpeg_and_no_pack_and_the_next_one_clears_up() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("field.vidpack");
    let mut doomed = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::packs_until_it_is_killed", "--ignored"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let encoding = || {
        let files = hidden(folder.path()).into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        files.flatten().any(|file| file.metadata().is_ok_and(|file| file.len() > 0))
    };
    wait_until(encoding);
    let encoders = children(doomed.id());
    assert!(!encoders.is_empty(), "nothing encodes");

    // SIGKILL: nothing of ours can clean up.
    doomed.kill().unwrap();
    doomed.wait().unwrap();
    wait_until(|| encoders.iter().all(|pid| !is_alive(*pid)));
    assert!(!target.exists());
    let left = hidden(folder.path());
    assert_eq!(left.len(), 1, "the folder that it filled");

    // What was touched a moment ago may be somebody's; this was left long ago.
    let long_ago = SystemTime::now() - Duration::from_secs(3600);
    let files = fs::read_dir(&left[0]).unwrap().map(|entry| entry.unwrap().path());
    for path in files.chain([left[0].clone()]) {
        File::open(path).unwrap().set_modified(long_ago).unwrap();
    }
    let array = noise(3, 1);
    let mut writer = PackWriter::create(&target, &ffmpeg(), PackOptions::default()).unwrap();
    assert!(!left[0].exists());
    writer.add("field", array.view(), &ArrayOptions::lossless()).unwrap();
    writer.finish().unwrap();
    assert!(hidden(folder.path()).is_empty());
    Pack::open(&target, &ffmpeg()).unwrap().verify().unwrap();
}

#[test]
#[ignore = "run by the test above, which kills it"]
fn packs_until_it_is_killed() {
    let folder = std::env::var_os(FOLDER).expect("it is run by the test above");
    let target = Path::new(&folder).join("field.vidpack");
    let mut options = ArrayOptions::lossless();
    options.segment_bytes = 1 << 20;
    let mut writer = PackWriter::create(target, &ffmpeg(), PackOptions::default()).unwrap();
    let mut array = writer.stream("field", ElementType::F32, &STEP, &options).unwrap();
    let start = SystemTime::now();
    while start.elapsed().is_ok_and(|since| since < Duration::from_secs(300)) {
        array.push(noise(16, 2).view()).unwrap();
    }
    panic!("nobody killed it");
}
