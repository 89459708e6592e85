//! Python 2.7 with the pandas of its day, which writes one set of fixtures where there is one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cargo;
use crate::python::fingerprint;
use crate::workspace::Workspace;

/// The name of the set.
pub(crate) const SET: &str = "python-2";

/// What it is started as.
const PROGRAM: &str = "python2.7";

/// The folder with its packages, made or remade when it is not there or the requirements have changed.
///
/// A folder and no virtual environment: those of Python 2 need a program that no distribution has any more.
pub(crate) fn packages(workspace: &Workspace) -> Result<PathBuf> {
    let requirements = workspace.root.join(format!("fixtures/requirements-{SET}.txt"));
    let wanted = fs::read_to_string(&requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let folder = workspace.target.join("python").join(SET);
    let stamp = folder.join("installed.txt");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == fingerprint(&wanted)) {
        return Ok(folder);
    }
    cargo::output(Command::new(PROGRAM).args(["-m", "pip", "--version"]))
        .with_context(|| format!("{PROGRAM} with pip is missing, and few systems still have it"))?;
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    eprintln!("installing the packages of {SET} for {PROGRAM}");
    cargo::output(
        Command::new(PROGRAM)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--only-binary", ":all:", "--target"])
            .arg(&folder)
            .arg("--requirement")
            .arg(&requirements),
    )?;
    fs::write(&stamp, fingerprint(&wanted))?;
    Ok(folder)
}

/// Runs the generator; whether it was content.
pub(crate) fn generate(workspace: &Workspace, packages: &Path, check: bool) -> Result<bool> {
    let script = workspace.root.join("fixtures/generate_python2.py");
    let mut command = Command::new(PROGRAM);
    command.args(["-B", "-s", "-E"]).arg(&script).arg("--packages").arg(packages);
    if check {
        command.arg("--check");
    }
    let status = command.status().with_context(|| format!("cannot start {PROGRAM}"))?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) if check => Ok(false),
        _ => bail!("{} ended with {status}", script.display()),
    }
}
