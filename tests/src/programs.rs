//! The programs that are tested, and those that judge.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde::de::DeserializeOwned;
use serde_json::Value;

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

/// Runs a script of this package, which takes JSON on its standard input and answers in JSON.
///
/// # Panics
///
/// When there is no Python, or the script fails.
#[must_use]
pub fn ask_python<T: DeserializeOwned>(script: &str, question: &Value) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let mut child = Command::new(python())
        .arg(path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    child.stdin.take().expect("piped").write_all(question.to_string().as_bytes()).expect("Python listens");
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success(), "{script} ended with {}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{script} answers in JSON: {error}"))
}
