//! An ffmpeg that is missing, dies, hangs, lies or shouts. Each is a shell script that a test writes.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{TempDir, tempdir};
use vidpack::{
    ArrayOptions, Codec, ElementType, ErrorKind, Ffmpeg, FfmpegError, Ffv1, FrameFormat, PackOptions,
    PackWriter, PixelFormat, Result, VideoReader, VideoSettings,
};

use crate::support::{Random, ffmpeg, names, noise, read, write};

const FORMAT: FrameFormat = FrameFormat { width: 256, height: 256, pixel_format: PixelFormat::Gray8 };

/// More than pipes and queues hold.
const FRAMES: u64 = 400;

/// An ffmpeg that answers questions, and does `work` instead of work.
struct Fake {
    folder: TempDir,
    stall_timeout: Duration,
}

impl Fake {
    fn new(work: &str) -> Self {
        let folder = tempdir().unwrap();
        let script = format!(
            "#!/bin/sh\ncase \"$*\" in\n*-version*) echo 'ffmpeg version 6.0-fake Copyright'; exit 0;;\n*encoder=*) \
             echo 'Encoder ffv1 [x]:'; echo '    Supported pixel formats: gray'; exit 0;;\nesac\n{work}\n"
        );
        // Longer than a busy machine needs to start a shell.
        let fake = Self { folder, stall_timeout: Duration::from_secs(60) };
        fs::write(fake.program(), script).unwrap();
        fs::set_permissions(fake.program(), fs::Permissions::from_mode(0o755)).unwrap();
        fake
    }

    /// One that hangs, and is given up soon.
    fn hanging(work: &str) -> Self {
        Self { stall_timeout: Duration::from_millis(800), ..Self::new(work) }
    }

    fn program(&self) -> PathBuf {
        self.folder.path().join("ffmpeg")
    }

    fn ffmpeg(&self) -> Ffmpeg {
        Ffmpeg::at(self.program()).unwrap().with_stall_timeout(self.stall_timeout)
    }

    /// The error of writing with it; whatever it is, there is no file afterwards.
    fn write(&self, frames: u64) -> FfmpegError {
        let folder = tempdir().unwrap();
        let settings = VideoSettings::new(Codec::Ffv1(Ffv1::default()));
        let path = folder.path().join("a.mkv");
        let frames = vec![vec![7; FORMAT.frame_bytes()]; usize::try_from(frames).unwrap()];
        let written = write(&self.ffmpeg(), &path, &settings, FORMAT, &frames);
        assert_eq!(names(folder.path()), [""; 0]);
        kind(written)
    }

    /// The error of reading with it what a real ffmpeg wrote.
    fn read(&self) -> FfmpegError {
        let folder = tempdir().unwrap();
        kind(read(&self.ffmpeg(), &video(folder.path()), FORMAT, 0..2))
    }
}

fn video(folder: &Path) -> PathBuf {
    let path = folder.join("real.mkv");
    let settings = VideoSettings::new(Codec::Ffv1(Ffv1::default()));
    write(&ffmpeg(), &path, &settings, FORMAT, &noise(FORMAT, 2, 1)).unwrap();
    path
}

fn kind<T>(result: Result<T>) -> FfmpegError {
    let Err(error) = result else { panic!("it should have failed") };
    match error.kind() {
        ErrorKind::Ffmpeg(FfmpegError::Failed { action, path, version, status, message }) => {
            FfmpegError::Failed {
                action,
                path: path.clone(),
                version: version.clone(),
                status: status.clone(),
                message: message.clone(),
            }
        }
        ErrorKind::Ffmpeg(FfmpegError::Stalled { action, path, version, waited, message }) => {
            FfmpegError::Stalled {
                action,
                path: path.clone(),
                version: version.clone(),
                waited: *waited,
                message: message.clone(),
            }
        }
        ErrorKind::Ffmpeg(FfmpegError::FrameCount { path, expected, found }) => {
            FfmpegError::FrameCount { path: path.clone(), expected: *expected, found: *found }
        }
        _ => panic!("{error}"),
    }
}

const STREAM: &str = "echo '[info]   Stream #0:0: Video: ffv1, gray(pc), 256x256, 25 fps' >&2";

#[test]
fn one_that_is_missing_or_something_else_is_named() {
    let error = Ffmpeg::at("/nowhere/ffmpeg").unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::Missing { .. })), "{error}");
    assert!(error.to_string().contains("apt-get install ffmpeg"), "{error}");
    let fake = Fake::new("exit 0");
    for (says, wanted) in [("hello", "is no ffmpeg"), ("ffmpeg version 4.2.2-static x", "4.4 or later")] {
        fs::write(fake.program(), format!("#!/bin/sh\necho '{says}'\n")).unwrap();
        let error = Ffmpeg::at(fake.program()).unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Ffmpeg(FfmpegError::Unusable { .. })), "{error}");
        assert!(error.to_string().contains(wanted), "{error}");
    }
}

#[test]
fn one_that_dies_is_an_error_with_its_words() {
    let dies = Fake::new("head -c 100000 >/dev/null; echo '[error] out of luck' >&2; exit 3");
    for error in [dies.write(FRAMES), dies.write(1)] {
        let FfmpegError::Failed { status, message, version, .. } = &error else { panic!("{error}") };
        assert_eq!(
            (status.as_str(), message.as_str(), version.as_str()),
            ("exit status: 3", "out of luck", "6.0-fake")
        );
    }
    let killed = Fake::new("kill -9 $$");
    assert!(
        matches!(killed.write(FRAMES), FfmpegError::Failed { status, .. } if status.contains("signal: 9"))
    );
    assert!(matches!(killed.read(), FfmpegError::Failed { status, .. } if status.contains("signal: 9")));
}

