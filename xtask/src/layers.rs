//! The layering rule: which crate may pull in which. A wrong edge compiles well and is hard to take back.

use anyhow::{Result, bail};

use crate::cargo;
use crate::workspace::Workspace;

/// What one package must not depend on, directly or through others, whatever features are on.
struct Rule {
    package: &'static str,
    forbids: fn(&str, &Workspace) -> bool,
    because: &'static str,
}

const RULES: [Rule; 16] = [
    Rule {
        package: "pose-frame",
        forbids: |name, _| {
            ["parquet", "hdf5", "pickle-", "ffmpeg", "pose-", "vidpack"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        },
        because: "the model knows no file format",
    },
    Rule { package: "pose-hdf5", forbids: other_pose_crate, because: FORMATS_STAND_ALONE },
    Rule { package: "pose-parquet", forbids: other_pose_crate, because: FORMATS_STAND_ALONE },
    Rule { package: "pose-nwb", forbids: other_pose_crate, because: FORMATS_STAND_ALONE },
    Rule { package: "pose-csv", forbids: other_pose_crate, because: FORMATS_STAND_ALONE },
    Rule {
        package: "pose-project",
        forbids: other_pose_crate,
        because: "it reads what stands beside tables, and no tables",
    },
    Rule {
        package: "pose-stats",
        forbids: other_pose_crate,
        because: "statistics are taken of tables, whatever their format",
    },
    Rule {
        package: "pose-plot",
        forbids: other_pose_crate,
        because: "tables are drawn, whatever their format",
    },
    Rule {
        package: "pickle-data",
        forbids: |name, workspace| workspace.has(name),
        because: "it reads pickles for people who have never seen a pose",
    },
    Rule {
        package: "hdf5-file",
        forbids: |name, workspace| workspace.has(name) && name != "byte-planes",
        because: "it reads and writes HDF5 for people who have never seen a pose",
    },
    Rule {
        package: "byte-planes",
        forbids: |name, workspace| workspace.has(name),
        because: "it sorts bytes for people who have never seen a pose",
    },
    Rule {
        package: "atomic-folder",
        forbids: |name, workspace| workspace.has(name),
        because: "it puts folders in place for people who have never seen a pose",
    },
    Rule {
        package: "column-memory",
        forbids: |name, workspace| workspace.has(name),
        because: "it holds numbers for people who have never seen a pose",
    },
    Rule {
        package: "vidpack",
        forbids: |name, _| name.starts_with("pose-"),
        because: "it packs arrays for people who have never seen a pose",
    },
    Rule {
        package: "recipe",
        forbids: |name, workspace| other_pose_crate(name, workspace) && name != "pose-parquet",
        because: "what it keeps beside arrays is Parquet, and it packs tables of whatever format",
    },
    Rule {
        package: "xtask",
        forbids: |name, workspace| workspace.has(name),
        because: "it has to build in seconds, and when nothing else does",
    },
];

const FORMATS_STAND_ALONE: &str = "a format crate depends on the model and on no other format";

/// The model is everyone's, and so is what stands beside tables of whatever format.
fn other_pose_crate(name: &str, _: &Workspace) -> bool {
    name.starts_with("pose-") && !["pose-frame", "pose-project"].contains(&name)
}

/// Checks every rule whose package exists, and lists all violations in one error.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let mut violations = Vec::new();
    for rule in RULES.iter().filter(|rule| workspace.has(rule.package)) {
        let dependencies = dependencies(workspace, rule.package)?;
        let forbidden = dependencies.iter().filter(|name| (rule.forbids)(name, workspace));
        violations.extend(
            forbidden.map(|name| format!("{} depends on {name}, but {}", rule.package, rule.because)),
        );
    }
    if !violations.is_empty() {
        bail!("{}", violations.join("\n"));
    }
    Ok(())
}

/// The names of everything a package links, without itself.
fn dependencies(workspace: &Workspace, package: &str) -> Result<Vec<String>> {
    let mut tree = cargo::command(&workspace.root);
    tree.args(["tree", "--package", package, "--edges", "normal", "--all-features"]);
    tree.args(["--prefix", "none", "--no-dedupe"]);
    let mut names: Vec<String> = cargo::output(&mut tree)?
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != package)
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}
