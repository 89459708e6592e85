//! The programs that people are to begin with. Each is run: one that only compiles may show what no longer holds.

use std::process::Command;

use anyhow::{Result, bail};

use crate::cargo;
use crate::workspace::Workspace;

/// They take no arguments: what they look at are fixtures, or made by themselves. The other examples are parts of benchmarks.
const EXAMPLES: [&str; 4] = ["open_any", "own_format", "image_stack", "polars_query"];

/// Builds and runs all of them, and names in one error those that fail.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut build = cargo::command(&workspace.root);
    // With the features and packages of the tests, so that what they have built is not built again.
    cargo::run(build.args(["build", "--quiet", "--workspace", "--all-features", "--examples"]))?;
    let mut failures = Vec::new();
    for example in EXAMPLES {
        println!("--> {example}");
        let program = workspace.debug_program(&format!("examples/{example}"))?;
        if let Err(error) = cargo::run(&mut Command::new(program)) {
            failures.push(error.to_string());
        }
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    Ok(())
}