#[test]
fn one_that_ends_well_without_its_work_is_an_error() {
    let quits = Fake::new("exit 0");
    assert!(matches!(quits.write(FRAMES), FfmpegError::Failed { status, .. } if status == "exit status: 0"));
    assert!(matches!(quits.read(), FfmpegError::Failed { .. }));
    let few = "cat >/dev/null; echo '[verbose]   Output stream #0:0 (video): 9 frames encoded; 9 packets muxed (1 bytes); ' >&2";
    let error = Fake::new(few).write(10);
    assert!(matches!(error, FfmpegError::FrameCount { expected: 10, found: 9, .. }), "{error}");
    // One frame and a half, of two.
    let error = Fake::new(&format!("{STREAM}; head -c 98304 /dev/zero")).read();
    assert!(matches!(error, FfmpegError::FrameCount { expected: 2, found: 1, .. }), "{error}");
    let error = Fake::new(&format!("{STREAM}; head -c 131073 /dev/zero")).read();
    assert!(matches!(error, FfmpegError::FrameCount { expected: 2, found: 3, .. }), "{error}");
}

#[test]
fn one_that_hangs_is_ended_wherever_it_hangs() {
    let hangs = Fake::hanging("exec sleep 600");
    let after_all = Fake::hanging("cat >/dev/null; exec sleep 600");
    let midway = Fake::hanging("head -c 3000000 >/dev/null; exec sleep 600");
    for error in [hangs.write(FRAMES), hangs.write(1), after_all.write(1), midway.write(FRAMES)] {
        assert!(matches!(error, FfmpegError::Stalled { .. }), "{error}");
    }
    let half = Fake::hanging(&format!("{STREAM}; head -c 70000 /dev/zero; exec sleep 600"));
    let after = Fake::hanging(&format!("{STREAM}; head -c 131072 /dev/zero; exec sleep 600"));
    for error in [hangs.read(), half.read(), after.read()] {
        assert!(matches!(error, FfmpegError::Stalled { .. }), "{error}");
    }
}

#[test]
fn children_that_hold_its_pipes_do_not_hold_us() {
    // The shell is ended, and its child has all its pipes for longer than any test waits.
    let parent = Fake::hanging("sleep 20; exit 0");
    assert!(matches!(parent.write(FRAMES), FfmpegError::Stalled { .. }));
    assert!(matches!(parent.read(), FfmpegError::Stalled { .. }));
}

#[test]
fn one_that_shouts_is_listened_to_but_not_for_long() {
    let shouts = "yes '[error] the same again and again and again' | head -c 20000000 >&2";
    let error = Fake::new(&format!("cat >/dev/null; {shouts}; exit 1")).write(3);
    let FfmpegError::Failed { message, .. } = &error else { panic!("{error}") };
    assert!(message.starts_with("the same again") && message.len() < 5000);
    let one_line = "head -c 20000000 /dev/zero | tr '\\0' x >&2; exit 1";
    assert!(
        matches!(Fake::new(one_line).write(3), FfmpegError::Failed { message, .. } if message.len() < 5000)
    );
    // Errors in its log are errors, although it ends well and gives all bytes.
    let error =
        Fake::new(&format!("{STREAM}; head -c 131072 /dev/zero; echo '[ffv1 @ 0x1] [error] damage' >&2"))
            .read();
    assert!(matches!(&error, FfmpegError::Failed { message, .. } if message == "damage"), "{error}");
}

#[test]
fn a_dropped_reader_ends_its_ffmpeg() {
    let folder = tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let fake = Fake::new(&format!("echo $$ > '{}'; {STREAM}; exec cat /dev/zero", pid_file.display()));
    let mut reader = VideoReader::open(&fake.ffmpeg(), video(folder.path()), FORMAT, 0..2).unwrap();
    assert!(reader.read(&mut vec![0; FORMAT.frame_bytes()]).unwrap());
    drop(reader);
    let pid = fs::read_to_string(pid_file).unwrap();
    let alive = std::process::Command::new("kill").args(["-0", pid.trim()]).output().unwrap();
    assert!(!alive.status.success(), "{pid} lives");
}

#[test]
fn an_array_whose_encoder_died_is_not_gone_on_with() {
    const SEGMENTS: usize = 100;
    let (fake, folder) = (Fake::new("exit 3"), tempdir().unwrap());
    let options = PackOptions::default();
    let mut writer = PackWriter::create(folder.path().join("pack"), &fake.ffmpeg(), options).unwrap();
    let mut options = ArrayOptions::lossless();
    options.segment_bytes = 4 * 64 * 64 * 4;
    let mut random = Random::new(5);
    let steps = ndarray::ArrayD::from_shape_simple_fn(vec![4, 64, 64], || (random.unit() * 16.0).floor());
    let mut stream = writer.stream("field", ElementType::F32, &[64, 64], &options).unwrap();
    let error = (0..SEGMENTS).find_map(|_| stream.push(steps.view()).err()).expect("it died");
    assert!(matches!(error.kind(), ErrorKind::Ffmpeg(_)), "{error}");
    let error = stream.push(steps.view()).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Broken { .. }), "{error}");
    let error = stream.finish().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Broken { .. }), "{error}");
    drop(writer);
    assert_eq!(names(folder.path()), [""; 0]);
}
