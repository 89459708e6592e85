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
    &commands().plain
}

/// The `pose` command with the feature `object-store`.
///
/// # Panics
///
/// When it cannot be built.
#[must_use]
pub fn pose_with_stores() -> &'static Path {
    &commands().with_stores
}

struct Commands {
    plain: PathBuf,
    with_stores: PathBuf,
}

fn commands() -> &'static Commands {
    static COMMANDS: OnceLock<Commands> = OnceLock::new();
    COMMANDS.get_or_init(|| {
        let built = build(&["--features", "object-store"]);
        // Both builds leave their command in one place.
        let with_stores = built.with_file_name(format!("pose-with-stores{}", env::consts::EXE_SUFFIX));
        std::fs::copy(&built, &with_stores).expect("the command can be copied");
        Commands { plain: build(&[]), with_stores }
    })
}

/// Cargo tells only the tests of pose-cli itself where the command is; here it is asked for.
fn build(features: &[&str]) -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "pose-cli"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    assert!(built.is_ok_and(|status| status.success()), "`cargo build --package pose-cli` failed");
    let test = env::current_exe().expect("a test knows its own path");
    let target = test.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let debug = target.expect("tests run from the target folder").with_file_name("debug");
    let pose = debug.join(format!("pose{}", env::consts::EXE_SUFFIX));
    assert!(pose.is_file(), "`cargo build --package pose-cli` makes {}", pose.display());
    pose
}

/// The Python that has the pandas which judges our files.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn python() -> PathBuf {
    environment("POSE_PYTHON", "pandas-3").expect("no Python with pandas: make it with `cargo xtask python`")
}

/// The Python that has moto, the server of objects.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn readers_python() -> PathBuf {
    environment("POSE_READERS_PYTHON", "readers")
        .expect("no Python with moto's server: make it with `cargo xtask python`")
}

/// The Python of an environment: the one that a variable names, or that `cargo xtask python` made.
fn environment(variable: &str, name: &str) -> Option<PathBuf> {
    let given = env::var_os(variable).map(PathBuf::from);
    let made = || {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python").join(name);
        [target.join("bin/python"), target.join("Scripts/python.exe")]
            .into_iter()
            .find(|python| python.exists())
    };
    given.or_else(made)
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
