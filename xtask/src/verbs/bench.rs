//! `cargo xtask bench`: our side and its peers in the same run.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{cargo, python};

pub(crate) fn run() -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let python = python::PANDAS_3.prepare(&workspace)?;
    println!("building pose ...");
    let mut build = cargo::command(&workspace.root);
    cargo::run(build.args(["build", "--release", "--quiet", "--package", "pose-cli"]))?;

    let folder = workspace.target.join("bench");
    let mut bench = Command::new(python);
    bench
        .arg(workspace.root.join("xtask/bench/migrate.py"))
        .arg("--pose")
        .arg(workspace.release_program("pose")?)
        .arg("--work")
        .arg(folder.join("migrate"))
        .arg("--save")
        .arg(folder.join("migrate.json"));
    match env::var_os("POSE_REAL_DATA") {
        Some(real) => {
            bench.arg("--source").arg(largest_hdf5(Path::new(&real))?);
        }
        None => println!("POSE_REAL_DATA names no folder: a table of the same size is made up"),
    }
    cargo::run(&mut bench)?;
    Ok(ExitCode::SUCCESS)
}

fn largest_hdf5(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let hdf5 = paths.filter(|path| path.extension().is_some_and(|extension| extension == "h5"));
    let largest = hdf5.max_by_key(|path| fs::metadata(path).map_or(0, |metadata| metadata.len()));
    largest.with_context(|| format!("{} has no .h5 files", folder.display()))
}
