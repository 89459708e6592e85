//! `cargo xtask fixtures`: writes `fixtures/` with real pandas, or checks what is there.

mod golden;
mod nwb;

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::python::{ENVIRONMENTS, Environment};
use crate::python2;
use crate::workspace::Workspace;

/// What to do with a set of fixtures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Write,
    Check,
}

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let mode = if arguments.contains(&"--check") { Mode::Check } else { Mode::Write };
    let mut names = arguments.iter().filter(|argument| **argument != "--check");
    let chosen = names.next();
    if let Some(extra) = names.next() {
        bail!("`{extra}` is one argument too many: cargo xtask fixtures [--check] [SET]");
    }
    if chosen == Some(&"golden") {
        if mode == Mode::Check {
            bail!("golden files are checked by the tests");
        }
        return golden::run(&workspace);
    }
    if let Some(what) = chosen.filter(|name| ["nwb", "specifications"].contains(name)) {
        if mode == Mode::Check {
            bail!(
                "the set {what} has ids and times in it that are new each time: it is written, and looked at"
            );
        }
        return if *what == "nwb" { nwb::files(&workspace) } else { nwb::specifications(&workspace) };
    }
    let environments: Vec<&Environment> = ENVIRONMENTS
        .into_iter()
        .filter(|environment| chosen.is_none_or(|name| environment.name == *name))
        .collect();
    if environments.is_empty() && chosen != Some(&python2::SET) {
        bail!(
            "there is no set `{}`: pandas-3, pandas-1, python-2, nwb and specifications are the sets",
            chosen.unwrap_or(&"")
        );
    }

    // All environments come before the first set, so that nothing is written when not everything can be.
    let mut pythons = Vec::new();
    let mut code = ExitCode::SUCCESS;
    for environment in environments {
        match environment.prepare(&workspace) {
            Ok(python) => pythons.push((environment, python)),
            Err(error) if mode == Mode::Check => {
                eprintln!("error: set {} is not checked: {error:#}", environment.name);
                code = ExitCode::FAILURE;
            }
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("nothing was written, because set {} cannot be generated", environment.name)
                });
            }
        }
    }
    // Before the others: the newest pandas notes how it reads what the older ones wrote.
    if chosen.is_none_or(|name| *name == python2::SET) && !python_2(&workspace, mode, chosen.is_some())? {
        code = ExitCode::FAILURE;
    }
    for (environment, python) in pythons {
        if !generate(&workspace, environment, &python, mode)? {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// Writes or checks the set of Python 2, if there is one; whether it was content. Only where the set was asked for by
/// its name is it an error that there is none.
fn python_2(workspace: &Workspace, mode: Mode, is_asked_for: bool) -> Result<bool> {
    match python2::packages(workspace) {
        Ok(packages) => python2::generate(workspace, &packages, mode == Mode::Check),
        Err(error) if is_asked_for => Err(error),
        Err(error) => {
            let left = if mode == Mode::Check { "not checked" } else { "left as it is committed" };
            eprintln!("note: set {} is {left}: {error:#}", python2::SET);
            Ok(true)
        }
    }
}

/// Checks one set, and says with an error when it differs.
pub(crate) fn check(workspace: &Workspace, environment: &Environment) -> Result<()> {
    let python = environment.prepare(workspace)?;
    if generate(workspace, environment, &python, Mode::Check)? {
        return Ok(());
    }
    bail!("fixtures/ is not what would be generated: run `cargo xtask fixtures` and look at what changes")
}

/// Runs the generator; whether it was content.
fn generate(
    workspace: &Workspace,
    environment: &Environment,
    python: &std::path::Path,
    mode: Mode,
) -> Result<bool> {
    let script = workspace.root.join("fixtures/generate.py");
    let mut command = Command::new(python);
    // -B: no __pycache__ folders in the source tree. -s -E: nothing from the user's own Python.
    command.args(["-B", "-s", "-E"]).arg(&script).args(["--set", environment.name]);
    if mode == Mode::Check {
        command.arg("--check");
    }
    let status = command.status().with_context(|| format!("cannot start {}", python.display()))?;
    match status.code() {
        Some(0) => Ok(true),
        Some(1) if mode == Mode::Check => Ok(false),
        _ => bail!("{} ended with {status}", script.display()),
    }
}
