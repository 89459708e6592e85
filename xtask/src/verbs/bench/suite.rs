//! Which benchmarks there are, what each needs, and running them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::Options;
use super::measured::{Document, FORMAT};
use crate::workspace::Workspace;
use crate::{cargo, python};

/// A benchmark: a script in `xtask/bench`, and the programs that it times.
struct Benchmark {
    name: &'static str,
    script: &'static str,
    programs: &'static [Program],
}

/// In the order in which they stand on the page.
const BENCHMARKS: [Benchmark; 9] = [
    Benchmark { name: "parquet", script: "parquet.py", programs: &[METER, ARROW2] },
    Benchmark { name: "hdf5", script: "hdf5.py", programs: &[METER] },
    Benchmark { name: "query", script: "query.py", programs: &[METER] },
    Benchmark { name: "growth", script: "growth.py", programs: &[METER] },
    Benchmark { name: "migrate", script: "migrate.py", programs: &[POSE] },
    // Beside the others a file named csv.py would be what pandas gets when it imports csv.
    Benchmark { name: "csv", script: "csv_tables.py", programs: &[METER] },
    Benchmark { name: "nwb", script: "nwb.py", programs: &[METER] },
    Benchmark { name: "recipe", script: "recipe.py", programs: &[METER] },
    Benchmark { name: "video", script: "video.py", programs: &[VIDEO_METER] },
];

/// A program that is built, and what the scripts call it.
struct Program {
    name: &'static str,
    /// The folder in which it is built, from the root.
    workspace: &'static str,
    arguments: &'static [&'static str],
    /// Where it then stands below the target folder.
    path: &'static str,
}

const METER: Program = Program {
    name: "meter",
    workspace: "",
    arguments: &["--package", "pose-io", "--example", "meter"],
    path: "release/examples/meter",
};
const POSE: Program =
    Program { name: "pose", workspace: "", arguments: &["--package", "pose-cli"], path: "release/pose" };
const VIDEO_METER: Program = Program {
    name: "video_meter",
    workspace: "",
    arguments: &["--package", "vidpack", "--example", "video_meter"],
    path: "release/examples/video_meter",
};
/// Of a workspace of its own: what it links stays out of the lock file of this one.
const ARROW2: Program = Program {
    name: "arrow2",
    workspace: "tests/readers",
    arguments: &["--bin", "arrow2_meter"],
    path: "readers/release/arrow2_meter",
};

/// Runs benchmarks and reads what they found.
pub(super) fn run(workspace: &Workspace, options: &Options) -> Result<Vec<Document>> {
    let chosen = chosen(&options.only)?;
    let python = python::BENCH.prepare(workspace)?;
    let source = env::var_os("POSE_REAL_DATA").map(|real| largest_hdf5(Path::new(&real))).transpose()?;
    if source.is_none() {
        println!("POSE_REAL_DATA names no folder: a table of the same size is made up");
    }
    let commit = commit(&workspace.root)?;
    let call = call(options);
    let folder = workspace.target.join("bench");
    let mut documents = Vec::new();
    for benchmark in chosen {
        println!("\n==> {}", benchmark.name);
        let mut script = Command::new(&python);
        // -B: no __pycache__ folder in the source tree.
        script.arg("-B").arg(workspace.root.join("xtask/bench").join(benchmark.script));
        for program in benchmark.programs {
            let path = built(workspace, program)?;
            script.arg("--program").arg(format!("{}={}", program.name, path.display()));
        }
        script.args(options.quick.then_some("--quick"));
        if let Some(source) = &source {
            script.arg("--source").arg(source);
        }
        let save = folder.join(benchmark.name).with_extension("json");
        script.args(["--commit", &commit, "--command", &call]).arg("--work").arg(&folder);
        cargo::run(script.arg("--save").arg(&save))?;
        documents.extend(Document::read_all(&save)?);
    }
    Ok(documents)
}

