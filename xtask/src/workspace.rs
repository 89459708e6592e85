//! Where the workspace and its build stand, and which crates it has.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cargo;

/// The workspace as cargo sees it.
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// The target folder in use, wherever `CARGO_TARGET_DIR` or a configuration file puts it.
    pub(crate) target: PathBuf,
    /// The names of the packages in it.
    pub(crate) members: Vec<String>,
}

impl Workspace {
    /// Asks cargo.
    pub(crate) fn load() -> Result<Self> {
        let here = here();
        let mut command = cargo::command(&here);
        let text = cargo::output(command.args(["metadata", "--no-deps", "--format-version", "1"]))?;
        let metadata: Value = serde_json::from_str(&text)?;
        let path = |key: &str| {
            let value = metadata[key].as_str().with_context(|| format!("`cargo metadata` has no `{key}`"))?;
            anyhow::Ok(PathBuf::from(value))
        };
        let packages = metadata["packages"].as_array().context("`cargo metadata` has no `packages`")?;
        let names = packages.iter().filter_map(|package| package["name"].as_str());
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
            members: names.map(str::to_owned).collect(),
        })
    }

    /// A program that a release build has left.
    pub(crate) fn release_program(&self, name: &str) -> Result<PathBuf> {
        self.program("release", name)
    }

    /// A program that a build of the profile `dev` has left.
    pub(crate) fn debug_program(&self, name: &str) -> Result<PathBuf> {
        self.program("debug", name)
    }

    fn program(&self, folder: &str, name: &str) -> Result<PathBuf> {
        let program = self.target.join(folder).join(format!("{name}{}", env::consts::EXE_SUFFIX));
        if !program.is_file() {
            bail!("the build left no program at {}", program.display());
        }
        Ok(program)
    }

    /// The packages that a registry gets: all but the tests and this program.
    pub(crate) fn published(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(String::as_str).filter(|name| !["pose-tests", "xtask"].contains(name))
    }

    /// Whether a package stands in the workspace. Crates are added over time, and the checks know them beforehand.
    pub(crate) fn has(&self, package: &str) -> bool {
        self.members.iter().any(|member| member == package)
    }
}

/// The folder of this package, whatever folder the caller is in: `cargo run` tells it each time. What the compiler was told is only
/// the second best: with a target folder that several checkouts share, it may be that of another one.
pub(crate) fn here() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}
