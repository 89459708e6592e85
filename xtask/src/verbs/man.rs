//! `cargo xtask man`: manual pages and completions of the command, below the target folder.

use std::fs;
use std::process::ExitCode;

use anyhow::Result;

use crate::cargo;
use crate::workspace::Workspace;

const SHELLS: [(&str, &str); 4] =
    [("bash", "pose.bash"), ("elvish", "pose.elv"), ("fish", "pose.fish"), ("zsh", "_pose")];

pub(crate) fn run() -> Result<ExitCode> {
    let workspace = Workspace::load()?;
    let (pages, completions) = (workspace.target.join("man"), workspace.target.join("completions"));
    fs::create_dir_all(&completions)?;
    let pose = || {
        let mut command = cargo::command(&workspace.root);
        command.args(["run", "--quiet", "--package", "pose-cli", "--"]);
        command
    };
    cargo::run(pose().arg("man").arg(&pages))?;
    for (shell, name) in SHELLS {
        fs::write(completions.join(name), cargo::output(pose().args(["completions", shell]))?)?;
    }
    println!("{}\n{}", pages.display(), completions.display());
    Ok(ExitCode::SUCCESS)
}
