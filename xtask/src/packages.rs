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
