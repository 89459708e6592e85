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
    let pose = target_folder().join("debug").join(format!("pose{}", env::consts::EXE_SUFFIX));
    assert!(pose.is_file(), "`cargo build --package pose-cli` makes {}", pose.display());
    pose
}

/// The folder that cargo builds into, below which `cargo xtask` puts what the tests need.
///
/// # Panics
///
/// When this program is not in it.
#[must_use]
pub fn target_folder() -> PathBuf {
    let test = env::current_exe().expect("a test knows its own path");
    let profile = test.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    profile.and_then(Path::parent).expect("tests run from the target folder").to_owned()
}

/// The Python that has the pandas which judges our files.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn python() -> PathBuf {
    python_of("pandas-3")
}

/// The Python of an environment of `cargo xtask python`. `POSE_PYTHON` names that of `pandas-3`, where it is elsewhere,
/// `POSE_PYTHON_READERS` that of `readers`, and so on.
///
/// # Panics
///
/// When there is none.
#[must_use]
pub fn python_of(environment: &str) -> PathBuf {
    let variable = match environment {
        "pandas-3" => "POSE_PYTHON".to_owned(),
        other => format!("POSE_PYTHON_{}", other.to_uppercase()),
    };
    let given = env::var_os(variable).map(PathBuf::from);
    let made = || {
        // Where the target folder is elsewhere, an environment in the usual place serves as well.
        let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
        [target_folder(), usual].into_iter().map(|target| target.join("python").join(environment)).find_map(
            |folder| {
                let pythons = [folder.join("bin/python"), folder.join("Scripts/python.exe")];
                pythons.into_iter().find(|python| python.exists())
            },
        )
    };
    given
        .or_else(made)
        .unwrap_or_else(|| panic!("no Python environment {environment}: make it with `cargo xtask python`"))
}

/// Runs a script of this package, which takes JSON on its standard input and answers in JSON.
///
/// # Panics
///
/// When there is no Python, or the script fails.
#[must_use]
pub fn ask_python<T: DeserializeOwned>(script: &str, question: &Value) -> T {
    ask_python_of("pandas-3", script, question)
}

/// The same with the Python of an environment of `cargo xtask python`.
///
/// # Panics
///
/// When there is no such Python, or the script fails.
#[must_use]
pub fn ask_python_of<T: DeserializeOwned>(environment: &str, script: &str, question: &Value) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let mut child = Command::new(python_of(environment))
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
