//! The programs that are tested, and those that judge.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The `pose` command of this build, made when it is not there.
///
/// # Panics
///
/// When it cannot be built.
#[must_use]
pub fn pose() -> &'static Path {
    static POSE: OnceLock<PathBuf> = OnceLock::new();
    POSE.get_or_init(|| {
        // Cargo tells only the tests of pose-cli itself where the command is; here it is asked for.
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "pose-cli"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status();
        assert!(built.is_ok_and(|status| status.success()), "`cargo build --package pose-cli` failed");
        let test = env::current_exe().expect("a test knows its own path");
        let target = test.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
        let debug = target.expect("tests run from the target folder").with_file_name("debug");
        let pose = debug.join(format!("pose{}", env::consts::EXE_SUFFIX));
        assert!(pose.is_file(), "`cargo build --package pose-cli` makes {}", pose.display());
        pose
    })
}

/// The Python that has the pandas which judges our files.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn python() -> PathBuf {
    let given = env::var_os("POSE_PYTHON").map(PathBuf::from);
    let made = || {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/pandas-3");
        [target.join("bin/python"), target.join("Scripts/python.exe")]
            .into_iter()
            .find(|python| python.exists())
    };
    given.or_else(made).expect("no Python with pandas: make it with `cargo xtask python`")
}
