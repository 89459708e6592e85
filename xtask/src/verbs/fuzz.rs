//! `cargo xtask fuzz`: runs the targets in `tests/fuzz`, each from the fixtures on.

use std::fs;
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::cargo;
use crate::workspace::Workspace;

/// The targets, and how long an input of each may be: as long as what is read there has room for.
const TARGETS: [(&str, usize); 13] = [
    ("pickle", 4096),
    ("pickle_value", 512),
    ("attributes", 2048),
    ("file", 16_384),
    ("tables", 66),
    ("filters", 4096),
    ("append", 4096),
    ("project", 4096),
    ("csv", 4096),
    ("nwb_file", 4096),
    ("parquet_file", 8192),
    ("parquet_entries", 4096),
    ("parquet_levels", 256),
];

const USUAL_RUNS: u64 = 1_000_000;

/// An allocation beyond the first, a program beyond the second, and an input that takes longer end the run: what a file
/// declares is not what it holds.
const LIMITS: [&str; 3] = ["-malloc_limit_mb=64", "-rss_limit_mb=300", "-timeout=5"];

/// Freed memory that is kept to see who still uses it has 256 MB by default, more than all the rest. The others are slow,
/// and serve code that is not safe Rust.
const SANITIZER: &str = "quarantine_size_mb=16:malloc_context_size=0:detect_stack_use_after_return=0";

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode> {
    let (runs, chosen) = match arguments {
        [] => (USUAL_RUNS, None),
        ["--runs", runs] => (number(runs)?, None),
        ["--runs", runs, target] | [target, "--runs", runs] => (number(runs)?, Some(*target)),
        [target] if !target.starts_with('-') => (USUAL_RUNS, Some(*target)),
        _ => bail!("cargo xtask fuzz [--runs N] [TARGET]"),
    };
    let targets: Vec<_> =
        TARGETS.into_iter().filter(|(name, _)| chosen.is_none_or(|chosen| chosen == *name)).collect();
    if targets.is_empty() {
        let names = TARGETS.map(|(name, _)| name).join(", ");
        bail!("there is no target `{}`: {names} are the targets", chosen.unwrap_or(""));
    }
    let workspace = Workspace::load()?;
    cargo::output(cargo::command(&workspace.root).args(["fuzz", "--version"]))
        .context("cargo fuzz is missing: cargo install cargo-fuzz")?;
    // What is shipped is what is fuzzed.
    let folder = workspace.root.join("tests/fuzz");
    fs::copy(workspace.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;

    let mut failed = Vec::new();
    for (target, longest) in targets {
        let start = Instant::now();
        // The corpus grows from run to run, and begins with the fixtures as they are now.
        let corpus = folder.join("corpus").join(target);
        fs::create_dir_all(&corpus).with_context(|| format!("cannot make {}", corpus.display()))?;
        cargo::run(fuzz(&workspace, target).env("POSE_FUZZ_SEEDS", &corpus))?;
        let mut fuzz = fuzz(&workspace, target);
        fuzz.arg("--").args(LIMITS).args([format!("-runs={runs}"), format!("-max_len={longest}")]);
        // To weigh rare features costs more than it finds where inputs are this small.
        fuzz.args(["-entropic=0", "-print_final_stats=1"]);
        let outcome = cargo::run(&mut fuzz);
        println!("==> {target}: {runs} runs, {:.0} s", start.elapsed().as_secs_f64());
        if let Err(error) = outcome {
            println!("==> {target}: failed: {error:#}");
            failed.push(target);
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}; the inputs are in tests/fuzz/artifacts", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

fn number(text: &str) -> Result<u64> {
    text.parse().with_context(|| format!("`{text}` is no number of runs"))
}

/// `cargo fuzz run TARGET`, with the compiler that is in use: instrumentation is not stable, and this unlocks it.
fn fuzz(workspace: &Workspace, target: &str) -> Command {
    let mut command = cargo::command(&workspace.root);
    command.args(["fuzz", "run", "--fuzz-dir", "tests/fuzz", target]);
    command.env("RUSTC_BOOTSTRAP", "1").env("ASAN_OPTIONS", SANITIZER);
    command.env("CARGO_TARGET_DIR", workspace.target.join("fuzz"));
    command
}
