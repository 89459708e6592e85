//! `cargo xtask bench`: our side and its peers in the same run.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;
use crate::{cargo, python};

pub(crate) fn run(names: &[&str]) -> Result<ExitCode> {
    const ALL: [&str; 6] = ["migrate", "hdf5", "parquet", "csv", "nwb", "video"];
    if let Some(name) = names.iter().find(|name| !ALL.contains(name)) {
        bail!("no benchmark is called {name}; there are {}", ALL.join(", "));
    }
    let workspace = Workspace::load()?;
    let python = python::BENCH.prepare(&workspace)?;
    let real = env::var_os("POSE_REAL_DATA");
    let source = real.map(|real| largest_hdf5(Path::new(&real))).transpose()?;
    if source.is_none() {
        println!("POSE_REAL_DATA names no folder: a table of the same size is made up");
    }
    for name in ALL.iter().filter(|name| names.is_empty() || names.contains(name)) {
        match *name {
            "migrate" => migrate(&workspace, &python, source.as_deref())?,
            "hdf5" => hdf5(&workspace, &python, source.as_deref())?,
            "csv" => csv(&workspace, &python)?,
            "nwb" => nwb(&workspace, &python, source.as_deref())?,
            "video" => video(&workspace, &python)?,
            _ => parquet(&workspace, &python, source.as_deref())?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A folder of tables becomes Parquet.
fn migrate(workspace: &Workspace, python: &Path, source: Option<&Path>) -> Result<()> {
    build(workspace, &["--package", "pose-cli"])?;
    let pose = workspace.release_program("pose")?;
    measure(workspace, python, "migrate", &[("--pose", &pose)], source.map(|path| ("--source", path)))
}

/// Tables are read from HDF5 and written to it.
fn hdf5(workspace: &Workspace, python: &Path, source: Option<&Path>) -> Result<()> {
    build(workspace, &["--package", "pose-hdf5", "--example", "meter"])?;
    let meter = workspace.release_program("examples/meter")?;
    measure(workspace, python, "hdf5", &[("--meter", &meter)], source.map(|path| ("--small", path)))
}

/// Tables are written to Parquet in every profile, and read.
fn parquet(workspace: &Workspace, python: &Path, source: Option<&Path>) -> Result<()> {
    build(workspace, &["--package", "pose-parquet", "--example", "parquet_meter"])?;
    let meter = workspace.release_program("examples/parquet_meter")?;
    measure(workspace, python, "parquet", &[("--meter", &meter)], source.map(|path| ("--small", path)))
}

/// A table is read from CSV and written to it.
fn csv(workspace: &Workspace, python: &Path) -> Result<()> {
    build(workspace, &["--package", "pose-csv", "--example", "csv_meter"])?;
    let meter = workspace.release_program("examples/csv_meter")?;
    measure(workspace, python, "csv", &[("--meter", &meter)], None)
}

/// A table is written to NWB, and read from it.
fn nwb(workspace: &Workspace, python: &Path, source: Option<&Path>) -> Result<()> {
    build(workspace, &["--package", "pose-nwb", "--example", "nwb_meter"])?;
    let meter = workspace.release_program("examples/nwb_meter")?;
    measure(workspace, python, "nwb", &[("--meter", &meter)], source.map(|path| ("--small", path)))
}

/// Arrays become videos and come back.
fn video(workspace: &Workspace, python: &Path) -> Result<()> {
    build(workspace, &["--package", "vidpack", "--example", "video_meter"])?;
    let meter = workspace.release_program("examples/video_meter")?;
    measure(workspace, python, "video", &[("--meter", &meter)], None)
}

fn build(workspace: &Workspace, what: &[&str]) -> Result<()> {
    println!("building ...");
    cargo::run(cargo::command(&workspace.root).args(["build", "--release", "--quiet"]).args(what))
}

fn measure(
    workspace: &Workspace,
    python: &Path,
    name: &str,
    programs: &[(&str, &Path)],
    source: Option<(&str, &Path)>,
) -> Result<()> {
    let folder = workspace.target.join("bench");
    let mut bench = Command::new(python);
    // Beside the others a file named csv.py would be what pandas gets when it imports csv.
    let script = if name == "csv" { "csv_files" } else { name };
    // -B: no __pycache__ folder in the source tree.
    bench.arg("-B").arg(workspace.root.join("xtask/bench").join(script).with_extension("py"));
    for (option, path) in programs.iter().copied().chain(source) {
        bench.arg(option).arg(path);
    }
    bench.arg("--work").arg(folder.join(name)).arg("--save").arg(folder.join(name).with_extension("json"));
    cargo::run(&mut bench)
}

fn largest_hdf5(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let hdf5 = paths.filter(|path| path.extension().is_some_and(|extension| extension == "h5"));
    let largest = hdf5.max_by_key(|path| fs::metadata(path).map_or(0, |metadata| metadata.len()));
    largest.with_context(|| format!("{} has no .h5 files", folder.display()))
}
