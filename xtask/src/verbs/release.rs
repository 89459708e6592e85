//! `cargo xtask release`: what has to hold before a version is published, beyond the tests.

use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use crate::packages::{Depth, Features};
use crate::workspace::Workspace;
use crate::{cargo, msrv, packages};

/// One thing that has to hold.
type Check = fn(&Workspace) -> Result<()>;

/// Goes on after a failure, and names all of them.
pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode> {
    if !arguments.is_empty() {
        bail!("cargo xtask release takes no arguments");
    }
    let workspace = Workspace::load()?;
    let steps: [(&str, Check); 5] = [
        ("licences, sources and duplicates", deny),
        ("what the dependencies ask of Rust", msrv::check),
        ("the oldest Rust", oldest_rust),
        ("each crate alone, with its usual features, none and all", alone),
        ("packages, each built from what is in it", |workspace| packages::check(workspace, Depth::Build)),
    ];
    let mut failed = Vec::new();
    for (name, step) in steps {
        println!("==> {name}");
        match step(&workspace) {
            Ok(()) => println!("==> {name}: ok"),
            Err(error) => {
                println!("==> {name}: failed\n{error:#}");
                failed.push(name);
            }
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}", failed.join("; "));
    Ok(ExitCode::FAILURE)
}

/// `deny.toml` says what is allowed. Advisories are not among it: their list is fetched, and changes without us.
fn deny(workspace: &Workspace) -> Result<()> {
    cargo::output(cargo::command(&workspace.root).args(["deny", "--version"]))
        .context("cargo deny is missing: cargo install cargo-deny")?;
    let mut deny = cargo::command(&workspace.root);
    cargo::run(deny.args(["deny", "--all-features", "check", "bans", "licenses", "sources"]))
}

fn alone(workspace: &Workspace) -> Result<()> {
    for name in workspace.published() {
        for features in [Features::Default, Features::No, Features::All] {
            packages::check_alone(workspace, name, features)?;
        }
    }
    Ok(())
}

/// Builds with the oldest Rust, which rustup has to have.
fn oldest_rust(workspace: &Workspace) -> Result<()> {
    let oldest = msrv::oldest(workspace)?.to_string();
    let mut check = Command::new("rustup");
    check.current_dir(&workspace.root).args(["run", &oldest, "cargo", "check", "--locked"]);
    check.env("CARGO_TARGET_DIR", workspace.target.join("oldest-rust"));
    // The cargo that runs this names its own compiler there.
    check.env_remove("RUSTUP_TOOLCHAIN").env_remove("RUSTC").env_remove("CARGO");
    cargo::run(&mut check)
        .with_context(|| format!("Rust {oldest} is missing or too old: rustup toolchain install {oldest}"))
}
