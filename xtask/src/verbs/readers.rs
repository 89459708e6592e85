//! `cargo xtask readers`: other programs read our Parquet, and what they say is held against the page about it.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::workspace::Workspace;
use crate::{cargo, node, python};

pub(crate) fn run(arguments: &[&str]) -> Result<ExitCode> {
    let update = match arguments {
        [] => false,
        ["--update"] => true,
        other => bail!("no such call: cargo xtask readers {}", other.join(" ")),
    };
    let workspace = Workspace::load()?;
    node::prepare(&workspace)?;
    let mut test = cargo::command(&workspace.root);
    test.args(["test", "--package", "pose-tests", "--test", "all", "readers::"]);
    // All of them, Spark as well: this is what they are asked for by.
    test.env("POSE_SPARK", "1");
    for environment in [&python::READERS, &python::SPARK] {
        test.env(environment.variable(), environment.prepare(&workspace)?);
    }
    python::require_java()?;
    if update {
        test.env("POSE_UPDATE_READERS", "1");
    }
    cargo::run(&mut test)?;
    Ok(ExitCode::SUCCESS)
}
