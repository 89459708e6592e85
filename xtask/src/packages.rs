//! The crates as packages that a registry would take.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::cargo;
use crate::workspace::Workspace;

/// How far packages are looked into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// They are put together: manifests, and the files that they name.
    Files,
    /// Each is unpacked and built from nothing but what is in it and in the packages of the others.
    Build,
}

/// The features of a crate that is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Features {
    No,
    Default,
    All,
}

/// Builds a crate as it is for somebody who takes nothing else.
pub(crate) fn check_alone(workspace: &Workspace, name: &str, features: Features) -> Result<()> {
    let mut check = cargo::command(&workspace.root);
    check.args(["check", "--quiet", "--package", name]);
    check.args(match features {
        Features::No => &["--no-default-features"][..],
        Features::Default => &[],
        Features::All => &["--all-features"],
    });
    cargo::run(&mut check)
}

/// Packs every crate that is published.
pub(crate) fn check(workspace: &Workspace, depth: Depth) -> Result<()> {
    check_licences(workspace)?;
    let mut package = cargo::command(&workspace.root);
    // Files that are not committed yet are packed as well: whether the tree is clean is not the question here.
    package.args(["package", "--quiet", "--locked", "--allow-dirty"]);
    package.args(workspace.published().flat_map(|name| ["--package", name]));
    if depth == Depth::Files {
        package.arg("--no-verify");
    }
    cargo::run(&mut package)
}

/// Each package brings the texts of both licences with it, as they ask for: they are links to those of the workspace.
fn check_licences(workspace: &Workspace) -> Result<()> {
    for name in workspace.published() {
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let own = workspace.root.join("crates").join(name).join(licence);
            let text = fs::read(&own).with_context(|| format!("{} is missing", own.display()))?;
            if text != fs::read(workspace.root.join(licence))? {
                bail!("{} is not the text of the workspace", own.display());
            }
        }
    }
    Ok(())
}
