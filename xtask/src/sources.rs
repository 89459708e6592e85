//! The length of source files: a file that grows without end hides two things in one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::workspace::Workspace;

/// From here on a file is asked whether it holds two things.
const LONG_LINES: usize = 500;

/// No file is longer than this.
const MAX_LINES: usize = 800;

const FOLDERS: [&str; 4] = ["crates", "tests", "xtask", "fixtures"];

/// Prints a warning for each long file; an error that lists those that are too long.
pub(crate) fn check_lengths(workspace: &Workspace) -> Result<()> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&workspace.root.join(folder), &mut files)?;
    }
    files.sort();
    let mut too_long = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let lines = text.lines().count();
        let name = file.strip_prefix(&workspace.root).unwrap_or(file).display();
        if lines > MAX_LINES {
            too_long.push(format!("{name} has {lines} lines, at most {MAX_LINES} are allowed: split it"));
        } else if lines > LONG_LINES {
            println!("warning: {name} has {lines} lines: does it hold two things?");
        }
    }
    if !too_long.is_empty() {
        bail!("{}", too_long.join("\n"));
    }
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = entry.path();
        // A crate that was built by itself may have a target folder of its own, full of generated code.
        if entry.file_type()?.is_dir() && entry.file_name() != "target" {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "py") {
            files.push(path);
        }
    }
    Ok(())
}