/// Puts documents in the order of the page; those that this list does not know come last.
pub(super) fn sort(documents: &mut [Document]) {
    let place = |name: &str| BENCHMARKS.iter().position(|benchmark| benchmark.name == name);
    documents
        .sort_by_key(|document| (place(&document.name).unwrap_or(BENCHMARKS.len()), document.name.clone()));
}

/// What was typed, but for where results are put beside: that is of this machine, and changes nothing.
fn call(options: &Options) -> String {
    let quick = options.quick.then_some("--quick");
    let words = ["cargo", "xtask", "bench"].into_iter().chain(quick);
    words.chain(options.only.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
}

/// Documents in one file.
pub(super) fn collected(documents: &[Document]) -> Result<String> {
    let benchmarks = documents.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>()?;
    Ok(serde_json::to_string_pretty(&json!({"format": FORMAT, "benchmarks": benchmarks}))? + "\n")
}

fn chosen(only: &[String]) -> Result<Vec<&'static Benchmark>> {
    if let Some(name) = only.iter().find(|name| BENCHMARKS.iter().all(|benchmark| benchmark.name != **name)) {
        let names: Vec<&str> = BENCHMARKS.iter().map(|benchmark| benchmark.name).collect();
        bail!("no benchmark is called {name}; there are {}", names.join(", "));
    }
    let is_chosen =
        |benchmark: &&Benchmark| only.is_empty() || only.iter().any(|name| name == benchmark.name);
    Ok(BENCHMARKS.iter().filter(is_chosen).collect())
}

fn built(workspace: &Workspace, program: &Program) -> Result<PathBuf> {
    println!("building {} ...", program.name);
    let mut build = cargo::command(&workspace.root.join(program.workspace));
    build.args(["build", "--release", "--quiet", "--locked"]).args(program.arguments);
    if !program.workspace.is_empty() {
        build.env("CARGO_TARGET_DIR", workspace.target.join("readers"));
    }
    cargo::run(&mut build)?;
    let path = workspace.target.join(format!("{}{}", program.path, env::consts::EXE_SUFFIX));
    if !path.is_file() {
        bail!("the build left no program at {}", path.display());
    }
    Ok(path)
}

/// The commit that is measured, and whether anything differs from it.
fn commit(root: &Path) -> Result<String> {
    let git = |arguments: &[&str]| cargo::output(Command::new("git").args(arguments).current_dir(root));
    let commit =
        git(&["rev-parse", "--short=12", "HEAD"]).context("the commit is noted with what is measured")?;
    let changed = !git(&["status", "--porcelain"])?.trim().is_empty();
    Ok(format!("{}{}", commit.trim(), if changed { ", with changes" } else { "" }))
}

fn largest_hdf5(folder: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let hdf5 = paths.filter(|path| path.extension().is_some_and(|extension| extension == "h5"));
    let largest = hdf5.max_by_key(|path| fs::metadata(path).map_or(0, |metadata| metadata.len()));
    largest.with_context(|| format!("{} has no .h5 files", folder.display()))
}

#[cfg(test)]
mod tests {
    use crate::workspace::here;

    use super::{BENCHMARKS, chosen};
    #[test]
    fn every_script_is_there() {
        for benchmark in &BENCHMARKS {
            let script = here().join("bench").join(benchmark.script);
            assert!(script.is_file(), "{} is not there", script.display());
        }
    }

    #[test]
    fn a_name_that_nothing_has_is_an_error_that_lists_all() {
        let names = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(|name| (*name).to_owned()).collect();
            chosen(&only).map(|found| found.iter().map(|benchmark| benchmark.name).collect::<Vec<_>>())
        };
        assert_eq!(names(&["csv", "parquet"]).unwrap(), ["parquet", "csv"]);
        assert_eq!(names(&[]).unwrap().len(), BENCHMARKS.len());
        assert!(names(&["zip"]).unwrap_err().to_string().contains("growth"));
    }
}
