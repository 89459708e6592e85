//! The crates as packages that a registry would take.

use anyhow::Result;

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
    let mut package = cargo::command(&workspace.root);
    // Files that are not committed yet are packed as well: whether the tree is clean is not the question here.
    package.args(["package", "--quiet", "--locked", "--allow-dirty"]);
    package.args(workspace.published().flat_map(|name| ["--package", name]));
    if depth == Depth::Files {
        package.arg("--no-verify");
    }
    cargo::run(&mut package)
}
