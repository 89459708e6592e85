//! The oldest Rust that the crates promise to build with, held against what they depend on.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cargo;
use crate::workspace::Workspace;

/// Features that ask for a later Rust than their crate does, which its README says.
const LATER: [(&str, &str, Version); 3] = [
    ("pose-frame", "polars", Version { major: 1, minor: 94 }),
    ("pose-plot", "png", Version { major: 1, minor: 95 }),
    ("pose-cli", "png", Version { major: 1, minor: 95 }),
];

/// Checks that nothing a crate links, with the features it has on by default and with each of the others, asks for a later Rust than is
/// said. What the standard library gained since is clippy's to find (`incompatible_msrv`); what the language gained
/// shows when an older compiler is at hand, for which there is `cargo xtask release`.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let asked = asked_for(workspace)?;
    let mut later = BTreeSet::new();
    for package in workspace.published() {
        let own = asked
            .iter()
            .find_map(|((name, _), version)| (name == package).then_some(*version))
            .with_context(|| format!("{package} says no `rust-version`"))?;
        for feature in features(workspace, package)? {
            let exception = LATER.iter().find(|later| (later.0, later.1) == (package, &*feature));
            let most = exception.map_or(own, |later| later.2);
            let mut tree = cargo::command(&workspace.root);
            tree.args(["tree", "--package", package]);
            // Not every crate has features that are on by default, and cargo knows `default` only where there are some.
            if feature != "default" {
                tree.args(["--features", &feature]);
            }
            tree.args(["--edges", "normal,build", "--prefix", "none", "--no-dedupe"]);
            for line in cargo::output(&mut tree)?.lines() {
                let mut words = line.split_whitespace();
                let (Some(name), Some(version)) = (words.next(), words.next()) else { continue };
                let version = version.trim_start_matches('v');
                if let Some(needed) = asked.get(&(name.to_owned(), version.to_owned()))
                    && *needed > most
                {
                    let what = format!("{package} with `{feature}` says Rust {most}");
                    later.insert(format!("{what}, but {name} {version} asks for {needed}"));
                }
            }
        }
    }
    if !later.is_empty() {
        bail!("{}", later.into_iter().collect::<Vec<_>>().join("\n"));
    }
    Ok(())
}

/// The features of a package; at least `default`.
fn features(workspace: &Workspace, package: &str) -> Result<BTreeSet<String>> {
    let mut command = cargo::command(&workspace.root);
    let text = cargo::output(command.args(["metadata", "--format-version", "1", "--locked", "--no-deps"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` has no `packages`")?;
    let own = packages.iter().find(|own| own["name"] == package);
    let features =
        own.and_then(|own| own["features"].as_object()).into_iter().flat_map(|features| features.keys());
    Ok(features.cloned().chain(["default".to_owned()]).collect())
}

/// The oldest Rust of the whole workspace.
pub(crate) fn oldest(workspace: &Workspace) -> Result<Version> {
    let asked = asked_for(workspace)?;
    let own = asked.iter().filter(|((name, _), _)| workspace.has(name)).map(|(_, version)| *version);
    own.max().context("no crate says a `rust-version`")
}

/// What each package of the lock file asks for, by name and version, where it says so.
fn asked_for(workspace: &Workspace) -> Result<HashMap<(String, String), Version>> {
    let mut command = cargo::command(&workspace.root);
    let text = cargo::output(command.args(["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Value = serde_json::from_str(&text)?;
    let packages = metadata["packages"].as_array().context("`cargo metadata` has no `packages`")?;
    let asked = packages.iter().filter_map(|package| {
        let text = |key: &str| package[key].as_str();
        Some(((text("name")?.to_owned(), text("version")?.to_owned()), Version::of(text("rust_version")?)?))
    });
    Ok(asked.collect())
}

/// A version of Rust, without what it fixes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    fn of(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse);
        Some(Self { major: numbers.next()?.ok()?, minor: numbers.next().unwrap_or(Ok(0)).ok()? })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
