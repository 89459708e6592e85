//! The packages of npm that the tests read Parquet with: below the target folder, never in the tree.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::cargo;
use crate::python::fingerprint;
use crate::workspace::Workspace;

/// What says which packages, relative to the root of the workspace. The lock file has checksums and no addresses: npm
/// takes packages from where it is set up to.
const MANIFESTS: [&str; 2] = ["tests/readers/package.json", "tests/readers/package-lock.json"];

/// Installs the packages, when they are not there or others are asked for.
pub(crate) fn prepare(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target.join("node/readers");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut wanted = String::new();
    for manifest in MANIFESTS {
        let from = workspace.root.join(manifest);
        let text = fs::read_to_string(&from).with_context(|| format!("cannot read {}", from.display()))?;
        let name = Path::new(manifest).file_name().context("a manifest has a name")?;
        fs::write(folder.join(name), &text)?;
        wanted.push_str(&text);
    }
    // Written last, so packages without it are those of an installation that was interrupted.
    let stamp = folder.join("installed.txt");
    let is_there = fs::read_to_string(&stamp).is_ok_and(|installed| installed == fingerprint(&wanted));
    for program in ["node", "npm"] {
        if cargo::output(Command::new(program).arg("--version")).is_err() {
            bail!(
                "{program} is missing: install Node.js 18 or later (Debian and Ubuntu: apt-get install nodejs npm)"
            );
        }
    }
    if is_there && folder.join("node_modules").is_dir() {
        return Ok(());
    }
    eprintln!("installing the npm packages of tests/readers");
    let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    cargo::output(Command::new("npm").args(arguments).current_dir(&folder)).map(drop)?;
    fs::write(&stamp, fingerprint(&wanted))?;
    Ok(())
}
