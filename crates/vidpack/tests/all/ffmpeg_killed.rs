//! Ours is killed, and ffmpeg goes too.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::tempdir;
use vidpack::{Codec, Ffv1, FrameFormat, PixelFormat, VideoReader, VideoSettings, VideoWriter};

use crate::support::{ffmpeg, noise, write};

const FORMAT: FrameFormat = FrameFormat { width: 256, height: 256, pixel_format: PixelFormat::Gray8 };

/// Where the process that is to be killed works; without it, it is no such process.
const FOLDER: &str = "VIDPACK_TEST_FOLDER";

#[test]
fn a_killed_process_leaves_no_ffmpeg_behind() {
    let folder = tempdir().unwrap();
    let settings = VideoSettings::new(Codec::Ffv1(Ffv1::default()));
    write(&ffmpeg(), &folder.path().join("read.mkv"), &settings, FORMAT, &noise(FORMAT, 200, 1)).unwrap();
    let mut doomed = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ffmpeg_killed::holds_a_writer_and_a_reader_until_it_is_killed", "--ignored"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let ready = folder.path().join("ready");
    wait_until(|| ready.exists());
    let children = children(doomed.id());
    assert_eq!(children.len(), 2, "a writer and a reader");

    // SIGKILL: nothing of ours can clean up.
    doomed.kill().unwrap();
    doomed.wait().unwrap();
    wait_until(|| children.iter().all(|pid| !is_alive(*pid)));
}

#[test]
#[ignore = "run by the test above, which kills it"]
fn holds_a_writer_and_a_reader_until_it_is_killed() {
    let folder = std::env::var_os(FOLDER).expect("it is run by the test above");
    let folder = Path::new(&folder);
    let ffmpeg = ffmpeg();
    let settings = VideoSettings::new(Codec::Ffv1(Ffv1::default()));
    let mut writer = VideoWriter::create(&ffmpeg, folder.join("write.mkv"), &settings, FORMAT).unwrap();
    for frame in noise(FORMAT, 100, 2) {
        writer.push(&frame).unwrap();
    }
    let mut reader = VideoReader::open(&ffmpeg, folder.join("read.mkv"), FORMAT, 0..200).unwrap();
    assert!(reader.read(&mut vec![0; FORMAT.frame_bytes()]).unwrap());
    fs::write(folder.join("ready"), "").unwrap();
    thread::sleep(Duration::from_secs(120));
    panic!("nobody killed it");
}

pub(crate) fn wait_until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "it did not happen");
        thread::sleep(Duration::from_millis(20));
    }
}

/// State and parent of a process.
fn status(pid: u32) -> Option<(char, u32)> {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = status.rsplit_once(") ")?.1.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

/// One that only waits for its parent to look at it has ended.
pub(crate) fn is_alive(pid: u32) -> bool {
    status(pid).is_some_and(|(state, _)| !"ZX".contains(state))
}

pub(crate) fn children(parent: u32) -> Vec<u32> {
    let processes =
        fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let pids = processes.filter_map(|name| name.parse().ok());
    pids.filter(|pid| status(*pid).is_some_and(|(_, of)| of == parent)).collect()
}
